"""Pictures of a certified curve: the curve in its band, and the support that carries it."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rdtheory.frontier import Frontier

CURVE, BAND, POINTS = "#0072B2", "#56B4E9", "#D55E00"  # Okabe and Ito (2008)


def plot_frontier(frontier: "Frontier", ax: "Axes | None" = None) -> "Axes":
    """Draw distortion against rate: upper bound, certificate band, points with their support."""
    ax = ax or _new_axes()
    rates = np.array([point.rate for point in frontier.points])
    fine = np.unique(np.concatenate([np.linspace(0.0, rates.max(), 400), rates]))
    upper, lower = frontier.upper(fine), frontier.lower(fine)
    label = f"certified within {frontier.width:.1e}"
    ax.fill_between(fine, lower, upper, color=BAND, alpha=0.6, lw=0, label=label)
    ax.plot(fine, upper, color=CURVE, lw=1.6, label="reached")
    ax.scatter(
        rates, [point.distortion for point in frontier.points], s=14, color=POINTS, zorder=3,
        label=f"{len(frontier.points)} solved points",
    )  # fmt: skip
    ax.set(xlabel="rate R  (nats)", ylabel="distortion D")
    ax.legend()
    return ax


def plot_support(frontier: "Frontier", ax: "Axes | None" = None) -> "Axes":
    """Draw the outputs that carry mass against beta, larger where they carry more."""
    ax = ax or _new_axes()
    solved = [point for point in frontier.points if 0.0 < point.beta < np.inf]
    for point in solved:
        masses = point.marginal[point.support]
        ax.scatter(
            np.full(masses.size, point.beta), frontier.outputs[point.support],
            s=4.0 + 60.0 * masses, color=CURVE, alpha=0.7, lw=0,
        )  # fmt: skip
    ax.set(xscale="log", xlabel="slope beta  (distortion per nat)", ylabel="outputs in use")
    ax.invert_xaxis()
    return ax


def _new_axes() -> "Axes":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    FigureCanvasAgg(figure)
    return figure.add_subplot()
