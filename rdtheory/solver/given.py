r"""A problem as it was given, and the channel that an output marginal makes of it at a slope.

The channel of a marginal r(y) at a slope beta is q(y|x) ~ r(y) exp(-d(x, y) / beta): at beta = 0 it
keeps the outputs of least distortion alone, at inf it is r itself but for forbidden pairs.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rdtheory.checks import Array
from rdtheory.solver.gibbs import Coordinates, Indices


@dataclass(frozen=True, eq=False, repr=False)
class Given:
    """A checked problem with all its letters, those of no mass too.

    Parameters
    ----------
    p_x : (n,) source
    distortion : (n, m) table, or `Coordinates`
    closed_form : R(D) in nats of the source that was given whole, where it knows it
    exact : whether that is of this very problem, not of a continuous one that it stands for
    letters, outputs : names of the letters, as of pandas, if any
    """

    p_x: Array
    distortion: Array | Coordinates
    closed_form: Callable[[float], Any] | None = None
    exact: bool = False
    letters: list[Any] | None = None
    outputs: list[Any] | None = None

    def part(self, outputs: Indices) -> Array:
        """Return the distortion to some outputs, (n, k)."""
        if isinstance(self.distortion, Coordinates):
            c = self.distortion
            zero = np.zeros(len(c.letters))
            return c.compiled.excess(c.letters, c.outputs[outputs], zero).T
        return self.distortion[:, outputs]

    def channel(self, beta: float, outputs: Indices, masses: Array) -> Array:
        """Return q(y|x), (n, k), of masses r(y) > 0 of some outputs; rows sum to one.

        A letter of no mass that none of the outputs may describe gets the marginal.
        """
        part = self.part(outputs)
        least = part.min(axis=1, keepdims=True)
        hopeless = ~np.isfinite(least)
        excess = np.where(hopeless, 0.0, part - np.where(hopeless, 0.0, least))
        if beta == 0.0:
            rows = np.where(excess == 0.0, masses, 0.0)
        elif math.isinf(beta):
            rows = np.where(np.isfinite(excess), masses, 0.0)
        else:
            with np.errstate(over="ignore"):
                exponent = np.log(masses) - excess / beta
            rows = np.exp(exponent - exponent.max(axis=1, keepdims=True))
        return rows / rows.sum(axis=1, keepdims=True)
