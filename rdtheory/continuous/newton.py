r"""Newton's method on the weights and the places of atoms together.

With q(x) = sum_j w_j K(x, y_j), K = exp(-d / beta), what falls is F + sum_j w_j, whose minimum is
that of F. A step changes the weights by u and moves atom j by v_j / (w_j + u_j): in u and v, q is
linear but for the bend of K along the move, so that the quadratic model is

    sum_j (1 - c(y_j)) u_j - sum_j grad c(y_j) . v_j
    + 1/2 E[(sum_j u_j K_j + v_j . grad K_j)^2 / q^2] + 1/2 sum_j v_j . (-Hess c(y_j)) v_j / w_j,

c of `certificate`. At the optimum every atom is a peak of c, so that the last term is no less than
0; elsewhere its negative part is left out. The moves are free and eliminated, and what is left is a
non-negative quadratic programme in the weights, that of `rdtheory.solver.newton`.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from rdtheory.checks import Array
from rdtheory.continuous.problem import Problem
from rdtheory.solver.nonnegative import RIDGE, minimum_by_blocks, nonnegative_minimum

LONGEST = 1.0
"""Of a move, in units of the problem."""
MANY = 64
FLAT = 1e-14
DAMPINGS = (0.0, 0.1, 1.0)
"""Of moves, in units of what c bends; tried in turn until a step gains."""
NOISE = 4e-15
"""Of F, relative: what a step would gain less than this is left to the weights."""
SETTLED = 0.05
"""Share of the gap by which c and its slope may be off at the atoms when Newton's method ends."""


class Atoms(NamedTuple):
    """Places (j, k) and weights (j,) of the atoms of a reproduction."""

    places: Array
    weights: Array


def settle(problem: Problem, atoms: Atoms, gap: float, most: int) -> tuple[Atoms, int]:
    """Take Newton steps until every atom is a peak of c of height one, or nothing is gained."""
    steps = 0
    while steps < most:
        atoms, off, fell = newton_step(problem, atoms)
        steps += 1
        if off <= SETTLED * gap or not fell:
            break
    return atoms, steps


def newton_step(problem: Problem, atoms: Atoms) -> tuple[Atoms, float, bool]:
    """Take one step; return the atoms, how far the old ones were off, and if anything was gained.

    What they are off is the largest of |c - 1| and of the slope of c, in units of the problem.
    """
    places, w = atoms
    size, k = places.shape
    rows = problem.rows(places)
    q = w @ rows.entries
    slopes = (problem.unit * rows.slopes).transpose(0, 2, 1).reshape(size * k, -1)
    ratio = problem.p / q
    rise = rows.entries @ ratio - 1.0
    tilt = slopes @ ratio
    off = max(float(np.abs(rise[w > 0.0]).max()), float(np.abs(tilt).max()))
    _, _, hessians = problem.bends(rows.low - np.log(q), places)
    weighted = np.concatenate((rows.entries, slopes)) * (np.sqrt(problem.p) / q)
    model = weighted @ weighted.T
    model[size:, size:] += _bend_of_moves(-(problem.unit**2) * hessians, w)
    drag = np.repeat(1.0 / w, k)
    for damping in DAMPINGS:
        damped = model.copy()
        damped[np.arange(size, size + size * k), np.arange(size, size + size * k)] += damping * drag
        step = _movable(damped, rise, tilt, w)
        found, fell = _walk(problem, atoms, np.log(q) - rows.low, step, (rise, tilt))
        if fell:
            break
    return found, off, fell


def _bend_of_moves(bends: Array, w: Array) -> Array:
    """Return the blocks of -Hess c / w, their negative parts left out, as one matrix."""
    size, k, _ = bends.shape
    values, axes = np.linalg.eigh(bends)
    blocks = (axes * np.maximum(values, 0.0)[:, None, :]) @ axes.transpose(0, 2, 1)
    whole = np.zeros((size, k, size, k))
    which = np.arange(size)
    whole[which, :, which, :] = blocks / w[:, None, None]
    return whole.reshape(size * k, size * k)


