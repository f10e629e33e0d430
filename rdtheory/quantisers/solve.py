r"""Entropy-coded scalar quantisers at a slope, and the lower hull of all of them, certified.

The problem, its shortest path and the potentials that prove it are those of `dynamic`.
"""

import math
import warnings
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import entr

from rdtheory.checks import (
    Array,
    check_array,
    check_beta,
    check_choice,
    check_count,
    check_number,
    check_pmf,
    check_same_labels,
    normalised,
    told_apart,
)
from rdtheory.quantisers.curve import QuantiserCurve, QuantiserPoint
from rdtheory.quantisers.dynamic import Cuts, Line, best_cells, cell_numbers, slack
from rdtheory.solver.door import SourceLike, is_source
from rdtheory.solver.rounding import EPS
from rdtheory.solver.sandwich import Stretch, enclose

MEASURES = ("squared", "absolute")

MOST = 20_000
"""Letters, at most: the arcs are half of their square."""


def solve_quantiser(
    letters: npt.ArrayLike | SourceLike,
    p_x: npt.ArrayLike | None = None,
    beta: float | None = None,
    *,
    measure: str = "squared",
    normalise: bool = False,
) -> QuantiserPoint:
    r"""Minimise D + beta H over all scalar quantisers with an entropy code.

    The problem, its dual and why that certifies:
    `help(rdtheory.quantisers.dynamic)`.

    Sources: Gyorgy and Linder, *IEEE Transactions on Information Theory* 46
    (2000), theorem 1; Bruce, *Optimum quantization* (1965), for dynamic
    programming.

    Parameters
    ----------
    letters : (n,) numbers, in any order; or a whole `Source` of one dimension,
        which stands for its masses and its measure, too
    p_x : (n,) masses
    beta : slope, positive, in distortion units per nat
    measure : "squared" or "absolute"
    normalise : whether `p_x` may be counts, which are divided by their sum

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    1,200 letters in the place of the uniform density on [0, 1). At this slope
    four cells are best, of equal size (Gyorgy and Linder 2000): H = log 4, D =
    1/12 (1/16 - 1/1200^2).

    >>> import math
    >>> x = (np.arange(1200) + 0.5) / 1200
    >>> point = solve_quantiser(x, np.full(1200, 1 / 1200), 0.01)
    >>> point.levels.round(6).tolist(), abs(point.rate - math.log(4)) < 1e-12
    ([0.125, 0.375, 0.625, 0.875], True)
    >>> form = (1 / 16 - 1 / 1200**2) / 12
    >>> abs(point.distortion - form) < 1e-12, point.gap < 1e-9
    (True, True)
    """
    problem = _Problem.of(letters, p_x, measure, normalise)
    if beta is None:
        raise TypeError("beta must be given, got none")
    return problem.solve(check_beta(beta))


def solve_quantiser_curve(
    letters: npt.ArrayLike | SourceLike,
    p_x: npt.ArrayLike | None = None,
    *,
    measure: str = "squared",
    width: float | None = None,
    max_points: int = 500,
    normalise: bool = False,
) -> QuantiserCurve:
    r"""Trace the lower hull of all scalar quantisers with an entropy code.

    Source: Gyorgy and Linder, *IEEE Transactions on Information Theory* 46
    (2000).

    Parameters
    ----------
    letters, p_x, measure, normalise : as in `solve_quantiser`
    width : distortion between the two bounds at most; None for 1e-3 of the
        curve's height, 0 for all corners of the hull
    max_points : cap on the points

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    >>> even = [0.25, 0.25, 0.25, 0.25]
    >>> curve = solve_quantiser_curve([0, 1, 2, 3], even, width=0)
    >>> print(curve.table(units="bits"))
    beta per bit  H (bits)     D  cells
             inf         0  1.25      1
           0.625         1  0.25      2
               0         2     0      4
    """
    problem = _Problem.of(letters, p_x, measure, normalise)
    left, right = problem.solve(math.inf), problem.solve(0.0)
    height = left.distortion - right.distortion
    width = 1e-3 * height if width is None else check_number("width", width, low=0.0)
    max_points = check_count("max_points", max_points)
    points, found = [left], 0.0
    if height > 0.0:
        aim = max(width, 1e-14 * height)
        points, found = enclose(
            left, right, partial(_stretch, resolution=1e-13 * height),
            lambda stretch: problem.solve(stretch.chord), width=aim, aim=aim,
            max_points=max_points, progress=None,
        )  # fmt: skip
        points = _corners(points)
        width = aim
    curve = QuantiserCurve(tuple(points), found, found <= width)
    if not curve.converged:
        reached, limit = told_apart(found, width)
        text = f"width = {reached} is above the asked {limit}: raise max_points"
        warnings.warn(text, RuntimeWarning, stacklevel=2)
    return curve


