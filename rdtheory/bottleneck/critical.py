"""The slopes from which on nothing is worth keeping."""

import numpy as np
import numpy.typing as npt

from rdtheory.bottleneck.bound import CERTAIN, nothing_kept
from rdtheory.bottleneck.peak import SMALL
from rdtheory.bottleneck.problem import Problem

FINE, WIDER = 1e-6, 8.0
"""Width of the range of the first critical slope, if it can be, and how it is widened if not."""

STEPS, STILL = 1000, 1e-12
"""Steps of an ascent, and the gain below which it ends."""

ALONE = 1e-9
"""Nats of KL(r(x) || p(x)) below which a ratio of two of them has too few digits."""


def critical_beta(joint: npt.ArrayLike, *, normalise: bool = False) -> float:
    r"""Return the slope below which keeping nothing is no local minimum.

    It is the squared maximal correlation of X and Y: the second singular value,
    squared, of p(x, y) / sqrt(p(x) p(y)). Below it better codes exist. Above it
    that code is a strict local minimum, which does not exclude a better one far
    away: where the transition is of first order the best code keeps something
    up to a larger slope (at most 1). Where it is of second order, as for a
    symmetric binary or a Gaussian pair, this is the first critical slope
    itself; `first_beta` encloses that.

    Parameters, errors: `joint` (n, m), `normalise` as in `bottleneck`.

    Sources: Witsenhausen, "On sequences of pairs of dependent random variables"
    (1975), for the correlation; Wu, Fischer, Chuang and Tegmark (2019),
    arXiv:1907.07331, for its part here; Chechik, Globerson, Tishby and Weiss,
    *Journal of Machine Learning Research* 6 (2005), for Gaussians.

    Examples
    --------
    >>> joint = [[0.45, 0.05], [0.05, 0.45]]
    >>> round(critical_beta(joint), 12)  # (1 - 2 * 0.1)^2
    0.64
    """
    return local_beta(Problem(joint, normalise=normalise))


def first_beta(joint: npt.ArrayLike, *, normalise: bool = False) -> tuple[float, float]:
    r"""Return two slopes between which keeping nothing stops being the best.

    Below the first a code that keeps something is better, above the second none
    is, by more than 1e-7 nats. This slope is the largest I(T; Y) / I(X; T) of
    all codes. It is the one from which on c(s) = sum_x p(x) exp(sum_y p(y|x)
    log(s(y) / p(y)) / beta) is at most 1 for all distributions s, which is
    proved in few dimensions. In more the first is the largest ratio that was
    found, and the second the contraction of p(y|x), whatever the mass of X.

    Parameters, errors: as in `critical_beta`.

    Sources: Anantharam, Gohari, Kamath and Nair (2013), arXiv:1304.6133, for
    the ratio of informations; Csiszar (1974), doi:10.1109/TIT.1974.1055146,
    equation 9, for c.

    Examples
    --------
    A rare letter that tells much: something is kept far above `critical_beta`.

    >>> joint = [[0.882, 0.098], [0.01, 0.01]]
    >>> low, high = first_beta(joint)
    >>> round(critical_beta(joint), 3), round(low, 3), high - low < 1e-5
    (0.033, 0.124, True)
    """
    return enclosed_first_beta(Problem(joint, normalise=normalise))


def local_beta(problem: Problem) -> float:
    """Return the squared maximal correlation of a problem."""
    values = _correlations(problem)[1]
    return min(1.0, float(values[1]) ** 2) if values.size > 1 else 0.0


def direction(problem: Problem) -> npt.NDArray[np.float64]:
    """Return the f(y), (m,), of mean 0 and variance 1 that X tells most of; f(0) is negative."""
    _, values, right = _correlations(problem)
    if values.size < 2:
        return np.zeros(problem.p_y.size)
    found = right[1] / np.sqrt(problem.p_y)
    return np.asarray(-found if found[0] > 0.0 else found)


def _correlations(problem: Problem) -> tuple[npt.NDArray[np.float64], ...]:
    half = np.sqrt(problem.p_x)[:, None] * problem.conditional  # so that no product underflows
    return np.linalg.svd(half / np.sqrt(problem.p_y), full_matrices=False)


def enclosed_first_beta(problem: Problem) -> tuple[float, float]:
    """Enclose the first critical slope of a problem."""
    if problem.p_x.size == 1:  # one p(y|x), which tells nothing
        return 0.0, 0.0
    low = min(max(local_beta(problem), _ascended(problem, _corners_of(problem))), 1.0)
    high, step = problem.contraction, FINE
    while low + step < high:
        found = nothing_kept(problem, low + step)
        if found is None:
            break
        if found.shares is not None and found.log_c > CERTAIN:  # there is a better code
            law = problem.p_x * found.shares
            low = max(low + step, _ascended(problem, (law / law.sum())[None]))
            step = FINE
        elif problem.entropy_y - found.value <= 2.0 * CERTAIN:
            high = low + step
        else:  # neither is certain so near to the slope
            step *= WIDER
    return min(low, high), high


def _corners_of(problem: Problem) -> npt.NDArray[np.float64]:
    """Return laws p(x|t) that lie far apart: a letter alone, and all others."""
    own = np.eye(problem.p_x.size)
    rest = (1.0 - own) * problem.p_x
    return np.concatenate([own, rest / rest.sum(axis=1, keepdims=True)])


def _ascended(problem: Problem, laws: npt.NDArray[np.float64]) -> float:
    """Return the largest KL(r(y) || p(y)) / KL(r(x) || p(x)) reached from laws r(x), (k, n).

    A code of which one value t has p(x|t) = r and very little mass has that I(T; Y) / I(X; T).
    """
    rows, best = problem.conditional, 0.0
    log_x, log_y = np.log(problem.p_x), np.log(problem.p_y)
    for _ in range(STEPS):
        seen = laws @ rows
        told = np.log(np.maximum(seen, SMALL)) - log_y
        kept = (seen * told).sum(axis=1)
        paid = (laws * (np.log(np.maximum(laws, SMALL)) - log_x)).sum(axis=1)
        left = paid > ALONE  # the others have come back to p(x), where the slope is that of no mass
        if not left.any():
            break
        ratio = kept[left] / paid[left]
        last, best = best, max(best, float(ratio.max()))
        if best - last <= STILL:
            break
        exponents = told[left] @ rows.T / np.maximum(ratio, STILL)[:, None] + log_x
        laws = np.exp(exponents - exponents.max(axis=1, keepdims=True))
        laws /= laws.sum(axis=1, keepdims=True)
    return best
