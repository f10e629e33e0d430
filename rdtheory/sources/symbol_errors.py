r"""Hamming distortion, d(x, y) = [x != y], of any source: Erokhin's function.

With D the chance of an error, the N likeliest letters are in use as outputs, those with p(x) > t,

    t = (D - T) / (N - 1),    T the mass of the others,

and each is used with r(y) proportional to p(y) - t. With a = t / (1 - D)

    R(D) = -sum_{x in use} p(x) log(p(x) / (1 - D))  -  (T - D) log a    nats.

Sources: Erokhin, "Epsilon-entropy of a discrete random variable" (1958); Berger (1971), chapter
2.
"""

import math
from functools import partial

import numpy as np
import numpy.typing as npt

from rdtheory.checks import check_number, check_pmf
from rdtheory.sources.source import Source, on_points


def erokhin(p_x: npt.ArrayLike) -> Source:
    r"""Return any source p_x (n,) under Hamming distortion.

    Its closed form is Erokhin's function, exact. Raises `ValueError` where p_x
    is no distribution.

    Source: Erokhin (1958), doi:10.1137/1103008.

    Examples
    --------
    >>> round(erokhin([0.5, 0.3, 0.2]).closed_form(0.1), 6)
    0.635255
    """
    p_x = check_pmf("p_x", p_x)
    name = ":".join(["erokhin", *(f"{float(p)!r}" for p in p_x)])
    form = partial(erokhin_rate, p_x.copy())
    return on_points(name, p_x, np.arange(p_x.size), "hamming", form, exact=True)


def named_erokhin(*masses: float) -> Source:
    """Return `erokhin` of masses that a name lists."""
    return erokhin(np.array(masses))


def erokhin_rate(p_x: npt.ArrayLike, distortion: float) -> float:
    r"""Return R(D) of p_x (n,) under Hamming distortion, in nats.

    It is 0 from D = 1 - max p on. Raises `ValueError` where p_x is no
    distribution, or D is negative.

    Source: Erokhin (1958), doi:10.1137/1103008.

    Examples
    --------
    >>> round(erokhin_rate([0.7, 0.3], 0.1), 6)  # h(0.3) - h(0.1)
    0.285781
    """
    p_x = check_pmf("p_x", p_x)
    distortion = check_number("distortion", distortion, low=0.0)
    used = letters_in_use(p_x, distortion)
    if used == 1:
        return 0.0
    falling = np.sort(p_x)[::-1]
    kept, tail = falling[:used], float(falling[used:].sum())
    rate = -float((kept * (np.log(kept) - math.log1p(-distortion))).sum())
    left = distortion - tail  # N - 1 times the threshold
    if left > 0.0:
        rate += left * (math.log(left / (used - 1)) - math.log1p(-distortion))
    return max(0.0, rate)


def letters_in_use(p_x: npt.ArrayLike, distortion: float) -> int:
    r"""Return how many outputs carry mass at D: fewer the larger it is.

    Raises `ValueError` where p_x is no distribution, or D is negative.

    Source: Erokhin (1958), doi:10.1137/1103008.

    Examples
    --------
    >>> [letters_in_use([0.5, 0.3, 0.2], D) for D in (0.0, 0.39, 0.41, 0.5)]
    [3, 3, 2, 1]
    """
    falling = np.sort(check_pmf("p_x", p_x))[::-1]
    distortion = check_number("distortion", distortion, low=0.0)
    tails = np.append(np.cumsum(falling[::-1])[::-1][1:], 0.0)  # mass beyond the first N
    for used in range(int(np.count_nonzero(falling)), 1, -1):
        if falling[used - 1] > (distortion - tails[used - 1]) / (used - 1):
            return used
    return 1
