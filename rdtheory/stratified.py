r"""Sampling by strata: means with a smaller error than that of independent draws.

The unit interval of a cumulative distribution is cut into n equal strata, and two letters are drawn
in each, independently. Their mean is unbiased, and two draws are the fewest that tell the error of
a stratum, so the standard error is honest too.

Source: Cochran, *Sampling Techniques* (1977), chapter 5.
"""

import numpy as np
import numpy.typing as npt

from rdtheory.checks import check_array, check_count, check_pmf

Letters = npt.NDArray[np.int64]


def stratified_letters(p_x: npt.ArrayLike, samples: int, *, seed: int) -> Letters:
    r"""Draw letters of a source (X,), two in each of samples / 2 strata of equal mass.

    Pair k = 0, 1, ... is the letters at two independent u, uniform on

        [2k / samples, 2(k + 1) / samples),

    where the letter at u is the first x with P(X <= x) > u, the inverse of the cumulative
    distribution. Every letter is drawn as often as p(x) says, on the mean over seeds; letters
    without mass never are. Which letters share a stratum depends on their order, so neighbours in
    that order should be alike.

    Parameters
    ----------
    p_x : (X,) the source p(x)
    samples : number of letters, even
    seed : of the draws

    Returns
    -------
    (samples / 2, 2) numbers of letters, a row for each stratum

    Raises
    ------
    ValueError
        where `p_x` is not a distribution, `samples` is odd or below 2, or `seed` is negative.

    Examples
    --------
    >>> stratified_letters([0.25, 0.25, 0.5], 8, seed=0)  # here no stratum holds two letters
    array([[0, 0],
           [1, 1],
           [2, 2],
           [2, 2]])
    """
    p_x = check_pmf("p_x", p_x)
    if check_count("samples", samples, low=2) % 2:
        raise ValueError(f"samples must be even, got {samples}")
    random = np.random.default_rng(check_count("seed", seed, low=0))
    strata = np.arange(samples // 2)[:, None]
    u = (strata + random.random((samples // 2, 2))) / (samples // 2)
    # rounding may carry the largest u of a stratum into the next one, and that of the last to 1
    u = np.minimum(u, np.nextafter((strata + 1) / (samples // 2), 0.0))
    cumulative = np.cumsum(p_x)
    cumulative /= cumulative[-1]
    return np.searchsorted(cumulative, u, side="right").astype(np.int64)


def stratified_mean(values: npt.ArrayLike) -> tuple[float, float]:
    r"""Return the mean of stratified values (n, 2) and its standard error.

        mean = (1/n) sum_k (v_k1 + v_k2) / 2,    se^2 = (1/n^2) sum_k (v_k1 - v_k2)^2 / 4.

    Row k holds two independent draws in stratum k of mass 1/n; let mu_k and sigma_k^2 be their mean
    and variance, which may include noise of the value itself, independent between draws.

    - The mean over the source is (1/n) sum_k mu_k, and the mean of a pair is an unbiased estimate
      of mu_k; so the mean of the pair means is unbiased.
    - A pair mean has the variance sigma_k^2 / 2, and E (v_k1 - v_k2)^2 = 2 sigma_k^2, so that
      (v_k1 - v_k2)^2 / 4 is an unbiased estimate of it. Pairs are independent, so the variance of
      their mean is 1/n^2 times the sum of theirs, and se^2 is an unbiased estimate of it.
    - The law of total variance says (1/n) sum_k sigma_k^2 <= Var(v): the variance of the mean is
      never above Var(v) / 2n, that of 2n independent draws.

    The root se itself is biased downwards a little, as every standard error is. And it is made by
    the strata within which values differ: where those are few, it is as rough as an error from so
    few pairs.

    Source: Cochran (1977), chapter 5.

    Parameters
    ----------
    values : (n, 2) a number for each letter of `stratified_letters`, or for each draw of it

    Returns
    -------
    mean and standard error, in the unit of the values

    Raises
    ------
    ValueError
        where `values` is not of that shape or a value is not finite.

    Examples
    --------
    >>> stratified_mean([[1.0, 3.0], [5.0, 5.0]])  # se^2 = (1/4) (4/4 + 0)
    (3.5, 0.5)

    E exp(-X^2/2) = 0.7071 of the unit normal, by 200 letters; with 200 independent draws the error
    would be 0.0197.

    >>> from rdtheory.sources import gaussian
    >>> source = gaussian(1000)
    >>> letters = stratified_letters(source.p_x, 200, seed=1)
    >>> mean, error = stratified_mean(np.exp(-(source.letters[letters] ** 2) / 2))
    >>> print(f"{mean:.4f} +- {error:.4f}")
    0.7075 +- 0.0005
    """
    values = check_array("values", values, ndim=2)
    if values.shape[1] != 2:
        raise ValueError(f"values must have two columns, got shape {values.shape}")
    error = np.linalg.norm(values[:, 0] - values[:, 1]) / (2 * len(values))
    return float(values.mean()), float(error)
