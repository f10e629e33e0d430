r"""Wyner-Ziv: rate-distortion with side information at the decoder alone, certified.

The problem, its dual and why that certifies are those of `rdtheory.side.certificate`; the method is
an interior point for the prices of a few strategies (`prices`), to which those join that the prices
value most (`pricing`) until it is proved that no other would help.

Where y tells of which of several pieces x is, whatever x is, the pieces are problems of their own
at a common slope.
"""

from collections.abc import Callable
from functools import partial

import numpy.typing as npt

from rdtheory.checks import check_beta, check_count, check_number
from rdtheory.side.curve import SlopeCurve, traced
from rdtheory.side.problem import Given, find_target, inner_gap, warn_of
from rdtheory.side.strategies import WynerZiv, WynerZivPoint
from rdtheory.solver.rounding import RESOLUTION
from rdtheory.solver.slope import GAP, check_gap
from rdtheory.solver.trace import check_width

BRANCHES = 50_000
"""Branches of strategies that are looked at for a slope, at most."""

WHY = "raise max_branches, or float64 tells no more apart"


def solve_wyner_ziv(
    joint: npt.ArrayLike,
    distortion: npt.ArrayLike,
    beta: float,
    *,
    gap: float = GAP,
    max_branches: int = BRANCHES,
    normalise: bool = False,
) -> WynerZivPoint:
    r"""Minimise E d(X, T(Y)) + beta I(X; T|Y) over all q(t|x), and certify it.

    The problem, its dual and why that certifies:
    `help(rdtheory.side.certificate)`.

    Sources: Wyner and Ziv (1976), doi:10.1109/TIT.1976.1055508, theorem 1;
    Shannon (1958), doi:10.1147/rd.24.0289, for strategies.

    Parameters
    ----------
    joint : (n, k) p(x, y): rows are what is described, columns what the decoder
        sees; or a whole `rdtheory.sources.joints.Joint`
    distortion : (n, m) table of x and its reproductions, where +inf forbids a
        pair
    beta : slope, positive, in distortion units per nat (textbooks' s is
        1 / beta)
    gap : nats of R + D / beta within which to certify the optimum
    max_branches : cap on branches of strategies that are looked at for the
        proof
    normalise : whether `joint` may be counts, which are divided by their sum

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    A fair bit that the decoder has seen through noise, wrong one time in four,
    Hamming distortion. Below the distortion of a tangent point R(D) =
    h(p * D) - h(D), with p * D = p (1 - D) + (1 - p) D; from there on the curve
    is the line to rate 0 at D = p.

    >>> from rdtheory import binary_entropy
    >>> joint, hamming = [[0.375, 0.125], [0.125, 0.375]], [[0, 1], [1, 0]]
    >>> point = solve_wyner_ziv(joint, hamming, 0.4)
    >>> d = point.distortion
    >>> form = binary_entropy(0.25 * (1 - d) + 0.75 * d) - binary_entropy(d)
    >>> f"R = {point.rate:.6f}, D = {d:.6f}"
    'R = 0.394595, D = 0.048007'
    >>> abs(form - point.rate) < 1e-9, point.gap <= 1e-9
    (True, True)

    Its two strategies are the two constants: the decoder uses y to decode, not
    to guess.

    >>> point.strategies.tolist()
    [[0, 0], [1, 1]]
    """
    problem = WynerZiv(Given.of(joint, distortion, normalise=normalise))
    beta, gap = check_beta(beta), check_gap(gap)
    max_branches = check_count("max_branches", max_branches)
    found = problem.solve(beta, gap=gap, max_branches=max_branches)
    point = problem.lifted(found, gap, WHY)
    warn_of(point.gap, gap, WHY)
    return point


def solve_wyner_ziv_rate(
    joint: npt.ArrayLike,
    distortion: npt.ArrayLike,
    rate: float,
    *,
    gap: float = GAP,
    max_slopes: int = 60,
    max_branches: int = BRANCHES,
    normalise: bool = False,
) -> WynerZivPoint:
    r"""Minimise E d(X, T(Y)) over encoders with I(X; T|Y) <= rate, and certify it.

    The point is a mixture of two solved ones: encoder and decoder take turns
    between both.

    Source: Wyner and Ziv (1976), doi:10.1109/TIT.1976.1055508, theorem 1.

    Parameters
    ----------
    joint, distortion, max_branches, normalise : as in `solve_wyner_ziv`
    rate : nats, at least 0
    gap : nats of rate within which to certify the point
    max_slopes : cap on the slopes that are solved

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    >>> joint, hamming = [[0.45, 0.05], [0.05, 0.45]], [[0, 1], [1, 0]]
    >>> point = solve_wyner_ziv_rate(joint, hamming, 0.1)
    >>> f"R = {point.rate:.6f}, D = {point.distortion:.6f}, {point.gap <= 1e-9}"
    'R = 0.100000, D = 0.068527, True'
    """
    rate = check_number("rate", rate, low=0.0)
    given = Given.of(joint, distortion, normalise=normalise)
    return _at(given, rate, "rate", gap, max_slopes, max_branches)


