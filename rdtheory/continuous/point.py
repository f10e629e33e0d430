"""A certified point of a rate-distortion curve whose reproductions are anywhere in R^k."""

from dataclasses import dataclass
from typing import Any

from rdtheory.checks import Array
from rdtheory.shown import Text
from rdtheory.solver.point import SlopePoint


@dataclass(frozen=True, eq=False, repr=False)
class ContinuousPoint(SlopePoint):
    r"""A certified point of the curve with reproductions anywhere in R^k.

    Parameters
    ----------
    beta : slope -dD/dR
    rate : R in nats
    distortion : D
    gap : nats by which R + D / beta is at most above the optimum over all
        reproductions in R^k; of a density, with what its quadrature is off
    atoms : (j, k) the reproductions in use; of a `Radial` source (j, 1) the
        radii of spheres
    weights : (j,) their masses
    iterations : Newton and Blahut-Arimoto steps together
    converged : whether the gap is what was asked
    rigorous : whether the supremum behind the gap is proved; if not, the gap is
        an estimate
    note : of a gap that is not met, why; else empty

    Examples
    --------
    A fair sign at slope 1 has two reproductions, a little nearer to 0.

    >>> from rdtheory import solve_continuous
    >>> point = solve_continuous([-1.0, 1.0], [0.5, 0.5], 1.0)
    >>> point.atoms.round(4).ravel().tolist(), point.rigorous
    ([-0.9575, 0.9575], True)
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
        """Return what is shown, by name.

        Of a gap that is not proved it says that it is an estimate.
        """
        found = super().shown()
        estimate = " (an estimate)" * (not self.rigorous)
        return {**found, "gap": Text(f"{found['gap']}{estimate}")}

    def _made_of(self) -> dict[str, Any]:
        return {"atoms": Text(f"{len(self.atoms)} in {self.atoms.shape[1]}-d")}
