"""A checked channel with its costs, solved at a slope; the certified points of its curve."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from rdtheory.capacity.certificate import check_channel, neg_entropies
from rdtheory.capacity.newton import best_input
from rdtheory.capacity.support import fewer_letters
from rdtheory.checks import Array
from rdtheory.shown import Shown, Text
from rdtheory.solver.gibbs import TINY, Indices
from rdtheory.solver.rounding import nats_off
from rdtheory.solver.surplus import noted
from rdtheory.units import in_units


@dataclass(frozen=True, eq=False, repr=False)
class CapacityPoint(Shown):
    r"""A certified input of a channel: the best, or that of a cost or a slope.

    Parameters
    ----------
    capacity : I(X; Y) of the input, in nats
    cost : E c of the input; 0 where no costs are given
    gap : nats by which I - slope E c is at most below the best, with what
        rounding may have added to I; at a budget, by which I is below the best
        that the budget allows
    input : (n,) p(x)
    output : (m,) q(y)
    iterations : Newton and Blahut-Arimoto steps together
    converged : whether the gap is what was asked
    slope : nats per unit of cost, dC / d cost; 0 where cost does not bind, inf
        at the least cost
    note : of a budget that does not bind, that it does not; of a gap that is
        not met, why

    Examples
    --------
    >>> from rdtheory import solve_capacity
    >>> point = solve_capacity([[0.9, 0.1], [0.1, 0.9]])
    >>> f"{point.capacity:.6f} nats, {point.bits:.6f} bits"
    '0.368064 nats, 0.531004 bits'
    >>> point.input.round(6).tolist(), point.gap <= 1e-9
    ([0.5, 0.5], True)
    """

    capacity: float
    cost: float
    gap: float
    input: Array
    output: Array
    iterations: int
    converged: bool
    slope: float = 0.0
    note: str = ""

    def shown(self) -> dict[str, Any]:
        """Return what is shown, by name: numbers with their units."""
        return {
            "capacity": Text(f"{self.capacity:.6g} nats"),
            "cost": self.cost,
            "slope": self.slope,
            "gap": Text(f"{self.gap:.1e} nats"),
            "inputs": Text(f"{self.support.size} of {self.input.size}"),
            **({} if self.converged else {"converged": False}),
            **({"note": Text(self.note)} if self.note else {}),
        }

    @property
    def bits(self) -> float:
        """I(X; Y) of the input in bits."""
        return self.capacity * in_units("bits")

    @property
    def support(self) -> Indices:
        """Letters that are sent at all."""
        return np.flatnonzero(self.input)

    @property
    def value(self) -> float:
        """I - slope E c, which this input reaches; at slope inf I itself.

        There it is the greatest I of the cheapest inputs.
        """
        paid = self.slope * self.cost if 0.0 < self.slope < math.inf else 0.0
        return self.capacity - paid

    @property
    def bound(self) -> float:
        """What no input exceeds at this slope: I - slope E c <= bound."""
        return self.value + self.gap


@dataclass(frozen=True, eq=False)
class ChannelProblem:
    """A checked channel: W(y|x) in `rows` (n, m), its negative entropies, costs above the least.

    Its points have costs above `least`; `lifted` adds it for those who asked.
    """

    rows: Array
    told: Array
    surplus: Array
    least: float

    def solve(
        self, slope: float, *, gap: float, max_iterations: int = 400, start: Array | None = None
    ) -> CapacityPoint:
        """Solve at one slope, at inf among the letters of least cost alone; begin at `start`."""
        cheap = np.flatnonzero(self.surplus == 0.0)
        kept = cheap if slope == math.inf else np.arange(self.told.size)
        rows, score = self.rows[kept], self.told[kept]
        if 0.0 < slope < math.inf:
            score = score - slope * self.surplus[kept]
        reached = np.flatnonzero(rows.any(axis=0))
        if reached.size < rows.shape[1]:
            rows = rows[:, reached]
        near = None if start is None else start[kept]
        found = best_input(rows, score, gap=gap, max_iterations=max_iterations, start=near)
        masses, most = fewer_letters(rows, score, found, gap)
        p = np.zeros(self.told.size)
        p[kept] = masses
        return self.point(p, most, slope, found.iterations, gap)

    def point(
        self, p: Array, found: float, slope: float, iterations: int, asked: float
    ) -> CapacityPoint:
        """Return the point of an input whose gap is known but for rounding."""
        nats, q = self.information(p)
        off = self.off(p)
        found += 2.0 * off
        return CapacityPoint(
            capacity=max(0.0, nats - off),  # so that the channel surely has it
            cost=float(p @ self.surplus),
            gap=found,
            input=p,
            output=q,
            iterations=iterations,
            converged=found <= asked,
            slope=slope,
        )

    def information(self, p: Array) -> tuple[float, Array]:
        """Return I(X; Y) of an input and its output law."""
        support = np.flatnonzero(p)
        q = p[support] @ self.rows[support]
        used = q > 0.0
        nats = float(p[support] @ self.told[support] - q[used] @ np.log(q[used]))
        return nats, q

    def off(self, p: Array) -> float:
        """Return what sums of nats over the outputs may be off."""
        return nats_off(self.rows.shape[1], -float(p @ self.told))

    def lifted(self, point: CapacityPoint, asked: float, why: str) -> CapacityPoint:
        """Return a point with the least cost added, and `why` in its note if its gap is above."""
        note = noted(point.note, point.gap, asked, why)
        return replace(point, cost=self.least + point.cost, note=note)


def prepare(channel: npt.ArrayLike, cost: npt.ArrayLike | None) -> ChannelProblem:
    """Check a channel and its costs once."""
    rows, costs = check_channel(channel, cost)
    rows[rows < TINY] = 0.0  # subnormal numbers slow matrix products several times
    least = float(costs.min())
    return ChannelProblem(rows, neg_entropies(rows), costs - least, least)
