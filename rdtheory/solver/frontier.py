r"""A whole rate-distortion curve between two certified bounds, and pictures of it.

Every solved slope beta gives a point (R, D) that a channel reaches and a line D = bound - beta R
that no channel is below. Time-sharing between two points reaches the chord between them, and the
lines of both bound what is possible there. The sandwich algorithm closes in on the curve by solving
at the slope of the chord where the two bounds are furthest apart: that halves the uncertainty on a
smooth curve about four times per doubling of the points, and on a straight segment it proves the
chord itself optimal at once.

Sources: Burkard, Hamacher and Rote, "Sandwich approximation of univariate convex functions" (1991);
Cover and Thomas (2006), section 10.3, for time-sharing.
"""

import heapq
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array, check_array, check_count, check_number
from rdtheory.solver.gibbs import Coordinates
from rdtheory.solver.slope import GAP, RDPoint, check_gap, prepare

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CURVE, BAND, POINTS = "#0072B2", "#56B4E9", "#D55E00"  # Okabe and Ito (2008)


@dataclass(frozen=True, eq=False)
class Frontier:
    """A certified curve: what is reached, and what is impossible, at every rate.

    Parameters
    ----------
    points : by rising rate, from rate 0 to the least distortion
    outputs : (m,) coordinates of the outputs, for pictures
    width : the largest vertical distance between the two bounds, in distortion units
    converged : whether `width` is what was asked
    """

    points: tuple[RDPoint, ...]
    outputs: Array
    width: float
    converged: bool

    @property
    def max_gap(self) -> float:
        """Largest certified gap of a point, in nats."""
        return max(point.gap for point in self.points)

    def upper(self, rate: npt.ArrayLike) -> Array:
        """Return the distortion that time-sharing of the points reaches at a rate."""
        rates = np.array([point.rate for point in self.points])
        values = np.array([point.distortion for point in self.points])
        return np.interp(np.asarray(rate, dtype=np.float64), rates, values, left=np.inf)

    def lower(self, rate: npt.ArrayLike) -> Array:
        """Return the distortion that the lines of all points prove no channel to be below."""
        rate = np.asarray(rate, dtype=np.float64)
        lines = [p.bound - p.beta * rate for p in self.points if math.isfinite(p.beta)]
        if not lines:  # one output serves all
            return np.full(rate.shape, self.points[0].distortion)
        return np.max(lines, axis=0)

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the curve, the band between its two bounds, and its points; return the axes."""
        ax = ax or _new_axes()
        rates = np.array([point.rate for point in self.points])
        fine = np.unique(np.concatenate([np.linspace(0.0, rates.max(), 400), rates]))
        upper, lower = self.upper(fine), self.lower(fine)
        label = f"certified within {self.width:.1e}"
        ax.fill_between(fine, lower, upper, color=BAND, alpha=0.6, lw=0, label=label)
        ax.plot(fine, upper, color=CURVE, lw=1.6, label="reached")
        ax.scatter(
            rates, [point.distortion for point in self.points], s=14, color=POINTS, zorder=3,
            label=f"{len(self.points)} solved points",
        )  # fmt: skip
        ax.set(xlabel="rate R  (nats)", ylabel="distortion D")
        ax.legend()
        return ax

    def plot_support(self, ax: "Axes | None" = None) -> "Axes":
        """Draw which outputs carry mass at each slope: the support splits as beta falls."""
        ax = ax or _new_axes()
        solved = [point for point in self.points if 0.0 < point.beta < np.inf]
        for point in solved:
            masses = point.marginal[point.support]
            ax.scatter(
                np.full(masses.size, point.beta), self.outputs[point.support],
                s=4.0 + 60.0 * masses, color=CURVE, alpha=0.7, lw=0,
            )  # fmt: skip
        ax.set(xscale="log", xlabel="slope beta  (distortion per nat)", ylabel="outputs in use")
        ax.invert_xaxis()
        return ax


def solve_frontier(
    p_x: npt.ArrayLike,
    distortion: npt.ArrayLike | Coordinates,
    *,
    width: float | None = None,
    gap: float = GAP,
    max_points: int = 500,
    outputs: npt.ArrayLike | None = None,
    progress: Callable[[float], None] | None = None,
) -> Frontier:
    r"""Trace the whole curve until it is known within `width` everywhere, not only at points.

    Parameters
    ----------
    p_x, distortion : as in `solve_slope`
    width : distortion between the two bounds at most; None for 1e-3 of the curve's height
    gap : nats within which to certify every point
    max_points : cap on the points
    outputs : (m,) coordinates of the outputs for pictures; None to number them
    progress : called with the share of the work newly done, judged by the width so far

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    >>> from rdtheory.sources.textbook import bernoulli
    >>> coin = bernoulli(0.3)
    >>> curve = solve_frontier(coin.p_x, coin.distortion, width=1e-4)
    >>> rates = np.linspace(0, 0.6, 7)
    >>> bool(np.all(curve.upper(rates) - curve.lower(rates) <= 1e-4))
    True
    """
    problem, gap = prepare(p_x, distortion), check_gap(gap)
    max_points = check_count("max_points", max_points)
    left, right = problem.at_least_rate(gap=gap), problem.at_least_distortion(gap=gap)
    height = left.distortion - right.distortion
    if width is None:
        width = 1e-3 * height
    width = check_number("width", width, low=0.0)
    numbers = np.arange(left.marginal.size, dtype=np.float64)
    outputs = numbers if outputs is None else check_array("outputs", outputs, ndim=1)
    if outputs.size != numbers.size:
        raise ValueError(f"outputs must have shape ({numbers.size},), got {outputs.shape}")

    if height <= 0.0 or right.rate <= 0.0:  # one output serves all: the curve is a point
        return Frontier((left,), outputs, 0.0, True)
    points = [left, right]
    first = _Interval.between(left, right)
    waiting = [first]
    done, aim = 0.0, max(width, 1e-300)
    while waiting and waiting[0].width > width and len(points) < max_points:
        interval = heapq.heappop(waiting)
        new = problem.solve(interval.chord, gap=gap)
        points.append(new)
        for a, b in ((interval.left, new), (new, interval.right)):
            if b.rate > a.rate and a.distortion > b.distortion:
                heapq.heappush(waiting, _Interval.between(a, b))
        if progress:
            left_over = max(waiting[0].width, aim) if waiting else aim
            share = 1.0 - math.log(left_over / aim) / math.log(first.width / aim)
            progress(max(0.0, share - done))
            done = max(done, share)
    found = waiting[0].width if waiting else 0.0
    if found > width:
        warnings.warn(
            f"width = {found:.1e} is above the asked {width:.1e}: raise max_points",
            RuntimeWarning,
            stacklevel=2,
        )
    points.sort(key=lambda point: (point.rate, -point.beta))
    return Frontier(tuple(points), outputs, found, found <= width)


@dataclass(frozen=True, eq=False)
class _Interval:
    """A stretch of the curve between two points, and how little is known of it."""

    left: RDPoint
    right: RDPoint
    chord: float
    width: float

    @classmethod
    def between(cls, left: RDPoint, right: RDPoint) -> "_Interval":
        chord = (left.distortion - right.distortion) / (right.rate - left.rate)
        at = left.rate  # a vertical line bounds the curve on the left of its first point
        if math.isfinite(left.beta) and left.beta > right.beta:
            at = (left.bound - right.bound) / (left.beta - right.beta)
            at = min(max(at, left.rate), right.rate)
        lines = [p.bound - p.beta * at for p in (left, right) if math.isfinite(p.beta)]
        width = left.distortion - chord * (at - left.rate) - max(lines)
        return cls(left, right, chord, max(0.0, width))

    def __lt__(self, other: "_Interval") -> bool:
        return self.width > other.width  # heapq gives the smallest first


def _new_axes() -> "Axes":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    FigureCanvasAgg(figure)
    return figure.add_subplot()
