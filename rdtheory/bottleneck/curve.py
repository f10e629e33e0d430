r"""The information curve: the greatest I(T; Y) of codes of each rate I(X; T), and what is certain.

F(R) = max I(T; Y) under I(X; T) <= R is concave. Time-sharing between two codes, said by a part of
T, reaches the chord between them; a lower bound on the value at a slope beta is a line that no code
is above,

    I(T; Y) <= H(Y) - bound + beta I(X; T),

and data processing adds I(T; Y) <= I(X; Y) and I(T; Y) <= eta I(X; T).

Sources: Witsenhausen and Wyner, "A conditional entropy bound for a pair of discrete random
variables" (1975), theorems 2.3 and 2.5, for concavity; Tishby, Pereira, Bialek (1999), section 3.3.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rdtheory.bottleneck.bottleneck import helped, searched
from rdtheory.bottleneck.critical import enclosed_first_beta, local_beta
from rdtheory.bottleneck.point import Bottleneck
from rdtheory.bottleneck.pool import Pool
from rdtheory.bottleneck.problem import Problem
from rdtheory.checks import Array, check_count
from rdtheory.shown import ShownCurve, few
from rdtheory.solver.curve import Enclosed
from rdtheory.units import in_units

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FALL = 1.5
"""Slopes are spaced evenly in their power 1 / FALL, and so denser near 0, where codes are many."""

STEEPEST = 0.995
"""Of the first critical slope, at which the first code that keeps something is looked for."""

SPLITS, ROUNDS, INSIDE = 12, 3, 3
"""Places where codes split that are looked at more closely, how often, and by how many slopes."""

ROUNDED = 1e-12
"""Nats that a relevance may be above what is reached by rounding."""

MORE = SPLITS * ROUNDS * INSIDE
"""Points that a curve has besides those at the slopes that were asked for, at most."""


@dataclass(frozen=True, eq=False)
class Split:
    """Where the best code found comes to have more values as the slope falls.

    Parameters
    ----------
    low, high : slopes between which that is; at `high` T has `few` values, at
        `low` it has `many`
    few, many : numbers of values

    Examples
    --------
    >>> joint = [[0.4, 0.1], [0.1, 0.4]]
    >>> curve = information_curve(joint, slopes=4, starts=1)
    >>> [(split.few, split.many) for split in curve.splits]
    [(1, 2)]
    """

    low: float
    high: float
    few: int
    many: int


@dataclass(frozen=True, eq=False, repr=False)
class InformationCurve(ShownCurve):
    """Codes of all rates, and bounds that no code exceeds; informations in nats.

    Parameters
    ----------
    points : by rising rate, the first keeps nothing, the last all
    width : the largest I(T; Y) that is left open at any rate
    information, entropy : I(X; Y) and H(Y)
    contraction : eta, which I(T; Y) / I(X; T) never exceeds
    critical : below it (`critical_beta`) the code that keeps nothing is no
        local minimum
    first : two slopes between which keeping nothing stops being the best
        (`first_beta`)
    splits : by falling slope
    converged : whether every code stands still within the tolerance
    others : rates and relevances of other codes that are known, as of maps of X

    Examples
    --------
    >>> joint = [[0.4, 0.1], [0.1, 0.4]]
    >>> curve = information_curve(joint, slopes=4, starts=1)
    >>> found = curve.relevance(0.3)
    >>> bool(found.lower <= found.value <= found.upper)
    True
    >>> curve.plot(units="bits").get_xlabel()
    'rate I(X;T)  (bits)'
    """

    points: tuple[Bottleneck, ...]
    width: float
    information: float
    entropy: float
    contraction: float
    critical: float
    first: tuple[float, float]
    splits: tuple[Split, ...]
    converged: bool = True
    others: tuple[tuple[float, float], ...] = ()

    def lower(self, rate: npt.ArrayLike) -> Array:
        """Return the relevance that the codes reach at a rate, by taking turns.

        Where no code has that rate, two share the time. Beyond the last code
        nothing more is reached, and below rate 0 nothing: -inf.
        """
        return np.interp(_numbers(rate), *self._hull, left=-np.inf)

    def upper(self, rate: npt.ArrayLike) -> Array:
        """Return the relevance that no code of a rate exceeds; -inf below rate 0."""
        rate = _numbers(rate)
        found = np.minimum(self.contraction * rate, self.information)
        for height, slope in self._lines:
            found = np.minimum(found, height + slope * rate)
        return np.where(rate < 0.0, -np.inf, found)

    def relevance(self, rate: npt.ArrayLike, *, units: str = "nats") -> Enclosed:
        """Return I(T; Y) at rates: what is reached, and bounds on the greatest."""
        factor = in_units(units)
        rate = _numbers(rate) / factor
        lower, upper = self.lower(rate), self.upper(rate)
        return Enclosed(factor * lower, factor * lower, factor * np.maximum(lower, upper))

    def rate(self, relevance: npt.ArrayLike, *, units: str = "nats") -> Enclosed:
        """Return I(X; T) for relevances: what is reached, and bounds on the least.

        Above I(X; Y), which no code reaches, it is inf.
        """
        factor = in_units(units)
        asked = _numbers(relevance) / factor
        rates, relevances = self._hull
        for most in (self.information, relevances[-1]):  # what is rounded above it counts as it
            asked = np.where((asked > most) & (asked <= most + ROUNDED), most, asked)
        reached = np.interp(asked, relevances, rates, right=np.inf)
        least = asked / self.contraction if self.contraction > 0.0 else 0.0 * asked
        for height, slope in self._lines:
            if slope > 0.0:
                least = np.maximum(least, (asked - height) / slope)
        least = np.where(asked > self.information, np.inf, np.maximum(least, 0.0))
        reached = np.where(asked > self.information, np.inf, np.maximum(reached, least))
        return Enclosed(factor * reached, factor * least, factor * reached)

    def plot(self, ax: "Axes | None" = None, *, units: str = "nats") -> "Axes":
        """Draw the curve and what bounds it; return the axes.

        They are those of the information plane.
        """
        from rdtheory.bottleneck.picture import draw_plane

        return draw_plane(self, ax, units=units)

    @property
    def _hull(self) -> tuple[Array, Array]:
        """Rates and relevances of the codes that no time-sharing between others is above."""
        found: list[tuple[float, float]] = [(0.0, 0.0)]
        for rate, relevance in sorted(
            [*((p.rate, p.relevance) for p in self.points), *self.others]
        ):
            if relevance <= found[-1][1]:
                continue
            while len(found) > 1 and _left(found[-2], found[-1], (rate, relevance)):
                found.pop()
            if rate > found[-1][0]:
                found.append((rate, relevance))
        rates, relevances = np.array(found).T
        return rates, relevances

    @property
    def _lines(self) -> list[tuple[float, float]]:
        """Height and slope of the lines that no code is above."""
        return [(self.entropy - p.bound, p.beta) for p in self.points if p.alpha == 1.0]

    def _cells(self, units: str, most: int) -> tuple[list[str], list[list[str]]]:
        factor = in_units(units)
        header = ["beta", f"I(X;T) ({units})", f"I(T;Y) ({units})", f"gap ({units})", "codes"]
        rows = [
            [f"{p.beta:.6g}", f"{factor * p.rate:.6g}", f"{factor * p.relevance:.6g}",
             f"{factor * p.gap:.1e}", str(p.codes)]
            for p in few(self.points, most)
        ]  # fmt: skip
        return header, rows

    def _title(self) -> str:
        return f"InformationCurve: {self._counted}, {self._known('nats')}"


def information_curve(
    joint: npt.ArrayLike,
    *,
    slopes: int = 40,
    codes: int | None = None,
    starts: int = 8,
    seed: int = 0,
    tolerance: float = 1e-6,
    max_iterations: int = 20_000,
    normalise: bool = False,
    progress: Callable[[float], None] | None = None,
) -> InformationCurve:
    r"""Look for the best codes at all slopes, and enclose the curve.

    The slopes go from the first critical one down to 0. Where codes split, more
    slopes are solved.

    Sources: Witsenhausen and Wyner, "A conditional entropy bound for a pair of
    discrete random variables" (1975), theorems 2.3 and 2.5; Tishby, Pereira and
    Bialek (1999), arXiv:physics/0004057, section 3.3.

    Parameters
    ----------
    joint, codes, starts, seed, tolerance, max_iterations, normalise : as in
        `bottleneck`
    slopes : how many at first, at least 2
    progress : called with the share of the work newly done

    Raises
    ------
    ValueError
        where `joint` is no distribution or a number is out of its range.

    Examples
    --------
    A fair bit that is misread once in ten times. By Mrs. Gerber's lemma a code
    that leaves h(v) of the bit leaves h(v * 0.1) of what is read.

    >>> curve = information_curve([[0.45, 0.05], [0.05, 0.45]], slopes=12)
    >>> round(curve.first[1], 5), curve.splits[0].many, curve.width < 1e-2
    (0.64, 2, True)
    >>> bool(curve.relevance(curve.points[5].rate).width < 1e-6)
    True
    """
    problem = Problem(joint, codes, tolerance, max_iterations, normalise=normalise)
    count = check_count("slopes", slopes, low=2)
    starts, seed = check_count("starts", starts), check_count("seed", seed, low=0)
    first = enclosed_first_beta(problem)
    top = min(1.0, first[1])
    shares = np.linspace(0.0, STEEPEST ** (1.0 / FALL), count) ** FALL
    given = problem.starts(starts, seed)
    grid = sorted({float(top * share) for share in shares} | {top})
    pools = searched(
        problem, grid, given, seed, alone=False,
        progress=lambda share: progress and progress(0.6 * share),
    )  # fmt: skip
    helped(pools)
    for _ in range(ROUNDS):
        pools = _refined(pools, problem, given, seed)
        if progress:
            progress(0.3 / ROUNDS)
    points = [pool.result(warn=False) for pool in pools][::-1]
    moving = sum(not point.converged for point in points)
    if moving:
        warnings.warn(
            f"{moving} of {len(points)} codes still move after max_iterations={max_iterations}: "
            "raise max_iterations or tolerance", RuntimeWarning, stacklevel=2,
        )  # fmt: skip
    if progress:
        progress(0.1)
    points.sort(key=lambda point: (point.rate, -point.beta))
    kept = [point.beta for point in points if point.value < problem.entropy_y]
    first = max([first[0], *kept]), first[1]
    curve = InformationCurve(
        tuple(points), 0.0, problem.information, problem.entropy_y, problem.contraction,
        local_beta(problem), first, _splits(points), all(point.converged for point in points),
    )  # fmt: skip
    return InformationCurve(**{**vars(curve), "width": _width(curve)})


def _refined(pools: list[Pool], problem: Problem, given: Array, seed: int) -> list[Pool]:
    """Return pools by rising slope, with more of them where codes come to be more."""
    counts = [pool.codes for pool in pools]
    most = np.maximum.accumulate(counts[::-1])[::-1]
    more: list[Pool] = []
    for k in np.flatnonzero(most[:-1] > most[1:])[-SPLITS:]:
        low, high = pools[k], pools[k + 1]
        for share in np.arange(1, INSIDE + 1) / (INSIDE + 1):
            pool = Pool(problem, float(low.beta + share * (high.beta - low.beta)))
            pool.search(given[:1], seed, alone=False)
            pool.values = np.full(len(given), pool.values[0])
            pool.descend(np.array([low.best, high.best]))
            more.append(pool)
    found = sorted([*pools, *more], key=lambda pool: pool.beta)
    if more:
        helped(found)
    return found


def _splits(points: list[Bottleneck]) -> tuple[Split, ...]:
    """Return where codes come to be more as the slope falls."""
    by_slope = sorted(points, key=lambda point: -point.beta)
    found, last = [], by_slope[0]
    most = last.codes
    for point in by_slope[1:]:
        if point.codes > most:
            found.append(Split(point.beta, last.beta, most, point.codes))
            most = point.codes
        last = point
    return tuple(found)


def _width(curve: InformationCurve) -> float:
    """Return the largest distance of the bounds: where lines cross, or codes are."""
    lines = sorted(
        [*curve._lines, (0.0, curve.contraction), (curve.information, 0.0)],
        key=lambda line: line[1],
    )  # fmt: skip
    heights, slopes = np.array(lines).T
    steps = np.diff(slopes)
    crossed = (heights[:-1] - heights[1:])[steps > 0.0] / steps[steps > 0.0]
    last = max(point.rate for point in curve.points)
    rates = np.concatenate([np.linspace(0.0, last, 2001), crossed, curve._hull[0]])
    rates = rates[(rates >= 0.0) & (rates <= last)]
    return float(max(0.0, (curve.upper(rates) - curve.lower(rates)).max()))


def _left(one: tuple[float, float], other: tuple[float, float], last: tuple[float, float]) -> bool:
    """Whether the chord from one to the last is above the other."""
    rise = (last[1] - one[1]) * (other[0] - one[0])
    return rise >= (other[1] - one[1]) * (last[0] - one[0])


def _numbers(value: npt.ArrayLike) -> Array:
    return np.asarray(value, dtype=np.float64)
