"""Problems and tables that users bring in files, `.npz`, `.npy` or `.csv`. No pickle is loaded."""

import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np

from rdtheory.checks import Array
from rdtheory.results import COMMA, SEPARATORS, read_arrays, read_text, split_lines

KIND = ".csv file"


def read_problem(path: Path) -> tuple[Array, Array]:
    """Return p_x (n,) and the distortion (n, m) of a file, not yet checked to be a problem.

    Raises `ValueError` where the file is missing, unreadable, truncated, or not of its form.
    """
    return _read_npz(path) if path.suffix.lower() == ".npz" else _read_csv(path)


def _read_npz(path: Path) -> tuple[Array, Array]:
    try:
        arrays = read_arrays(path, ("p_x", "distortion"))
    except (AttributeError, TypeError, RuntimeError, MemoryError, zlib.error) as error:
        # what a lone .npy, an encrypted archive, a lying header and broken compression raise
        raise ValueError(f"{path} must be a readable .npz file, got {error}") from error
    return arrays["p_x"], arrays["distortion"]


def _read_csv(path: Path) -> tuple[Array, Array]:
    """Read a mass and distortions from every line; a first line without a number is a heading."""
    table = _read_lines(path)
    if table.shape[1] < 2:
        raise ValueError(f"{path} must have a mass and distortions on every line, got 1 column")
    return table[:, 0], table[:, 1:]


def read_table(path: Path) -> Array:
    """Return the numbers of a `.npy` file, or of a `.csv` with a row in every line.

    Raises `ValueError` where the file is missing, unreadable, truncated, or not of its form.
    """
    if path.suffix.lower() == ".csv":
        return _read_lines(path)
    try:
        table = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError, MemoryError) as error:
        raise ValueError(f"{path} must be a readable .npy file, got {error}") from error
    if not isinstance(table, np.ndarray):  # an archive under another name
        raise ValueError(f"{path} must be a readable .npy file, got an archive of arrays")
    return table


def _read_lines(path: Path) -> Array:
    """Return the numbers of a `.csv` file, a row for each line below its heading, if any."""
    text = read_text(path, KIND)
    mark = _separator(path, text)
    try:
        return _table(list(split_lines(path, text, mark, what=KIND)), comma=mark != ",")
    except _UnreadableError as error:
        raise ValueError(f"{path} must be a readable {KIND}, got {error}") from error


class _UnreadableError(ValueError):
    """What is wrong with a line."""


def _separator(path: Path, text: str) -> str:
    """Return what parts the last line into numbers: commas, unless only another does."""
    for mark in SEPARATORS:
        with suppress(ValueError):  # another may be right about quotes
            lines = [cells for _, cells in split_lines(path, text, mark)]
            cells = lines[-1] if lines else []
            if len(cells) > 1 and all(
                _number(cell, comma=mark != ",") is not None for cell in cells
            ):
                return mark
    return ","


def _table(lines: list[tuple[int, list[str]]], *, comma: bool) -> Array:
    """Return the numbers of lines, each with its number, below a heading if there is one."""
    if lines and _number(lines[0][1][0], comma=comma) is None:
        number, cells = lines[0]
        below = lines[1][1] if len(lines) > 1 else None
        if len(cells) > 1 and not cells[0].strip():
            raise _UnreadableError(f"no name for column 1 on line {number}: leave out an index")
        if len(cells) > 1 and not (below and _are_labelled(cells, below, comma=comma)):
            lines = lines[1:]
            if lines and len(lines[0][1]) != len(cells):
                raise _UnreadableError(_changed(len(cells), *lines[0]))
    if not lines:
        raise _UnreadableError("no line of numbers")
    rows: list[list[float]] = []
    points: dict[str, int] = {}
    for number, cells in lines:
        if len(cells) != len(lines[0][1]):
            raise _UnreadableError(_changed(len(lines[0][1]), number, cells))
        rows.append([])
        for place, cell in enumerate(cells, start=1):
            value = _number(cell, comma=comma)
            if value is None:
                raise _UnreadableError(
                    f"could not convert string {cell.strip()!r} to a number, "
                    f"line {number}, column {place}{_hint(cell.strip(), place)}"
                )
            rows[-1].append(value)
            points |= dict.fromkeys({",", "."}.intersection(cell), number)
        if len(points) > 1:  # one of them may part thousands
            raise _UnreadableError(
                f"decimal commas and decimal points, as on lines {points[',']} and {points['.']}"
            )
    return np.array(rows)


def _are_labelled(first: list[str], second: list[str], *, comma: bool) -> bool:
    """Return whether two lines begin with labels, and the first is no heading."""
    values = [_number(cell, comma=comma) for cell in first[1:]]
    return None not in values and _number(second[0], comma=comma) is None


def _changed(width: int, number: int, cells: list[str]) -> str:
    return f"the number of columns changed from {width} to {len(cells)}, line {number}"


def _hint(cell: str, place: int) -> str:
    """Return what may be wrong with a cell that is no number."""
    if " " in cell and all(_number(part) is not None for part in cell.split()):
        return ": cells must be separated by commas, not by blanks"
    return ": leave out a column of labels" if place == 1 and cell[:1].isalpha() else ""


def _number(cell: str, *, comma: bool = False) -> float | None:
    """Return the number in a cell, None where it is none; with `comma` decimal commas are read."""
    text = cell.strip()
    text = text.replace(",", ".") if comma and COMMA.fullmatch(text) else text
    try:
        return None if "_" in text else float(text)  # Python's 1_000 is nobody else's
    except ValueError:
        return None
