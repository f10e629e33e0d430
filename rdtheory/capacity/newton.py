r"""The greatest of J over inputs, for any channel: an active set of inputs, Newton on it.

With q = p W, J(p) and the scores a(x) of `certificate`, p is optimal exactly where the divergence
less the cost, D(x) = a(x) - sum_y W(y|x) log q(y), is at most J everywhere. What is solved has no
sum to keep: over all p >= 0

    sum_x p(x) (a(x) - J) + sum_y (q(y) - q(y) log q(y))

is greatest at the optimal input times exp(C - J), where C is the optimum. The best input is often
few letters, so a Newton step looks only at the support of p and at a few letters with D > J: its
quadratic model is a non-negative quadratic programme, that of `rdtheory.solver.newton`. A step of
Blahut and Arimoto, p <- p exp(D), after each Newton step mends the letters that the model sees
badly: an output that lost its inputs is far outside the quadratic range of q log q.

Sources: Gallager (1968), theorem 4.5.1, for the conditions; Blahut (1972); Arimoto (1972).
"""

import math
from typing import NamedTuple

import numpy as np

from rdtheory.checks import Array
from rdtheory.solver.gibbs import TINY, Indices
from rdtheory.solver.newton import one_thread
from rdtheory.solver.nonnegative import RIDGE, minimum_by_blocks, nonnegative_minimum

FLOOR = 1e-3  # of q, in gap / m: see `certified_gap`
RESERVE = 0.1  # share of the gap kept back for the floor and for rounding
NEAR = 0.125  # inputs are near for an output that they lead to with odds of at most exp(NEAR)
START = 2  # Blahut-Arimoto steps before the first Newton step
MANY = 64  # letters from which a Newton step first tries to free and fix them by blocks
FLAT = 1e-14  # excess of the quadratic model's D over J that counts as rounding


class Maximum(NamedTuple):
    """Where the method ended: the input p (n,), its certified gap in nats, the steps taken."""

    input: Array
    gap: float
    iterations: int


def best_input(
    rows: Array, score: Array, *, gap: float, max_iterations: int, start: Array | None = None
) -> Maximum:
    """Maximise J(p) = sum_x p(x) score(x) - sum_y q(y) log q(y), as far as the steps allow.

    Parameters
    ----------
    rows : (n, m) W(y|x), every output with an input that leads to it
    score : (n,) sum_y W(y|x) log W(y|x), less what the input costs in nats
    gap : nats of J within which to certify the maximum
    max_iterations : cap on Newton and Blahut-Arimoto steps together
    start : (n,) an input that is near the best, as of another slope nearby, if one is known
    """
    with one_thread():
        p = _cover(rows) if start is None else start.copy()
        return _ascend(rows, score, p, gap, max_iterations)


def _ascend(rows: Array, score: Array, p: Array, gap: float, max_iterations: int) -> Maximum:
    """Take turns of a Newton step and a Blahut-Arimoto step, in place, until D <= J + gap."""
    floor = FLOOR * gap / rows.shape[1]
    iterations = min(START, max_iterations)
    for _ in range(iterations):
        _blahut_arimoto_step(rows, score, p, floor)
    while True:
        support = np.flatnonzero(p)
        q = p[support] @ rows[support] + floor
        gain = score - rows @ np.log(q)
        gain -= p[support] @ gain[support]
        if gain.max() <= (1.0 - RESERVE) * gap or iterations + 2 > max_iterations:
            break
        joining = _letters_to_join(rows, q, np.where(p > 0.0, 0.0, gain), RESERVE * gap)
        active = np.concatenate((support, joining))
        part = rows[active]
        goal = _newton_goal(part, p[active], q, gain[active])
        p[active] = _step_towards(part, p[active], q, gain[active], goal)
        _flush(p)
        _blahut_arimoto_step(rows, score, p, floor)
        iterations += 2
    return Maximum(p, certified_gap(rows, score, p, floor), iterations)


