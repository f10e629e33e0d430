r"""The information bottleneck: what a code of X can keep about Y, by the best of many descents.

For a joint p(x, y) and a slope beta the problem is, over encoders q(t|x),

    L(beta) = min  H(Y|T) + beta I(X; T),   T - X - Y,   beta = -dH(Y|T) / dI(X; T),

a rate-distortion problem whose distortion, -log p(y|t), depends on the code. Given marginal r(t)
and decoder d(y|t) the best encoder is q(t|x) ~ r(t) exp(-KL(p(y|x) || d(y|t)) / beta), given an
encoder the best r and d are its own, and no step of this alternation raises the value. Where
nothing moves the self-consistent equations hold.

The problem is not convex in q, so a result is the best of some starts. What is certain beside it:
data processing, L >= H(Y) - (1 - beta) I(X; Y) for beta <= 1 and L = H(Y) above; and, for any r, d,

    L >= -beta sum_x p(x) log Z(x) - beta log max over s of c(s),
    Z(x) = sum_t r(t) exp(-a(x, d_t) / beta),  c(s) = sum_x p(x) exp(-a(x, s) / beta) / Z(x),

where a(x, s) = -sum_y p(y|x) log s(y) and s runs over mixtures of the p(y|x). Where those lie on
one segment (X or Y binary), max c is bounded interval by interval, as each term of c has one peak
there, and the optimum is enclosed.

Sources: Tishby, Pereira, Bialek (1999), theorems 4 and 5; Csiszar (1974), equation 9, whose bound
this is with all mixtures as outputs; Varadhan and Roland (2008), scheme S3, for the leaps.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import entr, logsumexp, xlogy

from rdtheory.bottleneck import search
from rdtheory.checks import Array, check_array, check_count, check_number, check_pmf
from rdtheory.information import expected_divergence

SAME_LETTER = 12  # decimals to which p(y|x) must agree for letters x to be one
MERGED = 1e-11  # nats that merging two codes may cost
MIXED = 0.01  # of the uniform code in every start, so that none begins with an infinite divergence
SHAKEN = 0.01  # relative noise that lets codes split on the way down from large slopes
ENCLOSED = 1e-8  # log c at which an interval of the lower bound needs no more halving
ENTRIES = 200_000  # of the largest table that the lower bound may fill


@dataclass(frozen=True, eq=False)
class Bottleneck:
    """The best code found at one slope; informations in nats.

    Parameters
    ----------
    beta : slope
    rate, relevance : I(X; T) and I(T; Y)
    value : H(Y|T) + beta I(X; T)
    bound : a lower bound on the value of every code, whatever its size
    encoder : (n, t) q(t|x); a letter x of no mass gets the code's marginal
    starts, agreeing : descents made, and those that ended within the tolerance of the best value
        (none where all got stuck above the code that keeps nothing, which is always compared)
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

    @property
    def gap(self) -> float:
        """How far the value can be above the optimum at most, in nats."""
        return max(0.0, self.value - self.bound)

    @property
    def claim(self) -> str:
        """What may be said of the result."""
        found = f"best of {self.starts} starts, {self.agreeing} of which agree"
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
    starts : start 0 gives every letter its own code, start k is drawn from `seed` and k alone
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
    problem = _Problem(joint, codes, tolerance, max_iterations)
    beta = check_number("beta", beta, low=0.0)
    first = problem.starts(check_count("starts", starts), check_count("seed", seed, low=0))
    pool = _Pool(problem, beta)
    pool.descend(first)
    return pool.result()


