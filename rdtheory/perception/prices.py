r"""The best prices u of the dual in `certificate`: Newton's method on concave functions.

With nu_y(u) of the dual, what is maximised is, for P = 0, sum p u - sum p nu; for total variation,
whose sigma is the least of 2 P k + sum_y p(y) e(y) with e >= nu, -k <= e <= k, up to a shift of u,

    sum p u - 2 P k - sum p e + mu sum_y [log(e - nu) + log(e + k) + log(k - e)]

over u, e and k; and for KL, with tau shifted to 0,

    sum p u + exp(-P) prod_y (-nu_y)^p(y) + mu sum_y log(-nu_y).

The barriers, of size mu, keep it smooth; the law r of the outputs is what multiplies the gradients
of nu, and q(y|x) ~ r(y) exp(u(x) - d(x, y) / beta - nu_y) the channel. Newton's steps follow the
maximum from a large slope to the one that was asked, then mu to 0.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rdtheory.checks import Array
from rdtheory.perception.certificate import output_levels

RIDGE = 1e-13
"""Share of the diagonal that is added to the matrices."""

CENTRED = 0.05
"""Share of mu that a maximum may still be improved by."""

STEPS = 200
"""Newton steps for one function, at most."""

ROUNDED = 1e-14
"""Share of the largest price by which rounding may lower a value."""

FIRST, FALL = 1e-2, 0.1
"""Of mu times the outputs, and from one mu to the next."""

NEARER = 2.0
"""Factor from one slope to the next."""

LEAST = 1e-12
"""Limits up to here are kept as if they were 0; the certificate knows what they are."""

Model = tuple[float, Array, Array]
"""A function's value, its gradient and minus its matrix of second derivatives."""


@dataclass(frozen=True, eq=False)
class Problem:
    """A slope's problem in nats.

    Parameters
    ----------
    p : (n,) positive masses
    p_y : (m,) the same law on the outputs, some of which may be no letters with mass
    scaled : (n, m) d / beta less its least in every row; inf where forbidden
    limit, name : P and the divergence
    """

    p: Array
    p_y: Array
    scaled: Array
    limit: float
    name: str


def best_prices(
    problem: Problem, gap: float, *, from_perfect: bool = False
) -> tuple[Array, Array, int]:
    """Return prices u (n,), the law of the outputs r (m,), and the Newton steps taken.

    From a large slope to the one that was asked the limit is as asked, or perfect perception, whose
    prices are then where to begin `from_perfect`: each way is the better one somewhere.
    """
    m = problem.p_y.size
    last, steps = 0.1 * gap / m, 0
    kind = _Transport if problem.limit <= LEAST or from_perfect else _kind(problem)
    finite = problem.scaled[np.isfinite(problem.scaled)]
    shrink = max(1.0, float(finite.max()) / NEARER)
    mu = max(last, min(FIRST, problem.limit) / m) if kind.uses_mu else FIRST / m
    x = kind(problem, shrink, mu).start(np.zeros(problem.p.size))
    while True:
        at = kind(problem, shrink, mu)
        done = shrink == 1.0 and (mu == last or not kind.uses_mu)
        enough = CENTRED * (last if done and not from_perfect else mu)
        x, taken = _maximum(at.model, at.moved(x), enough, last=done)
        steps += taken
        if shrink > 1.0:
            factor = min(shrink, NEARER)
            x, shrink = factor * x, shrink / factor
        elif not done:
            mu = max(FALL * mu, last)
        elif kind is _Transport and problem.limit > LEAST:
            kind, mu = _kind(problem), FIRST / m
            x = kind(problem, 1.0, mu).start(x)
        else:
            return x[: problem.p.size], at.law(x), steps


def _kind(problem: Problem) -> "type[_Transport]":
    return _Variation if problem.name == "tv" else _Divergence


