r"""Side information at the decoder alone: the problem of Wyner and Ziv, and what proves a bound.

An encoder sees x, a decoder sees what it is sent and y, where X, Y have the joint law p(x, y). A
message that tells the decoder to say t(y) where it sees y is a *strategy* t, one of the m^k maps of
the k values of y to the m reproductions. Wyner and Ziv's theorem is

    R(D) = min over q(t|x) of  I(X; T) - I(Y; T)  with  E d(X, T(Y)) <= D,

and I(X; T) - I(Y; T) = I(X; T|Y), since T depends on Y through X alone. With all strategies at hand
that is convex in q; no other alphabet of T does better. At a slope beta the problem is

    L(beta) = min over q(t|x) of  E d + beta I(X; T|Y),

in nats of L / beta, with c(x, t) = sum_y p(y|x) d(x, t(y)) / beta,

    min of  sum_t Phi_t(v_t)  over  v_t(x) = p(x) q(t|x) >= 0  with  sum_t v_t(x) = p(x),
    Phi_t(v) = sum_x v(x) (c(x, t) + log v(x)/p(x)) - sum_y w(y) log w(y)/p(y),

where w(y) = sum_x v(x) p(y|x). Each Phi_t is convex and grows in proportion to v. So its dual is

    max over prices u(x) of  sum_x p(x) u(x)  with  sum_x v(x) u(x) <= Phi_t(v)  for all t and v,

and whatever the prices, every encoder has

    E d / beta + I(X; T|Y)  >=  sum_x p(x) u(x) - max_t nu_t(u),
    nu_t(u) = max over laws s of y of  log sum_x p(x) exp(u(x) - c(x, t)) prod_y (s(y)/p(y))^p(y|x).

The sum is concave in s and grows in proportion to it, so that its tangent at any s bounds it:

    nu_t(u)  <=  log max_y 1/s(y) sum_x p(y|x) f(x),

f(x) being the terms of the sum: that is the certificate's whole arithmetic. (Where y tells nothing
it is Csiszar's bound of `rdtheory.solver.certificate`.) The largest nu_t of all strategies is found
without making them all: see `rdtheory.side.pricing`.

For a fair bit, the four strategies, and any two prices at all:

>>> from rdtheory import solve_wyner_ziv
>>> joint, errors = np.array([[0.4, 0.1], [0.1, 0.4]]), 1 - np.eye(2)
>>> pair = Pair(joint.sum(axis=1), joint / joint.sum(axis=1, keepdims=True), errors / 0.4)
>>> u, maps = np.array([0.3, 0.2]), np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
>>> nu = climb(pair, np.log(pair.p) + u - pair.costs(maps)).upper
>>> point = solve_wyner_ziv(joint, errors, 0.4)
>>> bool(pair.p @ u - nu.max() <= point.value / 0.4), point.gap < 1e-9
(True, True)

Sources: Wyner and Ziv, "The rate-distortion function for source coding with side information at the
decoder" (1976), theorem 1; Shannon (1958) for strategies; Willems, "Computation of the Wyner-Ziv
rate-distortion function" (1983); Chiang and Boyd, "Geometric programming duals of channel capacity
and rate distortion" (2004).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array
from rdtheory.log_sum import log_sum

Maps = npt.NDArray[np.int64]

DEEP = -1e5
"""Least log s(y) that is told from another."""

FAR = 3.0
"""Most by which a step of Newton's changes a log s(y)."""

LOST = 600.0
"""Nats below the whole from which on a part of a sum is summed by itself."""

RIDGE = 1e-13
"""Share of the diagonal that is added to matrices which the weights may make singular."""


@dataclass(frozen=True, eq=False)
class Pair:
    """Letters that y may confuse, with the slope's unit taken out of their distortion.

    Parameters
    ----------
    p : (n,) positive masses p(x)
    given : (n, k) p(y|x), every column with some mass
    surplus : (n, m) d(x, m) less the least of each letter, over beta; inf where forbidden
    """

    p: Array
    given: Array
    surplus: Array

    @cached_property
    def log_y(self) -> Array:
        """Log p(y), (k,)."""
        return np.log(self.p @ self.given)

    @cached_property
    def log_given(self) -> Array:
        """Log p(y|x), (n, k)."""
        with np.errstate(divide="ignore"):
            return np.log(self.given)

    @cached_property
    def parts(self) -> Array:
        """p(y|x) d(x, m) / beta, (k, m, n), 0 where y does not come with x."""
        with np.errstate(invalid="ignore"):
            made = self.given.T[:, None, :] * self.surplus.T[None, :, :]
        return np.where(self.given.T[:, None, :] > 0.0, made, 0.0)

    @cached_property
    def finite(self) -> Array:
        """`parts` with a number above all others in the place of inf, for comparing sums."""
        return np.where(np.isinf(self.parts), 1e300, self.parts)

    def costs(self, maps: Maps) -> Array:
        """Return c(x, t) of some strategies, (j, k) in and (j, n) out."""
        return self.parts[np.arange(maps.shape[1]), maps].sum(axis=1)


