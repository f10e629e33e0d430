"""Certified curves beside each other: with side information, at perceptions, of quantisers.

Every curve is drawn as what is reached, with the band to what is impossible below it; of solved
points and no curve the points are drawn. Quantisers have a panel more: how much more rate than R(D)
they take at equal distortion, beside what Gish and Pierce (1968) have at high rate for squared
error, 1/2 log(2 pi e / 12), 0.2546 bits.

Redraw from results with `python -m figures.beyond DIR`.
"""

import math
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.parts.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PINK,
    VERMILION,
    new_figure,
    save,
    write_title,
)
from rdtheory.quantisers.dynamic import HIGH_RATE
from rdtheory.results import read_json, result_name
from rdtheory.side.curve import SlopeCurve
from rdtheory.solver.point import SlopePoint
from rdtheory.units import in_units

DARK = "#444444"
Dashes = str | tuple[int, tuple[int, ...]]
LOOKS: tuple[tuple[str, Dashes], ...] = (
    (BLACK, "-"), (BLUE, "--"), (VERMILION, "-."), (GREEN, ":"), (PINK, (0, (5, 1, 1, 1))),
    (ORANGE, (0, (1, 1))),
)  # fmt: skip
"""Colours and dashes, so that curves are told apart without colours, too."""
LETTERS = 66
"""Of a line of a panel's title."""
FINE = 600
"""Places at which a curve is drawn, at least."""
SAYS = {
    "side": "what knowing Y is worth",
    "perception": "what it costs that outputs look like the source",
    "quantiser": "entropy-coded scalar quantisers",
}


