r"""The rate-distortion problem at a given rate, or a given distortion, certified.

Every solved slope beta gives a point (R, D) that a channel reaches and a line D = bound - beta R
that no channel is below. The target lies between two solved points: time-sharing between them
reaches the chord, and the best of all lines bounds what is possible there. Solving at the slope of
the chord proves a straight piece optimal at once; where the curve bends, every other slope is a
guess at the target's own, and the two ends close in on it.

Source: Cover and Thomas (2006), section 10.3, for time-sharing.
"""

import math
import warnings
from dataclasses import replace

import numpy.typing as npt

from rdtheory.checks import check_count, check_number
from rdtheory.solver.gibbs import Coordinates
from rdtheory.solver.slope import GAP, Problem, RDPoint, check_gap, prepare


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
    >>> from rdtheory.sources.textbook import bernoulli
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
    >>> from rdtheory.sources.textbook import hamming
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
    """Close in on `target`, a rate or a distortion as `axis` says, from both sides."""
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
