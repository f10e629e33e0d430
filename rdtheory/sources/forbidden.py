r"""Distortions that forbid pairs: erasures, and errors that may fall to one side only.

Sources: Cover and Thomas (2006), problem 10.7, for erasures; Verdu, "The exponential
distribution in information theory" (1996), for the exponential.
"""

import math
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.special import entr

from rdtheory.checks import Array, check_count, check_number, check_pmf
from rdtheory.sources.source import POINTS, Source, check_letters

REACH = 16.0
"""Means that an exponential reaches."""


def erasure(p_x: npt.ArrayLike | int) -> Source:
    r"""Return a source under erasure distortion: right 0, erased 1, wrong inf.

    The last of the n + 1 outputs is the erasure, D the chance of it. What is
    lost is best spread evenly, as far as the masses reach: with w such that
    sum_x min(p(x), w) = D

        R(D) = H(X) - D H(Z),    Z ~ min(p, w) / D,

    which is (1 - D) log m for a uniform source of m letters; exact.

    Source: Cover and Thomas (2006), doi:10.1002/047174882X, problem 10.7.

    Parameters
    ----------
    p_x : (n,) source, or m for the uniform one of m >= 2 letters

    Raises
    ------
    ValueError
        where p_x is no distribution, or m out of range.

    Examples
    --------
    >>> round(erasure(4).closed_form(0.25), 6)  # 3/4 log 4
    1.039721
    """
    if np.ndim(p_x) == 0:
        m = check_count("p_x", p_x, low=2)  # type: ignore[arg-type]
        masses, name = np.full(m, 1 / m), f"erasure:{m}"
    else:
        masses = check_pmf("p_x", p_x)
        name = ":".join(["erasure", *(f"{float(p)!r}" for p in masses)])
    n = masses.size
    table = np.where(np.eye(n) == 1.0, 0.0, np.inf)
    table = np.hstack([table, np.ones((n, 1))])
    form = partial(_erasure_rate, masses)
    outputs = np.arange(n + 1.0)
    return Source(name, masses, np.arange(float(n)), outputs, "table", table, form, True)


def named_erasure(*numbers: float) -> Source:
    """Return `erasure` of one number of letters, or of masses, as a name lists them."""
    if len(numbers) > 1:
        return erasure(np.array(numbers))
    if not numbers[0].is_integer():
        raise ValueError(f"m must be an integer of at least 2, got {numbers[0]:g}")
    return erasure(check_letters("m", int(numbers[0])))


def one_sided(p: float) -> Source:
    r"""Return the coin P(x = 1) = p of which no 1 may be told as 0.

    That costs inf, to tell 0 as 1 costs 1. Only zeros err, and
    R(D) = h(p + D) - (1 - p) h(D / (1 - p)) for D <= 1 - p, else 0; exact.
    Raises `ValueError` where p is outside [0, 1].

    Examples
    --------
    >>> round(one_sided(0.5).closed_form(0.25), 6)  # h(3/4) - h(1/2) / 2
    0.215762
    """
    p = check_number("p", p, low=0.0, high=1.0)
    form = partial(_one_sided_rate, p)
    table = np.array([[0.0, 1.0], [np.inf, 0.0]])
    bits = np.arange(2.0)
    return Source(f"onesided:{p}", np.array([1 - p, p]), bits, bits, "table", table, form, True)


def exponential(n: int) -> Source:
    r"""Return the exponential of mean 1 on n >= 2 points, told from below.

    The points are on [0, 16]. d(x, y) = x - y for y <= x, else inf: each is
    told what it surely reaches. On steps of h it is geometric, and with
    g(u) = (u + 1) log(u + 1) - u log u, the most entropy of a whole number of
    mean u, and M its mean

        R(D) = g(M / h) - g(D / h)    for D <= M, else 0,

    which tends to the -log D of the continuous source. The cut at 16 leaves out
    1e-7 of mass. Raises `ValueError` where n is out of range.

    Source: Verdu, "The exponential distribution in information theory",
    *Problems of Information Transmission* 32 (1996).

    Examples
    --------
    >>> round(exponential(400).closed_form(0.5), 6)  # near log 2
    0.654145
    """
    n = check_letters("n", n, most=POINTS)
    points = np.linspace(0.0, REACH, n)
    mass = np.exp(-points)
    waits = points[:, None] - points
    return Source(
        f"exponential:{n}", mass / mass.sum(), points, points, "table",
        np.where(waits >= 0.0, waits, np.inf), partial(_exponential_rate, float(points[1])),
        near=0.0,
    )  # fmt: skip


def _erasure_rate(p: Array, distortion: float) -> float:
    distortion = check_number("distortion", distortion, low=0.0)
    if distortion >= 1.0:
        return 0.0
    rising = np.sort(p)
    before = np.concatenate([[0.0], np.cumsum(rising)[:-1]])
    levels = (distortion - before) / np.arange(p.size, 0, -1)
    lost = np.minimum(p, levels[np.flatnonzero(levels <= rising)[0]])
    spread = float(entr(lost).sum() - entr(lost.sum()))  # D H(Z)
    return max(0.0, float(entr(p).sum()) - spread)


def _one_sided_rate(p: float, distortion: float) -> float:
    distortion = check_number("distortion", distortion, low=0.0)
    if distortion >= 1.0 - p:
        return 0.0
    return max(0.0, _coin(p + distortion) - (1.0 - p) * _coin(distortion / (1.0 - p)))


def _exponential_rate(step: float, distortion: float) -> float:
    distortion = check_number("distortion", distortion, low=0.0)
    mean = 1.0 / math.expm1(step)
    return max(0.0, _whole(mean) - _whole(distortion / step))


def _whole(mean: float) -> float:
    """Return the most entropy of a whole number that has a mean."""
    return float(entr(mean) - entr(mean + 1.0))


def _coin(q: float) -> float:
    return float(entr(q) + entr(1.0 - q))
