r"""Non-negative quadratic programmes, min w^T M w / 2 - linear^T w over w >= 0, for `newton`.

Freeing and fixing whole blocks of entries takes a few factorisations, however many entries there
are, but need not end; a primal active set, compiled, changes one entry at a time and does.

Sources: Kim and Park, "Fast nonnegative matrix factorization: an active-set-like method and
comparisons" (2011), section 3, for blocks; Lawson and Hanson, *Solving Least Squares Problems*
(1974), chapter 23, and Nocedal and Wright, *Numerical Optimization* (2006), section 16.5.
"""

import math

import numba
import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve

from rdtheory.checks import Array

Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

RIDGE = 1e-12
"""Least squared pivot of a unit-diagonal matrix: below it, rounding is all there is."""

SOON = 6
FEW = 0.1
"""Share of the entries that may be wrong after as many rounds: more than that go in circles."""


def minimum_by_blocks(
    matrix: Array, linear: Array, free: Flags, flat: Array, rounds: int = 25
) -> Array | None:
    """Return the minimum, or None where so many rounds do not find it, or seem not to.

    A round fixes those `free` entries that would be negative and frees those others that gain more
    than their `flat`. Where `linear` has further columns, matrix w = column is solved for them on
    the entries that are free at the minimum of the first.
    """
    free = free.copy()
    for taken in range(rounds):
        w = np.zeros(linear.shape)
        inside = matrix[np.ix_(free, free)]
        try:  # its transpose, which is the same, lies as LAPACK wants it: nothing is copied
            factor = cho_factor(inside.T, overwrite_a=True, check_finite=False)
        except np.linalg.LinAlgError:
            return None
        w[free] = cho_solve(factor, linear[free], check_finite=False)
        least = w if w.ndim == 1 else w[:, 0]
        gains = ~free & ((linear if w.ndim == 1 else linear[:, 0]) - matrix @ least > flat)
        wrong = (least < 0.0) | gains
        if not wrong.any():
            return w
        if taken + 1 >= SOON and wrong.mean() > FEW:
            return None
        free ^= wrong
    return None


@numba.njit(cache=True)
def nonnegative_minimum(matrix: Array, linear: Array, start: Array, flat: Array) -> Array:
    """Minimise w^T matrix w / 2 - linear^T w over w >= 0, from a feasible start.

    Primal active set: go to the minimum over the free entries; if one of them reaches zero on the
    way, fix it there; otherwise free the entry that gains most, if above its `flat`. Any early end
    is feasible and no worse than the start.
    """
    size = linear.size
    w, gain, column = start.copy(), np.empty(size), np.empty(size)
    free = np.empty(size, dtype=np.int64)  # the first `count` entries are the free ones
    factor = np.zeros((size, size))
    count = 0
    for i in range(size):
        if w[i] != 0.0:
            count = _set_free(matrix, factor, free, column, count, i)

    for _ in range(3 * size + 10):
        for k in range(count):
            column[k] = linear[free[k]]
        z = solve_upper(factor, solve_lower(factor, column[:count]))
        length, blocking = 1.0, -1
        for k in range(count):
            i = free[k]
            if z[k] < 0.0 and w[i] < length * (w[i] - z[k]):
                length, blocking = w[i] / (w[i] - z[k]), k
        for k in range(count):
            i = free[k]
            w[i] = max(0.0, w[i] + length * (z[k] - w[i]))
        if blocking >= 0:
            w[free[blocking]] = 0.0
            remove(factor, count, blocking)
            for k in range(blocking, count - 1):
                free[k] = free[k + 1]
            count -= 1
            continue
        if count == size:
            break
        for j in range(size):
            gain[j] = linear[j]
        for k in range(count):
            i = free[k]
            for j in range(size):
                gain[j] -= w[i] * matrix[i, j]
        for k in range(count):
            gain[free[k]] = 0.0
        best = 0
        for j in range(size):
            if gain[j] > flat[j] and (gain[j] > gain[best] or not gain[best] > flat[best]):
                best = j
        if not gain[best] > flat[best]:
            break
        count = _set_free(matrix, factor, free, column, count, best)
    return w


# plain loops, here and below: numba takes ten times as long to compile expressions of arrays


@numba.njit(cache=True)
def _set_free(
    matrix: Array, factor: Array, free: Indices, column: Array, count: int, i: int
) -> int:
    """Add entry i to the free ones, of which there are `count`; return how many there are then."""
    for k in range(count):
        column[k] = matrix[i, free[k]]
    append(factor, column[:count], matrix[i, i])
    free[count] = i
    return count + 1


@numba.njit(cache=True)
def solve_lower(factor: Array, right: Array) -> Array:
    """Solve R^T z = right with the leading block of `factor`, an upper triangle R."""
    z = right.copy()
    for i in range(z.size):
        z[i] /= factor[i, i]
        for j in range(i + 1, z.size):
            z[j] -= z[i] * factor[i, j]
    return z


@numba.njit(cache=True)
def solve_upper(factor: Array, right: Array) -> Array:
    """Solve R z = right with the leading block of `factor`, an upper triangle R."""
    z = right.copy()
    for i in range(z.size - 1, -1, -1):
        total = z[i]
        for j in range(i + 1, z.size):
            total -= factor[i, j] * z[j]
        z[i] = total / factor[i, i]
    return z


@numba.njit(cache=True)
def append(factor: Array, column: Array, diagonal: float) -> None:
    """Extend R, where R^T R = M, by one more row and column of M, in place."""
    size = column.size
    z = solve_lower(factor, column)
    for k in range(size):
        factor[k, size] = z[k]
        diagonal -= z[k] * z[k]
    factor[size, size] = math.sqrt(max(diagonal, RIDGE))


@numba.njit(cache=True)
def remove(factor: Array, size: int, position: int) -> None:
    """Drop one row and column of M from R, in place, by Givens rotations."""
    for i in range(size):
        for j in range(max(position, i - 1), size - 1):
            factor[i, j] = factor[i, j + 1]
    for i in range(position, size - 1):
        a, b = factor[i, i], factor[i + 1, i]
        length = math.hypot(a, b)
        cosine, sine = a / length, b / length
        for j in range(i, size - 1):
            a, b = factor[i, j], factor[i + 1, j]
            factor[i, j] = cosine * a + sine * b
            factor[i + 1, j] = cosine * b - sine * a
