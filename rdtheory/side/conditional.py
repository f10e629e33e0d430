r"""Conditional rate-distortion: side information y at both ends, certified.

Encoder and decoder both see y, where X, Y have the joint law p(x, y). Then

    R(D) = min over q(m|x, y) of  I(X; M|Y)  with  E d(X, M) <= D,

and at a slope beta the problem falls apart into one for every y,

    L(beta) = min of  E d + beta I(X; M|Y) = sum_y p(y) min over q(.|., y) of
              E[d | y] + beta I(X; M | Y = y),

each an ordinary rate-distortion problem of the source p(x|y), certified by `rdtheory.solver`: what
the bounds of all y prove, weighed by p(y), no pair of encoder and decoder is below. The rates of
the y differ, their slopes do not: the budget is spent where it buys most.

No code whose encoder does not see y has less, so this is a lower bound of Wyner-Ziv's problem
(`rdtheory.side.wyner_ziv`); for Gaussians both are equal.

Two values of y, and what the bounds of their two problems prove together:

>>> from rdtheory import certify
>>> joint, errors, beta = np.array([[0.4, 0.1], [0.1, 0.4]]), [[0, 1], [1, 0]], 0.5
>>> point = solve_conditional(joint, errors, beta)
>>> guesses = ([0.9, 0.1], [0.2, 0.8])  # of how often each output is used, for each y
>>> bound = sum(p.sum() * certify(p / p.sum(), errors, beta, guess).bound
...             for p, guess in zip(joint.T, guesses))
>>> bool(bound <= point.value), point.value - point.bound < 1e-9
(True, True)

Sources: Gray, "Conditional rate-distortion theory" (1972); Berger, *Rate Distortion Theory* (1971),
section 6.1.1.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array, check_beta, check_count, check_number
from rdtheory.side.curve import SlopeCurve, traced
from rdtheory.side.problem import Given, find_target, inner_gap, warn_of
from rdtheory.side.targets import Between
from rdtheory.solver.point import SlopePoint
from rdtheory.solver.rounding import RESOLUTION
from rdtheory.solver.slope import GAP, Problem, RDPoint, check_gap, prepare
from rdtheory.solver.trace import check_width

WHY = "raise max_slopes, or float64 tells no more apart"


@dataclass(frozen=True, eq=False, repr=False)
class ConditionalPoint(SlopePoint):
    r"""A certified point of a conditional rate-distortion curve.

    Parameters
    ----------
    beta : slope -dD/dR; 0 at the least distortion, inf at rate 0
    rate : I(X; M|Y) in nats
    distortion : D
    gap : nats by which R + D / beta is at most above the optimum; of a target,
        by which R is
    rates, distortions : (k,) I(X; M | Y = y) and E[d | y]; 0 where y has no
        mass
    channels : (k, n, m) q(m|x, y), rows sum to one; a y of no mass has each
        letter's nearest output
    converged : whether the gap is what was asked
    note : of a target beyond an end of the curve, that the end is the answer;
        of a gap that is not met, why; else empty
    off : what float64 may have rounded off D

    Examples
    --------
    >>> joint, hamming = [[0.4, 0.1], [0.1, 0.4]], [[0, 1], [1, 0]]
    >>> point = solve_conditional(joint, hamming, 0.5)
    >>> point.channels.shape, point.rates.round(4).tolist()
    ((2, 2, 2), [0.1351, 0.1351])
    """

    beta: float
    rate: float
    distortion: float
    gap: float
    rates: Array
    distortions: Array
    channels: Array
    converged: bool
    note: str = ""
    off: float = 0.0

    def _made_of(self) -> dict[str, Any]:
        return {"side values": self.rates.size}


def solve_conditional(
    joint: npt.ArrayLike,
    distortion: npt.ArrayLike,
    beta: float,
    *,
    gap: float = GAP,
    normalise: bool = False,
) -> ConditionalPoint:
    r"""Minimise E d + beta I(X; M|Y) over all channels q(m|x, y), and certify it.

    The problem, its dual and why that certifies:
    `help(rdtheory.side.conditional)`.

    Source: Berger, *Rate Distortion Theory* (1971), section 6.1.1.

    Parameters
    ----------
    joint : (n, k) p(x, y): rows are what is described, columns what both ends
        see; or a whole `rdtheory.sources.joints.Joint`
    distortion : (n, m) table of x and its reproductions, where +inf forbids a
        pair
    beta : slope, positive, in distortion units per nat (textbooks' s is
        1 / beta)
    gap : nats of R + D / beta within which to certify the optimum
    normalise : whether `joint` may be counts, which are divided by their sum

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    A fair bit, of which both ends have a copy that is wrong one time in four,
    Hamming distortion: given y the bit is a coin that falls on its other side
    one time in four, R(D) = h(0.25) - h(D).

    >>> from rdtheory import binary_entropy
    >>> joint, hamming = [[0.375, 0.125], [0.125, 0.375]], [[0, 1], [1, 0]]
    >>> point = solve_conditional(joint, hamming, 0.5)
    >>> form = binary_entropy(0.25) - binary_entropy(point.distortion)
    >>> f"R = {point.rate:.6f}, D = {point.distortion:.6f}"
    'R = 0.197001, D = 0.119203'
    >>> abs(form - point.rate) < 1e-9
    True
    """
    problem = Conditional(Given.of(joint, distortion, normalise=normalise))
    beta, gap = check_beta(beta), check_gap(gap)
    point = problem.lifted(problem.solve(beta, gap=gap), gap)
    warn_of(point.gap, gap, WHY)
    return point


def solve_conditional_rate(
    joint: npt.ArrayLike,
    distortion: npt.ArrayLike,
    rate: float,
    *,
    gap: float = GAP,
    max_slopes: int = 100,
    normalise: bool = False,
) -> ConditionalPoint:
    r"""Minimise E d over channels with I(X; M|Y) <= rate, and certify it.

    Parameters
    ----------
    joint, distortion, normalise : as in `solve_conditional`
    rate : nats, at least 0
    gap : nats of rate within which to certify the point
    max_slopes : cap on the slopes that are solved

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    >>> joint, hamming = [[0.375, 0.125], [0.125, 0.375]], [[0, 1], [1, 0]]
    >>> point = solve_conditional_rate(joint, hamming, 0.2)
    >>> f"R = {point.rate:.6f}, D = {point.distortion:.6f}, {point.gap <= 1e-9}"
    'R = 0.200000, D = 0.117709, True'
    """
    rate = check_number("rate", rate, low=0.0)
    return _at(Given.of(joint, distortion, normalise=normalise), rate, "rate", gap, max_slopes)


def solve_conditional_distortion(
    joint: npt.ArrayLike,
    distortion: npt.ArrayLike,
    target: float,
    *,
    gap: float = GAP,
    max_slopes: int = 100,
    normalise: bool = False,
) -> ConditionalPoint:
    r"""Minimise I(X; M|Y) with E d <= target, and certify it: R(D) itself.

    Parameters, errors: as in `solve_conditional_rate`; `target` must not be
    below the least distortion E min_m d(x, m). One above that of rate 0 is met
    by rate 0, and the point's `note` says so.

    Examples
    --------
    >>> from rdtheory import binary_entropy
    >>> joint, hamming = [[0.45, 0.05], [0.05, 0.45]], [[0, 1], [1, 0]]
    >>> point = solve_conditional_distortion(joint, hamming, 0.05)
    >>> form = binary_entropy(0.1) - binary_entropy(0.05)
    >>> f"{point.rate:.6f} {form:.6f} {point.gap <= 1e-9}"
    '0.126568 0.126568 True'
    """
    given = Given.of(joint, distortion, normalise=normalise)
    return _at(given, given.target(target), "distortion", gap, max_slopes)


def solve_conditional_curve(
    joint: npt.ArrayLike,
    distortion: npt.ArrayLike,
    *,
    width: float | None = None,
    gap: float = GAP,
    max_points: int = 500,
    normalise: bool = False,
    progress: Callable[[float], None] | None = None,
) -> SlopeCurve[ConditionalPoint]:
    r"""Trace the whole curve until it is known within `width` everywhere.

    Parameters
    ----------
    joint, distortion, normalise : as in `solve_conditional`
    width : distortion between the two bounds at most; None for 1e-3 of the
        curve's height
    gap : nats within which to certify every point
    max_points : cap on the points
    progress : called with the share of the work newly done, judged by the width
        so far

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    >>> from rdtheory import binary_entropy
    >>> joint, hamming = [[0.45, 0.05], [0.05, 0.45]], [[0, 1], [1, 0]]
    >>> curve = solve_conditional_curve(joint, hamming)
    >>> found = curve.rate(0.05)
    >>> form = binary_entropy(0.1) - binary_entropy(0.05)
    >>> bool(found.lower <= form <= found.upper), curve.converged
    (True, True)
    """
    gap, width = check_gap(gap), check_width(width)
    max_points = check_count("max_points", max_points)
    problem = Conditional(Given.of(joint, distortion, normalise=normalise))
    return traced(
        problem.given, problem.ends(gap), lambda beta, fine: problem.solve(beta, gap=fine),
        partial(problem.lifted, asked=gap), width=width, gap=gap, max_points=max_points, why=WHY,
        progress=progress,
    )  # fmt: skip


def _at(given: Given, target: float, axis: str, gap: float, most: int) -> ConditionalPoint:
    gap, most = check_gap(gap), check_count("max_slopes", most)
    problem, inner = Conditional(given), inner_gap(gap)

    def solve(beta: float) -> ConditionalPoint:
        return problem.solve(beta, gap=inner)

    found, note = find_target(problem.ends(inner), target, axis, solve, gap - RESOLUTION, most)
    point = problem.mixed(found, note, gap)
    warn_of(point.gap, gap, WHY)
    return point


class Conditional:
    """A checked problem, whose points are in surplus over the least distortion until `lifted`."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.p_y = given.joint.sum(axis=0)

    @cached_property
    def problems(self) -> list[tuple[int, Problem]]:
        """Each y of mass, and the problem of p(x|y)."""
        with np.errstate(invalid="ignore"):
            table = np.where(np.isnan(self.given.surplus), np.inf, self.given.surplus)
        return [
            (y, prepare(self.given.joint[:, y] / mass, table))
            for y, mass in enumerate(self.p_y) if mass > 0.0
        ]  # fmt: skip

    def solve(self, beta: float, *, gap: float) -> ConditionalPoint:
        """Solve at a slope, y by y."""
        points = [problem.solve(beta, gap=gap) for _, problem in self.problems]
        return self._together(beta, points, gap)

    def ends(self, gap: float) -> tuple[ConditionalPoint, ConditionalPoint]:
        """Return the point of least rate, and that of least distortion.

        Where forbidden pairs ask some y for some rate, that y's point is at a finite slope, and so
        is then the whole one, the largest of them.
        """
        left = [problem.at_least_rate(gap=gap) for _, problem in self.problems]
        right = [problem.at_least_distortion(gap=gap) for _, problem in self.problems]
        finite = [point.beta for point in left if math.isfinite(point.beta)]
        if finite and max(finite) > 0.0:
            first = self.solve(max(finite), gap=gap)
        else:
            first = self._together(math.inf, left, gap)
        return first, self._together(0.0, right, gap)

    def _together(self, beta: float, points: list[RDPoint], asked: float) -> ConditionalPoint:
        """Return the point of all y."""
        k, (n, m) = self.p_y.size, self.given.surplus.shape
        rates, surplus, gaps = np.zeros(k), np.zeros(k), np.zeros(k)
        channels = np.zeros((k, n, m))
        channels[:, np.arange(n), self.given.distortion.argmin(axis=1)] = 1.0
        for (y, problem), point in zip(self.problems, points, strict=True):
            rates[y], gaps[y] = point.rate, point.gap
            surplus[y] = problem.with_base(point.distortion)[0]
            channels[y] = replace(point, given=problem.given).channel
        gap = float(self.p_y @ gaps)
        return ConditionalPoint(
            beta=beta, rate=float(self.p_y @ rates), distortion=float(self.p_y @ surplus), gap=gap,
            rates=rates, distortions=surplus, channels=channels, converged=gap <= asked,
        )  # fmt: skip

    def mixed(self, found: Between[ConditionalPoint], note: str, gap: float) -> ConditionalPoint:
        """Return the point of a target, with the least distortion added."""
        if found.end is not None:
            return self.lifted(replace(found.end, note=note), gap)
        left, right = found.left, found.right

        def both(name: str) -> Array:
            one, other = getattr(left, name), getattr(right, name)
            return np.asarray((1.0 - found.share) * one + found.share * other)

        point = ConditionalPoint(
            beta=found.beta, rate=found.mixed("rate"), distortion=found.mixed("distortion"),
            gap=found.gap, rates=both("rates"), distortions=both("distortions"),
            channels=both("channels"), converged=True, note=note,
        )  # fmt: skip
        return self.lifted(point, gap)

    def lifted(self, point: ConditionalPoint, asked: float) -> ConditionalPoint:
        """Return a point with the least distortion added, and what that rounds in its gap."""
        used = self.p_y > 0.0
        low = np.where(used, self.given.low @ self.given.joint, 0.0) / np.where(used, self.p_y, 1.0)
        found = self.given.in_full(point, asked, WHY)
        return replace(found, distortions=point.distortions + low)
