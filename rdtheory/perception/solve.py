r"""Rate-distortion-perception at a slope, a rate or a distortion, certified.

The problem, its dual and why that certifies are those of `certificate`; the method is Newton's on
the dual, of `prices`.
"""

import math
from collections.abc import Callable
from functools import partial

import numpy.typing as npt

from rdtheory.checks import check_beta, check_count, check_number
from rdtheory.perception.certificate import check_limit
from rdtheory.perception.problem import WHY, Perceived, PerceptionPoint, prepare
from rdtheory.side.curve import SlopeCurve, traced
from rdtheory.side.problem import find_target, inner_gap, warn_of
from rdtheory.solver.door import SourceLike, door
from rdtheory.solver.gibbs import Coordinates
from rdtheory.solver.rounding import RESOLUTION
from rdtheory.solver.slope import GAP, check_gap
from rdtheory.solver.trace import check_width

SLACK = 1e-9
"""Of the largest surplus, by which a target may be below the least distortion that is found."""

STEEP, FLAT = 1e-7, 1e9
"""Least and largest slope, of the largest surplus, at which an end of the curve is looked for."""


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
    r"""Minimise E d + beta I(X; Y) with Delta(p, r) <= perception.

    It is done over all channels, and certified. The problem, its dual and why
    that certifies: `help(rdtheory.perception.certificate)`.

    Source: Blau and Michaeli (2019), arXiv:1901.07821, equation 3.

    Parameters
    ----------
    p_x : (n,) source, or a whole `Source`, which stands for the distortion, too
    distortion : (n, n) table, rows x, columns y, the same letters; +inf forbids
        a pair, but no letter itself
    beta : slope, positive, in distortion units per nat (textbooks' s is
        1 / beta)
    perception : P, at least 0, of the law r of the outputs; at 0 it is that of
        the source
    divergence : "tv", half the sum of |p - r|, or "kl", KL(p || r) in nats
    gap : nats of R + D / beta within which to certify the optimum
    normalise : whether `p_x` may be counts, which are divided by their sum

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    A coin that falls heads 30% of the time, under Hamming distortion.
    Rate-distortion theory says heads too rarely, 23.5% of the time; to say it
    as often as it falls takes more.

    >>> from rdtheory.sources.textbook import bernoulli
    >>> for limit in (1.0, 0.0):
    ...     point = solve_perception(bernoulli(0.3), beta=0.5, perception=limit)
    ...     heads = point.marginal[1]
    ...     print(f"{heads:.4f} {point.rate:.4f} {point.distortion:.4f}")
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
    r"""Minimise E d with I(X; Y) <= rate and Delta(p, r) <= perception.

    It is done over all channels, and certified.

    Source: Blau and Michaeli (2019), arXiv:1901.07821, equation 3.

    Parameters
    ----------
    p_x, distortion, perception, divergence, normalise : as in
        `solve_perception`
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
    return at_target(problem, rate, "rate", gap, max_slopes)


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
    r"""Minimise I(X; Y) with E d <= target and Delta(p, r) <= perception.

    This is R(D, P), over all channels, certified. Parameters, errors: as in
    `solve_perception_rate`; `target` must not be below the least distortion
    that the perception allows.

    Source: Blau and Michaeli (2019), arXiv:1901.07821, equation 3.

    Examples
    --------
    Of a coin under Hamming distortion, where total variation binds, both are
    met exactly: of the D that are wrong, (D + P) / 2 are heads that are called
    tails.

    >>> from rdtheory import mutual_information
    >>> from rdtheory.sources.textbook import bernoulli
    >>> coin = bernoulli(0.3)
    >>> point = solve_perception_distortion(coin, target=0.2, perception=0.05)
    >>> table = [[0.7 - 0.075, 0.075], [0.125, 0.3 - 0.125]]
    >>> f"{point.rate:.9f} {mutual_information(table):.9f} {point.gap <= 1e-9}"
    '0.120227320 0.120227320 True'
    """
    limit, name = check_limit(perception, divergence)
    problem = prepare(p_x, distortion, limit, name)
    check_number("target distortion", target)
    return at_target(problem, problem.surplus_of(target), "distortion", gap, max_slopes)


