"""Rows of a table of usefulness by their rates: the best so far, and those of one training."""

from collections.abc import Sequence

from rdneural.records.table import Row


def best_up_to(rows: Sequence[Row], name: str) -> tuple[list[float], list[float]]:
    """Return the rates, rising, at which a share is greater than at all rates below, and it."""
    rates: list[float] = []
    values: list[float] = []
    for row in sorted(rows, key=lambda row: (row["rate"], -row[name])):
        if not values or row[name] > values[-1]:
            rates.append(row["rate"])
            values.append(row[name])
    return rates, values


def trainings(rows: Sequence[Row]) -> list[list[Row]]:
    """Return the rows of each training, one checkpoint, by rising rate."""
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row["rate"]):
        found.setdefault(row["checkpoint"], []).append(row)
    return list(found.values())
