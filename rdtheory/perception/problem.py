"""A checked problem of rate, distortion and perception, at a slope and at its ends; its points."""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import rel_entr

from rdtheory.checks import Array, check_distortion, check_pmf, check_same_labels
from rdtheory.perception.certificate import (
    best_law,
    divergence_of,
    output_levels,
    support_function,
)
from rdtheory.perception.prices import Problem, best_prices
from rdtheory.shown import Text
from rdtheory.side.targets import Between
from rdtheory.solver.door import SourceLike, unpacked
from rdtheory.solver.gibbs import Coordinates
from rdtheory.solver.point import SlopePoint
from rdtheory.solver.rounding import EPS, least_distortion, nats_off
from rdtheory.solver.surplus import InSurplus

WHY = "float64 tells no more apart"


@dataclass(frozen=True, eq=False, repr=False)
class PerceptionPoint(SlopePoint):
    r"""A certified point of a rate-distortion-perception surface.

    Parameters
    ----------
    beta : slope -dD/dR at that perception; 0 at the least distortion, inf at
        rate 0
    rate : I(X; Y) in nats
    distortion : D
    perception : Delta(p, r) of the outputs' law r; at most what was asked, but
        for rounding
    gap : nats by which R + D / beta is at most above the optimum; of a target,
        by which R is
    marginal : (n,) r
    channel : (n, n) q(y|x), rows sum to one; a letter of no mass has r
    divergence : "tv" or "kl"
    converged : whether the gap is what was asked
    iterations : Newton steps
    note : of a target beyond an end of the curve, that the end is the answer;
        of a gap that is not met, why; else empty
    off : what float64 may have rounded off D

    Examples
    --------
    >>> from rdtheory import solve_perception
    >>> hamming = [[0, 1], [1, 0]]
    >>> point = solve_perception([0.7, 0.3], hamming, 0.5, perception=0.0)
    >>> point.marginal.round(6).tolist(), abs(point.perception) < 1e-9
    ([0.7, 0.3], True)
    """

    beta: float
    rate: float
    distortion: float
    perception: float
    gap: float
    marginal: Array
    channel: Array
    divergence: str
    converged: bool
    iterations: int = 0
    note: str = ""
    off: float = 0.0

    def shown(self) -> dict[str, Any]:
        """Return what is shown, by name; perception beside distortion."""
        found = super().shown()
        seen = Text(f"{self.perception:.6g} ({self.divergence})")
        first = {name: found.pop(name) for name in ("rate", "distortion")}
        return {**first, "perception": seen, **found}

    def _made_of(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True, eq=False)
