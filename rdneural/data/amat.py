"""The static binarised MNIST of Larochelle and Murray (AISTATS 2011) as published, in text.

A row of 784 zeros and ones is one image, read line by line of the image; the values are separated
by single blanks. A file may be gzipped, and its lines may end as Windows ends them.
"""

import gzip
import hashlib
import zlib
from pathlib import Path

import numpy as np

from rdneural.data.images import Images
from rdneural.records.layout import SPLITS
from rdtheory.checks import check_choice

SIDE = 28

COUNTS = {"train": 50_000, "valid": 10_000, "test": 10_000}

SHA256 = {
    "train": "ad693b29f94c14277b095f5238ddefbbdaaae0939789dd2f4f0205278cee3e4d",
    "valid": "1de3d397c40fe8eeb33dafd4099a1f665ec01e96d9be234aaeeac8a34930e2e2",
    "test": "e6687bfea3f820c174f33b7865140b2a2dd2930ef786f35d45795fc193b5ab2c",
}
"""Of the text, not of what gzip makes of it."""

WIDTH = 2 * SIDE**2
"""Bytes of a row: 784 digits, each followed by a blank or by the line's end."""


def file_name(split: str) -> str:
    """Return the published name of a split's file."""
    return f"binarized_mnist_{split}.amat"


def find_files(directory: Path) -> dict[str, Path]:
    """Return the files of the splits that are in a directory, plain text before gzipped."""
    found: dict[str, Path] = {}
    for split in SPLITS:
        for path in (directory / file_name(split), directory / f"{file_name(split)}.gz"):
            if path.is_file():
                found.setdefault(split, path)
    return found


def check_complete(directory: Path, found: dict[str, Path]) -> None:
    """Raise `ValueError` where the file of a split is missing."""
    for split in SPLITS:
        if split not in found:
            name = file_name(split)
            raise ValueError(f"{directory} must hold {name} or {name}.gz, got no such file")


def read_split(path: Path, split: str) -> Images:
    """Read the published images of a split, (50,000 or 10,000, 28, 28) zeros and ones.

    Raises
    ------
    ValueError
        where the file is missing, unreadable, truncated, of another shape, not binary, or not the
        published one to the last bit.

    Examples
    --------
    >>> read_split(Path("nowhere.amat"), "test")
    Traceback (most recent call last):
    ValueError: nowhere.amat must be a readable file, got No such file or directory
    """
    rows = COUNTS[check_choice("split", split, SPLITS)]
    text = _read(path, limit=rows * (WIDTH + 1) + 1)  # one byte more tells a longer file
    text = text.replace(b"\r\n", b"\n")  # as other systems end lines: the digest is of ours
    images = _parse(path, text, rows=rows)
    _check_published(path, text, split)
    return images


def _read(path: Path, *, limit: int) -> bytes:
    try:
        if path.suffix != ".gz":
            with path.open("rb") as plain:
                return plain.read(limit)
        with gzip.open(path) as unzipped:
            return unzipped.read(limit)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path} must be a whole gzip file, got {error}") from error
    except OSError as error:
        reason = error.strerror or error
        raise ValueError(f"{path} must be a readable file, got {reason}") from error


def _parse(path: Path, text: bytes, *, rows: int) -> Images:
    if len(text) != rows * WIDTH:
        raise ValueError(_what_is_wrong(path, text, rows))
    table = np.frombuffer(text, np.uint8).reshape(rows, WIDTH)
    values = table[:, ::2] - ord("0")  # unsigned: what is below "0" becomes large
    if values.max() > 1 or (table[:, -1] != ord("\n")).any():
        raise ValueError(_what_is_wrong(path, text, rows))
    return values.reshape(rows, SIDE, SIDE)


def _what_is_wrong(path: Path, text: bytes, rows: int) -> str:
    """Say in words why a text is not the table that it should be; called for wrong ones only."""
    lines = text.splitlines()
    if len(lines) > 1 and text[-1:] not in b"\r\n":
        lines.pop()  # broken off, if only by the limit to what is read
    for i, line in enumerate(lines[:rows]):
        values = line.split()
        wrong = [j for j, value in enumerate(values) if value not in (b"0", b"1")]
        if wrong:
            seen = values[wrong[0]][:20].decode("ascii", "replace")
            return f"{path} must hold zeros and ones, got {seen!r} in row {i}, column {wrong[0]}"
        if len(values) != SIDE**2:
            return f"{path} must have rows of {SIDE**2} values, got {len(values)} in row {i}"
    if len(text) > rows * WIDTH and len(lines) >= rows:
        return f"{path} must have {rows} rows of {SIDE**2} values, got more"
    if len(text) < rows * WIDTH and len(lines) < rows:
        return f"{path} must have {rows} rows of {SIDE**2} values, got {len(lines)} whole rows"
    return f"{path} must separate values by one blank and rows by one line feed, got others"


def _check_published(path: Path, text: bytes, split: str) -> None:
    digest = hashlib.sha256(text).hexdigest()
    if digest == SHA256[split]:
        return
    seen = f"SHA-256 {digest[:8]}... of its text"
    for other in SPLITS:
        if digest == SHA256[other]:
            seen = f"the {other} images"
    wanted = f"with SHA-256 {SHA256[split][:8]}..."
    raise ValueError(f"{path} must be the published {file_name(split)} {wanted}, got {seen}")
