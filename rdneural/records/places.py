"""Directories of results: new ones, and whose one is that is there."""

import itertools
from pathlib import Path

from rdneural.records.layout import CHECKPOINT, CURVE, PLAN, RESULT, RUNS, TABLE, VALIDATION

KINDS = {
    RESULT: "a run", CURVE: "a curve", VALIDATION: "a validation", PLAN: "a sweep",
    TABLE: "a sweep",
}  # fmt: skip
"""What a directory is of, by the files that it may have."""


def new_place(name: str, within: Path = Path(RUNS)) -> Path:
    """Make a directory of a name and the first number that is free, and return it."""
    within.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        place = within / f"{name}-{number}"
        try:
            place.mkdir()
        except FileExistsError:
            continue
        return place
    raise AssertionError("numbers do not end")


def check_own_place(place: Path, file: str, name: str = "out") -> None:
    """Raise `ValueError` where a directory holds what something else goes on with.

    `file` is the name of the result that is to be left there, `name` what the place is called.
    """
    kinds = {other: kind for other, kind in KINDS.items() if other != file}
    if file == PLAN:
        del kinds[TABLE]
        kinds[CHECKPOINT] = "a run"
    for other, kind in kinds.items():
        if (place / other).exists():
            raise ValueError(
                f"{name} must be a directory of its own, got that of {kind}, {place}, with {other}"
            )