def _movable(model: Array, rise: Array, tilt: Array, w: Array) -> tuple[Array, Array]:
    """Return the step that the model wants, where atoms that lose their weight do not move."""
    size, k = w.size, tilt.size // w.size
    stays = np.zeros(size, dtype=np.bool_)
    while True:
        kept = np.flatnonzero(np.concatenate((np.ones(size, dtype=np.bool_), np.repeat(~stays, k))))
        u, some = _least(model[np.ix_(kept, kept)], rise, tilt[kept[size:] - size], w)
        lost = (w + u <= 0.0) & ~stays
        if not lost.any():
            v = np.zeros(tilt.size)
            v[kept[size:] - size] = some
            return u, v
        stays |= lost


def _least(model: Array, rise: Array, tilt: Array, w: Array) -> tuple[Array, Array]:
    """Return the changes of weights and the moves, times new weights, that the model wants."""
    size = w.size
    scale = np.sqrt(np.diag(model))
    scale[scale == 0.0] = 1.0
    model = model / scale / scale[:, None]
    np.fill_diagonal(model, 1.0 + RIDGE)
    rise, tilt, start = rise / scale[:size], tilt / scale[size:], w * scale[:size]
    cross = model[size:, :size]
    factor = _factor(model[size:, size:])
    back = cho_solve(factor, np.column_stack((tilt, cross)), check_finite=False)
    left = model[:size, :size] - cross.T @ back[:, 1:]
    linear = rise - cross.T @ back[:, 0]
    shrunk = np.sqrt(np.maximum(np.diag(left), RIDGE))
    left = left / shrunk / shrunk[:, None]
    np.fill_diagonal(left, 1.0 + RIDGE)
    start, linear = start * shrunk, linear / shrunk
    linear = linear + left @ start
    flat = FLAT / (scale[:size] * shrunk)
    goal = None
    if size >= MANY:
        goal = minimum_by_blocks(left, linear, start > 0.0, flat)
    if goal is None:
        goal = nonnegative_minimum(left, linear, start, flat)
    u = (goal - start) / shrunk
    v = back[:, 0] - back[:, 1:] @ u
    return u / scale[:size], v / scale[size:]


def _factor(matrix: Array) -> tuple[Array, bool]:
    """Return the Cholesky factor of a matrix of unit diagonal, with the least ridge it needs."""
    ridge = RIDGE
    while True:
        try:
            return cho_factor(matrix + ridge * np.eye(len(matrix)), check_finite=False)
        except np.linalg.LinAlgError:
            ridge *= 100.0


def _walk(
    problem: Problem,
    atoms: Atoms,
    low_q: Array,
    step: tuple[Array, Array],
    gain: tuple[Array, Array],
) -> tuple[Atoms, bool]:
    """Go towards the model's minimum, halving until F + sum w falls enough; return if it did."""
    (places, w), (u, v) = atoms, step
    goal = np.maximum(w + u, 0.0)
    used = goal > 0.0
    moves = np.zeros_like(places)
    moves[used] = v.reshape(places.shape)[used] / goal[used, None]
    lengths = np.linalg.norm(moves, axis=1)
    moves *= np.minimum(1.0, LONGEST / np.maximum(lengths, LONGEST))[:, None]
    slope = -float(gain[0] @ (goal - w) + gain[1] @ (goal[:, None] * moves).ravel())
    if not slope < -NOISE * (1.0 + abs(float(problem.p @ low_q))):
        return atoms, False
    length = 1.0
    for _ in range(30):
        weights = (1.0 - length) * w + length * goal
        kept = weights > 0.0
        share = np.where(kept, length * goal / np.where(kept, weights, 1.0), 0.0)
        there = (places + problem.unit * share[:, None] * moves)[kept]
        now = problem.mixture(there, weights[kept])[0]
        fall = float(weights.sum() - w.sum()) - float(problem.p @ (now - low_q))
        if fall <= 1e-4 * length * slope:
            total = weights[kept].sum()
            return Atoms(there, weights[kept] / total), True
        length *= 0.5
    return atoms, False
