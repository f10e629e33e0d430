r"""The Blahut-Arimoto algorithm, as textbooks have it: to teach with and to compare others with.

The problem is that of `rdtheory.solver.certificate`: for a source p(x), a distortion d(x, y), a
slope beta

    L(beta) = min over q(y|x) of  E d + beta I(X; Y).

The mutual information is itself a minimum, I(X; Y) = min over r of E log q(y|x) / r(y), so that the
problem is one minimum over two arguments, and each is easy where the other is held:

    q(y|x) = r(y) exp(-d(x, y) / beta) / sum_z r(z) exp(-d(x, z) / beta)    best channel for r,
    r(y)   = sum_x p(x) q(y|x)                                              best marginal for q.

The algorithm takes turns. The Lagrangian is convex in (q, r) together, so taking turns leads to its
minimum from every r that is positive everywhere, and never uphill on the way. Both turns at once
multiply the marginal by the c(y) of the certificate,

    r(y) <- r(y) c(y),    c(y) = sum_x p(x) exp(-d(x, y) / beta) / sum_z r(z) exp(-d(x, z) / beta),

and log max_y c(y) bounds, in nats, how far the Lagrangian is from its least value.

Why it may crawl: an output that the optimum does not use has c(y) < 1 there, and loses mass by that
factor in each turn; one that it uses has c(y) = 1. At a critical slope, where an output is about to
enter or leave the optimum, c(y) = 1 and the optimal r(y) is 0 both, and no factor is left: the mass
falls like 1/k in k turns, and near the critical slope it falls like that for long. The Bernoulli
source of p < 1/2 under Hamming distortion is at its critical slope beta = 1 / log((1 - p) / p)
where its rate reaches 0. There a gap of 1e-9 takes 36,240 iterations for p = 0.3; at half that beta
it takes 39.

Sources: Blahut, "Computation of channel capacity and rate-distortion functions" (1972), theorem 6;
Arimoto, "An algorithm for computing the capacity of arbitrary discrete memoryless channels" (1972);
Cover and Thomas (2006), section 10.8.
"""

import math
import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rdtheory.checks import (
    Array,
    check_beta,
    check_count,
    check_distortion,
    check_number,
    check_pmf,
    check_same_labels,
    told_apart,
)
from rdtheory.solver.certificate import Certified, certify
from rdtheory.solver.door import SourceLike, door, unpacked
from rdtheory.solver.gibbs import Coordinates

SMALLEST = float(np.finfo(float).tiny)
"""Least mass of an output: underflow to 0 would end it for good, though it may be wanted later."""


@dataclass(frozen=True, eq=False, repr=False)
class _AtSlope:
    beta: float


@dataclass(frozen=True, eq=False, repr=False)
class BlahutArimoto(Certified, _AtSlope):  # so that `beta` comes first
    """Where the algorithm stopped: the marginal's numbers, as `certify` has them, and the way.

    Parameters
    ----------
    beta : the slope
    marginal : (m,) r(y)
    channel : (n, m) q(y|x), the best for the marginal; a letter of no mass that no output may
        describe gets the marginal
    iterations : how often the marginal was replaced
    converged : whether the gap is as small as was asked for
    history : (iterations + 1,) the gap of each marginal, from the first to the last
    rates, distortions : (iterations + 1,) R and D of each marginal's channel, where `trace` asked
    """

    marginal: Array
    channel: Array
    iterations: int
    converged: bool
    history: Array
    rates: Array | None = None
    distortions: Array | None = None


