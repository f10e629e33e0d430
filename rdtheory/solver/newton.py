r"""The least of F over output marginals, for any kernel: an active set of outputs, Newton on it.

With F(r) and c(y) of `certificate`, r is optimal exactly where c <= 1 everywhere. It is the
maximum-likelihood problem for mixture proportions, and its optimal support is often far smaller
than the alphabet. So a Newton step looks only at the support of r and at a few letters with c > 1:
its quadratic model, with r kept non-negative but its sum left free (F + sum r has the same
minimum), is a non-negative quadratic programme. A Blahut-Arimoto step r <- r c after each Newton
step mends the letters that the model sees badly: a rare x that lost its cover is far outside the
quadratic range of the logarithm, where Newton's method only doubles r(y) each time and c(y) is the
right factor at once.

Sources: Csiszar (1974) for the bound; Wang, "On fast computation of the non-parametric maximum
likelihood estimate of a mixing distribution" (2007); Kim, Carbonetto, Stephens and Anitescu, "A
fast algorithm for maximum likelihood estimation of mixture proportions using sequential quadratic
programming" (2020).
"""

import math
from contextlib import AbstractContextManager
from functools import cache
from typing import NamedTuple

import numpy as np
from threadpoolctl import ThreadpoolController

from rdtheory.checks import Array
from rdtheory.solver.gibbs import Kernel
from rdtheory.solver.steps import (
    NEAR,
    blahut_arimoto_step,
    cover,
    flush,
    letters_to_join,
    nearness,
    newton_goal,
    step_towards,
)

FLOOR = 1e-3  # of A r, in gap / n: see `_certified_gap`
RESERVE = 0.1  # share of the gap kept back for the floor and for rounding
START = 5  # Blahut-Arimoto steps before the first Newton step
FAR = 10.0  # largest c of a start that Newton steps alone soon mend; see `_start`


class Minimum(NamedTuple):
    """Where the method ended: the marginal r (m,), its certified gap in nats, the steps taken."""

    marginal: Array
    gap: float
    iterations: int


def best_marginal(
    kernel: Kernel, p: Array, *, gap: float, max_iterations: int, start: Array | None = None
) -> Minimum:
    """Minimise F(r) = -sum_x p(x) log sum_y r(y) A(x, y), as far as the steps allow.

    Parameters
    ----------
    kernel : A(x, y), with a letter y of positive A for every x
    p : (n,) positive masses of the letters x
    gap : nats of F within which to certify the minimum
    max_iterations : cap on Newton and Blahut-Arimoto steps together
    start : (m,) a marginal to begin at, as of slopes nearby; one that is far off is not used
    """
    with one_thread():
        return _descend(kernel, p, gap, max_iterations, start)


def one_thread() -> AbstractContextManager[object]:
    """Hold BLAS to one thread: where matrices are small, threads only wait for each other."""
    return _blas().limit(limits=1, user_api="blas")


@cache
def _blas() -> ThreadpoolController:
    """Return the BLAS libraries that are loaded; finding them takes longer than a small problem."""
    return ThreadpoolController()


def _descend(
    kernel: Kernel, p: Array, gap: float, max_iterations: int, start: Array | None
) -> Minimum:
    """Take turns of a Newton step and a Blahut-Arimoto step until c <= 1 + gap."""
    floor = FLOOR * gap / p.size
    r, iterations = _start(kernel, p, floor, max_iterations, start)
    near = NEAR
    while True:
        support = np.flatnonzero(r)
        q = r[support] @ kernel.rows(support) + floor
        c = kernel.sweep(p / q)
        if c.max() - 1.0 <= (1.0 - RESERVE) * gap or iterations + 2 > max_iterations:
            break
        excess = np.where(r > 0.0, 0.0, c - 1.0)
        joining = letters_to_join(kernel, p, q, excess, RESERVE * gap, near)
        active = np.concatenate((support, joining))
        rows = kernel.rows(active)
        goal, _ = newton_goal(rows, p, r[active], q, c[active])
        r[active] = step_towards(rows, p, r[active], q, c[active], goal)
        flush(r)
        near = nearness(near, r[joining] > 0.0)
        blahut_arimoto_step(kernel, p, r, floor)
        iterations += 2
    found = _certified_gap(kernel, p, r, floor)
    if found > gap:  # possibly only because a very rare x has no cover left
        share = 0.1 * RESERVE * gap
        mixed = (1.0 - share) * r + share * cover(kernel, p)
        mixed_gap = _certified_gap(kernel, p, mixed, floor)
        if mixed_gap < found:
            r, found = mixed, mixed_gap
    return Minimum(r, found, iterations)


def _start(
    kernel: Kernel, p: Array, floor: float, max_iterations: int, start: Array | None
) -> tuple[Array, int]:
    """Return where to begin, and the Blahut-Arimoto steps that it took.

    A marginal of slopes nearby has nearly the support that is wanted, but may have lost a rare x;
    then it is joined by letters that describe such x, at the mass of an average x. Where that does
    not do, and without a start, it is some steps from a cover.
    """
    if start is not None:
        r = start.copy()
        for taken in (1, START):
            for _ in range(taken):
                blahut_arimoto_step(kernel, p, r, floor)
            support = np.flatnonzero(r)
            q = r[support] @ kernel.rows(support) + floor
            c = kernel.sweep(p / q)
            if c.max() <= FAR:
                return r, taken
            excess = np.where(r > 0.0, 0.0, c - 1.0)
            r[letters_to_join(kernel, p, q, excess, 1.0, NEAR)] = 1.0 / p.size
            r /= r.sum()
    r = cover(kernel, p)
    steps = min(START, max_iterations)
    for _ in range(steps):
        blahut_arimoto_step(kernel, p, r, floor)
    return r, steps


def _certified_gap(kernel: Kernel, p: Array, r: Array, floor: float) -> float:
    """Return F(r) minus a lower bound on min F, in nats.

    Csiszar's bound takes any weights: F >= sum_x p log lambda - log max_y sum_x p lambda A(x, y);
    here lambda = 1 / (A r + floor). The floor costs sum_x p log(1 + floor / (A r)), next to
    nothing, and letters x far rarer than it stop to matter: without it c is large wherever A r
    misses a mass of 1e-100, and no float64 r is good enough.
    """
    support = np.flatnonzero(r)
    q = r[support] @ kernel.rows(support)
    c = kernel.sweep(p / (q + floor))
    with np.errstate(divide="ignore"):
        cost = float(p @ np.log1p(floor / q))
    return max(0.0, cost + math.log(c.max()))
