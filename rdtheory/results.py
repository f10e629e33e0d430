"""Result files: JSON with a common head, arrays and tables, written atomically, read warily."""

import csv
import io
import json
import math
import os
import platform
import sys
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from rdtheory.checks import Array

FORMAT = 1
"""Version of the layout of result files; a reader refuses any other."""

MODELS = "models.npz"
"""The tables of the models that `toy` finds."""

RECORDED = ("numpy", "scipy", "numba", "torch", "safetensors", "sklearn", "cvxpy", "dit", "ray")
"""Packages whose versions a result records, where the process has loaded them."""


def result_head(
    command: str,
    *,
    settings: Mapping[str, Any],
    seed: int,
    seconds: float,
) -> dict[str, Any]:
    """Return the entries that every result has, whatever its command.

    `versions` are those of the layout of result files, of Python, of this package, and of those of
    `RECORDED` that the process has loaded.

    Examples
    --------
    >>> sorted(result_head("toy", settings={}, seed=0, seconds=1.0))
    ['command', 'seconds', 'seed', 'settings', 'versions']
    """
    versions: dict[str, Any] = {"format": FORMAT, "python": platform.python_version()}
    versions["rdlatent"] = version("rdlatent")
    loaded = ((name, sys.modules[name]) for name in RECORDED if name in sys.modules)
    versions |= {name: getattr(module, "__version__", "unknown") for name, module in loaded}
    return {
        "command": command,
        "settings": dict(settings),
        "versions": versions,
        "seed": seed,
        "seconds": seconds,
    }


def result_name(command: str) -> str:
    """Return the name of the file that a command leaves its result in.

    Examples
    --------
    >>> result_name("toy")
    'toy.json'
    """
    return f"{command}.json"


@contextmanager
def atomic_path(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its place once the block has succeeded.

    Raises `FileExistsError` where `path` exists and is not to be overwritten.
    """
    refuse_existing(path, overwrite=overwrite)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        if error.errno and error.filename in (None, str(temporary), temporary):
            error.filename = str(path)  # a full disk says of itself no more than that it is full
        raise
    finally:
        temporary.unlink(missing_ok=True)


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Raise `FileExistsError` where `path` exists and is not to be overwritten."""
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists: choose another place or pass --overwrite")


def write_json(path: Path, result: Mapping[str, Any], *, overwrite: bool = False) -> None:
    """Write a result as JSON; infinities and NaN have no place in it and raise `ValueError`."""
    with atomic_path(path, overwrite=overwrite) as temporary:
        temporary.write_text(dumps(result))


def dumps(result: Mapping[str, Any]) -> str:
    """Return a result as JSON text, one entry a line, ending in a newline."""
    return json.dumps(result, indent=2, allow_nan=False) + "\n"


def write_arrays(path: Path, arrays: Mapping[str, Array], *, overwrite: bool = False) -> None:
    """Write named arrays as a compressed `.npz`."""
    with atomic_path(path, overwrite=overwrite) as temporary:
        np.savez_compressed(temporary, **arrays)  # type: ignore[arg-type]


def read_json(path: Path, *, command: str) -> dict[str, Any]:
    """Read the result of a command back.

    Raises
    ------
    ValueError
        where the file is missing, unreadable, truncated, of another command or another format.
    """
    try:
        result = json.loads(path.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} must be a readable result file, got {error}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} must hold a whole JSON object, got {error}") from error
    if not isinstance(result, dict) or result.get("command") != command:
        found = result.get("command") if isinstance(result, dict) else type(result).__name__
        raise ValueError(f"{path} must be a result of `{command}`, got {found!r}")
    versions = result.get("versions")
    found = versions.get("format") if isinstance(versions, dict) else versions
    if found != FORMAT:
        raise ValueError(f"{path} must have format {FORMAT}, got {found!r}")
    return result


def read_arrays(path: Path, names: tuple[str, ...]) -> dict[str, Array]:
    """Read named arrays back; `ValueError` where the file or one of them is missing or broken."""
    try:
        # opened here, because np.load leaves a broken file open
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return {name: stored[name] for name in names}
    except KeyError as error:
        raise ValueError(f"{path} must hold the arrays {', '.join(names)}: {error}") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} must be a readable .npz file, got {error}") from error


