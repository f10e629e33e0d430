r"""Fit the toy experiment's family to a source: at a slope beta, at a rate, or at a distortion.

Every fit runs many restarts in parallel: small random starts, a gradient phase whose path resembles
the paper's training, then L-BFGS rounds with an augmented Lagrangian. A proximal term keeps the
polish near where training led, because optimal models are not unique and a quasi-Newton method on
its own wanders off among them (`python cli.py recovery` shows it).

Every fit carries a certificate. No model whatever has R + D < H, so the best conceivable value of
an objective lies on the diagonal D = H - R, and `gap` is how far a fit is above it.

Sources: Alemi et al., *Fixing a Broken ELBO* (ICML 2018), equation 6, section 4 and appendix E.
"""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array, check_choice, check_count, check_number
from rdtheory.information import entropy
from rdtheory.model import Model
from rdtheory.toy import search
from rdtheory.toy.family import check_bins, family_model, positions, roughness
from rdtheory.toy.objective import Objective
from rdtheory.toy.starts import ordered_start, random_starts

FEASIBLE = 1e-6
"""Nats by which a converged fit may miss its target."""
STATIONARY = 1e-6
"""Largest gradient entry of a converged fit whose gap the family does not let close."""

TRAINING_SLOPE = 4.0  # the gradient phase uses the paper's penalty of this weight, smoothed
ITERATIONS = 600  # of L-BFGS in one round
SMOOTHING = (0.06, 0.006, 0.0006)  # nats that the roughness of an ordered encoder may cost
RESTORABLE = 0.01  # nats off target from which a step back changes little else
WIDE_RATE = 1.0  # nats; above, an ordered start finds models that a small random one misses


_Grid = tuple[Array, Array, Array]  # p_x, positions of the bins, positions of the codes


@dataclass(frozen=True)
class Search:
    """How to search; the defaults are what the measurements in the README favour.

    Parameters
    ----------
    restarts : independent starts; restart k depends on `seed` and k alone
    seed : of the starts
    rounds : cap on the L-BFGS rounds
    gap : nats above the certified bound at which a restart stops
    attempts : how often a trained restart that stays above `gap` may begin again from new numbers
    start : "trained" (small random parameters, the gradient phase, then L-BFGS kept near), "small"
        (the same parameters, L-BFGS at once), "ordered" (code i begins at position i, as sharp as
        the rate asks; L-BFGS at once), or "auto": trained up to a rate of 1 nat, ordered above
    scale : standard deviation of the random part of a start
    steps, learning_rate : of the gradient phase
    """

    restarts: int = 24
    seed: int = 0
    rounds: int = 24
    gap: float = 1e-6
    attempts: int = 4
    start: str = "auto"
    scale: float = 0.01
    steps: int = 2000
    learning_rate: float = 0.01

    def __post_init__(self) -> None:
        check_count("restarts", self.restarts)
        check_count("seed", self.seed, low=0)
        check_count("rounds", self.rounds)
        check_number("gap", self.gap, low=0.0)
        check_count("attempts", self.attempts)
        check_choice("start", self.start, ("auto", "trained", "small", "ordered"))
        check_number("scale", self.scale, low=0.0)
        check_count("steps", self.steps)
        check_number("learning_rate", self.learning_rate, low=0.0)


@dataclass(frozen=True, eq=False)
class Fit:
    r"""One fitted model and its certificate.

    Parameters
    ----------
    model : the fitted model
    parameters : its parameter vector in the family, as `family_model` takes it
    value : the objective, in nats
    bound : a lower bound on the objective over all models of the source, in nats
    slope : multiplier of the held quantity, beta = -dD/dR of the frontier there
    stationarity : largest entry of the Lagrangian's gradient
    miss : nats by which the held quantity is above its target; 0 where nothing is held
    iterations : L-BFGS iterations of the attempt that is shown
    converged : on target, and with a gap below the asked one or a gradient that vanishes
    attempts : starts that this restart had, of which the best is shown
    """

    model: Model
    parameters: Array
    value: float
    bound: float
    slope: float
    stationarity: float
    miss: float
    iterations: int
    converged: bool
    attempts: int = 1

    @property
    def gap(self) -> float:
        """How far the objective is above what any model could reach, in nats."""
        return self.value - self.bound


