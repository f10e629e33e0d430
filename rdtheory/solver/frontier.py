r"""A whole rate-distortion curve between two certified bounds.

Every solved slope beta gives a point (R, D) that a channel reaches and a line D = bound - beta R
that no channel is below. Time-sharing between two points reaches the chord between them, and the
lines of both bound what is possible there. The sandwich algorithm closes in on the curve by solving
at the slope of the chord where the two bounds are furthest apart: that halves the uncertainty on a
smooth curve about four times per doubling of the points, and on a straight segment it proves the
chord itself optimal at once.

Sources: Burkard, Hamacher and Rote, "Sandwich approximation of univariate convex functions" (1991);
Cover and Thomas (2006), section 10.3, for time-sharing.
"""

import math
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from rdtheory.checks import (
    check_array,
    check_count,
    check_number,
    check_same_labels,
    told_apart,
)
from rdtheory.solver.curve import Frontier
from rdtheory.solver.door import SourceLike, door
from rdtheory.solver.gibbs import Coordinates
from rdtheory.solver.rounding import EPS, RESOLUTION
from rdtheory.solver.sandwich import LOOSE, Stretch, enclose
from rdtheory.solver.slope import (
    GAP,
    NO_FINER,
    Problem,
    RDPoint,
    between,
    check_gap,
    off_by,
    prepare,
)

__all__ = ["Frontier", "solve_frontier"]


@door
def solve_frontier(
    p_x: npt.ArrayLike | SourceLike,
    distortion: npt.ArrayLike | Coordinates | None = None,
    *,
    width: float | None = None,
    gap: float = GAP,
    max_points: int = 500,
    outputs: npt.ArrayLike | None = None,
    progress: Callable[[float], None] | None = None,
) -> Frontier:
    r"""Trace the whole curve until it is known within `width` everywhere, not only at points.

    Parameters
    ----------
    p_x, distortion, normalise : as in `solve_slope`
    width : distortion between the two bounds at most; None for 1e-3 of the curve's height
    gap : nats within which to certify every point
    max_points : cap on the points
    outputs : (m,) coordinates of the outputs for pictures; None for those of a whole source, else
        to number them
    progress : called with the share of the work newly done, judged by the width so far

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    >>> from rdtheory.sources.textbook import bernoulli
    >>> coin = bernoulli(0.3)
    >>> curve = solve_frontier(coin, width=1e-4)
    >>> rates = np.linspace(0, 0.6, 7)
    >>> bool(np.all(curve.upper(rates) - curve.lower(rates) <= 1e-4))
    True
    """
    check_same_labels(("distortion", distortion, 1), ("outputs", outputs, 0))
    if outputs is None and np.ndim(getattr(p_x, "outputs", 0)) == 1:
        outputs = p_x.outputs  # type: ignore[union-attr]
    problem, gap = prepare(p_x, distortion), check_gap(gap)
    max_points = check_count("max_points", max_points)
    left, right = problem.at_least_rate(gap=gap), problem.at_least_distortion(gap=gap)
    height = left.distortion - right.distortion
    if width is None:
        width = 1e-3 * height
    width = check_number("width", width, low=0.0)
    numbers = np.arange(left.marginal.size, dtype=np.float64)
    outputs = numbers if outputs is None else check_array("outputs", outputs, ndim=1)
    if outputs.size != numbers.size:
        raise ValueError(f"outputs must have shape ({numbers.size},), got {outputs.shape}")

    points, found = [left], 0.0
    if height > 0.0 and right.rate > 0.0:  # else one output serves all: the curve is a point
        points, found = _enclose(problem, left, right, width, gap, max_points, progress)
    off = max(problem.with_base(point.distortion)[1] for point in points)
    largest = max(abs(problem.base), abs(problem.base + height))
    open_yet = found + 4.0 * (off + EPS * largest)  # of a distortion, and of a line at a rate
    if len(points) == 1:
        open_yet = largest - (largest - off)
    rounded = off_by(problem.base, off)
    curve = Frontier(
        points=tuple(
            problem.lifted(
                point, gap, off / point.beta if point.beta else 0.0,
                rounded if point.gap <= gap else NO_FINER,
            )
            for point in points
        ),
        outputs=outputs,
        width=open_yet,
        converged=open_yet <= width,
        off=off,
    )  # fmt: skip
    if not curve.converged:
        why = "raise max_points" if len(points) >= max_points else NO_FINER
        why = rounded if found <= width else why
        reached, limit = told_apart(open_yet, width)
        text = f"width = {reached} is above the asked {limit}: {why}"
        warnings.warn(text, RuntimeWarning, stacklevel=3)
    elif curve.max_gap > gap:
        worst = max(curve.points, key=lambda point: point.gap)
        text = f"gap = {worst.gap:.1e} nats of a point at slope {worst.beta:.3g}: {worst.note}"
        warnings.warn(text, RuntimeWarning, stacklevel=3)
    return curve


def _enclose(
    problem: Problem,
    left: RDPoint,
    right: RDPoint,
    width: float,
    gap: float,
    max_points: int,
    progress: Callable[[float], None] | None,
) -> tuple[list[RDPoint], float]:
    """Return points in surplus, by rising rate, and the width that they leave.

    A line is loose by beta times its gap, so the steeper it is the less gap it may have.
    """

    def solve(stretch: Stretch[RDPoint]) -> RDPoint:
        fine = max(RESOLUTION, LOOSE * width / stretch.chord)
        start = between(stretch.left, stretch.right, stretch.chord)
        return problem.solve(stretch.chord, gap=min(gap, fine), start=start)

    points, found = enclose(
        left, right, partial(_stretch, aim=width), solve, width=width, aim=width,
        max_points=max_points, progress=progress,
    )  # fmt: skip
    points.sort(key=lambda point: (point.rate, -point.beta))
    return points, found


def _stretch(left: RDPoint, right: RDPoint, aim: float) -> Stretch[RDPoint]:
    """Return a stretch; rates are told apart to `RESOLUTION` where `aim` asks for more."""
    rates, fall = right.rate - left.rate, left.distortion - right.distortion
    chord = fall / rates if rates > 0.0 else math.inf
    if not (0.0 < chord < math.inf):
        return Stretch(left, right, rates, chord, 0.0)
    width = _width(left, right, chord, -RESOLUTION)
    if width > aim:
        width = _width(left, right, chord, RESOLUTION)
    return Stretch(left, right, rates, chord, width)


def _width(left: RDPoint, right: RDPoint, chord: float, apart: float) -> float:
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
