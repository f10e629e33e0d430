"""What every lesson must be: a title, a promise, cells that run, pictures, exercises, answers."""

import ast
import io
import re
from pathlib import Path

import numpy as np
from PIL import Image

from figures.parts.lessons import Cell, Ran, answers_path, lesson_paths, read_cells, run_cells
from tests.conftest import ROOT

USERS = {"rdtheory", "rdneural", "numpy", "matplotlib", "sklearn", "tempfile", "pathlib",
         "itertools"}  # fmt: skip
"""What a lesson may import: ours, and what one has who has ours."""

LINES = 22
"""Of a code cell, at most: one idea."""

EXERCISE = re.compile(r"^(\d)\. ", flags=re.MULTILINE)


def lessons_of(room: str) -> list[Path]:
    """Return the lessons of a room."""
    return [path for path in lesson_paths(ROOT) if path.is_relative_to(ROOT / room)]


def assert_is_a_lesson(path: Path) -> None:
    """Assert that a lesson has its parts, without running it."""
    cells, answers = read_cells(path), read_cells(answers_path(path))
    first, last = cells[0].source, cells[-1].source
    number = int(path.name[:2])
    assert re.match(rf"# {number}\. \S", first)
    assert re.search(r"^\*.*ten minutes; the code takes .*\*$", first, re.MULTILINE | re.IGNORECASE)
    assert "After this lesson you" in first
    assert EXERCISE.findall(last.partition("## Exercises")[2]) == ["1", "2", "3"]
    assert f"answers/{path.name}" in last
    assert [cell.kind for cell in answers] == 3 * ["markdown", "code"]
    for number, cell in enumerate(answers[::2], start=1):
        assert f"*{number}.*" in cell.source
    for cell in answers[1::2]:
        assert "assert " in cell.source
    assert sum("surprise" in cell.source for cell in cells) >= 1
    assert_links_lead_somewhere(path, cells)
    for script in (cells, answers):
        assert_imports_are_a_users(script)
        assert_numbers_are_asserted(script)
        assert all(cell.source.count("\n") < LINES for cell in script if cell.kind == "code")


def assert_imports_are_a_users(cells: list[Cell]) -> None:
    for cell in cells:
        for node in ast.walk(ast.parse(cell.source if cell.kind == "code" else "")):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= USERS, names


def assert_numbers_are_asserted(cells: list[Cell]) -> None:
    """Assert that each decimal number of the prose stands in the code, too.

    Numbers of exercises are questions, and so are not looked for; references are links.
    """
    code = "\n".join(cell.source for cell in cells if cell.kind == "code")
    for cell in cells:
        if cell.kind == "markdown":
            prose = re.sub(r"\]\([^)]*\)|\[arXiv:[^]]*", "", cell.source).partition("## Ex")[0]
            for number in re.findall(r"\d+\.\d+", prose):
                assert re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", code), number


def assert_links_lead_somewhere(path: Path, cells: list[Cell]) -> None:
    for cell in cells:
        if cell.kind == "markdown":
            for link in re.findall(r"\]\(([^)\s]+)\)", cell.source):
                place, _, anchor = link.partition("#")
                if not place.startswith("https://"):
                    target = path.parent / place
                    assert target.exists(), link
                    headings = re.findall(r"^#+ (.*)$", target.read_text(), flags=re.MULTILINE)
                    anchors = [re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
                               for text in headings]  # fmt: skip
                    assert not anchor or anchor in anchors, link


def assert_runs(path: Path) -> None:
    """Run a lesson, then its answers; look at its pictures."""
    ran = run_cells(read_cells(path), path)
    pictures = [picture for cell in ran for picture in cell.pictures]
    assert pictures
    for picture in pictures:
        pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("L"))
        assert min(pixels.shape) > 200
        assert 0.005 < (pixels < 200).mean() < 0.7  # ink, and paper around it
    assert_prints_short_lines(ran)
    answers = answers_path(path)
    assert_prints_short_lines(run_cells(read_cells(answers), answers))


def assert_prints_short_lines(ran: list[Ran]) -> None:
    for cell in ran:
        assert all(len(line) <= 130 for line in cell.printed.splitlines()), cell.printed
