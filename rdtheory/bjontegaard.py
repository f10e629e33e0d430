r"""Bjontegaard's rate difference between two rate-distortion curves, with its certified interval.

Over the distortions [a, b] that both curves have, on an axis s of quality (D itself, or its
logarithm, which is PSNR but for a factor), the mean difference of the logarithms of the rates is

    BD = exp( 1 / (s(b) - s(a)) * integral of log R_B - log R_A ds ) - 1,

the share of rate that B takes more than A at equal distortion; negative where B is the better one.
It is usually worked out from a polynomial through a few measured points. Here both curves are known
within certified bounds everywhere, and so is the integral: R(D) falls and is convex in D, so that
on every small interval the chord of its upper bound is above it, and below it are the lines through
its lower bound at two neighbours, drawn on. What the two sums leave open is the error.

Numbers that were measured at a few points have no such bounds, and are not taken here.

Source: Bjontegaard, "Calculation of average PSNR differences between RD-curves", ITU-T VCEG-M33
(2001).
"""

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from rdtheory.checks import Array, check_choice, check_count, check_number
from rdtheory.shown import Shown

AXES = ("log", "linear")

STEPS = 4000
"""Intervals, unless told otherwise."""


class Curve(Protocol):
    """A certified curve, as `solve_frontier` returns one."""

    @property
    def points(self) -> tuple[Any, ...]:
        """Solved points by rising rate, each with its `rate` and `distortion`."""

    def rate(self, distortion: Any) -> Any:  # noqa: ANN401
        """Return R(D) with its `lower` and `upper` bounds."""


@dataclass(frozen=True, eq=False, repr=False)
class BDRate(Shown):
    """A mean difference of rates at equal distortion.

    Parameters
    ----------
    value : share of rate that the second curve takes more, the middle of its
        interval
    lower, upper : certified bounds
    distortions : (a, b) over which the mean is taken

    Examples
    --------
    >>> from rdtheory import solve_frontier
    >>> from rdtheory.sources import bernoulli
    >>> fair = solve_frontier(bernoulli(0.5), width=0.01)
    >>> biased = solve_frontier(bernoulli(0.3), width=0.01)
    >>> found = bd_rate(fair, biased, steps=101)
    >>> found.lower <= found.value <= found.upper < 0.0
    True
    """

    value: float
    lower: float
    upper: float
    distortions: tuple[float, float]

    @property
    def percent(self) -> float:
        """The value in per cent, as it is usually printed."""
        return 100.0 * self.value

    @property
    def error(self) -> float:
        """How far the value may be off."""
        return max(self.upper - self.value, self.value - self.lower)


def bd_rate(
    curve: Curve,
    other: Curve,
    *,
    distortions: tuple[float, float] | None = None,
    axis: str = "log",
    steps: int = STEPS,
) -> BDRate:
    r"""Return how much more rate `other` takes than `curve`, in the mean.

    They are compared at equal distortions.

    Source: Bjontegaard, "Calculation of average PSNR differences between
    RD-curves", ITU-T VCEG-M33 (2001).

    Parameters
    ----------
    curve, other : certified curves, of one unit of distortion
    distortions : (a, b) for the mean, within both curves; None for all that
        both have of rates from 1 % to 99 % of their largest ones
    axis : "log" for the mean over log D, as over PSNR; "linear" for that over D
    steps : intervals on the way; more of them make the error less

    Raises
    ------
    ValueError
        where the curves have no distortions in common, or a number is out of
        its range.

    Examples
    --------
    To describe a coin that falls heads 30% of the time needs less than to
    describe a fair one: the difference of two closed forms.

    >>> from rdtheory import binary_entropy, solve_frontier
    >>> from rdtheory.sources.textbook import bernoulli
    >>> curves = [solve_frontier(bernoulli(p), width=1e-5) for p in (0.5, 0.3)]
    >>> found = bd_rate(*curves, distortions=(0.05, 0.25), axis="linear")
    >>> d = np.linspace(0.05, 0.25, 20_001)
    >>> rates = [binary_entropy(p) - binary_entropy(d) for p in (0.5, 0.3)]
    >>> exact = math.exp(np.trapezoid(np.log(rates[1] / rates[0]), d) / 0.2) - 1
    >>> bool(found.lower <= exact <= found.upper), found.error < 1e-3
    (True, True)
    >>> f"{found.percent:.1f} %"
    '-34.7 %'
    """
    check_choice("axis", axis, AXES)
    steps = check_count("steps", steps, low=3)
    low, high = _common(curve, other) if distortions is None else distortions
    low = check_number("distortions[0]", low, low=0.0)
    high = check_number("distortions[1]", high, low=low)
    if not (low < high and (low > 0.0 or axis == "linear")):
        rule = "two rising numbers" + (" above 0" if axis == "log" else "")
        raise ValueError(f"distortions must be {rule}, got {low:g} and {high:g}")
    ends = (math.log(low), math.log(high)) if axis == "log" else (low, high)
    s = np.linspace(ends[0], ends[1], steps + 1)
    grid = np.exp(s) if axis == "log" else s
    grid[0], grid[-1] = low, high
    least, most = _mean_log("curve", curve, grid, s, axis)
    least_other, most_other = _mean_log("other", other, grid, s, axis)
    lower, upper = math.expm1(least_other - most), math.expm1(most_other - least)
    middle = math.expm1((least_other + most_other - least - most) / 2.0)
    return BDRate(middle, lower, upper, (low, high))


def _common(curve: Curve, other: Curve) -> tuple[float, float]:
    """Return distortions that both curves have at some but not all of their rate."""
    ends = []
    for one in (curve, other):
        rates = np.array([point.rate for point in one.points])
        values = np.minimum.accumulate([point.distortion for point in one.points])
        ends.append(np.interp(np.array([0.99, 0.01]) * rates.max(), rates, values))
    low, high = max(end[0] for end in ends), min(end[1] for end in ends)
    if not low < high:
        raise ValueError(f"distortions must be common to both curves, got {ends[0]} and {ends[1]}")
    return float(low), float(high)


def _mean_log(name: str, curve: Curve, grid: Array, s: Array, axis: str) -> tuple[float, float]:
    """Return bounds on the mean of log R over s."""
    found = curve.rate(grid)
    lower, upper = np.asarray(found.lower, np.float64), np.asarray(found.upper, np.float64)
    if not (np.isfinite(upper).all() and lower[-1] > 0.0):
        where = grid[0] if not np.isfinite(upper).all() else grid[-1]
        raise ValueError(f"{name} must have a rate above 0 at all distortions, got D = {where:g}")
    # logarithms of falling lines are concave in s: the middle is above their mean, the ends below
    middle = np.exp((s[1:] + s[:-1]) / 2.0) if axis == "log" else (s[1:] + s[:-1]) / 2.0
    steps = np.diff(grid)
    share = (middle - grid[:-1]) / steps
    most = np.log((1.0 - share) * upper[:-1] + share * upper[1:]).mean()
    # a line through a convex bound at two neighbours, drawn on, is below it
    slopes, left, right = np.diff(lower) / steps, lower[:-1], lower[1:]
    ahead = np.concatenate([right[:1], left[1:] + slopes[:-1] * steps[1:]])
    back = np.concatenate([right[:-1] - slopes[1:] * steps[:-1], right[-1:]])
    lines = [(left, ahead), (back, right), (right, right)]
    ends = [np.log(np.where((one > 0.0) & (two > 0.0), one * two, right**2)) for one, two in lines]
    return float(np.max(ends, axis=0).mean() / 2.0), float(most)
