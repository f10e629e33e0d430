r"""Empirical sources: the samples themselves are the letters, each as likely as it is frequent.

R(D) of the empirical law is the plug-in estimate of that of the source that was sampled, and tends
to it as samples grow; it is never above log N, which binds at small D.

Source: Harrison and Kontoyiannis, "Estimation of the rate-distortion function" (2008).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from rdtheory.checks import check_array
from rdtheory.sources.source import Source


def empirical(
    samples: npt.ArrayLike,
    *,
    outputs: npt.ArrayLike | None = None,
    measure: str | Callable[[Any, Any], float] = "squared",
    merge: bool = True,
    name: str = "samples",
) -> Source:
    r"""Return the source of samples: p(x) is the share of them that is x.

    Source: Harrison and Kontoyiannis, "Estimation of the rate-distortion
    function", *IEEE Transactions on Information Theory* 54 (2008).

    Parameters
    ----------
    samples : (N,) numbers, or (N, k) vectors
    outputs : (m,) or (m, k) to describe them by; None for the letters
        themselves
    measure : "squared" or "absolute", summed over the k coordinates, "hamming",
        or a function, as in `Source`
    merge : equal samples are one letter with their count; otherwise N letters
        of 1/N each, in their order
    name : how results call it

    Raises
    ------
    ValueError
        where samples are empty, not finite, or no array of one or two
        dimensions, or outputs have other coordinates.

    Examples
    --------
    >>> source = empirical([2.0, 1.0, 2.0, 5.0])
    >>> source.letters, source.p_x
    (array([1., 2., 5.]), array([0.25, 0.5 , 0.25]))
    >>> empirical([[0, 1], [2, 3], [0, 1]], merge=False).p_x.shape
    (3,)
    """
    letters = check_array("samples", samples, ndim=2 if np.ndim(samples) == 2 else 1)
    shares = np.full(len(letters), 1.0 / len(letters))
    if merge:
        letters, counts = np.unique(letters, axis=0, return_counts=True)
        shares = counts / counts.sum()
    told: Any = letters if outputs is None else outputs
    return Source(name, shares, letters, told, measure)
