r"""Exact rate-distortion at one slope, and at the two ends of a curve, certified.

The problem is that of `certificate`, min E d + beta I(X; Y); the method is Newton's, in the output
marginal, of `newton`, on the kernels of `gibbs`.
"""

import math
import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from rdtheory.checks import (
    Array,
    check_beta,
    check_count,
    check_distortion,
    check_number,
    check_pmf,
    check_same_labels,
    names_of,
    told_apart,
)
from rdtheory.shown import Text
from rdtheory.solver.door import SourceLike, door, unpacked
from rdtheory.solver.gibbs import CoordinateProblem, Coordinates, Indices, Kernel, TableProblem
from rdtheory.solver.given import Given
from rdtheory.solver.newton import best_marginal
from rdtheory.solver.point import SlopePoint
from rdtheory.solver.rounding import least_distortion, nats_off
from rdtheory.solver.surplus import InSurplus

GAP = 1e-9
"""Default gap, in nats. Rounding is about 1e-15, so do not ask for less than 1e-13."""


@dataclass(frozen=True, eq=False, repr=False)
class RDPoint(SlopePoint):
    r"""A certified point of a rate-distortion curve.

    Parameters
    ----------
    beta : slope -dD/dR; 0 at the least distortion, inf at rate 0
    rate : R in nats
    distortion : D
    gap : nats by which R + D / beta is at most above the optimum (at beta = 0,
        by which R is), with all that rounding may have done to R and D
    marginal : (m,) the output marginal r(y)
    iterations : Newton and Blahut-Arimoto steps together
    converged : whether the gap is what was asked
    segment : rates of the ends of the straight piece that a target lies on;
        None where the curve bends, and for points at a slope
    note : of a target beyond an end of the curve, that the end is the answer;
        of a gap that is not met, why; else empty
    off : what float64 may have rounded off D and D + beta R where the least
        distortion is not 0
    parts : share, slope and (m,) marginal of points mixed into this one, if any
    given : the problem, for the channel; None of a point read from a file

    Examples
    --------
    >>> point = solve_slope([0.7, 0.3], [[0, 1], [1, 0]], 0.5)
    >>> f"{point.rate:.4f} nats, {point.bits:.4f} bits"
    '0.2455 nats, 0.3542 bits'
    >>> point.value - point.bound <= 0.5 * 1e-9, point.channel.shape
    (True, (2, 2))
    """

    beta: float
    rate: float
    distortion: float
    gap: float
    marginal: Array
    iterations: int
    converged: bool
    segment: tuple[float, float] | None = None
    note: str = ""
    off: float = 0.0
    parts: tuple[tuple[float, float, Array], ...] = ()
    given: Given | None = None

    def _made_of(self) -> dict[str, Any]:
        return {"outputs": Text(f"{self.support.size} of {self.marginal.size}")}

    @property
    def support(self) -> Indices:
        """Outputs that carry mass."""
        return np.flatnonzero(self.marginal)

    @cached_property
    def support_channel(self) -> Array:
        """q(y|x) of the outputs in `support` alone, (n, k); rows sum to one.

        Its E d is `distortion`, and its I(X; Y) is between `rate` - `gap` and
        `rate`.
        """
        if self.given is None:
            raise ValueError("channel must be of a point with its problem, got one without it")
        rows = np.zeros((self.given.p_x.size, self.support.size))
        for share, beta, marginal in self.parts or ((1.0, self.beta, self.marginal),):
            inside = marginal[self.support] > 0.0
            used = self.support[inside]
            if share > 0.0:
                rows[:, inside] += share * self.given.channel(beta, used, marginal[used])
        return rows

    @cached_property
    def channel(self) -> Array:
        """q(y|x), (n, m), rows sum to one.

        Of `Coordinates`, that have no table, as for `support`. A letter of no
        mass that no output in use may describe gets the marginal.

        Examples
        --------
        >>> point = solve_slope([0.5, 0.5], [[0, 1], [1, 0]], 1 / math.log(9))
        >>> point.channel.round(6).tolist()
        [[0.9, 0.1], [0.1, 0.9]]
        """
        if self.given is None or isinstance(self.given.distortion, Coordinates):
            return self.support_channel
        rows = np.zeros((self.given.p_x.size, self.marginal.size))
        rows[:, self.support] = self.support_channel
        return rows


