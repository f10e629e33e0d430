"""Pictures of curves: D over R or R over D, closed forms, tangents, points, outputs in use."""

import math
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from rdtheory.checks import Array, check_beta, check_choice
from rdtheory.notebook import in_notebook
from rdtheory.solver.point import SlopePoint
from rdtheory.solver.slope import solve_slope
from rdtheory.units import in_units, one

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CURVE, BAND, POINTS = "#0072B2", "#56B4E9", "#D55E00"  # Okabe and Ito (2008)
FORM, TANGENT = "#000000", "#009E73"

FINE = 400
"""Places at which a curve is drawn, at least."""

Over = Literal["rate", "distortion"]
ClosedForm = Callable[[float], Any]


def new_axes() -> "Axes":
    """Return empty axes of a figure of their own.

    The figure is pyplot's where that is in use, or a notebook is, so that it is shown there and
    `plt.savefig` saves it; else it is free of pyplot's global state.
    """
    if "matplotlib.pyplot" in sys.modules or in_notebook():
        import matplotlib.pyplot as plt

        return plt.figure(layout="constrained").add_subplot()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    FigureCanvasAgg(figure)
    return figure.add_subplot()


def draw_curve(
    curve: Any,  # noqa: ANN401  (a CertifiedCurve, whose file imports this one)
    ax: "Axes | None",
    *,
    units: str,
    over: str,
    closed_form: ClosedForm | bool,
    tangent: float | SlopePoint | None,
    marked: Sequence[SlopePoint],
) -> "Axes":
    """Draw a certified curve; see `Frontier.plot`."""
    factor = in_units(units)
    check_choice("over", over, ("rate", "distortion"))
    line = None if tangent is None else _tangent(curve, tangent)
    ax = ax or new_axes()
    swapped = over == "distortion"

    def place(rates: Any, distortions: Any) -> tuple[Any, Any]:  # noqa: ANN401
        rates = factor * np.asarray(rates)
        return (distortions, rates) if swapped else (rates, distortions)

    rates = np.array([point.rate for point in curve.points])
    fine = np.unique(np.concatenate([np.linspace(0.0, rates.max(), FINE), rates]))
    upper, lower = curve.upper(fine), curve.lower(fine)
    fill = ax.fill_betweenx if swapped else ax.fill_between
    label = f"certified within {curve.width:.1e}"
    fill(factor * fine, lower, upper, color=BAND, alpha=0.6, lw=0, label=label)
    ax.plot(*place(fine, upper), color=CURVE, lw=1.6, label="reached")
    ax.scatter(
        *place(rates, [point.distortion for point in curve.points]), s=14, color=POINTS, zorder=3,
        label=f"{len(curve.points)} solved points",
    )  # fmt: skip
    form, name = _form(curve, closed_form)
    if form is not None:
        least, most = (curve.points[end].distortion for end in (-1, 0))
        ds = least + (most - least) * np.linspace(0.0, 1.0, FINE) ** 2  # denser where it is steep
        known = np.array([float(form(d)) for d in ds])
        seen = known <= 1.02 * rates.max() + 1e-12
        ax.plot(*place(known[seen], ds[seen]), color=FORM, lw=1.1, ls="--", label=name)
    if line is not None:
        _draw_tangent(ax, place, curve, *line, units)
    for point in marked:
        label = f"R = {factor * point.rate:z.4g} {units}, D = {point.distortion:z.4g}"
        ax.plot(*place([point.rate], [point.distortion]), "D", ms=7, label=label, zorder=5)
    names = (f"rate R  ({units})", "distortion D")
    ax.set_xlabel(names[swapped])
    ax.set_ylabel(names[not swapped])
    ax.legend()
    return ax


def _form(
    curve: Any,  # noqa: ANN401
    asked: ClosedForm | bool,
) -> tuple[ClosedForm | None, str]:
    """Return the closed form to draw, if any, and what it is called."""
    if callable(asked):
        return asked, "closed form"
    given = getattr(curve.points[0], "given", None)
    if not asked or given is None or given.closed_form is None:
        return None, ""
    return given.closed_form, "closed form" + ("" if given.exact else " of the continuous source")


def _tangent(
    curve: Any,  # noqa: ANN401
    asked: float | SlopePoint,
) -> tuple[float, float, SlopePoint]:
    """Return slope and D + beta R of a line, and the point that it touches."""
    if isinstance(asked, SlopePoint):
        if not 0.0 < asked.beta < math.inf:
            raise ValueError(f"tangent must have a slope above 0, finite, got {asked.beta:g}")
        return asked.beta, asked.value, asked
    beta, given = check_beta(asked), getattr(curve.points[0], "given", None)
    if given is not None:
        touched = solve_slope(given.p_x, given.distortion, beta)
    else:
        touched = min(curve.points, key=lambda point: point.distortion + beta * point.rate)
    return beta, touched.distortion + beta * touched.rate, touched


def _draw_tangent(
    ax: "Axes",
    place: Callable[[Any, Any], tuple[Any, Any]],
    curve: Any,  # noqa: ANN401
    beta: float,
    value: float,
    touched: SlopePoint,
    units: str,
) -> None:
    """Draw D = value - beta R from its intercept at R = 0 on, and where it touches."""
    least = curve.points[-1].distortion
    end = min((value - least) / beta, 1.05 * curve.points[-1].rate)
    rates = np.array([0.0, max(end, touched.rate)])
    per = f"{beta / in_units(units):.4g} per {one(units)}"
    label = f"tangent D + βR = {value:.4g}\nβ = {per}"
    ax.plot(*place(rates, value - beta * rates), color=TANGENT, lw=1.2, label=label)
    ax.plot(*place([0.0, touched.rate], [value, touched.distortion]), "o", ms=6, color=TANGENT,
            mfc="white", zorder=4)  # fmt: skip


def draw_support(
    curve: Any,  # noqa: ANN401
    ax: "Axes | None",
    *,
    units: str,
) -> "Axes":
    """Draw which outputs carry mass at each slope."""
    factor = in_units(units)
    ax = ax or new_axes()
    for point in (point for point in curve.points if 0.0 < point.beta < np.inf):
        masses: Array = point.marginal[point.support]
        ax.scatter(
            np.full(masses.size, point.beta / factor), curve.outputs[point.support],
            s=4.0 + 60.0 * masses, color=CURVE, alpha=0.7, lw=0,
        )  # fmt: skip
    ax.set(
        xscale="log", xlabel=f"slope beta  (distortion per {one(units)})", ylabel="outputs in use"
    )
    ax.invert_xaxis()
    return ax
