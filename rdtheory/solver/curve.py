r"""A certified curve as a function of rate, distortion and slope, and pictures of it.

Every solved slope beta gives a point (R, D) that a channel reaches and a line D = bound - beta R
that no channel is below. Time-sharing between two points reaches the chord between them, which
bounds the curve from above; the lines of all points bound it from below. The slope at a rate is
bounded, too: the tangent there is nowhere above a chord, and touches no lower than the lines.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array, check_array
from rdtheory.shown import ShownCurve, few, short_signature
from rdtheory.solver.pictures import ClosedForm, Over, draw_curve, draw_support
from rdtheory.solver.point import SlopePoint
from rdtheory.solver.rounding import EPS
from rdtheory.solver.slope import RDPoint
from rdtheory.units import in_units, one

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Enclosed:
    """Numbers of any shape between their certified bounds.

    Numpy and pictures take `value`.

    Parameters
    ----------
    value : what is reached; of a slope the middle
    lower, upper : certified bounds

    Examples
    --------
    >>> from rdtheory import solve_frontier
    >>> curve = solve_frontier([0.5, 0.5], [[0, 1], [1, 0]])
    >>> found = curve.distortion([0.1, 0.2])
    >>> inside = (found.lower <= found.value) & (found.value <= found.upper)
    >>> bool(inside.all())
    True
    >>> np.asarray(found).shape
    (2,)
    """

    value: Array
    lower: Array
    upper: Array

    @property
    def width(self) -> Array:
        """How far the bounds are apart; 0 where both are infinite."""
        return np.where(self.upper == self.lower, 0.0, self.upper - self.lower)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:  # noqa: ANN401
        return np.array(self.value, dtype=dtype, copy=copy)

    def __float__(self) -> float:
        return float(self.value)

    def __repr__(self) -> str:
        rows = [
            f"{value:.7g} in [{low:.10g}, {high:.10g}]"
            for value, low, high in zip(
                *(np.ravel(part)[:10] for part in (self.value, self.lower, self.upper)), strict=True
            )
        ]
        rest = self.value.size - len(rows)
        return "\n".join([*rows, *([f"... and {rest} more"] if rest else [])])


class CertifiedCurve(ShownCurve):
    """A convex curve of certified points: what is reached, and what is impossible, at every rate.

    Its owner, a dataclass, has these: `points` by rising rate, `width` and `converged`, and `off`,
    what the addition of the least distortion may have rounded off any distortion.
    """

    points: tuple[SlopePoint, ...]
    width: float
    converged: bool
    off: float

    def _made_of(self, point: Any) -> dict[str, str]:  # noqa: ANN401  (of its owner's kind)
        """Return what is shown of how a point is reached, by name."""
        raise NotImplementedError

    def _cells(self, units: str, most: int) -> tuple[list[str], list[list[str]]]:
        factor = in_units(units)
        header = [f"beta per {one(units)}", f"R ({units})", "D", f"gap ({units})"]
        rows = [
            [f"{p.beta / factor:.6g}", f"{factor * p.rate:.6g}", f"{p.distortion:.6g}",
             f"{factor * p.gap:.1e}", *self._made_of(p).values()]
            for p in few(self.points, most)
        ]  # fmt: skip
        return header + list(self._made_of(self.points[0])), rows

    def _title(self) -> str:
        gaps = f"gaps of {self.max_gap:.1e} nats at most"
        return f"{type(self).__name__}: {self._counted}, {self._known('in D')}, {gaps}"

    @property
    def _least(self) -> float:
        """What no channel is below, -inf where the last point is not at the least distortion."""
        last = self.points[-1]
        ends = last.beta == 0.0 or len(self.points) == 1
        return last.distortion - self.off if ends else -math.inf

    def upper(self, rate: npt.ArrayLike) -> Array:
        """Return the distortion that time-sharing of the points reaches at a rate."""
        return np.interp(np.asarray(rate, dtype=np.float64), *self._reached(), left=np.inf)

    def lower(self, rate: npt.ArrayLike) -> Array:
        """Return the distortion that no channel is below.

        It is known by the lines of all points, and by its ends. It is inf below
        the least rate of any channel, where that is known to the last bit.
        """
        rate = np.asarray(rate, dtype=np.float64)
        first = self.points[0]
        bounds = [np.full(rate.shape, self._least)]
        for point in self.points:
            if 0.0 < point.beta < math.inf:
                fall = point.beta * rate
                bounds.append(point.bound - fall - EPS * (abs(point.bound) + fall))
        if math.isinf(first.beta):  # the best constant
            at_first = np.where(rate < first.rate, np.inf, first.distortion - self.off)
            bounds.append(np.where(rate <= first.rate, at_first, -np.inf))
        return np.max(bounds, axis=0)

    def distortion(self, rate: npt.ArrayLike, *, units: str = "nats") -> Enclosed:
        """Return D(R) with its certified interval, at rates of any shape.

        Examples
        --------
        >>> from rdtheory import solve_frontier
        >>> curve = solve_frontier([0.5, 0.5], [[0, 1], [1, 0]], width=1e-5)
        >>> found = curve.distortion([0.5, 1.0], units="bits")
        >>> found.value.round(5).tolist(), bool((found.width <= 1e-5).all())
        ([0.11003, 0.0], True)
        """
        rate = of_any_shape("rate", rate) / in_units(units)
        upper = self.upper(rate)
        return Enclosed(upper, np.minimum(self.lower(rate), upper), upper)

    def rate(self, distortion: npt.ArrayLike, *, units: str = "nats") -> Enclosed:
        """Return R(D) with its certified interval, at distortions of any shape.

        It is inf below the least distortion; what rounding may have added to
        that counts as met.

        Examples
        --------
        >>> from rdtheory import solve_frontier
        >>> curve = solve_frontier([0.5, 0.5], [[0, 1], [1, 0]], width=1e-5)
        >>> curve.rate([-0.1, 0.11, 0.6], units="bits").value.round(4).tolist()
        [inf, 0.5001, 0.0]
        """
        d = of_any_shape("distortion", distortion)
        first, last = self.points[0], self.points[-1]
        rates, values = self._reached()
        values, place = np.unique(values, return_index=True)  # of equal ones that of least rate
        impossible = d < self._least
        unreached = d < last.distortion - self.off
        upper = np.where(unreached, np.inf, np.interp(d, values, rates[place]))
        bounds = [np.zeros(d.shape)]
        if math.isinf(first.beta):
            bounds.append(np.full(d.shape, max(0.0, first.rate - first.gap)))
        for point in self.points:
            if 0.0 < point.beta < math.inf:
                rounding = EPS * (abs(point.bound) + np.abs(d))
                bounds.append((point.bound - d - rounding) / point.beta)
        if last.beta == 0.0:
            at_last = d <= last.distortion - self.off
            bounds.append(np.where(at_last, last.rate - last.gap, 0.0))
        lower = np.where(impossible, np.inf, np.max(bounds, axis=0))
        factor = in_units(units)
        return Enclosed(factor * upper, factor * np.minimum(lower, upper), factor * upper)

    def slope(self, rate: npt.ArrayLike, *, units: str = "nats") -> Enclosed:
        """Return beta = -dD/dR with its certified interval, at rates of any shape.

        Where the curve has a corner, all slopes of it are in the interval.
        `value` is the middle of the interval, or its lower end where the upper
        one is infinite.

        Examples
        --------
        >>> from rdtheory import solve_frontier
        >>> curve = solve_frontier([0.5, 0.5], [[0, 1], [1, 0]], width=1e-5)
        >>> found = curve.slope(math.log(2) / 2)  # at D = 0.11
        >>> bool(found.lower <= 1 / math.log(0.88997 / 0.11003) <= found.upper)
        True
        """
        factor = in_units(units)
        rate = of_any_shape("rate", rate) / factor
        rates, values = self._reached()
        least = self.lower(rate)[..., None]
        ahead = rates - rate[..., None]
        with np.errstate(divide="ignore", invalid="ignore"):
            rounding = 2.0 * self.off + 4.0 * EPS * (np.abs(least) + np.abs(values))
            after = np.where(ahead > 0.0, (least - values - rounding) / ahead, 0.0)
            before = np.where(ahead < 0.0, (values - least + rounding) / -ahead, np.inf)
        outside = rate < rates[0]
        lower = np.where(outside, np.inf, np.max(after, axis=-1, initial=0.0))
        upper = np.where(outside, np.inf, np.min(before, axis=-1, initial=np.inf))
        middle = np.where(np.isinf(upper), lower, 0.5 * lower + 0.5 * upper)
        return Enclosed(middle / factor, lower / factor, upper / factor)

    def _reached(self) -> tuple[Array, Array]:
        """Return the points that chords are between, by rising rate and falling distortion."""
        rates = np.array([point.rate for point in self.points])
        return rates, np.minimum.accumulate([point.distortion for point in self.points])

    @short_signature
    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        units: str = "nats",
        over: Over = "rate",
        closed_form: ClosedForm | bool = True,
        tangent: float | SlopePoint | None = None,
        points: tuple[SlopePoint, ...] = (),
    ) -> "Axes":
        """Draw the curve between its two bounds, and its points; return axes.

        Parameters
        ----------
        ax : where to draw; None for a new figure, of pyplot where that is in
            use
        units : "nats" or "bits"
        over : "rate" for D over R, "distortion" for R over D, as most books
            have it
        closed_form : R(D) in nats to draw beside; True for that of a source
            that knows it
        tangent : slope beta per nat, or a point at one, whose line D + beta R =
            const is drawn
        points : more points to mark, with their numbers
        """
        return draw_curve(
            self, ax, units=units, over=over, closed_form=closed_form, tangent=tangent,
            marked=points,
        )  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Frontier(CertifiedCurve):
    """A certified curve: what is reached, and what is impossible, at every rate.

    Parameters
    ----------
    points : by rising rate, from rate 0 to the least distortion
    outputs : (m,) coordinates of the outputs, for pictures
    width : the largest vertical distance between the two bounds, in distortion
        units. Where the curve is so steep that 1e-13 nats of rate count, they
        are compared at rates that far apart.
    converged : whether `width` is what was asked
    off : what the addition of the least distortion may have rounded off any
        distortion

    Examples
    --------
    >>> from rdtheory import solve_frontier
    >>> curve = solve_frontier([0.5, 0.5], [[0, 1], [1, 0]])
    >>> print(curve.table(units="bits", most=2)[:97])
    beta per bit  R (bits)    D  gap (bits)  outputs
             inf         0  0.5     0.0e+00        1
    """

    points: tuple[RDPoint, ...]
    outputs: Array
    width: float
    converged: bool
    off: float = 0.0

    def _made_of(self, point: RDPoint) -> dict[str, str]:
        return {"outputs": str(point.support.size)}

    def plot_support(self, ax: "Axes | None" = None, *, units: str = "nats") -> "Axes":
        """Draw which outputs carry mass at each slope.

        The support splits as beta falls.
        """
        return draw_support(self, ax, units=units)


def of_any_shape(name: str, value: npt.ArrayLike) -> Array:
    """Return numbers of any shape, as they are given."""
    array = np.asarray(value)
    return check_array(name, np.atleast_1d(array).ravel(), ndim=1).reshape(array.shape)
