r"""The best code at a given rate, or of a given relevance, between certified bounds.

A code of that rate lies between two solved slopes, and time-sharing between their codes reaches it.
Solving at the slope of the chord between them parts the stretch in two, as for R(D); every solved
slope is a line that no code is above.
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from rdtheory.bottleneck.point import Bottleneck, BottleneckTarget
from rdtheory.bottleneck.pool import Pool
from rdtheory.bottleneck.problem import Problem, informations
from rdtheory.checks import Array, check_count, check_number

GAIN = 1e-10
"""Nats by which a code must be above a chord to count as better."""

HALVINGS = 60
"""Of the way from one code to another that is alike."""


def bottleneck_rate(
    joint: npt.ArrayLike,
    rate: float,
    *,
    codes: int | None = None,
    starts: int = 8,
    seed: int = 0,
    gap: float = 1e-6,
    max_slopes: int = 40,
    normalise: bool = False,
) -> BottleneckTarget:
    r"""Look for the code of greatest I(T; Y) with I(X; T) <= rate.

    What others reach at most is bounded.

    Source: Tishby, Pereira and Bialek (1999), arXiv:physics/0004057.

    Parameters
    ----------
    joint, codes, starts, seed, normalise : as in `bottleneck`
    rate : nats, at least 0; beyond the rate of a code that keeps all of I(X; Y)
        nothing is gained, and that code is returned
    gap : nats of relevance between the code and the bound that are close enough
    max_slopes : cap on the slopes that are solved

    Raises
    ------
    ValueError
        where `joint` is no distribution or a number is out of its range.

    Examples
    --------
    A bit that is misread once in ten times, of which half a bit may be said:

    >>> found = bottleneck_rate([[0.45, 0.05], [0.05, 0.45]], 0.5 * np.log(2))
    >>> f"{found.rate:.4f} {found.relevance:.4f} {found.gap < 1e-6}"
    '0.3466 0.2098 True'
    """
    search = _Search(joint, codes, starts, seed, normalise)
    rate = check_number("rate", rate, low=0.0)
    return search.close_in(rate, "rate", gap, max_slopes)


def bottleneck_relevance(
    joint: npt.ArrayLike,
    relevance: float,
    *,
    codes: int | None = None,
    starts: int = 8,
    seed: int = 0,
    gap: float = 1e-6,
    max_slopes: int = 40,
    normalise: bool = False,
) -> BottleneckTarget:
    r"""Look for the code of least I(X; T) with I(T; Y) >= relevance.

    What others need at least is bounded. Parameters, errors: as in
    `bottleneck_rate`; `relevance` is in [0, I(X; Y)], in nats, and `gap` is of
    rate.

    Source: Tishby, Pereira and Bialek (1999), arXiv:physics/0004057.

    Examples
    --------
    >>> found = bottleneck_relevance([[0.45, 0.05], [0.05, 0.45]], 0.2)
    >>> f"{found.rate:.4f} {found.relevance:.4f}"
    '0.3292 0.2000'
    >>> found.rate - found.rate_bound < 1e-6
    True
    """
    search = _Search(joint, codes, starts, seed, normalise)
    most = search.problem.information
    relevance = check_number("relevance", relevance, low=0.0, high=most, slack=1e-12)
    return search.close_in(min(relevance, most), "relevance", gap, max_slopes)


class _Search:
    """The two ends of the stretch in which a target lies, and the lines that no code is above."""

    def __init__(
        self, joint: npt.ArrayLike, codes: int | None, starts: int, seed: int, normalise: bool
    ) -> None:
        self.problem = Problem(joint, codes, 1e-6, 20_000, normalise=normalise)
        self.seed = check_count("seed", seed, low=0)
        self.given = self.problem.starts(check_count("starts", starts), self.seed)
        self.points: list[Bottleneck] = []
        self.lines = [(0.0, self.problem.contraction), (self.problem.information, 0.0)]

    def solve(self, beta: float, *more: Array) -> tuple[Bottleneck, Array]:
        """Return the best code at a slope, and its encoder of all values."""
        pool = Pool(self.problem, beta)
        pool.search(self.given, self.seed)
        if more:
            pool.descend(np.array(more))
        found = pool.result(level=5)
        self.points.append(found)
        self.lines.append((self.problem.entropy_y - found.bound, beta))
        unused = self.problem.codes - pool.best.shape[1]
        return found, np.pad(pool.best, ((0, 0), (0, unused)))

    def close_in(self, target: float, axis: str, gap: float, max_slopes: int) -> BottleneckTarget:
        """Part the stretch in which the target lies until code and bound are close."""
        gap = check_number("gap", gap, low=0.0)
        max_slopes = check_count("max_slopes", max_slopes)
        left, one = self.solve(1.0)
        right, other = self.solve(0.0)
        if target > getattr(right, axis):  # fewer codes than letters, or a rate that is not needed
            target = getattr(right, axis)
        while len(self.points) < max_slopes:
            found = self._shared(left, right, target, axis)
            rise, run = right.relevance - left.relevance, right.rate - left.rate
            if self._off(found, axis) <= gap or run <= 0.0 or rise <= 0.0:
                break
            chord = rise / run
            new, encoder = self.solve(chord, one, other)
            above = new.relevance - left.relevance - chord * (new.rate - left.rate)
            if above <= GAIN or not left.rate < new.rate < right.rate:
                break  # the curve is straight here, or no better code is known
            if getattr(new, axis) <= target:
                left, one = new, encoder
            else:
                right, other = new, encoder
        found = self._shared(left, right, target, axis)
        one_code = self._between(left, right, target, axis)
        if one_code is None or self._off(one_code, axis) > max(gap, self._off(found, axis)):
            return found
        return one_code

    def _off(self, found: BottleneckTarget, axis: str) -> float:
        """Return how far what was found may be from the best, along the axis not asked for."""
        return found.gap if axis == "rate" else found.rate - found.rate_bound

    def _between(
        self, left: Bottleneck, right: Bottleneck, target: float, axis: str
    ) -> BottleneckTarget | None:
        """Return a code half way between two that are alike, value by value; None of others."""
        one, other = left.encoder, right.encoder
        if one.shape != other.shape or target <= getattr(left, axis):
            return None
        apart = ((one[:, :, None] - other[:, None, :]) ** 2).sum(axis=0)
        other = other[:, linear_sum_assignment(apart)[1]]
        low, high = 0.0, 1.0

        def at(share: float) -> tuple[Array, dict[str, float]]:
            encoder = (1.0 - share) * one + share * other
            rate, relevance = informations(self.problem.reduced(encoder), self.problem)
            return encoder, {"rate": rate, "relevance": relevance}

        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if at(middle)[1][axis] < target else (low, middle)
        encoder, told = at(low if axis == "rate" else high)
        return self._bounded(encoder, told["rate"], told["relevance"], left, right)

    def _shared(
        self, left: Bottleneck, right: Bottleneck, target: float, axis: str
    ) -> BottleneckTarget:
        """Return the code that shares its time between two, so that it meets a target."""
        start, end = getattr(left, axis), getattr(right, axis)
        share = min(1.0, max(0.0, (target - start) / (end - start))) if end > start else 0.0
        parts = [(1.0 - share) * left.encoder, share * right.encoder]
        encoder = np.concatenate([part for part in parts if part.any()], axis=1)
        rate = left.rate + share * (right.rate - left.rate)
        relevance = left.relevance + share * (right.relevance - left.relevance)
        return self._bounded(encoder, rate, relevance, left, right)

    def _bounded(
        self, encoder: Array, rate: float, relevance: float, left: Bottleneck, right: Bottleneck
    ) -> BottleneckTarget:
        """Return a code between two with the bounds of all lines."""
        encoder.flags.writeable = False
        run = right.rate - left.rate
        most = min(height + slope * rate for height, slope in self.lines)
        rates = [(relevance - height) / slope for height, slope in self.lines if slope > 0.0]
        return BottleneckTarget(
            rate=rate,
            relevance=relevance,
            relevance_bound=max(relevance, most),
            rate_bound=min(rate, max([0.0, *rates])),
            beta=(right.relevance - left.relevance) / run if run > 0.0 else right.beta,
            encoder=encoder,
            points=tuple(self.points),
        )
