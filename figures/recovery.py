"""What recovering the hidden class depends on: every restart of every way of fitting one rate.

Redraw from results with `python -m figures.recovery DIR`.
"""

from pathlib import Path
from typing import Any

import numpy as np

from figures.parts.style import BLUE, GREEN, GREY, new_figure, save
from rdtheory.results import read_json, result_name

PANELS = {
    "recovery": ("recovery I(z; z*)  (nats)", "optimal_recovery"),
    "class0_mass": ("mass of codes of class 0", "optimal_class0_mass"),
    "excess": ("excess R + D - H  (nats)", None),
}


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `recovery.png` from the `recovery.json` of a directory."""
    result = read_json(directory / result_name("recovery"), command="recovery")
    ways = result["ways"]
    figure = new_figure(12.5, 1.3 + 0.34 * len(ways))
    grid = figure.subplots(1, len(PANELS), sharey=True, width_ratios=[2, 1.4, 1.2])
    rows: list[tuple[Any, ...]] = []
    for axes, (measure, (label, reference)) in zip(grid, PANELS.items(), strict=True):
        for height, (name, restarts) in enumerate(ways.items()):
            values = np.array([restart[measure] for restart in restarts])
            shown = np.maximum(values, 1e-10) if measure == "excess" else values
            colour = GREEN if "smoothest" in name else BLUE
            axes.scatter(shown, np.full(len(shown), height), s=14, color=colour, alpha=0.45, lw=0)
            axes.plot([np.median(shown)] * 2, [height - 0.36, height + 0.36], color=colour, lw=2.5)
            rows += [(name, number, measure, float(v)) for number, v in enumerate(values)]
        if reference:
            axes.axvline(result[reference], color=GREY, ls="--", lw=1.2)
            axes.text(
                result[reference], 1.01, "a draw from p(z*|x)", color=GREY, fontsize=9,
                ha="center", va="bottom", transform=axes.get_xaxis_transform(),
            )  # fmt: skip
        axes.set_xlabel(label)
        axes.grid(axis="x", color="0.9")
        axes.set_axisbelow(True)
    grid[-1].set_xscale("log")
    grid[0].set_yticks(range(len(ways)), list(ways))
    grid[0].invert_yaxis()
    figure.suptitle(
        f"Fits at R = {result['settings']['target_rate']:g} nats, one dot a restart, bar: median"
    )
    header = ("way", "restart", "measure", "value")
    return [save(figure, directory / "recovery.png", header, rows, overwrite=overwrite)]


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
