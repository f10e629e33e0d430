"""Where a fit begins: random parameters, or a code in the order of the bins."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq

from rdtheory.checks import Array
from rdtheory.information import mutual_information
from rdtheory.toy.family import family_model, parameter_count, positions


def random_starts(
    bins: int, codes: int, *, numbers: Sequence[int], attempt: int, seed: int
) -> Array:
    """Return standard normal parameters (restarts, P), a row for every number of a restart.

    A row depends on `seed`, its number and `attempt` alone.

    Examples
    --------
    >>> few, more = (random_starts(3, 2, numbers=n, attempt=0, seed=0) for n in ([1], [0, 1, 2]))
    >>> np.array_equal(few[0], more[1])
    True
    """
    size = parameter_count(bins, codes)
    seeds = [np.random.SeedSequence(seed, spawn_key=(k, attempt)) for k in numbers]
    return np.array([np.random.default_rng(s).standard_normal(size) for s in seeds])


def ordered_start(p_x: Array, codes: int, rate: float) -> Array:
    """Return parameters (P,) whose code i sits at position i, as sharp as gives I(X; Z) = rate.

    Where `rate` is out of reach, they are as sharp as makes the code a map.

    Examples
    --------
    >>> p_x = np.full(8, 1 / 8)
    >>> model = family_model(ordered_start(p_x, 8, 1.5), p_x)
    >>> round(model.mutual_information, 9)
    1.5
    """
    x, z = positions(p_x.size), positions(codes)

    def at(sharpness: float) -> Array:
        v, w = np.full(codes, sharpness), np.full(p_x.size, sharpness)
        return np.concatenate([v, sharpness * z, w, sharpness * x, np.zeros(codes)])

    def information(sharpness: float) -> float:
        return mutual_information(p_x, family_model(at(sharpness), p_x).encoder)

    bluntest, sharpest = 1e-3, 10.0 * max(p_x.size, codes)
    rate = max(rate, information(bluntest))
    if rate >= information(sharpest):
        return at(sharpest)
    return at(brentq(lambda s: information(s) - rate, bluntest, sharpest))
