r"""An input of fewer letters with the same output law.

A channel of m outputs has an optimal input of at most m letters: where the rows of the letters in
use depend on each other, masses can move along the dependence without moving the output, and until
one of them is 0. What is gained on the way is linear in the masses, so one direction loses nothing.

Source: Gallager (1968), corollary 3 of theorem 4.5.2; Caratheodory's theorem.
"""

import numpy as np
from scipy.linalg import svd

from rdtheory.capacity.newton import FLOOR, Maximum, certified_gap
from rdtheory.checks import Array

DEPENDENT = 1e-6
"""Least pivot of rows of length one below which a dependence is looked for."""

NULL = 1e-13
"""Singular values below this, times the largest, count as zero."""


def fewer_letters(rows: Array, score: Array, found: Maximum, gap: float) -> tuple[Array, float]:
    """Return the input of `found`, or one of independent letters, with its gap."""
    support = np.flatnonzero(found.input)
    if not _may_depend(rows[support]):
        return found.input, found.gap
    p = np.zeros(found.input.size)
    p[support] = without_dependence(found.input[support], rows[support], score[support])
    p /= p.sum()
    now = certified_gap(rows, score, p, FLOOR * gap / rows.shape[1])
    return (p, now) if now <= max(gap, found.gap) else (found.input, found.gap)


def _may_depend(rows: Array) -> bool:
    """Whether rows may be linearly dependent, by the pivots of their Gram matrix."""
    if rows.shape[0] > rows.shape[1]:
        return True
    unit = rows / np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    try:
        factor = np.linalg.cholesky(unit @ unit.T)
    except np.linalg.LinAlgError:
        return True
    return bool(factor.diagonal().min() < DEPENDENT)


def without_dependence(p: Array, kept: Array, score: Array) -> Array:
    """Return masses with the same p @ kept and no less p @ score, on independent rows of `kept`.

    Dependences are found among sqrt(p(x)) kept(x, y) / sqrt(q(y)), whose entries are at most one:
    so what rounding leaves of them moves a small q(y) by little of its own size.

    Parameters
    ----------
    p : (k,) positive masses
    kept : (k, m) non-negative, what is not to move
    score : (k,) what is not to fall
    """
    root, q = np.sqrt(p), p @ kept
    scaled = root[:, None] * kept[:, q > 0.0] / np.sqrt(q[q > 0.0])
    _, sizes, right = svd(scaled.T, full_matrices=True)
    rank = int((sizes > NULL * sizes[0]).sum())
    ways = right[rank:].copy()  # (k - rank, k), each a dependence of the rows
    p = p.copy()
    while ways.size:
        step = root * ways[0]
        step = step if step @ score >= 0.0 else -step
        falls = np.flatnonzero(step < 0.0)
        if not falls.size:  # rounding alone: a dependence of distributions has both signs
            ways = ways[1:]
            continue
        ratios = p[falls] / -step[falls]
        first = falls[ratios.argmin()]
        p = np.maximum(p + ratios.min() * step, 0.0)
        p[first] = 0.0
        pivot = ways[np.abs(ways[:, first]).argmax()]  # no later way may bring the letter back
        ways = ways - np.outer(ways[:, first] / pivot[first], pivot)
        ways[:, first] = 0.0
        ways = ways[np.abs(ways).max(axis=1) > NULL]
    return p
