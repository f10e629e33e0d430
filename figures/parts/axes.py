"""Axes of the planes of rate against distortion, and what is drawn in all of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis

from figures.parts.look import colour_of, look, ring
from figures.parts.reading import MEASURES, Row
from figures.parts.style import BLACK
from figures.parts.words import missed
from rdtheory.checks import Array
from rdtheory.pareto import Front

SMALL = 5.0
"""Size of markers in the panels whose subject is the curves."""
LEAST_SPAN = 1.0
"""Nats an axis spans at least."""
STEPS = tuple(n * 10.0**k for k in range(6, -2, -1) for n in (5, 2, 1))
"""The ticks of R + D are multiples of these, coarse ones first."""
TICKS = (0.0, 0.2, 0.5, 1, 2, 5, 10, 20, 40, 60, 80, 100, 150, *range(200, 2000, 100))
TICKS += tuple(step for step in STEPS[::-1] if step >= 2000)
"""The ticks of rates are among these, first ones first."""
FINE, NEAR = 60, 8
"""A tick is a multiple of at least this part of all that is shown, and of its way from the best."""
LONG = 10_000
"""From here on a tick has few digits, lest it lie on the next one."""
TICK_GAP = 0.07
"""Share of the axis between two ticks, at least."""


def front_of(rows: Sequence[Row]) -> Front:
    """Return the Pareto front of the test R and D of runs; its indices count these rows."""
    columns = {name: [row[f"test_{name}"] for row in rows] for name in MEASURES}
    return Front.from_points(
        columns["rate"], columns["distortion"],
        rate_se=columns["rate_se"], distortion_se=columns["distortion_se"],
    )  # fmt: skip


def step_curve(front: Front, right: float, top: float) -> tuple[Array, Array]:
    """Return the corners of a front's monotone curve, from above its first point to the right."""
    rate = np.append(np.repeat(front.rate, 2), max(right, front.rate[-1]))
    first = max(top, front.distortion[0])
    return rate, np.concatenate([[first], np.repeat(front.distortion, 2)])


def mark_runs(axes: Axes, rows: Sequence[Row], measure: str, colour: str | None = None) -> None:
    """Draw runs with their standard errors: small in one colour, or in their decoders' colours.

    Those that missed their target rate have a ring.
    """
    for model in dict.fromkeys(row["model"] for row in rows):
        family = [row for row in rows if row["model"] == model]
        x, y, y_se, x_se = (
            [row[f"test_{name}"] for row in family]
            for name in ("rate", measure, f"{measure}_se", "rate_se")
        )
        drawn = colour or colour_of(model)
        marker = look(model, drawn) | ({"ms": SMALL, "mew": 1.0} if colour else {})
        axes.errorbar(x, y, y_se, x_se, color=drawn, elinewidth=1, zorder=3, **marker)
    off = [row for row in rows if missed(row)]
    if off:
        places = ([row[f"test_{name}"] for row in off] for name in ("rate", measure))
        ring(axes, *places, size=SMALL if colour else 7.0)


