"""What is wrong with the options of a training whatever its images are, in no time."""

from collections.abc import Mapping
from typing import Any


def check_early(asked: Mapping[str, Any], pictures: int) -> None:
    """Raise `ValueError` where no pictures are asked for, or an option can name no part."""
    from rdneural.records.names import PARTS
    from rdneural.records.parts import check_named
    from rdtheory.checks import check_count

    check_count("pictures", pictures)
    for part in PARTS:
        if asked.get(part) is not None:
            check_named(part, asked[part])
