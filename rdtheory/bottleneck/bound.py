r"""What no code of any size is below: a lower bound on the bottleneck's value at a slope.

Data processing gives L >= H(Y) - (1 - beta) I(X; Y) for beta <= 1 and L = H(Y) above; and, for any
marginal r(t) and decoder d(y|t),

    L >= -beta sum_x p(x) log Z(x) - beta log max over s of c(s),
    Z(x) = sum_t r(t) exp(-a(x, d_t) / beta),  c(s) = sum_x p(x) exp(-a(x, s) / beta) / Z(x),

where a(x, s) = -sum_y p(y|x) log s(y) and s runs over mixtures of the p(y|x). Where those lie on
one segment (X or Y binary), max c is bounded interval by interval, as each term of c has one peak
there, and the optimum is enclosed.

Source: Csiszar (1974), equation 9, whose bound this is with all mixtures as outputs.
"""

import numpy as np
from scipy.special import entr, logsumexp, xlogy

from rdtheory.bottleneck.problem import Problem
from rdtheory.checks import Array
from rdtheory.information import expected_divergence

ENCLOSED = 1e-8  # log c at which an interval needs no more halving
ENTRIES = 200_000  # of the largest table that the bound may fill


def lower_bound(encoder: Array, problem: Problem, beta: float) -> float:
    """Bound L by data processing and, where the p(y|x) lie on a segment, by c(s)."""
    p_x, conditional = problem.p_x, problem.conditional
    kept = expected_divergence(p_x, conditional, problem.p_y)
    processed = float(entr(problem.p_y).sum()) - max(0.0, 1.0 - beta) * kept
    start, end = conditional[0], conditional[-1]  # letters are in lexical order
    if min(conditional.shape) != 2 or not 0.0 < beta < 1.0:
        return processed
    way = end - start
    peaks = np.clip((conditional - start) @ way / (way @ way), 0.0, 1.0)

    def exponents(places: Array) -> Array:  # -a(x, s) / beta, s at places (k, n), one for every x
        mixtures = (1.0 - places[..., None]) * start + places[..., None] * end
        with np.errstate(over="ignore"):  # at a tiny beta, to -inf, as it should
            return np.asarray(xlogy(conditional, mixtures).sum(axis=-1) / beta)

    p_t = p_x @ encoder
    sites = (p_x * peaks) @ encoder / p_t  # of the codes' own decoders
    log_z = logsumexp(exponents(np.tile(sites[:, None], p_x.size)) + np.log(p_t)[:, None], axis=0)
    if not np.isfinite(log_z).all():  # a letter of so little mass that its code lost sight of it
        return processed
    left, width, highest = np.arange(64) / 64, 1 / 64, ENCLOSED
    while left.size:
        highs = exponents(np.clip(peaks, left[:, None], left[:, None] + width))
        log_c = logsumexp(highs + np.log(p_x) - log_z, axis=1)
        left = left[log_c > ENCLOSED]
        if left.size * conditional.size > ENTRIES or width < 1e-12:
            highest = max(highest, float(log_c.max()))
            break
        left, width = np.concatenate([left, left + width / 2]), width / 2
    return max(processed, -beta * (float(p_x @ log_z) + highest))
