"""Certified points of a convex curve, solved until its two bounds are near everywhere.

What is described and how its points are solved is their owner's; here is where the next slope is,
and how well the curve is then known.
"""

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from rdtheory.checks import check_number, told_apart
from rdtheory.solver.point import SlopePoint
from rdtheory.solver.rounding import EPS, RESOLUTION
from rdtheory.solver.sandwich import LOOSE, Stretch, enclose
from rdtheory.solver.surplus import InSurplus

P = TypeVar("P", bound=SlopePoint)


@dataclass(frozen=True, eq=False)
class Traced(Generic[P]):
    """Points of a curve, and how well it is known.

    Parameters
    ----------
    points : in surplus, by rising rate
    width : the largest distance between its two bounds in distortion units, rounding and all
    asked : the width that was asked
    off : what the addition of the least distortion may round off any distortion
    capped : whether there are as many points as there may be
    rounds : whether no more than rounding keeps the width from what was asked
    """

    points: list[P]
    width: float
    asked: float
    off: float
    capped: bool
    rounds: bool


def check_width(width: float | None) -> float | None:
    """Return a width as a number, at least 0; None stands for a share of the curve's height."""
    return None if width is None else check_number("width", width, low=0.0)


def trace(
    problem: InSurplus,
    left: P,
    right: P,
    solve: Callable[[Stretch[P], float], P],
    *,
    width: float | None,
    gap: float,
    max_points: int,
    progress: Callable[[float], None] | None,
) -> Traced[P]:
    """Solve between the ends of a curve until it is known within a width.

    A line is loose by beta times its gap, so the steeper it is the less gap it may have.

    Parameters
    ----------
    problem : whose least distortion is to be added
    left, right : the points of least rate and of least distortion, in surplus
    solve : returns the point at the slope of a stretch's chord, within a gap
    width : distortion between the two bounds at most; None for 1e-3 of the curve's height
    gap : nats within which to certify every point
    max_points : cap on the points
    progress : called with the share of the work newly done
    """
    height = left.distortion - right.distortion
    aim = 1e-3 * height if width is None else width

    def within(stretch: Stretch[P]) -> P:
        fine = max(RESOLUTION, LOOSE * aim / stretch.chord)
        return solve(stretch, min(gap, fine))

    points, found = [left], 0.0
    if height > 0.0 and right.rate > 0.0:  # else one point is all of it
        points, found = enclose(
            left, right, partial(_stretch, aim=aim), within, width=aim, aim=aim,
            max_points=max_points, progress=progress,
        )  # fmt: skip
        points.sort(key=lambda point: (point.rate, -point.beta))
    off = max(problem.with_base(point.distortion)[1] for point in points)
    largest = max(abs(problem.base), abs(problem.base + height))
    open_yet = found + 4.0 * (off + EPS * largest)  # of a distortion, and of a line at a rate
    if len(points) == 1:
        open_yet = largest - (largest - off)
    return Traced(points, open_yet, aim, off, len(points) >= max_points, found <= aim)


def warn_of_curve(
    found: Traced[P], points: Sequence[SlopePoint], gap: float, why: str, rounded: str
) -> None:
    """Warn the caller of a public function where a width or a point's gap is not met.

    `rounded` says why where no more than rounding is in the way, `why` where more is.
    """
    if found.width > found.asked:
        because = "raise max_points" if found.capped else why
        because = rounded if found.rounds else because
        reached, limit = told_apart(found.width, found.asked)
        text = f"width = {reached} is above the asked {limit}: {because}"
    elif (worst := max(points, key=lambda point: point.gap)).gap > gap:
        text = f"gap = {worst.gap:.1e} nats of a point at slope {worst.beta:.3g}: {worst.note}"
    else:
        return
    warnings.warn(text, RuntimeWarning, stacklevel=4)  # of a function behind a door


def _stretch(left: P, right: P, aim: float) -> Stretch[P]:
    """Return a stretch; rates are told apart to `RESOLUTION` where `aim` asks for more."""
    rates, fall = right.rate - left.rate, left.distortion - right.distortion
    chord = fall / rates if rates > 0.0 else math.inf
    if not (0.0 < chord < math.inf):
        return Stretch(left, right, rates, chord, 0.0)
    width = _width(left, right, chord, -RESOLUTION)
    if width > aim:
        width = _width(left, right, chord, RESOLUTION)
    return Stretch(left, right, rates, chord, width)


def _width(left: SlopePoint, right: SlopePoint, chord: float, apart: float) -> float:
    """Return the largest distance from the chord down to both lines at rates `apart` further left.

    A line is D = value - beta (gap + R), so that is the line of a gap that is `apart` smaller.
    """
    bounds = [
        (p.value - p.beta * (p.gap - apart), p.beta) for p in (left, right) if p.beta < math.inf
    ]
    at = left.rate  # a vertical line bounds the curve on the left of its first point
    if len(bounds) == 2 and left.beta > right.beta:
        at = (bounds[0][0] - bounds[1][0]) / (left.beta - right.beta)
        at = min(max(at, left.rate), right.rate)
    least = max(bound - beta * at for bound, beta in bounds)
    return max(0.0, left.distortion - chord * (at - left.rate) - least)
