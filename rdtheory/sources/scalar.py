r"""Textbook problems of one number: coins, uniform alphabets, normal and Laplacian grids.

They carry their closed form, where one is known.

Sources: Shannon, *Coding theorems for a discrete source with a fidelity criterion* (1959); Berger,
*Rate Distortion Theory* (1971); Cover and Thomas, *Elements of Information Theory* (2006), ch. 10.
"""

import math
from functools import partial

import numpy as np
from scipy.special import entr

from rdtheory.checks import TINY, check_number
from rdtheory.sources.source import Source, check_letters, on_points

REACH_OF_NORMAL = 4.0
REACH_OF_WIDE = 8.0

LAPLACIAN = 2.0
"""Variance of the Laplacian of scale 1."""


def bernoulli(p: float) -> Source:
    r"""Return the biased coin P(x = 1) = p under Hamming distortion.

    R(D) = h(p) - h(D) for D <= min(p, 1 - p), else 0, where h(q) = -q log q -
    (1 - q) log(1 - q); exact. Cover and Thomas, theorem 10.3.1. Raises
    `ValueError` where p is outside [0, 1].

    Source: Cover and Thomas (2006), doi:10.1002/047174882X, theorem 10.3.1.

    Examples
    --------
    >>> round(bernoulli(0.5).closed_form(0.11), 6)  # log 2 - h(0.11)
    0.346632
    """
    p = check_number("p", p, low=0.0, high=1.0)
    form = partial(_hamming_rate, _coin(p), 2, min(p, 1 - p))
    return on_points(f"bernoulli:{p}", [1 - p, p], [0, 1], "hamming", form, exact=True)


def hamming(m: int) -> Source:
    r"""Return the uniform source of m >= 2 letters under Hamming distortion.

    R(D) = log m - h(D) - D log(m - 1) for D <= 1 - 1/m, else 0; exact. Cover
    and Thomas, problem 10.5. Raises `ValueError` where m is out of range.

    Examples
    --------
    >>> round(hamming(8).closed_form(0.0), 6)  # log 8
    2.079442
    """
    m = check_letters("m", m)
    form = partial(_hamming_rate, math.log(m), m, 1 - 1 / m)
    return on_points(f"hamming:{m}", np.full(m, 1 / m), np.arange(m), "hamming", form, exact=True)


def gaussian(n: int, *, variance: float = 1.0) -> Source:
    r"""Return the normal N(0, v) on n >= 2 points, under squared error.

    The points are on 4 deviations to each side. p(x) is proportional to
    exp(-x^2 / 2v) on equidistant points of [-4 sqrt(v), 4 sqrt(v)], which are
    the outputs, too. The closed form is that of the continuous source,
    R(D) = 1/2 log(v / D) for D <= v, else 0: Cover and Thomas, theorem 10.3.2.
    Raises `ValueError` where n or the variance is out of range.

    Source: Cover and Thomas (2006), doi:10.1002/047174882X, theorem 10.3.2.

    Examples
    --------
    >>> round(gaussian(1000).closed_form(0.25), 6)  # log 2
    0.693147
    >>> gaussian(1000, variance=9.0).closed_form(np.array([9.0, 2.25])).round(6)
    array([0.      , 0.693147])
    """
    n, variance = check_letters("n", n), _check_variance(variance)
    points = np.linspace(-REACH_OF_NORMAL, REACH_OF_NORMAL, n)
    mass = np.exp(-(points**2) / 2)
    name = f"gaussian:{n}" + _ending(variance, 1.0)
    form = partial(_gaussian_rate, variance)
    return on_points(name, mass / mass.sum(), math.sqrt(variance) * points, "squared", form)


