"""Result files: JSON with a common head, arrays and tables, written atomically, read warily."""

import csv
import json
import math
import os
import platform
import re
import sys
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
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


def array_names(path: Path) -> list[str]:
    """Return the names of the arrays in a file; none where it cannot be read."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return list(stored.files)
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile):
        return []


Cell = str | int | float | bool | None


def write_rows(
    path: Path,
    header: Sequence[str],
    rows: Iterable[Mapping[str, Cell]],
    *,
    overwrite: bool = False,
) -> None:
    """Write a table as CSV: numbers to the last bit, `true` and `false`, None as an empty cell.

    Infinities, NaN, carriage returns and rows without anything have no place in it and raise
    `ValueError`.
    """
    with atomic_path(path, overwrite=overwrite) as temporary, temporary.open("w", newline="") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            cells = [_text(row[name]) for name in header]
            if not any(map(str.strip, cells)):  # spreadsheets leave such lines; they are not read
                raise ValueError("rows of a table must have something in them, got nothing")
            writer.writerow(cells)


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


# -- tables that other tools have been at ---------------------------------------------------------

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
MISSING = ("", "nan", "-nan", "na", "n/a", "#n/a", "<na>", "null", "none")
"""How other tools write that there is nothing, in small letters."""
MEANING = dict.fromkeys(MISSING) | {"true": True, "false": False}
LINE_END = re.compile(r"\r\n|\r|\n")
EXCEL = re.compile(r'"?sep=([,;\t])"?[,;\t]*(?:\r\n|\r|\n)', re.IGNORECASE)  # a first line
COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")  # a number with a decimal one


class Quoted(str):
    """A cell that stood in quotes: blanks within them belong to it."""


def read_text(path: Path, what: str = "table") -> str:
    """Return the text of a file in UTF-8 or, where its first two bytes say so, UTF-16.

    Raises `ValueError`, which calls the file `what`, where it cannot be read or is neither.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        seen = "nothing of that name" if isinstance(error, FileNotFoundError) else error.strerror
        raise ValueError(f"{path} must be a readable {what}, got {seen}") from error
    code = "utf-16" if re.match(rb"\xff\xfe|\xfe\xff|.\0", content) else "utf-8-sig"
    try:
        return content.decode(code)
    except UnicodeDecodeError as error:
        line = len(LINE_END.findall(content[: error.start].decode(code, "ignore"))) + 1
        seen = f"got the byte 0x{content[error.start]:02x} in line {line}"
        raise ValueError(f"{path} must be a readable {what}, UTF-8 or UTF-16, {seen}") from error


