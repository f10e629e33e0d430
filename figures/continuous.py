"""How the atoms of the best reproduction split as the slope falls: Rose's phase pictures.

A panel for each source. On a line the atoms' places over the slope, larger dots for more mass; of
spheres their radii; in the plane the letters, and the atoms from large slopes (dark) to small ones.
Dotted lines are the slopes between which the number of atoms changes.

Redraw from results with `python -m figures.continuous DIR`.
"""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter

from figures.parts.style import BLUE, GREY, HEAT, VERMILION, new_figure, save, write_title
from rdtheory.results import read_json, result_name

LETTERS = 60
"""Of a line of a panel's title."""


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `continuous.png` from the `continuous.json`, or the `frontier.json`, of a directory."""
    command = "continuous" if (directory / result_name("continuous")).exists() else "frontier"
    result = read_json(directory / result_name(command), command=command)
    if "traces" not in result:
        raise ValueError(f"{directory} must hold a result with atoms, got a frontier without")
    rows = [
        (trace["source"], point["beta"], point["rate"], point["distortion"], point["gap"],
         len(point["atoms"]), str(point["rigorous"]).lower(), _spelt(point))
        for trace in result["traces"] for point in trace["points"]
    ]  # fmt: skip
    header = ("source", "beta", "rate", "distortion", "gap", "atoms", "rigorous", "places")
    path = directory / "continuous.png"
    return [save(picture(result), path, header, rows, overwrite=overwrite)]


def picture(result: dict[str, Any]) -> Figure:
    """Return the figure of a result."""
    traces = result["traces"]
    figure = new_figure(6.6 * len(traces), 5.0)
    for axes, trace in zip(figure.subplots(1, len(traces), squeeze=False)[0], traces, strict=True):
        if len(trace["points"][0]["atoms"][0]) == 1:
            _on_a_line(axes, trace)
        else:
            _in_the_plane(figure, axes, trace)
        write_title(axes, _title(trace), LETTERS, size=11)
    return figure


def _on_a_line(axes: Axes, trace: dict[str, Any]) -> None:
    """Draw places over slopes, from large slopes on the left."""
    for point in trace["points"]:
        places = np.array(point["atoms"])[:, 0]
        sizes = 4.0 + 60.0 * np.array(point["weights"])
        colour = BLUE if point["converged"] else VERMILION
        at = np.full(places.size, point["beta"])
        axes.scatter(at, places, s=sizes, color=colour, alpha=0.7, lw=0)
    for split in trace["splits"]:
        axes.axvline((split["below"] * split["above"]) ** 0.5, color=GREY, ls=":", lw=1.0)
    axes.set(xscale="log", xlabel="slope β = -dD/dR")
    axes.set_ylabel("radius of spheres" if trace["spheres"] else "atoms")
    axes.invert_xaxis()


def _in_the_plane(figure: Figure, axes: Axes, trace: dict[str, Any]) -> None:
    """Draw the first two coordinates of letters and of atoms at all slopes."""
    if trace["letters"]:
        x = np.array(trace["letters"])
        axes.scatter(x[:, 0], x[:, 1], s=9, color=GREY, alpha=0.5, lw=0, label="letters")
    slopes = [point["beta"] for point in trace["points"]]
    norm = LogNorm(min(slopes), max(slopes) if len(slopes) > 1 else 1.01 * max(slopes))
    for point in trace["points"]:
        y = np.array(point["atoms"])
        dots = axes.scatter(
            y[:, 0], y[:, 1], s=6.0 + 60.0 * np.array(point["weights"]), norm=norm, lw=0,
            c=np.full(len(y), point["beta"]), cmap=f"{HEAT}_r",
        )  # fmt: skip
    bar = figure.colorbar(dots, ax=axes, label="slope β = -dD/dR")
    bar.formatter = bar.minorformatter = LogFormatter(minor_thresholds=(2.0, 1.0))
    axes.set(xlabel="$y_1$", ylabel="$y_2$", aspect="equal")
    axes.legend(loc="best", fontsize=9.5)


def _title(trace: dict[str, Any]) -> str:
    points = trace["points"]
    counts = sorted({len(point["atoms"]) for point in points})
    many = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    kind = "spheres" if trace["spheres"] else "atoms"
    gap = max(point["gap"] for point in points)
    sure = "within" if all(point["rigorous"] for point in points) else "estimated within"
    text = f"{trace['source']}: {many} {kind}, every point {sure} {gap:.0e} nats"
    missed = sum(not point["converged"] for point in points)
    return text + f", {missed} not converged" * bool(missed)


def _spelt(point: dict[str, Any]) -> str:
    """Return atoms with their masses as a cell of the CSV, coordinates joined by commas."""
    return " ".join(
        f"{','.join(f'{one:.6g}' for one in place)}:{mass:.6g}"
        for place, mass in zip(point["atoms"], point["weights"], strict=True)
    )


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
