r"""Distortions between points: multiples of squared error, and any measure with its bounds.

A measure of one's own is an object with `cost`, `gradient` and `bounds` (`Measure`). On a box of
centre m and radius rho, where d(x, y) is at least `least`, its gradient in y at most `steepest`
long and its second derivative along any line at least -`concave`,

    exp(-d / beta)  <=  exp(-least / beta),   and along any line its second derivative is at most
    exp(-least / beta) (steepest^2 / beta^2 + concave / beta),

so that c is at most c(m) + |grad c(m)| rho + M rho^2 / 2 there, M the sum of the latter.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np

from rdtheory.checks import Array
from rdtheory.continuous.problem import Rows

SQUARED = {"squared": 1.0, "half_squared": 0.5}
"""Times |x - y|^2."""
ENTRIES = 2_000_000
"""Numbers that are made at once."""


@runtime_checkable
class Measure(Protocol):
    """A distortion d(x, y) in R^k, twice differentiable in y, least where y = x.

    A y beyond the smallest box that holds all letters must be no better, for any letter, than the
    point of the box that is nearest to it; so it is for every sum of rising functions of the
    |x_i - y_i|.

    Examples
    --------
    sqrt(1 + |x - y|^2) - 1, squared error near by and distance far off. It is convex.

    >>> class PseudoHuber:
    ...     def cost(self, letters, points):
    ...         steps = points[:, None] - letters
    ...         return np.sqrt(1 + (steps**2).sum(-1)) - 1
    ...     def gradient(self, letters, points):
    ...         steps = points[:, None] - letters
    ...         return steps / np.sqrt(1 + (steps**2).sum(-1, keepdims=True))
    ...     def bounds(self, letters, centres, halves):
    ...         steps = np.abs(centres[:, None] - letters)
    ...         near = (np.maximum(steps - halves[:, None], 0) ** 2).sum(-1)
    ...         far = ((steps + halves[:, None]) ** 2).sum(-1)
    ...         return np.sqrt(1 + near) - 1, np.sqrt(far / (1 + far)), np.zeros_like(far)
    >>> from rdtheory import solve_continuous
    >>> point = solve_continuous([-1, 0, 3], [0.3, 0.4, 0.3], 0.5, measure=PseudoHuber(), gap=1e-6)
    >>> point.rigorous, point.gap <= 1e-6, point.atoms.ravel().round(3).tolist()
    (True, True, [-0.405, 2.99])
    """

    def cost(self, letters: Array, points: Array) -> Array:
        """Return d of letters (n, k) and points (m, k), shape (m, n)."""

    def gradient(self, letters: Array, points: Array) -> Array:
        """Return the gradient of d in the point, shape (m, n, k)."""

    def bounds(self, letters: Array, centres: Array, halves: Array) -> tuple[Array, Array, Array]:
        """Bound d on boxes of centres and half edges (m, k): `least`, `steepest`, `concave`.

        Each (m, n): at most d, at least the length of its gradient, and at least -1 times its
        second derivative along any line, on the whole box.
        """


@dataclass(frozen=True, eq=False)
class MeasureProblem:
    """A finite source of letters (n, k) under any measure; see `problem.Problem`."""

    p: Array
    letters: Array
    measure: Measure
    beta: float

    @cached_property
    def unit(self) -> float:
        """The step along the first axis at which d rises by beta / 2."""
        x = self.letters[:1]
        widest = float(np.ptp(self.letters, axis=0).max()) or 1.0
        steps = widest * 2.0 ** -np.arange(60.0)
        points = x + steps[:, None] * np.eye(x.shape[1])[0]
        rises = self.measure.cost(x, points)[:, 0] - self.measure.cost(x, x)[0, 0]
        low = np.flatnonzero(rises <= self.beta / 2.0)
        return float(steps[low[0]] if low.size else steps[-1])

    @property
    def most(self) -> Array:  # noqa: D102
        own = [self.measure.cost(x[None], x[None])[0, 0] for x in self.letters]
        return np.array(own) / -self.beta

    @cached_property
    def box(self) -> tuple[Array, Array]:  # noqa: D102
        return self.letters.min(axis=0), self.letters.max(axis=0)

    def _nats(self, points: Array) -> Array:
        return self.measure.cost(self.letters, points) / self.beta

    def rows(self, atoms: Array) -> Rows:  # noqa: D102
        nats = self._nats(atoms)
        low = nats.min(axis=0)
        entries = np.exp(low - nats)
        gradient = self.measure.gradient(self.letters, atoms)
        return Rows(entries, gradient * (entries / -self.beta)[:, :, None], low)

    def mixture(self, atoms: Array, weights: Array) -> tuple[Array, Array]:  # noqa: D102
        nats = self._nats(atoms)
        low = nats.min(axis=0)
        shares = weights[:, None] * np.exp(low - nats)
        q = shares.sum(axis=0)
        return np.log(q) - low, (shares * nats).sum(axis=0) / q

    def some_letters(self, most: int) -> Array:  # noqa: D102
        order = np.argsort(-self.p, kind="stable")
        return self.letters[order[:: max(1, -(-self.p.size // most))]]

    def heights(self, a: Array, points: Array) -> Array:  # noqa: D102
        return np.concatenate([np.exp(a - self._nats(y)) @ self.p for y in self._parts(points)])

    def bends(self, a: Array, points: Array) -> tuple[Array, Array, Array]:
        """Return c, its gradient, and its Hessian by differences of the gradient."""
        c, g = self._slopes(a, points)
        step = 1e-4 * self.unit
        sides = [
            [self._slopes(a, points + sign * step * axis)[1] for sign in (1.0, -1.0)]
            for axis in np.eye(points.shape[1])
        ]
        H = np.stack([(up - down) / (2.0 * step) for up, down in sides], axis=1)
        return c, g, (H + H.transpose(0, 2, 1)) / 2.0

    def _slopes(self, a: Array, points: Array) -> tuple[Array, Array]:
        """Return c and its gradient at points."""
        c, g = [], []
        for part in self._parts(points):
            bumps = self.p * np.exp(a - self._nats(part))
            c.append(bumps.sum(axis=1))
            steps = self.measure.gradient(self.letters, part)
            g.append(np.einsum("mn,mnk->mk", bumps, steps) / -self.beta)
        return np.concatenate(c), np.concatenate(g)

    def bounds(self, a: Array, centres: Array, halves: Array) -> tuple[Array, Array]:  # noqa: D102
        c, g = self._slopes(a, centres)
        radius = np.linalg.norm(halves, axis=1)
        above = []
        for first in range(0, len(centres), step := self._at_once):
            part = slice(first, first + step)
            found = self.measure.bounds(self.letters, centres[part], halves[part])
            least, steepest, concave = found
            bumps = self.p * np.exp(a - least / self.beta)
            bend = (bumps * ((steepest / self.beta) ** 2 + concave / self.beta)).sum(axis=1)
            rise = np.linalg.norm(g[part], axis=1) * radius[part] + bend * radius[part] ** 2 / 2.0
            above.append(np.minimum(bumps.sum(axis=1), c[part] + rise))
        return c, np.concatenate(above)

    @property
    def _at_once(self) -> int:
        """How many points are looked at together."""
        return max(1, ENTRIES // self.letters.size)

    def _parts(self, points: Array) -> list[Array]:
        return [points[i : i + self._at_once] for i in range(0, len(points), self._at_once)]
