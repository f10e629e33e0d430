r"""Reverse water-filling: the rate-distortion function of a Gaussian vector, in closed form.

In the eigenvectors of its covariance a Gaussian vector is k independent normals of variances
lambda_i. Under squared error, summed over the coordinates, the water level t gives each the
distortion min(t, lambda_i):

    D = sum_i min(t, lambda_i),    R = sum_i max(0, 1/2 log(lambda_i / t))    nats per vector.

Sources: Kolmogorov, "On the Shannon theory of information transmission in the case of continuous
signals" (1956); Berger (1971), section 4.5; Cover and Thomas (2006), theorem 10.3.3.
"""

import math

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array, check_array, check_number


def water_level(eigenvalues: npt.ArrayLike, distortion: float) -> float:
    r"""Return the level t with sum_i min(t, lambda_i) = D.

    It is the largest lambda where D is above all.

    Source: Cover and Thomas (2006), doi:10.1002/047174882X, theorem 10.3.3.

    Parameters
    ----------
    eigenvalues : (k,) of the covariance, in squared units of the vector, none
        negative
    distortion : D, the squared error of the whole vector

    Raises
    ------
    ValueError
        where an eigenvalue or the distortion is negative, or not finite.

    Examples
    --------
    >>> water_level([4.0, 1.0], 1.0), water_level([4.0, 1.0], 3.0)
    (0.5, 2.0)
    """
    variances = _check(eigenvalues)
    distortion = check_number("distortion", distortion, low=0.0)
    below = np.concatenate([[0.0], np.cumsum(variances)[:-1]])  # what those under water have
    levels = (distortion - below) / np.arange(variances.size, 0, -1)
    under = np.flatnonzero(levels <= variances)
    return float(levels[under[0]]) if under.size else float(variances[-1])


def water_filling_rate(eigenvalues: npt.ArrayLike, distortion: float) -> float:
    r"""Return R(D) of a Gaussian vector, in nats per vector.

    It is inf at D = 0 if anything varies. Parameters, errors: as in
    `water_level`.

    Source: Cover and Thomas (2006), doi:10.1002/047174882X, theorem 10.3.3.

    Examples
    --------
    >>> round(water_filling_rate([4.0, 1.0], 1.0), 6)  # both, log 4
    1.386294
    >>> round(water_filling_rate([4.0, 1.0], 3.0), 6)  # one, 1/2 log 2
    0.346574
    """
    variances = _check(eigenvalues)
    level = water_level(variances, distortion)
    above = variances[variances > level]
    if level == 0.0:
        return math.inf if above.size else 0.0
    return float(0.5 * (np.log(above) - math.log(level)).sum())


def water_filling_distortion(eigenvalues: npt.ArrayLike, rate: float) -> float:
    r"""Return D(R) of a Gaussian vector at R nats: its whole squared error.

    With the m largest above water, log t = (sum of their log lambda - 2 R) / m.

    Source: Cover and Thomas (2006), doi:10.1002/047174882X, theorem 10.3.3.

    Raises
    ------
    ValueError
        where an eigenvalue or the rate is negative, or not finite.

    Examples
    --------
    >>> round(water_filling_distortion([4.0, 1.0], math.log(4.0)), 12)
    1.0
    """
    variances = _check(eigenvalues)
    rate = check_number("rate", rate, low=0.0)
    falling = variances[::-1][: np.count_nonzero(variances)]
    if not falling.size:
        return 0.0
    many = np.arange(1, falling.size + 1)
    levels = np.exp((np.cumsum(np.log(falling)) - 2.0 * rate) / many)
    after = np.append(falling[1:], 0.0)
    level = levels[np.flatnonzero(levels >= after)[0]]  # the fewest above water that do
    return float(np.minimum(level, variances).sum())


def _check(eigenvalues: npt.ArrayLike) -> Array:
    """Return eigenvalues by rising size."""
    variances = check_array("eigenvalues", eigenvalues, ndim=1)
    if (variances < 0.0).any():
        worst = int(variances.argmin())
        seen = f"eigenvalues[{worst}] = {variances[worst]:g}"
        raise ValueError(f"eigenvalues must not be negative, got {seen}")
    return np.sort(variances)