@door
def solve_slope(
    p_x: npt.ArrayLike | SourceLike,
    distortion: npt.ArrayLike | Coordinates | None,
    beta: float,
    *,
    gap: float = GAP,
    max_iterations: int = 400,
) -> RDPoint:
    r"""Minimise E d + beta I(X; Y) over all channels q(y|x), and certify it.

    Sources: Blahut (1972), doi:10.1109/TIT.1972.1054855, theorem 6, for the
    problem at a slope; Csiszar (1974), doi:10.1109/TIT.1974.1055146, equation
    9, for the bound.

    Parameters
    ----------
    p_x : (n,) source, or a whole `Source`, which stands for the distortion, too
    distortion : (n, m) table, where +inf forbids a pair, or `Coordinates`,
        which need no table
    beta : slope, positive, in distortion units per nat (textbooks' s is
        1 / beta)
    gap : nats of R + D / beta within which to certify the optimum
    max_iterations : cap on Newton and Blahut-Arimoto steps together
    normalise : whether `p_x` may be counts, which are divided by their sum

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    A coin that falls heads 30% of the time, under Hamming distortion: R(D) =
    h(0.3) - h(D).

    >>> from rdtheory.sources.textbook import bernoulli
    >>> coin = bernoulli(0.3)
    >>> point = solve_slope(coin, beta=0.5)
    >>> f"R = {point.rate:.6f}, D = {point.distortion:.6f}, {point.gap <= 1e-9}"
    'R = 0.245530, D = 0.119203, True'
    >>> f"{coin.closed_form(point.distortion):.6f}"
    '0.245530'
    """
    beta = check_beta(beta)
    gap, max_iterations = check_gap(gap), check_count("max_iterations", max_iterations)
    problem = prepare(p_x, distortion)
    point = problem.solve(beta, gap=gap, max_iterations=max_iterations)
    found, why = problem.certified(point, gap, max_iterations)
    if not found.converged:
        warn_of_gap(found.gap, gap, why)
    return found


NO_FINER = "float64 tells no more apart"


def off_by(distortion: float, off: float) -> str:
    """Say that float64 has no nearer number to a distortion, as the reason for a gap."""
    return f"a distortion of {distortion:.6g} is off by {off:.1e}"


def warn_of_gap(found: float, asked: float, why: str) -> None:
    """Warn the caller of a public function that a gap is not met."""
    reached, limit = told_apart(found, asked)
    text = f"gap = {reached} nats is above the asked {limit}: {why}"
    warnings.warn(text, RuntimeWarning, stacklevel=4)  # of a function behind a door


def check_gap(gap: float) -> float:
    """Return `gap` as a positive number of nats."""
    return check_number("gap", gap, low=1e-15)