@door
def blahut_arimoto(
    p_x: npt.ArrayLike | SourceLike,
    distortion: npt.ArrayLike | Coordinates | None,
    beta: float,
    *,
    gap: float = 1e-9,
    max_iterations: int = 100_000,
    marginal: npt.ArrayLike | None = None,
    trace: bool = False,
) -> BlahutArimoto:
    r"""Minimise D + beta R by alternating until the certified gap is small.

    Sources: Blahut (1972), doi:10.1109/TIT.1972.1054855, theorem 6; Arimoto
    (1972), doi:10.1109/TIT.1972.1054753; Cover and Thomas (2006),
    doi:10.1002/047174882X, section 10.8.

    Parameters
    ----------
    p_x, normalise : as in `solve_slope`
    distortion : (n, m) table, entries above -inf; +inf forbids a pair; a table
        is made of `Coordinates`
    beta : slope, positive, in distortion units per nat
    gap : in nats; the iteration stops where log max_y c(y) is at most this
    max_iterations : cap on the iterations, which take O(n m) each
    marginal : (m,) the first r, positive everywhere, since the algorithm never
        revives an output of no mass; uniform by default
    trace : whether to keep R and D of every iteration, for half as much time
        again

    Warns
    -----
    RuntimeWarning
        where `max_iterations` come to their end before the gap is reached.

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    A biased coin under Hamming distortion: R(D) = h(0.3) - h(D), here at the
    slope of D = 0.1.

    >>> hamming = [[0, 1], [1, 0]]
    >>> found = blahut_arimoto([0.7, 0.3], hamming, 1 / math.log(0.9 / 0.1))
    >>> f"R = {found.rate:.6f}, D = {found.distortion:.6f}"
    'R = 0.285781, D = 0.100000'
    >>> f"r(1) = {found.marginal[1]:.6f}"
    'r(1) = 0.250000'
    """
    p_x, distortion = unpacked(p_x, distortion)
    check_same_labels(("p_x", p_x, 0), ("distortion", distortion, 0))
    check_same_labels(("marginal", marginal, 0), ("distortion", distortion, 1))
    p_x = check_pmf("p_x", p_x)
    if isinstance(distortion, Coordinates):
        distortion = distortion.table()
    table = check_distortion(distortion, p_x)
    beta = check_beta(beta)
    gap = check_number("gap", gap, low=0.0)
    max_iterations = check_count("max_iterations", max_iterations)
    r = _check_marginal(marginal, table.shape[1])

    # The largest entry of each row is divided out, which leaves c and the channel as they are.
    used = p_x > 0
    p, exponent = p_x[used], _exponent(table[used], beta)
    kernel = np.exp(exponent)
    excess = np.where(kernel > 0.0, -beta * exponent, 0.0) * kernel if trace else kernel
    base = float(p @ table[used].min(axis=1))
    history: list[float] = []
    way: list[tuple[float, float]] = []
    while True:
        q = kernel @ r
        c = (p / q) @ kernel
        if trace:
            surplus = float((p / q) @ (excess @ r))
            way.append((max(0.0, -float(p @ np.log(q)) - surplus / beta), base + surplus))
        history.append(max(0.0, math.log(c.max())))
        # The certificate, in the log domain, has the last word on what the kernel may round.
        converged = history[-1] <= gap and certify(p_x, table, beta, r).gap <= gap
        if converged or len(history) > max_iterations:
            break
        r = np.maximum(r * c, SMALLEST)
        r /= r.sum()

    certificate = certify(p_x, table, beta, r)
    if not converged:
        reached, limit = told_apart(certificate.gap, gap)
        warnings.warn(
            f"the gap is {reached} nats after {max_iterations} iterations, "
            f"not {limit}: raise max_iterations",
            RuntimeWarning,
            stacklevel=3,
        )
    return BlahutArimoto(
        beta=beta,
        **vars(certificate),
        marginal=r,
        channel=_channel(table, beta, r),
        iterations=len(history) - 1,
        converged=converged,
        history=np.array(history),
        rates=np.array(way)[:, 0] if trace else None,
        distortions=np.array(way)[:, 1] if trace else None,
    )


def _check_marginal(marginal: npt.ArrayLike | None, outputs: int) -> Array:
    if marginal is None:
        return np.full(outputs, 1 / outputs)
    r = check_pmf("marginal", marginal)
    if r.size != outputs:
        raise ValueError(f"marginal must have one entry per output, {outputs}, got {r.size}")
    if r.min() <= 0:
        where = int(r.argmin())
        raise ValueError(f"marginal must be positive, got marginal[{where}] = {r[where]}")
    return np.maximum(r, SMALLEST)


def _exponent(table: Array, beta: float) -> Array:
    """-d(x, y) / beta, shifted in every row so that its largest entry is 0."""
    return (table.min(axis=1, keepdims=True) - table) / beta


def _channel(table: Array, beta: float, r: Array) -> Array:
    """Return r(y) exp(-d(x, y) / beta) with rows that sum to one; for rows without hope r itself.

    In the log domain, since a letter of no mass may have lost all outputs near it.
    """
    possible = np.isfinite(table).any(axis=1, keepdims=True)
    log_q = np.log(r) + _exponent(np.where(possible, table, 0.0), beta)
    log_q -= log_q.max(axis=1, keepdims=True)
    channel = np.exp(log_q)
    return channel / channel.sum(axis=1, keepdims=True)