Cell = str | int | float | bool | None


def write_rows(
    path: Path,
    header: Sequence[str],
    rows: Iterable[Mapping[str, Cell]],
    *,
    overwrite: bool = False,
) -> None:
    """Write a table as CSV: numbers to the last bit, `true` and `false`, None as an empty cell.

    Infinities, NaN and carriage returns have no place in it and raise `ValueError`.
    """
    with atomic_path(path, overwrite=overwrite) as temporary, temporary.open("w", newline="") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([_text(row[name]) for name in header] for row in rows)


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        if not math.isfinite(cell):
            raise ValueError(f"cells of a table must be finite numbers, got {cell}")
        return repr(float(cell))  # numpy's float64 is a float, and calls itself np.float64(...)
    if isinstance(cell, str) and "\r" in cell:  # csv leaves it bare where lines end in another
        raise ValueError(f"cells of a table must hold no carriage return, got {cell!r}")
    return "" if cell is None else str(cell)


MEANING = {"": None, "true": True, "false": False, "True": True, "False": False}
"""Cells that are no numbers."""


def read_rows(
    path: Path, header: Sequence[str], *, texts: Collection[str] = (),
    optional: Collection[str] = (),
) -> list[dict[str, Any]]:  # fmt: skip
    """Read a table that `write_rows` wrote; cells of the columns `texts` stay as they are.

    Of the header, columns that are `optional` may lack: their cells are then None.

    What other tools make of it is read, too: a byte order mark, lines that end as on Windows,
    columns beside, semicolons or tabs in place of commas, and `True`.

    Raises
    ------
    ValueError
        where the file is missing, unreadable or cut off, lacks a column, or holds a cell that is
        neither a finite number, a truth value nor empty.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            text = stream.read()
        lines = _cells_of(text, header)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} must be a readable table, got {error}") from error
    if text and not text.endswith(("\n", "\r")):
        raise ValueError(f"{path} must end with the end of a line, got {text[-20:]!r} there")
    found = lines[0] if lines else []
    missing = [name for name in header if name not in (*found, *optional)]
    if missing:
        few = ", ".join(header) if len(header) <= 12 else f"{header[0]}, ..., {header[-1]}"
        more = f" and {len(missing) - 1} others" if len(missing) > 1 else ""
        empty = "" if text.strip() else " in an empty file"
        raise ValueError(f"{path} must have the columns {few}: no {missing[0]}{more}{empty}")
    rows = []
    for number, line in enumerate(lines[1:], 2):
        if len(line) != len(found):
            raise ValueError(
                f"{path} must have {len(found)} cells in each line, got {len(line)} in {number}"
            )
        cells = dict.fromkeys(optional, "") | dict(zip(found, line, strict=True))
        rows.append(
            {
                name: (cells[name] or None) if name in texts else _cell(path, number, name, cells)
                for name in header
            }
        )
    return rows


def _cells_of(text: str, header: Sequence[str]) -> list[list[str]]:
    """Return the cells of all lines, parted by what finds most of the header in the first."""
    first = text.partition("\n")[0].rstrip("\r")
    parts = {mark: next(csv.reader([first], delimiter=mark), []) for mark in ",;\t"}
    mark = max(parts, key=lambda one: len(set(header) & set(parts[one])))
    return list(csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=mark))


def _cell(path: Path, number: int, name: str, cells: Mapping[str, str]) -> Cell:
    text = cells[name]
    if text in MEANING:
        return MEANING[text]
    for kind in (int, float):
        try:
            value = kind(text)
            finite = math.isfinite(value)
        except (ValueError, OverflowError):
            continue
        if finite and "_" not in text:  # Python's 1_000 is nobody else's
            return value
    raise ValueError(
        f"{path} must hold finite numbers, true, false or nothing, got {text!r} as {name} in "
        f"line {number}"
    )
