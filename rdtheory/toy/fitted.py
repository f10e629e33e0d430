"""What a fit found: every restart's model with its certificate, and which restart is the best."""

from dataclasses import dataclass

from rdtheory.checks import Array
from rdtheory.model import Model
from rdtheory.shown import Shown

FEASIBLE = 1e-6
"""Nats by which a converged fit may miss its target."""


@dataclass(frozen=True, eq=False, repr=False)
class Fit(Shown):
    r"""One fitted model and its certificate.

    Parameters
    ----------
    model : the fitted model
    parameters : its parameter vector in the family, as `family_model` takes it
    value : the objective, in nats
    bound : a lower bound on the objective over all models of the source, in
        nats
    slope : multiplier of the held quantity, beta = -dD/dR of the frontier there
    stationarity : largest entry of the Lagrangian's gradient
    miss : nats by which the held quantity is above its target; 0 where nothing
        is held
    iterations : L-BFGS iterations of the attempt that is shown
    converged : on target, and with a gap below the asked one or a gradient that
        vanishes
    attempts : starts that this restart had, of which the best is shown

    Examples
    --------
    >>> from rdtheory import Search, fit_beta
    >>> once = Search(restarts=1)
    >>> best = fit_beta([0.5, 0.3, 0.2], codes=3, options=once).best
    >>> best.converged, best.gap < 1e-6
    (True, True)
    """

    model: Model
    parameters: Array
    value: float
    bound: float
    slope: float
    stationarity: float
    miss: float
    iterations: int
    converged: bool
    attempts: int = 1

    @property
    def gap(self) -> float:
        """How far the objective is above what any model could reach, in nats."""
        return self.value - self.bound


@dataclass(frozen=True, eq=False, repr=False)
class FitResult(Shown):
    """All restarts of a fit, in the order of their seeds.

    Examples
    --------
    >>> from rdtheory import Search, fit_beta
    >>> found = fit_beta([0.5, 0.3, 0.2], codes=3, options=Search(restarts=2))
    >>> len(found.fits), found.best in found.fits
    (2, True)
    """

    fits: tuple[Fit, ...]

    @property
    def best(self) -> Fit:
        """The converged restart of least objective, else the next best.

        Where none converged it is one on target, else the least of all.
        """
        return min(self.fits, key=merit)

    @property
    def converged(self) -> int:
        """Number of restarts that converged."""
        return sum(fit.converged for fit in self.fits)


def merit(fit: Fit) -> tuple[bool, bool, float]:
    """Order fits: converged ones first, then those on target, then by objective."""
    return not fit.converged, abs(fit.miss) > FEASIBLE, fit.value
