r"""A whole capacity-cost curve between two certified bounds.

C(B) = max I(X; Y) under E c <= B is concave and rises with the budget B, from the capacity of the
cheapest letters to that of the channel. Every solved slope gives a point that an input reaches and
a line I = bound + s B that no input is above; mixing two inputs reaches at least the chord between
them. The sandwich algorithm of `rdtheory.solver.sandwich` closes in on the curve by solving at the
slope of the chord where the two bounds are furthest apart.

Sources: Blahut (1972), theorems 6 to 8; Burkard, Hamacher and Rote, "Sandwich approximation of
univariate convex functions" (1991).
"""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rdtheory.capacity.problem import CapacityPoint, ChannelProblem, prepare
from rdtheory.checks import Array, check_count, check_number, told_apart
from rdtheory.shown import ShownCurve, few
from rdtheory.solver.pictures import BAND, CURVE, POINTS, new_axes
from rdtheory.solver.rounding import RESOLUTION
from rdtheory.solver.sandwich import LOOSE, Stretch, enclose
from rdtheory.solver.slope import GAP, NO_FINER, check_gap
from rdtheory.units import in_units

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class CapacityCurve(ShownCurve):
    """A certified capacity-cost curve: what is reached, and what is impossible.

    Parameters
    ----------
    points : by rising cost, from the least cost to the capacity that no budget
        binds
    width : the largest distance in nats between the two bounds
    converged : whether that is what was asked

    Examples
    --------
    Sending a 1 costs 1, a 0 nothing: at a budget of 1/4, C is h(1/4).

    >>> curve = solve_capacity_curve([[1, 0], [0, 1]], [0, 1])
    >>> least, most = curve.lower(0.25), curve.upper(0.25)
    >>> bool(least <= 0.562335 <= most), bool(most - least <= curve.width)
    (True, True)
    """

    points: tuple[CapacityPoint, ...]
    width: float
    converged: bool

    def _cells(self, units: str, most: int) -> tuple[list[str], list[list[str]]]:
        factor = in_units(units)
        header = ["cost", f"slope ({units} per cost)", f"C ({units})", f"gap ({units})", "inputs"]
        rows = [
            [f"{p.cost:.6g}", f"{factor * p.slope:.6g}", f"{factor * p.capacity:.6g}",
             f"{factor * p.gap:.1e}", str(p.support.size)]
            for p in few(self.points, most)
        ]  # fmt: skip
        return header, rows

    def _title(self) -> str:
        return f"CapacityCurve: {self._counted}, {self._known('nats')}"

    def lower(self, budget: npt.ArrayLike) -> Array:
        """Return the nats that mixtures of the points reach within a budget.

        They are -inf below the least cost. Beyond the last point nothing more
        is reached.
        """
        costs = np.array([point.cost for point in self.points])
        nats = np.maximum.accumulate([point.capacity for point in self.points])
        return np.interp(np.asarray(budget, dtype=np.float64), costs, nats, left=-np.inf)

    def upper(self, budget: npt.ArrayLike) -> Array:
        """Return the nats that no input exceeds within a budget.

        They are -inf below the least cost.
        """
        budget = np.asarray(budget, dtype=np.float64)
        first = self.points[0]
        bounds = [
            point.bound + point.slope * budget for point in self.points if point.slope < math.inf
        ]
        cheapest = np.where(budget == first.cost, first.capacity + first.gap, np.inf)
        bounds.append(cheapest if first.slope == math.inf else np.full(budget.shape, np.inf))
        return np.where(budget < first.cost, -np.inf, np.min(bounds, axis=0))

    def plot(self, ax: "Axes | None" = None, *, units: str = "nats") -> "Axes":
        """Draw the curve between its two bounds, and its points; return axes."""
        factor, ax = in_units(units), ax or new_axes()
        costs = np.array([point.cost for point in self.points])
        beyond = costs[-1] + 0.15 * (float(np.ptp(costs)) or 1.0)
        fine = np.unique(np.concatenate([np.linspace(costs[0], beyond, 600), costs]))
        lower = factor * self.lower(fine)
        label = f"certified within {factor * self.width:.1e} {units}"
        ax.fill_between(
            fine, lower, factor * self.upper(fine), color=BAND, alpha=0.6, lw=0, label=label
        )
        ax.plot(fine, lower, color=CURVE, lw=1.6, label="reached")
        ax.scatter(
            costs, [factor * point.capacity for point in self.points], s=14, color=POINTS, zorder=3,
            label=f"{len(self.points)} solved points",
        )  # fmt: skip
        ax.set(xlabel="budget: greatest mean cost", ylabel=f"capacity C  ({units})")
        ax.set_ylim(0.0, None)
        ax.legend(loc="lower right")
        return ax


