"""Points of entropy-coded scalar quantisers, and the lower hull of all, as a certified function."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array
from rdtheory.quantisers.dynamic import Cuts
from rdtheory.shown import ShownCurve, few
from rdtheory.solver.curve import Enclosed, of_any_shape
from rdtheory.solver.point import SlopePoint
from rdtheory.solver.rounding import EPS
from rdtheory.units import in_units, one


@dataclass(frozen=True, eq=False, repr=False)
class QuantiserPoint(SlopePoint):
    r"""The best entropy-coded scalar quantiser at a slope.

    Parameters
    ----------
    beta : slope; 0 where every letter is a cell, inf where all are one
    rate : H of the cells in nats
    distortion : D
    gap : nats by which H + D / beta is at most above the best of all partitions
    edges : (k + 1,) where cells meet, half way between letters; the ends are
        the outer letters
    levels : (k,) what is said in each cell
    masses : (k,) probabilities of the cells
    cells : (n,) the number of the cell of each letter, as they were given

    Examples
    --------
    >>> from rdtheory import solve_quantiser
    >>> point = solve_quantiser([-1.0, 0.0, 1.0], [0.25, 0.5, 0.25], 0.2)
    >>> point.edges.tolist(), point.levels.tolist(), round(point.rate, 6)
    ([-1.0, -0.5, 0.5, 1.0], [-1.0, 0.0, 1.0], 1.039721)
    """

    beta: float
    rate: float
    distortion: float
    gap: float
    edges: Array
    levels: Array
    masses: Array
    cells: Cuts

    converged = True  # the shortest path is found whole

    def _made_of(self) -> dict[str, Any]:
        return {"cells": self.levels.size}


@dataclass(frozen=True, eq=False, repr=False)
class QuantiserCurve(ShownCurve):
    """The lower hull of all entropy-coded scalar quantisers, between bounds.

    Between two points quantisers take turns.

    Parameters
    ----------
    points : by rising rate, from one cell to a cell for each letter
    width : the largest vertical distance between the two bounds
    converged : whether `width` is what was asked

    Examples
    --------
    >>> from rdtheory import solve_quantiser_curve
    >>> curve = solve_quantiser_curve([-1.0, 0.0, 1.0], [0.25, 0.5, 0.25])
    >>> len(curve.points), curve.converged
    (3, True)
    """

    points: tuple[QuantiserPoint, ...]
    width: float
    converged: bool

    def upper(self, rate: npt.ArrayLike) -> Array:
        """Return the distortion that the quantisers reach in turns at a rate."""
        rates = [point.rate for point in self.points]
        values = np.minimum.accumulate([point.distortion for point in self.points])
        return np.interp(np.asarray(rate, dtype=np.float64), rates, values, left=np.inf)

    def lower(self, rate: npt.ArrayLike) -> Array:
        """Return the distortion that no quantisers in turns are below."""
        rate = np.asarray(rate, dtype=np.float64)
        lines = [p.bound - p.beta * rate for p in self.points if 0.0 < p.beta < math.inf]
        return np.maximum(np.max([np.full(rate.shape, self.points[-1].distortion), *lines],
                                 axis=0), 0.0)  # fmt: skip

    def rate(self, distortion: npt.ArrayLike, *, units: str = "nats") -> Enclosed:
        """Return the least H, with its certified interval, at any distortions.

        It is that of quantisers in turns, on the lower hull, and inf below 0,
        the distortion where every letter is a cell.

        Examples
        --------
        >>> from rdtheory import solve_quantiser_curve
        >>> quarters = [0.25, 0.25, 0.25, 0.25]
        >>> curve = solve_quantiser_curve([0, 1, 2, 3], quarters, width=0)
        >>> found = curve.rate([-0.1, 0.125, 0.25, 2.0], units="bits")
        >>> found.value.round(12).tolist()
        [inf, 1.5, 1.0, 0.0]
        """
        d, factor = of_any_shape("distortion", distortion), in_units(units)
        rates = np.array([point.rate for point in self.points])
        values = np.minimum.accumulate([point.distortion for point in self.points])
        values, place = np.unique(values, return_index=True)  # of equal ones that of least rate
        upper = np.where(d < 0.0, np.inf, np.interp(d, values, rates[place]))
        bounds = [np.where(d < 0.0, np.inf, 0.0)]
        bounds += [
            (p.bound - d - EPS * (abs(p.bound) + np.abs(d))) / p.beta
            for p in self.points
            if 0.0 < p.beta < math.inf
        ]
        last = self.points[-1]
        bounds.append(np.where(d <= 0.0, last.rate - last.gap, 0.0))
        lower = np.minimum(np.max(bounds, axis=0), upper)
        return Enclosed(factor * upper, factor * lower, factor * upper)

    def _title(self) -> str:
        return f"QuantiserCurve: {self._counted}, {self._known('in D')}"

    def _cells(self, units: str, most: int) -> tuple[list[str], list[list[str]]]:
        factor = in_units(units)
        header = [f"beta per {one(units)}", f"H ({units})", "D", "cells"]
        rows = [
            [f"{p.beta / factor:.6g}", f"{factor * p.rate:.6g}", f"{p.distortion:.6g}",
             str(p.levels.size)]
            for p in few(self.points, most)
        ]  # fmt: skip
        return header, rows