def split_lines(
    path: Path, text: str, mark: str, *, number: int = 1, what: str = "table"
) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells of each line with anything in it, however lines end.

    A cell in quotes may hold line ends, `mark`, and quotes that are doubled; it is `Quoted`.
    `number` is that of the first line. Raises `ValueError` where quotes do not end with their cell.
    """
    one = re.compile(rf' *"([^"]*(?:""[^"]*)*)" *(?=[{mark}\r\n]|\Z)|[^{mark}\r\n]*')
    place, first, cells = 0, number, list[str]()
    while place < len(text) or cells:
        found = one.match(text, place)
        assert found is not None  # it matches nothing, too
        if found[1] is None and found[0].lstrip(" ").startswith('"'):
            rule = f"{path} must be a readable {what}, whose quotes end with their cells"
            seen = f"{found[0][:20]!r} in line {number}, column {len(cells) + 1}"
            raise ValueError(f"{rule}, got {seen}")
        cells.append(found[0] if found[1] is None else Quoted(found[1].replace('""', '"')))
        number += len(LINE_END.findall(found[0]))
        end = LINE_END.match(text, found.end())
        place = end.end() if end else found.end() + 1
        if end or found.end() == len(text):
            if any(cell.strip() or isinstance(cell, Quoted) for cell in cells):
                yield first, cells
            number, cells = number + 1, []
            first = number


def number_in(cell: str, *, comma: bool = False) -> int | float | None:
    """Return the finite number that a cell holds, with `comma` also one with a decimal comma."""
    text = cell.replace(",", ".") if comma and COMMA.fullmatch(cell) else cell
    for kind in (int, float):
        with suppress(ValueError, OverflowError):
            value: int | float = kind(text)
            if math.isfinite(value) and "_" not in text:  # Python's 1_000 is nobody else's
                return value
    return None


def read_rows(
    path: Path, header: Sequence[str], *, texts: Collection[str] = (),
    optional: Collection[str] = (), needed: Collection[str] = (),
) -> list[dict[str, Any]]:  # fmt: skip
    """Read a table that `write_rows` wrote; cells of the columns `texts` stay as they are.

    Columns that are `optional` may lack, and are then None; no cell of one `needed` may be empty.

    What other tools make of it is read, too: UTF-16, byte order marks, any line ends, columns
    beside, semicolons or tabs in place of commas, then also decimal commas, a line that tells Excel
    the separator, blanks around names and cells, `TRUE`, `NaN` and the like where there is nothing.
    Lines of nothing but separators are no rows.

    Raises
    ------
    ValueError
        where the file is missing, unreadable or cut off, lacks a column, or holds a cell that is
        neither a finite number, a truth value nor empty, or decimal commas and points.
    """
    text = read_text(path)
    if text and text[-1] not in "\r\n":
        seen = f"{text[-20:]!r} there, in line {len(LINE_END.findall(text)) + 1}"
        raise ValueError(f"{path} must end with the end of a line, got {seen}")
    mark, heading, lines = _opened(path, text, header, optional)
    names = list(map(str.strip, heading))
    padded = names != heading  # then blanks around bare texts are not theirs either
    rows, points = list[dict[str, Cell]](), dict[str, str]()
    for number, line in lines:
        if len(line) != len(names):
            rule = f"must have {len(names)} cells in each line"
            raise ValueError(f"{path} {rule}, got {len(line)} in line {number}")
        cells = dict.fromkeys(optional, "") | dict(zip(names, line, strict=True))
        row: dict[str, Cell] = {}
        for name in header:
            text = cells[name]
            if name in texts:
                row[name] = (text.strip() if padded and type(text) is str else str(text)) or None
                continue
            row[name] = _cell(path, f"{name} in line {number}", text.strip(), mark, points)
            if row[name] is None and name in needed:
                rule = f"{path} must hold a finite number as {name}"
                raise ValueError(f"{rule}, got {text.strip() or 'nothing'} in line {number}")
        rows.append(row)
    return rows


def _opened(
    path: Path, text: str, header: Sequence[str], optional: Collection[str]
) -> tuple[str, list[str], Iterator[tuple[int, list[str]]]]:
    """Return the separator that finds most of the header, the heading, and the lines below it."""
    marks, number = "".join(SEPARATORS), 1
    if said := EXCEL.match(text):
        text, marks, number = text[said.end() :], said[1], 2

    def known(mark: str) -> int:
        with suppress(ValueError):  # another separator may be right about the quotes
            _, names = next(split_lines(path, text, mark), (0, []))
            return len(set(header).intersection(map(str.strip, names)))
        return -1

    mark = max(marks, key=known)
    lines = split_lines(path, text, mark, number=number)
    line, heading = next(lines, (number, []))
    names = list(map(str.strip, heading))
    missing = [name for name in header if name not in (*names, *optional)]
    if missing:
        few = ", ".join(header) if len(header) <= 12 else f"{header[0]}, ..., {header[-1]}"
        more = f" and {len(missing) - 1} others" if len(missing) > 1 else ""
        shown = ", ".join(repr(name[:20]) for name in names[:3]) + ", ..." * (len(names) > 3)
        seen = f", got {shown} between {SEPARATORS[mark]} in line {line}"
        rule = f"{path} must have the columns {few}: no {missing[0]}{more}"
        raise ValueError(rule + (seen if names else " in an empty file"))
    return mark, heading, lines


def _cell(path: Path, where: str, text: str, mark: str, points: dict[str, str]) -> Cell:
    """Return what a cell holds that is no text; `points` keeps where decimal marks were met."""
    if (word := text.lower()) in MEANING:
        return MEANING[word]
    value = number_in(text, comma=mark != ",")
    if value is None:
        rule = "must hold finite numbers, true, false or nothing"
        raise ValueError(f"{path} {rule}, got {text!r} as {where}")
    for point in {",", "."}.intersection(text):
        points.setdefault(point, f"{text!r} as {where}")
    if len(points) > 1:  # one of them may part thousands
        seen = " and ".join(points.values())
        raise ValueError(f"{path} must have one decimal mark, got {seen}")
    return value
