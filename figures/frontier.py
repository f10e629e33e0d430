"""A rate-distortion curve in its certificate band, and the bifurcations of its support.

Of points and no curve, what they prove is drawn: a point (R, D) is reached, and no channel is
below its line D = bound - beta R; between two points time-sharing reaches the chord.

Redraw from results with `python -m figures.frontier DIR`.
"""

import math
from collections.abc import Sequence
from contextlib import suppress
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
    SKY,
    VERMILION,
    new_figure,
    save,
    write_title,
)
from rdtheory.checks import Array
from rdtheory.results import read_json, result_name
from rdtheory.solver.frontier import Frontier
from rdtheory.solver.pictures import ClosedForm
from rdtheory.solver.slope import RDPoint
from rdtheory.sources.textbook import named_source
from rdtheory.units import in_units

FEW = 3
"""Up to so many points are described one by one."""
LETTERS = 62
"""Of a line of a panel's title."""


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `frontier.png` from the `frontier.json` of a directory."""
    result = read_json(directory / result_name("frontier"), command="frontier")
    for held, module in (("traces", "continuous"), ("curves", "beyond")):
        if held in result:
            raise ValueError(f"{directory} has {held}: draw it by python -m figures.{module}")
    figure = picture(result)
    rows = [
        (p.beta, p.rate, p.distortion, p.gap, p.support.size, p.iterations)
        for p in _curve(result).points
    ]
    header = ("beta", "rate", "distortion", "gap", "support", "iterations")
    return [save(figure, directory / "frontier.png", header, rows, overwrite=overwrite)]


def picture(result: dict[str, Any]) -> Figure:
    """Return the figure of a result: the plane on the left, the outputs in use on the right."""
    shown = {"units": "nats", "over": "rate"} | result.get("shown", {})
    units = shown["units"]
    curve = _curve(result)
    figure = new_figure(11.0, 4.8)
    left, right = figure.subplots(1, 2)
    if result["width"] is None or len(curve.points) == 1:
        _points(left, _curve(result, in_units(units)), units)
    else:
        curve.plot(left, **shown, closed_form=_closed_form(result))
    gap = in_units(units) * result["max_gap"]
    write_title(left, f"{result['source']}: {_known(curve.points, gap, units)}", LETTERS)
    if sum(0.0 < point.beta < math.inf for point in curve.points) > 1:
        curve.plot_support(right, units=units)
        write_title(right, "outputs in use, larger dots for more mass", LETTERS)
    else:
        _masses(right, _curve(result, in_units(units)))
        write_title(right, "outputs in use", LETTERS)
    right.grid(axis="x", color=GREY, alpha=0.25)
    if left.get_legend() is None:
        _legend(figure, (left, right) if len(curve.points) > 1 else (left,))
    return figure


def _closed_form(result: dict[str, Any]) -> ClosedForm | bool:
    """Return R(D) of a named source that knows its own exactly."""
    if not result["closed_form_exact"]:
        return False
    with suppress(ValueError):  # of a file there is none
        return named_source(result["source"]).closed_form or False
    return False


def _curve(result: dict[str, Any], nat: float = 1.0) -> Frontier:
    """Return the curve of a result, where a nat is so many of the unit of rates."""
    outputs = np.array(result["outputs"])
    if outputs.ndim > 1:  # of several dimensions, which one axis does not show
        outputs = np.arange(float(len(outputs)))
    points = []
    for stored in result["points"]:
        marginal = np.zeros(outputs.size)
        marginal[stored["support"]] = stored["masses"]
        ends = stored.get("segment")
        points.append(
            RDPoint(
                beta=math.inf if stored["beta"] is None else stored["beta"] / nat,
                rate=nat * stored["rate"],
                distortion=stored["distortion"],
                gap=nat * stored["gap"],
                marginal=marginal,
                iterations=stored["iterations"],
                converged=stored["converged"],
                segment=(nat * ends[0], nat * ends[1]) if ends else None,
            )
        )
    points.sort(key=lambda point: (point.rate, -point.beta))
    return Frontier(tuple(points), outputs, result["width"] or 0.0, True)


def _known(points: Sequence[RDPoint], gap: float, units: str) -> str:
    """Return how well points are known, and how many are not known as well as was asked."""
    open_yet = sum(not point.converged for point in points)
    text = "one point" if len(points) == 1 else "every point"
    text += f" within {gap:.0e} {units}" if gap > 0 else ", exact"
    if open_yet:
        text += " (not converged)" if len(points) == 1 else f" ({open_yet} not converged)"
    return text


def _points(axes: Axes, curve: Frontier, units: str) -> None:
    """Draw points, the lines that no channel is below, and what time-sharing reaches."""
    points = curve.points
    right = _right(points)
    rates = np.linspace(0.0, right, 401)
    bounds = [point.bound - point.beta * rates for point in points if point.beta < math.inf]
    lower = np.max(bounds, axis=0) if bounds else np.full(rates.size, np.nan)
    low, high = _limits(points, lower)
    axes.set(xlim=(-0.04 * right, right), ylim=(low, high))
    if bounds:
        axes.fill_between(
            rates, low, np.maximum(lower, low), color="0.9", lw=0, zorder=0,
            label="impossible: no channel is below",
        )  # fmt: skip
        axes.plot(rates, lower, color=BLACK, ls="--", lw=1.2, label=_line(points))
    _reached(axes, curve, rates, lower)
    for converged in (True, False):
        shown = [point for point in points if point.converged == converged]
        if shown:
            axes.plot(
                [point.rate for point in shown], [point.distortion for point in shown], "o", ms=7,
                mew=1.6, color=VERMILION, mfc=VERMILION if converged else "white", clip_on=False,
                zorder=4, label=_names(shown) + ("" if converged else ", not converged"),
            )  # fmt: skip
    axes.set(xlabel=f"rate R  ({units})", ylabel="distortion D")


def _line(points: Sequence[RDPoint]) -> str:
    """Return the line that no channel is below, in numbers where there is one."""
    lines = {(point.bound, point.beta) for point in points if point.beta < math.inf}
    if len(lines) > 1:
        return "certified: D ≥ bound - βR of every point"
    ((bound, beta),) = lines
    return f"certified: D ≥ {bound:z.4g} - {beta:.4g} R" if beta else f"certified: D ≥ {bound:z.4g}"


def _legend(figure: Figure, panels: Sequence[Axes]) -> None:
    """Explain what panels hold below them, where it hides nothing."""
    entries = [
        entry for axes in panels for entry in zip(*axes.get_legend_handles_labels(), strict=True)
    ]
    figure.legend(
        *zip(*entries, strict=True), loc="outside lower center", ncols=3, fontsize=9.5,
        frameon=False,
    )  # fmt: skip


def _right(points: Sequence[RDPoint]) -> float:
    """Return how many nats to show: beyond the points, or as far as a line from rate 0 is seen."""
    farthest = max(point.segment[1] if point.segment else point.rate for point in points)
    if farthest > 0:
        return 1.6 * farthest
    falls = [abs(p.distortion) / p.beta for p in points if 0.0 < p.beta < math.inf]
    return max(falls, default=1.0) or 1.0


def _limits(points: Sequence[RDPoint], lower: Array) -> tuple[float, float]:
    """Return the ends of the axis of D: all points and lines, and nothing below 0 without need."""
    values = np.array([point.distortion for point in points])
    shown = np.append(values, lower[np.isfinite(lower)])
    low, high = float(shown.min()), float(shown.max())
    if values.min() >= 0:
        low = max(low, 0.0) if high > low else 0.0
        high = high if high > low else 1.0
    pad = 0.08 * (high - low) or 0.1 * abs(high)
    return low - pad, high + pad


def _reached(axes: Axes, curve: Frontier, rates: Array, lower: Array) -> None:
    """Draw chords between points, the band that they leave open, and straight pieces."""
    points = curve.points
    first, last = points[0].rate, points[-1].rate
    if last > first:
        there = np.union1d(rates[(rates >= first) & (rates <= last)], [p.rate for p in points])
        upper, under = curve.upper(there), np.interp(there, rates, lower)
        axes.fill_between(there, under, upper, color=SKY, alpha=0.5, lw=0, label="not known")
        axes.plot(there, upper, color=BLUE, lw=1.6, label="reached by time-sharing")
    for point in points:
        if point.segment and point.beta < math.inf:
            ends = np.array(point.segment)
            axes.plot(
                ends, point.value - point.beta * ends, color=BLUE, lw=3.0, solid_capstyle="butt",
                label="the curve is straight here",
            )  # fmt: skip


def _names(points: Sequence[RDPoint]) -> str:
    if len(points) > FEW:
        return f"{len(points)} solved points"
    return "\n".join(f"R = {p.rate:z.4g}, D = {p.distortion:z.4g}, β = {_beta(p)}" for p in points)


def _beta(point: RDPoint) -> str:
    return "∞" if math.isinf(point.beta) else f"{point.beta:.4g}"


def _masses(axes: Axes, curve: Frontier) -> None:
    """Draw how much mass each output carries at each point."""
    for point, colour in zip(curve.points, cycle((BLUE, ORANGE, GREEN)), strict=False):
        places, masses = curve.outputs[point.support], point.marginal[point.support]
        axes.vlines(places, 0.0, masses, color=colour, lw=1.4)
        axes.plot(places, masses, "o", ms=5, color=colour, label=f"β = {_beta(point)}")
    axes.set(xlabel="output y", ylabel="mass r(y)", ylim=(0.0, None))
    span = float(np.ptp(curve.outputs)) or 1.0
    axes.set_xlim(curve.outputs.min() - 0.05 * span, curve.outputs.max() + 0.05 * span)


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
