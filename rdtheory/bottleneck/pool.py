"""All searches for a code at one slope: from random starts, hard codes and other slopes."""

import warnings
from dataclasses import dataclass

import numpy as np

from rdtheory.bottleneck import search
from rdtheory.bottleneck.bound import Bound, lower_bound
from rdtheory.bottleneck.hard import encoder_of, hard_codes, hard_value
from rdtheory.bottleneck.point import Bottleneck
from rdtheory.bottleneck.problem import MERGED, Problem, entropy_of, informations, merged
from rdtheory.checks import Array

TRACKS = 4
"""Codes that are followed from slope to slope."""

SHAKEN = 0.01  # relative noise that lets codes split on the way down from large slopes

SETTLED, QUICK = 1e-3, 1000
"""Of the tolerance, within which the last code is settled if so many iterations do that: its value
is then as sharp as bounds."""

ADDED, SMALL_SHARE = 8, 0.02
"""Codes that may be added one by one where the bound says that one is missing, each with such a
share of the letters that it would take."""

GROWS, GAIN = 1e-7, 1e-10
"""Log c from which a code is missing, and nats that one more must gain."""


class Pool:
    """All descents at one slope: the best encoder (n, codes), its value, those of random starts."""

    def __init__(self, problem: Problem, beta: float) -> None:
        self.problem, self.beta = problem, beta
        self.best: Array = np.empty(0)
        self.values: Array = np.empty(0)
        self.value = np.inf
        self.alike, self.proved = False, False
        self.iterations = 0

    def search(self, random_starts: Array, seed: int, *, alone: bool = True) -> None:
        """Descend from random starts (k, n, codes), from hard codes and from other slopes.

        Those are left out where it is not `alone`: who solves many slopes has them.
        """
        self.alike = len({_signature(self._round(start)) for start in random_starts}) == 1
        _, self.values = self.descend(random_starts)
        if self.beta >= 1.0:
            return
        labels, proved = hard_codes(self.problem, self.beta, seed)
        hard = np.array([encoder_of(one, self.problem.codes) for one in labels])
        if proved and self.beta * self.problem.alpha == 0.0:
            self.best, self.proved = hard[0], True
            used = merged(hard[0], self.problem, 0.0)
            paid = self.beta * entropy_of(self.problem.p_x @ used) if self.beta > 0.0 else 0.0
            self.value = self.problem.entropy_y - informations(used, self.problem)[1] + paid
        else:
            early = np.concatenate([hard[:TRACKS], random_starts[:TRACKS]])
            more = self._tracked(early, seed) if alone else []
            self.descend(np.concatenate([hard, *more]))

    @property
    def codes(self) -> int:
        """How many values the best code has, equal ones joined; 1 where it may keep nothing."""
        if self.value >= self.problem.entropy_y - MERGED:
            return 1
        return int(merged(self.best, self.problem, self.beta).shape[1])

    def _tracked(self, early: Array, seed: int) -> list[Array]:
        """Return where codes end that come up from near slope 0, and down from being one."""
        up = Pool(self.problem, 0.0)
        for share in (0.02, 0.1, 0.3, 0.6):
            up.beta = share * self.beta
            early, _ = up.descend(early)
        shape = (2 * TRACKS, *early.shape[1:])
        random, codes = np.random.default_rng([seed, 1]), np.full(shape, 1.0 / shape[2])
        down = Pool(self.problem, 1.0)
        for share in (0.15, 0.3, 0.45, 0.6, 0.75, 0.9):
            down.beta = max(self.beta, 1e-3) ** share
            codes, _ = down.descend(shaken(codes, random))
        self.iterations += up.iterations + down.iterations
        return [early, shaken(codes, random)]

    @property
    def _given(self) -> tuple[Array, Array, float, float]:
        return self.problem.p_x, self.problem.conditional, self.beta, self.problem.alpha

    def _round(self, encoder: Array) -> Array:
        moved = np.empty_like(encoder)
        search.round_once(encoder, *self._given, moved)
        return moved

    def descend(self, encoders: Array, *, settle: bool = False) -> tuple[Array, Array]:
        """Add descents from encoders (k, n, codes); return where they end, and their values.

        They end where a round moves them by the tolerance, or, to settle, by less if that is quick.
        """
        ends, values = np.array(encoders), np.empty(len(encoders))
        counts = np.zeros(len(encoders), dtype=np.int64)
        tolerance, most = self.problem.tolerance, self.problem.max_iterations
        limits = (SETTLED * tolerance, min(QUICK, most)) if settle else (tolerance, most)
        search.descend(ends, values, counts, *self._given, *limits)
        self.iterations += int(counts.sum())
        if values.min() < self.value and not self.proved:
            self.best, self.value = ends[values.argmin()], float(values.min())
        return ends, values

    def result(self, *, warn: bool = True, level: int = 3) -> Bottleneck:
        """Join equal codes of the best encoder, settle it, measure it, and warn where it moves.

        `level` is that of the caller whom the warning is for.
        """
        problem, beta, tolerance = self.problem, self.beta, self.problem.tolerance
        starts, untold = len(self.values), problem.entropy_y
        agreeing = int((self.values <= min(self.value, untold) + tolerance).sum())
        code = self._measured(self.best)
        bound = lower_bound(code.encoder, problem, beta, code.value)
        for _ in range(ADDED):
            if self._cannot_grow(code, bound):
                break
            more = self._measured(_with_code(code.encoder, bound))
            if more.value > code.value - GAIN:
                break
            code, bound = more, lower_bound(more.encoder, problem, beta, more.value)
        encoder = code.encoder
        stationarity = 0.0 if self.proved else float(np.abs(self._round(encoder) - encoder).max())
        if warn and stationarity > tolerance:
            warnings.warn(
                f"the best code at beta = {beta:g} still moves by {stationarity:.1g} after "
                f"max_iterations={problem.max_iterations}: raise max_iterations or tolerance",
                RuntimeWarning,
                stacklevel=level,
            )
        return Bottleneck(
            beta=beta,
            rate=code.rate,
            relevance=code.relevance,
            value=code.value,
            bound=self._bound_at_alpha(code.value, bound.value),
            encoder=problem.lifted(encoder),
            starts=starts,
            agreeing=agreeing,
            iterations=self.iterations,
            stationarity=stationarity,
            converged=stationarity <= tolerance,
            alike=self.alike,
            proved=self.proved,
            entropy=code.entropy,
            alpha=problem.alpha,
        )

    def _measured(self, encoder: Array) -> "_Code":
        """Join equal codes, settle the rest, and measure it; keep nothing if that is as good."""
        problem, beta = self.problem, self.beta
        encoder = merged(encoder, problem, beta)
        if not self.proved:
            encoder = self.descend(encoder[None])[0][0]
            encoder = self.descend(encoder[None], settle=True)[0][0]
            encoder = np.ascontiguousarray(encoder[:, problem.p_x @ encoder > 0.0])
        rate, relevance = informations(encoder, problem)
        entropy = entropy_of(problem.p_x @ encoder)
        paid = beta * (rate + (1.0 - problem.alpha) * max(0.0, entropy - rate))
        if paid >= relevance or encoder.shape[1] == 1:
            return _Code(np.ones((problem.p_x.size, 1)), 0.0, 0.0, 0.0, problem.entropy_y)
        return _Code(encoder, rate, relevance, entropy, problem.entropy_y - relevance + paid)

    def _cannot_grow(self, code: "_Code", bound: Bound) -> bool:
        """Whether no further code is known that lowers the value, or none is allowed."""
        full = code.encoder.shape[1] >= self.problem.codes
        return full or self.problem.alpha < 1.0 or self.proved or bound.log_c <= GROWS

    def _bound_at_alpha(self, value: float, bound: float) -> float:
        """Return a lower bound at alpha from that at 1: the value is linear in alpha."""
        problem, all_codes = self.problem, self.problem.codes == self.problem.p_x.size
        if self.proved and all_codes:  # more values never help
            return max(bound, value)
        if 0.0 < problem.alpha < 1.0 and all_codes and self.beta < 1.0:
            (best, *_), proved = hard_codes(problem, self.beta, 0)
            if proved:
                hard = float(hard_value(problem, self.beta, best[None])[0])
                return max(bound, problem.alpha * bound + (1.0 - problem.alpha) * hard)
        return bound


@dataclass(frozen=True, eq=False)
class _Code:
    """An encoder (n, t) with I(X; T), I(T; Y), H(T) and its value."""

    encoder: Array
    rate: float
    relevance: float
    entropy: float
    value: float


def _with_code(encoder: Array, bound: Bound) -> Array:
    """Return an encoder with one code more, where a bound says that one is missing."""
    assert bound.shares is not None
    share = SMALL_SHARE * bound.shares[:, None]
    share = share / max(1.0, float(share.max()) / 0.5)
    more = np.concatenate([encoder * (1.0 - share), share], axis=1)
    return np.asarray(more / more.sum(axis=1, keepdims=True))


def shaken(encoders: Array, random: np.random.Generator) -> Array:
    """Return encoders (k, n, codes) with a little noise, which lets codes that are one split."""
    noisy = encoders * np.exp(SHAKEN * random.standard_normal(encoders.shape))
    return np.asarray(noisy / noisy.sum(axis=2, keepdims=True))


def _signature(encoder: Array) -> bytes:
    """Return what two encoders have in common that are equal but for the codes' names."""
    rounded = encoder.round(2) + 0.0
    return np.ascontiguousarray(rounded[:, np.lexsort(rounded)]).tobytes()
