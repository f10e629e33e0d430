"""What a run that is gone on with was begun with: its settings need not be said again."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from rdneural.records.identity import read_head, read_result
from rdneural.records.layout import CHECKPOINT, RESULT

ENDS = ("beta", "target_rate")
"""Of these a run has one: where one is said, it is meant in place of what was."""


def kept_settings(place: Path, dataset: str | None = None) -> dict[str, Any]:
    """Return the settings that the run in a directory was begun with.

    Its checkpoint knows them, or else its result, which must be on `dataset` where one is named.
    `ValueError` where neither can be read.
    """
    try:
        kept: dict[str, Any] = read_head(place / CHECKPOINT)["settings"]
    except ValueError as error:
        try:
            kept = read_result(place / RESULT, dataset)["settings"]
        except (ValueError, LookupError):
            raise error from None
    return kept


def gone_on_with(
    kept: Mapping[str, Any], asked: Mapping[str, Any], said: Collection[str]
) -> dict[str, Any]:
    """Return what is asked of a run that is resumed: what is said now, else what it began with.

    Examples
    --------
    >>> gone_on_with({"beta": 1.0, "batch": 64}, {"target_rate": 8, "batch": None}, ["target_rate"])
    {'target_rate': 8, 'batch': 64}
    """
    now = {*said, *(ENDS if set(said) & set(ENDS) else ())}
    return {**asked, **{name: kept[name] for name in kept if name not in now}}