@dataclass(frozen=True, eq=False)
class FitResult:
    """All restarts of a fit, in the order of their seeds."""

    fits: tuple[Fit, ...]

    @property
    def best(self) -> Fit:
        """The converged restart of least objective, else one on target, else the least of all."""
        return min(self.fits, key=_merit)

    @property
    def converged(self) -> int:
        """Number of restarts that converged."""
        return sum(fit.converged for fit in self.fits)


def fit_beta(
    p_x: npt.ArrayLike,
    beta: float = 1.0,
    *,
    codes: int = 30,
    options: Search | None = None,
    progress: Callable[[float], None] | None = None,
) -> FitResult:
    r"""Minimise D + beta R over the family; beta = 1 is the ELBO (equation 6).

    Parameters
    ----------
    p_x : (X,) source whose bins have an order
    beta : slope, at least 0
    codes : number Z of codes
    options : how to search
    progress : called with the share of the work that is newly done

    Raises
    ------
    ValueError
        where `p_x` is no probability vector or a number is out of its range.

    Examples
    --------
    The ELBO ignores the code of so flexible a decoder: it ends at R = 0, D = H.

    >>> from rdtheory import fit_beta, toy_source, Search
    >>> best = fit_beta(toy_source().p_x, options=Search(restarts=2)).best
    >>> best.model.rate < 0.01, best.gap < 1e-6
    (True, True)
    """
    p_x = check_bins(p_x)
    beta = check_number("beta", beta, low=0.0)
    return _fit(p_x, Objective.slope(beta), codes, options, progress)


def fit_target_rate(
    p_x: npt.ArrayLike,
    target_rate: float,
    *,
    penalty: float | None = None,
    smoothest: bool = False,
    codes: int = 30,
    options: Search | None = None,
    progress: Callable[[float], None] | None = None,
) -> FitResult:
    r"""Minimise D subject to R = target_rate, or D + penalty |R - target_rate|.

    With the paper's penalty of 1 the objective is H - target_rate at *every* point of the diagonal
    with R >= target_rate, and the fit may end at any of them; a larger one, or the constraint (the
    default), has its minimum at the target alone.

    Many models reach that minimum. `smoothest` looks among them for the encoder of least roughness
    S: it minimises D + eps S under the constraint and lets eps go to 0. Where the source is a
    mixture of Gaussians of equal variance and the target is I(x; z\*), that encoder is p(z\*|x):
    S is the Fisher information of the components, up to a constant, the rate fixes their mean
    entropy, and at given entropy the Gaussian has the least Fisher information (Stam 1959).

    Parameters
    ----------
    p_x : (X,) source whose bins have an order
    target_rate : nats, in [0, H]
    penalty : weight of the penalty; None for the constraint
    smoothest : choose the smoothest encoder among optimal models
    codes, options, progress : as in `fit_beta`

    Raises
    ------
    ValueError
        where `p_x` is no probability vector or a number is out of its range.

    Examples
    --------
    >>> from rdtheory import fit_target_rate, toy_source, Search
    >>> best = fit_target_rate(toy_source().p_x, 0.5, options=Search(restarts=2)).best
    >>> round(best.model.rate, 6), best.model.excess < 1e-6
    (0.5, True)
    """
    p_x = check_bins(p_x)
    target = _check_target("target_rate", target_rate, p_x)
    weight = math.inf if penalty is None else check_number("penalty", penalty, low=0.0)
    objective = Objective.target_rate(target, weight)
    return _fit(p_x, objective, codes, options, progress, smoothest)


def fit_target_distortion(
    p_x: npt.ArrayLike,
    target_distortion: float,
    *,
    codes: int = 30,
    options: Search | None = None,
    progress: Callable[[float], None] | None = None,
) -> FitResult:
    r"""Minimise R subject to D = target_distortion, in nats, in [0, H].

    Parameters, errors: as in `fit_target_rate`.

    Examples
    --------
    >>> from rdtheory import fit_target_distortion, toy_source, Search
    >>> best = fit_target_distortion(toy_source().p_x, 2.7, options=Search(restarts=2)).best
    >>> round(best.model.distortion, 6), best.gap < 1e-5
    (2.7, True)
    """
    p_x = check_bins(p_x)
    target = _check_target("target_distortion", target_distortion, p_x)
    return _fit(p_x, Objective.target_distortion(target), codes, options, progress)