def solve_wyner_ziv_distortion(
    joint: npt.ArrayLike,
    distortion: npt.ArrayLike,
    target: float,
    *,
    gap: float = GAP,
    max_slopes: int = 60,
    max_branches: int = BRANCHES,
    normalise: bool = False,
) -> WynerZivPoint:
    r"""Minimise I(X; T|Y) with E d(X, T(Y)) <= target, and certify it.

    This is R(D) itself, over all encoders. Parameters, errors: as in
    `solve_wyner_ziv_rate`; `target` must not be below the least distortion E
    min_m d(x, m). One above that of rate 0 is met by rate 0, and the point's
    `note` says so.

    Source: Wyner and Ziv (1976), doi:10.1109/TIT.1976.1055508, theorem 1.

    Examples
    --------
    >>> joint, hamming = [[0.375, 0.125], [0.125, 0.375]], [[0, 1], [1, 0]]
    >>> point = solve_wyner_ziv_distortion(joint, hamming, 0.05)
    >>> f"R = {point.rate:.9f}, {point.gap <= 1e-9}"
    'R = 0.389653534, True'
    """
    given = Given.of(joint, distortion, normalise=normalise)
    return _at(given, given.target(target), "distortion", gap, max_slopes, max_branches)


def solve_wyner_ziv_curve(
    joint: npt.ArrayLike,
    distortion: npt.ArrayLike,
    *,
    width: float | None = None,
    gap: float = GAP,
    max_branches: int = BRANCHES,
    normalise: bool = False,
) -> SlopeCurve[WynerZivPoint]:
    r"""Trace the whole curve until it is known within `width` everywhere.

    Where the proof of a slope takes more than `max_branches`, its point has the
    gap that was reached, and the curve the width that this leaves; both are
    said.

    Source: Wyner and Ziv (1976), doi:10.1109/TIT.1976.1055508, theorem 1.

    Parameters
    ----------
    joint, distortion, max_branches, normalise : as in `solve_wyner_ziv`
    width : distortion between the two bounds at most; None for 1e-3 of the
        curve's height
    gap : nats within which to certify every point, 500 at most
        (`trace_wyner_ziv` has any cap)

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    A fair bit that the decoder has seen through noise: from the tangent point
    D = 0.0880 on the curve is the line to rate 0 at D = 0.25, where the decoder
    says what it sees.

    >>> joint, hamming = [[0.375, 0.125], [0.125, 0.375]], [[0, 1], [1, 0]]
    >>> curve = solve_wyner_ziv_curve(joint, hamming)
    >>> found = curve.rate([0.05, 0.25])
    >>> least, most, value = found.lower[0], found.upper[0], found.value[1]
    >>> bool(least <= 0.389653534008 <= most), float(value)
    (True, 0.0)
    """
    return trace_wyner_ziv(
        joint, distortion, width=width, gap=gap, max_branches=max_branches, normalise=normalise
    )


def trace_wyner_ziv(
    joint: npt.ArrayLike,
    distortion: npt.ArrayLike,
    *,
    width: float | None = None,
    gap: float = GAP,
    max_points: int = 500,
    max_branches: int = BRANCHES,
    normalise: bool = False,
    progress: Callable[[float], None] | None = None,
) -> SlopeCurve[WynerZivPoint]:
    """Trace the curve as `solve_wyner_ziv_curve` does, with `max_points` at most.

    `progress` is called with the share of the work newly done, judged by the width so far.
    """
    gap, width = check_gap(gap), check_width(width)
    max_points = check_count("max_points", max_points)
    max_branches = check_count("max_branches", max_branches)
    problem = WynerZiv(Given.of(joint, distortion, normalise=normalise))

    def solve(beta: float, fine: float) -> WynerZivPoint:
        return problem.solve(beta, gap=fine, max_branches=max_branches)

    ends = (
        problem.at_least_rate(partial(solve, fine=gap)),
        problem.at_least_distortion(gap, max_branches),
    )
    return traced(
        problem.given, ends, solve, partial(problem.lifted, asked=gap, why=WHY), width=width,
        gap=gap, max_points=max_points, why=WHY, progress=progress,
    )  # fmt: skip


def _at(
    given: Given, target: float, axis: str, gap: float, max_slopes: int, max_branches: int
) -> WynerZivPoint:
    """Return the point of a target, whose distortion is in surplus, and warn where it is missed."""
    gap, inner = check_gap(gap), inner_gap(gap)
    max_slopes = check_count("max_slopes", max_slopes)
    max_branches = check_count("max_branches", max_branches)
    problem = WynerZiv(given)

    def solve(beta: float) -> WynerZivPoint:
        return problem.solve(beta, gap=inner, max_branches=max_branches)

    ends = problem.at_least_rate(solve), problem.at_least_distortion(inner, max_branches)
    found, note = find_target(ends, target, axis, solve, gap - RESOLUTION, max_slopes)
    point = problem.mixed(found, note, gap, why := "raise max_slopes or max_branches")
    warn_of(point.gap, gap, why)
    return point
