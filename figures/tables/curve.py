"""The points of a curve, and how it compares with separate runs, as tables for a terminal."""

from collections.abc import Mapping
from typing import Any

from figures.parts.words import missed, plus_minus, target_said
from figures.tables.columns import columns
from rdneural.records.asked import target_outcome
from rdtheory.words import duration


def curve_table(found: Mapping[str, Any]) -> str:
    """Return R, D and D + beta R of a curve on test images and, if there are, beside runs."""
    lines = [
        f"model {found['model']} ({found['preset']}) on data: {found['data']}, one training of "
        f"{found['steps']} steps, {duration(found['training_seconds'])}"
    ]
    if found["warning"]:
        lines.append(f"warning: {found['warning']}")
    names = ("rate", "distortion", "cost")
    rows = [
        [
            f"{point['beta']:.4g}",
            _asked(point),
            *(plus_minus(point["test"], name) for name in names),
        ]
        for point in found["points"]
    ]
    header = ["beta", "R asked", "R test", "D test", "D + beta R test"]
    lines.append(columns(rows, header))
    lines += [
        f"warning: R = {rate['target_rate']:g} cannot be reached: this curve has from "
        f"{rate['least']:.4g} to {rate['most']:.4g} nats on training images"
        for rate in found.get("out_of_reach", ())
    ]
    if found["rate_falls"]:
        lines.append("R falls wherever beta rises.")
    else:
        lines.append(f"R rises with beta by {found['greatest_rise']:.2g} nats somewhere.")
    if "comparison" in found:
        lines += ["", _comparison(found["comparison"])]
    return "\n".join(lines)


def _asked(point: Mapping[str, Any]) -> str:
    """Return the rate that a point was sought for, and by how much it was missed."""
    target, test = point["target_rate"], point["test"]
    if target is None:
        return "-"
    outcome = target_outcome(target, test["rate"], test["rate_se"])
    return f"{target:g}" + (f", {target_said(outcome)}" if missed(outcome) else "")


def _comparison(comparison: Mapping[str, Any]) -> str:
    rows = [
        [
            f"{row['beta']:.4g}", row["seed"],
            plus_minus(row, "curve_rate"), plus_minus(row, "run_rate"),
            plus_minus(row, "curve_cost"), plus_minus(row, "run_cost"),
            f"{row['difference']:+z.2f} +- {row['difference_se']:.2f}",
            row["curve_steps"], row["run_steps"], duration(row["run_training_seconds"]),
        ]
        for row in comparison["rows"]
    ]  # fmt: skip
    header = ["beta", "seed", "R curve", "R run", "D + beta R curve", "run", "curve - run",
              "steps curve", "run", "time run"]  # fmt: skip
    took = (
        f"training took {duration(comparison['curve_training_seconds'])} and "
        f"{comparison['curve_images_seen']} images for the curve, "
        f"{duration(comparison['runs_training_seconds'])} and "
        f"{comparison['runs_images_seen']} images for all runs together; the greatest difference "
        f"is {comparison['worst_difference']:+z.2f} nats"
    )
    return f"{columns(rows, header)}\n{took}"
