r"""Entropy, Kullback-Leibler divergence and mutual information of finite distributions, in nats.

Conventions, as the mathematics has them: 0 log 0 = 0, and KL(p || q) is infinite as soon as p has
mass where q has none.

Source: Cover and Thomas, *Elements of Information Theory* (2006), equations 2.1, 2.26 and 2.28.
"""

import math

import numpy as np
import numpy.typing as npt
from scipy.special import entr, rel_entr

from rdtheory.checks import Array, check_conditional, check_count, check_pmf


def entropy(p: npt.ArrayLike) -> float:
    r"""Entropy H(p) = -sum_x p(x) log p(x) of a probability vector (X,), in nats.

    Raises `ValueError` where `p` is not a probability vector.

    Examples
    --------
    >>> round(entropy([0.5, 0.5]), 6)  # log 2
    0.693147
    """
    return float(entr(check_pmf("p", p)).sum())


def kl_divergence(p: npt.ArrayLike, q: npt.ArrayLike) -> float:
    r"""Kullback-Leibler divergence KL(p || q) = sum_x p(x) log p(x)/q(x), in nats.

    `p` and `q` are (X,) vectors. Infinite where q(x) = 0 < p(x). Raises `ValueError` where one of
    them is not a probability vector or their lengths differ.

    Examples
    --------
    >>> kl_divergence([0.5, 0.5], [1.0, 0.0])
    inf
    >>> round(kl_divergence([1.0, 0.0], [0.5, 0.5]), 6)
    0.693147
    """
    p, q = check_pmf("p", p), check_pmf("q", q)
    if p.shape != q.shape:
        raise ValueError(f"q must have the shape of p, {p.shape}, got {q.shape}")
    return max(0.0, float(rel_entr(p, q).sum()))


def mutual_information(p_x: npt.ArrayLike, channel: npt.ArrayLike) -> float:
    r"""Mutual information I(X; Z) of a source (X,) sent through a channel p(z|x) (X, Z), in nats.

    I = sum_x p(x) sum_z p(z|x) log p(z|x) / p(z), where p(z) = sum_x p(x) p(z|x).

    Raises `ValueError` where `p_x` or a row of `channel` is not a probability vector.

    Examples
    --------
    >>> round(mutual_information([0.5, 0.5], [[1, 0], [0, 1]]), 6)
    0.693147
    >>> mutual_information([0.5, 0.5], [[0.3, 0.7], [0.3, 0.7]])
    0.0
    """
    p_x = check_pmf("p_x", p_x)
    channel = check_conditional("channel", channel, shape=(p_x.size, None))
    return expected_divergence(p_x, channel, p_x @ channel)


def expected_divergence(weights: Array, p: Array, q: Array) -> float:
    """Return sum_i weights_i KL(p_i || q_i) over rows of p (I, J) and q (I, J) or (J,), unchecked.

    The value is non-negative, so what rounding leaves below zero is cut off. Mass that underflows,
    weights_i p_ij = 0, counts as none.
    """
    rows = np.where(weights[:, None] * p > 0, p, 0.0)
    divergences = rel_entr(rows, q).sum(axis=1)
    used = weights > 0
    return max(0.0, float(weights[used] @ divergences[used]))


def greatest_accuracy(rate: npt.ArrayLike, classes: int) -> npt.NDArray[np.float64]:
    r"""Return the greatest accuracy with which a code of some rate can tell equally likely classes.

    A code z of an image tells of its class y no more than I(y; z) <= I_e(x; z) <= R, and whoever
    guesses y from z with accuracy a must be told (Fano's inequality; Cover and Thomas, *Elements of
    information theory*, 2nd edition, theorem 2.10.1)

    .. math:: I(y; z) \ge \log K - h(a) - (1 - a) \log (K - 1)

    for K classes. It bounds what is read from a *drawn* code, or from a reconstruction made from
    it; the mean code is another variable, which costs more than R nats and is not bound by it.

    Parameters
    ----------
    rate : nats, of any shape; below 0 counts as 0
    classes : K, at least 2

    Examples
    --------
    >>> greatest_accuracy([0.0, 0.5 * np.log(10), 99.0], classes=10).round(3).tolist()
    [0.1, 0.738, 1.0]
    """
    check_count("classes", classes, low=2)
    told = np.clip(np.asarray(rate, np.float64), 0.0, math.log(classes))
    low, high = np.full_like(told, 1 / classes), np.ones_like(told)
    for _ in range(60):  # what accuracy a needs rises from 0 at 1/K to log K at 1
        middle = (low + high) / 2
        wrong = 1 - middle
        needed = math.log(classes) + middle * np.log(middle) - wrong * math.log(classes - 1)
        needed += wrong * np.log(np.where(wrong > 0, wrong, 1.0))
        enough = needed <= told
        low, high = np.where(enough, middle, low), np.where(enough, high, middle)
    return np.where(told >= math.log(classes), 1.0, low)
