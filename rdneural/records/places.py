"""Directories for results that nobody named: `runs/mnist-1`, `runs/mnist-2`, ..."""

import itertools
from pathlib import Path

from rdneural.records.layout import RUNS


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
