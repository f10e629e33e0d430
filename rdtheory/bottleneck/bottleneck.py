r"""The information bottleneck: what a code of X can keep about Y, by the best of many descents.

For a joint p(x, y) and a slope beta the problem is, over encoders q(t|x),

    L(beta) = min  H(Y|T) + beta I(X; T),   T - X - Y,   beta = -dH(Y|T) / dI(X; T),

a rate-distortion problem whose distortion, -log p(y|t), depends on the code. Given marginal r(t)
and decoder d(y|t) the best encoder is q(t|x) ~ r(t) exp(-KL(p(y|x) || d(y|t)) / beta), given an
encoder the best r and d are its own, and no step of this alternation raises the value. Where
nothing moves the self-consistent equations hold.

The problem is not convex in q, so a result is the best of some starts; what is certain beside it is
the lower bound of `rdtheory.bottleneck.bound`.

Sources: Tishby, Pereira, Bialek (1999), theorems 4 and 5; Varadhan and Roland (2008), scheme S3,
for the leaps.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import entr

from rdtheory.bottleneck import search
from rdtheory.bottleneck.bound import lower_bound
from rdtheory.bottleneck.hard import encoder_of, hard_codes
from rdtheory.bottleneck.problem import Problem, informations, merged
from rdtheory.checks import Array, check_array, check_count, check_number
from rdtheory.shown import Shown

TRACKS = 4
"""Codes that are followed from slope to slope."""

SHAKEN = 0.01  # relative noise that lets codes split on the way down from large slopes


@dataclass(frozen=True, eq=False, repr=False)
class Bottleneck(Shown):
    """The best code found at one slope; informations in nats.

    Parameters
    ----------
    beta : slope
    rate, relevance : I(X; T) and I(T; Y)
    value : H(Y|T) + beta I(X; T)
    bound : a lower bound on the value of every code, whatever its size
    encoder : (n, t) q(t|x); a letter x of no mass gets the code's marginal
    starts, agreeing : random descents made, and those that ended within the tolerance of the best
        value (none where all got stuck above the code that keeps nothing, which is always compared)
    alike : whether all of those descents were at one code after a single round, so that their
        agreement says nothing
    proved : whether no code of as many values is better: at beta = 0, by `hard_codes`
    iterations : of all descents together
    stationarity : largest change of q(t|x) in one more round of the self-consistent equations
    converged : whether that is within the tolerance
    """

    beta: float
    rate: float
    relevance: float
    value: float
    bound: float
    encoder: Array
    starts: int
    agreeing: int
    iterations: int
    stationarity: float
    converged: bool
    alike: bool = False
    proved: bool = False

    @property
    def gap(self) -> float:
        """How far the value can be above the optimum at most, in nats."""
        return max(0.0, self.value - self.bound)

    @property
    def claim(self) -> str:
        """What may be said of the result."""
        if self.proved:
            least = f"a larger one is at most {self.gap:.2g} nats below"
            return f"no code of as many values is better; {least}"
        found = f"best of {self.starts} starts, {self.agreeing} of which agree"
        if self.agreeing == 0:
            found = f"better than all of {self.starts} starts, from a hard code or another slope"
        elif self.alike and self.starts > 1:
            found = f"best of {self.starts} starts, which a single round makes one"
        return f"{found}; at most {self.gap:.2g} nats above the optimum"


def bottleneck(
    joint: npt.ArrayLike,
    beta: float,
    *,
    codes: int | None = None,
    starts: int = 20,
    seed: int = 0,
    tolerance: float = 1e-6,
    max_iterations: int = 20_000,
) -> Bottleneck:
    r"""Look for the code of least H(Y|T) + beta I(X; T) from many starts.

    Parameters
    ----------
    joint : (n, m) p(x, y), zeros allowed
    beta : slope, at least 0; from 1 on the best code keeps nothing
    codes : most codes that T may have; at most n are used, as more never help (Caratheodory)
    starts : start 0 gives every letter its own code, start k is drawn from `seed` and k alone.
        Beside them descents begin at hard codes (`hard_codes`), which at beta = 0 are the best
        where that is proved, and come from smaller and from larger slopes.
    tolerance : on q(t|x) for stopping, and in nats for agreeing
    max_iterations : cap of each descent; a `RuntimeWarning` tells where the best one met it

    Raises
    ------
    ValueError
        where `joint` is no distribution or a number is out of its range.

    Examples
    --------
    A fair bit seen through a channel that flips one in ten; the best code flips a share v of its
    own, and the enclosure shows that no code does better.

    >>> found = bottleneck([[0.45, 0.05], [0.05, 0.45]], 0.5)
    >>> found.encoder.shape, bool(0.0 < found.relevance < found.rate), found.gap < 1e-7
    ((2, 2), True, True)
    """
    problem = Problem(joint, codes, tolerance, max_iterations)
    beta = check_number("beta", beta, low=0.0)
    first = problem.starts(check_count("starts", starts), check_count("seed", seed, low=0))
    pool = _Pool(problem, beta)
    pool.search(first, seed)
    return pool.result()


def bottleneck_curve(
    joint: npt.ArrayLike,
    betas: npt.ArrayLike,
    *,
    codes: int | None = None,
    starts: int = 20,
    seed: int = 0,
    tolerance: float = 1e-6,
    max_iterations: int = 20_000,
) -> list[Bottleneck]:
    r"""Look for the best code at every slope, and let neighbouring slopes help each other.

    At every slope it searches as `bottleneck` does. A few codes are also tracked up from the least
    slope and down from the largest, where they begin as one and are shaken a little to let them
    split. Then every slope is tried from the best
    codes of its two neighbours until that improves none.

    Parameters, errors: as in `bottleneck`, with `betas` (k,). Results are in the order of `betas`.

    Examples
    --------
    >>> curve = bottleneck_curve([[0.45, 0.05], [0.05, 0.45]], [0.3, 0.6, 0.7])
    >>> [round(point.rate, 3) for point in curve]  # nothing is kept above critical_beta, 0.64
    [0.672, 0.208, 0.0]
    """
    problem = Problem(joint, codes, tolerance, max_iterations)
    slopes = check_array("betas", betas, ndim=1)
    for k, slope in enumerate(slopes):
        check_number(f"betas[{k}]", slope, low=0.0)
    first = problem.starts(check_count("starts", starts), check_count("seed", seed, low=0))
    random = np.random.default_rng([seed, 1])
    order = np.argsort(slopes, kind="stable")
    pools = [_Pool(problem, float(slopes[k])) for k in order]
    tracks = first[:TRACKS]

    for pool in pools:
        pool.search(first, seed)
        tracks, _ = pool.descend(tracks)
    tracks = np.full_like(tracks, 1.0 / tracks.shape[2])
    for pool in reversed(pools):
        tracks, _ = pool.descend(_shaken(tracks, random))

    changed = set(range(len(pools)))
    while changed:  # ends, as every change takes more than the tolerance off a value
        before, changed = changed, set()
        for k, pool in enumerate(pools):
            neighbours = [pools[j].best for j in (k - 1, k + 1) if j in before]
            value = pool.value
            if neighbours:
                pool.descend(np.array(neighbours))
            if pool.value < value - problem.tolerance:
                changed.add(k)
    results = [pool.result() for pool in pools]
    return [results[k] for k in np.argsort(order)]


class _Pool:
    """All descents at one slope: the best encoder (n, codes), its value, those of random starts."""

    def __init__(self, problem: Problem, beta: float) -> None:
        self.problem, self.beta = problem, beta
        self.best, self.value = np.empty(0), np.inf
        self.values = np.empty(0)
        self.alike, self.proved = False, False
        self.iterations = 0

    def search(self, random_starts: Array, seed: int) -> None:
        """Descend from random starts (k, n, codes), from hard codes and from other slopes."""
        self.alike = len({_signature(self._round(start)) for start in random_starts}) == 1
        _, self.values = self.descend(random_starts)
        if self.beta >= 1.0:
            return
        labels, proved = hard_codes(self.problem, self.beta, seed)
        hard = np.array([encoder_of(one, self.problem.codes) for one in labels])
        if proved and self.beta == 0.0:
            self.best, self.proved = hard[0], True
            self.value = (
                float(entr(self.problem.p_y).sum())
                - informations(merged(hard[0], self.problem, 0.0), self.problem)[1]
            )
        else:
            early = np.concatenate([hard[:TRACKS], random_starts[:TRACKS]])
            self.descend(np.concatenate([hard, *self._tracked(early, seed)]))

    def _tracked(self, early: Array, seed: int) -> list[Array]:
        """Return where codes end that come up from near slope 0, and down from being one."""
        up = _Pool(self.problem, 0.0)
        for share in (0.02, 0.1, 0.3, 0.6):
            up.beta = share * self.beta
            early, _ = up.descend(early)
        shape = (2 * TRACKS, *early.shape[1:])
        random, codes = np.random.default_rng([seed, 1]), np.full(shape, 1.0 / shape[2])
        down = _Pool(self.problem, 1.0)
        for share in (0.15, 0.3, 0.45, 0.6, 0.75, 0.9):
            down.beta = max(self.beta, 1e-3) ** share
            codes, _ = down.descend(_shaken(codes, random))
        self.iterations += up.iterations + down.iterations
        return [early, _shaken(codes, random)]

    @property
    def _given(self) -> tuple[Array, Array, float]:
        return self.problem.p_x, self.problem.conditional, self.beta

    def _round(self, encoder: Array) -> Array:
        moved = np.empty_like(encoder)
        search.round_once(encoder, *self._given, moved)
        return moved

    def descend(self, encoders: Array) -> tuple[Array, Array]:
        """Add descents from encoders (k, n, codes); return where they end, and their values."""
        ends, values = np.array(encoders), np.empty(len(encoders))
        counts = np.zeros(len(encoders), dtype=np.int64)
        limits = (self.problem.tolerance, self.problem.max_iterations)
        search.descend(ends, values, counts, *self._given, *limits)
        self.iterations += int(counts.sum())
        if values.min() < self.value:
            self.best, self.value = ends[values.argmin()], float(values.min())
        return ends, values

    def result(self) -> Bottleneck:
        """Join equal codes of the best encoder, settle it, measure it, and warn where it moves."""
        problem, beta, tolerance = self.problem, self.beta, self.problem.tolerance
        starts, untold = len(self.values), float(entr(problem.p_y).sum())
        agreeing = int((self.values <= min(self.value, untold) + tolerance).sum())
        encoder = merged(self.best, problem, beta)
        if not self.proved:
            encoder = self.descend(encoder[None])[0][0]
        rate, relevance = informations(encoder, problem)
        if beta * rate >= relevance or encoder.shape[1] == 1:  # as good as to keep nothing
            encoder, rate, relevance = np.ones((problem.p_x.size, 1)), 0.0, 0.0
        stationarity = 0.0 if self.proved else float(np.abs(self._round(encoder) - encoder).max())
        if stationarity > tolerance:
            warnings.warn(
                f"the best code at beta = {beta:g} still moves by {stationarity:.1g} after "
                f"max_iterations={problem.max_iterations}: raise max_iterations or tolerance",
                RuntimeWarning,
                stacklevel=3,
            )
        full = np.tile(problem.p_x @ encoder, (problem.seen.size, 1))
        full[problem.seen] = encoder[problem.letter]
        full.flags.writeable = False
        return Bottleneck(
            beta=beta,
            rate=rate,
            relevance=relevance,
            value=untold - relevance + beta * rate,
            bound=lower_bound(encoder, problem, beta),
            encoder=full,
            starts=starts,
            agreeing=agreeing,
            iterations=self.iterations,
            stationarity=stationarity,
            converged=stationarity <= tolerance,
            alike=self.alike,
            proved=self.proved,
        )


def _shaken(encoders: Array, random: np.random.Generator) -> Array:
    """Return encoders (k, n, codes) with a little noise, which lets codes that are one split."""
    noisy = encoders * np.exp(SHAKEN * random.standard_normal(encoders.shape))
    return np.asarray(noisy / noisy.sum(axis=2, keepdims=True))


def _signature(encoder: Array) -> bytes:
    """Return what two encoders have in common that are equal but for the codes' names."""
    rounded = encoder.round(2) + 0.0
    return np.ascontiguousarray(rounded[:, np.lexsort(rounded)]).tobytes()


