"""Runs, and models whose code is a fixed map, as tables for a terminal."""

from collections.abc import Mapping
from typing import Any

from figures.parts.words import DIVERGED, beta_asked, plus_minus, target_said
from figures.tables.columns import columns
from rdneural.records.asked import of_steps, outcome_of_result, slope_reached
from rdneural.records.layout import SPLITS


def run_table(found: Mapping[str, Any]) -> str:
    """Return what a training run was asked for, its warning, and R, D and R + D of each split."""
    asked = beta_asked(found)
    if found["target_rate"] is not None:
        asked = f"target rate {found['target_rate']:g}"
        if found["final_beta"] is not None:  # a run stopped at its start has none yet
            asked += f", final beta {found['final_beta']:.4g}"
    lines = [f"model {found['model']} ({found['preset']}) on data: {found['data']}, {asked}"]
    if "unfinished" in found:
        lines.append(of_steps(found))
    if found["warning"]:
        lines.append(f"warning: {found['warning']}")
    lines += notes_on(found)
    rows = [
        [split, *(plus_minus(found[split], key) for key in ("rate", "distortion", "elbo")),
         found[split]["images"], found[split]["latent_samples"]]
        for split in SPLITS
    ]  # fmt: skip
    header = ["nats per image", "R", "D", "R + D", "images", "codes each"]
    lines.append(columns(rows, header))
    return "\n".join(lines)


def notes_on(found: Mapping[str, Any]) -> list[str]:
    """Return a line for each thing that a run was asked for and that came out otherwise.

    Of a target rate it is said, too, that it was met.
    """
    outcome, lines = outcome_of_result(found), []
    if outcome["diverged"]:
        lines.append(f"warning: {DIVERGED}; a lower --learning-rate may help")
    if slope_reached(found) is not None:
        lines.append(f"warning: training ended before its beta had risen to {found['beta']:g}")
    if outcome["target_met"] is not None:
        said = f"target rate {found['target_rate']:g}: {target_said(outcome)} on test images"
        lines.append(said if outcome["target_met"] else f"warning: {said}")
        if found.get("log_spread", 0.0) is None:
            lines.append("the encoder has no log_spread by which to settle the rate")
    return lines


def diagonal_table(found: Mapping[str, Any]) -> str:
    """Return the points of models whose code is a fixed map, in nats."""
    rows = [
        [point["model"], *(plus_minus(point, key) for key in ("rate", "distortion", "elbo"))]
        for point in found["points"]
    ]
    header = ["model", "R (nats)", "D (nats)", "R + D"]
    early = [f"{one['run']} is {of_steps(one)}" for one in found.get("unfinished_runs", ())]
    first = f"data: {found['data']}, {found['points'][0]['images']} test images"
    return "\n".join([first, *early, columns(rows, header)])
