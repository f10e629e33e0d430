"""Rate-distortion problems that users bring in files, `.npz` or `.csv`. No pickle is loaded."""

import zlib
from pathlib import Path

import numpy as np

from rdtheory.checks import Array
from rdtheory.results import read_arrays


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
    try:
        text = path.read_text(encoding="utf-8-sig")
        table = _table(text.splitlines())
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} must be a readable .csv file, got {error}") from error
    if table.shape[1] < 2:
        raise ValueError(f"{path} must have a mass and distortions on every line, got 1 column")
    return table[:, 0], table[:, 1:]


def _table(lines: list[str]) -> Array:
    rows: list[list[float]] = []
    width = 0
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line.split(",")]
        if cells == [""]:
            continue
        if not width and not _is_number(cells[0]):  # a heading
            if len(cells) > 1 and not cells[0]:
                raise ValueError(f"no name for column 1 on line {number}: leave out an index")
            width = len(cells)
            if width > 1:
                continue
        for place, cell in enumerate(cells, start=1):
            if not _is_number(cell):
                raise ValueError(
                    f"could not convert string {cell!r} to a number, "
                    f"line {number}, column {place}{_hint(cell)}"
                )
        if rows and len(cells) != len(rows[0]):
            raise ValueError(
                f"the number of columns changed from {len(rows[0])} to {len(cells)}, line {number}"
            )
        width = len(cells)
        rows.append([float(cell) for cell in cells])
    if not rows:
        raise ValueError("no line of numbers")
    return np.array(rows)


def _hint(cell: str) -> str:
    """Return what may be wrong with a cell that is no number."""
    for other, name in ((";", "semicolons"), ("\t", "tabs"), (" ", "blanks")):
        if other in cell and (other != " " or all(map(_is_number, cell.split()))):
            return f": cells must be separated by commas, not by {name}"
    return ""


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
