r"""How much of what a code tells about X can be about Y at most: the contraction of a channel.

For all T - X - Y, whatever the mass of X, I(T; Y) <= eta I(X; T) with

    eta = max over letters x, x' and shares s of
          1 - sum_y p(y|x) p(y|x') / (s p(y|x) + (1 - s) p(y|x')),

which two letters alone attain. It is 1 where two letters have no y in common.

Sources: Polyanskiy and Wu, "Strong data-processing inequalities for channels and Bayesian networks"
(2017), for eta of a pair; Ordentlich and Polyanskiy, "Strong data processing constant is achieved
by binary inputs" (2021), that pairs are enough; Dobrushin (1956), that eta is at most the largest
distance of two letters in total variation.
"""

import numpy as np

from rdtheory.checks import Array

ENTRIES = 20_000_000
"""Probabilities of pairs of letters that are looked at; of more letters eta is bounded by 1."""

ROUNDS = 60
"""Halvings of the range of a share."""

SLACK = 1e-9
"""What is added for the last of them: the sum is convex in s, and flat where it is least."""


def contraction(conditional: Array) -> float:
    """Return eta of p(y|x) (n, m), rounded up."""
    n, m = conditional.shape
    if n == 1:
        return 0.0
    if n * (n - 1) * m > 2 * ENTRIES:
        return 1.0
    found = 0.0
    for x in range(n - 1):
        others = conditional[x + 1 :]
        apart = 0.5 * np.abs(conditional[x] - others).sum(axis=1)  # which eta of a pair is below
        if (apart > found).any():
            found = max(found, _of_pairs(conditional[x], others[apart > found]))
    return min(1.0, found + SLACK)


def _of_pairs(one: Array, others: Array) -> float:
    """Return the largest eta of a letter with each of others, (k, m)."""
    both = one * others
    if not both.any(axis=1).all():  # a pair that is told apart for sure
        return 1.0
    low, high = np.zeros((len(others), 1)), np.ones((len(others), 1))
    least = np.inf  # of all shares that are tried: the last may be rounded to 0 or 1
    for _ in range(ROUNDS):
        share = (low + high) / 2
        mixed = share * one + (1.0 - share) * others
        seen = np.where(both > 0.0, mixed, 1.0)
        slope = (both / seen * ((others - one) / seen)).sum(axis=1, keepdims=True)
        least = min(least, float((both / seen).sum(axis=1).min()))
        low, high = np.where(slope < 0.0, share, low), np.where(slope < 0.0, high, share)
    return 1.0 - least
