"""Lessons: scripts in percent format, read as cells, and run as a notebook runs them."""

import contextlib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import matplotlib.pyplot as plt

from figures.parts.style import DPI

ROOMS = ("rdtheory", "rdneural")
"""Those that have lessons, in the order in which to take them."""

MARK = re.compile(r"^# %%(?: \[(\w+)\])?.*$", flags=re.MULTILINE)

Kind = Literal["markdown", "code"]


@dataclass(frozen=True)
class Cell:
    """A cell of a lesson.

    Parameters
    ----------
    kind : "markdown" or "code"
    source : its text; of markdown without the comment marks
    line : of the file, where the text begins; the first is 1
    """

    kind: Kind
    source: str
    line: int


@dataclass(frozen=True)
class Ran:
    """A cell and what came of it: what it printed, and its pictures as PNG."""

    cell: Cell
    printed: str = ""
    pictures: tuple[bytes, ...] = ()


def lesson_paths(root: Path) -> list[Path]:
    """Return the lessons below the folder of the project, in the order in which to take them."""
    return [path for room in ROOMS for path in sorted((root / room / "lessons").glob("*.py"))]


def answers_path(lesson: Path) -> Path:
    """Return where the answers to a lesson's exercises are."""
    return lesson.parent / "answers" / lesson.name


def read_cells(path: Path) -> list[Cell]:
    """Return the cells of a script in percent format, in order.

    A line `# %%` begins a cell of code, `# %% [markdown]` one of text, each line of which is a
    comment.

    Raises
    ------
    ValueError
        where something stands before the first cell, a cell is of another kind, or a line of
        markdown is no comment.
    """
    text = path.read_text(encoding="utf-8")
    marks = list(MARK.finditer(text))
    if not marks or text[: marks[0].start()].strip():
        raise ValueError(f"{path.name} must begin with a cell, # %%")
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return [
        _cell(path.name, mark.group(1) or "code", text[mark.end() + 1 : end],
              2 + text.count("\n", 0, mark.start()))
        for mark, end in zip(marks, ends, strict=True)
    ]  # fmt: skip


def _cell(name: str, kind: str, text: str, line: int) -> Cell:
    lines = text.rstrip().splitlines()
    if kind == "code":
        return Cell("code", "\n".join(lines), line)
    if kind != "markdown":
        raise ValueError(f"{name} must have cells of code or markdown, got {kind!r}")
    for number, each in enumerate(lines, start=line):
        if not re.match(r"#( |$)", each):
            raise ValueError(f"{name}, line {number}: markdown must be comments, got {each!r}")
    return Cell("markdown", "\n".join(each[2:] for each in lines), line)


def run_cells(cells: Sequence[Cell], path: Path) -> list[Ran]:
    """Run cells in order, in one namespace, and return them with what they printed and drew.

    Pictures are pyplot's figures, drawn without a screen; those that were open before are closed.
    A cell that fails raises what it raised, with the file and its line in the traceback.
    """
    names: dict[str, Any] = {"__name__": "__main__", "__file__": str(path)}
    with _no_screen():
        return [_ran(cell, names, path) for cell in cells]


def _ran(cell: Cell, names: dict[str, Any], path: Path) -> Ran:
    if cell.kind == "markdown":
        return Ran(cell)
    code = compile("\n" * (cell.line - 1) + cell.source, str(path), "exec")
    printed, pictures = io.StringIO(), []
    with contextlib.redirect_stdout(printed):
        exec(code, names)
    for number in plt.get_fignums():
        stream = io.BytesIO()
        plt.figure(number).savefig(stream, format="png", dpi=DPI, bbox_inches="tight")
        pictures.append(stream.getvalue())
    plt.close("all")
    return Ran(cell, printed.getvalue(), tuple(pictures))


@contextlib.contextmanager
def _no_screen() -> Iterator[None]:
    """Let pyplot draw in memory, and `plt.show` leave figures open for who reads them."""
    backend, show = plt.get_backend(), plt.show
    plt.close("all")  # a cell would draw into one that is open
    plt.switch_backend("agg")
    plt.show = lambda *args, **kwargs: None
    try:
        yield
    finally:
        plt.close("all")
        plt.show = show
        plt.switch_backend(backend)
