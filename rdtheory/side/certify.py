"""What any Wyner-Ziv encoder proves: a check by nothing but `certificate` and pricing."""

import math

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from rdtheory.checks import (
    Array,
    check_array,
    check_beta,
    check_conditional,
    check_count,
    check_same_labels,
)
from rdtheory.side.certificate import Maps, Pair
from rdtheory.side.pricing import FEW, price
from rdtheory.side.problem import Given
from rdtheory.solver.certificate import Certificate

APART = 1e-12
"""Nats to which the largest nu of all strategies is looked for."""


def certify_wyner_ziv(
    joint: npt.ArrayLike,
    distortion: npt.ArrayLike,
    beta: float,
    strategies: npt.ArrayLike,
    encoder: npt.ArrayLike,
    *,
    max_branches: int = 50_000,
    normalise: bool = False,
) -> Certificate:
    r"""Certify a Wyner-Ziv encoder at slope beta.

    The bound is that of `rdtheory.side.certificate`. From the encoder its laws
    r(t|y) are taken, and the prices

        u(x) = -log sum_t exp(-c(x, t)) prod_y r(t|y)^p(y|x)

    that go with them. The numbers are those of the encoder these make,
    q(t|x) ~ the terms of that sum, which is no worse than the given one; no
    encoder is below the bound.

    Source: Wyner and Ziv (1976), doi:10.1109/TIT.1976.1055508, theorem 1, for
    the problem.

    Parameters
    ----------
    joint, distortion, beta, max_branches, normalise : as in `solve_wyner_ziv`
    strategies : (j, k) numbers of outputs
    encoder : (n, j) q(t|x); any will do, a better one gives a smaller gap

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    >>> joint, hamming = [[0.375, 0.125], [0.125, 0.375]], [[0, 1], [1, 0]]
    >>> d, both = 0.05, [[0, 0], [1, 1]]  # each strategy is a constant
    >>> ratio = (0.75 - d / 2) / (0.25 + d / 2)
    >>> beta = 1 / (math.log((1 - d) / d) - 0.5 * math.log(ratio))
    >>> encoder = [[1 - d, d], [d, 1 - d]]
    >>> found = certify_wyner_ziv(joint, hamming, beta, both, encoder)
    >>> f"R = {found.rate:.9f}, D = {found.distortion:.6f}"
    'R = 0.389653534, D = 0.050000'
    >>> found.gap < 1e-11
    True
    """
    check_same_labels(("joint", joint, 0), ("encoder", encoder, 0))
    given = Given.of(joint, distortion, normalise=normalise)
    beta, max_branches = check_beta(beta), check_count("max_branches", max_branches)
    n, k = given.joint.shape
    maps = _maps(strategies, k, given.distortion.shape[1])
    rows = check_conditional("encoder", encoder, shape=(n, len(maps)))
    used, seen = given.p_x > 0.0, given.joint.any(axis=0)
    p, table = given.p_x[used], given.joint[np.ix_(used, seen)]
    pair = Pair(p, table / p[:, None], given.surplus[used] / beta)
    with np.errstate(divide="ignore"):
        log_r = np.log(table.T @ rows[used] / table.sum(axis=0)[:, None])  # (k, j)
    costs = pair.costs(maps[:, seen])
    # 0 log 0 = 0: an unheard t has no say where y does not come with x
    heard = np.where(pair.given[:, :, None] > 0.0, pair.given[:, :, None], 0.0)
    with np.errstate(invalid="ignore"):
        terms = np.where(heard > 0.0, heard * log_r, 0.0).sum(axis=1) - costs.T
    u = -logsumexp(terms, axis=1)
    if not np.isfinite(u).all():
        return Certificate(math.inf, math.inf, math.inf, -math.inf, math.inf)
    q = np.exp(terms + u[:, None])
    paid = float(p @ np.where(q > 0.0, q * np.where(np.isinf(costs.T), 0.0, costs.T), 0.0).sum(1))
    gap = max(0.0, largest(pair, u, max_branches))
    nats, base = float(p @ u), given.base
    value = base + beta * nats
    return Certificate(
        rate=max(0.0, nats - paid), distortion=base + beta * paid, value=value,
        bound=value - beta * gap, gap=gap,
    )  # fmt: skip


def largest(pair: Pair, u: Array, max_branches: int) -> float:
    """Return an upper bound on nu_t(u) of all strategies, the least one that the branches allow."""
    limit = APART
    while True:
        found = price(pair, u, limit, max_branches, enough=FEW)
        if not found.found.size or found.looked >= max_branches:
            return found.most
        limit = found.best + APART


def _maps(strategies: npt.ArrayLike, k: int, m: int) -> Maps:
    """Return strategies as whole numbers of outputs."""
    array = check_array("strategies", strategies, ndim=2)
    if array.shape[1] != k:
        raise ValueError(f"strategies must have a column for each y, {k}, got {array.shape[1]}")
    maps = array.astype(np.int64)
    if (maps != array).any() or maps.min() < 0 or maps.max() >= m:
        wrong = array[(maps != array) | (maps < 0) | (maps >= m)][0]
        raise ValueError(f"strategies must be whole numbers in [0, {m - 1}], got {wrong:g}")
    return maps