def bottleneck_curve(
    joint: npt.ArrayLike,
    betas: npt.ArrayLike,
    *,
    codes: int | None = None,
    starts: int = 8,
    seed: int = 0,
    tolerance: float = 1e-6,
    max_iterations: int = 20_000,
) -> list[Bottleneck]:
    r"""Look for the best code at every slope, and let neighbouring slopes help each other.

    `starts` codes are tracked up from the least slope and as many down from the largest, where they
    begin as one and are shaken a little to let them split. Then every slope is tried from the best
    codes of its two neighbours until that improves none.

    Parameters, errors: as in `bottleneck`, with `betas` (k,). Results are in the order of `betas`.

    Examples
    --------
    >>> curve = bottleneck_curve([[0.45, 0.05], [0.05, 0.45]], [0.3, 0.6, 0.7])
    >>> [round(point.rate, 3) for point in curve]  # nothing is kept above critical_beta, 0.64
    [0.672, 0.208, 0.0]
    """
    problem = _Problem(joint, codes, tolerance, max_iterations)
    slopes = check_array("betas", betas, ndim=1)
    for k, slope in enumerate(slopes):
        check_number(f"betas[{k}]", slope, low=0.0)
    tracks = problem.starts(check_count("starts", starts), check_count("seed", seed, low=0))
    random = np.random.default_rng([seed, 1])
    order = np.argsort(slopes, kind="stable")
    pools = [_Pool(problem, float(slopes[k])) for k in order]

    for pool in pools:
        tracks = pool.descend(tracks)
    tracks = np.full_like(tracks, 1.0 / tracks.shape[2])
    for pool in reversed(pools):
        tracks = tracks * np.exp(SHAKEN * random.standard_normal(tracks.shape))
        tracks = pool.descend(tracks / tracks.sum(axis=2, keepdims=True))

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
    problem = _Problem(joint, None, 0.0, 1)
    half = np.sqrt(problem.p_x)[:, None] * problem.conditional  # so that no product underflows
    values = np.linalg.svd(half / np.sqrt(problem.p_y), compute_uv=False)
    return min(1.0, float(values[1]) ** 2) if values.size > 1 else 0.0


