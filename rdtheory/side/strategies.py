"""Wyner-Ziv encoders at a slope, at both ends of the curve, and mixed; the points they make."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from rdtheory.checks import Array
from rdtheory.side.certificate import Maps, Pair
from rdtheory.side.conditional import Conditional
from rdtheory.side.pricing import pieces
from rdtheory.side.problem import Given
from rdtheory.side.search import Found, best_strategies, joined, told
from rdtheory.side.targets import Between
from rdtheory.solver.gibbs import Indices
from rdtheory.solver.point import SlopePoint
from rdtheory.solver.rounding import nats_off


@dataclass(frozen=True, eq=False, repr=False)
class WynerZivPoint(SlopePoint):
    r"""A certified point of a Wyner-Ziv curve.

    Parameters
    ----------
    beta : slope -dD/dR; 0 at the least distortion, inf at rate 0
    rate : I(X; T|Y) in nats
    distortion : D = E d(X, T(Y))
    gap : nats by which R + D / beta is at most above the optimum; of a target,
        by which R is
    strategies : (j, k) what the decoder says where it is sent t and sees y, an
        output's number
    encoder : (n, j) q(t|x), rows sum to one; a letter of no mass has the first
        strategy
    converged : whether the gap is what was asked
    branches : of strategies, that were looked at for the proof
    note : of a target beyond an end of the curve, that the end is the answer;
        of a gap that is not met, why; else empty
    off : what float64 may have rounded off D

    Examples
    --------
    >>> from rdtheory import solve_wyner_ziv
    >>> joint, hamming = [[0.4, 0.1], [0.1, 0.4]], [[0, 1], [1, 0]]
    >>> point = solve_wyner_ziv(joint, hamming, 0.3)
    >>> point.strategies.tolist(), point.encoder.shape
    ([[0, 0], [1, 1]], (2, 2))
    """

    beta: float
    rate: float
    distortion: float
    gap: float
    strategies: Maps
    encoder: Array
    converged: bool
    branches: int = 0
    note: str = ""
    off: float = 0.0

    def _made_of(self) -> dict[str, Any]:
        return {"strategies": len(self.strategies)}


class WynerZiv:
    """A checked problem, whose points are in surplus over the least distortion until `lifted`."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.blocks = [
            (np.flatnonzero(piece), np.flatnonzero(given.joint[piece].any(axis=0)))
            for piece in pieces(given.joint)
        ]

    @cached_property
    def silent(self) -> Maps:
        """What is best to say at every y where nothing is sent, (1, k)."""
        used = self.given.p_x > 0.0
        table = self.given.surplus[used]
        mean = self.given.joint[used].T @ np.where(np.isinf(table), 1e300, table)
        return np.asarray(mean.argmin(axis=1)[None])

    def solve(self, beta: float, *, gap: float, max_branches: int) -> WynerZivPoint:
        """Solve at a slope, piece by piece."""
        with np.errstate(over="ignore"):
            point = self._solve(self.given.surplus / beta, beta, gap, max_branches)
        if point.gap > gap:  # the decoder's side information may be worth as much as at both ends
            both = Conditional(self.given).solve(beta, gap=gap)
            proved = point.rate + point.distortion / beta - both.bound / beta
            point = replace(point, gap=max(0.0, min(point.gap, proved)))
        return point

    def _solve(self, scaled: Array, beta: float, gap: float, max_branches: int) -> WynerZivPoint:
        """Solve for distortions over the slope; rate and surplus are those of the encoder."""
        made: list[tuple[Found, Indices, Indices]] = []
        excess, looked = 0.0, 0
        for rows, columns in self.blocks:
            joint = self.given.joint[np.ix_(rows, columns)]
            p = joint.sum(axis=1)
            pair = Pair(p / p.sum(), joint / p[:, None], scaled[rows])
            inner = 0.5 * gap
            found = best_strategies(pair, inner, max_branches)
            made.append((found, rows, columns))
            excess += float(p.sum()) * (found.nats - found.bound)
            looked += found.looked
        count = sum(len(found.maps) for found, _, _ in made)
        maps = np.repeat(self.silent, count, axis=0)
        encoder = np.zeros((self.given.p_x.size, count))
        place = 0
        for found, rows, columns in made:
            here = np.arange(place, place + len(found.maps))
            maps[np.ix_(here, columns)] = found.maps
            encoder[np.ix_(rows, here)] = found.encoder
            place += len(found.maps)
        maps, encoder = joined(maps, encoder)
        encoder[self.given.p_x == 0.0, 0] = 1.0
        return self.point(beta, maps, encoder, excess, looked)

    def point(
        self, beta: float, maps: Maps, encoder: Array, excess: float, looked: int = 0
    ) -> WynerZivPoint:
        """Return the point of an encoder whose gap is known but for rounding."""
        used = self.given.p_x > 0.0
        rate = told(self.given.joint, encoder)
        off = nats_off(self.given.joint.size, rate) if len(maps) > 1 else 0.0
        costs = np.zeros((int(used.sum()), len(maps)))
        for y, mass in enumerate(self.given.joint[used].T):
            with np.errstate(invalid="ignore"):
                paid = mass[:, None] * self.given.surplus[used][:, maps[:, y]]
            costs += np.where(mass[:, None] > 0.0, paid, 0.0)
        surplus = float((encoder[used] * np.where(encoder[used] > 0.0, costs, 0.0)).sum())
        return WynerZivPoint(
            beta, rate + off, surplus, excess + 2.0 * off, maps, encoder, True, looked
        )

    def at_least_rate(self, solve: Callable[[float], WynerZivPoint]) -> WynerZivPoint:
        """Return the point of rate 0; where forbidden pairs leave none, one of near the least."""
        ones = np.ones((self.given.p_x.size, 1))
        silent = self.point(math.inf, self.silent, ones, 0.0)
        if math.isfinite(silent.distortion):
            return silent
        table = self.given.surplus[np.isfinite(self.given.surplus)]
        beta = max(float(table.max()), 1e-300) * 8.0
        least = self._solve(np.where(np.isfinite(self.given.surplus), 0.0, np.inf), beta, 1e-11,
                            1_000_000)  # fmt: skip
        while (point := solve(beta)).rate > least.rate + 1e-11 and beta < 1e200:
            beta *= 8.0
        return point

    def at_least_distortion(self, gap: float, max_branches: int) -> WynerZivPoint:
        """Return the point of least rate among those of least distortion."""
        nearest = np.where(self.given.surplus == 0.0, 0.0, np.inf)
        return self._solve(nearest, 0.0, gap, max_branches)

    def mixed(
        self, found: Between[WynerZivPoint], note: str, gap: float, why: str
    ) -> WynerZivPoint:
        """Return the point of a target, with the least distortion added."""
        if found.end is not None:
            return self.lifted(replace(found.end, note=note), gap, why)
        shares = ((1.0 - found.share, found.left), (found.share, found.right))
        point = WynerZivPoint(
            beta=found.beta, rate=found.mixed("rate"), distortion=found.mixed("distortion"),
            gap=found.gap, strategies=np.concatenate([one.strategies for _, one in shares]),
            encoder=np.concatenate([share * one.encoder for share, one in shares], axis=1),
            converged=True, branches=sum(one.branches for _, one in shares), note=note,
        )  # fmt: skip
        return self.lifted(point, gap, why)

    def lifted(self, point: WynerZivPoint, asked: float, why: str) -> WynerZivPoint:
        """Return a point with the least distortion added, and what that rounds in its gap."""
        return self.given.in_full(point, asked, why)
