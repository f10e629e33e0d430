r"""What float64 leaves unknown of rates and distortions.

All that is solved is solved in surplus over the least distortion, d(x, y) - min_y d(x, y), which is
exact to the last bit whatever constant the distortion carries; the least distortion is added last.
What the sums and that addition may be off is part of the gap of every result.
"""

import math

import numpy as np

from rdtheory.checks import Array

EPS = float(np.finfo(np.float64).eps)

RESOLUTION = 1e-13
"""Nats of rate: smaller differences are not told apart, and no smaller gap should be asked for."""


def least_distortion(p: Array, low: Array) -> tuple[np.longdouble, float]:
    """Return E low(x) in long double, and by how much it may be off.

    It is summed about the likeliest letter's value, so that a constant in all of them adds no
    rounding.
    """
    exact = p.astype(np.longdouble)
    middle = np.longdouble(low[p.argmax()])
    terms = exact / exact.sum() * (low - middle)
    least = middle + terms.sum()
    off = float(np.finfo(np.longdouble).eps * (abs(least) + p.size * np.abs(terms).sum()))
    return least, off if least or terms.any() else 0.0


def nats_off(letters: int, nats: float) -> float:
    """Return what a sum over letters, of so many nats and of masses near one, may be off.

    Each term is off by a few units in the last place, and the errors of a sum add up as those of a
    random walk.
    """
    return EPS * (4.0 + math.sqrt(letters)) * (1.0 + nats)
