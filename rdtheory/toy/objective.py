"""What a fit minimises: one quantity, the other held by a slope, a penalty or a constraint."""

import math
from dataclasses import dataclass

from rdtheory.toy.family import DISTORTION, RATE
from rdtheory.toy.search import Lagrangian

CURVATURE = 10.0
"""Of the augmented Lagrangian, per nat: a miss of 0.1 nat moves the slope by 1."""


@dataclass(frozen=True)
class Objective:
    r"""Minimise Q_free + max over lowest <= a <= highest of a (Q_held - target), in nats.

    D + beta R has the rate held by lowest = highest = beta at target 0; the penalty
    D + w |R - t| has lowest = -w, highest = w; the constraint R = t is the penalty with w infinite.

    Examples
    --------
    No model has R + D < H, so every objective has a bound: with H = 3, D is at least 2 at R = 1.

    >>> Objective.target_rate(1.0).bound(3.0), Objective.slope(0.5).bound(3.0)
    (2.0, 1.5)
    """

    held: int
    target: float
    lowest: float
    highest: float

    @classmethod
    def slope(cls, beta: float) -> "Objective":
        """D + beta R."""
        return cls(RATE, 0.0, beta, beta)

    @classmethod
    def target_rate(cls, target: float, penalty: float = math.inf) -> "Objective":
        """D subject to R = target, or D + penalty |R - target|."""
        return cls(RATE, target, -penalty, penalty)

    @classmethod
    def target_distortion(cls, target: float) -> "Objective":
        """R subject to D = target."""
        return cls(DISTORTION, target, -math.inf, math.inf)

    @property
    def is_slope(self) -> bool:
        """Whether nothing is held to a target."""
        return self.lowest == self.highest

    @property
    def is_constraint(self) -> bool:
        """Whether only models on target will do."""
        return math.isinf(self.highest)

    def value(self, held: float, free: float) -> float:
        """Return the objective of a model.

        Off a constraint the miss counts once, as on the diagonal, so that it is never a gain.
        """
        miss = held - self.target
        if self.is_constraint:
            return free + abs(miss)
        return free + (self.highest if miss > 0 else self.lowest) * miss

    def bound(self, source_entropy: float) -> float:
        """Return the least value that any model of the source has: it is taken on the diagonal."""
        return min(value for value, _ in self._corners(source_entropy))

    def likely_rate(self, source_entropy: float) -> float:
        """Return the rate of that least value; the lowest such rate where the diagonal is flat."""
        least = self.bound(source_entropy) + 1e-12
        held = next(held for value, held in self._corners(source_entropy) if value <= least)
        return held if self.held == RATE else source_entropy - held

    def lagrangian(self, *, smoothing: float = 0.0, proximity: float = 0.0) -> Lagrangian:
        """Return the smooth function that the search minimises in its place."""
        return Lagrangian(
            held=self.held,
            target=self.target,
            curvature=0.0 if self.is_slope else CURVATURE,
            lowest=self.lowest,
            highest=self.highest,
            smoothing=smoothing,
            proximity=proximity,
        )

    def _corners(self, source_entropy: float) -> list[tuple[float, float]]:
        """Pairs (value, Q_held) where the objective bends on the diagonal Q_free = H - Q_held."""
        corners = (self.target,) if self.is_constraint else (0.0, self.target, source_entropy)
        return [(self.value(held, source_entropy - held), held) for held in corners]
