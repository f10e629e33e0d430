r"""A slope and a marginal near those of a target, by Newton's method in both at once.

With s = 1 / beta, F and c of `certificate` at s, and S the surplus distortion, the curve is the
saddle point

    R(S) = max over s, min over r of  F(r, s) - s S.

Let t = log s, u(x, y) = s (d(x, y) - min_y d(x, y)), E over the channel q(y|x) ~ r(y) A(x, y) of
the marginal r, M = E u = s S, and H the curvature of F in r on the support. Along the curve

    H dr/dt = g,   g(y) = sum_x p(x) A(x, y) / (A r)(x) (E[u|x] - u(x, y)),
    dR/dt = V,     d(log S)/dt = -V / M,     V = E Var(u|x) + g^T H^-1 g,

so that a Newton step in r, which solves with H anyway, also says how far the slope is off. Both
converge together, where a search for the slope would solve at one after another. Nothing relies on
what is found: it is where a certified solution at a slope begins.
"""

import math
from typing import NamedTuple, Protocol

import numba
import numpy as np

from rdtheory.checks import Array
from rdtheory.solver.gibbs import Indices, Kernel
from rdtheory.solver.newton import FLOOR, RESERVE, START, one_thread
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

LOOKS = 4
"""Slopes that are tried with a Blahut-Arimoto marginal alone, before the first Newton step."""

CLOSE = 0.2
"""Largest change of the logarithm of the slope in a Newton step; half of it after each that turns
back, as where a straight piece makes the curve jump."""

FARTHEST = 2.0
"""Largest change of it before the first."""

ON_TARGET = 1e-12
"""Nats of rate, or relative surplus, that count as met."""

APART = 1e-12
"""Least change of the logarithm of the slope that tells two points apart."""

SLOPES = 30
"""Most slopes that are tried."""


class Costs(Protocol):
    """A distortion that has a kernel at every slope."""

    def kernel(self, beta: float) -> Kernel:
        """Return the kernel at a slope."""


class Aim(NamedTuple):
    """A slope, a marginal (m,), V there in nats, the slopes that were tried and steps taken.

    `met` is whether the target is met, by a marginal within the asked gap of the best.
    """

    beta: float
    marginal: Array
    spread: float
    slopes: int
    iterations: int
    met: bool

    def beyond(self, rate: float, surplus: float, target: float, axis: str) -> float:
        """Return a slope whose point is as far from the target, on the other side, as this one's.

        That point has the rate and the surplus, near the target's.
        """
        turn = 2.0 * off_target(rate, surplus / self.beta, surplus, target, axis) / self.spread
        size = min(max(APART, abs(turn)), FARTHEST)  # V may be next to nothing
        return self.beta * math.exp(-math.copysign(size, turn))


class _Channel(NamedTuple):
    """What the rows of a kernel say of a marginal: F, M, E Var(u|x), and g of the rows."""

    nats: float
    mean: float
    variance: float
    pull: Array


def off_target(rate: float, mean: float, surplus: float, target: float, axis: str) -> float:
    """Return how far a rate is below its target, or a surplus above, as nats of rate.

    Divided by V it is what log s should change by.
    """
    if axis == "rate":
        return target - rate
    return mean * float(np.log(surplus) - np.log(target))  # -inf at no surplus


def aim_at(
    costs: Costs, p: Array, target: float, axis: str, beta: float, *, gap: float, most: int
) -> Aim:
    """Return a guess at the slope of a target and at its marginal.

    Parameters
    ----------
    costs, p : the problem
    target : a rate in nats or a surplus distortion, as `axis` says
    beta : a slope to begin at
    gap : nats of F within which the marginal is wanted
    most : cap on the slopes that are tried
    """
    with one_thread(), np.errstate(all="ignore"):  # what overflows ends in a target that is not met
        return _aim(costs, p, target, axis, beta, gap, min(most, SLOPES))


