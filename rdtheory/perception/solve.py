r"""Rate-distortion-perception at a slope, a rate or a distortion, certified.

The problem, its dual and why that certifies are those of `certificate`; the method is Newton's on
the dual, of `prices`.
"""

import math

import numpy as np
import numpy.typing as npt

from rdtheory.checks import check_beta, check_count, check_number
from rdtheory.perception.certificate import check_limit
from rdtheory.perception.problem import WHY, Perceived, PerceptionPoint, prepare
from rdtheory.side.problem import find_target, inner_gap, warn_of
from rdtheory.solver.door import SourceLike, door
from rdtheory.solver.gibbs import Coordinates
from rdtheory.solver.rounding import RESOLUTION
from rdtheory.solver.slope import GAP, check_gap

SLACK = 1e-9
"""Of the largest surplus, by which a target may be below the least distortion that is found."""

STEEP = 1e-7
"""Least slope, of the largest surplus, at which an end of the curve is looked for."""


@door
def solve_perception(
    p_x: npt.ArrayLike | SourceLike,
    distortion: npt.ArrayLike | Coordinates | None,
    beta: float,
    *,
    perception: float,
    divergence: str = "tv",
    gap: float = GAP,
) -> PerceptionPoint:
    r"""Minimise E d + beta I(X; Y) over channels with Delta(p, r) <= perception, and certify it.

    Parameters
    ----------
    p_x : (n,) source, or a whole `Source`, which stands for the distortion, too
    distortion : (n, n) table, rows x, columns y, the same letters; +inf forbids a pair, but no
        letter itself
    beta : slope, positive, in distortion units per nat (textbooks' s is 1 / beta)
    perception : P, at least 0, of the law r of the outputs; at 0 it is that of the source
    divergence : "tv", half the sum of |p - r|, or "kl", KL(p || r) in nats
    gap : nats of R + D / beta within which to certify the optimum
    normalise : whether `p_x` may be counts, which are divided by their sum

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    A coin that falls heads 30% of the time, under Hamming distortion. Rate-distortion theory says
    heads too rarely, 23.5% of the time; to say it as often as it falls takes more.

    >>> from rdtheory.sources.textbook import bernoulli
    >>> for limit in (1.0, 0.0):
    ...     point = solve_perception(bernoulli(0.3), beta=0.5, perception=limit)
    ...     print(f"{point.marginal[1]:.4f} {point.rate:.4f} {point.distortion:.4f}")
    0.2374 0.2455 0.1192
    0.3000 0.2794 0.1079
    """
    limit, name = check_limit(perception, divergence)
    problem = prepare(p_x, distortion, limit, name)
    beta, gap = check_beta(beta), check_gap(gap)
    point = problem.lifted(problem.solve(beta, gap=gap), gap)
    warn_of(point.gap, gap, WHY)
    return point


@door
def solve_perception_rate(
    p_x: npt.ArrayLike | SourceLike,
    distortion: npt.ArrayLike | Coordinates | None,
    rate: float,
    *,
    perception: float,
    divergence: str = "tv",
    gap: float = GAP,
    max_slopes: int = 100,
) -> PerceptionPoint:
    r"""Minimise E d over channels with I(X; Y) <= rate and Delta(p, r) <= perception; certify it.

    Parameters
    ----------
    p_x, distortion, perception, divergence, normalise : as in `solve_perception`
    rate : nats, at least 0
    gap : nats of rate within which to certify the point
    max_slopes : cap on the slopes that are solved

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    >>> from rdtheory.sources.textbook import bernoulli
    >>> point = solve_perception_rate(bernoulli(0.3), rate=0.25, perception=0.0)
    >>> f"R = {point.rate:.6f}, D = {point.distortion:.6f}, {point.gap <= 1e-9}"
    'R = 0.250000, D = 0.123217, True'
    """
    limit, name = check_limit(perception, divergence)
    rate = check_number("rate", rate, low=0.0)
    problem = prepare(p_x, distortion, limit, name)
    return _at(problem, rate, "rate", gap, max_slopes)


@door
def solve_perception_distortion(
    p_x: npt.ArrayLike | SourceLike,
    distortion: npt.ArrayLike | Coordinates | None,
    target: float,
    *,
    perception: float,
    divergence: str = "tv",
    gap: float = GAP,
    max_slopes: int = 100,
) -> PerceptionPoint:
    r"""Minimise I(X; Y) over channels with E d <= target and Delta(p, r) <= perception: R(D, P).

    Parameters, errors: as in `solve_perception_rate`; `target` must not be below the least
    distortion that the perception allows.

    Examples
    --------
    Of a coin under Hamming distortion, where total variation binds, both are met exactly: of the
    D that are wrong, (D + P) / 2 are heads that are called tails.

    >>> from rdtheory import mutual_information
    >>> from rdtheory.sources.textbook import bernoulli
    >>> point = solve_perception_distortion(bernoulli(0.3), target=0.2, perception=0.05)
    >>> table = [[0.7 - 0.075, 0.075], [0.125, 0.3 - 0.125]]
    >>> f"{point.rate:.9f} {mutual_information(table):.9f} {point.gap <= 1e-9}"
    '0.120227320 0.120227320 True'
    """
    limit, name = check_limit(perception, divergence)
    problem = prepare(p_x, distortion, limit, name)
    check_number("target distortion", target)
    return _at(problem, problem.surplus_of(target), "distortion", gap, max_slopes)


def _at(
    problem: Perceived, target: float, axis: str, gap: float, max_slopes: int
) -> PerceptionPoint:
    """Return the point of a target, whose distortion is in surplus, and warn where it is missed."""
    gap, max_slopes = check_gap(gap), check_count("max_slopes", max_slopes)
    inner = inner_gap(gap)

    def solve(beta: float) -> PerceptionPoint:
        return problem.solve(beta, gap=inner)

    left, right = problem.silent, problem.at_least_distortion(inner)
    finite = problem.surplus[np.isfinite(problem.surplus)]
    largest = max(float(finite.max()), 1e-300)
    beta = largest
    while not math.isfinite(left.distortion) and beta < 1e9 * largest:  # no law serves all letters
        beta *= 8.0
        if (point := solve(beta)).rate <= target or beta >= 1e9 * largest:
            left = point
    beta = largest
    while right is None or (axis == "distortion" and right.distortion > target and right.beta):
        beta /= 8.0
        point = solve(beta)
        right = point if right is None or point.distortion < right.distortion else right
        if (axis == "rate" and right.rate >= target) or beta < STEEP * largest:
            break
    slack = SLACK * (largest + abs(problem.base))
    if axis == "distortion" and target < right.distortion - slack:
        least = problem.base + right.distortion
        asked = problem.base + target
        raise ValueError(
            f"target distortion must be at least the least distortion, {least:.9g}, got {asked:.9g}"
        )
    found, note = find_target((left, right), target, axis, solve, gap - RESOLUTION, max_slopes)
    point = problem.mixed(found, note, gap)
    warn_of(point.gap, gap, "raise max_slopes, or float64 tells no more apart")
    return point
