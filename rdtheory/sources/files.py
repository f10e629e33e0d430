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
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        header = 1 if lines and not _is_number(lines[0].split(",")[0]) else 0
        if not any(line.strip() for line in lines[header:]):
            raise ValueError("no line of numbers")
        table = np.loadtxt(lines[header:], delimiter=",", ndmin=2, comments=None)
    except (OSError, ValueError) as error:
        reason = str(error).split("; ")[0]  # numpy goes on to advise programmers
        raise ValueError(f"{path} must be a readable .csv file, got {reason}") from error
    if table.shape[1] < 2:
        raise ValueError(f"{path} must have a mass and distortions on every line, got 1 column")
    return table[:, 0], table[:, 1:]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
