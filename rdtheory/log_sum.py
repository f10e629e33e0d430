"""The logarithm of a sum of exponentials, for many small ones in a loop."""

import numpy as np

from rdtheory.checks import Array


def log_sum(exponents: Array, axis: int = -1) -> Array:
    """Return log sum exp along an axis; scipy's takes ten times as long on few.

    Examples
    --------
    >>> log_sum(np.log([[1.0, 3.0], [2.0, 2.0]])).round(12).tolist() == [np.log(4).round(12)] * 2
    True
    >>> log_sum(np.array([-np.inf, -np.inf]))
    array(-inf)
    """
    most = exponents.max(axis=axis, keepdims=True)
    most = np.where(np.isneginf(most), 0.0, most)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(exponents - most).sum(axis=axis)) + most.squeeze(axis))
