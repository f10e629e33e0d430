"""A curve from one training held against models that were trained one slope each."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rdneural.machine.device import autocast
from rdneural.measures.estimates import plain
from rdneural.measures.rates import terms_of
from rdneural.models.build import LatentModel
from rdneural.records.curves import CurveSettings
from rdneural.records.layout import CHECKPOINT, RUNS
from rdneural.records.table import check_row, read_table
from rdneural.runs.stored import load_model

COMPARED = (
    "run", "beta", "seed",
    *(f"{side}_{name}" for side in ("curve", "run") for name in (
        "rate", "rate_se", "distortion", "distortion_se", "cost", "cost_se",
        "steps", "images_seen", "training_seconds",
    )),
    "difference", "difference_se", "paired",
)  # fmt: skip
"""Columns of a comparison: `cost` is D + beta R, `difference` that of the curve minus the run's."""


def rows_to_compare(against: Path, settings: CurveSettings, data_name: str) -> list[dict[str, Any]]:
    """Return the rows of a table that a curve can be held against, by rising beta.

    They are the whole runs of the same family, preset and data that minimise D + beta R and no
    more, at slopes within the curve's range.

    Raises
    ------
    ValueError
        where the table cannot be read, or has no such row.
    """
    run = settings.run
    rows = [
        row
        for row in read_table(against)
        if (row["model"], row["preset"], row["data"]) == (run.model, run.preset, data_name)
        and row["complete"]
        and row["beta"] is not None
        and settings.low <= row["beta"] <= settings.high
        and not (row["anneal"] or row["free_bits"])
    ]
    if not rows:
        raise ValueError(
            f"against must have a run of {run.model}, {run.preset}, on {data_name} at a beta in "
            f"[{settings.low:g}, {settings.high:g}], got none in {against}"
        )
    return sorted(rows, key=lambda row: (row["beta"], row["seed"]))


def compare(
    result: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    paired: Mapping[str, tuple[float, float]] | None = None,
) -> dict[str, Any]:
    """Hold a curve against rows of a table, on test images at equal beta.

    Parameters
    ----------
    result
        of a curve, with a point at the beta of each row.
    rows
        of a table (`rdneural.records.table`).
    paired
        for the names of some rows, the mean difference of D + beta R and its error, image by image.
        Elsewhere the error is that of two independent means, which is too large where both are of
        the same images.

    Returns
    -------
    dict
        `rows`, one for each with the columns `COMPARED`; what the curve and what all runs together
        took, in training seconds and images; and `worst_difference`, in nats.
    """
    paired = paired or {}
    points = {point["beta"]: point for point in result["points"]}
    compared = []
    for row in rows:
        beta = row["beta"]
        ours = points[beta]["test"] | {
            name: result[name] for name in ("steps", "images_seen", "training_seconds")
        }
        theirs = {key.removeprefix("test_"): row[key] for key in row if key.startswith("test_")}
        cost, cost_se = cost_of(theirs, beta)
        theirs |= {
            "cost": cost, "cost_se": cost_se, "steps": row["steps"],
            "images_seen": row["steps"] * row["batch"],
            "training_seconds": row["training_seconds"],
        }  # fmt: skip
        difference = ours["cost"] - cost, math.hypot(ours["cost_se"], cost_se)
        difference = paired.get(row["run"], difference)
        both = {"curve": ours, "run": theirs}
        compared.append(
            {"run": row["run"], "beta": beta, "seed": row["seed"]}
            | {
                f"{side}_{name}": both[side][name]
                for column in COMPARED
                for side, _, name in [column.partition("_")]
                if side in both and name
            }
            | {
                "difference": difference[0], "difference_se": difference[1],
                "paired": row["run"] in paired,
            }
        )  # fmt: skip
    return {
        "curve_training_seconds": result["training_seconds"],
        "runs_training_seconds": sum(row["run_training_seconds"] for row in compared),
        "curve_images_seen": result["images_seen"],
        "runs_images_seen": sum(row["run_images_seen"] for row in compared),
        "worst_difference": max(row["difference"] for row in compared),
        "rows": compared,
    }


def cost_of(measured: Mapping[str, float], beta: float) -> tuple[float, float]:
    """Return D + beta R and its standard error, given those of R, D and R + D.

    var(D + beta R) = var D + beta^2 var R + beta (var(R + D) - var R - var D).

    Examples
    --------
    >>> measured = {"rate": 2.0, "rate_se": 0.1, "distortion": 9.0, "distortion_se": 0.3}
    >>> cost, error = cost_of(measured | {"elbo_se": 0.4}, 2.0)  # as R and D rise together
    >>> round(cost, 6), round(error, 6)
    (13.0, 0.5)
    """
    r, d, both = (measured[f"{name}_se"] ** 2 for name in ("rate", "distortion", "elbo"))
    variance = d + beta**2 * r + beta * (both - r - d)
    return measured["distortion"] + beta * measured["rate"], math.sqrt(max(variance, 0.0))


def trained_run(against: Path, row: Mapping[str, Any]) -> LatentModel | None:
    """Return the model of a row of a sweep; None where its checkpoint is not beside the table.

    `ValueError` where the checkpoint is of other settings than the row.
    """
    directory = (against if against.is_dir() else against.parent) / RUNS / row["run"]
    if not (directory / CHECKPOINT).exists():
        return None
    model, settings = load_model(directory)
    check_row(row, settings, against)
    return model


def paired_difference(
    settings: CurveSettings, one: LatentModel, other: LatentModel, images: Tensor, beta: float
) -> tuple[float, float]:
    """Return the mean over images of one model's D + beta R minus another's, and its error.

    Both see the same images, at codes made of the same noise.
    """
    device = settings.run.device
    costs = []
    for model in (one, other):
        with autocast(settings.run):
            rate, distortion = terms_of(model.to(device), images.to(device))
        costs.append(distortion + beta * rate)
    found = plain(torch.sub(*costs))
    return found.value, found.se
