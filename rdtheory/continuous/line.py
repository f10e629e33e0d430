r"""`gauss` of letters on a line, by blocks: a million letters are what takes the time.

The bounds are those of `gauss`. Blocks of letters that are all too far from a box to count, as most
are where letters are in order, are left out of it.
"""

import math

import numba
import numpy as np

from rdtheory.checks import Array
from rdtheory.continuous.gauss import SMALL, rise
from rdtheory.solver.exponentials import BLOCK, exponentials

FEW = 128
"""Letters in a block of a mixture, whose block has a row for each atom."""


@numba.njit(cache=True)
def mixture_on_line(letters: Array, places: Array, log_w: Array, s: float) -> tuple[Array, Array]:
    """Return what `gauss.mixture` does, of letters (n,) and places (j,)."""
    log_q, spent = np.empty(letters.size), np.empty(letters.size)
    nats = np.empty((log_w.size, FEW))
    least, exponents, shares, room = np.empty(FEW), np.empty(FEW), np.empty(FEW), np.empty(FEW)
    for first in range(0, letters.size, FEW):
        x = letters[first : first + FEW]
        size = x.size
        least[:] = np.inf
        for j in range(log_w.size):
            row, y, w = nats[j], places[j], log_w[j]
            for i in range(size):
                row[i] = s * (x[i] - y) ** 2 - w
                least[i] = min(least[i], row[i])
        total, cost = np.zeros(size), np.zeros(size)
        for j in range(log_w.size):
            row, w = nats[j], log_w[j]
            for i in range(size):
                exponents[i] = least[i] - row[i]
            exponentials(exponents[:size], shares[:size], room[:size])
            for i in range(size):
                total[i] += shares[i]
                cost[i] += shares[i] * (row[i] + w)
        for i in range(size):
            log_q[first + i] = math.log(total[i]) - least[i]
            spent[first + i] = cost[i] / total[i]
    return log_q, spent


@numba.njit(cache=True)
def bounds_on_line(
    centres: Array, halves: Array, letters: Array, a: Array, s: float
) -> tuple[Array, Array]:
    """Return what `gauss.bounds` does, of letters (n,) and intervals, centres and halves (m,)."""
    at, above = np.empty(centres.size), np.empty(centres.size)
    near, middle, room = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    most, bumps = np.empty(BLOCK), np.empty(BLOCK)
    unit = math.sqrt(2.0 * s)
    for i in range(centres.size):
        sums = np.zeros(5)
        for first in range(0, letters.size, BLOCK):
            x, log = letters[first : first + BLOCK], a[first : first + BLOCK]
            size = x.size
            if _exponents(x, log, centres[i], halves[i], s, near, middle) == 0:
                continue
            exponentials(near[:size], most[:size], room[:size])
            exponentials(middle[:size], bumps[:size], room[:size])
            _add(x, centres[i], halves[i], unit, most, bumps, sums)
        c, g, bend = sums[0], 2.0 * s * sums[1], 4.0 * s * s * sums[2] - 2.0 * s * sums[0]
        rest = unit**3 * sums[4] * halves[i] ** 3 / 6.0
        at[i] = c
        above[i] = min(sums[3], c + rise(g, bend, halves[i]) + rest) + a.size * math.exp(SMALL)
    return at, above


@numba.njit(cache=True, fastmath={"contract"})
def _exponents(
    x: Array, log: Array, centre: float, half: float, s: float, near: Array, middle: Array
) -> int:
    """Write a - s |x - y|^2 with y nearest and in the middle; return how many nearest count."""
    count = 0
    for i in range(x.size):
        step = abs(x[i] - centre)
        out = max(step - half, 0.0)
        near[i] = log[i] - s * out * out
        middle[i] = log[i] - s * step * step
        count += near[i] >= SMALL
    return count


@numba.njit(cache=True, fastmath={"contract", "reassoc"})
def _add(
    x: Array, centre: float, half: float, unit: float, most: Array, bumps: Array, sums: Array
) -> None:
    """Add to c, its moments, the sum of bumps at their nearest, and of their third derivatives."""
    c, first, second, near, third = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(x.size):
        step = x[i] - centre
        u = unit * (abs(step) + half)
        cubic = u * (u * u - 3.0)
        bend = -cubic if u < 1.0 else max(2.0, cubic)
        c += bumps[i]
        first += step * bumps[i]
        second += step * step * bumps[i]
        near += most[i]
        third += bend * most[i]
    sums[0] += c
    sums[1] += first
    sums[2] += second
    sums[3] += near
    sums[4] += third
