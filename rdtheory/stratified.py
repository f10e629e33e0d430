r"""Sampling by strata: means with a smaller error than that of independent draws.

The unit interval of a cumulative distribution is cut into n equal strata, and two letters are drawn
in each, independently. Their mean is unbiased, and two draws are the fewest that tell the error of
a stratum, so the standard error is honest too.

Source: Cochran, *Sampling Techniques* (1977), chapter 5.
"""

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array, check_array, check_count, check_pmf, check_same_labels

Letters = npt.NDArray[np.int64]


def stratified_letters(p_x: npt.ArrayLike, samples: int, *, seed: int) -> Letters:
    r"""Draw letters of a source (X,), two in each of samples / 2 strata.

    The strata have equal mass. Pair k = 0, 1, ... is the letters at two
    independent u, uniform on

        [2k / samples, 2(k + 1) / samples),

    where the letter at u is the first x with P(X <= x) > u, the inverse of the
    cumulative distribution. Every letter is drawn as often as p(x) says, on the
    mean over seeds; letters without mass never are. Which letters share a
    stratum depends on their order, so neighbours in that order should be alike.

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
        where `p_x` is not a distribution, `samples` is odd or below 2, or
        `seed` is negative.

    Examples
    --------
    >>> stratified_letters([0.25, 0.25, 0.5], 8, seed=0)  # one in each
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


def draw_strata(p_x: npt.ArrayLike, samples: int, *, seed: int) -> tuple[Letters, Array]:
    r"""Draw letters in pairs, from strata.

    The strata are the letters themselves where these are few. With
    samples / 2 >= X, letter x has max(1, round(p(x) samples / 2)) pairs, which
    share its mass as their weights: nothing is left to chance but what a value
    adds of its own. Otherwise strata are those of `stratified_letters`.

    Parameters
    ----------
    p_x : (X,) the source p(x)
    samples : number of letters, even; with few letters, about so many
    seed : of the draws

    Returns
    -------
    letters (n, 2), and the weights (n,) of the pairs for `stratified_mean`,
        which sum to one

    Raises
    ------
    ValueError
        as `stratified_letters` does.

    Examples
    --------
    >>> letters, weights = draw_strata([0.25, 0.75], 8, seed=0)
    >>> letters[:, 0], weights
    (array([0, 1, 1, 1]), array([0.25, 0.25, 0.25, 0.25]))
    """
    p_x = check_pmf("p_x", p_x)
    check_count("seed", seed, low=0)
    used = np.flatnonzero(p_x)
    if check_count("samples", samples, low=2) < 2 * used.size or samples % 2:
        letters = stratified_letters(p_x, samples, seed=seed)
        return letters, np.full(len(letters), 1 / len(letters))
    pairs = np.maximum(1, np.rint(p_x[used] * samples / 2)).astype(np.int64)
    letters = np.repeat(used, pairs)
    return np.stack([letters, letters], 1), np.repeat(p_x[used] / pairs, pairs)


def stratified_mean(
    values: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> tuple[float, float]:
    r"""Return the mean of stratified values (n, 2) and its standard error.

        mean = sum_k w_k (v_k1 + v_k2) / 2,
        se^2 = sum_k w_k^2 (v_k1 - v_k2)^2 / 4.

    Row k holds two independent draws in stratum k of mass w_k; without weights
    all are 1/n. Let mu_k and sigma_k^2 be the mean and the variance in the
    stratum, which may include noise of the value itself, independent between
    draws.

    - The mean over the source is sum_k w_k mu_k, and the mean of a pair is an
      unbiased estimate of mu_k; so the weighted mean of the pair means is
      unbiased.
    - A pair mean has the variance sigma_k^2 / 2, and E (v_k1 - v_k2)^2 = 2
      sigma_k^2, so that (v_k1 - v_k2)^2 / 4 is an unbiased estimate of it.
      Pairs are independent, so the variance of their weighted mean is the sum
      of w_k^2 times theirs, and se^2 is an unbiased estimate of it.
    - The law of total variance says sum_k w_k sigma_k^2 <= Var(v): with equal
      weights the variance of the mean is never above Var(v) / 2n, that of 2n
      independent draws.

    The root se itself is biased downwards a little, as every standard error is.
    And it is made by the strata within which values differ: where those are
    few, it is as rough as an error from so few pairs.

    Source: Cochran (1977), chapter 5.

    Parameters
    ----------
    values : (n, 2) a number for each letter of `stratified_letters`, or for
        each draw of it
    weights : (n,) those of `draw_strata`, if the letters are its

    Returns
    -------
    mean and standard error, in the unit of the values

    Raises
    ------
    ValueError
        where `values` is not of that shape or a value is not finite, or
        `weights` is not a distribution over its rows.

    Examples
    --------
    >>> stratified_mean([[1.0, 3.0], [5.0, 5.0]])  # se^2 = (1/4) (4/4 + 0)
    (3.5, 0.5)

    E exp(-X^2/2) = 0.7071 of the unit normal, by 200 letters; with 200
    independent draws the error would be 0.0197.

    >>> from rdtheory.sources.textbook import gaussian
    >>> source = gaussian(1000)
    >>> letters = stratified_letters(source.p_x, 200, seed=1)
    >>> values = np.exp(-(source.letters[letters] ** 2) / 2)
    >>> mean, error = stratified_mean(values)
    >>> print(f"{mean:.4f} +- {error:.4f}")
    0.7075 +- 0.0005
    """
    check_same_labels(("values", values, 0), ("weights", weights, 0))
    values = check_array("values", values, ndim=2)
    if values.shape[1] != 2:
        raise ValueError(f"values must have two columns, got shape {values.shape}")
    rows = len(values)
    weights = np.full(rows, 1 / rows) if weights is None else check_pmf("weights", weights)
    if weights.size != rows:
        raise ValueError(f"weights must have one entry a row of values, {rows}, got {weights.size}")
    error = np.linalg.norm(weights * (values[:, 0] - values[:, 1])) / 2
    return float(weights @ values.mean(axis=1)), float(error)