@dataclass(frozen=True, eq=False)
class Climb:
    """Where the laws s of some strategies have come to.

    Parameters
    ----------
    upper : (j,) certified upper bounds on nu_t
    lower : (j,) what s reaches
    log_s : (j, k)
    v : (j, n) f(x), scaled to sum to one
    """

    upper: Array
    lower: Array
    log_s: Array
    v: Array


def climb(
    pair: Pair,
    log_a: Array,
    log_s: Array | None = None,
    *,
    apart: float = 1e-13,
    enough: float = -np.inf,
    rounds: int = 60,
) -> Climb:
    """Find nu_t of weights a(x) = p(x) exp(u(x) - c(x, t)), one strategy a row.

    Parameters
    ----------
    log_a : (j, n), -inf where t is forbidden to x
    log_s : (j, k) laws to begin at
    apart : nats between both bounds that are near enough
    enough : an upper bound that needs no bettering
    rounds : cap on steps

    Each step is Newton's in log s, or s(y) <- sum_x p(y|x) f(x) where that one climbs higher.
    """
    u = np.tile(pair.log_y, (len(log_a), 1)) if log_s is None else log_s.copy()
    upper, lower = np.full(len(u), np.inf), np.full(len(u), -np.inf)
    v = np.zeros(log_a.shape)
    rows = np.arange(len(u))
    for turn in range(rounds + 1):
        u[rows], level, f, log_w = _look(pair, log_a[rows], u[rows])
        bound = (log_w - u[rows]).max(axis=1)
        upper[rows] = np.minimum(upper[rows], bound)
        lower[rows], v[rows] = level, f
        wide = (upper[rows] > level + apart) & (upper[rows] > enough)
        if not wide.any() or turn == rounds:
            break
        rows = rows[wide]
        u[rows] = _step(pair, log_a[rows], u[rows], f[wide], level[wide])
    return Climb(upper, lower, u, v)


def _look(pair: Pair, log_a: Array, u: Array) -> tuple[Array, Array, Array, Array]:
    """Return log s, scaled; log of the sum of f; f over that sum; log of sum_x p(y|x) f(x)."""
    u = np.maximum(u - log_sum(u)[:, None], DEEP)
    log_f = log_a + (u - pair.log_y) @ pair.given.T
    level = log_sum(log_f)
    f = np.exp(log_f - np.where(np.isneginf(level), 0.0, level)[:, None])  # 0 if forbidden to all
    with np.errstate(divide="ignore"):
        log_w = np.log(f @ pair.given) + level[:, None]
    lost = (log_w < level[:, None] - LOST).any(axis=1)
    if lost.any():
        log_w[lost] = log_sum(log_f[lost][:, :, None] + pair.log_given, axis=1)
    return u, level, f, log_w


def _step(pair: Pair, log_a: Array, u: Array, f: Array, level: Array) -> Array:
    """Return Newton's step, or the plain one where that falls."""
    w, s = f @ pair.given, np.exp(u)
    plain = np.log(np.maximum(w, 1e-300))
    # of log sum f + a multiplier: the matrix is a Laplacian, of which the constant is the kernel
    matrix = -(pair.given.T * f[:, None, :]) @ pair.given + s[:, :, None] * s[:, None, :]
    k = np.arange(u.shape[1])
    matrix[:, k, k] += w * (1.0 + RIDGE) + 1e-290
    try:
        step = np.linalg.solve(matrix, (w - s)[:, :, None])[:, :, 0]
    except np.linalg.LinAlgError:
        return plain
    newton = u + np.clip(np.nan_to_num(step), -FAR, FAR)
    scaled = newton - log_sum(newton)[:, None] - pair.log_y
    reached = log_sum(log_a + scaled @ pair.given.T)
    return np.where((reached >= level - 1e-14)[:, None], newton, plain)
