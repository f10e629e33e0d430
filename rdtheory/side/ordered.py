r"""Joints and distortions in whose order strategies rise: far fewer than m^k then matter.

Of a law v of x the best thing to say at y is the m of least sum_x v(x) p(y|x) d(x, m). Let the
letters, the values of y and the outputs have an order in which

    p(x, y) p(x', y')  >=  p(x, y') p(x', y)  and  d(x, m) + d(x', m')  <=  d(x, m') + d(x', m)

for x < x', y < y', m < m': larger y speak for larger x, and to say m' in the place of m gains more
the larger x is. So the best m rises with y, whatever v, by the theorem of Topkis; and so does the
strategy of largest nu_t, the best one for some v. Gaussians have the first, (x - m)^2, |x - m| and
all convex functions of x - m the second. In a branch where t(y) is fixed at some y it is then
between its neighbours at the others.

Sources: Karlin and Rubin, "The theory of decision procedures for distributions with monotone
likelihood ratio" (1956); Topkis, "Minimizing a submodular function on a lattice" (1978).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array
from rdtheory.side.certificate import Maps, Pair
from rdtheory.solver.rounding import EPS

LARGEST = 4_000_000
"""Numbers of a table of least costs, at most."""


def rises(pair: Pair) -> bool:
    """Whether letters, y and outputs are in such an order, as they are given, but for rounding."""
    n, k = pair.given.shape
    m = pair.surplus.shape[1]
    if not (pair.given > 0.0).all() or not np.isfinite(pair.surplus).all():
        return False  # neighbours would not tell of all pairs
    if n * k * m * m > LARGEST:
        return False
    likely = np.diff(np.diff(pair.log_given, axis=0), axis=1)
    gains = np.diff(np.diff(pair.surplus, axis=0), axis=1)
    rounded = 8.0 * EPS * max(1.0, float(np.abs(pair.log_given).max()))
    return bool((likely >= -rounded).all() and (gains <= 8.0 * EPS * pair.surplus.max()).all())


@dataclass(frozen=True, eq=False)
class Rising:
    """What rising strategies may cost in branches.

    Parameters
    ----------
    pair : letters in such an order
    """

    pair: Pair

    @cached_property
    def least(self) -> Array:
        """Least cost of what is said at y, from one output to another, (k, m, m, n)."""
        k, m, n = self.pair.parts.shape
        table = np.full((k, m, m, n), np.inf)
        for low in range(m):
            table[:, low, low:] = np.minimum.accumulate(self.pair.parts[:, low:], axis=1)
        return table

    def between(self, maps: Maps, unfixed: int) -> tuple[Maps, Maps]:
        """Return the least and the largest that branches, (j, k), may say at every y."""
        least = np.maximum.accumulate(np.where(maps == unfixed, 0, maps), axis=1)
        most = np.where(maps == unfixed, self.pair.surplus.shape[1] - 1, maps)[:, ::-1]
        return least, np.minimum.accumulate(most, axis=1)[:, ::-1]

    def parts(self, low: Maps, high: Maps) -> Array:
        """Return the least costs at every y, (j, k, n)."""
        return np.asarray(self.least[np.arange(low.shape[1]), low, high])


def flags_between(low: Maps, high: Maps, m: int) -> npt.NDArray[np.bool_]:
    """Return which outputs are between two, (j, k, m)."""
    numbers = np.arange(m)
    return np.asarray((numbers >= low[..., None]) & (numbers <= high[..., None]))