def critical_beta(joint: npt.ArrayLike) -> float:
    r"""Return the slope below which the code that keeps nothing is no local minimum.

    It is the squared maximal correlation of X and Y: the second singular value, squared, of
    p(x, y) / sqrt(p(x) p(y)). Below it better codes exist. Above it that code is a strict local
    minimum, which does not exclude a better one far away: where the transition is of first order
    the best code keeps something up to a larger slope (at most 1). Where it is of second order, as
    for a symmetric binary or a Gaussian pair, this is the first critical slope itself.

    Parameters, errors: `joint` (n, m) as in `bottleneck`.

    Sources: Witsenhausen (1975) for the correlation; Wu, Fischer, Chuang, Tegmark (2019) for its
    part here; Chechik, Globerson, Tishby, Weiss (2005) for Gaussians.

    Examples
    --------
    >>> round(critical_beta([[0.45, 0.05], [0.05, 0.45]]), 12)  # (1 - 2 * 0.1)^2
    0.64
    """
    problem = Problem(joint, None, 0.0, 1)
    half = np.sqrt(problem.p_x)[:, None] * problem.conditional  # so that no product underflows
    values = np.linalg.svd(half / np.sqrt(problem.p_y), compute_uv=False)
    return min(1.0, float(values[1]) ** 2) if values.size > 1 else 0.0
