"""The capacity of a channel: its best input, its capacity-cost curve, or all amplitudes' inputs.

Of one point the input is drawn, and beside it what proves it: D(W_x || q), less the cost's share,
is at most C for every letter, and C for all that are sent. Of a curve, the band that is left open
and the letters in use. Of Gaussian channels, how the best inputs split as their limit grows, beside
how the outputs in use of a Gaussian source split as the slope of R(D) falls.

Redraw from results with `python -m figures.capacity DIR`.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.parts.style import (
    BLACK,
    BLUE,
    GREY,
    SKY,
    VERMILION,
    new_figure,
    save,
    write_title,
)
from rdtheory.capacity.curve import CapacityCurve
from rdtheory.capacity.problem import CapacityPoint
from rdtheory.results import read_json, result_name
from rdtheory.units import in_units

LETTERS = 64
"""Of a line of a panel's title."""
MANY = 60
"""From so many letters on a function of them is drawn as a line."""
DEPTH = 1.5
"""Nats below the bound that a panel of divergences shows, at most."""
TICKS = (2.0, 1.0, 0.5, 0.2)
"""Of the slopes of R(D)."""
LEAST_DEPTH = 0.1
"""Share of the bound that it shows, at least: what rounding leaves looks like nothing."""


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `capacity.png` from the `capacity.json` of a directory."""
    result = read_json(directory / result_name("capacity"), command="capacity")
    figure = picture(result)
    by_amplitude = "source" in result
    first = ("amplitude",) if by_amplitude else ("cost", "slope")
    rows = [
        (*(math.inf if p[name] is None else p[name] for name in first), p["capacity"], p["gap"],
         len(p["support"]), p["iterations"], _spelt(result, p))
        for p in result["points"]
    ]  # fmt: skip
    header = (*first, "capacity", "gap", "support", "iterations", "input")
    return [save(figure, directory / "capacity.png", header, rows, overwrite=overwrite)]


def picture(result: dict[str, Any]) -> Figure:
    """Return the figure of a result, in bits where it says so."""
    units = result.get("shown", {}).get("units", "nats")
    nat = in_units(units)
    if "source" in result:
        return _of_amplitudes(_scaled(result, nat), units)
    figure = new_figure(11.0, 4.8)
    left, right = figure.subplots(1, 2)
    if result["width"] is None:
        _masses(left, _scaled(result, nat), units)
        _divergences(right, _scaled(result, nat), units)
    else:
        _curve(left, result, units)
        _letters(right, result)
    return figure


IN_NATS = ("capacity", "gap", "slope", "shannon", "bound", "max_gap")
"""Of a point, or of a result: numbers that are nats, or nats per unit of cost."""


def _scaled(result: dict[str, Any], nat: float) -> dict[str, Any]:
    """Return a result of points whose unit is one of which a nat has so many."""

    def scaled(named: dict[str, Any]) -> dict[str, Any]:
        known = [name for name in IN_NATS if named.get(name) is not None]
        return named | {name: nat * named[name] for name in known}

    divergences = [None if d is None else nat * d for d in result.get("divergences", ())]
    points = [scaled(point) for point in result["points"]]
    return scaled(result) | {"points": points, "divergences": divergences}


def _places(result: dict[str, Any], point: dict[str, Any]) -> list[float]:
    """Return the coordinates of the letters in use at a point."""
    if "places" in point:
        return list(point["places"])
    return [result["inputs"][x] for x in point["support"]]


def _spelt(result: dict[str, Any], point: dict[str, Any]) -> str:
    """Return the letters in use with their masses, as a cell of the CSV."""
    pairs = zip(_places(result, point), point["masses"], strict=True)
    return " ".join(f"{place:.6g}:{mass:.6g}" for place, mass in pairs)


# -- one point ------------------------------------------------------------------------------------


def _masses(axes: Axes, result: dict[str, Any], units: str) -> None:
    """Draw how often each letter is sent."""
    (point,) = result["points"]
    places, masses = _places(result, point), point["masses"]
    axes.vlines(places, 0.0, masses, color=BLUE, lw=1.6)
    axes.plot(places, masses, "o", ms=6, color=BLUE, clip_on=False)
    _span(axes, result["inputs"])
    axes.set(xlabel="input x", ylabel="mass p(x)", ylim=(0.0, 1.08 * max(masses)))
    sure = f"within {point['gap']:.0e}" + ("" if point["converged"] else ", not converged")
    reached = f"{result['channel']}: C = {point['capacity']:.6f} {units}"
    paid = f", mean cost {point['cost']:.4g}" if point["slope"] != 0.0 else ""
    write_title(axes, f"{reached} {sure}{paid}", LETTERS)


def _divergences(axes: Axes, result: dict[str, Any], units: str) -> None:
    """Draw D(x) for every letter, and the bound that none is above."""
    (point,) = result["points"]
    places = np.array(result["inputs"])
    values = np.array([math.nan if d is None else d for d in result["divergences"]])
    used = point["support"]
    axes.axhline(result["bound"], color=BLACK, ls="--", lw=1.2, label="bound: no letter is above")
    if places.size >= MANY:
        axes.plot(places, values, color=SKY, lw=1.8, label="every letter")
    elif len(used) < places.size:
        rest = np.delete(np.arange(places.size), used)
        axes.plot(places[rest], values[rest], "o", ms=6, color=SKY, label="letters not sent")
    axes.plot(places[used], values[used], "o", ms=6, color=VERMILION, label="letters that are sent")
    depth = min(result["bound"] - float(np.nanmin(values)), DEPTH)
    depth = max(depth, LEAST_DEPTH * result["bound"]) or 1.0
    axes.set_ylim(result["bound"] - 1.08 * depth, result["bound"] + 0.16 * depth)
    _span(axes, result["inputs"])
    costs = point["slope"] != 0.0
    sign = "D(W(·|x) || q)" + (" - s c(x)" if costs else "")
    axes.set(xlabel="input x", ylabel=f"{sign}  ({units})")
    axes.legend(loc="best", fontsize=9.5)
    write_title(
        axes, f"what a letter tells{' less its cost' * costs}: equal for all that are sent", LETTERS
    )


def _span(axes: Axes, inputs: Sequence[float]) -> None:
    """Show all inputs, and ticks at letters that are numbered."""
    span = float(np.ptp(inputs)) or 1.0
    axes.set_xlim(min(inputs) - 0.06 * span, max(inputs) + 0.06 * span)
    if _few(inputs):
        axes.set_xticks(inputs)


def _few(inputs: Sequence[float]) -> bool:
    """Return whether letters are numbered, and each may have its tick."""
    return list(inputs) == list(range(len(inputs))) and len(inputs) <= 12


# -- a capacity-cost curve ------------------------------------------------------------------------


def _curve(axes: Axes, result: dict[str, Any], units: str) -> None:
    """Draw the curve in its band."""
    curve = _read_curve(result)
    curve.plot(axes, units=units)
    gap = in_units(units) * result["max_gap"]
    write_title(axes, f"{result['channel']}: every point within {gap:.0e} {units}", LETTERS)


def _read_curve(result: dict[str, Any]) -> CapacityCurve:
    """Return the stored curve."""
    points = []
    for stored in result["points"]:
        masses = np.zeros(len(result["inputs"]))
        masses[stored["support"]] = stored["masses"]
        points.append(
            CapacityPoint(
                capacity=stored["capacity"], cost=stored["cost"], gap=stored["gap"], input=masses,
                output=np.empty(0), iterations=stored["iterations"],
                converged=stored["converged"],
                slope=math.inf if stored["slope"] is None else stored["slope"],
            )
        )  # fmt: skip
    return CapacityCurve(tuple(points), result["width"], True)


def _letters(axes: Axes, result: dict[str, Any]) -> None:
    """Draw which letters are sent at each cost."""
    for point in result["points"]:
        _dots(axes, point["cost"], _places(result, point), point["masses"], BLUE)
    axes.set(xlabel="mean cost", ylabel="inputs in use")
    if _few(result["inputs"]):
        axes.set_yticks(result["inputs"])
    axes.grid(axis="x", color=GREY, alpha=0.25)
    write_title(axes, "inputs in use, larger dots for more mass", LETTERS)


def _dots(
    axes: Axes, at: float, places: Sequence[float], masses: Sequence[float], colour: str
) -> None:
    sizes = 4.0 + 60.0 * np.array(masses)
    axes.scatter(np.full(len(places), at), places, s=sizes, color=colour, alpha=0.7, lw=0)


# -- Gaussian channels of many amplitudes ---------------------------------------------------------


def _of_amplitudes(result: dict[str, Any], units: str) -> Figure:
    """Draw capacities against Shannon's bound, how inputs split, and how R(D)'s outputs do."""
    figure = new_figure(15.0, 4.8)
    first, middle, last = figure.subplots(1, 3)
    points = sorted(result["points"], key=lambda point: point["amplitude"])
    limits = [point["amplitude"] for point in points]
    first.plot(
        limits, [p["shannon"] for p in points], color=BLACK, ls="--", lw=1.2,
        label="Shannon's bound: ½ log(1 + A²)",
    )  # fmt: skip
    marker = "o-" if len(points) < MANY else "-"
    first.plot(limits, [p["capacity"] for p in points], marker, ms=4, color=BLUE, lw=1.8,
               label="capacity, |X| ≤ A")  # fmt: skip
    first.set(xlabel="amplitude A  (of unit noise)", ylabel=f"capacity C  ({units})")
    first.set_ylim(0.0, None)
    first.legend(loc="lower right", fontsize=9.5)
    write_title(
        first, f"Gaussian channel: every point within {result['max_gap']:.0e} {units}", LETTERS
    )
    for point in points:
        _dots(middle, point["amplitude"], point["places"], point["masses"], BLUE)
    middle.set(xlabel="amplitude A  (of unit noise)", ylabel="inputs in use")
    write_title(middle, "its best inputs split as A grows", LETTERS)
    for point in result["source"]["points"]:
        _dots(last, point["beta"], point["places"], point["masses"], VERMILION)
    last.set(xscale="log", xlabel="slope β = -dD/dR", ylabel="outputs in use")
    last.invert_xaxis()
    last.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    last.minorticks_off()
    write_title(last, "R(D) of a Gaussian source: outputs split as β falls", LETTERS)
    for axes in (middle, last):
        axes.grid(axis="x", color=GREY, alpha=0.25)
    return figure


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
