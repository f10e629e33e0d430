"""The READMEs as tests read them: texts, blocks, tables, shell lines; and what they show."""

import csv
import json
import re
import shlex
from dataclasses import dataclass

from rdneural.records.names import FAMILIES
from tests.conftest import ROOT

NAMES = ("README.md", "rdtheory/README.md", "rdneural/README.md", "figures/results/README.md")
TEXTS = {name: (ROOT / name).read_text() for name in NAMES}
TEXT = "\n".join(TEXTS.values())
RESULTS = ROOT / "figures" / "results"
FRONT, PAGE = NAMES[0], NAMES[3]

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


# -- the committed results ------------------------------------------------------------------------

CURVES = {"---": "curve", "-+-": "curve-pixelcnn", "-+v": "curve-vamp"}
TRAININGS = ("comparison", "equal-both", "equal-steps")


def rows_of(*parts: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file of the results."""
    with RESULTS.joinpath(*parts).open(newline="") as stream:
        return list(csv.DictReader(stream))


def json_of(*parts: str) -> dict:
    """Return a JSON file of the results."""
    return json.loads(RESULTS.joinpath(*parts).read_text())


def runs_of(kind: str) -> dict[str, dict]:
    """Return the runs of `quick`, `targets` or `families`, by the names of their directories."""
    return {path.parent.name: json.loads(path.read_text())
            for path in sorted((RESULTS / "quick" / kind).glob("*/run.json"))}  # fmt: skip


def swept(beta: str, decoder: str, marginal: str = "-+v") -> list[dict[str, str]]:
    """Return the sweep's runs at a beta, of families with a decoder and one of some marginals."""
    return [
        row for row in rows_of("mnist-quick", "table.csv")
        if row["model"] in FAMILIES and row["model"][1] == decoder
        and row["model"][2] in marginal and row["beta"] == f"{float(beta)}"
    ]  # fmt: skip


def span_of(values, digits: int) -> str:
    """Return the least and the greatest of some numbers."""
    values = [float(value) for value in values]
    return f"{min(values):.{digits}f} to {max(values):.{digits}f}"


def with_error(value: str, se: str, *, plus: bool = False) -> str:
    """Return a number with its error: two decimals, or one where the error is above 0.5."""
    number, error = float(value), float(se)
    digits = 1 if error > 0.5 else 2
    return f"{number:{'+' if plus else ''}.{digits}f}({round(error * 10**digits)})"


def percent(value: str, digits: int = 1) -> str:
    """Return a share in hundredths."""
    return f"{100 * float(value):.{digits}f}"
