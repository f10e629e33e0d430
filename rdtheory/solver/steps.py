r"""The steps of a descent over output marginals: a cover, Blahut-Arimoto's, and Newton's.

With F(r) and c(y) of `certificate`: a step of Blahut and Arimoto is r <- r c. A Newton step looks
at active letters only, those of the support of r and a few with c > 1. Its quadratic model of F,
with r kept non-negative but its sum left free (F + sum r has the same minimum), is a non-negative
quadratic programme.
"""

import math

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from rdtheory.checks import Array
from rdtheory.solver.conjugate import minimum_by_gradients
from rdtheory.solver.gibbs import TINY, Indices, Kernel
from rdtheory.solver.nonnegative import RIDGE, Flags, minimum_by_blocks, nonnegative_minimum

NEAR = 0.125  # letters y, z are near for x if d(x, z) <= d(x, y) + NEAR beta; 1/16, 1/4 do as well
KEPT = 0.9  # share of the letters that joined which must stay for the next ones to be nearer
MANY = 64  # letters from which a Newton step first tries to free and fix them by blocks
HUGE = 1000  # letters from which a Newton step first tries conjugate gradients, without a matrix
SLIGHT = 1e-60  # entry of a matrix of unit diagonal that is nothing even beside the ridge
FLAT = 1e-14  # excess of the quadratic model's c over one that counts as rounding


def cover(kernel: Kernel, p: Array) -> Array:
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


def blahut_arimoto_step(kernel: Kernel, p: Array, r: Array, floor: float) -> None:
    """Take one step r <- r c, in place; it reads the support's letters only."""
    support = np.flatnonzero(r)
    rows = kernel.rows(support)
    r[support] *= rows @ (p / (r[support] @ rows + floor))
    flush(r)


def flush(r: Array) -> None:
    """Flush negligible masses of r to zero and rescale it to sum to one, in place."""
    r[r < TINY] = 0.0
    r /= r.sum()


def letters_to_join(
    kernel: Kernel, p: Array, q: Array, excess: Array, least: float, near: float
) -> Indices:
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
        waiting = waiting[kernel.column(x)[waiting] < math.exp(-near) * row[x]]
    return np.array(chosen, dtype=np.int64)


def nearness(near: float, kept: Flags) -> float:
    """Return how near letters may be that join next, where those `kept` of the last ones stayed.

    Where nearly all of them stay the best marginal is dense, as for absolute error, and few letters
    at a time would take many steps.
    """
    return near / 4.0 if kept.size and kept.mean() >= KEPT else NEAR


def newton_goal(
    rows: Array, p: Array, r: Array, q: Array, c: Array, pull: Array | None = None
) -> tuple[Array, Array]:
    """Return the minimiser, on the active letters, of the quadratic model of F + sum r at r.

    The model is w^T H w / 2 - (2 c - 1)^T w with H(y, z) = sum_x p A(x, y) A(x, z) / (A r)^2. It is
    scaled to a unit diagonal, so that one ridge (a proximal term: it pulls to r) suits all letters.

    Second comes H^-1 `pull` among the letters in use at the minimum: where the minimiser goes as
    linear terms change. It is LinAlgError where H is singular there.
    """
    weighted = rows * (np.sqrt(p) / q)
    scale = np.sqrt(np.einsum("ij,ij->i", weighted, weighted))
    weighted /= scale[:, None]
    if pull is None and r.size >= HUGE:
        goal = minimum_by_gradients(weighted, (c - 1.0) / scale, r * scale)
        if goal is not None:
            return goal / scale, np.zeros(r.size)
    _flush_slight(weighted)
    hessian = weighted @ weighted.T
    _flush_slight(hessian)
    np.fill_diagonal(hessian, 1.0 + RIDGE)
    start, flat = r * scale, FLAT / scale
    linear = (c - 1.0) / scale + hessian @ start
    second = np.zeros(start.size) if pull is None else pull / scale
    if start.size >= MANY:  # letters join as they are worth it: all are free at first
        free = np.ones(start.size, dtype=np.bool_)
        both = minimum_by_blocks(hessian, np.stack((linear, second), axis=1), free, flat)
        if both is not None:
            return both[:, 0] / scale, both[:, 1] / scale
    goal = nonnegative_minimum(hessian, linear, start, flat)
    along = np.zeros(goal.size)
    if pull is not None:
        free = goal > 0.0
        factor = cho_factor(hessian[np.ix_(free, free)], check_finite=False)
        along[free] = cho_solve(factor, second[free], check_finite=False)
    return goal / scale, along / scale


def _flush_slight(matrix: Array) -> None:
    """Flush what is nothing beside one to zero, in place: subnormal products take several times."""
    if matrix.min() < SLIGHT:
        matrix[matrix < SLIGHT] = 0.0


def step_towards(rows: Array, p: Array, r: Array, q: Array, c: Array, goal: Array) -> Array:
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