class Perceived(InSurplus):
    """A checked problem, whose points are in surplus over the least distortion until `lifted`.

    Parameters
    ----------
    p_x : (n,) the source
    distortion : (n, n)
    limit, name : P and the divergence
    """

    p_x: Array
    distortion: Array
    limit: float
    name: str

    @cached_property
    def used(self) -> npt.NDArray[np.bool_]:
        """Letters of mass, (n,)."""
        return self.p_x > 0.0

    @cached_property
    def surplus(self) -> Array:
        """Distortion less the least of every letter of mass, (letters of mass, n)."""
        table = self.distortion[self.used]
        return np.asarray(table - table.min(axis=1, keepdims=True))

    @cached_property
    def largest(self) -> float:
        """The largest surplus that is allowed."""
        return max(float(self.surplus[np.isfinite(self.surplus)].max()), 1e-300)

    @cached_property
    def _least(self) -> tuple[np.longdouble, float]:
        return least_distortion(self.p_x[self.used], self.distortion[self.used].min(axis=1))

    def solve(self, beta: float, *, gap: float) -> PerceptionPoint:
        """Solve at a slope."""
        with np.errstate(over="ignore"):
            return self._solve(self.surplus / beta, beta, gap)

    def _solve(self, scaled: Array, beta: float, gap: float) -> PerceptionPoint:
        p = self.p_x[self.used]
        kept = np.isfinite(scaled).any(axis=0)  # an output that is forbidden to all is none
        problem = Problem(p, self.p_x[kept], scaled[:, kept], self.limit, self.name)
        best = [self.silent.channel[self.used]]
        bound, steps = -math.inf, 0
        for limit, way in ((self.limit, False), (self.limit, True), (0.0, False)):
            at = replace(problem, limit=limit)
            u, r, taken = best_prices(at, 0.5 * gap, from_perfect=way)  # rounding needs room, too
            nu, laws = output_levels(np.log(p), u, problem.scaled)
            most = support_function(nu, problem.p_y, self.limit, self.name)
            rows = np.zeros(scaled.shape)
            rows[:, kept] = laws * r
            steps += taken
            if math.isfinite(most) and rows.sum(axis=1).all():
                bound = max(bound, float(p @ u) - most)
                rows = self._kept(rows / rows.sum(axis=1, keepdims=True))
                best.append(rows)
            reached = [self._of(one, beta).rate + self._mean(one, scaled) for one in best]
            if self.limit == 0.0 or min(reached) - bound <= gap:
                break
        nats = min(reached)
        found = self._of(best[reached.index(nats)], beta)
        if reached.index(nats) == 0:
            found = self.silent
        return replace(found, beta=beta, gap=max(0.0, nats - bound) + 2.0 * nats_off(p.size, nats),
                       iterations=steps)  # fmt: skip

    def _mean(self, rows: Array, table: Array) -> float:
        paid = (rows * np.where(rows > 0.0, table, 0.0)).sum(axis=1)
        return float(self.p_x[self.used] @ paid)

    def _kept(self, rows: Array) -> Array:
        """Return a channel that keeps the limit, near one that does but for rounding."""
        p = self.p_x[self.used]
        found = divergence_of(self.p_x, p @ rows, self.name)
        if found <= self.limit or not found > 0.0:
            return rows
        if self.limit > 0.0:  # x as it is has p itself
            share = 1.0 - self.limit / found * (1.0 - 4.0 * EPS)
            return (1.0 - share) * rows + share * np.eye(self.p_x.size)[self.used]
        # what is too much of an output is taken from it and given to those with too little
        r = p @ rows
        joint = p[:, None] * rows * np.minimum(1.0, self.p_x / np.where(r > 0.0, r, 1.0))
        lacks = [
            np.maximum(p - joint.sum(axis=1), 0.0),
            np.maximum(self.p_x - joint.sum(axis=0), 0.0),
        ]
        joint += np.outer(*lacks) / max(lacks[0].sum(), lacks[1].sum(), 1e-300)
        mended = joint / joint.sum(axis=1, keepdims=True)
        return mended if math.isfinite(self._mean(mended, self.surplus)) else rows

    def _of(self, rows: Array, beta: float) -> PerceptionPoint:
        """Return the point of a channel of the letters of mass."""
        p = self.p_x[self.used]
        r = p @ rows
        found = divergence_of(self.p_x, r, self.name)
        rate = float(p @ rel_entr(rows, r).sum(axis=1))
        channel = np.tile(r, (self.p_x.size, 1))
        channel[self.used] = rows
        return PerceptionPoint(
            beta=beta, rate=max(0.0, rate), distortion=self._mean(rows, self.surplus),
            perception=found, gap=0.0, marginal=r, channel=channel, divergence=self.name,
            converged=True,
        )  # fmt: skip

    @cached_property
    def silent(self) -> PerceptionPoint:
        """The best point of rate 0; its distortion is inf where it must use forbidden pairs."""
        p = self.p_x[self.used]
        with np.errstate(invalid="ignore"):
            mean = p @ self.surplus
        possible = np.isfinite(mean)
        finite = np.where(possible, mean, 1e3 * (1.0 + np.abs(mean[possible]).max(initial=0.0)))
        r, _ = best_law(-finite, self.p_x, self.limit, self.name)
        point = self._of(np.tile(r, (p.size, 1)), math.inf)
        lost = bool(r[~possible].any())
        return replace(point, rate=0.0, distortion=math.inf if lost else float(finite @ r))

    def at_least_distortion(self, gap: float) -> PerceptionPoint | None:
        """Return the point of least rate where every letter may stay as it is at no surplus."""
        if (self.surplus[np.arange(len(self.surplus)), np.flatnonzero(self.used)] > 0.0).any():
            return None
        nearest = np.where(self.surplus == 0.0, 0.0, np.inf)
        return replace(self._solve(nearest, 0.0, gap), distortion=0.0)

    def mixed(self, found: Between[PerceptionPoint], note: str, gap: float) -> PerceptionPoint:
        """Return the point of a target, with the least distortion added."""
        if found.end is not None:
            return self.lifted(replace(found.end, note=note), gap)
        share, left, right = found.share, found.left, found.right
        rows = (1.0 - share) * left.channel + share * right.channel
        point = self._of(rows[self.used], found.beta)
        # one channel in the place of two that take turns: it needs no more rate
        gained = max(0.0, found.mixed("rate") - point.rate)
        return self.lifted(replace(point, gap=max(0.0, found.gap - gained), note=note), gap)

    def lifted(self, point: PerceptionPoint, asked: float) -> PerceptionPoint:
        """Return a point with the least distortion added, and what that rounds in its gap."""
        return self.in_full(point, asked, WHY)


def prepare(
    p_x: npt.ArrayLike | SourceLike, distortion: npt.ArrayLike | Coordinates | None,
    limit: float, name: str,
) -> Perceived:  # fmt: skip
    """Check a source and its distortion; outputs are the letters themselves."""
    p_x, distortion = unpacked(p_x, distortion)
    check_same_labels(("p_x", p_x, 0), ("distortion", distortion, 0), ("distortion", distortion, 1))
    p = check_pmf("p_x", p_x)
    if isinstance(distortion, Coordinates):
        distortion = distortion.table()
    table = check_distortion(distortion, p)
    if table.shape[1] != p.size:
        shape = (p.size, p.size)
        raise ValueError(f"distortion must have shape {shape}, got {table.shape}")
    if np.isinf(np.diag(table)[p > 0.0]).any():
        letter = int(np.flatnonzero((p > 0.0) & np.isinf(np.diag(table)))[0])
        raise ValueError(f"distortion must allow a letter itself, got inf at [{letter}, {letter}]")
    return Perceived(p, table, limit, name)
