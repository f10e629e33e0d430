"""Draws that are the same on every machine and with every numpy.

numpy promises that the raw bits of a bit generator never change, but not what `Generator` makes of
them. A binarisation that is part of a data set may not drift, so here the bits are used directly.
"""

import numpy as np
import numpy.typing as npt

from rdneural.data.images import Images

ROWS_AT_ONCE = 4096
"""Rows binarised together: enough to be fast, few enough to need tens of megabytes only."""


def fixed_order(n: int, *, seed: int) -> npt.NDArray[np.intp]:
    """Return a permutation of range(n) that depends on nothing but `n` and `seed`.

    Examples
    --------
    >>> sorted(fixed_order(4, seed=0).tolist())
    [0, 1, 2, 3]
    """
    return np.argsort(np.random.PCG64(seed).random_raw(n), kind="stable")


def bernoulli(probability: npt.NDArray[np.floating], *, seed: int) -> Images:
    """Return one fixed draw of zeros and ones, 1 with the `probability` of its entry.

    Parameters
    ----------
    probability : (N, ...) in [0, 1]; 0 is always drawn as 0 and 1 as 1

    Examples
    --------
    >>> import numpy as np
    >>> bernoulli(np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]]), seed=0).tolist()
    [[0, 1, 1], [1, 0, 0]]
    """
    bits = np.random.PCG64(seed)
    drawn = np.empty(probability.shape, np.uint8)
    for start in range(0, len(probability), ROWS_AT_ONCE):
        rows = probability[start : start + ROWS_AT_ONCE]
        # 53 bits make a float64 in [0, 1) without rounding
        uniform = (bits.random_raw(rows.size) >> np.uint64(11)) * 2.0**-53
        drawn[start : start + ROWS_AT_ONCE] = uniform.reshape(rows.shape) < rows
    return drawn
