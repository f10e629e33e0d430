r"""Entropy, Kullback-Leibler divergence and mutual information of finite distributions.

Numbers are nats, or in the unit of a `base` that is asked for: 2 for bits. Conventions, as the
mathematics has them: 0 log 0 = 0, and KL(p || q) is infinite as soon as p has mass where q has
none.

Source: Cover and Thomas, *Elements of Information Theory* (2006), equations 2.1, 2.10, 2.26, 2.28.
"""

import math

import numpy as np
import numpy.typing as npt
from scipy.special import entr, rel_entr

from rdtheory.checks import (
    Array,
    check_array,
    check_choice,
    check_conditional,
    check_count,
    check_joint,
    check_number,
    check_pmf,
    check_same_labels,
    normalised,
)


def entropy(p: npt.ArrayLike, *, base: float | None = None, normalise: bool = False) -> float:
    r"""Entropy H(p) = -sum_x p(x) log p(x) of (X,) or of a joint table (X, Y).

    Source: Cover and Thomas (2006), doi:10.1002/047174882X, equation 2.1.

    Parameters
    ----------
    p : probabilities that sum to one
    base : of the logarithm, above 1; None for nats, 2 for bits
    normalise : whether `p` may be counts, which are divided by their sum

    Raises
    ------
    ValueError
        where `p` is not a distribution, or the base is out of range.

    Examples
    --------
    >>> round(entropy([0.5, 0.5]), 6)  # log 2
    0.693147
    >>> entropy([[0.25, 0.25], [0.25, 0.25]], base=2)  # of two coins
    2.0
    """
    return float(entr(_masses("p", p, normalise)).sum()) / _unit(base)


def binary_entropy(p: npt.ArrayLike, *, base: float | None = None) -> float | Array:
    r"""Return h(p) = -p log p - (1 - p) log(1 - p) of probabilities of any shape.

    Source: Cover and Thomas (2006), doi:10.1002/047174882X, section 2.1.

    Parameters
    ----------
    p : in [0, 1]; a number, or an array
    base : as in `entropy`

    Raises
    ------
    ValueError
        where a number is not in [0, 1].

    Examples
    --------
    >>> binary_entropy(0.5, base=2)
    1.0
    >>> binary_entropy([0.0, 0.11, 1.0], base=2).round(4).tolist()
    [0.0, 0.4999, 0.0]
    """
    array = np.asarray(p)
    q = check_array("p", np.atleast_1d(array).ravel(), ndim=1).reshape(array.shape)
    if ((q < 0.0) | (q > 1.0)).any():
        wrong = q[(q < 0.0) | (q > 1.0)].flat[0]
        raise ValueError(f"p must be in [0, 1], got {wrong:g}")
    found = (entr(q) + entr(1.0 - q)) / _unit(base)
    return float(found) if array.ndim == 0 else found


def conditional_entropy(
    joint: npt.ArrayLike, *, given: str = "rows", base: float | None = None, normalise: bool = False
) -> float:
    r"""Return H(Y|X) = H(X, Y) - H(X) of a joint table p(x, y), (X, Y).

    It is summed without cancelling.

    Source: Cover and Thomas (2006), doi:10.1002/047174882X, equation 2.10.

    Parameters
    ----------
    joint : (X, Y) probabilities that sum to one, a row for each x
    given : "rows" for H(Y|X), "columns" for H(X|Y)
    base, normalise : as in `entropy`

    Raises
    ------
    ValueError
        where the table is no distribution.

    Examples
    --------
    A fair coin that is misread one time in ten.

    >>> joint = [[0.45, 0.05], [0.05, 0.45]]
    >>> round(conditional_entropy(joint, base=2), 6)
    0.468996
    >>> round(binary_entropy(0.1, base=2), 6)
    0.468996
    """
    check_choice("given", given, ("rows", "columns"))
    table = _masses("joint", joint, normalise, ndim=2)
    table = table if given == "rows" else table.T
    known = table.sum(axis=1, keepdims=True)
    return max(0.0, -float(rel_entr(table, np.broadcast_to(known, table.shape)).sum())) / _unit(
        base
    )


