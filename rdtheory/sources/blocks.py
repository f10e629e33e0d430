r"""Blocks of a Markov source under Hamming distortion, with Gray's lower bound.

A block of n letters is a letter of its own; d is the share of letters that are wrong. R_n(D) / n,
nats per letter, falls to the R(D) of the source as n grows. As each letter has its own error,

    R_n(D) >= H(X^n) - n (h(D) + D log(m - 1)),    R(D) >= H' - h(D) - D log(m - 1)

with H' the entropy rate: Shannon's lower bound, and Gray's. A block meets its own exactly where it
is the sum of a law and of noise that errs with chance D in each letter. For two letters that change
with chance q <= 1/2 the source itself meets Gray's for D up to

    D_c = 1/2 (1 - sqrt(1 - (q / (1 - q))^2)).

Sources: Gray, "Information rates of autoregressive processes" (1970), and "Rate distortion
functions for finite-state finite-alphabet Markov sources" (1971); Berger (1971), section 4.4.
"""

import math
from functools import reduce
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.special import entr

from rdtheory.checks import Array, check_array, check_conditional, check_count, check_number
from rdtheory.sources.source import Source

BLOCKS = 4096
"""Most blocks of a source: its table has the square of that."""


def markov(length: int, transitions: npt.ArrayLike | float) -> Source:
    r"""Return blocks of a stationary Markov source, under Hamming distortion.

    Rates are nats per block, distortions the share of wrong letters. Blocks
    come in the order of the numbers that they are written as.

    Parameters
    ----------
    length : n letters in a block, at least 1
    transitions : (m, m) p(next | now), rows sum to one; or q, the chance that a
        bit changes

    Raises
    ------
    ValueError
        where the transitions are no such rows, leave no single stationary law,
        or make more than 4096 blocks.

    Examples
    --------
    >>> source = markov(2, 0.25)
    >>> source.p_x
    array([0.375, 0.125, 0.125, 0.375])
    >>> source.distortion[0]
    array([0. , 0.5, 0.5, 1. ])
    """
    length, rows = check_count("length", length), _check(transitions)
    m = len(rows)
    if length * math.log(m) > math.log(BLOCKS) + 1e-9:
        raise ValueError(f"blocks must be at most {BLOCKS}, got {m}^{length}")
    words = np.indices((m,) * length).reshape(length, -1)
    p_x = stationary(rows)[words[0]]
    for now, after in pairwise(words):
        p_x = p_x * rows[now, after]
    wrong = sum((word[:, None] != word).astype(np.float64) for word in words)
    numbers = np.arange(float(p_x.size))
    name = f"markov:{length}:{float(rows[0, 1])!r}"
    if m > 2 or rows[0, 1] != rows[1, 0]:
        name = f"markov:{length} of {m} letters"
    return Source(name, p_x, numbers, numbers, "table", wrong / length)


def stationary(transitions: npt.ArrayLike | float) -> Array:
    """Return the stationary law (m,) of transitions (m, m).

    Raises `ValueError` where there is more than one.

    Examples
    --------
    >>> stationary([[0.9, 0.1], [0.3, 0.7]]).round(12)
    array([0.75, 0.25])
    """
    rows = _check(transitions)
    m = len(rows)
    system = np.vstack([rows.T - np.eye(m), np.ones(m)])
    if np.linalg.matrix_rank(system) < m:
        raise ValueError("transitions must have one stationary law, got several closed classes")
    found = np.linalg.lstsq(system, np.append(np.zeros(m), 1.0), rcond=None)[0]
    return np.maximum(found, 0.0) / np.maximum(found, 0.0).sum()


def gray_bound(
    transitions: npt.ArrayLike | float, distortion: float, *, length: int | None = None
) -> float:
    r"""Return Gray's lower bound on R(D) of a Markov source, in nats per letter.

    With `length` = n it is Shannon's on R_n(D) / n of a block, which is larger.
    It is 0 where that is negative. Raises `ValueError` where an argument is out
    of its range.

    Source: Gray, "Rate distortion functions for finite-state finite-alphabet
    Markov sources" (1971).

    Examples
    --------
    >>> round(gray_bound(0.25, 0.02), 6)  # h(0.25) - h(0.02)
    0.464296
    """
    rows = _check(transitions)
    distortion = check_number("distortion", distortion, low=0.0, high=1.0)
    m, law = len(rows), stationary(rows)
    each = float(law @ entr(rows).sum(axis=1))
    if length is not None:
        length = check_count("length", length)
        each = (float(entr(law).sum()) + (length - 1) * each) / length
    if distortion >= 1.0 - 1.0 / m:
        return 0.0
    noise = float(entr(distortion) + entr(1.0 - distortion)) + distortion * math.log(m - 1)
    return max(0.0, each - noise)


def gray_critical(change: float) -> float:
    r"""Return D_c, up to which R(D) = h(q) - h(D) of bits that change.

    They change with chance q <= 1/2. Raises `ValueError` where q is outside [0,
    1/2].

    Source: Gray, "Information rates of autoregressive processes" (1970).

    Examples
    --------
    >>> round(gray_critical(0.25), 6)
    0.028595
    """
    odds = (q := check_number("change", change, low=0.0, high=0.5)) / (1.0 - q)
    return odds**2 / (2.0 * (1.0 + math.sqrt(1.0 - odds**2)))


def tight_up_to(source: Source, transitions: npt.ArrayLike | float, length: int) -> float:
    r"""Return the D up to which a block meets its own bound.

    This is `gray_bound` with its length. There the law p(x) of the block, freed
    of the noise that errs with chance D in each letter, is still none negative;
    D is found to 1e-12. Errors: as in `markov`.

    Source: Gray, "Rate distortion functions for finite-state finite-alphabet
    Markov sources" (1971).

    Examples
    --------
    >>> found = tight_up_to(markov(2, 0.25), 0.25, 2)
    >>> round(found, 9)  # 1/2 (1 - sqrt(1 - 2 q))
    0.146446609
    """
    m, length = len(_check(transitions)), check_count("length", length)
    if m**length != source.p_x.size:
        raise ValueError(f"length must be that of the source, got {m}^{length} blocks")
    low, high = 0.0, 1.0 - 1.0 / m
    while high - low > 1e-12:
        middle = 0.5 * (low + high)
        wrong = middle / (m - 1)
        noise = np.full((m, m), wrong) + (1.0 - middle - wrong) * np.eye(m)
        inverse = np.linalg.inv(noise)
        freed = reduce(
            lambda law, axis: np.moveaxis(np.tensordot(inverse, law, (1, axis)), 0, axis),
            range(length), source.p_x.reshape((m,) * length),
        )  # fmt: skip
        low, high = (middle, high) if freed.min() >= 0.0 else (low, middle)
    return low


def _check(transitions: npt.ArrayLike | float) -> Array:
    if np.ndim(transitions) == 0:
        q = check_number("transitions", transitions, low=0.0, high=1.0)  # type: ignore[arg-type]
        return np.array([[1.0 - q, q], [q, 1.0 - q]])
    rows = check_array("transitions", transitions, ndim=2)
    if len(rows) < 2:
        raise ValueError(f"transitions must have two letters or more, got {len(rows)}")
    return check_conditional("transitions", rows, shape=(len(rows), len(rows)))
