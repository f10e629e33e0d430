"""The information plane: codes, the curve they reach, and what no code exceeds."""

from typing import TYPE_CHECKING, Any

import numpy as np

from rdtheory.solver.pictures import BAND, CURVE, FORM, POINTS, new_axes
from rdtheory.units import in_units

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FINE = 1000
"""Rates at which the bounds are drawn."""

BEYOND = 1.06
"""Of the largest rate, that is shown."""

ABOVE = 1.12
"""Of I(X; Y), that is shown."""

SEEN = 5e-3
"""Of I(X; Y): a band that is narrower nowhere shows."""


def draw_plane(
    curve: Any,  # noqa: ANN401  (an InformationCurve, which imports this file)
    ax: "Axes | None",
    *,
    units: str,
    reach: float = 0.0,
    label: str = "reached",
) -> "Axes":
    """Draw a curve in the information plane; see `InformationCurve.plot`.

    `reach` is a rate that is shown at least, in nats, `label` what the curve is called.
    """
    factor, ax = in_units(units), ax or new_axes()
    rates = [point.rate for point in curve.points]
    right = BEYOND * max(*rates, reach, curve.information) or 1.0
    top = ABOVE * curve.information or 1.0
    fine = np.unique(np.concatenate([np.linspace(0.0, right, FINE), rates]))
    upper, lower = curve.upper(fine), curve.lower(fine)
    ax.fill_between(
        factor * fine, factor * upper, factor * top, color="0.9", lw=0, zorder=0,
        label="certified: no code is here",
    )  # fmt: skip
    if (upper - lower).max() > SEEN * curve.information:
        ax.fill_between(factor * fine, factor * lower, factor * upper, color=BAND, alpha=0.5, lw=0,
                        label="not known")  # fmt: skip
    meet = min(right, top)
    ax.plot([0.0, factor * meet], [0.0, factor * meet], color=FORM, lw=1.1, ls="--",
            label="I(T;Y) ≤ I(X;T)")  # fmt: skip
    ax.axhline(factor * curve.information, color=FORM, lw=1.1, ls=":", label="I(T;Y) ≤ I(X;Y)")
    ax.plot(factor * fine, factor * lower, color=CURVE, lw=1.8, label=label)
    ax.scatter(
        factor * np.array(rates), [factor * point.relevance for point in curve.points], s=14,
        color=POINTS, zorder=3, label=f"{len(rates)} code{'s' * (len(rates) > 1)} found",
    )  # fmt: skip
    ax.set(
        xlabel=f"rate I(X;T)  ({units})", ylabel=f"relevance I(T;Y)  ({units})",
        xlim=(-0.01 * factor * right, factor * right), ylim=(-0.01 * factor * top, factor * top),
    )  # fmt: skip
    ax.legend(loc="lower right", fontsize=9.5)
    return ax
