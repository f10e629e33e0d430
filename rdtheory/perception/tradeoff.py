r"""R(D, P) over P at a distortion D: what it costs to look like the source, certified.

R(D, P) is convex in D and P together, and never rises in P (Blau and Michaeli 2019, theorem 2): of
two channels, taking turns, each of I, E d and Delta is no more than the mean of theirs. So rates
at some P, each known between `rate - gap` and `rate`, hold the whole curve between them. Chords are
reached. Below are no rates of the lines through two known ones, continued: with f between l and u
at a < b, for P beyond them,

    f(P) >= l(b) + (P - b) (l(b) - u(a)) / (b - a)   for P >= b,
    f(P) >= l(a) - (a - P) (u(b) - l(a)) / (b - a)   for P <= a,

nor below l(b) for P <= b.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array, check_number
from rdtheory.perception.certificate import check_limit
from rdtheory.perception.problem import PerceptionPoint, prepare
from rdtheory.perception.solve import at_target
from rdtheory.shown import ShownCurve, few
from rdtheory.solver.curve import Enclosed, of_any_shape
from rdtheory.solver.door import SourceLike, door
from rdtheory.solver.gibbs import Coordinates
from rdtheory.solver.rounding import EPS
from rdtheory.solver.slope import GAP
from rdtheory.units import in_units


@dataclass(frozen=True, eq=False, repr=False)
class PerceptionTradeoff(ShownCurve):
    """R(D, P) over P at a D: what is reached, and what is impossible.

    Between two points codes take turns. `rate` gives it as a function of P
    with its certified interval.

    Parameters
    ----------
    target : D
    limits : (k,) the P that were asked, rising
    points : what is reached at each; the perception of a point may be less
        than its P
    width : nats between the two bounds at most, from the least of these P
        to the largest, on a grid
    converged : whether every point's gap is what was asked

    Examples
    --------
    A fair coin's best outputs are fair:

    >>> from rdtheory import solve_perception_tradeoff
    >>> curve = solve_perception_tradeoff(
    ...     [0.5, 0.5], [[0, 1], [1, 0]], 0.1, perceptions=[0.0, 0.2]
    ... )
    >>> [f"{point.rate:.6f}" for point in curve.points]
    ['0.368064', '0.368064']
    """

    target: float
    limits: Array
    points: tuple[PerceptionPoint, ...]
    width: float
    converged: bool

    def rate(self, perception: npt.ArrayLike, *, units: str = "nats") -> Enclosed:
        """Return R(D, P) with its certified interval, at P of any shape.

        Below the least P that was asked nothing is reached, and the upper
        end is inf.

        Examples
        --------
        >>> from rdtheory import solve_perception_tradeoff
        >>> from rdtheory.sources import bernoulli
        >>> curve = solve_perception_tradeoff(
        ...     bernoulli(0.3), target=0.2, perceptions=[0.0, 0.05]
        ... )
        >>> found = curve.rate([0.0, 0.025], units="bits")
        >>> found.value.round(4).tolist(), found.width.round(4).tolist()
        ([0.1916, 0.1825], [0.0, 0.0091])
        """
        p, factor = of_any_shape("perception", perception), in_units(units)
        upper = self._upper(p)
        lower = np.minimum(self._lower(p), upper)
        return Enclosed(factor * upper, factor * lower, factor * upper)

    def _upper(self, p: Array) -> Array:
        rates = np.minimum.accumulate([point.rate for point in self.points])
        return np.interp(p, self.limits, rates, left=np.inf)

    def _lower(self, p: Array) -> Array:
        high = np.array([point.rate for point in self.points])
        low = np.maximum(high - np.array([point.gap for point in self.points]), 0.0)
        bounds = [np.zeros(p.shape)]
        bounds += [
            np.where(p <= at, least, 0.0) for at, least in zip(self.limits, low, strict=True)
        ]
        for left, right in pairwise(range(high.size)):
            a, b = self.limits[left], self.limits[right]
            after = low[right] + (p - b) * (low[right] - high[left]) / (b - a)
            before = low[left] + (p - a) * (high[right] - low[left]) / (b - a)
            off = 4.0 * EPS * (high[left] + np.abs(after) + np.abs(before))
            bounds += [np.where(p >= b, after, np.where(p <= a, before, 0.0)) - off]
        return np.max(bounds, axis=0)

    def _title(self) -> str:
        return (
            f"PerceptionTradeoff at D = {self.target:.6g}: {self._counted}, {self._known('nats')}"
        )

    def _cells(self, units: str, most: int) -> tuple[list[str], list[list[str]]]:
        factor = in_units(units)
        rows = [
            [f"{limit:.6g}", f"{factor * point.rate:.6g}", f"{point.distortion:.6g}",
             f"{factor * point.gap:.1e}"]
            for limit, point in few(list(zip(self.limits, self.points, strict=True)), most)
        ]  # fmt: skip
        return ["P", f"R ({units})", "D", f"gap ({units})"], rows


@door
def solve_perception_tradeoff(
    p_x: npt.ArrayLike | SourceLike,
    distortion: npt.ArrayLike | Coordinates | None,
    target: float,
    *,
    perceptions: Sequence[float],
    divergence: str = "tv",
    gap: float = GAP,
    max_slopes: int = 100,
) -> PerceptionTradeoff:
    r"""Minimise I(X; Y) where E d <= target and Delta(p, r) <= P, for some P.

    R(D, P) at one D as a function of P: the rate that looking like the
    source costs. The problem, its dual and why that certifies:
    `help(rdtheory.perception.certificate)`; between the P that are asked,
    `help(rdtheory.perception.tradeoff)`.

    Parameters
    ----------
    p_x, distortion, divergence, max_slopes, normalise : as in
        `solve_perception_distortion`
    target : D, not below the least distortion that the least P allows
    perceptions : (k,) P, each at least 0, in any order
    gap : nats of rate within which to certify each point

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Source: Blau and Michaeli, "Rethinking lossy compression: the
    rate-distortion-perception tradeoff" (2019), arXiv:1901.07821.

    Examples
    --------
    A coin that falls heads 30% of the time, one flip in five told wrongly.
    To say heads as often as they fall takes a fifth more than to say them as
    rarely as one likes.

    >>> from rdtheory.sources import bernoulli
    >>> curve = solve_perception_tradeoff(
    ...     bernoulli(0.3), target=0.2, perceptions=[0.0, 0.05, 0.1, 0.15]
    ... )
    >>> [f"{point.rate:.6f}" for point in curve.points]
    ['0.132829', '0.120227', '0.112335', '0.110462']
    >>> bool(curve.rate(0.02).width < 3e-3)
    True
    """
    limits = np.unique([check_limit(limit, divergence)[0] for limit in perceptions])
    if limits.size == 0:
        raise ValueError("perceptions must be at least one number, got none")
    target, points = check_number("target distortion", target), []
    for limit in limits.tolist():
        problem = prepare(p_x, distortion, limit, divergence)
        at = problem.surplus_of(target)
        points.append(at_target(problem, at, "distortion", gap, max_slopes))
    converged = all(point.converged for point in points)
    found = PerceptionTradeoff(target, limits, tuple(points), 0.0, converged)
    fine = np.unique(
        np.concatenate([np.linspace(a, b, 33) for a, b in pairwise(limits)] or [limits])
    )
    width = float(found.rate(fine).width.max())
    return replace(found, width=width)
