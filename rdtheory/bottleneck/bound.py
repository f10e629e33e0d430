r"""What no code of any size is below: a lower bound on the bottleneck's value at a slope.

With eta of `rdtheory.bottleneck.contraction`, data processing gives

    L >= H(Y) - max(0, 1 - beta / eta) I(X; Y),

and, for any marginal r(t) and decoder d(y|t),

    L >= -beta sum_x p(x) log Z(x) - beta log max over s of c(s),
    Z(x) = sum_t r(t) exp(-a(x, d_t) / beta),  c(s) = sum_x p(x) exp(-a(x, s) / beta) / Z(x),

where a(x, s) = -sum_y p(y|x) log s(y). It is enough that s runs over all distributions of Y, or
over all mixtures of the p(y|x), whichever has fewer dimensions: in up to three, and where the
p(y|x) lie on one segment, max c is found with a certificate (`rdtheory.bottleneck.peak`), and the
optimum is enclosed. As a code may use any s, this is a rate-distortion problem with all s as its
outputs, which is convex in r: c(s) <= 1 everywhere is what makes a code the best of all.

Source: Csiszar (1974), equation 9, whose bound this is with all distributions as outputs.
"""

from dataclasses import dataclass

import numpy as np

from rdtheory.bottleneck.hard import segment
from rdtheory.bottleneck.peak import ENCLOSED, SMALL, peak
from rdtheory.bottleneck.problem import Problem
from rdtheory.checks import Array
from rdtheory.log_sum import log_sum

DIMENSIONS = 3
"""Most of those in which the largest c is looked for."""

CERTAIN = 1e-7
"""Log c above which a code that keeps something is better than none, and within which c is known
there; nats that keeping nothing may be above the best."""

LEAST_BETA = 1e-10
"""Slopes below are bounded by data processing alone, which leaves no more than that times H(X)."""


@dataclass(frozen=True, eq=False)
class Bound:
    """A lower bound on L, and where a further code would lower the value, if that was looked for.

    Parameters
    ----------
    value : the bound
    log_c : the largest log c found; above 0 a code at `place` lowers the value
    place : (m,) s, or None where too many would have to be looked at
    shares : (n,) exp(-a(x, s) / beta) / Z(x), how much of each letter that code would take
    """

    value: float
    log_c: float = 0.0
    place: Array | None = None
    shares: Array | None = None


def lower_bound(encoder: Array, problem: Problem, beta: float, value: float) -> Bound:
    """Bound L at alpha = 1 by data processing and, where that is feasible, by c(s).

    `value` is the encoder's, which the first bound may already reach.
    """
    eta = problem.contraction
    share = max(0.0, 1.0 - beta / eta) if eta > 0.0 else 0.0
    processed = problem.entropy_y - share * problem.information
    if share == 0.0 or beta < LEAST_BETA or value - processed <= ENCLOSED:
        return Bound(processed)
    corners = _corners(problem)
    if corners is None:
        return Bound(processed)
    return _by_peak(encoder, problem, beta, corners, processed)


def nothing_kept(problem: Problem, beta: float) -> Bound | None:
    """Bound L by c(s) alone, at the code that keeps nothing; None where that is not feasible."""
    corners = _corners(problem)
    nothing = np.ones((problem.p_x.size, 1))
    if corners is None:
        return None
    return _by_peak(nothing, problem, beta, corners, -np.inf, fine=CERTAIN, enough=CERTAIN)


def _by_peak(
    encoder: Array,
    problem: Problem,
    beta: float,
    corners: Array,
    processed: float,
    fine: float | None = None,
    enough: float = np.inf,
) -> Bound:
    log_z = _log_z(encoder, problem, beta)
    log_w = np.log(problem.p_x) - log_z
    log_c, most, place = peak(log_w, problem.conditional, beta, corners, fine=fine, enough=enough)
    value = -beta * (float(problem.p_x @ log_z) + most)
    shares = problem.conditional @ np.log(np.maximum(place, SMALL)) / beta - log_z
    return Bound(
        max(processed, value) if np.isfinite(value) else processed,
        log_c, place, np.exp(np.minimum(shares, 700.0)),
    )  # fmt: skip


def _log_z(encoder: Array, problem: Problem, beta: float) -> Array:
    p_t = problem.p_x @ encoder
    decoder = (problem.p_x[:, None] * encoder).T @ problem.conditional / p_t[:, None]
    return log_sum(problem.conditional @ np.log(np.maximum(decoder, SMALL)).T / beta + np.log(p_t))


def _corners(problem: Problem) -> Array | None:
    """Return distributions whose mixtures are the outputs, or None if they are too many."""
    conditional = problem.conditional
    n, m = conditional.shape
    if segment(conditional) is not None:
        return conditional[[0, -1]]
    if min(n, m) - 1 > DIMENSIONS:
        return None
    return conditional if n <= m else np.eye(m)
