r"""The best scalar quantiser with an entropy code at a slope, by dynamic programming.

A scalar quantiser says of each number x in which of some cells it is, and an entropy code says that
in H nats, H = -sum over cells of P log P. For letters x_1 < ... < x_n on a line, of masses p, and
a distortion that is convex in x - y, the problem at a slope beta is

    J(beta) = min over partitions of the letters into cells of  E d + beta H,

each cell with its own best level y. The best cells are intervals: of two levels with code words of
any lengths, the letters that are nearer to the one than to the other, lengths paid, lie on one side
of a point. So J is the length of a shortest path from 0 to n, whose arcs i -> j are the cells of
the letters i + 1, ..., j, with

    w(i, j) = min over y of sum p d(x, y)  -  beta P log P,   P = p_{i+1} + ... + p_j,

and Bellman's equation V(j) = min over i < j of V(i) + w(i, j), V(0) = 0, finds it in n (n + 1) / 2
arcs. Its dual is the certificate: any potentials V with V(j) - V(i) <= w(i, j) for all i < j prove
that no partition has less than V(n) - V(0), since along any path the differences add up.

R(D) bounds what any code of many letters at a time reaches, R <= H; at high rate a scalar quantiser
of squared error is above it by 1/2 log(2 pi e / 12) = 0.1765 nats, 0.2546 bit, for any density.

Three letters, their best cells, and the potentials that prove them, of which none is too steep:

>>> line = Line.of(np.array([-1.0, 0.0, 1.0]), np.array([0.25, 0.5, 0.25]), absolute=False)
>>> cuts, potentials = best_cells(line, 0.2)
>>> cuts.tolist(), bool(slack(line, 0.2, potentials) >= -1e-12)
([0, 1, 2, 3], True)

Sources: Gyorgy and Linder, "Optimal entropy-constrained scalar quantization of a uniform source"
(2000), and "On the structure of optimal entropy-constrained scalar quantizers" (2002); Gish and
Pierce, "Asymptotically efficient quantizing" (1968), for the 0.2546 bit; Bruce, *Optimum
quantization* (1965), for dynamic programming.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numba
import numpy as np
import numpy.typing as npt
from numba.extending import register_jitable

from rdtheory.checks import Array

Cuts = npt.NDArray[np.int64]

HIGH_RATE = 0.5 * math.log(2.0 * math.pi * math.e / 12.0)
"""Nats by which entropy-coded scalar quantisers are above R(D) at high rate, squared error."""


@dataclass(frozen=True, eq=False)
class Line:
    """Letters on a line, in order, with the sums that cells are made of.

    Parameters
    ----------
    letters : (n,) rising, measured from their mean
    mass, first, second : (n + 1,) sums of p, p x and p x^2 of the letters before
    absolute : whether the distortion is |x - y|, whose best level is a median, or (x - y)^2
    """

    letters: Array
    mass: Array
    first: Array
    second: Array
    absolute: bool

    @classmethod
    def of(cls, letters: Array, p: Array, *, absolute: bool) -> "Line":
        """Return letters with their sums; they are centred so that squares do not cancel."""
        sums = [
            np.concatenate([[0.0], np.cumsum(part)]) for part in (p, p * letters, p * letters**2)
        ]
        return cls(letters, sums[0], sums[1], sums[2], absolute)


def best_cells(line: Line, beta: float) -> tuple[Cuts, Array]:
    """Return where the best cells end, from 0 to n, and the potentials V, (n + 1,)."""
    potentials, before = _shortest(
        line.letters, line.mass, line.first, line.second, beta, line.absolute
    )
    cuts = [line.letters.size]
    while cuts[-1]:
        cuts.append(int(before[cuts[-1]]))
    return np.array(cuts[::-1], dtype=np.int64), potentials


def slack(line: Line, beta: float, potentials: Array) -> float:
    """Return the least w(i, j) - V(j) + V(i) of all arcs: at least 0 where V proves its bound.

    By as much as it is below 0, times the arcs of a path, the bound is less.
    """
    return float(
        _least_slack(
            line.letters, line.mass, line.first, line.second, beta, line.absolute, potentials
        )
    )


@register_jitable
def _median(mass: Array, i: int, j: int) -> int:
    """Return the letter of a cell at which half of its mass is reached."""
    half = 0.5 * (mass[i] + mass[j])
    low, high = i, j - 1
    while low < high:
        middle = (low + high) // 2
        if mass[middle + 1] < half:
            low = middle + 1
        else:
            high = middle
    return low


@register_jitable
def _cell(
    letters: Array, mass: Array, first: Array, second: Array, absolute: bool, i: int, j: int
) -> tuple[float, float]:
    """Return the mass and the distortion of the cell of letters i, ..., j - 1."""
    total = mass[j] - mass[i]
    if j == i + 1 or total <= 0.0:
        return total, 0.0
    if absolute:
        k = _median(mass, i, j)
        y = letters[k]
        below = y * (mass[k] - mass[i]) - (first[k] - first[i])
        return total, max(0.0, below + (first[j] - first[k]) - y * (mass[j] - mass[k]))
    moment = first[j] - first[i]
    return total, max(0.0, second[j] - second[i] - moment * moment / total)


@numba.njit(cache=True)
def _shortest(
    letters: Array, mass: Array, first: Array, second: Array, beta: float, absolute: bool
) -> tuple[Array, Cuts]:
    """Return V and the start of the last cell of each shortest path."""
    n = letters.size
    potentials, before = np.zeros(n + 1), np.zeros(n + 1, dtype=np.int64)
    for j in range(1, n + 1):
        best, start = np.inf, 0
        for i in range(j):
            total, distortion = _cell(letters, mass, first, second, absolute, i, j)
            length = potentials[i] + distortion
            if total > 0.0:
                length -= beta * total * math.log(total)
            if length < best:
                best, start = length, i
        potentials[j], before[j] = best, start
    return potentials, before


@numba.njit(cache=True)
def _least_slack(
    letters: Array, mass: Array, first: Array, second: Array, beta: float, absolute: bool,
    potentials: Array,
) -> float:  # fmt: skip
    """Return the least w(i, j) - V(j) + V(i)."""
    least = np.inf
    for j in range(1, letters.size + 1):
        for i in range(j):
            total, distortion = _cell(letters, mass, first, second, absolute, i, j)
            length = distortion
            if total > 0.0:
                length -= beta * total * math.log(total)
            least = min(least, length - potentials[j] + potentials[i])
    return least


def cell_numbers(line: Line, cuts: Cuts) -> tuple[Array, Array, Array]:
    """Return masses, distortions and levels of the cells."""
    made = [_cell_of(line, int(i), int(j)) for i, j in pairwise(cuts)]
    masses, distortions, levels = (np.array(part) for part in zip(*made, strict=True))
    return masses, distortions, levels


def _cell_of(line: Line, i: int, j: int) -> tuple[float, float, float]:
    """Return mass, distortion and level of a cell, summed from its letters anew."""
    x, p = line.letters[i:j], np.diff(line.mass[i : j + 1])
    total = float(p.sum())
    if total == 0.0:
        return 0.0, 0.0, float(x.mean())
    level = float(x[_median(line.mass, i, j) - i]) if line.absolute else float(p @ x / total)
    paid = np.abs(x - level) if line.absolute else (x - level) ** 2
    return total, float(p @ paid), level
