"""Points of curves beside the runs of a sweep: each is a model for its slope, as a run is."""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from figures.parts.reading import MEASURES, check_numbers
from rdneural.records.layout import POINTS
from rdneural.records.table import Row
from rdtheory.results import read_rows

TEXTS = ("run", "data", "warning", "device", "model", "preset")
NUMBERS = ("seed", "epochs", "beta", "training_seconds")
NEVER_ASKED = {
    "complete": True, "target_rate": None, "target_met": None, "target_miss": None,
    "diverged": False, "anneal": 0.0, "curve": True,
}  # fmt: skip
"""What the rows of runs have, and no point of a curve was asked for; and that it is one."""


def read_curves(directory: Path, data: str) -> list[Row]:
    """Read the points of the curves of a sweep on `data`, as rows of its table have them.

    There are none where no curve is done. `ValueError` where the file is broken, or of other data.
    """
    path = directory / POINTS
    if not path.exists():
        return []
    measured = tuple(f"test_{measure}" for measure in MEASURES)
    rows = []
    columns = *NUMBERS, *measured
    for point in read_rows(path, (*TEXTS, *columns), texts=TEXTS, needed=columns):
        check_numbers(path, {name: point[name] for name in columns})
        if point["data"] != data:
            raise ValueError(f"{path} must be of the runs' data, {data!r}, got {point['data']!r}")
        rows.append(point | NEVER_ASKED | {"final_beta": point["beta"]})
    return rows


def curves_of(rows: Iterable[Row]) -> list[list[Row]]:
    """Return the points of each curve that is among rows, by rising rate."""
    points = sorted((row for row in rows if row.get("curve")), key=_name)
    by_curve = groupby(points, key=_name)
    return [sorted(of_one, key=lambda row: row["test_rate"]) for _, of_one in by_curve]


def _name(row: Row) -> str:
    return str(row["run"])
