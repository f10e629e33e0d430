"""Own images in a file: `.npy`, `.npz`, `.amat` (gzipped or not) and `.mat`."""

import gzip
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rdneural.data.found import LABELS, SHAPE, WHOLE, Found, found_among

KINDS = (".npy", ".npz", ".amat", ".amat.gz", ".mat")


def kind_of_file(path: Path) -> str | None:
    """Return which of `KINDS` a file is by its name; None where it is none.

    Examples
    --------
    >>> kind_of_file(Path("a/digits.v2.amat.gz")), kind_of_file(Path("digits.png"))
    ('.amat.gz', None)
    """
    return next((kind for kind in KINDS if path.name.lower().endswith(kind)), None)


def read_file(path: Path, key: str | None = None) -> Found:
    """Read what a file holds; `key` is the array that is meant, where there are several.

    An array of three axes in a `.mat` whose last axis is the longest has its images along that,
    as MATLAB has them; everywhere else they are along the first.

    Raises
    ------
    ValueError
        where it is unreadable, of no known kind, or has no such array.

    Examples
    --------
    >>> read_file(Path("nowhere.npy"))
    Traceback (most recent call last):
    ValueError: nowhere.npy must be a readable file, got No such file or directory
    """
    kind = kind_of_file(path)
    if kind is None:
        raise ValueError(f"{path} must end in {', '.join(KINDS)} to be read, got {path.name}")
    name = path.name[: -len(kind)]
    try:
        with path.open("rb"):
            pass
        if kind == ".npy":
            return Found(name, {WHOLE: _only(path, key, np.load(path, allow_pickle=False))})
        if kind == ".npz":
            with np.load(path, allow_pickle=False) as stored:
                return found_among(name, {each: stored[each] for each in stored}, only=key)
        if kind == ".mat":
            return _read_mat(path, name, key)
        return Found(name, {WHOLE: _only(path, key, _read_amat(path))})
    except OSError as error:
        reason = error.strerror or error
        raise ValueError(f"{path} must be a readable file, got {reason}") from error
    except (
        # what a truncated or other file leads its readers into
        *(EOFError, TypeError, KeyError, IndexError, MemoryError, OverflowError, AttributeError),
        *(NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error),
    ) as error:
        reason = " ".join(str(error).split())[:80] or type(error).__name__
        raise ValueError(f"{path} must be a whole {kind} file, got {reason}") from error
    except ValueError as error:
        if str(error).startswith(name):
            raise
        reason = " ".join(str(error).split())[:80]
        raise ValueError(f"{path} must be a whole {kind} file of numbers, got {reason}") from error


def shape_of_file(path: Path) -> tuple[int, ...] | None:
    """Return the shape of a `.npy` by its head, in no time; None where it has to be read."""
    if kind_of_file(path) != ".npy":
        return None
    try:
        shape: tuple[int, ...] = np.load(path, mmap_mode="r", allow_pickle=False).shape
    except (OSError, ValueError, EOFError):
        return None  # whoever reads it says what is wrong
    return shape


def _only(path: Path, key: str | None, array: Any) -> Any:  # noqa: ANN401  (of any numbers)
    if key is not None:
        raise ValueError(f"{path.stem} must be named alone, as it holds one array, got :{key}")
    return array


def _read_amat(path: Path) -> Any:  # noqa: ANN401
    """Return the rows of a text of numbers, zeros and ones as uint8."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of an empty file: its shape says so
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            rows = np.loadtxt(stream, dtype=np.float32, ndmin=2)
    return rows.astype(np.uint8) if ((rows == 0) | (rows == 1)).all() else rows


def _read_mat(path: Path, name: str, key: str | None) -> Found:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        stored: Mapping[str, Any] = loadmat(path)
    except MatReadError as error:
        raise EOFError(error) from error
    arrays = {each: _first_axis(value) for each, value in stored.items() if each[:2] != "__"}
    beside = (*LABELS, SHAPE)  # other vectors are no images
    arrays = {each: value for each, value in arrays.items() if value.ndim > 1 or each in beside}
    return found_among(name, arrays, only=key)


def _first_axis(value: Any) -> Any:  # noqa: ANN401
    """Return an array with its longest axis first where MATLAB has it last, a vector as such."""
    array = np.asarray(value)
    if array.ndim == 2 and min(array.shape) == 1:
        return array.ravel()
    if array.ndim == 3 and array.shape[2] > max(array.shape[:2]):
        return np.moveaxis(array, 2, 0)
    return array
