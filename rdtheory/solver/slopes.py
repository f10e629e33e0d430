r"""Many slopes of one problem, each certified: from the largest to the smallest, one from another.

The output marginal of a slope is a good beginning for the next. From large slopes to small ones
the support grows, from a single output, so that no step is larger than what it ends at; each slope
by itself would begin at a cover of the letters, which for thousands of images is all of them.
"""

from collections.abc import Callable, Sequence

import numpy.typing as npt

from rdtheory.checks import check_beta, check_count
from rdtheory.solver.door import SourceLike, door
from rdtheory.solver.gibbs import Coordinates
from rdtheory.solver.slope import GAP, RDPoint, check_gap, prepare, warn_of_gap


@door
def solve_slopes(
    p_x: npt.ArrayLike | SourceLike,
    distortion: npt.ArrayLike | Coordinates | None,
    betas: Sequence[float],
    *,
    gap: float = GAP,
    max_iterations: int = 400,
    progress: Callable[[float], None] | None = None,
) -> tuple[RDPoint, ...]:
    r"""Minimise E d + beta I(X; Y) at each of some slopes, and certify each.

    Parameters
    ----------
    p_x, distortion, gap, max_iterations : as of `solve_slope`; the steps are
        those of each slope
    betas : slopes, positive, in any order; the points are in theirs
    progress : called with the share of the slopes that each is, as it is done

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    >>> from rdtheory.sources.textbook import gaussian
    >>> points = solve_slopes(gaussian(100), betas=[0.1, 0.5, 1.0])
    >>> rates = [f"{point.rate:.4f}" for point in points]
    >>> rates, max(point.gap for point in points) <= 1e-9
    (['1.4974', '0.6927', '0.3461'], True)
    """
    slopes = [check_beta(beta) for beta in betas]
    gap, max_iterations = check_gap(gap), check_count("max_iterations", max_iterations)
    problem = prepare(p_x, distortion)
    start = problem.constant.marginal if len(slopes) > 1 else None
    found = {}
    for beta in sorted(set(slopes), reverse=True):
        point = problem.solve(beta, gap=gap, max_iterations=max_iterations, start=start)
        start = point.marginal
        found[beta], why = problem.certified(point, gap, max_iterations)
        if not found[beta].converged:
            warn_of_gap(found[beta].gap, gap, why)
        if progress:
            progress(slopes.count(beta) / len(slopes))
    return tuple(found[beta] for beta in slopes)
