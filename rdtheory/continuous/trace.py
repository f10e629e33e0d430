r"""How the atoms of the best reproduction split as the slope falls.

At large beta the mean is the only atom. Under squared error it is no longer a peak of c below
beta = 2 lambda, lambda the largest eigenvalue of the covariance of X: there it splits, if it has
not done so before. A source that is not symmetric may gain an atom earlier, away from the mean,
where c comes up to one; Rose's condition, that of a peak, does not see it, the supremum does.
Further down atoms split one after another, or new ones appear far from all others.

Source: Rose, Gurewitz and Fox, "Statistical mechanics and phase transitions in clustering" (1990);
Rose (1994), section IV.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy.typing as npt

from rdtheory.checks import check_beta, check_number
from rdtheory.continuous.measures import Measure
from rdtheory.continuous.point import ContinuousPoint
from rdtheory.continuous.population import Density, Radial
from rdtheory.continuous.solve import solve_continuous
from rdtheory.shown import Shown
from rdtheory.solver.slope import GAP


class Split(NamedTuple):
    """A change in the number of atoms between two slopes.

    Parameters
    ----------
    below, above : slopes between which it happens
    fewer, more : atoms at `above` and at `below`
    """

    below: float
    above: float
    fewer: int
    more: int


@dataclass(frozen=True, eq=False, repr=False)
class AtomTrace(Shown):
    """Certified points by falling slope, and where their atoms become more.

    Parameters
    ----------
    points : by falling slope, those asked for and those that splits were looked
        for at
    splits : where the number of atoms changes, by falling slope
    converged : whether all points have the gap that was asked
    """

    points: tuple[ContinuousPoint, ...]
    splits: tuple[Split, ...]
    converged: bool


def trace_atoms(
    letters: npt.ArrayLike | Density | Radial,
    p_x: npt.ArrayLike | None = None,
    betas: Sequence[float] = (),
    *,
    measure: str | Measure = "squared",
    gap: float = GAP,
    width: float = 0.01,
    progress: Callable[[float], None] | None = None,
) -> AtomTrace:
    r"""Solve at slopes, and look between them for where atoms become more.

    Source: Rose, Gurewitz and Fox (1990), doi:10.1103/PhysRevLett.65.945.

    Parameters
    ----------
    letters, p_x, measure, gap : as of `solve_continuous`
    betas : slopes, at least one
    width : relative width within which to find a split, at least 1e-4: close to
        it atoms are too close to each other to be told apart; 1 to look for
        none
    progress : called with the share of the slopes that is done

    Raises
    ------
    ValueError
        where an argument is out of its range.

    Examples
    --------
    Three letters of equal mass at -1, 0, 1 have the variance 2/3: their mean
    splits at 4/3.

    >>> trace = trace_atoms([-1, 0, 1], betas=[2.0, 1.0, 0.1])
    >>> [(split.fewer, split.more) for split in trace.splits]
    [(1, 2), (2, 3)]
    >>> trace.splits[0].below < 4 / 3 < trace.splits[0].above
    True
    """
    if len(betas) == 0:
        raise ValueError("betas must be at least one slope, got none")
    slopes = sorted({check_beta(beta) for beta in betas}, reverse=True)
    width = check_number("width", width, low=1e-4, high=1.0)

    def solved(beta: float) -> ContinuousPoint:
        return solve_continuous(letters, p_x, beta, measure=measure, gap=gap)

    points, splits = [solved(slopes[0])], []
    for done, beta in enumerate(slopes[1:], start=1):
        new, found = _between(points[-1], solved(beta), solved, width)
        points += new
        splits += found
        if progress:
            progress(done / (len(slopes) - 1))
    return AtomTrace(tuple(points), tuple(splits), all(point.converged for point in points))


def _between(
    high: ContinuousPoint, low: ContinuousPoint, solved: Callable[[float], Any], width: float
) -> tuple[list[ContinuousPoint], list[Split]]:
    """Return the points below `high` down to `low`, and the splits between them."""
    fewer, more = len(high.atoms), len(low.atoms)
    if fewer == more or width == 1.0:
        return [low], []
    if high.beta <= (1.0 + width) * low.beta:
        return [low], [Split(low.beta, high.beta, fewer, more)]
    middle = solved(math.sqrt(high.beta * low.beta))
    upper, first = _between(high, middle, solved, width)
    lower, second = _between(middle, low, solved, width)
    return upper + lower, first + second