def _check_target(name: str, value: float, p_x: Array) -> float:
    high = entropy(p_x)
    return check_number(name, value, low=0.0, high=high, rule=f"in [0, H = {high:.9g}] nats")


def _fit(
    p_x: Array,
    objective: Objective,
    codes: int,
    options: Search | None,
    progress: Callable[[float], None] | None,
    smoothest: bool = False,
) -> FitResult:
    options = options or Search()
    codes = check_count("codes", codes, low=2)
    rate = objective.likely_rate(entropy(p_x))
    if options.start == "auto":
        options = replace(options, start="ordered" if rate > WIDE_RATE else "trained")
    smoothing = _smoothing(p_x, codes, rate) if smoothest else []
    attempts = options.attempts if options.start == "trained" else 1

    best: dict[int, Fit] = {}
    waiting = list(range(options.restarts))
    for attempt in range(attempts):
        thetas = random_starts(p_x.size, codes, numbers=waiting, attempt=attempt, seed=options.seed)
        thetas *= options.scale
        if options.start == "ordered":
            thetas += ordered_start(p_x, codes, rate)
        tick = progress if progress and attempt == 0 else _ignore
        found = _attempt(p_x, objective, codes, options, smoothing, thetas, tick)
        for k, fit in zip(waiting, found, strict=True):
            better = fit if k not in best else min(best[k], fit, key=_merit)
            best[k] = replace(better, attempts=attempt + 1)
        waiting = [k for k in waiting if not (best[k].converged and best[k].gap <= options.gap)]
        if not waiting:
            break
    result = FitResult(tuple(best[k] for k in range(options.restarts)))
    if result.converged < options.restarts:
        warnings.warn(
            f"{options.restarts - result.converged} of {options.restarts} restarts did not "
            f"converge in rounds={options.rounds}: raise rounds, or judge them by their gap",
            RuntimeWarning,
            stacklevel=3,
        )
    return result


def _attempt(
    p_x: Array,
    objective: Objective,
    codes: int,
    options: Search,
    smoothing: list[float],
    thetas: Array,
    tick: Callable[[float], None],
) -> list[Fit]:
    """Search from all rows of `thetas` at once, in place."""
    grid = (p_x, positions(p_x.size), positions(codes))
    trained = options.start == "trained"
    schedule = _schedule(smoothing, options.rounds, keep_near=trained)
    share = 1.0 / (1 + len(schedule))
    if trained:
        _train(thetas, objective, smoothing, grid, options)
    tick(share)

    slopes = _slopes(objective, len(thetas))
    counts = np.zeros(len(thetas), dtype=np.int64)
    converged = np.zeros(len(thetas), dtype=np.bool_)
    for done, (weight, proximity) in enumerate(schedule, start=1):
        lagrangian = objective.lagrangian(smoothing=weight, proximity=proximity)
        search.polish_round(thetas, slopes, ~converged, lagrangian, *grid, ITERATIONS, counts)
        state = _State.of(thetas, objective, slopes, grid)
        slopes = np.where(converged, slopes, state.slopes)
        if weight == 0.0:
            _restore(thetas, ~converged, objective, state, grid)
            state = _State.of(thetas, objective, slopes, grid)
            converged = state.converged(objective, entropy(p_x), options.gap)
        if converged.all():
            tick(share * (len(schedule) - done + 1))
            break
        tick(share)
    return [
        _wrap(p_x, objective, thetas[k], state, k, int(counts[k]), bool(converged[k]))
        for k in range(len(thetas))
    ]


def _ignore(share: float) -> None:
    """Progress that nobody asked for."""


def _merit(fit: Fit) -> tuple[bool, bool, float]:
    """Order fits: converged ones first, then those on target, then by objective."""
    return not fit.converged, abs(fit.miss) > FEASIBLE, fit.value


