r"""Sources with a density: on a line, or around the origin of R^d; their quadrature.

An expectation is a sum over nodes: Gauss and Legendre's rule on panels as wide as the slope needs.
What the rule is off is seen by halving the panels: the method works with the coarse rule, the
bounds are those of the fine one, and the difference of the two is part of the gap.

Of a source that no rotation changes a best reproduction may be taken that none changes either, for
F is convex: turned about at random it is no worse. It is a mixture of spheres of radii rho, and

    q(x) = sum_j w_j  E exp(-d(x, rho_j U) / beta),    U uniform on the unit sphere,

depends on |x| alone. So does c, and what is left in any dimension is a problem on a half line. The
cosine u of the angle between x and U has the density (1 - u^2)^((d - 3) / 2), whose Gauss rule is
Jacobi's.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.special import ive, roots_jacobi

from rdtheory.checks import Array, check_count, check_number
from rdtheory.continuous.gauss import bends, bounds, heights
from rdtheory.continuous.problem import GaussProblem, Problem, Rows
from rdtheory.shown import Shown

PANEL = 12
"""Nodes of a panel."""
WIDE = 1.0
"""Width of a panel of the coarse rule, in deviations of exp(-d / beta), at most."""
PANELS = 16
"""Panels, at least."""
MASS = 1e-8
"""By which the integral of a density may be off one."""
NEGLIGIBLE = math.log(1e-24)
"""Of a bump of c: a million of them are below rounding."""
REACH = 10.0
"""Deviations to which a normal is cut off: what is beyond has a mass of 2e-23."""


class _OnLine(Shown):
    """A density of one number, on the panels of a rule; its owner has these."""

    pdf: Callable[[Array], Array]
    low: float
    high: float
    breaks: tuple[float, ...]

    def _check(self, low: float) -> None:
        check_number("high", self.high, low=math.nextafter(low, math.inf), rule="above low")
        self.nodes((self.high - self.low) / PANELS)

    def nodes(self, width: float) -> tuple[Array, Array]:
        """Return nodes (n,) and masses (n,) of panels at most so wide."""
        return _rule(self.pdf, self.low, self.high, self.breaks, width)

    def panelled(self, s: float, share: float) -> tuple[Array, Array]:
        """Return nodes and masses for exp(-s d).

        Panels are a share of the width that it takes.
        """
        most = (self.high - self.low) / PANELS
        return self.nodes(share * min(WIDE * (2.0 * s) ** -0.5, most))


@dataclass(frozen=True, eq=False, repr=False)
class Density(_OnLine):
    r"""A source on a line.

    Parameters
    ----------
    pdf : the density, of an array (n,); smooth between `low` and `high` but for
        the `breaks`
    low, high : the ends of its support
    breaks : where it is not smooth

    Raises
    ------
    ValueError
        where `low` is not below `high`, a density is negative or not finite, or
        does not integrate to one within 1e-8.

    Examples
    --------
    >>> Density(lambda x: 2 * x, 0, 1)
    Density(pdf=<lambda>, low=0, high=1)
    """

    pdf: Callable[[Array], Array]
    low: float
    high: float
    breaks: tuple[float, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        self._check(check_number("low", self.low))

    def problem(self, s: float, share: float) -> Problem:
        """Return the problem of squared error at exp(-s d).

        Panels are a share of its width.
        """
        x, p = self.panelled(s, share)
        return GaussProblem(p, x[:, None].copy(), s)


@dataclass(frozen=True, eq=False, repr=False)
class Radial(_OnLine):
    r"""A source in R^d that no rotation changes, by the density of its radius |X|.

    Its reproductions are spheres around the origin, too: of a `ContinuousPoint`
    of it `atoms` are their radii, (j, 1).

    Parameters
    ----------
    pdf : the density of |X|, of an array (n,) of radii
    dimension : d, at least 2
    low, high : the ends of its support, 0 <= low < high
    breaks : where it is not smooth

    Raises
    ------
    ValueError
        as for `Density`, and where `low` is negative or the dimension is not at
        least 2.

    Examples
    --------
    Uniform on the disc of radius 1: the radius has the density 2 r.

    >>> disc = Radial(lambda r: 2.0 * r, dimension=2, low=0.0, high=1.0)
    >>> disc.dimension, disc.high
    (2, 1.0)
    """

    pdf: Callable[[Array], Array]
    dimension: int
    low: float
    high: float
    breaks: tuple[float, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        low = check_number("low", self.low, low=0.0)
        check_count("dimension", self.dimension, low=2)
        self._check(low)

    def problem(self, s: float, share: float) -> "RadialProblem":
        """Return the problem of squared error at exp(-s d).

        Panels are a share of its width.
        """
        r, p = self.panelled(s, share)
        angles = math.ceil((32.0 + 4.0 * self.high * math.sqrt(2.0 * s)) / share**0.5)
        half = (self.dimension - 3) / 2.0
        u, w = roots_jacobi(angles, half, half)
        kept = w > 0.0
        return RadialProblem(p, r, u[kept], w[kept] / w.sum(), s)


@dataclass(frozen=True, eq=False)
class RadialProblem:
    """Squared error between spheres: a point at distance r and one at angle u on radius rho."""

    p: Array
    radii: Array
    cosines: Array
    shares: Array
    s: float

    @property
    def unit(self) -> float:  # noqa: D102
        return float((2.0 * self.s) ** -0.5)

    @property
    def box(self) -> tuple[Array, Array]:
        """The radii themselves: a point beyond the ball is further from all in it than its edge."""
        return np.zeros(1), np.array([self.radii.max()])

    @cached_property
    def most(self) -> Array:
        """(n,) the logarithm of exp(-d / beta) of the sphere that a letter lies on."""
        nats = 2.0 * self.s * np.outer(self.radii**2, 1.0 - self.cosines)
        return np.log(np.exp(-nats) @ self.shares)

    @cached_property
    def _bumps(self) -> tuple[Array, Array]:
        """The letters seen along a ray, r u, and log p less what is across it, s r^2 (1 - u^2)."""
        along = np.outer(self.radii, self.cosines)
        across = self.s * np.outer(self.radii**2, 1.0 - self.cosines**2)
        heights = np.log(self.p)[:, None] + np.log(self.shares) - across
        return along.reshape(-1, 1), heights

    def at_radii(self, radii: Array) -> "RadialProblem":
        """Return the problem of letters of equal mass at other radii (n,), such as of samples."""
        return replace(self, p=np.full(radii.size, 1.0 / radii.size), radii=radii)

    def _nats(self, atoms: Array) -> tuple[Array, Array]:
        """Return d / beta (j, n, angles), and the least of each n among those of a log mass."""
        r, rho = self.radii[:, None], atoms[:, 0][:, None, None]
        nats = self.s * ((rho - r) ** 2 + 2.0 * rho * r * (1.0 - self.cosines))
        return nats, (nats - np.log(self.shares)).min(axis=(0, 2))

    def rows(self, atoms: Array) -> Rows:  # noqa: D102
        nats, low = self._nats(atoms)
        entries = self.shares * np.exp(low[:, None] - nats)
        steps = self.radii[:, None] * self.cosines - atoms[:, 0][:, None, None]
        slopes = (2.0 * self.s) * (steps * entries).sum(axis=2)
        return Rows(entries.sum(axis=2), slopes[:, :, None], low)

    def mixture(self, atoms: Array, weights: Array) -> tuple[Array, Array]:  # noqa: D102
        nats, low = self._nats(atoms)
        bumps = weights[:, None, None] * self.shares * np.exp(low[:, None] - nats)
        q = bumps.sum(axis=(0, 2))
        return np.log(q) - low, (bumps * nats).sum(axis=(0, 2)) / q

    def some_letters(self, most: int) -> Array:  # noqa: D102
        return self.radii[:: max(1, -(-self.p.size // most)), None].copy()

    def _seen(self, a: Array) -> tuple[Array, Array]:
        """Return the bumps that are not negligible wherever they are looked at, rho >= 0."""
        letters, logs = self._bumps
        bumps = (a[:, None] + logs).ravel()
        behind = np.minimum(letters[:, 0], 0.0)
        kept = bumps - self.s * behind**2 > NEGLIGIBLE
        return letters[kept], bumps[kept]

    def heights(self, a: Array, points: Array) -> Array:  # noqa: D102
        return heights(points, *self._seen(a), self.s)

    def bends(self, a: Array, points: Array) -> tuple[Array, Array, Array]:  # noqa: D102
        return bends(points, *self._seen(a), self.s)

    def bounds(self, a: Array, centres: Array, halves: Array) -> tuple[Array, Array]:  # noqa: D102
        return bounds(centres, np.ascontiguousarray(halves), *self._seen(a), self.s)


def normal(variance: float = 1.0) -> Density:
    r"""Return the normal N(0, v), to 10 deviations each side.

    R(D) = 1/2 log(v / D) for D <= v, else 0, under squared error; at slope
    beta < 2 v, D is beta / 2, and the best reproduction is N(0, v - D), a cloud
    that ever more atoms approach.

    Source: Cover and Thomas (2006), doi:10.1002/047174882X, theorem 10.3.2.

    Examples
    --------
    >>> from rdtheory import solve_continuous
    >>> point = solve_continuous(normal(), beta=2.5)  # beyond 2 v: rate 0
    >>> round(point.rate, 6), round(point.distortion, 6)
    (0.0, 1.0)
    """
    root = math.sqrt(check_number("variance", variance, low=1e-200))
    pdf = lambda x: np.exp(-0.5 * (x / root) ** 2) / (root * math.sqrt(2.0 * math.pi))  # noqa: E731
    return Density(pdf, -REACH * root, REACH * root)


def uniform(low: float = 0.0, high: float = 1.0) -> Density:
    """Return the uniform law between two ends.

    At any slope few atoms reproduce it best.

    Examples
    --------
    >>> from rdtheory import solve_continuous
    >>> len(solve_continuous(uniform(-1.0, 1.0), beta=0.5).atoms)
    2
    """
    return Density(lambda x: np.full_like(x, 1.0 / (high - low)), low, high)


def noisy_sphere(dimension: int, variance: float = 0.1) -> Radial:
    r"""Return S + N(0, v I), S uniform on the unit sphere of R^d, d >= 2.

    Under half squared error at slope beta = v the best reproduction is S
    itself, so that D = d v / 2 and R = h(X) - (d / 2) log(2 pi e v), the
    Shannon lower bound (Berger 1971, section 4.3), which is met as X = S +
    noise; no finite number of atoms has it.

    Examples
    --------
    >>> noisy_sphere(3)
    Radial(pdf=noisy_sphere, dimension=3, low=0, high=4.39377)
    """
    v = check_number("variance", variance, low=1e-200)
    half = check_count("dimension", dimension, low=2) / 2.0

    def pdf(r: Array) -> Array:
        """Of |X|: the noncentral chi's, r^d/2 I_(d/2-1)(r / v) exp(-(r^2 + 1) / 2v) / v."""
        return r**half * ive(half - 1.0, r / v) * np.exp(-((r - 1.0) ** 2) / (2.0 * v)) / v

    pdf.__name__ = "noisy_sphere"
    reach = REACH + math.sqrt(dimension) - 1.0
    return Radial(pdf, dimension, max(0.0, 1.0 - reach * math.sqrt(v)), 1.0 + reach * math.sqrt(v))


