r"""Indirect sources: what is described is not what is seen.

A source S is seen as X alone, and described by Y with the distortion d(S, Y). As Y knows S through
X only, that is the problem of X with

    d'(x, y) = E[d(S, y) | X = x]:

its R(D) is the answer, and its least distortion what seeing X alone costs.

Sources: Dobrushin and Tsybakov, "Information transmission with additional noise" (1962); Wolf and
Ziv, "Transmission of noisy information to a noisy receiver with minimum distortion" (1970); Berger
(1971), section 3.5.
"""

import math
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.special import entr

from rdtheory.checks import check_joint, check_number, check_same_labels
from rdtheory.sources.scalar import REACH_OF_NORMAL
from rdtheory.sources.source import POINTS, Source, check_letters


def indirect(name: str, joint: npt.ArrayLike, distortion: npt.ArrayLike) -> Source:
    r"""Return the problem of the X that is seen, with the d of the S behind it.

    Sources: Dobrushin and Tsybakov (1962), doi:10.1109/TIT.1962.1057738; Wolf
    and Ziv (1970), doi:10.1109/TIT.1970.1054469.

    Parameters
    ----------
    name : how results call it
    joint : (s, n) p(S, X), a row for each letter of S
    distortion : (s, m) d(S, y); inf forbids an output to all X that S may be
        behind

    Raises
    ------
    ValueError
        where the joint is no distribution, the shapes do not fit, or a letter x
        of positive mass is left with no finite distortion.

    Examples
    --------
    A fair coin that is misread once in ten times:

    >>> seen = indirect("coin", [[0.45, 0.05], [0.05, 0.45]], [[0, 1], [1, 0]])
    >>> seen.distortion.round(12)
    array([[0.1, 0.9],
           [0.9, 0.1]])
    """
    check_same_labels(("joint", joint, 0), ("distortion", distortion, 0))
    table = check_joint("joint", joint)
    costs = np.array(distortion, dtype=np.float64)
    if costs.ndim != 2 or len(costs) != len(table):
        raise ValueError(f"distortion must have shape ({len(table)}, any), got {costs.shape}")
    p_x = table.sum(axis=0)
    behind = np.where(p_x > 0.0, table / np.where(p_x > 0.0, p_x, 1.0), 1.0 / len(table)).T
    forbidden = np.isposinf(costs)
    mean = behind @ np.where(forbidden, 0.0, costs)
    mean[(behind > 0.0).astype(np.float64) @ forbidden > 0.0] = np.inf
    return Source.from_table(name, p_x, mean)


def indirect_coin(q: float) -> Source:
    r"""Return the fair coin that is seen wrong with chance q < 1/2.

    Distortion is Hamming's. d'(x, y) = q + (1 - 2 q) [x != y], so that
    R(D) = log 2 - h((D - q) / (1 - 2 q)) for q <= D <= 1/2; exact. Below D = q
    nothing is, and the closed form is inf. Raises `ValueError` where q is
    outside [0, 0.5).

    Source: Dobrushin and Tsybakov (1962), doi:10.1109/TIT.1962.1057738.

    Examples
    --------
    >>> round(indirect_coin(0.1).closed_form(0.188), 6)  # log 2 - h(0.11)
    0.346632
    """
    q = check_number("q", q, low=0.0, high=0.5)
    if q == 0.5:
        raise ValueError("q must be below 0.5, got 0.5")
    found = indirect(f"indirect-coin:{q}", [[(1 - q) / 2, q / 2], [q / 2, (1 - q) / 2]], _ERRORS)
    bits = found.letters
    form = partial(_coin_rate, q)
    return Source(found.name, found.p_x, bits, bits, "table", found.table, form, True)


def indirect_gaussian(n: int, noise: float) -> Source:
    r"""Return S ~ N(0, 1) seen as X = S + N(0, noise), under squared error.

    It is on n >= 2 points. E[S | X] = X / (1 + noise) leaves the error
    e = noise / (1 + noise), and d'(x, y) = e + (E[S | x] - y)^2. The letters
    are E[S | x], a normal of variance 1 - e on points to 4 deviations each way,
    and the outputs are those points. The closed form is that of the continuous
    source, R(D) = 1/2 log((1 - e) / (D - e)) for e < D <= 1; below e it is inf.
    Raises `ValueError` where n or the noise is out of range.

    Source: Dobrushin and Tsybakov (1962), doi:10.1109/TIT.1962.1057738.

    Examples
    --------
    >>> form = indirect_gaussian(100, 1.0).closed_form(0.625)
    >>> round(form, 6)  # 1/2 log(0.5 / 0.125)
    0.693147
    """
    n = check_letters("n", n, most=POINTS)
    noise = check_number("noise", noise, low=0.0)
    error = noise / (1.0 + noise)
    line = np.linspace(-REACH_OF_NORMAL, REACH_OF_NORMAL, n)
    mass = np.exp(-(line**2) / 2)
    told = math.sqrt(1.0 - error) * line
    table = error + (told[:, None] - told) ** 2
    return Source(
        f"indirect-gaussian:{n}:{noise}", mass / mass.sum(), told, told, "table", table,
        partial(_gaussian_rate, error), near=error + (3.0 * (told[1] - told[0])) ** 2,
    )  # fmt: skip


_ERRORS = np.array([[0.0, 1.0], [1.0, 0.0]])


def _coin_rate(q: float, distortion: float) -> float:
    distortion = check_number("distortion", distortion, low=0.0)
    if distortion >= 0.5:
        return 0.0
    share = (distortion - q) / (1.0 - 2.0 * q)
    if share < -1e-12:  # more than rounding
        return math.inf
    share = max(0.0, share)
    return max(0.0, math.log(2.0) - float(entr(share) + entr(1.0 - share)))


def _gaussian_rate(error: float, distortion: float) -> float:
    distortion = check_number("distortion", distortion, low=0.0)
    if distortion <= error:
        return math.inf
    return max(0.0, 0.5 * math.log((1.0 - error) / (distortion - error)))
