r"""The rate-distortion problem at a given rate, or a given distortion, certified.

Every solved slope beta gives a point (R, D) that a channel reaches and a line D = bound - beta R
that no channel is below. The target lies between two solved points: time-sharing between them
reaches the chord, and the best of all lines bounds what is possible there. Where the curve bends,
Newton's method in slope and marginal at once, `aim`, comes to the target's own slope, and a point
or two prove it. Where it does not, solving at the slope of the chord proves a straight piece
optimal at once, every other slope is a guess at the target's, and the two ends close in on it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt

from rdtheory.checks import check_count, check_number
from rdtheory.solver.aim import aim_at
from rdtheory.solver.door import SourceLike, door
from rdtheory.solver.gibbs import Coordinates
from rdtheory.solver.point import SlopePoint
from rdtheory.solver.rounding import EPS, RESOLUTION
from rdtheory.solver.slope import (
    GAP,
    NO_FINER,
    Problem,
    RDPoint,
    between,
    check_gap,
    off_by,
    prepare,
    warn_of_gap,
)

COARSE = 1e-4
"""Share of what is still unknown at a target that a solved slope may leave."""

IDLE = 6
"""Slopes that may be solved without a gain before float64 is held to tell no more. What is left
unknown may stay as it is for dozens of slopes while the two ends close in on the target, so a gain
is also that the ends come nearer to each other."""

CHORD = 3
"""Turns of which one solves at the slope of the chord: on a straight piece only that proves
anything; where the curve bends, guesses come nearer."""

GAIN = 0.99
"""Largest share of what was unknown, or of the distance of the ends, that is left after a gain."""

SAME = 1e-15
"""Share of a target: a point that is so near it meets it."""

NUDGE, PIECE = 1e-5, 0.01
"""A curve whose slope changes by less than twice the first, relative, over as many nats as the
second counts as straight."""


@door
def solve_rate(
    p_x: npt.ArrayLike | SourceLike,
    distortion: npt.ArrayLike | Coordinates | None,
    rate: float,
    *,
    gap: float = GAP,
    max_slopes: int = 100,
) -> RDPoint:
    r"""Minimise E d over channels with I(X; Y) <= rate, and certify it.

    The point is a mixture of two solved ones. Where the curve is straight at
    that rate, the rates of the ends of that piece are its `segment`.

    Source: Cover and Thomas (2006), doi:10.1002/047174882X, section 10.3, for
    time-sharing.

    Parameters
    ----------
    p_x, distortion, normalise : as in `solve_slope`
    rate : nats, at least 0 (more where forbidden pairs ask for some); above
        that of the least distortion nothing is gained, and the `note` says so
    gap : nats of rate within which to certify the point
    max_slopes : cap on the slopes that are tried

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    >>> from rdtheory.sources.textbook import bernoulli
    >>> coin = bernoulli(0.3)
    >>> point = solve_rate(coin, 0.25)
    >>> form = coin.closed_form(point.distortion)
    >>> f"{point.rate:.6f} {form:.6f} {point.gap <= 1e-9}"
    '0.250000 0.250000 True'
    """
    problem, gap = prepare(p_x, distortion), check_gap(gap)
    rate = check_number("rate", rate, low=0.0)
    point, why = _solve_target(problem, rate, "rate", gap, max_slopes)
    if why:
        warn_of_gap(point.gap, gap, why)
    return point


@door
def solve_distortion(
    p_x: npt.ArrayLike | SourceLike,
    distortion: npt.ArrayLike | Coordinates | None,
    target: float,
    *,
    gap: float = GAP,
    max_slopes: int = 100,
) -> RDPoint:
    r"""Minimise I(X; Y) with E d <= target, and certify it: R(D) itself.

    Parameters, errors: as in `solve_rate`; `target` must not be below the least
    distortion E min_y d(x, y), which no channel goes below. Where a code of the
    least rate has less than `target`, that is the point; its `note` says so.

    Examples
    --------
    >>> from rdtheory.sources.textbook import hamming
    >>> die = hamming(6)
    >>> point = solve_distortion(die, 0.2)
    >>> f"{point.rate:.6f} {die.closed_form(0.2):.6f} {point.gap <= 1e-9}"
    '0.969469 0.969469 True'
    """
    problem, gap = prepare(p_x, distortion), check_gap(gap)
    slack = EPS * problem.p.size * float(problem.p @ np.abs(problem.costs.low))  # a user's sum
    rule = "at least the least distortion, {low}"
    target = check_number("target distortion", target, low=problem.base, slack=slack, rule=rule)
    surplus = max(0.0, problem.surplus_of(target))
    point, why = _solve_target(problem, surplus, "distortion", gap, max_slopes)
    if why:
        warn_of_gap(point.gap, gap, why)
    return point


def _solve_target(
    problem: Problem, target: float, axis: str, gap: float, max_slopes: int
) -> tuple[RDPoint, str]:
    """Close in on `target`, a rate or a surplus distortion as `axis` says, and add the base.

    Return the point, and why its gap is not the asked one; nothing where it is.

    The base rounds distortions, so the point stands for all that are rounded to its own: its rate
    may be above the least that the largest of them needs, and below that of the smallest.
    """
    max_slopes = check_count("max_slopes", max_slopes)
    found = _close_in(problem, target, axis, gap, max_slopes)
    point, off = found.point, problem.with_base(found.point.distortion)[1]
    rounded = 0.0
    if off > 0.0 and point.rate > 0.0:
        lines = found
        if point.distortion == 0.0:  # no line of those is near
            lines = _close_in(problem, off, "distortion", gap, max_slopes)
        least = lines.least_rate(point.distortion + off)
        most = found.reached_rate(point.distortion - off)
        rounded = max(0.0, point.rate - point.gap - least, most - point.rate - point.gap)
    if point.gap <= gap:
        why = off_by(problem.base + point.distortion, off)
    else:
        why = "raise max_slopes" if found.spent else NO_FINER
    lifted = problem.lifted(point, gap, rounded, why)
    return lifted, "" if lifted.converged else why


@dataclass(frozen=True, eq=False)
class _Found:
    """A point in surplus, all that was solved for it, and whether the slopes were used up."""

    point: RDPoint
    known: list[RDPoint]
    spent: bool = False

    def least_rate(self, distortion: float) -> float:
        """Return the rate below which no channel has this distortion, by the lines of all."""
        return proved_rate(distortion, self.known)[0]

    def reached_rate(self, distortion: float) -> float:
        """Return the least rate at which time-sharing of two solved points has this distortion."""
        above = [point for point in self.known if point.distortion >= distortion]
        below = [point for point in self.known if point.distortion <= distortion]
        if not below:  # only the least distortion is left
            return min(self.known, key=lambda point: point.distortion).rate
        return min(
            (_mixture(*ends, distortion, "distortion").rate for ends in product(above, below)),
            default=0.0,
        )


def _close_in(problem: Problem, target: float, axis: str, gap: float, max_slopes: int) -> _Found:
    """Close in on `target` from both sides, in surplus."""
    inner = max(0.1 * gap, RESOLUTION / 10)  # of each solved slope
    left, right = problem.at_least_rate(gap=inner), problem.at_least_distortion(gap=inner)
    known = [left, right]
    if axis == "rate":
        rule = "at least the least rate of any channel, {low}"
        target = check_number("rate", target, low=left.rate, slack=gap, rule=rule)
        target = max(target, left.rate)
    if target <= left.rate if axis == "rate" else target >= left.distortion:
        return _Found(_noted(problem, left, target, axis), known)
    if target >= right.rate if axis == "rate" else target <= right.distortion:
        return _Found(_noted(problem, right, target, axis), known)
    if left.distortion <= right.distortion:  # one output is best for all
        return _Found(_noted(problem, left, target, axis), known)

    beta = _chord(left, right)
    aim = aim_at(problem.costs, problem.p, target, axis, beta, gap=inner, most=max_slopes)
    if aim.met:
        new = problem.solve(aim.beta, gap=inner, start=aim.marginal)
        known.append(replace(new, iterations=new.iterations + aim.iterations))
        left, right = _closer(left, right, known[-1], target, axis)
        if not _meets(new, target, axis):  # a point on the other side, or an end would be mixed in
            beta = aim.beyond(new.rate, new.distortion, target, axis)
            known.append(problem.solve(beta, gap=inner, start=new.marginal))
            left, right = _closer(left, right, known[-1], target, axis)

    least, idle = [math.inf] * 3, 0
    slopes = max_slopes - aim.slopes
    for turn in range(slopes + 1):
        point = _mixture(left, right, target, axis)
        error, slope = _uncertainty(point, known)
        now = [error, right.rate - left.rate, left.distortion - right.distortion]
        gained = any(new < GAIN * old for new, old in zip(now, least, strict=True))
        idle = 0 if gained else idle + 1
        least = [min(pair) for pair in zip(now, least, strict=True)]
        beta = _next_slope(left, right, target, axis, turn, known[0].rate)
        spent = turn == slopes
        if error <= gap or spent or idle == IDLE or not 0.0 < beta < math.inf:
            break
        start = between(left, right, beta) if turn % CHORD else None  # or a piece shrinks to it
        new = problem.solve(beta, gap=min(max(inner, COARSE * error), 1e-4), start=start)
        known.append(new)
        left, right = _closer(left, right, new, target, axis)
    bends = aim.met and math.isclose(slope, aim.beta) and 2.0 * NUDGE * aim.spread < PIECE
    point = replace(
        point, beta=slope, gap=error, converged=error <= gap,
        segment=None if bends or error > gap else _straight(problem, left, right, slope),
    )  # fmt: skip
    return _Found(point, known, spent and error > gap)


def _closer(
    left: RDPoint, right: RDPoint, new: RDPoint, target: float, axis: str
) -> tuple[RDPoint, RDPoint]:
    """Return two ends with the target between them, of which a new point is one."""
    before = new.rate <= target if axis == "rate" else new.distortion >= target
    return (new, right) if before else (left, new)


def _noted(problem: Problem, end: RDPoint, target: float, axis: str) -> RDPoint:
    """Return an end of the curve, with a note where the target lies beyond it."""
    if axis == "rate" and target > end.rate:
        words = f"{end.rate:.6g} nats reach the least distortion: {target:.6g} gain nothing more"
        return replace(end, note=words)
    if axis == "distortion" and target > end.distortion:
        rate = "no rate" if end.rate == 0.0 else "the least rate there is"
        reached, asked = problem.base + end.distortion, problem.base + target
        return replace(end, note=f"{reached:.6g} needs {rate}: {asked:.6g} saves nothing more")
    return end


def _mixture(left: RDPoint, right: RDPoint, target: float, axis: str) -> RDPoint:
    """Time-share two points so that the target is met exactly, or take one that meets it."""
    for end in (left, right):
        if 0.0 < end.beta < math.inf and _meets(end, target, axis):
            return end
    ends = (getattr(left, axis), getattr(right, axis))
    width = ends[1] - ends[0]
    share = min(max((target - ends[0]) / width, 0.0), 1.0) if width else 0.0
    return RDPoint(
        beta=_chord(left, right),
        rate=(1 - share) * left.rate + share * right.rate,
        distortion=(1 - share) * left.distortion + share * right.distortion,
        gap=math.inf,
        marginal=(1 - share) * left.marginal + share * right.marginal,
        iterations=left.iterations + right.iterations,
        converged=False,
        parts=((1 - share, left.beta, left.marginal), (share, right.beta, right.marginal)),
    )


def _meets(point: RDPoint, target: float, axis: str) -> bool:
    return abs(float(getattr(point, axis)) - target) <= SAME * target


def _chord(left: RDPoint, right: RDPoint) -> float:
    """Return the slope -dD/dR of the chord; inf where the rates are one float."""
    rates = right.rate - left.rate
    return (left.distortion - right.distortion) / rates if rates > 0.0 else math.inf


def _uncertainty(point: RDPoint, known: list[RDPoint]) -> tuple[float, float]:
    """Return the nats of rate above the best bound of all known points, and that line's slope."""
    least, beta = proved_rate(point.distortion, known)
    return max(0.0, point.rate - least), beta