def solve_capacity_curve(
    channel: npt.ArrayLike,
    cost: npt.ArrayLike,
    *,
    width: float | None = None,
    gap: float = GAP,
    max_points: int = 200,
    progress: Callable[[float], None] | None = None,
) -> CapacityCurve:
    r"""Trace the capacity-cost curve until it is known within `width`.

    It is known so everywhere, not only at points.

    Source: Blahut (1972), doi:10.1109/TIT.1972.1054855, theorems 6 to 8.

    Parameters
    ----------
    channel, cost : as in `solve_capacity`
    width : nats between the two bounds at most; None for 1e-3 of the curve's
        height
    gap : nats within which to certify every point
    max_points : cap on the points
    progress : called with the share of the work newly done, judged by the width
        so far

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    Two letters without noise, one of them free: C(B) = h(B) up to B = 1/2.

    >>> curve = solve_capacity_curve([[1, 0], [0, 1]], [0, 1], width=1e-4)
    >>> budgets = np.linspace(0, 1, 11)
    >>> bool(np.all(curve.upper(budgets) - curve.lower(budgets) <= 1e-4))
    True
    """
    problem, gap = prepare(channel, cost), check_gap(gap)
    max_points = check_count("max_points", max_points)
    left, right = problem.solve(math.inf, gap=gap), problem.solve(0.0, gap=gap)
    height = right.capacity - left.capacity
    width = check_number("width", 1e-3 * height if width is None else width, low=0.0)
    points, found = [left], 0.0
    if height > left.gap + right.gap and right.cost > 0.0:
        points, found = _enclose(problem, left, right, width, gap, max_points, progress)
    else:  # the cheapest letters are as good as all
        points = [replace(left, slope=0.0, gap=max(0.0, right.bound - left.capacity))]
    curve = CapacityCurve(
        points=tuple(problem.lifted(point, gap, NO_FINER) for point in points),
        width=max(found, points[0].gap, points[-1].gap),
        converged=max(found, points[0].gap, points[-1].gap) <= max(width, gap),
    )
    if not curve.converged:
        why = "raise max_points" if len(points) >= max_points else NO_FINER
        reached, limit = told_apart(curve.width, width)
        text = f"width = {reached} nats is above the asked {limit}: {why}"
        warnings.warn(text, RuntimeWarning, stacklevel=2)
    return curve


def _enclose(
    problem: ChannelProblem,
    left: CapacityPoint,
    right: CapacityPoint,
    width: float,
    gap: float,
    max_points: int,
    progress: Callable[[float], None] | None,
) -> tuple[list[CapacityPoint], float]:
    """Return points by rising cost, and the width that they leave."""
    fine = min(gap, max(RESOLUTION, LOOSE * width))

    def solve(stretch: Stretch[CapacityPoint]) -> CapacityPoint:
        middle = 0.5 * (stretch.left.input + stretch.right.input)
        return problem.solve(stretch.chord, gap=fine, start=middle)

    points, found = enclose(
        left, right, _stretch, solve, width=width, aim=max(width, RESOLUTION),
        max_points=max_points, progress=progress,
    )  # fmt: skip
    points.sort(key=lambda point: (point.cost, -point.slope))
    return points, found


def _stretch(left: CapacityPoint, right: CapacityPoint) -> Stretch[CapacityPoint]:
    """Return a stretch, with the largest distance from its chord up to the lines of both ends."""
    costs, rise = right.cost - left.cost, right.capacity - left.capacity
    if not (costs > 0.0 and rise > 0.0 and math.isfinite(rise / costs)):
        return Stretch(left, right, costs, 0.0, 0.0)
    chord = rise / costs
    lines = [(p.bound, p.slope) for p in (left, right) if p.slope < math.inf]
    at = left.cost  # a vertical line bounds the curve on the left of its first point
    if len(lines) == 2 and left.slope > right.slope:
        at = (lines[1][0] - lines[0][0]) / (left.slope - right.slope)
        at = min(max(at, left.cost), right.cost)
    most = min(bound + slope * at for bound, slope in lines)
    width = max(0.0, most - left.capacity - chord * (at - left.cost))
    return Stretch(left, right, costs, chord, width)