@dataclass(frozen=True, eq=False)
class _State:
    """Where all restarts stand: values (S, 3), slopes (S,), largest gradient entries (S,)."""

    values: Array
    slopes: Array
    norms: Array

    @classmethod
    def of(cls, thetas: Array, objective: Objective, slopes: Array, grid: _Grid) -> "_State":
        """Evaluate all restarts, and move their slopes on by what they miss."""
        count = len(thetas)
        state = cls(np.empty((count, 3)), np.empty(count), np.empty(count))
        search.evaluate(
            thetas, slopes, objective.lagrangian(), *grid, state.values, state.slopes, state.norms
        )
        return state

    def converged(
        self, objective: Objective, source_entropy: float, gap: float
    ) -> npt.NDArray[np.bool_]:
        held, free = self.values[:, objective.held], self.values[:, 1 - objective.held]
        values = np.array([objective.value(h, f) for h, f in zip(held, free, strict=True)])
        certified = values - objective.bound(source_entropy) <= gap
        settled = certified | (self.norms <= STATIONARY)
        if objective.is_constraint:
            settled &= np.abs(held - objective.target) <= FEASIBLE
        return settled


def _slopes(objective: Objective, restarts: int) -> Array:
    """Multipliers to begin with: 1, the slope of the diagonal, or what comes nearest to it."""
    return np.full(restarts, np.clip(1.0, objective.lowest, objective.highest))


def _smoothing(p_x: Array, codes: int, rate: float) -> list[float]:
    """Return falling weights of the roughness, relative to an ordered encoder's at that rate."""
    ordered = family_model(ordered_start(p_x, codes, max(rate, 0.1)), p_x)
    unit = roughness(p_x, ordered.encoder)
    return [nats / unit for nats in SMOOTHING]


def _schedule(smoothing: list[float], rounds: int, *, keep_near: bool) -> list[tuple[float, float]]:
    """Return the rounds as pairs (smoothing, proximity); both are let go."""
    polish = [10.0 ** -min(4 + n, 9) if keep_near else 0.0 for n in range(rounds)]
    return [(weight, 0.0) for weight in smoothing] + [(0.0, proximity) for proximity in polish]


def _train(
    thetas: Array, objective: Objective, smoothing: list[float], grid: _Grid, options: Search
) -> None:
    """Run the gradient phase in place; it meets a constraint by a penalty, as the paper does."""
    lagrangian = objective.lagrangian(smoothing=smoothing[0] if smoothing else 0.0)
    if not objective.is_slope:
        lagrangian = lagrangian._replace(
            lowest=max(objective.lowest, -TRAINING_SLOPE),
            highest=min(objective.highest, TRAINING_SLOPE),
        )
    slopes = _slopes(objective, len(thetas))
    search.gradient_phase(thetas, slopes, lagrangian, *grid, options.steps, options.learning_rate)


def _restore(
    thetas: Array,
    active: npt.NDArray[np.bool_],
    objective: Objective,
    state: _State,
    grid: _Grid,
) -> None:
    """Put restarts that the objective holds to its target exactly there, if that is near."""
    inside = (objective.lowest < state.slopes) & (state.slopes < objective.highest)
    misses = np.abs(state.values[:, objective.held] - objective.target)
    for k in np.flatnonzero(active & inside & (misses > 0.0) & (misses < RESTORABLE)):
        moved = thetas[k].copy()
        miss = search.restore(moved, objective.held, objective.target, *grid, 10)
        if miss < misses[k]:
            thetas[k] = moved


def _wrap(
    p_x: Array,
    objective: Objective,
    theta: Array,
    state: _State,
    k: int,
    iterations: int,
    converged: bool,
) -> Fit:
    held, free = (float(state.values[k, q]) for q in (objective.held, 1 - objective.held))
    return Fit(
        model=family_model(theta, p_x),
        parameters=theta,
        value=objective.value(held, free),
        bound=objective.bound(entropy(p_x)),
        slope=float(state.slopes[k]),
        stationarity=float(state.norms[k]),
        miss=0.0 if objective.is_slope else held - objective.target,
        iterations=iterations,
        converged=converged,
    )