def _maximum(
    model: Callable[[Array], Model], x: Array, enough: float, *, last: bool
) -> tuple[Array, int]:
    """Return the maximum of a concave function, and the steps taken.

    Where a step would gain no more than `enough` one more is taken, whole; where it is the `last`
    function as many as still bring less and less, so that only rounding is left.
    """
    level, slope, matrix = model(x)
    before = math.inf
    for step in range(STEPS):
        move = _solved(matrix, slope)
        gain, length = float(slope @ move), 1.0
        near = gain <= enough
        if not 0.0 < gain < math.inf or (near and gain > 0.9 * before):
            return x, step
        while True:
            new = model(x + length * move)
            if new[0] >= level + 1e-4 * length * gain - ROUNDED * (1.0 + np.abs(x).max()):
                break
            length *= 0.5
            if length < 1e-9:
                return x, step
        x = x + length * move
        level, slope, matrix = new
        if near and not last:
            return x, step
        before = gain if near else math.inf
    return x, STEPS


def _solved(matrix: Array, right: Array) -> Array:
    """Solve with a ridge, so that prices which nothing holds stay where they are."""
    scale = np.sqrt(np.diag(matrix))
    scale[scale == 0.0] = 1.0
    unit = matrix / scale / scale[:, None]
    unit[np.diag_indices(right.size)] += RIDGE
    return np.asarray(np.linalg.solve(unit, right / scale) / scale)


def _curvature(weights: Array, laws: Array) -> Array:
    """Return the sum of weights times second derivatives of nu_y, (n, n)."""
    return np.diag(laws @ weights) - (laws * weights) @ laws.T


class _Transport:
    """P = 0: sum p u - sum p nu(u), whose maximum is defined up to a constant."""

    uses_mu = False

    def __init__(self, problem: Problem, shrink: float, mu: float) -> None:
        self.p, self.p_y, self.limit, self.mu = problem.p, problem.p_y, problem.limit, mu
        self.log_p, self.scaled = np.log(problem.p), problem.scaled / shrink

    def start(self, u: Array) -> Array:
        """Return a point inside of the domain with prices u, up to a constant."""
        return u

    def moved(self, x: Array) -> Array:
        """Return a point inside of the domain, near one of another mu or slope."""
        return x

    def law(self, x: Array) -> Array:
        """Return r."""
        return self.p_y

    def model(self, x: Array) -> Model:
        """Return value, gradient and minus the second derivatives."""
        nu, laws = output_levels(self.log_p, x, self.scaled)
        matrix = _curvature(self.p_y, laws) + np.outer(self.p, self.p)
        return float(self.p @ x - self.p_y @ nu), self.p - laws @ self.p_y, matrix


class _Divergence(_Transport):
    """KL: prices shifted so that all nu are below 0."""

    uses_mu = True

    def moved(self, x: Array) -> Array:
        nu, _ = output_levels(self.log_p, x, self.scaled)
        return x - max(0.0, float(nu.max()) + 0.1) if nu.max() >= 0.0 else x

    def start(self, u: Array) -> Array:
        nu, _ = output_levels(self.log_p, u, self.scaled)
        return u - float(nu.max()) - 1.0

    def _parts(self, nu: Array) -> tuple[float, Array]:
        used = self.p_y > 0.0
        mean = math.exp(float(self.p_y[used] @ np.log(-nu[used])) - self.limit)
        return mean, (mean * self.p_y + self.mu) / -nu

    def law(self, x: Array) -> Array:
        """Return r as the model has it after one more step, for the reason of `_Variation.law`."""
        nu, laws = output_levels(self.log_p, x, self.scaled)
        _, slope, matrix = self.model(x)
        mean, r = self._parts(nu)
        rise = _solved(matrix, slope) @ laws
        told = mean * self.p_y / -nu
        change = r * rise / -nu - told * float(told @ rise) / max(mean, 1e-300)
        return np.maximum(r + change, 0.0)

    def model(self, x: Array) -> Model:
        nu, laws = output_levels(self.log_p, x, self.scaled)
        if nu.max() >= 0.0:
            return -math.inf, x, np.eye(x.size)
        mean, r = self._parts(nu)
        level = float(self.p @ x) + mean + self.mu * float(np.log(-nu).sum())
        told = mean * self.p_y / -nu  # the part of r without the barrier
        one = laws @ told
        matrix = _curvature(r, laws) + (laws * (r / -nu)) @ laws.T
        matrix -= np.outer(one, one) / mean if mean > 0.0 else 0.0
        return level, self.p - laws @ r, matrix