def _stretch(
    left: QuantiserPoint, right: QuantiserPoint, resolution: float
) -> Stretch[QuantiserPoint]:
    """Return a stretch, and how far the lines of both ends are below the chord."""
    rates, fall = right.rate - left.rate, left.distortion - right.distortion
    chord = fall / rates if rates > 0.0 else math.inf
    if not 0.0 < chord < math.inf:
        return Stretch(left, right, rates, chord, 0.0)
    low = [p.bound - p.beta * left.rate for p in (left, right) if 0.0 < p.beta < math.inf]
    at = left.rate
    if len(low) == 2 and left.beta > right.beta:
        at = min(max((left.bound - right.bound) / (left.beta - right.beta), left.rate), right.rate)
    elif len(low) == 1 and math.isfinite(left.beta):
        at = min(right.rate, max(left.rate, (left.bound - right.distortion) / left.beta))
    lines = [p.bound - p.beta * at for p in (left, right) if 0.0 < p.beta < math.inf]
    least = max([right.distortion, *lines])
    width = left.distortion - chord * (at - left.rate) - least
    return Stretch(left, right, rates, chord, width if width > resolution else 0.0)


def _corners(points: list[QuantiserPoint]) -> list[QuantiserPoint]:
    """Return the points by rising rate without those that came twice, as on straight pieces."""
    points = sorted(points, key=lambda point: (point.rate, -point.beta))
    kept = points[:1]
    for point in points[1:]:
        if point.rate > kept[-1].rate + 1e-12:
            kept.append(point)
        elif point.beta == 0.0:
            kept[-1] = point
    return kept


@dataclass(frozen=True, eq=False)
class _Problem:
    """A checked problem: letters of mass in order, and where the given ones are among them."""

    line: Line
    places: Array
    where: Cuts

    @classmethod
    def of(
        cls, letters: Any, p_x: npt.ArrayLike | None, measure: str, normalise: bool  # noqa: ANN401
    ) -> "_Problem":  # fmt: skip
        if is_source(letters):
            if p_x is not None:
                raise TypeError("p_x must be left out beside a whole source, got both")
            measure = check_choice("measure of the source", str(letters.measure), MEASURES)  # type: ignore[attr-defined]
            letters, p_x = letters.letters, letters.p_x  # type: ignore[attr-defined]
        elif p_x is None:
            raise TypeError("p_x must be given beside letters, got letters alone")
        check_same_labels(("letters", letters, 0), ("p_x", p_x, 0))
        x = check_array("letters", letters, ndim=1)
        p = check_pmf("p_x", normalised("p_x", p_x) if normalise else p_x)
        if p.size != x.size:
            raise ValueError(f"p_x must have the shape of letters, {x.shape}, got {p.shape}")
        check_choice("measure", measure, MEASURES)
        places, where = np.unique(x[p > 0.0], return_inverse=True)
        if places.size > MOST:
            raise ValueError(f"letters must be at most {MOST} with mass, got {places.size}")
        if not float(places[-1] - places[0]) < 1e150:
            raise ValueError("letters must span less than 1e150, got more")
        masses = np.bincount(where, weights=p[p > 0.0]).astype(np.float64)
        line = Line.of(places - float(masses @ places), masses, absolute=measure == "absolute")
        numbers = np.searchsorted(places, x).clip(0, places.size - 1)
        return cls(line, places, numbers)

    def solve(self, beta: float) -> QuantiserPoint:
        """Solve at a slope; at 0 each letter is a cell, at inf all are one."""
        n, gap = self.places.size, 0.0
        if beta == 0.0 or math.isinf(beta):
            cuts = np.arange(n + 1) if beta == 0.0 else np.array([0, n])
        else:
            cuts, potentials = best_cells(self.line, beta)
            gap = max(0.0, -slack(self.line, beta, potentials)) * n / beta
        masses, paid, levels = cell_numbers(self.line, cuts)
        rate, distortion = max(0.0, float(entr(masses).sum())), float(paid.sum())
        if 0.0 < beta < math.inf:
            off = EPS * (4.0 + math.sqrt(n))
            size = self.line.second[-1] if not self.line.absolute else np.abs(self.line.first).max()
            gap += max(0.0, (distortion - float(potentials[-1])) / beta + rate)
            gap += off * (1.0 + rate + float(size) / beta)
        ends = [self.places[0], *(self.places[cuts[1:-1] - 1] + self.places[cuts[1:-1]]) / 2,
                self.places[-1]]  # fmt: skip
        middle = float(self.places[0] - self.line.letters[0])
        cells = np.searchsorted(cuts, np.arange(n), side="right") - 1
        return QuantiserPoint(
            beta=beta, rate=rate, distortion=distortion, gap=gap, edges=np.array(ends),
            levels=levels + middle, masses=masses, cells=cells[self.where],
        )  # fmt: skip