def laplace(n: int, *, variance: float = LAPLACIAN) -> Source:
    r"""Return the Laplacian of a variance on n >= 2 points, absolute error.

    The points are on 8 scales to each side. p(x) is proportional to exp(-lambda
    |x|) on equidistant points of [-8 / lambda, 8 / lambda], which are the
    outputs, too, with lambda = sqrt(2 / variance) one over the scale. The
    closed form is that of the continuous source, R(D) = -log(lambda D) for
    D <= 1 / lambda, else 0: Berger (1971), section 4.3. Raises `ValueError`
    where n or the variance is out of range.

    Examples
    --------
    >>> round(laplace(200).closed_form(0.5), 6)  # log 2
    0.693147
    >>> source = laplace(200, variance=8.0)  # of scale 2
    >>> round(source.closed_form(1.0), 6)  # log 2
    0.693147
    """
    n, variance = check_letters("n", n), _check_variance(variance)
    scale = math.sqrt(variance / LAPLACIAN)
    points = np.linspace(-REACH_OF_WIDE, REACH_OF_WIDE, n)
    mass = np.exp(-np.abs(points))
    name = f"laplace:{n}" + _ending(variance, LAPLACIAN)
    form = partial(_laplace_rate, scale)
    return on_points(name, mass / mass.sum(), scale * points, "absolute", form)


def uniform(k: int) -> Source:
    r"""Return the uniform law on [-8, 8], in k >= 2 cells, squared error.

    The cells are equal. Letters and outputs are the midpoints of the cells. No
    closed form is known; see `shannon_lower_bound`. Raises `ValueError` where k
    is out of range.

    Examples
    --------
    >>> uniform(4).letters
    array([-6., -2.,  2.,  6.])
    """
    k = check_letters("k", k)
    points = 2 * REACH_OF_WIDE / k * (np.arange(k) - (k - 1) / 2)
    return on_points(f"uniform:{k}", np.full(k, 1 / k), points, "squared")


def shannon_lower_bound(distortion: float, *, cells: int | None = None) -> float:
    r"""Shannon's bound on R(D) of the uniform law on [-8, 8], in nats.

    It is a lower bound, under squared error.

        R(D) >= h(X) - max h(N) over E N^2 <= D  =  log 16 - 1/2 log(2 pi e D),

    or 0 where that is negative. As it stands it binds the continuous source
    alone: a finite source has R <= log k. With `cells` = k it binds
    `uniform(k)`: a uniform offset within the cell, independent of x and y,
    makes the midpoint continuous again without telling y anything more, and
    adds w^2/12 to the distortion with w = 16/k, so that
    R_k(D) >= R(D + w^2/12).

    Sources: Shannon, *IRE National Convention Record* 7 (1959); Berger, *Rate
    Distortion Theory* (1971), section 4.3; Cover and Thomas (2006),
    doi:10.1002/047174882X, problem 10.8.

    Raises `ValueError` where the distortion is negative or `cells` out of
    range.

    Examples
    --------
    >>> bounds = shannon_lower_bound(1.0), shannon_lower_bound(1.0, cells=160)
    >>> round(bounds[0], 6), round(bounds[1], 6)
    (1.35365, 1.353234)
    """
    distortion = check_number("distortion", distortion, low=0.0)
    if cells is not None:
        distortion += (2 * REACH_OF_WIDE / check_letters("cells", cells)) ** 2 / 12
    if distortion == 0:
        return math.inf
    noise = 0.5 * math.log(2 * math.pi * math.e * distortion)
    return max(0.0, math.log(2 * REACH_OF_WIDE) - noise)


def _coin(q: float) -> float:
    return float(entr(q) + entr(1 - q))


def _hamming_rate(entropy: float, letters: int, most: float, distortion: float) -> float:
    distortion = check_number("distortion", distortion, low=0.0)
    if distortion >= most:
        return 0.0
    return max(0.0, entropy - _coin(distortion) - distortion * math.log(letters - 1))


def _gaussian_rate(variance: float, distortion: float) -> float:
    return _laplace_rate(variance, distortion) / 2


def _laplace_rate(most: float, distortion: float) -> float:
    distortion = check_number("distortion", distortion, low=0.0)
    if distortion == 0.0:
        return math.inf
    return max(0.0, math.log(most) - math.log(distortion))


def _check_variance(variance: float) -> float:
    rule = "a finite number above 0"
    return check_number("variance", variance, low=TINY, rule=rule)


def _ending(variance: float, usual: float) -> str:
    """Return the end of a name that tells a variance that is not the usual one."""
    return "" if variance == usual else f":{variance!r}"
