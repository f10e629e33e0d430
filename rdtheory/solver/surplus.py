"""Problems that are solved in surplus over the least distortion, which is added last."""

import math
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from rdtheory.solver.rounding import EPS

P = TypeVar("P", bound=Any)


class InSurplus:
    """A problem whose points have their distortion less the base, until they are `in_full`.

    Its owner has `_least`, what `least_distortion` returns of it.
    """

    @property
    def _least(self) -> tuple[np.longdouble, float]:
        raise NotImplementedError

    @property
    def base(self) -> float:
        """The least distortion, E min_y d(x, y): what nothing goes below."""
        return float(self._least[0])

    def surplus_of(self, distortion: float) -> float:
        """Return a distortion less the least."""
        return float(distortion - self._least[0])

    def with_base(self, surplus: float) -> tuple[float, float]:
        """Return a surplus with the least distortion, and by how much that is off."""
        exact = self._least[0] + surplus
        distortion = float(exact)
        return distortion, float(abs(exact - distortion)) + self._least[1]

    def in_full(self, point: P, asked: float, why: str, rounded: float | None = None) -> P:
        """Return a point in E d itself, with the nats that this rounds in its gap.

        `rounded` are so many nats in their place. Where the gap is above the asked one, `why` is in
        the point's note.
        """
        distortion, off = self.with_base(point.distortion)
        off += EPS * abs(distortion) if off else 0.0
        if rounded is None:
            rounded = off / point.beta if 0.0 < point.beta < math.inf else 0.0
        gap = point.gap + rounded
        return replace(
            point, distortion=distortion, gap=gap, converged=gap <= asked, off=off,
            note=noted(point.note, gap, asked, why),
        )  # fmt: skip


def noted(note: str, gap: float, asked: float, why: str) -> str:
    """Return a point's note, with why its gap is not the asked one where it is not."""
    missed = f"a gap of {asked:.1e} nats is not met: {why}" if gap > asked else ""
    return "; ".join(filter(None, (note, missed)))
