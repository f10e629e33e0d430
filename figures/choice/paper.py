"""The points that the paper prints, `paper_points.csv`, and when runs may be held against them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rdtheory.results import read_rows

POINTS = Path(__file__).parent / "paper_points.csv"
TEXTS = ("dataset", "model", "anneal", "kind", "note")
COLUMNS = ("dataset", "model", "beta", "anneal", "rate", "distortion", "elbo", "kind", "note")

EPOCHS = 200
"""Epochs of the paper's runs."""


def read_points(dataset: str) -> list[dict[str, Any]]:
    """Return the paper's points on a data set, in the file's order; what it leaves open is None.

    Examples
    --------
    >>> [(p["model"], p["beta"], p["rate"]) for p in read_points("mnist")][1]
    ('-+v', 1.0, 6.2)
    """
    return [point for point in read_rows(POINTS, COLUMNS, texts=TEXTS) if _of(point, dataset)]


def comparable(rows: Iterable[Mapping[str, Any]]) -> bool:
    """Whether rows are what the paper ran: its networks, its data and as many epochs, all made."""
    return all(
        row["preset"] == "paper"
        and row["complete"]
        and row["epochs_asked"] >= EPOCHS
        and not row["warning"]
        for row in rows
    )


def _of(point: Mapping[str, Any], dataset: str) -> bool:
    return bool(point["dataset"] == dataset)
