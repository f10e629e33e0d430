"""The sandwich algorithm: a curve is solved where its two bounds are furthest apart, and again.

Two solved points reach the chord between them, and the lines at their slopes bound what is possible
there: a stretch of the curve is as little known as the two are apart. Solving at the slope of the
chord parts it in two. What a stretch is of which curve, and how wide, its owner says.

Source: Burkard, Hamacher and Rote, "Sandwich approximation of univariate convex functions" (1991).
"""

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

P = TypeVar("P")

LOOSE = 0.05
"""Share of the asked width that the gap of a point may loosen its line by."""

TINY = 1e-15
"""Share of the first width below which nothing can be narrowed."""

STUCK = 0.9
"""A part of a stretch that has more than this share of both its length and its width is that
stretch over again, within what the points' gaps leave unknown: another slope in it would tell no
more."""


@dataclass(frozen=True, eq=False)
class Stretch(Generic[P]):
    """A stretch of a curve between two points, and how little is known of it.

    Parameters
    ----------
    left, right : its ends
    length : how far they are apart along the axis
    chord : the slope of the chord between them
    width : how far the two bounds are apart
    """

    left: P
    right: P
    length: float
    chord: float
    width: float

    def is_mostly(self, whole: "Stretch[P]") -> bool:
        """Whether it is nearly as long and as wide as the stretch that it is a part of."""
        return self.length > STUCK * whole.length and self.width > STUCK * whole.width

    def __lt__(self, other: "Stretch[P]") -> bool:
        return self.width > other.width  # heapq gives the smallest first


def enclose(
    left: P,
    right: P,
    between: Callable[[P, P], Stretch[P]],
    solve: Callable[[Stretch[P]], P],
    *,
    width: float,
    aim: float,
    max_points: int,
    progress: Callable[[float], None] | None,
) -> tuple[list[P], float]:
    """Return the points of a curve in the order they were solved in, and the width they leave.

    Stretches that a further slope does not narrow are left as they are.

    Parameters
    ----------
    left, right : the ends of the curve
    between : returns the stretch between two points
    solve : returns the point at the slope of a stretch's chord
    width : distance between the bounds that is narrow enough
    aim : the width at which all is done, for `progress`
    max_points : cap on the points
    progress : called with the share of the work newly done, judged by the width so far
    """
    first = between(left, right)
    aim = max(aim, TINY * first.width)
    points, waiting, left_over, done = [left, right], [first], 0.0, 0.0
    while waiting and waiting[0].width > width and len(points) < max_points:
        stretch = heapq.heappop(waiting)
        new = solve(stretch)
        points.append(new)
        for ends in ((stretch.left, new), (new, stretch.right)):
            part = between(*ends)
            if part.is_mostly(stretch):
                left_over = max(left_over, part.width)
            else:
                heapq.heappush(waiting, part)
        if progress and first.width > aim:
            widest = max(waiting[0].width, aim) if waiting else aim
            share = 1.0 - math.log(widest / aim) / math.log(first.width / aim)
            progress(max(0.0, share - done))
            done = max(done, share)
    return points, max(left_over, waiting[0].width if waiting else 0.0)
