"""What a certified point at a slope is, whatever is described and however: its bounds, its line."""

import math
from typing import Any

from rdtheory.shown import Shown, Text
from rdtheory.units import in_units


class SlopePoint(Shown):
    """A point that is reached at a slope, with a gap to the best that could be.

    Its owner, a dataclass, has these; `off`, what float64 may have rounded off D, and `note` if it
    is given them, and says in `_made_of` what else of it is shown.
    """

    beta: float
    rate: float
    distortion: float
    gap: float
    converged: bool
    off: float = 0.0
    note: str = ""

    def _made_of(self) -> dict[str, Any]:
        """Return what is shown of how it is reached, by name."""
        raise NotImplementedError

    def shown(self) -> dict[str, Any]:
        """Return what is shown, by name: numbers with their units."""
        return {
            "rate": Text(f"{self.rate:.6g} nats"),
            "distortion": self.distortion,
            "beta": self.beta,
            "gap": Text(f"{self.gap:.1e} nats"),
            **self._made_of(),
            **({} if self.converged else {"converged": False}),
            **({"note": Text(self.note)} if self.note else {}),
        }

    @property
    def bits(self) -> float:
        """The rate in bits."""
        return self.rate * in_units("bits")

    @property
    def value(self) -> float:
        """D + beta R, an upper bound on the optimum at this slope."""
        return self.distortion + (self.beta * self.rate if self.rate > 0.0 else 0.0)

    @property
    def bound(self) -> float:
        """A lower bound at this slope: all channels have D + beta R >= bound."""
        if math.isinf(self.beta):
            return -math.inf
        return self.value - self.beta * self.gap - self.off