class _Variation(_Transport):
    """Total variation: u, e and k one after the other."""

    uses_mu = True

    def start(self, u: Array) -> Array:
        nu, _ = output_levels(self.log_p, u, self.scaled)
        u = u - float(nu.max() + nu.min()) / 2.0
        nu = nu - float(nu.max() + nu.min()) / 2.0
        k = float(np.abs(nu).max()) + self.mu * nu.size / self.limit + 0.1
        return np.concatenate([u, nu + np.minimum(k - nu, self.mu / np.maximum(self.p_y, self.mu))
                               / 2.0, [k]])  # fmt: skip

    def moved(self, x: Array) -> Array:
        n, m = self.p.size, self.p_y.size
        u, e, k = x[:n], x[n : n + m], x[-1]
        nu, _ = output_levels(self.log_p, u, self.scaled)
        if (e > nu).all() and (np.abs(e) < k).all():
            return x
        e = np.maximum(e, nu + self.mu / np.maximum(self.p_y, self.mu))
        room = self.mu / self.limit
        k = max(k, float(e.max()) + room, room)
        return np.concatenate([u, np.maximum(e, room - k), [k]])

    def _slacks(self, x: Array) -> tuple[Array, Array, Array, Array]:
        n, m = self.p.size, self.p_y.size
        e, k = x[n : n + m], x[-1]
        nu, laws = output_levels(self.log_p, x[:n], self.scaled)
        return e - nu, e + k, k - e, laws

    def law(self, x: Array) -> Array:
        """Return r as the model has it after one more step.

        What is left of a slack has lost digits where it is small, and r is mu over it; but the step
        makes up for what the gradient lacks by that, and the model's r adds up.
        """
        n, m = self.p.size, self.p_y.size
        over, _, _, laws = self._slacks(x)
        _, slope, matrix = self.model(x)
        move = _solved(matrix, slope)
        change = (move[:n] @ laws - move[n : n + m]) / over
        return self.mu / over * np.maximum(1.0 + change, 0.0)

    def model(self, x: Array) -> Model:
        n, m = self.p.size, self.p_y.size
        over, low, high, laws = self._slacks(x)
        if min(over.min(), low.min(), high.min()) <= 0.0:
            return -math.inf, x, np.eye(x.size)
        r, less, more = self.mu / over, self.mu / low, self.mu / high
        logs = float(np.log(over).sum() + np.log(low).sum() + np.log(high).sum())
        level = float(self.p @ x[:n] - self.p_y @ x[n : n + m]) - 2.0 * self.limit * x[-1]
        slope = np.concatenate([
            self.p - laws @ r, -self.p_y + r + less - more,
            [-2.0 * self.limit + less.sum() + more.sum()],
        ])  # fmt: skip
        a, b, c = r / over, less / low, more / high
        matrix = np.zeros((x.size, x.size))
        matrix[:n, :n] = _curvature(r, laws) + (laws * a) @ laws.T
        matrix[:n, n : n + m] = -laws * a
        matrix[n : n + m, :n] = matrix[:n, n : n + m].T
        place = np.arange(n, n + m)
        matrix[place, place] = a + b + c
        matrix[place, -1] = matrix[-1, place] = b - c
        matrix[-1, -1] = b.sum() + c.sum()
        return level + self.mu * logs, slope, matrix