def tidy(axes: Axes, *, grid: bool = False) -> None:
    """Leave two of the four spines, legible ticks and, where asked for, a pale grid."""
    axes.tick_params(labelsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    if grid:
        axes.grid(color="0.92")
        axes.set_axisbelow(True)


def root(x: Array) -> Array:
    """Return the square root of |x|, with the sign of x."""
    return np.sign(x) * np.sqrt(np.abs(x))


def square(x: Array) -> Array:
    """Undo `root`."""
    return np.sign(x) * np.square(x)


def soft_root(x: Array) -> Array:
    """Return about x / 2 near 0, where noise is not to look large, and the root far from it."""
    return np.sign(x) * (np.sqrt(1 + np.abs(x)) - 1)


def soft_square(x: Array) -> Array:
    """Undo `soft_root`."""
    return np.sign(x) * (np.square(1 + np.abs(x)) - 1)


def limit_rates(axes: Axes, rates: Iterable[float], ticks: Iterable[float] = ()) -> None:
    """Fit the axis of rates, a square-root scale, to 0 and to rates; mark `ticks` first."""
    rates = list(rates)
    extremes = np.array([min(0.0, *rates), max(LEAST_SPAN, *rates)])
    left, right = root(extremes).tolist()
    pad = 0.05 * (right - left)
    left, right = left - pad, right + pad
    axes.set_xscale("function", functions=(root, square))
    axes.set_xlim(*square(np.array([left, right])).tolist())
    set_ticks(axes.xaxis, (0.0, *ticks, *TICKS), root, left, right)


def limit(
    axes: Axes,
    places: Sequence[Mapping[str, Any]],
    measure: str,
    least: float,
    targets: Iterable[float] = (),
) -> None:
    """Fit the axes to what is measured, to the asked rates, and to where R + D = `least` at R = 0.

    Each place has `rate` and `measure`, which is "distortion" or "elbo", with its error. The plane
    of R and D has linear scales, so that R + D = `least` is straight there.
    """
    targets = list(targets)
    rates = [*(place["rate"] for place in places), *targets]
    bars = [(place[measure], place[f"{measure}_se"]) for place in places]
    low = min(least, *(value - error for value, error in bars))
    high = max(least + LEAST_SPAN, *(value + error for value, error in bars))
    if measure == "distortion":
        left, right = min(0.0, *rates), max(LEAST_SPAN, *rates)
        pad = 0.04 * (right - left)
        axes.set_xlim(left - pad, right + pad)
        axes.set_ylim(low - 0.12 * (high - low), high + 0.06 * (high - low))
        return
    limit_rates(axes, rates, targets)
    low, high = soft_root(np.array([low, high]) - least).tolist()
    low, high = low - 0.12 * (high - low), high + 0.06 * (high - low)

    def scale(y: Array) -> Array:
        return soft_root(y - least)

    def unscale(y: Array) -> Array:
        return least + soft_square(y)

    axes.set_yscale("function", functions=(scale, unscale))
    first, last = unscale(np.array([low, high])).tolist()
    axes.set_ylim(first, last)
    steps = [step for step in STEPS if (last - first) / FINE <= step < last - least]
    wanted = [
        step * k for step in steps for k in range(int(first / step), int(last / step) + 2)
        if step >= abs(step * k - least) / NEAR
    ]  # fmt: skip
    set_ticks(axes.yaxis, wanted, scale, low, high)


def set_ticks(
    axis: Axis, wanted: Iterable[float], scale: Callable[[Array], Array], low: float, high: float
) -> None:
    """Mark those of the wanted ticks, best first, that the axis has room for."""
    ticks: list[float] = []
    places: list[float] = []
    for tick in wanted:
        place = float(scale(np.array(tick)))
        gaps = np.abs(np.array(places) - place)
        if low <= place <= high and np.all(gaps >= TICK_GAP * (high - low)):
            ticks.append(tick)
            places.append(place)
    axis.set_ticks(ticks, labels=[f"{tick:{'g' if abs(tick) < LONG else '.2g'}}" for tick in ticks])


def bound(axes: Axes, measure: str, least: float) -> None:
    """Draw R + D = `least` and shade what lies below it."""
    bottom, _ = axes.get_ylim()
    rates = np.linspace(*axes.get_xlim(), 2)
    line = least - rates if measure == "distortion" else np.full_like(rates, least)
    axes.fill_between(
        rates, bottom, line, where=line > bottom, interpolate=True, color="0.9", lw=0, zorder=0
    )
    axes.plot(rates, line, color=BLACK, ls="--", lw=1.2, zorder=1, scaley=False)
    axes.text(
        0.02, 0.02, "infeasible if H were Ĥ", transform=axes.transAxes,
        fontsize=9.5, color="0.35", style="italic",
    )  # fmt: skip


def targets_of(runs: Iterable[Mapping[str, Any]]) -> list[float]:
    """Return the rates that runs were asked for, each once, by size."""
    return sorted({run["target_rate"] for run in runs} - {None})
