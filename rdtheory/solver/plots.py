"""Pictures of what was solved: a point on its curve, its channel, how Blahut-Arimoto came there."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array, check_array
from rdtheory.shown import short_signature
from rdtheory.solver.frontier import Frontier, solve_frontier
from rdtheory.solver.pictures import BAND, CURVE, POINTS, ClosedForm, Over, new_axes
from rdtheory.solver.slope import RDPoint
from rdtheory.units import in_units

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMES = 30
"""Up to so many letters have their names at an axis."""


class Converged(Protocol):
    """What an iteration left: the gap of every step, and the values where they were kept."""

    @property
    def history(self) -> Array:
        """(iterations + 1,) certified gaps, in nats."""

    @property
    def gap(self) -> float:
        """The last one."""


@short_signature
def plot_point(
    point: RDPoint,
    curve: Frontier | None = None,
    ax: "Axes | None" = None,
    *,
    units: str = "nats",
    over: Over = "rate",
    closed_form: ClosedForm | bool = True,
) -> "Axes":
    """Draw a point on its curve, with its tangent; return the axes.

    A point without a slope has no tangent.

    Parameters
    ----------
    point : a solved point
    curve : its curve; None to trace it
    ax, units, over, closed_form : as in `Frontier.plot`

    Examples
    --------
    >>> from rdtheory import solve_rate
    >>> point = solve_rate([0.5, 0.5], [[0, 1], [1, 0]], 0.25)
    >>> axes = plot_point(point, units="bits")
    >>> axes.get_xlabel()
    'rate R  (bits)'
    """
    if curve is None:
        if point.given is None:
            raise ValueError("curve must be given for a point without its problem, got none")
        curve = solve_frontier(point.given)
    line = point if 0.0 < point.beta < np.inf else None
    return curve.plot(
        ax, units=units, over=over, closed_form=closed_form, tangent=line, points=(point,)
    )


@short_signature
def plot_channel(
    channel: npt.ArrayLike | RDPoint,
    ax: "Axes | None" = None,
    *,
    letters: Sequence[Any] | None = None,
    outputs: Sequence[Any] | None = None,
) -> "Axes":
    """Draw a channel q(y|x) as a table of shades, a row for each letter.

    The axes are returned.

    Parameters
    ----------
    channel : (n, m) rows that sum to one, or a point, whose channel is drawn
    ax : where to draw; None for a new figure, of pyplot where that is in use
    letters, outputs : names of rows and columns; None for those that a point's
        problem came with

    Examples
    --------
    >>> from rdtheory import solve_slope
    >>> axes = plot_channel(solve_slope([0.5, 0.5], [[0, 1], [1, 0]], 0.5))
    >>> axes.images[0].get_array().shape
    (2, 2)
    """
    if isinstance(channel, RDPoint):
        rows, given = channel.channel, channel.given
        letters = letters or (given.letters if given else None)
        outputs = outputs or (given.outputs if given else None)
        if rows.shape[1] < channel.marginal.size:  # of a problem without a table
            outputs = outputs or [int(y) for y in channel.support]
    else:
        rows = check_array("channel", channel, ndim=2)
    for name, names, size in (("letters", letters, 0), ("outputs", outputs, 1)):
        if names is not None and len(names) != rows.shape[size]:
            raise ValueError(f"{name} must have {rows.shape[size]} names, got {len(names)}")
    from matplotlib.ticker import MaxNLocator

    ax = ax or new_axes()
    image = ax.imshow(rows, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
    ax.figure.colorbar(image, ax=ax, label="q(y|x)")
    ax.set(xlabel="output y", ylabel="letter x")
    for axis, names in ((ax.yaxis, letters), (ax.xaxis, outputs)):
        if names is not None and len(names) <= NAMES:
            axis.set_ticks(range(len(names)), [str(name) for name in names])
        else:
            axis.set_major_locator(MaxNLocator(integer=True))
    if rows.size <= NAMES:
        for (x, y), mass in np.ndenumerate(rows):
            colour = "white" if mass > 0.6 else "black"
            ax.text(y, x, f"{mass:.3g}", ha="center", va="center", color=colour, fontsize=9)
    return ax


@short_signature
def plot_convergence(
    found: Converged,
    ax: "Axes | Sequence[Axes] | None" = None,
    *,
    units: str = "nats",
) -> "list[Axes]":
    """Draw the certified gap of each iteration of Blahut-Arimoto.

    R and D are drawn beside it where they were kept.

    Parameters
    ----------
    found : what `blahut_arimoto` (with `trace=True` for R and D) or
        `blahut_arimoto_capacity` gave
    ax : axes for the gap, or a pair, for the gap and for R and D; None for a
        new figure
    units : "nats" or "bits"

    Examples
    --------
    >>> from rdtheory import blahut_arimoto
    >>> found = blahut_arimoto([0.7, 0.3], [[0, 1], [1, 0]], 0.5, trace=True)
    >>> [axes.get_ylabel() for axes in plot_convergence(found)]
    ['certified gap  (nats)', 'rate R  (nats)', 'distortion D']
    """
    factor = in_units(units)
    rates, distortions = (getattr(found, name, None) for name in ("rates", "distortions"))
    values = getattr(found, "values", None)
    second = rates is not None or values is not None
    if ax is None:
        first = new_axes()
        panels = [first]
        if second:
            figure = first.figure
            first.remove()
            panels = list(figure.subplots(2, 1, sharex=True))
    else:
        panels = [ax] if not isinstance(ax, Sequence | np.ndarray) else list(ax)
    steps = np.arange(found.history.size)
    shown = found.history > 0.0  # of which there is a logarithm
    panels[0].plot(steps[shown], factor * found.history[shown], color=CURVE, lw=1.6)
    panels[0].set(yscale="log", ylabel=f"certified gap  ({units})")
    panels[-1].set_xlabel("iterations")
    if len(panels) < 2 or not second:
        return panels[:1]
    if rates is None or distortions is None:
        panels[1].plot(steps, factor * np.asarray(values), color=CURVE, lw=1.6)
        panels[1].set_ylabel(f"I - s E c  ({units})")
        return panels[:2]
    panels[1].plot(steps, factor * rates, color=CURVE, lw=1.6)
    panels[1].set_ylabel(f"rate R  ({units})", color=CURVE)
    other = panels[1].twinx()
    other.plot(steps, distortions, color=POINTS, lw=1.6, ls="--")
    other.set_ylabel("distortion D", color=POINTS)
    panels[1].grid(color=BAND, alpha=0.2)
    return [*panels[:2], other]
