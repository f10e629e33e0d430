r"""Entropy, Kullback-Leibler divergence and mutual information of finite distributions, in nats.

Conventions, as the mathematics has them: 0 log 0 = 0, and KL(p || q) is infinite as soon as p has
mass where q has none.

Source: Cover and Thomas, *Elements of Information Theory* (2006), equations 2.1, 2.26 and 2.28.
"""

import numpy as np
import numpy.typing as npt
from scipy.special import entr, rel_entr

from rdtheory.checks import (
    Array,
    check_conditional,
    check_count,
    check_pmf,
    check_same_labels,
)


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
    check_same_labels(("p", p, 0), ("q", q, 0))
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
    check_same_labels(("p_x", p_x, 0), ("channel", channel, 0))
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


def greatest_accuracy(rate: npt.ArrayLike, classes: int | npt.ArrayLike) -> npt.NDArray[np.float64]:
    r"""Return the greatest accuracy with which a code of some rate can tell classes.

    A code z of an image tells of its class y no more than I(y; z) <= I_e(x; z) <= R, and whoever
    guesses y from z is wrong at least as often as the distortion-rate function of y under Hamming
    distortion says. At its optimum a guess is right with probability a, any other class of p_y > t
    is behind it with probability t, and the rarer ones with their own p_y:

    .. math::
        1 = a + (k - 1) t + \sum_{p_y \le t} p_y, \qquad
        R = a \log a + (k - 1) t \log t - \sum_{p_y > t} p_y \log p_y

    with k classes above t. For equally likely classes that is Fano's inequality,
    I >= log K - h(a) - (1 - a) log(K - 1). It bounds what is read from a *drawn* code, or from a
    reconstruction made from it; the mean code is another variable, which costs more than R nats and
    is not bound by it.

    Sources: Erokhin (1958); Cover and Thomas, *Elements of information theory*, 2nd edition,
    theorem 2.10.1 and problem 10.8.

    Parameters
    ----------
    rate : nats, of any shape; below 0 counts as 0
    classes : K, at least 2, where they are equally likely; else their shares p_y (K,)

    Examples
    --------
    >>> greatest_accuracy([0.0, 0.5 * np.log(10), 99.0], classes=10).round(3).tolist()
    [0.1, 0.738, 1.0]
    >>> greatest_accuracy(0.0, [0.7, 0.2, 0.1]).item()
    0.7
    """
    if np.ndim(classes) == 0:
        count = check_count("classes", classes, low=2)  # type: ignore[arg-type]
        p = np.full(count, 1 / count)
    else:
        p = np.sort(check_pmf("classes", classes))[::-1]
        p = p[p > 0.0]
    told = np.maximum(np.asarray(rate, np.float64), 0.0)
    found = [_accuracy(p, float(nats)) for nats in told.ravel()]
    return np.array(found).reshape(told.shape)


def _accuracy(p: Array, told: float) -> float:
    """Return the accuracy of the best guess among classes of shares p, falling, given nats."""
    own = entr(p)
    if told == 0.0:
        return float(p[0])
    if p.size == 1 or told >= own.sum():
        return 1.0

    def at(t: float) -> tuple[float, float]:
        above = max(1, int((p > t).sum()))
        right = 1.0 - (above - 1) * t - p[above:].sum()
        return right, own[:above].sum() - entr(right) - (above - 1) * entr(t)

    low, high = 0.0, float(p[1])
    for _ in range(100):  # what is needed falls from H(y) at t = 0 to 0 at the second share
        middle = (low + high) / 2
        low, high = (middle, high) if at(middle)[1] > told else (low, middle)
    return float(at(high)[0])
