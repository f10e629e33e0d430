"""Independent judges of problems with side information: all strategies at once, and by cvxpy."""

from itertools import product

import cvxpy
import numpy as np


def all_strategies(k, m):
    """Return all maps of k values to m outputs, (m^k, k)."""
    return np.array(list(product(range(m), repeat=k)))


def judge_encoder(joint, distortion, strategies, encoder):
    """Return (I(X; T|Y), E d) of an encoder, in long double, from p(x, y, t)."""
    joint = np.asarray(joint, dtype=np.longdouble)
    whole = joint[:, :, None] * np.asarray(encoder, dtype=np.longdouble)[:, None, :]  # x, y, t
    y, yt, xy = whole.sum(axis=(0, 2)), whole.sum(axis=0), whole.sum(axis=2)
    used = whole > 0
    inside = np.where(used, whole * y[:, None] / np.where(used, xy[:, :, None] * yt, 1), 1)
    rate = (whole * np.log(inside)).sum()
    cost = np.asarray(distortion)[:, np.asarray(strategies).T]  # x, y, t
    return rate, (whole * np.where(used, cost, 0)).sum()


def cvxpy_wyner_ziv(joint, distortion, beta):
    """Return min E d + beta I(X; T|Y) over encoders of all strategies, as cvxpy finds it."""
    joint, distortion = np.asarray(joint), np.asarray(distortion)
    n, k = joint.shape
    maps = all_strategies(k, distortion.shape[1])
    q = cvxpy.Variable((n, len(maps)), nonneg=True)
    terms = []
    for y in range(k):
        law = joint[:, y] / joint[:, y].sum()
        heard = law[None] @ q
        for x in np.flatnonzero(joint[:, y]):
            terms.append(joint[x, y] * cvxpy.sum(cvxpy.rel_entr(q[x], heard[0])))
            terms.append(joint[x, y] * (distortion[x, maps[:, y]] / beta) @ q[x])
    program = cvxpy.Problem(cvxpy.Minimize(sum(terms)), [cvxpy.sum(q, axis=1) == 1])
    program.solve(solver="CLARABEL")
    return beta * program.value
