"""Sources whose letters have coordinates in several dimensions."""

import math
from functools import partial

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array, check_array, check_count
from rdtheory.sources.scalar import REACH_OF_NORMAL
from rdtheory.sources.source import LETTERS, Source, on_points
from rdtheory.sources.water import water_filling_rate


def gaussian_vector(side: int, covariance: npt.ArrayLike) -> Source:
    r"""Return a Gaussian vector N(0, C) on a grid, under squared error.

    The grid has side^k points. The grid lies along the eigenvectors of C,
    `side` points to 4 deviations each way, and the outputs are its points. p(x)
    is proportional to exp(-x^T C^-1 x / 2), d(x, y) = |x - y|^2 is summed over
    the k coordinates. The closed form is that of the continuous vector,
    `water_filling_rate` of the eigenvalues; the grid is near it where the water
    level is above the square of its steps.

    Source: Cover and Thomas (2006), doi:10.1002/047174882X, theorem 10.3.3.

    Parameters
    ----------
    side : points of the grid in each direction, at least 2
    covariance : (k, k) positive definite, or (k,) the variances of independent
        coordinates

    Raises
    ------
    ValueError
        where the covariance is not symmetric and positive definite, or the grid
        has fewer than two points a side or more than 1,000,000 in all.

    Examples
    --------
    >>> source = gaussian_vector(21, [[1.0, 0.5], [0.5, 1.0]])
    >>> form = source.closed_form(0.5)  # 1/2 log(0.75 / 0.25^2)
    >>> source.letters.shape, round(form, 6)
    ((441, 2), 1.242453)
    """
    side = check_count("side", side, low=2)
    matrix = check_array("covariance", covariance, ndim=1 if np.ndim(covariance) == 1 else 2)
    variances, directions = _axes(matrix)
    k = variances.size
    if k * math.log(side) > math.log(LETTERS) + 1e-9:
        raise ValueError(f"side^k must be at most {LETTERS}, got {side}^{k}")
    line = np.linspace(-REACH_OF_NORMAL, REACH_OF_NORMAL, side)
    grid = np.stack(np.meshgrid(*[line] * k, indexing="ij"), axis=-1).reshape(-1, k)
    mass = np.exp(-(grid**2).sum(axis=1) / 2)
    points = (grid * np.sqrt(variances)) @ directions.T
    step = line[1] - line[0]
    return on_points(
        ":".join([f"vector:{side}", *(f"{float(v)!r}" for v in np.ravel(matrix))])
        if matrix.ndim == 1 else f"vector:{side} of {k} correlated coordinates",
        mass / mass.sum(), points, "squared", partial(water_filling_rate, variances),
        near=float(np.minimum(step**2 * variances.max(), variances).sum()),
    )  # fmt: skip


def named_vector(side: int, *variances: float) -> Source:
    """Return `gaussian_vector` of independent coordinates, as a name lists them."""
    return gaussian_vector(side, np.array(variances))


def _axes(matrix: Array) -> tuple[Array, Array]:
    """Return the variances (k,) and directions (k, k), in columns, of a checked covariance."""
    if matrix.ndim == 1:
        variances, directions = matrix, np.eye(matrix.size)
    elif matrix.shape[0] != matrix.shape[1] or not np.allclose(matrix, matrix.T, rtol=1e-12):
        raise ValueError(f"covariance must be symmetric, got shape {matrix.shape}")
    else:
        variances, directions = np.linalg.eigh(matrix)
    if not variances.min() > 0.0:
        raise ValueError(
            f"covariance must be positive definite, got an eigenvalue of {variances.min():g}"
        )
    return variances, directions