def kl_divergence(
    p: npt.ArrayLike, q: npt.ArrayLike, *, base: float | None = None, normalise: bool = False
) -> float:
    r"""Kullback-Leibler divergence KL(p || q) = sum_x p(x) log p(x)/q(x).

    Infinite where q(x) = 0 < p(x).

    Source: Cover and Thomas (2006), doi:10.1002/047174882X, equation 2.26.

    Parameters
    ----------
    p, q : (X,) probabilities, of the same letters
    base, normalise : as in `entropy`

    Raises
    ------
    ValueError
        where one of them is not a probability vector or their lengths differ.

    Examples
    --------
    >>> kl_divergence([0.5, 0.5], [1.0, 0.0])
    inf
    >>> round(kl_divergence([1.0, 0.0], [0.5, 0.5]), 6)
    0.693147
    """
    check_same_labels(("p", p, 0), ("q", q, 0))
    p, q = (_masses(name, one, normalise, ndim=1) for name, one in (("p", p), ("q", q)))
    if p.shape != q.shape:
        raise ValueError(f"q must have the shape of p, {p.shape}, got {q.shape}")
    return max(0.0, float(rel_entr(p, q).sum())) / _unit(base)


def mutual_information(
    p_x: npt.ArrayLike,
    channel: npt.ArrayLike | None = None,
    *,
    base: float | None = None,
    normalise: bool = False,
) -> float:
    r"""Mutual information I(X; Z) of a source (X,) and a channel p(z|x) (X, Z).

    I = sum_x p(x) sum_z p(z|x) log p(z|x) / p(z), where
    p(z) = sum_x p(x) p(z|x). Without a channel, of a joint table p(x, z),
    (X, Z), given in the place of `p_x`.

    Source: Cover and Thomas (2006), doi:10.1002/047174882X, equation 2.28.

    Parameters
    ----------
    p_x : (X,) source, or the joint table (X, Z)
    channel : (X, Z) p(z|x), rows sum to one
    base, normalise : of `p_x`, as in `entropy`

    Raises
    ------
    ValueError
        where `p_x`, a row of `channel` or the joint table is not a
        distribution.

    Examples
    --------
    >>> round(mutual_information([0.5, 0.5], [[1, 0], [0, 1]]), 6)
    0.693147
    >>> mutual_information([0.5, 0.5], [[0.3, 0.7], [0.3, 0.7]])
    0.0
    >>> counts = [[10, 0], [0, 10]]
    >>> mutual_information(counts, base=2, normalise=True)
    1.0
    """
    if channel is None:
        joint = _masses("p_x", p_x, normalise, ndim=2)
        apart = np.outer(joint.sum(axis=1), joint.sum(axis=0))
        # where the product underflows neither side has mass worth counting
        return max(0.0, float(rel_entr(joint, np.where(apart > 0.0, apart, joint)).sum())) / _unit(
            base
        )
    check_same_labels(("p_x", p_x, 0), ("channel", channel, 0))
    p_x = _masses("p_x", p_x, normalise, ndim=1)
    channel = check_conditional("channel", channel, shape=(p_x.size, None))
    return expected_divergence(p_x, channel, p_x @ channel) / _unit(base)


def _masses(name: str, value: npt.ArrayLike, normalise: bool, *, ndim: int | None = None) -> Array:
    """Return probabilities in one or two dimensions, made of counts where asked."""
    two = (np.ndim(value) == 2) if ndim is None else (ndim == 2)
    check = check_joint if two else check_pmf
    return check(name, normalised(name, value) if normalise else value)


def _unit(base: float | None) -> float:
    """Return how many nats the unit of a base is."""
    if base is None:
        return 1.0
    number = check_number("base", base, low=1.0, rule="a finite number above 1")
    if number == 1.0:
        raise ValueError("base must be a finite number above 1, got 1")
    return math.log(number)


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

    Sources: Erokhin (1958), doi:10.1137/1103008; Cover and Thomas (2006),
    doi:10.1002/047174882X, theorem 2.10.1 and problem 10.8.

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
