"""The runs of a sweep on the page: a card with its images for each, and the table of all."""

from collections.abc import Sequence
from itertools import compress
from pathlib import Path
from typing import Any

from figures.choice.kinds import kind_of_row
from figures.parts.words import DIVERGED, missed, target_said
from figures.report.cells import Cell, asked, epochs, measured, plain
from figures.report.images import images_of
from rdneural.records.asked import slope_reached
from rdneural.records.table import Row


def card_of(directory: Path, number: int, row: Row) -> dict[str, Any]:
    """Return what the page says of a run, with its images."""
    cut = "" if row["complete"] else f" of {row['epochs_asked']:.3g}, cut short"
    return {
        "number": number, "name": row["run"], "model": row["model"],
        "title": f"{row['model']} at {asked(row)}, seed {row['seed']}",
        "complete": bool(row["complete"]),
        "missed": missed(row),
        "measured": {label: measured(row, name).text for name, label in
                     (("rate", "R"), ("distortion", "D"), ("elbo", "R + D"))},
        "facts": {
            "kind": kind_of_row(row),
            "target": "" if row["target_rate"] is None else
            f"target rate {row['target_rate']:g} {target_said(row)}",
            "warning": DIVERGED if row["diverged"] else "",
            "preset": row["preset"] or "?",
            "epochs": epochs(row) + cut,
            "device": row["device"] or "?",
        },
        "images": images_of(directory, row),
    }  # fmt: skip


def _found_beta(row: Row) -> float | None:
    """Return the slope that a run ended at, where it is not the beta that was asked for."""
    return row["final_beta"] if row["beta"] is None else slope_reached(row)


def runs_table(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the header and the cells of the table of all runs, without empty columns."""
    header = {
        "run": False,
        "model": False,
        "β": True,
        "β at the end": True,
        "target R": True,
        "target": False,
        "anneal": True,
        "seed": True,
        "R": True,
        "D": True,
        "R + D": True,
        "kind": False,
        "preset": False,
        "epochs": True,
        "complete": False,
        "minutes": True,
        "origin": False,
        "device": False,
    }  # fmt: skip  (whether a column is of numbers)
    lines = [
        [
            Cell(row["run"], run=number), Cell(row["model"]),
            plain(row["beta"]), plain(_found_beta(row)), plain(row["target_rate"]),
            Cell(target_said(row), row["target_miss"]), plain(row["anneal"]), plain(row["seed"]),
            *(measured(row, name) for name in ("rate", "distortion", "elbo")),
            Cell("diverged" if row["diverged"] else kind_of_row(row)),
            Cell(row["preset"] or ""),
            Cell(epochs(row), row["epochs"]), Cell("yes" if row["complete"] else "no"),
            Cell(f"{row['training_seconds'] / 60:.1f}", row["training_seconds"]),
            Cell(row["origin"] or ""), Cell(row["device"] or ""),
        ]
        for number, row in enumerate(rows)
    ]  # fmt: skip
    used = [any(line[i].text for line in lines) for i in range(len(header))]
    return {
        "header": list(compress(header.items(), used)),
        "models": [row["model"] for row in rows],
        "lines": [list(compress(line, used)) for line in lines],
    }
