r"""Several distortions at once: rate-distortion under a limit for each, certified.

One description serves several judges, with distortions d_1, ..., d_K of the same outputs,

    R(D_1, ..., D_K) = min over q(y|x) of  I(X; Y)  with  E d_k(X, Y) <= D_k for all k.

A judge may also care for something hidden, S, of which x is what the encoder sees: the label of a
picture. E d(S, Y) is then that of d_k(x, y) = sum_s p(s|x) d(s, y), `hidden_distortion`, and with
one distortion of the picture and one of its label this is semantic rate-distortion.

With a multiplier w_k >= 0, in nats per unit of distortion, for each limit, the Lagrangian is one
problem of `rdtheory.solver` at slope 1 with the distortion sum_k w_k d_k, so that

    R(D_1, ..., D_K)  >=  G(w) = min over q of [I + sum_k w_k E d_k] - sum_k w_k D_k

for every w: the certificate, in which the first part is itself certified from below. G is concave;
its slopes are how far the optimal channel is above the limits, E d_k - D_k. The best w has the
optimality conditions of Karush, Kuhn and Tucker: limits are kept, and w_k = 0 where one is kept
with room. It is found by cutting planes: every channel q that was found says of all w that

    G(w)  <=  I(q) + sum_k w_k (E_q d_k - D_k),

and the next w is where the least of these planes is highest within a box around the best w so far.
The channels are mixed into one that keeps all limits, of the least mean rate: its own is no more.

Two judges of three letters, and any two multipliers at all:

>>> from rdtheory import solve_slope
>>> p, first, second = [0.5, 0.3, 0.2], 1 - np.eye(3), np.abs(np.subtract.outer(range(3), range(3)))
>>> point = solve_several(p, [first, second], [0.2, 0.25])
>>> w = [1.0, 1.5]
>>> bound = solve_slope(p, w[0] * first + w[1] * second, 1.0).bound - w[0] * 0.2 - w[1] * 0.25
>>> bool(bound <= point.rate), point.gap < 1e-6
(True, True)

Sources: Liu, Zhang and Poor, "A rate-distortion framework for characterizing semantic information"
(2021); Dobrushin and Tsybakov (1962) for the hidden source; Kelley, "The cutting-plane method for
solving convex programs" (1960); Boyd and Vandenberghe, *Convex Optimization* (2004), section 5.5.3.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from rdtheory.checks import (
    Array,
    check_array,
    check_conditional,
    check_count,
    check_distortion,
    check_pmf,
    check_same_labels,
    normalised,
)
from rdtheory.information import expected_divergence
from rdtheory.shown import Shown, Text
from rdtheory.side.problem import warn_of
from rdtheory.solver.rounding import RESOLUTION
from rdtheory.solver.slope import check_gap, prepare
from rdtheory.units import in_units

SEVERAL_GAP = 1e-7
"""Default gap, in nats: of what cutting planes reach in dozens of slopes."""


@dataclass(frozen=True, eq=False, repr=False)
class SeveralPoint(Shown):
    r"""The least rate within several limits, between its bounds.

    Parameters
    ----------
    rate : I(X; Y) in nats
    distortions : (K,) E d_k, at most the limits but for rounding
    limits : (K,) D_k, as asked
    multipliers : (K,) w_k, nats per unit of distortion: -dR / dD_k where R has
        a slope
    gap : nats by which the rate is at most above the least
    marginal : (m,) r(y)
    channel : (n, m) q(y|x)
    iterations : multipliers that were solved for
    converged : whether the gap is what was asked

    Examples
    --------
    >>> hamming = [[0, 1], [1, 0]]
    >>> point = solve_several([0.7, 0.3], [hamming], [0.1])
    >>> f"{point.rate:.4f} {point.multipliers[0]:.4f}"
    '0.2858 2.1967'
    """

    rate: float
    distortions: Array
    limits: Array
    multipliers: Array
    gap: float
    marginal: Array
    channel: Array
    iterations: int
    converged: bool

    def shown(self) -> dict[str, Any]:
        """Return what is shown, by name: numbers with their units."""
        return {
            "rate": Text(f"{self.rate:.6g} nats"),
            "distortions": self.distortions,
            "multipliers": self.multipliers,
            "gap": Text(f"{self.gap:.1e} nats"),
            **({} if self.converged else {"converged": False}),
        }

    @property
    def bits(self) -> float:
        """R in bits."""
        return self.rate * in_units("bits")

    @property
    def bound(self) -> float:
        """Nats that no channel within the limits is below."""
        return max(0.0, self.rate - self.gap)


def hidden_distortion(posterior: npt.ArrayLike, distortion: npt.ArrayLike) -> Array:
    r"""Return sum_s p(s|x) d(s, y), (n, m): what y costs by the s behind x.

    Source: Dobrushin and Tsybakov (1962), doi:10.1109/TIT.1962.1057738.

    Parameters
    ----------
    posterior : (n, S) p(s|x), rows sum to 1
    distortion : (S, m) d(s, y), finite

    Raises
    ------
    ValueError
        where the rows do not sum to 1 or the shapes do not fit.

    Examples
    --------
    >>> seen = hidden_distortion([[0.9, 0.1], [0.2, 0.8]], [[0, 1], [1, 0]])
    >>> seen.round(3).tolist()
    [[0.1, 0.9], [0.8, 0.2]]
    """
    check_same_labels(("posterior", posterior, 1), ("distortion", distortion, 0))
    table = check_array("distortion", distortion, ndim=2)
    shape = check_array("posterior", posterior, ndim=2).shape
    return check_conditional("posterior", posterior, shape=(shape[0], len(table))) @ table


def solve_several(
    p_x: npt.ArrayLike,
    distortions: Sequence[npt.ArrayLike],
    limits: npt.ArrayLike,
    *,
    gap: float = SEVERAL_GAP,
    max_slopes: int = 200,
    normalise: bool = False,
) -> SeveralPoint:
    r"""Minimise I(X; Y) over channels with E d_k <= D_k for all k, and certify it.

    The problem, its dual and why that certifies: `help(rdtheory.side.several)`.

    Sources: Liu, Zhang and Poor (2021), arXiv:2105.04278; Kelley, "The
    cutting-plane method for solving convex programs" (1960).

    Parameters
    ----------
    p_x : (n,) source
    distortions : K tables (n, m), finite
    limits : (K,) D_k; some channel must be below all of them, if only a little
    gap : nats of rate within which to certify the point
    max_slopes : cap on the multipliers that are solved for
    normalise : whether `p_x` may be counts, which are divided by their sum

    Raises
    ------
    ValueError
        where an argument is out of its range, the shapes do not fit, or no
        channel is within all limits.

    Examples
    --------
    Pictures are two bits, and what they mean is the first. A code that gets
    either bit wrong one time in ten may get the second one wrong more often if
    it gets the first one right.

    >>> pictures = [(0, 0), (0, 1), (1, 0), (1, 1)]
    >>> meaning = [[abs(a - c) for c, d in pictures] for a, b in pictures]
    >>> looks = [[abs(b - d) for c, d in pictures] for a, b in pictures]
    >>> point = solve_several([0.25] * 4, [meaning, looks], [0.05, 0.2])
    >>> from rdtheory import binary_entropy
    >>> form = 2 * math.log(2) - binary_entropy(0.05) - binary_entropy(0.2)
    >>> f"{point.rate:.6f} {form:.6f} {point.gap <= 1e-7}"
    '0.687377 0.687377 True'
    """
    check_same_labels(
        ("p_x", p_x, 0), *((f"distortions[{k}]", d, 0) for k, d in enumerate(distortions))
    )
    p = check_pmf("p_x", normalised("p_x", p_x) if normalise else p_x)
    tables = np.array([_finite(f"distortions[{k}]", d, p) for k, d in enumerate(distortions)])
    most = check_array("limits", limits, ndim=1)
    if most.size != len(tables):
        seen = f"{len(tables)}, got {most.size}"
        raise ValueError(f"limits must have one entry per distortion, {seen}")
    gap, max_slopes = check_gap(gap), check_count("max_slopes", max_slopes)
    search = _Search(p, tables, most, gap)
    point = search.run(max_slopes)
    if not point.converged:
        warn_of(point.gap, gap, "raise max_slopes")
    return point


def _finite(name: str, value: npt.ArrayLike, p: Array) -> Array:
    try:
        table = check_distortion(value, p)
    except (ValueError, TypeError) as error:
        raise type(error)(str(error).replace("distortion", name, 1)) from error
    if np.isinf(table).any():
        raise ValueError(f"{name} must be finite, got inf")
    return table


class _Search:
    """Channels that were found, the planes they are, and the best bound."""

    def __init__(self, p: Array, tables: Array, limits: Array, gap: float) -> None:
        self.p, self.tables, self.limits, self.gap = p, tables, limits, gap
        self.channels: list[Array] = []
        self.rates: list[float] = []
        self.over: list[Array] = []  # E d_k - D_k
        self.bound, self.best = -math.inf, np.zeros(len(limits))
        self.scale = np.maximum(np.ptp(tables, axis=(1, 2)), 1e-300)
        self._begin()

    def _add(self, channel: Array) -> None:
        """Keep a channel, with its rate and what it is above the limits."""
        self.channels.append(channel)
        self.rates.append(expected_divergence(self.p, channel, self.p @ channel))
        mean = np.einsum("x,kxy,xy->k", self.p, self.tables, channel)
        self.over.append((mean - self.limits) / self.scale)

    def _begin(self) -> None:
        """Add the channel that is furthest within all limits, and constants; refuse where none is.

        The outputs of the linear programme min t, E d_k - D_k <= t scale_k are some map of letters.
        """
        count, n, m = self.tables.shape
        costs = (self.p[:, None] * self.tables / self.scale[:, None, None]).reshape(count, n * m)
        above = np.hstack([costs, -np.ones((count, 1))])
        rows = np.hstack([np.kron(np.eye(n), np.ones(m)), np.zeros((n, 1))])
        found = linprog(
            np.eye(n * m + 1)[-1], A_ub=above, b_ub=self.limits / self.scale, A_eq=rows,
            b_eq=np.ones(n), bounds=[(0, None)] * (n * m) + [(None, None)],
        )  # fmt: skip
        if found.x is None or found.fun > -1e-12:
            k = int((above[:, :-1] @ found.x[:-1] - self.limits / self.scale).argmax())
            least = self.limits[k] + max(0.0, found.fun) * self.scale[k]
            raise ValueError(
                f"limits must be above what some channel reaches at once, about {least:.6g} of "
                f"limits[{k}], got {self.limits[k]:g}"
            )
        channel = np.maximum(found.x[:-1].reshape(n, m), 0.0)
        self._add(channel / channel.sum(axis=1, keepdims=True))
        for k in range(count):
            y = int((self.p @ self.tables[k]).argmin())
            self._add(np.tile(np.eye(m)[y], (n, 1)))

    def _highest(self, radius: float) -> tuple[Array, float]:
        """Return where the least plane is highest within a box, and how high."""
        planes, count = np.array(self.over), self.limits.size
        low = np.maximum(0.0, self.best - radius)
        found = linprog(
            np.append(np.zeros(count), -1.0),
            A_ub=np.hstack([-planes, np.ones((len(planes), 1))]), b_ub=np.array(self.rates),
            bounds=[*zip(low, self.best + radius, strict=True), (None, None)],
        )  # fmt: skip
        return found.x[:-1], -float(found.fun)

    def _mixture(self) -> tuple[float, Array]:
        """Return the least rate of mixtures within the limits, and the weights."""
        planes = np.array(self.over)
        found = linprog(
            np.array(self.rates), A_ub=planes.T, b_ub=np.full(self.limits.size, -1e-15),
            A_eq=np.ones((1, len(planes))), b_eq=[1.0], bounds=(0, None),
        )  # fmt: skip
        if found.x is None:
            return math.inf, np.zeros(len(planes))
        weights = np.maximum(found.x, 0.0)
        return float(weights @ np.array(self.rates)), weights / weights.sum()

    def run(self, max_slopes: int) -> SeveralPoint:
        """Solve at multipliers until the mixture's rate is near the bound."""
        radius, turn = 4.0, 0
        for turn in range(1, max_slopes + 1):
            w, model = self._highest(radius)
            before = max(self.bound, 0.0)
            self._solve(w)
            if self.bound - before >= 0.1 * (model - before):
                radius *= 2.0
            elif model - before > self.gap:
                radius = max(radius / 2.0, 1e-6)
            rate, weights = self._mixture()
            if math.isfinite(rate):
                point = self._point(weights, turn)
                if point.converged:
                    return point
            if model - self.bound <= 0.1 * self.gap:
                radius *= 8.0
        _, weights = self._mixture()
        return self._point(weights, turn)

    def _solve(self, w: Array) -> None:
        """Solve the Lagrangian of scaled multipliers; keep its channel, and its bound if better."""
        table = np.tensordot(w / self.scale, self.tables, axes=1)
        problem = prepare(self.p, table)
        found = problem.lifted(problem.solve(1.0, gap=max(0.02 * self.gap, RESOLUTION)), 1.0, 0.0)
        self._add(found.channel)
        bound = found.bound - float(w @ (self.limits / self.scale))
        if bound > self.bound:
            self.bound, self.best = bound, w + 0.0  # no -0.0

    def _point(self, weights: Array, turn: int) -> SeveralPoint:
        """Return the mixture of channels as a point."""
        channel = np.tensordot(weights, np.array(self.channels), axes=1)
        r = self.p @ channel
        rate = expected_divergence(self.p, channel, r)
        mean = np.einsum("x,kxy,xy->k", self.p, self.tables, channel)
        gap = max(0.0, rate - max(self.bound, 0.0)) + RESOLUTION
        return SeveralPoint(
            rate=rate, distortions=mean, limits=self.limits, multipliers=self.best / self.scale,
            gap=gap, marginal=r, channel=channel, iterations=turn, converged=gap <= self.gap,
        )  # fmt: skip
