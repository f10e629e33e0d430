r"""The best of scattered models: Pareto front and lower convex hull of their (rate, distortion).

A model dominates another where neither its rate nor its distortion is larger and one is smaller.
The front holds the models that none dominates. Sharing examples between two models reaches every
point of the segment between them, so what a set of models can do together is the convex hull; its
lower left boundary is the least distortion at each rate, and an edge's slope beta = -dD/dR makes
its two ends equally good under D + beta R.

Source: Alemi et al., *Fixing a Broken ELBO* (ICML 2018), sections 2 and 5; the hull is Andrew's
monotone chain (*Information Processing Letters* 9, 1979). All cost O(n log n) for n points.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array, check_array, check_same_labels
from rdtheory.shown import Shown

Indices = npt.NDArray[np.intp]

ROUNDED, LEAST = 1e-15, 1e-290
"""Products whose difference is above these, relative and absolute, have it for certain."""


def pareto_front(rate: npt.ArrayLike, distortion: npt.ArrayLike) -> Indices:
    r"""Return which of n points no other dominates, by increasing rate.

    The front is { i : no j has R_j <= R_i and D_j <= D_i with one of them
    strict }; of equal points the first stands for all. Along it the rate
    increases and the distortion decreases, strictly.

    Parameters
    ----------
    rate : (n,) in nats
    distortion : (n,) in any unit

    Returns
    -------
    (f,) indices into the points

    Raises
    ------
    ValueError
        where there is no point, one is not finite, or the lengths differ.

    Examples
    --------
    >>> pareto_front([0.0, 1.0, 2.0, 2.0], [3.0, 2.0, 2.0, 0.5])
    array([0, 1, 3])
    """
    return _front(*_check_points(rate, distortion))


def lower_hull(rate: npt.ArrayLike, distortion: npt.ArrayLike) -> Indices:
    r"""Return which of n points are vertices of the lower left convex hull.

    They come by increasing rate. They are the unique minimisers of D + beta R
    for some beta > 0, and the two ends of the front; a point on the segment
    between two others is none, nor is the second of two equal points.
    Parameters, result and errors are those of `pareto_front`.

    Examples
    --------
    >>> rates = [0.0, 1.0, 1.5, 2.0]  # the second is on a segment
    >>> lower_hull(rates, [4.0, 2.0, 1.9, 0.0])
    array([0, 3])
    """
    return _hull(*_check_points(rate, distortion))


def hull_slopes(rate: npt.ArrayLike, distortion: npt.ArrayLike) -> Array:
    r"""Return beta = -dD/dR of each edge of the lower left hull, (h - 1,).

    They decrease strictly. Parameters and errors are those of `pareto_front`.

    Examples
    --------
    >>> hull_slopes([0.0, 1.0, 3.0], [4.0, 1.0, 0.0])
    array([3. , 0.5])
    """
    rate, distortion = _check_points(rate, distortion)
    hull = _hull(rate, distortion)
    x, y = rate[hull], distortion[hull]
    with np.errstate(over="ignore", invalid="ignore"):
        slopes: Array = -np.diff(y) / np.diff(x)
        halves = -np.diff(y / 2) / np.diff(x / 2)  # steps longer than the largest float
        long = np.isinf(np.diff(x)) | np.isinf(np.diff(y))
    return np.where(long, halves, slopes)


@dataclass(frozen=True, eq=False, repr=False)
class Front(Shown):
    r"""The Pareto front of a set of models, with the standard errors of its points.

    Made by `from_points`. The errors are those of the single models: that the
    best of many noisy models looks better than it is, they do not tell.

    Parameters
    ----------
    rate : (f,) strictly increasing
    distortion : (f,) strictly decreasing
    rate_se : (f,) standard errors
    distortion_se : (f,) standard errors
    indices : (f,) which of the given points these are

    Examples
    --------
    >>> rates, distortions = [2.0, 0.0, 1.0], [0.0, 4.0, 3.0]
    >>> errors = [0.3, 0.4, 0.1]
    >>> front = Front.from_points(rates, distortions, distortion_se=errors)
    >>> front.indices, front.hull.indices
    (array([1, 2, 0]), array([1, 0]))
    >>> front.distortion_at([-1.0, 0.5, 2.0])
    array([inf,  4.,  0.])
    >>> distortion, error = front.hull_distortion_at([1.0])
    >>> print(distortion, error)  # half of each end
    [2.] [0.25]
    """

    rate: Array
    distortion: Array
    rate_se: Array
    distortion_se: Array
    indices: Indices

    @classmethod
    def from_points(
        cls,
        rate: npt.ArrayLike,
        distortion: npt.ArrayLike,
        *,
        rate_se: npt.ArrayLike | None = None,
        distortion_se: npt.ArrayLike | None = None,
    ) -> "Front":
        """Return the front of n points; errors not given are 0.

        Raises
        ------
        ValueError
            where there is no point, a number is not finite, an error is
            negative, or the lengths differ.
        """
        check_same_labels(
            ("rate", rate, 0), ("distortion", distortion, 0),
            ("rate_se", rate_se, 0), ("distortion_se", distortion_se, 0),
        )  # fmt: skip
        rate, distortion = _check_points(rate, distortion)
        rate_se = _check_errors("rate_se", rate_se, rate)
        distortion_se = _check_errors("distortion_se", distortion_se, rate)
        best = _front(rate, distortion)
        return cls(rate[best], distortion[best], rate_se[best], distortion_se[best], best)

    @cached_property
    def hull(self) -> "Front":
        """The vertices of the lower left convex hull, themselves a front."""
        kept = _hull(self.rate, self.distortion)
        return Front(
            self.rate[kept],
            self.distortion[kept],
            self.rate_se[kept],
            self.distortion_se[kept],
            self.indices[kept],
        )

    def distortion_at(self, rate: npt.ArrayLike) -> Array:
        """Return the least distortion of a model of at most `rate`, else inf.

        The shape is that of `rate`, every entry of which must be finite.
        """
        query, shape = _check_query(rate)
        steps = np.concatenate([[np.inf], self.distortion])
        return steps[np.searchsorted(self.rate, query, side="right")].reshape(shape)

    def hull_distortion_at(self, rate: npt.ArrayLike) -> tuple[Array, Array]:
        r"""Return the least distortion at `rate` by sharing, and its error.

        Time is shared between models; the error is a standard error. On the
        edge from (R_0, D_0) to (R_1, D_1), with t = (r - R_0)/(R_1 - R_0) and
        slope beta,

            D(r)       = (1 - t) D_0 + t D_1,
            se(D(r))^2 = (1 - t)^2 (se(D_0)^2 + beta^2 se(R_0)^2)
                         + t^2 (se(D_1)^2 + beta^2 se(R_1)^2),

        to first order, for errors that are independent and leave the vertices
        vertices. At a vertex the steeper of its two edges counts. Right of the
        hull nothing more is won: D and its error are those of the last vertex.
        Left of it both are inf.

        Parameters
        ----------
        rate : any shape, finite

        Returns
        -------
        distortion and standard error, each of the shape of `rate`
        """
        query, shape = _check_query(rate)
        hull = self.hull
        # a last edge, flat and endless, so that the right of the hull is an edge like the others
        rates = np.append(hull.rate, np.inf)
        distortions = np.append(hull.distortion, hull.distortion[-1])
        left = np.maximum(np.searchsorted(hull.rate, query, side="left") - 1, 0)
        width = rates[left + 1] - rates[left]
        share = (query - rates[left]) / width
        beta = (distortions[left] - distortions[left + 1]) / width
        rate_se, distortion_se = np.append(hull.rate_se, 0.0), np.append(hull.distortion_se, 0.0)
        at_left = (1 - share) * np.hypot(distortion_se[left], beta * rate_se[left])
        at_right = share * np.hypot(distortion_se[left + 1], beta * rate_se[left + 1])
        value = (1 - share) * distortions[left] + share * distortions[left + 1]
        reached = query >= rates[0]
        value = np.where(reached, value, np.inf).reshape(shape)
        return value, np.where(reached, np.hypot(at_left, at_right), np.inf).reshape(shape)


# -- on checked points ----------------------------------------------------------------------------


def _front(rate: Array, distortion: Array) -> Indices:
    order = np.lexsort((distortion, rate))  # stable, so the first of equal points comes first
    along = distortion[order]
    before = np.concatenate([[np.inf], np.minimum.accumulate(along)[:-1]])
    return order[along < before]


def _hull(rate: Array, distortion: Array) -> Indices:
    front = _front(rate, distortion)
    chain: list[int] = []
    for i in map(int, front):
        while len(chain) > 1 and not _left_turn(rate, distortion, chain[-2], chain[-1], i):
            chain.pop()
        chain.append(i)
    return np.array(chain, dtype=np.intp)


def _left_turn(rate: Array, distortion: Array, a: int, b: int, c: int) -> bool:
    """Whether b lies strictly below the segment from a to c, to the last bit."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        first = (rate[b] - rate[a]) * (distortion[c] - distortion[a])
        second = (distortion[b] - distortion[a]) * (rate[c] - rate[a])
        sure = abs(first - second) > ROUNDED * (abs(first) + abs(second)) > LEAST
    if sure and np.isfinite(first) and np.isfinite(second):
        return bool(first > second)
    (x, y, z), (u, v, w) = ([Fraction(float(t[i])) for i in (a, b, c)] for t in (rate, distortion))
    return (y - x) * (w - u) > (v - u) * (z - x)


def _check_points(rate: npt.ArrayLike, distortion: npt.ArrayLike) -> tuple[Array, Array]:
    check_same_labels(("rate", rate, 0), ("distortion", distortion, 0))
    rate = check_array("rate", rate, ndim=1)
    distortion = check_array("distortion", distortion, ndim=1)
    if distortion.shape != rate.shape:
        seen = f"{rate.shape}, got {distortion.shape}"
        raise ValueError(f"distortion must have the shape of rate, {seen}")
    return rate, distortion


def _check_errors(name: str, value: npt.ArrayLike | None, rate: Array) -> Array:
    if value is None:
        return np.zeros_like(rate)
    error = check_array(name, value, ndim=1)
    if error.shape != rate.shape:
        raise ValueError(f"{name} must have the shape of rate, {rate.shape}, got {error.shape}")
    if (error < 0).any():
        i = int(np.argmax(error < 0))
        raise ValueError(f"{name} must not be negative, got {name}[{i}] = {error[i]}")
    return error


def _check_query(rate: npt.ArrayLike) -> tuple[Array, tuple[int, ...]]:
    return check_array("rate", np.ravel(rate), ndim=1), np.shape(rate)
