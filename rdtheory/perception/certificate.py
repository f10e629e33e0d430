r"""Rate-distortion-perception: the problem, its dual, and what any prices prove.

A code may be asked not only to be near the source in E d, but that its outputs look like the
source: with a divergence Delta between laws on the letters,

    R(D, P) = min over q(y|x) of  I(X; Y)  with  E d(X, Y) <= D  and  Delta(p, r) <= P,

where r(y) = sum_x p(x) q(y|x). Here Delta is the total variation, half the sum of |p - r|, or
KL(p || r) = sum_y p log p/r. Both are convex in r, and so is the problem. At a slope beta it is

    L(beta) = min of  E d + beta I(X; Y)  over channels whose r is in C = {Delta(p, r) <= P}.

Among channels of a given r, I = KL(q p || p r), and a price v(y) may be put on every output, paid
by the channel and paid back by r. For all prices u(x), v(y) and any channel with r in C,

    E d / beta + I  >=  sum p u + 1 - max over r in C of  sum_y r(y) (c(y) + v(y)),
    c(y) = sum_x p(x) exp(u(x) - d(x, y) / beta - v(y)),

since a log(a / b) >= a s - b e^s + b for every s. The best v makes c = 1, which leaves the dual

    L(beta) / beta = max over u of  sum_x p(x) u(x) - sigma(nu(u)),
    nu_y(u) = log sum_x p(x) exp(u(x) - d(x, y) / beta),

where sigma(h) = max over r in C of sum r h is what the laws in C can make of h at most. Whatever u,
this is a lower bound: the certificate. Without a limit sigma is the largest h, and the bound is
Csiszar's of `rdtheory.solver.certificate`; with P = 0 sigma(h) = sum p h, and the problem is
optimal transport of p to itself with entropy, whose prices Sinkhorn's algorithm finds, too. In
between:

    total variation:  P of the mass of the letters of least h goes to the letter of greatest h;
    KL:  sigma(h) = min over tau > max h of  tau - exp(-P) prod_y (tau - h(y))^p(y).

For a coin, P = 0, and any two prices at all:

>>> from rdtheory import solve_perception
>>> p, errors, beta, u = np.array([0.7, 0.3]), 1 - np.eye(2), 0.5, np.array([0.1, 0.4])
>>> nu, _ = output_levels(np.log(p), u, errors / beta)
>>> point = solve_perception(p, errors, beta, perception=0.0)
>>> bool(p @ u - p @ nu <= point.value / beta), point.gap < 1e-9
(True, True)

Sources: Blau and Michaeli, "Rethinking lossy compression: the rate-distortion-perception tradeoff"
(2019), equation 3; Cuturi, "Sinkhorn distances" (2013); Serra, Stavrou and Kountouris, "On the
computation of the rate-distortion-perception function" (2023), for another way to compute it.
"""

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import rel_entr

from rdtheory.checks import Array, check_choice, check_number

DIVERGENCES = ("tv", "kl")


def check_limit(perception: float, divergence: str) -> tuple[float, str]:
    """Return a limit of at least 0 and the name of a divergence; total variation has most 1."""
    limit = check_number("perception", perception, low=0.0)
    name = check_choice("divergence", divergence, DIVERGENCES)
    return (min(limit, 1.0) if name == "tv" else limit), name


def divergence_of(p: Array, r: Array, name: str) -> float:
    """Return half the sum of |p - r|, or KL(p || r) in nats."""
    if name == "tv":
        return 0.5 * float(np.abs(p - r).sum())
    return max(0.0, float(rel_entr(p, r).sum()))


def output_levels(log_p: Array, u: Array, scaled: Array) -> tuple[Array, Array]:
    """Return nu_y(u), (m,), and its gradients, laws of x in the columns of (n, m).

    Parameters
    ----------
    log_p, u : (n,)
    scaled : (n, m) d / beta, inf where forbidden, finite somewhere in every column
    """
    exponent = (log_p + u)[:, None] - scaled
    most = exponent.max(axis=0)
    terms = np.exp(exponent - most)
    sums = terms.sum(axis=0)
    return most + np.log(sums), terms / sums


def support_function(h: Array, p: Array, limit: float, name: str) -> float:
    """Return an upper bound on sum_y r(y) h(y) of all laws r with Delta(p, r) <= limit.

    It is the least one, but for rounding.

    Parameters
    ----------
    h : (m,)
    p : (m,) the law in the middle, with zeros where an output is no letter of the source

    Examples
    --------
    >>> h, p = np.array([1.0, 2.0, 4.0]), np.array([0.5, 0.25, 0.25])
    >>> support_function(h, p, 0.6, "tv")  # half of the mass from 1 to 4, a tenth from 2
    3.7
    >>> support_function(h, p, 0.0, "kl") == float(p @ h)
    True
    """
    return best_law(h, p, limit, name)[1]


def best_law(h: Array, p: Array, limit: float, name: str) -> tuple[Array, float]:
    """Return the law r of greatest sum_y r(y) h(y) with Delta(p, r) <= limit, and a bound on it."""
    if limit == 0.0:
        return p, float(p @ h)
    if name == "kl":
        return _best_of_kl(h, p, limit)
    r, left = p.copy(), limit
    best = int(h.argmax())
    for y in np.argsort(h, kind="stable"):
        if y != best:
            moved = min(r[y], left)
            r[y] -= moved
            r[best] += moved
            left -= moved
    return r, float(r @ h)


def _best_of_kl(h: Array, p: Array, limit: float) -> tuple[Array, float]:
    """Solve for tau: r(y) = g p(y) / (tau - h(y)) adds up to 1; bound: tau - g, for any tau."""
    used = p > 0.0
    below, top = h.max() - h, float(h.max())
    if float(np.ptp(h)) <= 1e-14 * max(1.0, abs(top)):
        return p, top

    def law(log_room: float) -> tuple[Array, float]:
        room = below + math.exp(log_room)
        mean = math.exp(float(p[used] @ np.log(room[used])) - limit)
        return mean * p / room, mean

    start = math.log(float(below.max()))
    low, high = start - 600.0, start + 40.0
    if law(high)[0].sum() >= 1.0:  # a limit so small that none is left
        return p, min(top, math.exp(high) + top - law(high)[1])
    if law(low)[0].sum() > 1.0:
        low = float(brentq(lambda log_room: law(log_room)[0].sum() - 1.0, low, high, xtol=1e-14))
    r, mean = law(low)
    r[int(h.argmax())] += max(0.0, 1.0 - r.sum())
    return r / r.sum(), min(top, top + math.exp(low) - mean)