@dataclass(frozen=True, eq=False)
class Problem(InSurplus):
    """A checked problem, for solving at many slopes: letters of mass, and their distortion.

    Its points are in surplus: their distortion is E d - `base`. `lifted` adds the base for those
    who asked.
    """

    p: Array
    costs: TableProblem | CoordinateProblem
    given: Given | None = None

    @cached_property
    def _least(self) -> tuple[np.longdouble, float]:
        return least_distortion(self.p, self.costs.low)

    @cached_property
    def constant(self) -> RDPoint:
        """The best constant output; its distortion is inf where forbidden pairs leave none."""
        mean = self.costs.mean(self.p)
        marginal = np.zeros(mean.size)
        marginal[mean.argmin()] = 1.0
        return RDPoint(math.inf, 0.0, float(mean.min()), 0.0, marginal, 0, True)

    def lifted(self, point: RDPoint, asked: float, rounded: float, why: str = NO_FINER) -> RDPoint:
        """Return a point in E d itself, with so many nats more in its gap.

        Where that is above the asked one, `why` is in its note.
        """
        return replace(self.in_full(point, asked, why, rounded), given=self.given)

    def certified(self, point: RDPoint, asked: float, most: int) -> tuple[RDPoint, str]:
        """Return a solved point `lifted`, and why its gap is more than asked, where it is.

        It had `most` iterations.
        """
        off = self.with_base(point.distortion)[1]
        if point.gap <= asked:
            why = off_by(self.base + point.distortion, off)
        else:
            why = "raise max_iterations" if point.iterations + 2 > most else NO_FINER
        return self.lifted(point, asked, off / point.beta, why), why

    def solve(
        self, beta: float, *, gap: float, max_iterations: int = 400, start: Array | None = None
    ) -> RDPoint:
        """Solve at one slope, see `solve_slope`; `start` is a marginal to begin at."""
        kernel = self.costs.kernel(beta)
        marginal, found, iterations = best_marginal(
            kernel, self.p, gap=gap, max_iterations=max_iterations, start=start
        )
        nats, surplus = self._channel(kernel, marginal)
        off = nats_off(self.p.size, nats)
        found += 2.0 * off
        cheapest = self.constant.distortion / beta
        rate = max(0.0, nats - surplus / beta) + off  # so that a channel surely has it
        if cheapest <= nats + off:  # a gap in nats allows D to be beta times as far off
            found = max(0.0, found + cheapest - nats)
            marginal, rate, surplus = self.constant.marginal, 0.0, self.constant.distortion
        return RDPoint(
            beta=beta,
            rate=rate,
            distortion=surplus,
            gap=found,
            marginal=marginal,
            iterations=iterations,
            converged=found <= gap,
        )

    def at_least_rate(self, *, gap: float) -> RDPoint:
        """Return the point of least distortion among those of least rate, most often rate 0.

        Where forbidden pairs leave no output that serves all letters some rate is needed; the point
        is then that of a slope so large that its rate is within the gap of the least.
        """
        if math.isfinite(self.constant.distortion):
            return self.constant
        kernel = self.costs.kernel(math.inf)
        marginal, found, iterations = best_marginal(kernel, self.p, gap=gap, max_iterations=400)
        least, beta = self._channel(kernel, marginal)  # its D is a slope of the table's scale
        if beta == 0.0:
            return self._at_no_surplus(math.inf, least, found, marginal, iterations, gap)
        while (point := self.solve(beta, gap=gap)).rate > least + gap and beta < math.inf:
            beta *= 8.0  # ends where D <= beta gap
        return point

    def at_least_distortion(self, *, gap: float, max_iterations: int = 400) -> RDPoint:
        """Return the point of least rate among those of least distortion."""
        kernel = self.costs.kernel(0.0)
        marginal, found, iterations = best_marginal(
            kernel, self.p, gap=gap, max_iterations=max_iterations
        )
        nats, _ = self._channel(kernel, marginal)
        return self._at_no_surplus(0.0, nats, found, marginal, iterations, gap)

    def _at_no_surplus(
        self, beta: float, nats: float, found: float, marginal: Array, iterations: int, gap: float
    ) -> RDPoint:
        """Return an end of the curve at the least distortion."""
        off = nats_off(self.p.size, nats)
        rate = max(0.0, nats) + off if self.constant.distortion > 0.0 else 0.0
        found += 2.0 * off
        return RDPoint(beta, rate, 0.0, found, marginal, iterations, found <= gap)

    def _channel(self, kernel: Kernel, marginal: Array) -> tuple[float, float]:
        """Return F(r) and the surplus of the channel q(y|x) ~ r(y) A(x, y)."""
        support = np.flatnonzero(marginal)
        rows, weights = kernel.rows(support), marginal[support]
        q = weights @ rows
        used = np.where(rows > 0.0, kernel.excess(support), 0.0)
        return -float(self.p @ np.log(q)), float(weights @ (rows * used) @ (self.p / q))


def between(left: RDPoint, right: RDPoint, beta: float) -> Array | None:
    """Return a marginal to begin at for a slope between those of two points.

    Masses change smoothly with the logarithm of the slope. The ends of a curve have no slope that
    could be nearby; where both are ends there is nothing to begin at.
    """
    solved = [point for point in (left, right) if 0.0 < point.beta < math.inf]
    if len(solved) < 2 or left.beta <= right.beta:
        return solved[0].marginal if solved else None
    share = math.log(left.beta / beta) / math.log(left.beta / right.beta)
    share = min(max(share, 0.0), 1.0)
    return (1.0 - share) * left.marginal + share * right.marginal


def prepare(
    p_x: npt.ArrayLike | SourceLike, distortion: npt.ArrayLike | Coordinates | None = None
) -> Problem:
    """Check a source and its distortion once; letters of no mass are left out."""
    whole, (p_x, distortion) = p_x, unpacked(p_x, distortion)
    check_same_labels(("p_x", p_x, 0), ("distortion", distortion, 0))
    names = (names_of(p_x, 0) or names_of(distortion, 0), names_of(distortion, 1))
    known = (getattr(whole, "closed_form", None), getattr(whole, "exact", False))
    p_x = check_pmf("p_x", p_x)
    used = p_x > 0.0
    if isinstance(distortion, Coordinates):
        if len(distortion.letters) != p_x.size:
            raise ValueError(
                f"letters must have the shape of p_x, {p_x.shape}, got {distortion.letters.shape}"
            )
        kept = Coordinates(distortion.letters[used], distortion.outputs, distortion.measure)
        return Problem(p_x[used], kept.problem(), Given(p_x, distortion, *known, *names))
    table = check_distortion(distortion, p_x)
    massive = table if used.all() else table[used]  # a copy takes as long as some steps
    return Problem(p_x[used], TableProblem.of(massive), Given(p_x, table, *known, *names))
