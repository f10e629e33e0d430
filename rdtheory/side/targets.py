r"""A rate or a distortion that lies between two solved slopes of a convex curve.

A solved slope beta is a point (R, D) that is reached and a line D + beta R = bound that nothing is
below. Time-sharing between two points reaches the chord between them; the best line bounds what is
possible there. As in `rdtheory.solver.targets`, the slope of the chord proves straight pieces, and
guesses at the target's own slope close in on it where the curve bends.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from rdtheory.solver.point import SlopePoint
from rdtheory.solver.targets import proved_rate

P = TypeVar("P", bound=SlopePoint)

IDLE = 6
"""Slopes that may be solved without a gain before float64 is held to tell no more."""


@dataclass(frozen=True, eq=False)
class Between(Generic[P]):
    """A target between two points.

    Parameters
    ----------
    left, right : of less and of more rate
    share : of the right one
    beta : the slope of the line that proves most
    gap : nats of rate above that line
    slopes : how many were solved
    """

    left: P
    right: P
    share: float
    beta: float
    gap: float
    slopes: int

    @property
    def end(self) -> P | None:
        """The point that it is at, if it is at one of them."""
        if self.share not in (0.0, 1.0):
            return None
        return self.right if self.share else self.left

    def mixed(self, name: str) -> float:
        """Return a number of the points as time-sharing has it."""
        if self.end is not None:
            return float(getattr(self.end, name))
        left, right = getattr(self.left, name), getattr(self.right, name)
        return float((1.0 - self.share) * left + self.share * right)


def close_in(
    left: P,
    right: P,
    target: float,
    axis: str,
    solve: Callable[[float], P],
    *,
    gap: float,
    max_slopes: int,
) -> Between[P]:
    """Close in on a target strictly between the rates, or the distortions, of two points.

    Parameters
    ----------
    axis : "rate" or "distortion"
    solve : returns the point at a slope, with a gap well below the asked one
    gap : nats of rate between chord and lines that are near enough
    max_slopes : cap on the slopes that are solved
    """
    lines = [left, right]
    idle, before = 0, math.inf
    for turn in range(max_slopes + 1):
        ends = getattr(left, axis), getattr(right, axis)
        share = min(max((target - ends[0]) / (ends[1] - ends[0]), 0.0), 1.0)
        now = Between(left, right, share, 0.0, 0.0, turn)
        rate, distortion = now.mixed("rate"), now.mixed("distortion")
        least, beta = proved_rate(distortion, lines)
        now = Between(left, right, share, beta, max(0.0, rate - least), turn)
        idle = 0 if now.gap < 0.99 * before else idle + 1
        before = min(before, now.gap)
        chord = (left.distortion - right.distortion) / (right.rate - left.rate)
        if now.gap <= gap or idle > IDLE or turn == max_slopes or not 0.0 < chord < math.inf:
            return now
        new = solve(_guess(left, right, chord, share, turn))
        lines.append(new)
        value = getattr(new, axis)
        if min(ends) < value < max(ends):
            before_target = value <= target if axis == "rate" else value >= target
            left, right = (new, right) if before_target else (left, new)
    raise AssertionError("the last turn returns")


def _guess(left: SlopePoint, right: SlopePoint, chord: float, share: float, turn: int) -> float:
    """Return the chord's slope in every other turn, else one by the logarithms of the ends'."""
    if turn % 2 == 0 or right.beta == 0.0 or math.isinf(left.beta) or left.beta <= right.beta:
        return chord
    share = min(max(share, 0.02), 0.98)
    return math.exp((1.0 - share) * math.log(left.beta) + share * math.log(right.beta))
