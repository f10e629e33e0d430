r"""Best prices for a few strategies: the dual of `certificate` by an interior-point method.

With u shifted so that all nu_t(u) < 0, the barrier's problem is

    max over u of  sum_x p(x) u(x) + mu sum_t log(-nu_t(u)),

concave and smooth; at its maximum mu / -nu_t is the mass of strategy t, and the gradient of nu_t is
its law of x, v_t. So the encoder comes with the prices. Newton's steps follow it as mu falls.

Source: Boyd and Vandenberghe, *Convex Optimization* (2004), sections 11.2 and 11.3.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array
from rdtheory.side.certificate import RIDGE, Climb, Maps, Pair, climb

FIRST = 0.1
"""Of mu, at most, where a strategy is worth more than its price."""

FALL = 0.1
"""Of mu from one centre to the next."""

CENTRED = 0.1
"""Share of mu that a centre may still be improved by."""

STEPS = 30
"""Newton steps for one mu, at most."""


@dataclass(frozen=True, eq=False)
class Columns:
    """Strategies in use, each with the letters that it serves: those are of one piece under y.

    Parameters
    ----------
    maps : (j, k) t(y)
    costs : (j, n) c(x, t), inf where it does not serve x
    log_s : (j, k) laws s to begin at
    """

    maps: Maps
    costs: Array
    log_s: Array

    def chosen(self, kept: npt.NDArray[np.bool_]) -> "Columns":
        """Return some of them."""
        return Columns(self.maps[kept], self.costs[kept], self.log_s[kept])

    def joined(self, others: "Columns") -> "Columns":
        """Return them with others behind."""
        return Columns(
            np.concatenate([self.maps, others.maps]),
            np.concatenate([self.costs, others.costs]),
            np.concatenate([self.log_s, others.log_s]),
        )


@dataclass(frozen=True, eq=False)
class Centre:
    """Prices u (n,) with all nu_t < 0, the masses (j,) that go with them, and where the laws are.

    `level` is what is maximised.
    """

    u: Array
    masses: Array
    laws: Climb
    level: float
    steps: int = 0

    @property
    def encoder(self) -> Array:
        """q(t|x), (n, j)."""
        v = self.masses * self.laws.v.T
        return v / v.sum(axis=1, keepdims=True)


def best_prices(pair: Pair, columns: Columns, gap: float, u: Array, mu: float) -> Centre:
    """Return prices and masses within so many nats of the best for these strategies.

    Parameters
    ----------
    u : (n,) prices to begin at
    mu : to begin at
    """
    log_p = np.log(pair.p)
    laws = climb(pair, log_p + u - columns.costs, columns.log_s)
    most = float(laws.upper.max())
    mu = max(mu, min(FIRST, most))  # where a strategy is worth more, the barrier must see it
    u = u - most - mu * len(columns.maps)
    last = 0.3 * gap / len(columns.maps)
    steps = 0
    while True:
        mu = max(mu, last)
        centre = _centred(pair, columns, u, mu)
        steps += centre.steps
        if mu == last:
            return Centre(centre.u, centre.masses, centre.laws, centre.level, steps)
        u, mu = centre.u, FALL * mu
        columns = Columns(columns.maps, columns.costs, centre.laws.log_s)


def _centred(pair: Pair, columns: Columns, u: Array, mu: float) -> Centre:
    """Return the maximum for one mu."""

    def at(prices: Array, log_s: Array) -> Centre:
        laws = climb(pair, np.log(pair.p) + prices - columns.costs, log_s, apart=1e-3 * mu + 1e-14)
        room = -laws.upper
        inside = (room > 0.0).all()
        level = float(pair.p @ prices + mu * np.log(room).sum()) if inside else -np.inf
        return Centre(prices, mu / np.where(room > 0.0, room, 1.0), laws, level)

    now = at(u, columns.log_s)
    for step in range(STEPS):
        v, masses = now.laws.v, now.masses
        slope = pair.p - masses @ v
        matrix = (v.T * (masses**2 / mu)) @ v + _curvature(pair, v, masses)
        matrix[np.diag_indices(pair.p.size)] *= 1.0 + RIDGE
        move = np.linalg.solve(matrix, slope)
        gain = float(slope @ move)
        if gain <= CENTRED * mu:
            # masses as the model has them after the last step, so that rows sum to p nearly
            ahead = masses * (1.0 + masses / mu * (v @ move))
            masses = np.where(ahead > 0.0, ahead, masses)
            return Centre(now.u, masses, now.laws, now.level, step)
        length = 1.0
        while True:
            new = at(u + length * move, now.laws.log_s)
            if new.level >= now.level + 1e-4 * length * gain or length < 1e-12:
                break
            length *= 0.5
        if new.level <= now.level:
            return Centre(now.u, now.masses, now.laws, now.level, step)
        u, now = new.u, new
    return Centre(now.u, now.masses, now.laws, now.level, STEPS)


def _curvature(pair: Pair, v: Array, masses: Array) -> Array:
    """Return the sum of the second derivatives of nu_t times the masses, (n, n).

    That of nu_t is the inverse of the one of Phi_t among v of the same sum.
    """
    root = np.sqrt(v)
    with np.errstate(divide="ignore"):
        per_y = np.where((w := v @ pair.given) > 0.0, 1.0 / np.sqrt(w), 0.0)
    told = root[:, :, None] * pair.given * per_y[:, None, :]
    both = root[:, :, None] * root[:, None, :]
    inner = both - told @ told.transpose(0, 2, 1)
    k = np.arange(pair.p.size)
    inner[:, k, k] += 1.0 + 1e-12
    inverse = np.linalg.inv(inner) - both
    return np.einsum("j,jxz,jxz->xz", masses, both, inverse)
