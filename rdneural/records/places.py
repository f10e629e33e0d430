"""Directories of results: new ones, and whose one is that is there."""

import itertools
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rdneural.records.layout import (
    CHECKPOINT,
    CURVE,
    HISTORY_FILE,
    LOCK,
    PLAN,
    RESULT,
    RUNS,
    TABLE,
    VALIDATION,
)

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


def check_name(name: Any) -> str:  # noqa: ANN401  (whatever somebody gives)
    """Return a name that files and results are called by; `ValueError` where it is like a path.

    Examples
    --------
    >>> check_name("digits 8x8")
    'digits 8x8'
    """
    if not (isinstance(name, str) and re.fullmatch(r"\w[\w .+-]*", name)):
        raise ValueError(f"name must be of letters, digits, blanks and .+-_, got {name!r}")
    return name


def as_place(out: str | os.PathLike[str], name: str = "out") -> Path:
    """Return a directory as a path; `TypeError` or `ValueError` where it can be none.

    Examples
    --------
    >>> as_place("runs/x").name
    'x'
    """
    if not isinstance(out, str | os.PathLike):
        raise TypeError(f"{name} must be a directory, got {out!r}")
    place = Path(out)
    if not os.fspath(out) or (place.exists() and not place.is_dir()):
        raise ValueError(f"{name} must be a directory, got {os.fspath(out)!r}")
    return place


@contextmanager
def begun_in(place: Path, *names: str) -> Iterator[None]:
    """Remove what a training left in a directory that it failed in before its first checkpoint.

    These are files of the names, and of its lock and history; what was there before stays, and
    what somebody else has put there.
    """
    before = set(place.iterdir()) if place.is_dir() else None
    try:
        yield
    except BaseException:
        if place.is_dir() and not (place / CHECKPOINT).exists():
            for path in {place / name for name in (*names, LOCK, HISTORY_FILE)} - (before or set()):
                path.unlink(missing_ok=True)
            if not before and not any(place.iterdir()):
                place.rmdir()
        raise


def kind_of(place: Path) -> str | None:
    """Return what a directory is of, such as "a run"; None where it has no result."""
    return next((kind for file, kind in KINDS.items() if (place / file).exists()), None)


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