@door
def solve_perception_curve(
    p_x: npt.ArrayLike | SourceLike,
    distortion: npt.ArrayLike | Coordinates | None = None,
    *,
    perception: float,
    divergence: str = "tv",
    width: float | None = None,
    gap: float = GAP,
) -> SlopeCurve[PerceptionPoint]:
    r"""Trace R(D, P) at a perception P until it is known within `width` for all D.

    Source: Blau and Michaeli (2019), arXiv:1901.07821, equation 3.

    Parameters
    ----------
    p_x, distortion, perception, divergence, normalise : as in
        `solve_perception`
    width : distortion between the two bounds at most; None for 1e-3 of the
        curve's height
    gap : nats within which to certify every point, 500 at most
        (`trace_perception` has any cap)

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    Where nothing is told, a coin is best guessed to fall tails always, and is
    wrong 30% of the time. To look like the coin, the guess must be one, and be
    wrong 2 * 0.3 * 0.7 of the time.

    >>> from rdtheory.sources.textbook import bernoulli
    >>> coin = bernoulli(0.3)
    >>> plain = solve_perception_curve(coin, perception=1.0)
    >>> faithful = solve_perception_curve(coin, perception=0.0)
    >>> f"{plain.upper(0.0):.4f} {faithful.upper(0.0):.4f}"
    '0.3000 0.4200'
    >>> bool(plain.rate(0.2).upper < faithful.rate(0.2).lower)
    True
    """
    return trace_perception(
        p_x, distortion, perception=perception, divergence=divergence, width=width, gap=gap
    )


def trace_perception(
    p_x: npt.ArrayLike | SourceLike,
    distortion: npt.ArrayLike | Coordinates | None = None,
    *,
    perception: float,
    divergence: str = "tv",
    width: float | None = None,
    gap: float = GAP,
    max_points: int = 500,
    progress: Callable[[float], None] | None = None,
) -> SlopeCurve[PerceptionPoint]:
    """Trace R(D, P) as `solve_perception_curve` does, with `max_points` at most.

    `progress` is called with the share of the work newly done, judged by the width so far.
    """
    limit, name = check_limit(perception, divergence)
    problem = prepare(p_x, distortion, limit, name)
    gap, width = check_gap(gap), check_width(width)
    max_points = check_count("max_points", max_points)

    def solve(beta: float, fine: float) -> PerceptionPoint:
        return problem.solve(beta, gap=fine)

    def never(_: PerceptionPoint) -> bool:
        return False

    return traced(
        problem, _ends(problem, partial(solve, fine=gap), gap, never, never), solve,
        partial(problem.lifted, asked=gap), width=width, gap=gap, max_points=max_points, why=WHY,
        progress=progress,
    )  # fmt: skip


def at_target(
    problem: Perceived, target: float, axis: str, gap: float, max_slopes: int
) -> PerceptionPoint:
    """Return the point of a target, whose distortion is in surplus, and warn where it is missed."""
    gap, max_slopes = check_gap(gap), check_count("max_slopes", max_slopes)
    inner = inner_gap(gap)

    def solve(beta: float) -> PerceptionPoint:
        return problem.solve(beta, gap=inner)

    def is_before(point: PerceptionPoint) -> bool:
        return point.rate <= target if axis == "rate" else point.distortion >= target

    def is_beyond(point: PerceptionPoint) -> bool:
        return point.rate >= target if axis == "rate" else point.distortion <= target

    left, right = _ends(problem, solve, inner, is_before, is_beyond)
    slack = SLACK * (problem.largest + abs(problem.base))
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


def _ends(
    problem: Perceived, solve: Callable[[float], PerceptionPoint], inner: float,
    is_before: Callable[[PerceptionPoint], bool], is_beyond: Callable[[PerceptionPoint], bool],
) -> tuple[PerceptionPoint, PerceptionPoint]:  # fmt: skip
    """Return the ends of the curve in surplus; where one has to be looked for, past a target."""
    left, right = problem.silent, problem.at_least_distortion(inner)
    beta = problem.largest
    while not math.isfinite(left.distortion):  # no law serves all letters
        beta *= 8.0
        point = solve(beta)
        left = point if is_before(point) or beta >= FLAT * problem.largest else left
    beta, best = problem.largest, None
    while right is None:
        beta /= 8.0
        point = solve(beta)
        if best is None or point.distortion < best.distortion:  # else it is the same, less well
            best = point
        right = best if is_beyond(best) or beta < STEEP * problem.largest else None
    return left, right