def _rule(
    pdf: Callable[[Array], Any], low: float, high: float, breaks: tuple[float, ...], width: float
) -> tuple[Array, Array]:
    """Return nodes and masses of Gauss and Legendre's rule on panels that end at all breaks."""
    nodes, shares = np.polynomial.legendre.leggauss(PANEL)
    ends = np.array([low, *sorted(b for b in breaks if low < b < high), high])
    edges = [
        np.linspace(one, other, max(1, math.ceil((other - one) / width)) + 1)
        for one, other in pairwise(ends)
    ]
    left = np.concatenate([e[:-1] for e in edges])
    half = np.concatenate([np.diff(e) for e in edges]) / 2.0
    x = (left + half)[:, None] + half[:, None] * nodes
    values = np.asarray(pdf(x.ravel()), dtype=np.float64).reshape(x.shape)
    if not (np.isfinite(values).all() and values.min() >= 0.0):
        wrong = values[~(np.isfinite(values) & (values >= 0.0))][0]
        raise ValueError(f"pdf must be finite and not negative, got {wrong:g}")
    p = (values * half[:, None] * shares).ravel()
    if abs(p.sum() - 1.0) > MASS:
        raise ValueError(f"pdf must integrate to 1 within {MASS:g}, got {p.sum():.9g}")
    used = p > 0.0
    return x.ravel()[used], p[used] / p.sum()