def _aim(
    costs: Costs, p: Array, target: float, axis: str, beta: float, gap: float, most: int
) -> Aim:
    floor = FLOOR * gap / p.size
    beta, kernel, r, slopes = _look(costs, p, target, axis, beta, floor, most)
    iterations = START * slopes
    near, reach, last, spread = NEAR, CLOSE, 0.0, math.inf
    while True:
        support = np.flatnonzero(r)
        q = r[support] @ kernel.rows(support) + floor
        c = kernel.sweep(p / q)
        joining = letters_to_join(
            kernel, p, q, np.where(r > 0.0, 0.0, c - 1.0), RESERVE * gap, near
        )
        active = np.concatenate((support, joining))
        rows, before = kernel.rows(active), r[active]
        at = _channel(kernel, active, rows, p, before, q, beta)
        off = off_target(at.nats - at.mean, at.mean, beta * at.mean, target, axis)
        met = c.max() - 1.0 <= (1.0 - RESERVE) * gap and abs(off) <= ON_TARGET * max(1.0, at.mean)
        if met or slopes >= most or not math.isfinite(off):
            return Aim(beta, r, spread, slopes, iterations, met)
        try:
            goal, along = newton_goal(rows, p, before, q, c[active], at.pull)
        except np.linalg.LinAlgError:
            return Aim(beta, r, math.inf, slopes, iterations, False)
        spread = at.variance + float(at.pull @ along)
        if not 0.0 < spread < math.inf:
            return Aim(beta, r, spread, slopes, iterations, False)
        r[active] = step_towards(rows, p, before, q, c[active], goal)
        flush(r)
        near = nearness(near, r[joining] > 0.0)
        blahut_arimoto_step(kernel, p, r, floor)
        step = r[active] - before
        fall = float(at.pull @ step)  # of M, to first order; that of F is c @ step
        if axis == "rate":
            off += float(c[active] @ step) - fall
        else:
            off -= fall * (1.0 + off / at.mean)
        move = min(max(off / spread, -reach), reach)
        reach, last = (0.5 * reach if move * last < 0.0 else reach), move
        r[active] = np.maximum(r[active] + move * along, 0.0)
        flush(r)
        if abs(move) > 1e-16:
            beta *= math.exp(-move)
            kernel = costs.kernel(beta)
        slopes, iterations = slopes + 1, iterations + 2


def _look(
    costs: Costs, p: Array, target: float, axis: str, beta: float, floor: float, most: int
) -> tuple[float, Kernel, Array, int]:
    """Return a slope near the target's, by marginals that a few steps make from a cover."""
    for turn in range(1, LOOKS + 1):
        kernel = costs.kernel(beta)
        r = cover(kernel, p)
        for _ in range(START):
            blahut_arimoto_step(kernel, p, r, floor)
        support = np.flatnonzero(r)
        rows = kernel.rows(support)
        q = r[support] @ rows + floor
        at = _channel(kernel, support, rows, p, r[support], q, beta)
        off = off_target(at.nats - at.mean, at.mean, beta * at.mean, target, axis)
        move = off / at.variance if at.variance > 0.0 else 0.0
        if not math.isfinite(move) or abs(move) <= CLOSE or turn in (LOOKS, most):
            break
        beta *= math.exp(-min(max(move, -FARTHEST), FARTHEST))
    return beta, kernel, r, turn


def _channel(
    kernel: Kernel, letters: Indices, rows: Array, p: Array, r: Array, q: Array, beta: float
) -> _Channel:
    per = p / q
    first, second, own = _moments(rows, kernel.excess(letters), beta, r, per)
    mean = first / q
    pull = rows @ (per * mean) - own
    variance = second / q - mean * mean
    return _Channel(-float(p @ np.log(q)), float(p @ mean), float(p @ variance), pull)


@numba.njit(cache=True)
def _moments(
    rows: Array, excess: Array, beta: float, r: Array, per: Array
) -> tuple[Array, Array, Array]:
    """Return sum_y r A u and sum_y r A u^2 for every x, and sum_x A u per for every y."""
    first, second = np.zeros(per.size), np.zeros(per.size)
    own = np.zeros(r.size)
    for y in range(r.size):
        total = 0.0
        for x in range(per.size):
            if rows[y, x] > 0.0:
                u = excess[y, x] / beta
                part = rows[y, x] * u
                first[x] += r[y] * part
                second[x] += r[y] * part * u
                total += part * per[x]
        own[y] = total
    return first, second, own
