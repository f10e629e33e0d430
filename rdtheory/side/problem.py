"""A joint distribution with a distortion, checked: what the doors of this room have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from rdtheory.checks import (
    Array,
    check_distortion,
    check_joint,
    check_number,
    check_same_labels,
    normalised,
)
from rdtheory.side.targets import Between, P, close_in
from rdtheory.solver.rounding import EPS, RESOLUTION, least_distortion
from rdtheory.solver.slope import warn_of_gap
from rdtheory.solver.surplus import InSurplus


@dataclass(frozen=True, eq=False)
class Given(InSurplus):
    """A checked problem.

    Parameters
    ----------
    joint : (n, k) p(x, y)
    distortion : (n, m) d(x, reproduction), finite somewhere in every row that has mass
    """

    joint: Array
    distortion: Array

    @classmethod
    def of(cls, joint: Any, distortion: npt.ArrayLike, *, normalise: bool) -> "Given":  # noqa: ANN401
        """Check a table p(x, y), or a whole joint that has one, and a distortion."""
        if hasattr(joint, "table") and not hasattr(joint, "columns"):
            joint = joint.table
        check_same_labels(("joint", joint, 0), ("distortion", distortion, 0))
        table = check_joint("joint", normalised("joint", joint) if normalise else joint)
        return cls(table, check_distortion(distortion, table.sum(axis=1)))

    @cached_property
    def p_x(self) -> Array:
        """(n,) p(x)."""
        return np.asarray(self.joint.sum(axis=1))

    @cached_property
    def low(self) -> Array:
        """Least distortion of every letter, 0 of those of no mass, (n,)."""
        return np.where(self.p_x > 0.0, self.distortion.min(axis=1), 0.0)

    @cached_property
    def surplus(self) -> Array:
        """Distortion less the least of every letter, (n, m)."""
        return self.distortion - self.low[:, None]

    @cached_property
    def _least(self) -> tuple[np.longdouble, float]:
        used = self.p_x > 0.0
        return least_distortion(self.p_x[used], self.low[used])

    def target(self, distortion: float) -> float:
        """Check a target distortion; return its surplus."""
        slack = EPS * self.p_x.size * float(self.p_x @ np.abs(self.low))
        rule = "at least the least distortion, {low}"
        found = check_number("target distortion", distortion, low=self.base, slack=slack, rule=rule)
        return max(0.0, self.surplus_of(found))


def find_target(
    ends: tuple[P, P], target: float, axis: str, solve: Callable[[float], P], gap: float,
    max_slopes: int,
) -> tuple[Between[P], str]:  # fmt: skip
    """Return where a target lies between the ends of a curve, and a note where it is beyond one."""
    left, right = ends
    alone = Between(left, left, 0.0, left.beta, 0.0, 0)
    if right.rate <= left.rate or left.distortion <= right.distortion:
        return alone, ""
    if axis == "rate":
        rule = "at least the least rate of any code, {low}"
        check_number("rate", target, low=left.rate, slack=gap, rule=rule)
        if target >= right.rate:
            words = f"{right.rate:.6g} nats reach the least distortion: {target:.6g} gain nothing"
            note = words + " more" if target > right.rate else ""
            return Between(right, right, 1.0, 0.0, 0.0, 0), note
        if target <= left.rate:
            return alone, ""
    else:
        if target >= left.distortion:
            more = target > left.distortion
            return alone, "the least rate has less distortion than was asked" if more else ""
        if target <= right.distortion:
            return Between(right, right, 1.0, 0.0, 0.0, 0), ""
    return close_in(left, right, target, axis, solve, gap=gap, max_slopes=max_slopes), ""


def inner_gap(gap: float) -> float:
    """Return the gap of each slope on the way to a target."""
    return max(0.1 * gap, RESOLUTION)


def warn_of(found: float, asked: float, why: str) -> None:
    """Warn the caller of a public function that a gap is not met."""
    if found > asked:
        warn_of_gap(found, asked, why)
