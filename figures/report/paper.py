"""The points that the paper prints beside our nearest runs, and which of them may be compared."""

from collections.abc import Mapping, Sequence
from math import log
from typing import Any

from figures.choice.choose import TINY, setting_of
from figures.choice.paper import EPOCHS as PAPERS_EPOCHS
from figures.choice.paper import comparable, read_points
from figures.report.cells import Cell, epochs, measured, plain, with_error
from rdneural.records.table import Row

PAPERS_IMAGES = {
    "mnist": "mnist", "mnist5k": "mnist", "omniglot": "omniglot", "omniglot-drawings": "omniglot",
}  # fmt: skip
"""Which of the paper's data sets is nearest to ours; the same where the names are the same."""
SAME_BETA = 0.05
"""Relative: betas that differ by more are not compared."""


def paper_table(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the points that the paper prints beside our nearest runs, header and cells."""
    header = {
        "in the paper": False, "model": False, "comparable": False, "R + D: ours less its": True,
        "its β": True, "our β": True, "its R": True, "our R": True, "its D": True, "our D": True,
        "its R + D": True, "our R + D": True, "our run": False, "preset": False, "epochs": True,
    }  # fmt: skip
    lines = []
    for point in read_points(PAPERS_IMAGES[rows[0]["data"]]):
        names = ("rate", "distortion", "elbo")
        theirs = [plain(point[name]) for name in names]
        number = nearest(rows, point)
        if number is None:
            verdict, beta, difference = Cell("no: no such run"), Cell(""), Cell("")
            ours, rest = [Cell("")] * 3, [Cell("")] * 3
        else:
            row = rows[number]
            reason = why_not(row, point)
            verdict, beta = Cell(f"no: {reason}" if reason else "yes"), plain(row["beta"])
            difference = Cell("not printed") if reason else _difference(row, point)
            ours = [measured(row, name) for name in names]
            rest = [
                Cell(row["run"], run=number), Cell(row["preset"] or ""),
                Cell(epochs(row), row["epochs"]),
            ]  # fmt: skip
        lines.append([
            Cell(": ".join(str(point[name]) for name in ("kind", "note") if point[name])),
            Cell(point["model"] or "the best"), verdict, difference, plain(point["beta"]), beta,
            *(cell for pair in zip(theirs, ours, strict=True) for cell in pair), *rest,
        ])  # fmt: skip
    return {"header": list(header.items()), "models": None, "lines": lines}


def _difference(row: Row, point: Mapping[str, Any]) -> Cell:
    """Return R + D less the paper's, with the error of ours: the paper prints none."""
    value = row["test_elbo"] - point["elbo"]
    return Cell(with_error(value, row["test_elbo_se"]), value)


def nearest(rows: Sequence[Row], point: Mapping[str, Any]) -> int | None:
    """Return which run is nearest to a point of the paper: its model, and the nearest beta.

    Of equal betas comparable runs come first, then those annealed as the paper's, then complete
    ones. Where the point names no model it is the best of all models, and ours is our best.
    """
    numbers = range(len(rows))
    if point["model"] is None:
        return min(numbers, key=lambda i: rows[i]["test_elbo"])

    def key(number: int) -> tuple[float, bool, bool, bool, int]:
        row = rows[number]
        other = bool(row["anneal"]) != (point["anneal"] == "yes")
        return (
            _apart(row, point), why_not(row, point) is not None, other, not row["complete"],
            row["seed"],
        )  # fmt: skip

    own = [i for i in numbers if rows[i]["model"] == point["model"] and _has_beta(rows[i])]
    return min(own, key=key, default=None)


def why_not(row: Row, point: Mapping[str, Any]) -> str | None:
    """Return why a run may not be held against a point of the paper, or None where it may."""
    reasons = []
    if row["data"] != point["dataset"]:
        reasons.append(f"other images ({row['data']})")
    if row["preset"] != "paper":
        reasons.append(f"{row['preset']} size, {epochs(row)} epochs")
    elif not row["complete"] or row["epochs_asked"] < PAPERS_EPOCHS:
        reasons.append(f"{epochs(row)} of the paper's {PAPERS_EPOCHS} epochs")
    if point["beta"] is not None and _apart(row, point) > log(1 + SAME_BETA):
        reasons.append("another β")
    if not reasons and not comparable([row]):
        reasons.append(row["warning"] or "not what the paper ran")
    return ", ".join(reasons) or None


def _has_beta(row: Row) -> bool:
    return setting_of(row)[0] == "beta"


def _apart(row: Row, point: Mapping[str, Any]) -> float:
    """Return how far two betas are apart, as the difference of their logarithms."""
    return abs(log(max(setting_of(row)[1], TINY)) - log(max(point["beta"], TINY)))
