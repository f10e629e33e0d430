"""A certified point of a rate-distortion curve whose reproductions are anywhere in R^k."""

from dataclasses import dataclass
from typing import Any

from rdtheory.checks import Array
from rdtheory.shown import Shown, Text
from rdtheory.units import in_units


@dataclass(frozen=True, eq=False, repr=False)
class ContinuousPoint(Shown):
    r"""A certified point of the rate-distortion curve with reproductions anywhere in R^k.

    Parameters
    ----------
    beta : slope -dD/dR
    rate : R in nats
    distortion : D
    gap : nats by which R + D / beta is at most above the optimum over all reproductions in R^k;
        of a density, with what its quadrature is off
    atoms : (j, k) the reproductions in use; of a `Radial` source (j, 1) the radii of spheres
    weights : (j,) their masses
    iterations : Newton and Blahut-Arimoto steps together
    converged : whether the gap is what was asked
    rigorous : whether the supremum behind the gap is proved; if not, the gap is an estimate
    note : of a gap that is not met, why; else empty
    """

    beta: float
    rate: float
    distortion: float
    gap: float
    atoms: Array
    weights: Array
    iterations: int
    converged: bool
    rigorous: bool
    note: str = ""

    def shown(self) -> dict[str, Any]:
        """Return what is shown, by name: numbers with their units."""
        return {
            "rate": Text(f"{self.rate:.6g} nats"),
            "distortion": self.distortion,
            "beta": self.beta,
            "gap": Text(f"{self.gap:.1e} nats{' (an estimate)' * (not self.rigorous)}"),
            "atoms": Text(f"{len(self.atoms)} in {self.atoms.shape[1]}-d"),
            **({} if self.converged else {"converged": False}),
            **({"note": Text(self.note)} if self.note else {}),
        }

    @property
    def bits(self) -> float:
        """R in bits."""
        return self.rate * in_units("bits")

    @property
    def value(self) -> float:
        """D + beta R, an upper bound on the optimum at this slope."""
        return self.distortion + self.beta * self.rate

    @property
    def bound(self) -> float:
        """A lower bound on the optimum at this slope; where not `rigorous`, an estimate of one."""
        return self.value - self.beta * self.gap
