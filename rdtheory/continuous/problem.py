r"""A source at one slope, as the method of `newton` and the certificate ask for it.

All lengths are in the slope's own, the deviation of exp(-d / beta) as a function of y: steps of
atoms, boxes and peaks are measured in it.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np

from rdtheory.checks import Array
from rdtheory.continuous.gauss import bends, bounds, heights, mixture
from rdtheory.continuous.line import bounds_on_line, mixture_on_line

BIN = 0.02
"""Width of the bins of `fewer_letters`, in units."""


class Rows(NamedTuple):
    """exp(-(d(x, y) - low(x)) / beta) for some atoms y, and low / beta.

    Parameters
    ----------
    entries : (j, n), at most one where low(x) is the least d(x, y) of these atoms
    slopes : (j, n, k) the gradient of the entries in y
    low : (n,) low(x) / beta
    """

    entries: Array
    slopes: Array
    low: Array


class Mixed(Protocol):
    """A source of n letters x, of masses p, at one slope, as its certificate asks for it."""

    @property
    def p(self) -> Array:
        """(n,) masses of the letters."""

    @property
    def most(self) -> Array:
        """(n,) the logarithm of the largest exp(-d / beta), about: an atom at the letter's."""

    def mixture(self, atoms: Array, weights: Array) -> tuple[Array, Array]:
        """Return log q(x) = log sum_y r(y) exp(-d / beta) and E d / beta given x, both (n,)."""


class Problem(Mixed, Protocol):
    """The same, as the method asks for it; atoms y in R^k."""

    @property
    def unit(self) -> float:
        """The deviation of exp(-d / beta) as a function of y."""

    @property
    def box(self) -> tuple[Array, Array]:
        """Two corners (k,) of a box beyond which no y is better than all in it."""

    def rows(self, atoms: Array) -> Rows:
        """Return exp(-d / beta) for atoms (j, k)."""

    def heights(self, a: Array, points: Array) -> Array:
        """Return c(y) = sum_x p exp(a(x) - d(x, y) / beta) at points (m, k), shape (m,)."""

    def bends(self, a: Array, points: Array) -> tuple[Array, Array, Array]:
        """Return c (m,), its gradient (m, k) and its Hessian (m, k, k) at points (m, k)."""

    def some_letters(self, most: int) -> Array:
        """Return at most so many letters, as points (m, k), the likeliest first."""

    def bounds(self, a: Array, centres: Array, halves: Array) -> tuple[Array, Array]:
        """Return c at the centres of boxes and its bounds on them; see `cells`."""


@dataclass(frozen=True, eq=False)
class SquaredProblem:
    """Squared error: exp(-d / beta) = exp(-s |x - y|^2), of letters (n, k)."""

    p: Array
    letters: Array
    s: float

    @property
    def unit(self) -> float:  # noqa: D102
        return float((2.0 * self.s) ** -0.5)

    @property
    def most(self) -> Array:  # noqa: D102
        return np.zeros(self.p.size)


class GaussProblem(SquaredProblem):
    """The same in few dimensions, as Newton's method asks for it."""

    @cached_property
    def box(self) -> tuple[Array, Array]:
        """The letters' own box: its point nearest to y is nearer to every letter than y is."""
        return self.letters.min(axis=0), self.letters.max(axis=0)

    @cached_property
    def _log_p(self) -> Array:
        return np.log(self.p)

    @property
    def _on_a_line(self) -> bool:
        return self.letters.shape[1] == 1

    @cached_property
    def _line(self) -> Array:
        return self.letters[:, 0].copy()

    def mixture(self, atoms: Array, weights: Array) -> tuple[Array, Array]:  # noqa: D102
        if self._on_a_line:
            return mixture_on_line(self._line, atoms[:, 0].copy(), np.log(weights), self.s)
        return mixture(self.letters, atoms, np.log(weights), self.s)

    def rows(self, atoms: Array) -> Rows:  # noqa: D102
        nats = np.zeros((len(atoms), len(self.letters)))
        for x, y in zip(self.letters.T, atoms.T, strict=True):
            nats += self.s * (x - y[:, None]) ** 2
        low = nats.min(axis=0)
        entries = np.exp(low - nats)
        steps = self.letters[None] - atoms[:, None]
        return Rows(entries, (2.0 * self.s) * steps * entries[:, :, None], low)

    def heights(self, a: Array, points: Array) -> Array:  # noqa: D102
        return heights(points, self.letters, a + self._log_p, self.s)

    def bends(self, a: Array, points: Array) -> tuple[Array, Array, Array]:  # noqa: D102
        return bends(points, self.letters, a + self._log_p, self.s)

    def some_letters(self, most: int) -> Array:  # noqa: D102
        order = np.argsort(-self.p, kind="stable")
        return self.letters[order[:: max(1, -(-self.p.size // most))]]

    def bounds(self, a: Array, centres: Array, halves: Array) -> tuple[Array, Array]:  # noqa: D102
        a = a + self._log_p
        if self._on_a_line:
            return bounds_on_line(centres[:, 0].copy(), halves[:, 0].copy(), self._line, a, self.s)
        return bounds(centres, np.ascontiguousarray(halves), self.letters, a, self.s)


def fewer_letters(problem: GaussProblem) -> GaussProblem:
    """Return letters on a line put together, two for each bin, of its mass, mean and variance.

    What is smooth on the scale of a unit is off by some BIN^3 / 6.
    """
    x, p = problem.letters[:, 0], problem.p
    which = np.floor((x - x.min()) / (BIN * problem.unit)).astype(np.int64)
    which = np.unique(which, return_inverse=True)[1]
    mass = np.bincount(which, p)
    mean = np.bincount(which, p * x) / mass
    spread = np.sqrt(np.bincount(which, p * (x - mean[which]) ** 2) / mass)
    letters = np.concatenate((mean - spread, mean + spread))[:, None]
    return GaussProblem(np.concatenate((mass, mass)) / 2.0, letters, problem.s)


def objective(problem: Problem, atoms: Array, weights: Array) -> float:
    """F(r) = -sum_x p log sum_y r(y) exp(-d(x, y) / beta), in nats."""
    return -float(problem.p @ problem.mixture(atoms, weights)[0])