def _cover(rows: Array) -> Array:
    """Return the uniform input on letters such that every output has one that is near its best.

    Greedy: the likeliest output that has none yet adds its best input. It needs no order between
    the letters.
    """
    best, most = rows.argmax(axis=0), rows.max(axis=0)
    near = math.exp(-NEAR) * most
    covered = np.zeros(most.size, dtype=np.bool_)
    p = np.zeros(rows.shape[0])
    for y in np.argsort(-most, kind="stable"):
        if not covered[y]:
            p[best[y]] = 1.0
            covered |= rows[best[y]] >= near
    return p / p.sum()


def _blahut_arimoto_step(rows: Array, score: Array, p: Array, floor: float) -> None:
    """Take one step p <- p exp(D), in place; it reads the support's letters only."""
    support = np.flatnonzero(p)
    part = rows[support]
    gain = score[support] - part @ np.log(p[support] @ part + floor)
    p[support] *= np.exp(gain - gain.max())
    _flush(p)


def _flush(p: Array) -> None:
    """Flush negligible masses of p to zero and rescale it to sum to one, in place."""
    p[p < TINY] = 0.0
    p /= p.sum()


def _letters_to_join(rows: Array, q: Array, gain: Array, least: float) -> Indices:
    """Return the letters whose gain D - J is above `least`, no two of them near, the best first.

    Near means near for the output that weighs most in the curvature of the letter chosen first. On
    a fine grid this keeps about one letter for each peak of D.
    """
    waiting = np.flatnonzero(gain > least)
    waiting = waiting[np.argsort(-gain[waiting], kind="stable")]
    chosen = []
    while waiting.size:
        chosen.append(waiting[0])
        row = rows[waiting[0]]
        y = int((row * row / q).argmax())
        waiting = waiting[1:]
        waiting = waiting[rows[waiting, y] < math.exp(-NEAR) * row[y]]
    return np.array(chosen, dtype=np.int64)


def _newton_goal(rows: Array, p: Array, q: Array, gain: Array) -> Array:
    """Return the maximiser, on the active letters, of the quadratic model at p.

    The model is (gain + 1)^T w - w^T H w / 2 with H(x, z) = sum_y W(y|x) W(y|z) / q(y). It is
    scaled to a unit diagonal, so that one ridge (a proximal term: it pulls to p) suits all letters.
    """
    weighted = rows / np.sqrt(q)
    hessian = weighted @ weighted.T
    scale = np.sqrt(np.diag(hessian))
    hessian /= np.outer(scale, scale)
    np.fill_diagonal(hessian, 1.0 + RIDGE)
    start = p * scale
    linear = gain / scale + hessian @ start
    if start.size >= MANY:
        goal = minimum_by_blocks(hessian, linear, np.ones(start.size, dtype=np.bool_), FLAT / scale)
        if goal is not None:
            return goal / scale
    return nonnegative_minimum(hessian, linear, start, FLAT / scale) / scale


def _step_towards(rows: Array, p: Array, q: Array, gain: Array, goal: Array) -> Array:
    """Move p towards the goal on the active letters, halving until what is solved rises enough."""
    step = goal - p
    relative = (step @ rows) / q
    slope = float(gain @ step)
    length = 1.0
    for _ in range(40):
        change = np.maximum(length * relative, -1.0 + 1e-16)
        rise = length * slope - float(q @ ((1.0 + change) * np.log1p(change) - change))
        if rise >= 1e-4 * length * slope:
            break
        length *= 0.5
    return (1.0 - length) * p + length * goal


def certified_gap(rows: Array, score: Array, p: Array, floor: float) -> float:
    """Return an upper bound on max J minus J(p), in nats.

    The bound max_x D(x) holds for any output law; here for (p W + floor) / (1 + m floor). The floor
    costs log(1 + m floor), next to nothing, and outputs far rarer than it stop to matter: without
    it D is infinite wherever an output of mass 1e-100 has lost its inputs.
    """
    support = np.flatnonzero(p)
    q = p[support] @ rows[support]
    above = float((score - rows @ np.log(q + floor)).max()) + math.log1p(q.size * floor)
    used = q > 0.0
    reached = float(p[support] @ score[support] - q[used] @ np.log(q[used]))
    return max(0.0, above - reached)
