"""A whole certified curve of a problem with side information, or with perception.

Its points, like those of the plain problem, are in surplus and at slopes, and what they have in
common is all that `rdtheory.solver.trace` asks: each is reached and lays a line below the curve,
and codes may take turns.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from rdtheory.shown import short
from rdtheory.solver.curve import CertifiedCurve
from rdtheory.solver.sandwich import Stretch
from rdtheory.solver.slope import off_by
from rdtheory.solver.surplus import InSurplus
from rdtheory.solver.trace import P, trace, warn_of_curve


@dataclass(frozen=True, eq=False, repr=False)
class SlopeCurve(CertifiedCurve, Generic[P]):
    """A certified curve: what is reached, and what is impossible, at every rate.

    Between two points codes take turns; no code is below the lines of all
    points. `distortion`, `rate` and `slope` give the curve as a function with
    its certified interval, `plot` draws it.

    Parameters
    ----------
    points : by rising rate, from rate 0 to the least distortion
    width : the largest vertical distance between the two bounds, in distortion
        units. Where the curve is so steep that 1e-13 nats of rate count, they
        are compared at rates that far apart.
    converged : whether `width` is what was asked
    off : what the addition of the least distortion may have rounded off any
        distortion

    Examples
    --------
    >>> from rdtheory import solve_conditional_curve
    >>> joint, hamming = [[0.4, 0.1], [0.1, 0.4]], [[0, 1], [1, 0]]
    >>> curve = solve_conditional_curve(joint, hamming)
    >>> found = curve.rate(0.1)
    >>> bool(found.lower <= found.value <= found.upper)
    True
    """

    points: tuple[P, ...]
    width: float
    converged: bool
    off: float = 0.0

    def _made_of(self, point: P) -> dict[str, str]:
        return {name: short(value) for name, value in point._made_of().items()}


def traced(
    problem: InSurplus,
    ends: tuple[P, P],
    solve: Callable[[float, float], P],
    lifted: Callable[[P], P],
    *,
    width: float | None,
    gap: float,
    max_points: int,
    why: str,
    progress: Callable[[float], None] | None,
) -> SlopeCurve[P]:
    """Trace a curve between its ends, and warn the caller of a door where it is not known enough.

    Parameters
    ----------
    problem : whose least distortion is to be added
    ends : the points of least rate and of least distortion, in surplus
    solve : returns the point at a slope, in surplus, within a gap
    lifted : adds the least distortion to a point
    width, gap, max_points, progress : as in `rdtheory.solver.trace.trace`
    why : what keeps a gap from being met
    """

    def at(stretch: Stretch[P], fine: float) -> P:
        return solve(stretch.chord, fine)

    found = trace(
        problem, *ends, at, width=width, gap=gap, max_points=max_points, progress=progress
    )
    points = tuple(lifted(point) for point in found.points)
    curve = SlopeCurve(points, found.width, found.width <= found.asked, found.off)
    warn_of_curve(found, points, gap, why, off_by(problem.base, found.off))
    return curve