@dataclass(frozen=True, eq=False, repr=False)
class Stored(SlopePoint):
    """A point of a result."""

    beta: float
    rate: float
    distortion: float
    gap: float
    converged: bool


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `beyond.png` from the `frontier.json` of a directory."""
    result = read_json(directory / result_name("frontier"), command="frontier")
    if "curves" not in result:
        raise ValueError(f"{directory} must hold curves beside each other, got a plain frontier")
    rows = [
        (curve["name"], math.inf if p["beta"] is None else p["beta"], p["rate"], p["distortion"],
         p["gap"], str(p["converged"]).lower())
        for curve in result["curves"] for p in curve["points"]
    ]  # fmt: skip
    header = ("curve", "beta", "rate", "distortion", "gap", "converged")
    return [save(picture(result), directory / "beyond.png", header, rows, overwrite=overwrite)]


def picture(result: dict[str, Any]) -> Figure:
    """Return the figure of a result."""
    shown = {"units": "nats", "over": "rate"} | result.get("shown", {})
    units, swapped = shown["units"], shown["over"] == "distortion"
    second = result["kind"] == "quantiser"
    figure = new_figure(12.0 if second else 7.4, 5.0)
    panels = figure.subplots(1, 1 + second, squeeze=False)[0]
    axes, nat = panels[0], in_units(units)
    for stored, (colour, dashes) in zip(result["curves"], cycle(LOOKS), strict=False):
        _curve(axes, stored, nat, swapped, colour, dashes)
    names = (f"rate R  ({units})", "distortion D")
    axes.set(xlabel=names[swapped], ylabel=names[not swapped])
    if second:
        _near_zero(axes, result, nat, swapped)
        _excess(panels[1], result, units)
    entries = axes.get_legend_handles_labels()
    if result["kind"] == "perception":  # as the curves lie, the highest first
        entries = entries[0][::-1], entries[1][::-1]
    axes.legend(*entries, title=_legend(result), fontsize=9.5, frameon=False)
    of = result["source"]
    if name := result.get("settings", {}).get("side"):
        of += f" with Y of {name}"
    write_title(axes, f"{of}: {SAYS[result['kind']]}", LETTERS)
    figure.supxlabel(_known(result), fontsize=9, color=DARK)
    for panel in panels:
        panel.grid(color=GREY, alpha=0.2)
    return figure


def _curve(
    axes: Axes, stored: dict[str, Any], nat: float, swapped: bool, colour: str, dashes: Dashes
) -> None:
    """Draw a curve with its band, or its points."""
    curve, way = _read(stored), -1 if swapped else 1
    rates = np.array([point.rate for point in curve.points])
    if stored["width"] is None or len(rates) == 1:
        places = nat * rates, np.array([point.distortion for point in curve.points])
        axes.plot(*places[::way], "o", ms=7, color=colour, label=stored["name"])
        return
    fine = np.unique(np.concatenate([np.linspace(rates[0], rates[-1], FINE), rates]))
    upper, lower = curve.upper(fine), curve.lower(fine)
    fill = axes.fill_betweenx if swapped else axes.fill_between
    fill(nat * fine, lower, upper, color=colour, alpha=0.25, lw=0)
    places = nat * fine, upper
    axes.plot(*places[::way], color=colour, ls=dashes, lw=1.8, label=stored["name"])


def _read(stored: dict[str, Any]) -> SlopeCurve[Stored]:
    """Return a curve of a result."""
    points = tuple(
        Stored(math.inf if p["beta"] is None else p["beta"], p["rate"], p["distortion"], p["gap"],
               p["converged"])
        for p in stored["points"]
    )  # fmt: skip
    return SlopeCurve(points, stored["width"] or 0.0, True)


def _near_zero(axes: Axes, result: dict[str, Any], nat: float, swapped: bool) -> None:
    """Show D in its logarithm, as far as slopes were solved."""
    solved = [p for curve in result["curves"] for p in curve["points"] if p["beta"]]
    ds = [point["distortion"] for point in solved]
    rates = [point["rate"] for point in result["curves"][-1]["points"] if point["beta"] != 0.0]
    of_d, of_r = (0.7 * min(ds), 1.4 * max(ds)), (0.0, 1.05 * nat * max(rates))
    if swapped:
        axes.set(xscale="log", xlim=of_d, ylim=of_r)
    else:
        axes.set(yscale="log", ylim=of_d, xlim=of_r)


def _excess(axes: Axes, result: dict[str, Any], units: str) -> None:
    """Draw the rate that quantisers take more than R(D) at equal distortion."""
    nat = in_units(units)
    pairs = [
        (point["rate"], point["rate"] - shannon)
        for point, shannon in zip(result["curves"][-1]["points"], result["shannon"], strict=True)
        if point["beta"] != 0.0  # where each letter is a cell
    ]
    rates, more = nat * np.array(pairs).T
    axes.plot(rates, more, "o-", ms=3.5, lw=1.0, color=BLUE, label="best quantiser at a slope")
    if result["measure"] == "squared":
        label = f"at high rate: ½ log(2πe/12) = {nat * HIGH_RATE:.4f} {units}"
        axes.axhline(nat * HIGH_RATE, color=VERMILION, ls="--", lw=1.4, label=label)
    axes.set(
        xlabel=f"rate H of the quantiser  ({units})", ylabel=f"H - R(D)  ({units})",
        ylim=(0.0, 1.35 * max(nat * HIGH_RATE, more.max())),
    )  # fmt: skip
    axes.legend(fontsize=9.5, frameon=False, loc="upper right")
    write_title(axes, "rate above R(D) at the same distortion", LETTERS)


def _legend(result: dict[str, Any]) -> str | None:
    """Return what the names of the curves are about."""
    if result["kind"] != "perception":
        return None
    return "total variation ≤ P" if result["divergence"] == "tv" else "KL(p‖r) ≤ P nats"


def _known(result: dict[str, Any]) -> str:
    """Return how well the curves, or the points, are known."""
    widths = [curve["width"] for curve in result["curves"] if curve["width"] is not None]
    if widths:
        return f"certified: every curve known within {max(widths):.0e} in D"
    return f"certified: every point within {result['max_gap']:.0e} nats"


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
