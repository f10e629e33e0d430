r"""What any reproduction in R^k proves: an upper bound, and a lower one by a supremum over R^k.

With d and a slope beta the least of D + beta R over reproductions anywhere in R^k is, in nats of
(D + beta R) / beta, the least over probability measures r of

    F(r) = -E log q(X),    q(x) = integral of r(dy) exp(-d(x, y) / beta).

Its dual is the greatest, over functions a of x, of

    E a(X) - log sup over y in R^k of c(y),    c(y) = E exp(a(X) - d(X, y) / beta),

for -log is convex and lies above its tangents: for every r and a, with b the log of the supremum,

    F(r) = -E log(q e^(a - b)) + E a - b >= 1 - E q e^(a - b) + E a - b >= E a - b,

where E q(X) e^(a(X) - b) = integral of r(dy) c(y) e^-b <= 1. With a = -log q both sides meet where
c <= 1 everywhere; so r is optimal exactly there, and every atom of r is a peak of c of height one.
A grid knows c only at its points. Here it is bounded over R^k: in one, two and three dimensions by
branch and bound (`cells`), which is a proof; in more by climbing from many points, an estimate.

Sources: Csiszar, "On an extremum problem of information theory" (1974), theorem 2.3; Rose, "A
mapping approach to rate-distortion computation and analysis" (1994).
"""

from typing import NamedTuple

import numpy as np

from rdtheory.checks import Array
from rdtheory.continuous.atoms import peaks, starts
from rdtheory.continuous.cells import supremum
from rdtheory.continuous.newton import Atoms
from rdtheory.continuous.problem import Mixed, Problem

PROVED = 3
"""Dimensions in which the supremum is proved."""
FLOOR = 0.1
"""Share of the gap that the floor below q may cost: letters far rarer than it stop to matter."""
SHARE = 0.8
"""Of the gap: a supremum that is not to be improved on."""


class Proof(NamedTuple):
    """A gap in nats, whether it is proved, and the highest point of c (k,) with its height."""

    gap: float
    proved: bool
    where: Array
    height: float


def prove(problem: Problem, atoms: Atoms, gap: float, boxes: int) -> Proof:
    """Bound how far F of a reproduction is above the least of all.

    Parameters
    ----------
    problem : the source at its slope
    atoms : the reproduction
    gap : nats that are asked for
    boxes : of branch and bound, at most
    """
    log, a = duals(problem, atoms, gap)
    low, high = problem.box
    proved = low.size <= PROVED
    if proved:
        bounds = lambda centres, halves: problem.bounds(a, centres, halves)  # noqa: E731
        found = supremum(
            bounds, low, high, enough=1.0 + SHARE * gap, slack=0.1 * gap, most=boxes,
            edge=problem.unit,
        )  # fmt: skip
        most, where, height = found.bound, found.where, found.best
    else:
        places, heights = peaks(problem, a, starts(problem, atoms.places))
        most = height = float(heights[0])
        where = places[0]
    nats = float(np.log(most) - problem.p @ (log + a))
    return Proof(max(0.0, nats), proved, where, height)


def duals(
    problem: Mixed, atoms: Atoms, gap: float, floor: float | None = None
) -> tuple[Array, Array]:
    """Return log q(x) of a reproduction and a(x) = -log(q(x) + floor), which is its certificate."""
    log = problem.mixture(*atoms)[0]
    floor = floor_of(problem, log, gap) if floor is None else floor
    return log, -np.logaddexp(log, np.log(floor) + problem.most)


def floor_of(problem: Mixed, log: Array, gap: float) -> float:
    """Return a floor below q that costs less than its share of the gap, E log(1 + floor / q).

    It is in units of the largest exp(-d / beta) of each letter.
    """
    with np.errstate(over="ignore"):
        needed = np.minimum(np.exp(problem.most - log), 1e300)
    floor, factor = FLOOR * gap / float(problem.p @ needed), 2.0
    while factor > 1.1 and floor < 1.0:  # the cost is concave in it: from below it stays below
        factor = FLOOR * gap / float(problem.p @ np.log1p(floor * needed))
        floor *= factor
    return min(floor, 1.0)
