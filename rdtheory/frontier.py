r"""Points of a rate-distortion curve at a rate or a distortion, and the whole curve, certified.

Every solved slope beta gives a point (R, D) that a channel reaches and a line D = bound - beta R
that no channel is below. Time-sharing between two points reaches the chord between them, and the
lines of both bound what is possible there. The sandwich algorithm closes in on the curve by solving
at the slope of the chord: that halves the uncertainty on a smooth curve about four times per
doubling of the points, and on a straight segment it proves the chord itself optimal at once.

Sources: Burkard, Hamacher and Rote, "Sandwich approximation of univariate convex functions" (1991);
Cover and Thomas (2006), section 10.3, for time-sharing.
"""

import heapq
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array, check_array, check_count, check_number
from rdtheory.gibbs import Coordinates
from rdtheory.slope import GAP, Problem, RDPoint, check_gap, prepare

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def solve_rate(
    p_x: npt.ArrayLike,
    distortion: npt.ArrayLike | Coordinates,
    rate: float,
    *,
    gap: float = GAP,
    max_slopes: int = 100,
) -> RDPoint:
    r"""Minimise E d over channels with I(X; Y) <= rate, and certify it.

    The point is a mixture of two solved ones, whose rates are its `segment`: close together on a
    smooth part of the curve, the ends of a straight one where the rate lies inside it.

    Parameters
    ----------
    p_x, distortion : as in `solve_slope`
    rate : nats, at least 0 (more where forbidden pairs ask for some); above the rate of the least
        distortion there is nothing more to gain
    gap : nats of rate within which to certify the point
    max_slopes : cap on the slopes that are solved

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    >>> from rdtheory.sources import bernoulli
    >>> coin = bernoulli(0.3)
    >>> point = solve_rate(coin.p_x, coin.distortion, 0.25)
    >>> f"{point.rate:.6f} {coin.closed_form(point.distortion):.6f} {point.gap <= 1e-9}"
    '0.250000 0.250000 True'
    """
    rate = check_number("rate", rate, low=0.0)
    return _solve_target(prepare(p_x, distortion), rate, "rate", check_gap(gap), max_slopes)


def solve_distortion(
    p_x: npt.ArrayLike,
    distortion: npt.ArrayLike | Coordinates,
    target: float,
    *,
    gap: float = GAP,
    max_slopes: int = 100,
) -> RDPoint:
    r"""Minimise I(X; Y) over channels with E d <= target, and certify it: R(D) itself.

    Parameters, errors: as in `solve_rate`; `target` must not be below the least distortion
    E min_y d(x, y), which no channel goes below.

    Examples
    --------
    >>> from rdtheory.sources import hamming
    >>> die = hamming(6)
    >>> point = solve_distortion(die.p_x, die.distortion, 0.2)
    >>> f"{point.rate:.6f} {die.closed_form(0.2):.6f} {point.gap <= 1e-9}"
    '0.969469 0.969469 True'
    """
    problem = prepare(p_x, distortion)
    least = problem.base
    slack = 1e-12 * max(1.0, abs(least))
    rule = f"at least the least distortion, {least:.10g}"
    target = max(check_number("target distortion", target, low=least - slack, rule=rule), least)
    return _solve_target(problem, target, "distortion", check_gap(gap), max_slopes)


def _solve_target(
    problem: Problem, target: float, axis: str, gap: float, max_slopes: int
) -> RDPoint:
    max_slopes = check_count("max_slopes", max_slopes)
    inner = 0.1 * gap  # of each solved slope
    left, right = problem.at_least_rate(gap=inner), problem.at_least_distortion(gap=inner)
    if axis == "rate":
        rule = f"at least the least rate of any channel, {left.rate:.10g}"
        target = max(check_number("rate", target, low=left.rate - gap, rule=rule), left.rate)
        if target <= left.rate or left.distortion <= right.distortion:
            return left
        if target >= right.rate:
            return right
    elif target >= left.distortion:
        return left
    elif target <= right.distortion:
        return right

    known = [left, right]
    for turn in range(max_slopes + 1):
        point = _mixture(left, right, target, axis)
        error, slope = _uncertainty(point, known)
        if error <= gap or turn == max_slopes:
            break
        beta = _next_slope(left, right, target, axis, turn)
        if not beta > 0.0:  # their distortions agree to the last bit: nothing lies between them
            error = 0.0
            break
        new = problem.solve(beta, gap=inner)
        known.append(new)
        before = new.rate <= target if axis == "rate" else new.distortion >= target
        left, right = (new, right) if before else (left, new)
    if error > gap:
        warnings.warn(
            f"gap = {error:.1e} nats is above the asked {gap:.1e}: raise max_slopes",
            RuntimeWarning,
            stacklevel=3,
        )
    return replace(point, beta=slope, gap=error, converged=error <= gap)


def _mixture(left: RDPoint, right: RDPoint, target: float, axis: str) -> RDPoint:
    """Time-share two points so that the target is met exactly."""
    ends = (getattr(left, axis), getattr(right, axis))
    width = ends[1] - ends[0]
    share = min(max((target - ends[0]) / width, 0.0), 1.0) if width else 0.0
    chord = right.rate - left.rate
    return RDPoint(
        beta=(left.distortion - right.distortion) / chord if chord > 0 else left.beta,
        rate=(1 - share) * left.rate + share * right.rate,
        distortion=(1 - share) * left.distortion + share * right.distortion,
        gap=math.inf,
        marginal=(1 - share) * left.marginal + share * right.marginal,
        iterations=left.iterations + right.iterations,
        converged=False,
        segment=(left.rate, right.rate),
    )


def _uncertainty(point: RDPoint, known: list[RDPoint]) -> tuple[float, float]:
    """Return the nats of rate above the best line of all known points, and that line's slope."""
    lines = [(k.bound, k.beta) for k in known if math.isfinite(k.beta) and k.beta > 0]
    if not lines:
        return math.inf, point.beta
    least, beta = max(((b - point.distortion) / beta, beta) for b, beta in lines)
    return max(0.0, point.rate - least), beta


def _next_slope(left: RDPoint, right: RDPoint, target: float, axis: str, turn: int) -> float:
    """Return the chord's slope, or in turn a guess at the target's between those of the ends."""
    chord = (left.distortion - right.distortion) / (right.rate - left.rate)
    if turn % 2 == 0 or right.beta == 0.0 or math.isinf(left.beta):
        return chord
    ends = (getattr(left, axis), getattr(right, axis))
    share = (target - ends[0]) / (ends[1] - ends[0])
    share = min(max(share, 0.02), 0.98)
    return math.exp((1 - share) * math.log(left.beta) + share * math.log(right.beta))


# -- the whole curve ------------------------------------------------------------------------------


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
        from rdtheory.plots import plot_frontier

        return plot_frontier(self, ax)

    def plot_support(self, ax: "Axes | None" = None) -> "Axes":
        """Draw which outputs carry mass at each slope: the support splits as beta falls."""
        from rdtheory.plots import plot_support

        return plot_support(self, ax)


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
    >>> from rdtheory.sources import bernoulli
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
