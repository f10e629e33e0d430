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
from rdtheory.solver.gibbs import TINY, Indices, Kernel
from rdtheory.solver.nonnegative import RIDGE, minimum_by_blocks, nonnegative_minimum

FLOOR = 1e-3  # of A r, in gap / n: see `_certified_gap`
RESERVE = 0.1  # share of the gap kept back for the floor and for rounding
NEAR = 0.125  # letters y, z are near for x if d(x, z) <= d(x, y) + NEAR beta; 1/16, 1/4 do as well
START = 5  # Blahut-Arimoto steps before the first Newton step
MANY = 64  # letters from which a Newton step first tries to free and fix them by blocks
FAR = 10.0  # largest c of a start that Newton steps alone soon mend; see `_start`
FLAT = 1e-14  # excess of the quadratic model's c over one that counts as rounding


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
    while True:
        support = np.flatnonzero(r)
        q = r[support] @ kernel.rows(support) + floor
        c = kernel.sweep(p / q)
        if c.max() - 1.0 <= (1.0 - RESERVE) * gap or iterations + 2 > max_iterations:
            break
        joining = _letters_to_join(kernel, p, q, np.where(r > 0.0, 0.0, c - 1.0), RESERVE * gap)
        active = np.concatenate((support, joining))
        rows = kernel.rows(active)
        goal = _newton_goal(rows, p, r[active], q, c[active])
        r[active] = _step_towards(rows, p, r[active], q, c[active], goal)
        _flush(r)
        _blahut_arimoto_step(kernel, p, r, floor)
        iterations += 2
    found = _certified_gap(kernel, p, r, floor)
    if found > gap:  # possibly only because a very rare x has no cover left
        share = 0.1 * RESERVE * gap
        mixed = (1.0 - share) * r + share * _cover(kernel, p)
        mixed_gap = _certified_gap(kernel, p, mixed, floor)
        if mixed_gap < found:
            r, found = mixed, mixed_gap
    return Minimum(r, found, iterations)


def _start(
    kernel: Kernel, p: Array, floor: float, max_iterations: int, start: Array | None
) -> tuple[Array, int]:
    """Return where to begin, and the Blahut-Arimoto steps that it took.

    A marginal of slopes nearby has nearly the support that is wanted, but may have lost a rare x;
    then, and without one, it is some steps from a cover.
    """
    if start is not None:
        r = start.copy()
        _blahut_arimoto_step(kernel, p, r, floor)
        support = np.flatnonzero(r)
        if kernel.sweep(p / (r[support] @ kernel.rows(support) + floor)).max() <= FAR:
            return r, 1
    r = _cover(kernel, p)
    steps = min(START, max_iterations)
    for _ in range(steps):
        _blahut_arimoto_step(kernel, p, r, floor)
    return r, steps


def _cover(kernel: Kernel, p: Array) -> Array:
    """Return the uniform marginal on letters such that every x has one near its best letter.

    Greedy: the likeliest x that has none yet adds its best letter. It needs no order between the
    letters and is as fine as the slope asks: the coarse grid of a coarse-to-fine start.
    """
    covered = np.zeros(p.size, dtype=np.bool_)
    r = np.zeros(kernel.letters)
    for x in np.argsort(-p, kind="stable"):
        if not covered[x]:
            y = int(kernel.column(x).argmax())
            r[y] = 1.0
            covered |= kernel.rows(np.array([y]))[0] >= math.exp(-NEAR)
            covered[x] = True
    return r / r.sum()


def _blahut_arimoto_step(kernel: Kernel, p: Array, r: Array, floor: float) -> None:
    """Take one step r <- r c, in place; it reads the support's letters only."""
    support = np.flatnonzero(r)
    rows = kernel.rows(support)
    r[support] *= rows @ (p / (r[support] @ rows + floor))
    _flush(r)


def _flush(r: Array) -> None:
    """Flush negligible masses of r to zero and rescale it to sum to one, in place."""
    r[r < TINY] = 0.0
    r /= r.sum()


def _letters_to_join(kernel: Kernel, p: Array, q: Array, excess: Array, least: float) -> Indices:
    """Return the letters whose excess c - 1 is above `least`, no two of them near, worst first.

    Near means near for the x that weighs most in the c of the letter chosen first. On a fine grid
    this keeps about one letter for each peak of c; it needs no order between the letters.
    """
    waiting = np.flatnonzero(excess > least)
    waiting = waiting[np.argsort(-excess[waiting], kind="stable")]
    chosen = []
    while waiting.size:
        chosen.append(waiting[0])
        row = kernel.rows(waiting[:1])[0]
        x = int((p * row / q).argmax())
        waiting = waiting[1:]
        waiting = waiting[kernel.column(x)[waiting] < math.exp(-NEAR) * row[x]]
    return np.array(chosen, dtype=np.int64)


def _newton_goal(rows: Array, p: Array, r: Array, q: Array, c: Array) -> Array:
    """Return the minimiser, on the active letters, of the quadratic model of F + sum r at r.

    The model is w^T H w / 2 - (2 c - 1)^T w with H(y, z) = sum_x p A(x, y) A(x, z) / (A r)^2. It is
    scaled to a unit diagonal, so that one ridge (a proximal term: it pulls to r) suits all letters.
    """
    weighted = rows * (np.sqrt(p) / q)
    hessian = weighted @ weighted.T
    scale = np.sqrt(np.diag(hessian))
    hessian /= scale
    hessian /= scale[:, None]
    np.fill_diagonal(hessian, 1.0 + RIDGE)
    start = r * scale
    linear = (c - 1.0) / scale + hessian @ start
    if start.size >= MANY:
        goal = minimum_by_blocks(hessian, linear, start > 0.0, FLAT / scale)
        if goal is not None:
            return goal / scale
    return nonnegative_minimum(hessian, linear, start, FLAT / scale) / scale


def _step_towards(rows: Array, p: Array, r: Array, q: Array, c: Array, goal: Array) -> Array:
    """Move r towards the goal on the active letters, halving until F + sum r falls enough."""
    step = goal - r
    relative = (step @ rows) / q  # of A r
    slope = float((1.0 - c) @ step)
    length = 1.0
    for _ in range(40):
        change = np.maximum(length * relative, -1.0 + 1e-16)
        fall = length * slope + float(p @ (change - np.log1p(change)))
        if fall <= 1e-4 * length * slope:
            break
        length *= 0.5
    return (1.0 - length) * r + length * goal


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