class _Problem:
    """The checked problem with the letters of no mass left out and those of equal p(y|x) joined."""

    def __init__(
        self, joint: npt.ArrayLike, codes: int | None, tolerance: float, max_iterations: int
    ) -> None:
        table = check_array("joint", joint, ndim=2)
        table = check_pmf("joint", table.ravel()).reshape(table.shape)
        self.tolerance = check_number("tolerance", tolerance, low=0.0)
        self.max_iterations = check_count("max_iterations", max_iterations)
        self.seen = table.sum(axis=1) > 1e-300  # a lesser mass has too few digits to divide by
        table = table[self.seen]
        table = table[:, table.sum(axis=0) > 0]
        rounded = (table / table.sum(axis=1, keepdims=True)).round(SAME_LETTER)
        letters, self.letter = np.unique(rounded, axis=0, return_inverse=True)
        p_xy = np.zeros(letters.shape)
        np.add.at(p_xy, self.letter, table)
        self.p_x = p_xy.sum(axis=1)
        self.conditional = p_xy / self.p_x[:, None]
        self.p_y = self.p_x @ self.conditional
        most = len(letters)
        self.codes = most if codes is None else min(check_count("codes", codes), most)

    def starts(self, count: int, seed: int) -> Array:
        """Return encoders (count, n, codes): letters in order, then random ones, hard and soft."""
        letters = self.p_x.size
        found = [np.eye(self.codes)[np.arange(letters) * self.codes // letters]]
        for k, sequence in enumerate(np.random.SeedSequence(seed).spawn(count)[1:]):
            concentration = np.full(self.codes, (0.1, 1.0)[k % 2])
            found.append(np.random.default_rng(sequence).dirichlet(concentration, size=letters))
        return np.array(found) * (1 - MIXED) + MIXED / self.codes


class _Pool:
    """All descents at one slope: the best encoder (n, codes), its value, the others' values."""

    def __init__(self, problem: _Problem, beta: float) -> None:
        self.problem, self.beta = problem, beta
        self.best, self.value = np.empty(0), np.inf
        self.values: list[float] = []
        self.iterations = 0

    def descend(self, encoders: Array) -> Array:
        """Add descents from encoders (k, n, codes); return where they end."""
        ends, values = np.array(encoders), np.empty(len(encoders))
        counts = np.zeros(len(encoders), dtype=np.int64)
        limits = (self.problem.tolerance, self.problem.max_iterations)
        p_x, conditional = self.problem.p_x, self.problem.conditional
        search.descend(ends, values, counts, p_x, conditional, self.beta, *limits)
        self.iterations += int(counts.sum())
        self.values += values.tolist()
        if values.min() < self.value:
            self.best, self.value = ends[values.argmin()], float(values.min())
        return ends

    def result(self) -> Bottleneck:
        """Join equal codes of the best encoder, settle it, measure it, and warn where it moves."""
        problem, beta, tolerance = self.problem, self.beta, self.problem.tolerance
        starts, untold = len(self.values), float(entr(problem.p_y).sum())
        agreeing = int((np.array(self.values) <= min(self.value, untold) + tolerance).sum())
        encoder = self.descend(_merged(self.best, problem, beta)[None])[0]
        rate, relevance = _informations(encoder, problem)
        if beta * rate >= relevance:  # no better than the code that keeps nothing
            encoder, rate, relevance = np.ones((problem.p_x.size, 1)), 0.0, 0.0
        moved = np.empty_like(encoder)
        search.round_once(encoder, problem.p_x, problem.conditional, beta, moved)
        stationarity = float(np.abs(moved - encoder).max())
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
            bound=_lower_bound(encoder, problem, beta),
            encoder=full,
            starts=starts,
            agreeing=agreeing,
            iterations=self.iterations,
            stationarity=stationarity,
            converged=stationarity <= tolerance,
        )


def _informations(encoder: Array, problem: _Problem) -> tuple[float, float]:
    """Return I(X; T) and I(T; Y) of an encoder whose codes all have mass."""
    p_x, p_t = problem.p_x, problem.p_x @ encoder
    decoder = (p_x[:, None] * encoder).T @ problem.conditional / p_t[:, None]
    relevance = expected_divergence(p_t, decoder, problem.p_y)
    return expected_divergence(p_x, encoder, p_t), relevance


def _merged(encoder: Array, problem: _Problem, beta: float) -> Array:
    """Join codes (large ones first) where that costs at most MERGED nats, leave out unused ones."""

    def cost(mass: Array) -> Array:  # of codes with masses p(x, t) in the rows: sums to H(Y|T) -
        total = entr(mass.sum(axis=-1))  # beta H(X|T)
        seen, told = entr(mass @ problem.conditional).sum(axis=-1), entr(mass).sum(axis=-1)
        return np.asarray(seen - total - beta * (told - total))

    columns = (problem.p_x[:, None] * encoder).T
    columns = columns[np.argsort(-columns.sum(axis=1), kind="stable")]
    kept = columns[:1]
    for column in columns[1:][columns[1:].sum(axis=1) > 0]:
        rise = cost(kept + column) - cost(kept) - cost(column)
        if rise.min() <= MERGED:
            kept[rise.argmin()] += column
        else:
            kept = np.vstack([kept, column])
    return np.ascontiguousarray((kept / kept.sum(axis=0)).T)


def _lower_bound(encoder: Array, problem: _Problem, beta: float) -> float:
    """Bound L from below by data processing and, where the p(y|x) lie on a segment, by c(s)."""
    p_x, conditional = problem.p_x, problem.conditional
    kept = expected_divergence(p_x, conditional, problem.p_y)
    processed = float(entr(problem.p_y).sum()) - max(0.0, 1.0 - beta) * kept
    start, end = conditional[0], conditional[-1]  # letters are in lexical order
    if min(conditional.shape) != 2 or not 0.0 < beta < 1.0:
        return processed
    way = end - start
    peaks = np.clip((conditional - start) @ way / (way @ way), 0.0, 1.0)

    def exponents(places: Array) -> Array:  # -a(x, s) / beta, s at places (k, n), one for every x
        mixtures = (1.0 - places[..., None]) * start + places[..., None] * end
        with np.errstate(over="ignore"):  # at a tiny beta, to -inf, as it should
            return np.asarray(xlogy(conditional, mixtures).sum(axis=-1) / beta)

    p_t = p_x @ encoder
    sites = (p_x * peaks) @ encoder / p_t  # of the codes' own decoders
    log_z = logsumexp(exponents(np.tile(sites[:, None], p_x.size)) + np.log(p_t)[:, None], axis=0)
    if not np.isfinite(log_z).all():  # a letter of so little mass that its code lost sight of it
        return processed
    left, width, highest = np.arange(64) / 64, 1 / 64, ENCLOSED
    while left.size:
        highs = exponents(np.clip(peaks, left[:, None], left[:, None] + width))
        log_c = logsumexp(highs + np.log(p_x) - log_z, axis=1)
        left = left[log_c > ENCLOSED]
        if left.size * conditional.size > ENTRIES or width < 1e-12:
            highest = max(highest, float(log_c.max()))
            break
        left, width = np.concatenate([left, left + width / 2]), width / 2
    return max(processed, -beta * (float(p_x @ log_z) + highest))