def proved_rate(distortion: float, known: Sequence[SlopePoint]) -> tuple[float, float]:
    """Return the rate that all lines prove to be needed, and the slope of the line that does."""
    lines = [
        ((k.bound - distortion) / k.beta, k.beta)
        for k in known if math.isfinite(k.beta) and k.beta > 0.0
    ]  # fmt: skip
    return max([(0.0, math.inf), *lines])


def _next_slope(
    left: RDPoint, right: RDPoint, target: float, axis: str, turn: int, least_rate: float
) -> float:
    """Return the chord's slope every few turns, else a guess at the target's between the ends'.

    At rate 0 the curve has all slopes from a finite one to inf. There the guess is that of the
    parabola through both ends that has the right one's slope: each chord alone would only halve the
    distance to a target near rate 0. Elsewhere it is on the line through both ends in the
    logarithms of slope and distortion, or of slope alone: right for normal and Laplacian sources.
    """
    chord = _chord(left, right)
    if turn % CHORD == 0 or right.beta == 0.0 or math.isinf(chord):
        return chord
    ends = (getattr(left, axis), getattr(right, axis))
    share = (target - ends[0]) / (ends[1] - ends[0]) if ends[1] != ends[0] else 0.5
    if left.rate == least_rate:
        bent = chord + (1 - 2 * share) * (chord - right.beta)
        if bent < left.beta:
            return bent
    if math.isinf(left.beta):
        return chord
    if axis == "distortion" and right.distortion > 0.0:
        share = math.log(left.distortion / target) / math.log(left.distortion / right.distortion)
    share = min(max(share, 0.02), 0.98)
    return math.exp((1 - share) * math.log(left.beta) + share * math.log(right.beta))


def _straight(
    problem: Problem, left: RDPoint, right: RDPoint, slope: float
) -> tuple[float, float] | None:
    """Return the ends of the straight piece of a slope that lies on two points' chord, if it does.

    There the rate jumps from one end to the other as the slope passes that of the piece; on a
    curved one it hardly moves. Pieces shorter than `PIECE` are not looked for.
    """
    if right.rate - left.rate < PIECE:
        return None
    ends = [problem.solve(slope * (1.0 + way * NUDGE), gap=RESOLUTION).rate for way in (1.0, -1.0)]
    return (ends[0], ends[1]) if ends[1] - ends[0] >= PIECE else None
