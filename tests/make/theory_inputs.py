"""An independent judge of a channel's input, in long double; the same optimum by cvxpy."""

import cvxpy
import numpy as np
import pytest
from scipy.special import entr

FLOOR = 1e-12
"""Of q, per output, in the reference's second bound; any floor gives a valid bound."""


SUMS = 1e-13
"""Nats: float64 sums of at most 2000 terms of a few nats, next to those in long double."""


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


def check(rows, point, *, gap=1e-9, cost=None, slope=0.0):
    """Hold a point against the judge: what it has, what it says is the most, and how it is made."""
    surplus = None if cost is None else np.asarray(cost) - np.min(cost)
    reached, bound, _ = judge_input(rows, point.input, surplus, slope)
    paid = 0.0 if cost is None else slope * float(point.input @ surplus)
    assert point.converged
    assert 0.0 <= point.gap <= gap
    assert point.capacity - paid <= reached + SUMS
    assert reached <= bound + SUMS
    assert bound - (point.capacity - paid) <= gap + SUMS
    assert point.input.min() >= 0.0
    assert point.input.sum() == pytest.approx(1.0, abs=1e-14)
    assert point.output == pytest.approx(point.input @ np.asarray(rows), abs=1e-14)
    assert point.support.tolist() == np.flatnonzero(point.input).tolist()
    assert point.support.size <= np.asarray(rows).shape[1]


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
