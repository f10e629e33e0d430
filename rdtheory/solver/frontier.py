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

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from rdtheory.checks import check_array, check_count, check_same_labels
from rdtheory.solver.curve import Frontier
from rdtheory.solver.door import SourceLike, door
from rdtheory.solver.gibbs import Coordinates
from rdtheory.solver.sandwich import Stretch
from rdtheory.solver.slope import (
    GAP,
    NO_FINER,
    RDPoint,
    between,
    check_gap,
    off_by,
    prepare,
)
from rdtheory.solver.trace import check_width, trace, warn_of_curve

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
    r"""Trace the whole curve until it is known within `width` everywhere.

    Sources: Burkard, Hamacher and Rote, *Naval Research Logistics* 38 (1991),
    for where to solve next; Cover and Thomas (2006), doi:10.1002/047174882X,
    section 10.3, for time-sharing.

    Parameters
    ----------
    p_x, distortion, normalise : as in `solve_slope`
    width : distortion between the two bounds at most; None for 1e-3 of the
        curve's height
    gap : nats within which to certify every point
    max_points : cap on the points
    outputs : (m,) coordinates of the outputs for pictures; None for those of a
        whole source, else to number them
    progress : called with the share of the work newly done, judged by the width
        so far

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
    max_points, width = check_count("max_points", max_points), check_width(width)
    left, right = problem.at_least_rate(gap=gap), problem.at_least_distortion(gap=gap)
    numbers = np.arange(left.marginal.size, dtype=np.float64)
    outputs = numbers if outputs is None else check_array("outputs", outputs, ndim=1)
    if outputs.size != numbers.size:
        raise ValueError(f"outputs must have shape ({numbers.size},), got {outputs.shape}")

    def solve(stretch: Stretch[RDPoint], fine: float) -> RDPoint:
        start = between(stretch.left, stretch.right, stretch.chord)
        return problem.solve(stretch.chord, gap=fine, start=start)

    found = trace(
        problem, left, right, solve, width=width, gap=gap, max_points=max_points, progress=progress
    )
    rounded = off_by(problem.base, found.off)
    curve = Frontier(
        points=tuple(
            problem.lifted(
                point, gap, found.off / point.beta if point.beta else 0.0,
                rounded if point.gap <= gap else NO_FINER,
            )
            for point in found.points
        ),
        outputs=outputs,
        width=found.width,
        converged=found.width <= found.asked,
        off=found.off,
    )  # fmt: skip
    warn_of_curve(found, curve.points, gap, NO_FINER, rounded)
    return curve
