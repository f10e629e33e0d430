"""An independent judge of a channel's input, in long double; the same optimum by cvxpy."""

import cvxpy
import numpy as np
from scipy.special import entr

FLOOR = 1e-12
"""Of q, per output, in the reference's second bound; any floor gives a valid bound."""


def judge_input(rows, p, cost=None, slope=0.0):
    """Return (J, bound, D) of an input: I - s E c, what no input exceeds, and D of every letter."""
    w = np.asarray(rows, dtype=np.longdouble)
    p = np.asarray(p, dtype=np.longdouble)
    w, p = w / w.sum(axis=1, keepdims=True), p / p.sum()
    paid = 0 if cost is None else slope * np.asarray(cost, dtype=np.longdouble)
    q = p @ w
    told = np.where(w > 0, w * np.log(np.where(w > 0, w, 1)), 0).sum(axis=1) - paid

    def divergences(law):
        safe = np.where(law > 0, law, 1)
        lost = np.where((w > 0) & (law == 0), np.inf, 0).sum(axis=1)
        return told - w @ np.log(safe) + lost

    own, floored = divergences(q), divergences((q + FLOOR) / (1 + q.size * FLOOR))
    used = p > 0
    return p[used] @ own[used], min(own.max(), floored.max()), own


def cvxpy_capacity(rows, cost=None, budget=None):
    """Return max I(X; Y) within a budget as cvxpy finds it."""
    rows = np.asarray(rows, dtype=np.float64)
    p = cvxpy.Variable(rows.shape[0], nonneg=True)
    information = cvxpy.sum(cvxpy.entr(rows.T @ p)) - entr(rows).sum(axis=1) @ p
    limits = [cvxpy.sum(p) == 1]
    if budget is not None:
        limits.append(np.asarray(cost) @ p <= budget)
    program = cvxpy.Problem(cvxpy.Maximize(information), limits)
    program.solve(solver="CLARABEL")
    return program.value
