r"""What any output marginal proves about the rate-distortion function: an upper and a lower bound.

For a source p(x), a distortion d(x, y) and a slope beta the problem is

    L(beta) = min over q(y|x) of  E d + beta I(X; Y),

which in the output marginal r(y) reads, in nats of L / beta,

    F(r) = -sum_x p(x) log sum_y r(y) exp(-d(x, y) / beta).

F(r) is reached by the channel q(y|x) ~ r(y) exp(-d(x, y) / beta). With

    c(y) = sum_x p(x) exp(-d(x, y) / beta) / sum_z r(z) exp(-d(x, z) / beta)

no channel has less than F(r) - log max_y c(y), and r is optimal exactly where c <= 1 everywhere.

Sources: Csiszar, "On the computation of rate-distortion functions" (1974), equation 9;
Cover and Thomas (2006), section 10.7.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from rdtheory.checks import check_beta, check_distortion, check_pmf, check_same_labels
from rdtheory.shown import Shown
from rdtheory.solver.door import SourceLike, door, unpacked
from rdtheory.solver.gibbs import Coordinates
from rdtheory.solver.rounding import least_distortion


@dataclass(frozen=True, eq=False, repr=False)
class Certified(Shown):
    """A channel at a slope, between an upper and a lower bound on the optimum.

    Parameters
    ----------
    rate : I(X; Y) of the channel plus KL(p(y) || r), in nats; what coding it with r costs
    distortion : E d
    value : D + beta R, an upper bound on the optimum
    bound : a lower bound on the optimum
    gap : (value - bound) / beta, in nats
    """

    rate: float
    distortion: float
    value: float
    bound: float
    gap: float


@dataclass(frozen=True, repr=False)
class Certificate(Certified):
    """The channel that an output marginal defines at a slope, and how far it is from the best."""


@door
def certify(
    p_x: npt.ArrayLike | SourceLike,
    distortion: npt.ArrayLike | Coordinates | None,
    beta: float,
    marginal: npt.ArrayLike,
) -> Certificate:
    r"""Certify an output marginal r (m,) at slope beta, trusting nobody.

    All is done in the log domain.

    Sources: Csiszar (1974), doi:10.1109/TIT.1974.1055146, equation 9; Cover and
    Thomas (2006), doi:10.1002/047174882X, section 10.7.

    Parameters
    ----------
    p_x : (n,) source, or a whole `Source`; counts with `normalise=True`
    distortion : (n, m) table, entries above -inf; +inf forbids a pair; a table
        is made of `Coordinates`
    beta : slope, positive, in distortion units per nat
    marginal : (m,) output marginal r; any will do, a better one gives a smaller
        gap

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    A fair coin under Hamming distortion, at the slope where D = 0.1 is best; by
    symmetry the optimal marginal is uniform, and R(0.1) = log 2 - h(0.1).

    >>> hamming = [[0, 1], [1, 0]]
    >>> beta = 1 / math.log(0.9 / 0.1)
    >>> found = certify([0.5, 0.5], hamming, beta, [0.5, 0.5])
    >>> f"R = {found.rate:.6f}, D = {found.distortion:.3f}"
    'R = 0.368064, D = 0.100'
    >>> found.gap < 1e-15
    True

    A marginal that is wrong is told how wrong at most.

    >>> worse = certify([0.5, 0.5], hamming, beta, [0.7, 0.3])
    >>> worse.bound <= found.value <= worse.value
    True
    """
    p_x, distortion = unpacked(p_x, distortion)
    check_same_labels(("p_x", p_x, 0), ("distortion", distortion, 0))
    check_same_labels(("marginal", marginal, 0), ("distortion", distortion, 1))
    p_x, marginal = check_pmf("p_x", p_x), check_pmf("marginal", marginal)
    beta = check_beta(beta)
    if isinstance(distortion, Coordinates):
        distortion = distortion.table()
    distortion = check_distortion(distortion, p_x)
    if distortion.shape[1] != marginal.size:
        raise ValueError(
            f"marginal must have one entry per output, {distortion.shape[1]}, got {marginal.size}"
        )
    used = p_x > 0
    p, table = p_x[used], distortion[used]
    offset = table.min(axis=1)
    exponent = (offset[:, None] - table) / beta  # at most 0 in every row
    with np.errstate(divide="ignore"):
        log_r = np.log(marginal)
    log_q = logsumexp(exponent + log_r, axis=1)
    if not np.isfinite(log_q).all():
        return Certificate(math.inf, math.inf, math.inf, -math.inf, math.inf)
    channel = np.exp(exponent + log_r - log_q[:, None])
    excess = np.where(channel > 0, table - offset[:, None], 0.0)
    surplus = float(p @ (channel * excess).sum(axis=1))
    log_c = logsumexp(np.log(p)[:, None] + exponent - log_q[:, None], axis=0)
    nats, gap = -float(p @ log_q), max(0.0, float(log_c.max()))
    base, _ = least_distortion(p, offset)
    value = float(base + beta * nats)
    return Certificate(
        rate=max(0.0, nats - surplus / beta),
        distortion=float(base + surplus),
        value=value,
        bound=value - beta * gap,
        gap=gap,
    )
