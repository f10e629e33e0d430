"""Runs, and models whose code is a fixed map, as tables for a terminal."""

from collections.abc import Mapping
from typing import Any

from figures.parts.words import plus_minus
from figures.tables.columns import columns
from rdneural.records.layout import SPLITS


def run_table(found: Mapping[str, Any]) -> str:
    """Return what a training run was asked for, its warning, and R, D and R + D of each split."""
    asked = f"beta {found['beta'] or 0:g}"
    if found["target_rate"] is not None:
        asked = f"target rate {found['target_rate']:g}, final beta {found['final_beta']:.4g}"
    lines = [f"model {found['model']} ({found['preset']}) on data: {found['data']}, {asked}"]
    if found["warning"]:
        lines.append(f"warning: {found['warning']}")
    rows = [
        [split, *(plus_minus(found[split], key) for key in ("rate", "distortion", "elbo")),
         found[split]["images"], found[split]["latent_samples"]]
        for split in SPLITS
    ]  # fmt: skip
    header = ["nats per image", "R", "D", "R + D", "images", "codes each"]
    lines.append(columns(rows, header))
    return "\n".join(lines)


def diagonal_table(found: Mapping[str, Any]) -> str:
    """Return the points of models whose code is a fixed map, in nats."""
    rows = [
        [point["model"], *(plus_minus(point, key) for key in ("rate", "distortion", "elbo"))]
        for point in found["points"]
    ]
    header = ["model", "R (nats)", "D (nats)", "R + D"]
    table = columns(rows, header)
    return f"data: {found['data']}, {found['points'][0]['images']} test images\n{table}"
