r"""The critical slope of a source: where its rate-distortion curve leaves rate 0.

One output y0 serves all letters best exactly where no other is worth a bit, which the certificate
says: with D_y(x) = d(x, y) - d(x, y0) and s = 1 / beta

    E exp(-s D_y(x)) <= 1   for every y.

The left side is convex in s, 1 at s = 0, and falls there by E D_y >= 0, so each y that is nearer
than y0 for some letter has one s > 0 up to which that holds, and the least of them is 1 / beta.
"""

import math

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array
from rdtheory.solver.door import SourceLike, door
from rdtheory.solver.gibbs import Coordinates, TableProblem
from rdtheory.solver.rounding import EPS
from rdtheory.solver.slope import Problem, prepare

BLOCK = 4_000_000
"""Entries of a distortion without a table that are made at once."""


@door
def critical_slope(
    p_x: npt.ArrayLike | SourceLike, distortion: npt.ArrayLike | Coordinates | None = None
) -> float:
    r"""Return the beta from which on one output is enough, and the rate 0.

    It is 0 where one output is best for every letter, and inf where some rate
    is worth its cost at every slope: forbidden pairs leave no output for all,
    or two outputs are equally good constants, as the two in the middle of a
    symmetric grid of an even number of points.

    Source: Cover and Thomas (2006), doi:10.1002/047174882X, section 10.7, for
    the conditions under which a channel is the best.

    Parameters
    ----------
    p_x, distortion, normalise : as in `solve_slope`

    Examples
    --------
    >>> from rdtheory.sources.textbook import bernoulli, hamming
    >>> f"{critical_slope(bernoulli(0.3)):.9f} {1 / math.log(0.7 / 0.3):.9f}"
    '1.180222501 1.180222501'
    >>> critical_slope(hamming(5))
    inf
    """
    problem = prepare(p_x, distortion)
    if math.isinf(problem.constant.distortion):
        return math.inf
    p, found = problem.p, 0.0
    for more in _blocks(problem):
        mean, size = more @ p, np.abs(np.where(np.isinf(more), 0.0, more)) @ p
        nearer = (more < 0.0).any(axis=1)  # those with forbidden pairs, of infinite mean, too
        if (nearer & (mean <= 4.0 * EPS * (4.0 + math.sqrt(p.size)) * size)).any():
            return math.inf
        found = max(found, _slope_of(p, more[nearer], found))
    return found


def _blocks(problem: Problem) -> "list[Array]":
    """Return d(x, y) - d(x, y0) for outputs y, (m, n), in blocks."""
    best = int(problem.constant.marginal.argmax())
    costs = problem.costs
    if isinstance(costs, TableProblem):
        return [costs.surplus - costs.surplus[best]]
    c = costs.coordinates
    own = c.compiled.excess(c.letters, c.outputs[[best]], costs.low)
    step = max(1, BLOCK // len(c.letters))
    return [
        c.compiled.excess(c.letters, c.outputs[at : at + step], costs.low) - own
        for at in range(0, len(c.outputs), step)
    ]


def _slope_of(p: Array, more: Array, found: float) -> float:
    """Return the largest beta at which some output is worth its rate, or `found` if it is less.

    Outputs that are not worth theirs at a slope are worth it at no larger one, so that each step
    leaves fewer of them.
    """

    def worth(beta: float) -> npt.NDArray[np.bool_]:
        with np.errstate(over="ignore"):
            return np.expm1(-more / beta) @ p > 0.0

    if not more.size:
        return found
    gain = np.where(np.isinf(more), 0.0, np.abs(more))
    low = high = float(gain.max())
    while (kept := worth(high)).any():
        low, high, more = high, 8.0 * high, more[kept]
        if high > 1e300:
            return math.inf
    while not (kept := worth(low)).any():
        low, high = low / 8.0, low
        if low <= max(found, 1e-300):
            return found
    more = more[kept]
    for _ in range(200):
        middle = math.sqrt(low) * math.sqrt(high)
        if not low < middle < high:
            break
        kept = worth(middle)
        low, high = (middle, high) if kept.any() else (low, middle)
        more = more[kept] if kept.any() else more
    return high
