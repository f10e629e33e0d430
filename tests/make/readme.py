"""The READMEs as the tests read them: texts, blocks, tables, shell lines."""

import re
import shlex
from dataclasses import dataclass

from tests.conftest import ROOT

NAMES = ("README.md", "rdtheory/README.md", "rdneural/README.md", "figures/results/README.md")
TEXTS = {name: (ROOT / name).read_text() for name in NAMES}
TEXT = "\n".join(TEXTS.values())
RESULTS = ROOT / "figures" / "results"

FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", flags=re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Line:
    """A line of a shell block: what it sets for the command, and the command's words."""

    text: str
    sets: dict[str, str]
    words: tuple[str, ...]


def blocks(name: str, language: str) -> list[str]:
    """Return the code blocks of a README in one language, in order."""
    return [body for kind, body in FENCE.findall(TEXTS[name]) if kind == language]


def languages(name: str) -> set[str]:
    """Return the languages of a README's code blocks; a block without one has ''."""
    return {kind for kind, _ in FENCE.findall(TEXTS[name])}


def shell_lines(name: str) -> list[Line]:
    """Return the commands of a README's shell blocks; those between `&&` are lines of their own."""
    found = []
    for block in blocks(name, "sh"):
        for text in block.replace("\\\n", " ").splitlines():
            for part in text.split(" && "):
                words = shlex.split(part, comments=True)
                sets = {}
                while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                    variable, _, value = words.pop(0).partition("=")
                    sets[variable] = value
                if words:
                    found.append(Line(" ".join(part.split()), sets, tuple(words)))
    return found


def prose(name: str) -> str:
    """Return a README without code blocks and tables, its blanks single."""
    text = FENCE.sub("", TEXTS[name])
    return " ".join(
        " ".join(line for line in text.splitlines() if not line.lstrip().startswith("|")).split()
    )


def table(name: str, first: str) -> list[list[str]]:
    """Return the cells of the table whose heading begins with some columns, row by row."""
    lines = iter(TEXTS[name].splitlines())
    for line in lines:
        if line.startswith(first):
            next(lines)
            rows = []
            for row in lines:
                if not row.startswith("|"):
                    return rows
                cells = [cell.replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
                rows.append([cell.strip().strip("`") for cell in cells])
            return rows
    raise AssertionError(f"{name} has no table that begins with {first}")
