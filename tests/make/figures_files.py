"""What tests of pictures ask of the files that they leave, and of the errors that they raise."""

import csv
from pathlib import Path

import pytest

AGREE = 1e-7
"""Relative; the CSV beside a picture keeps eight digits."""


def csv_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV, given its path with any suffix."""
    with path.with_suffix(".csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def is_picture(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 2000


def refused(draw, directory: Path, *words: str) -> None:
    """Check that a picture is refused in one line with these words, and that none is left."""
    with pytest.raises(ValueError, match="must") as caught:
        draw(directory)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message
    assert not list(directory.rglob("*.png"))


def refuses_to_overwrite(draw, path: Path) -> None:
    """Check that a file of a picture stays as it is, and its picture is not drawn, unasked."""
    path.write_text("old")
    with pytest.raises(FileExistsError, match=rf"{path.name} exists.*pass --overwrite"):
        draw(path.parent)
    assert path.read_text() == "old"
