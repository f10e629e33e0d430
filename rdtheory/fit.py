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
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from rdtheory import search
from rdtheory.checks import Array, check_choice, check_count, check_number, check_pmf
from rdtheory.family import DISTORTION, RATE, family_model, parameter_count, positions, roughness
from rdtheory.information import entropy, mutual_information
from rdtheory.model import Model

FEASIBLE = 1e-6
"""Nats by which a converged fit may miss its target."""
STATIONARY = 1e-6
"""Largest gradient entry of a converged fit whose gap the family does not let close."""

CURVATURE = 10.0  # of the augmented Lagrangian, per nat: a miss of 0.1 nat moves the slope by 1
TRAINING_SLOPE = 4.0  # the gradient phase uses the paper's penalty of this weight, smoothed
ITERATIONS = 600  # of L-BFGS in one round
SMOOTHING = (0.06, 0.006, 0.0006)  # nats that the roughness of an ordered encoder may cost
RESTORABLE = (
    0.01  # nats off a target from which a Newton step along its gradient changes little else
)
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
    start: str = "auto"
    scale: float = 0.01
    steps: int = 2000
    learning_rate: float = 0.01

    def __post_init__(self) -> None:
        check_count("restarts", self.restarts)
        check_count("seed", self.seed, low=0)
        check_count("rounds", self.rounds)
        check_number("gap", self.gap, low=0.0)
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
    miss : nats between the held quantity and its target; 0 where nothing is held
    iterations : L-BFGS iterations
    converged : on target, and with a gap below the asked one or a gradient that vanishes
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
        """The converged restart of least objective, or the least of all where none converged."""
        return min(self.fits, key=lambda fit: (not fit.converged, fit.value))

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
    p_x = check_pmf("p_x", p_x)
    beta = check_number("beta", beta, low=0.0)
    return _fit(p_x, _Objective(RATE, 0.0, beta, beta), codes, options, progress)


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
    p_x = check_pmf("p_x", p_x)
    target = _check_target("target_rate", target_rate, p_x)
    weight = math.inf if penalty is None else check_number("penalty", penalty, low=0.0)
    objective = _Objective(RATE, target, -weight, weight)
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
    p_x = check_pmf("p_x", p_x)
    target = _check_target("target_distortion", target_distortion, p_x)
    return _fit(p_x, _Objective(DISTORTION, target, -math.inf, math.inf), codes, options, progress)


@dataclass(frozen=True)
class _Objective:
    """Q_free + max over lowest <= a <= highest of a (Q_held - target)."""

    held: int
    target: float
    lowest: float
    highest: float

    @property
    def is_slope(self) -> bool:
        return self.lowest == self.highest

    @property
    def is_constraint(self) -> bool:
        return math.isinf(self.highest)

    def value(self, held: float, free: float) -> float:
        miss = held - self.target
        slope = self.highest if miss > 0 else self.lowest
        return free + (slope * miss if math.isfinite(slope) else 0.0)

    def bound(self, source_entropy: float) -> float:
        """Least value that any model of the source has: it is taken on the diagonal."""
        return min(value for value, _ in self._corners(source_entropy))

    def likely_rate(self, source_entropy: float) -> float:
        """Rate of that least value; the lowest such rate where the diagonal is flat."""
        least = self.bound(source_entropy) + 1e-12
        held = next(held for value, held in self._corners(source_entropy) if value <= least)
        return held if self.held == RATE else source_entropy - held

    def _corners(self, source_entropy: float) -> list[tuple[float, float]]:
        """Pairs (value, Q_held) where the objective bends on the diagonal Q_free = H - Q_held."""
        corners = (self.target,) if self.is_constraint else (0.0, self.target, source_entropy)
        return [(self.value(held, source_entropy - held), held) for held in corners]


def _check_target(name: str, value: float, p_x: Array) -> float:
    high = entropy(p_x)
    return check_number(name, value, low=0.0, high=high, rule=f"in [0, H = {high:.9g}] nats")


def _fit(
    p_x: Array,
    objective: _Objective,
    codes: int,
    options: Search | None,
    progress: Callable[[float], None] | None,
    smoothest: bool = False,
) -> FitResult:
    options = options or Search()
    codes = check_count("codes", codes, low=2)
    grid = (p_x, positions(p_x.size), positions(codes))
    smoothing = _smoothing(p_x, objective, codes) if smoothest else ()
    lagrangian = search.Lagrangian(
        held=objective.held,
        target=objective.target,
        curvature=0.0 if objective.is_slope else CURVATURE,
        lowest=objective.lowest,
        highest=objective.highest,
        smoothing=smoothing[0] if smoothing else 0.0,
        proximity=0.0,
    )
    start = _choose_start(options, objective.likely_rate(entropy(p_x)))
    schedule = _schedule(options.rounds, start, smoothing)
    share = 1.0 / (1 + len(schedule))
    thetas = _starts(p_x, objective, codes, options, start)
    multipliers = np.full(options.restarts, np.clip(1.0, objective.lowest, objective.highest))
    if start == "trained":
        training = lagrangian if objective.is_slope else _train_by_penalty(lagrangian)
        search.gradient_phase(
            thetas, multipliers, training, *grid, options.steps, options.learning_rate
        )
    if progress:
        progress(share)

    counts = np.zeros(options.restarts, dtype=np.int64)
    converged = np.zeros(options.restarts, dtype=np.bool_)
    for done, (weight, proximity) in enumerate(schedule, start=1):
        lagrangian = lagrangian._replace(smoothing=weight, proximity=proximity)
        search.polish_round(thetas, multipliers, ~converged, lagrangian, *grid, ITERATIONS, counts)
        plain = lagrangian._replace(smoothing=0.0, proximity=0.0)
        state = _State.of(thetas, multipliers, plain, grid)
        multipliers = state.slopes
        if weight == 0.0:
            _restore(thetas, objective, state, grid)
            state = _State.of(thetas, multipliers, plain, grid)
            converged = state.converged(objective, entropy(p_x), options.gap)
        finished = bool(converged.all())
        if progress:
            progress(share * (len(schedule) - done + 1) if finished else share)
        if finished:
            break
    else:
        warnings.warn(
            f"{int((~converged).sum())} of {options.restarts} restarts did not converge in "
            f"rounds={options.rounds}: raise rounds, or judge them by their gap",
            RuntimeWarning,
            stacklevel=3,
        )
    bound = objective.bound(entropy(p_x))
    held, free = objective.held, 1 - objective.held
    return FitResult(
        tuple(
            Fit(
                model=family_model(thetas[k], p_x),
                parameters=thetas[k],
                value=float(objective.value(state.values[k, held], state.values[k, free])),
                bound=bound,
                slope=float(state.slopes[k]),
                stationarity=float(state.norms[k]),
                miss=0.0 if objective.is_slope else float(state.values[k, held] - objective.target),
                iterations=int(counts[k]),
                converged=bool(converged[k]),
            )
            for k in range(options.restarts)
        )
    )


@dataclass(frozen=True, eq=False)
class _State:
    """Where all restarts stand: values (S, 3), slopes (S,), largest gradient entries (S,)."""

    values: Array
    slopes: Array
    norms: Array

    @classmethod
    def of(
        cls, thetas: Array, multipliers: Array, lagrangian: search.Lagrangian, grid: _Grid
    ) -> "_State":
        count = len(thetas)
        state = cls(np.empty((count, 3)), np.empty(count), np.empty(count))
        search.evaluate(
            thetas, multipliers, lagrangian, *grid, state.values, state.slopes, state.norms
        )
        return state

    def converged(
        self, objective: _Objective, source_entropy: float, gap: float
    ) -> npt.NDArray[np.bool_]:
        held, free = self.values[:, objective.held], self.values[:, 1 - objective.held]
        values = np.array([objective.value(h, f) for h, f in zip(held, free, strict=True)])
        certified = values - objective.bound(source_entropy) <= gap
        settled = certified | (self.norms <= STATIONARY)
        if objective.is_constraint:
            settled &= np.abs(held - objective.target) <= FEASIBLE
        return settled


def _smoothing(p_x: Array, objective: _Objective, codes: int) -> tuple[float, ...]:
    """Return falling weights of the roughness, relative to an ordered encoder's at that rate."""
    rate = max(objective.likely_rate(entropy(p_x)), 0.1)
    unit = roughness(p_x, family_model(_ordered(p_x, codes, rate), p_x).encoder)
    return tuple(nats / unit for nats in SMOOTHING)


def _choose_start(options: Search, rate: float) -> str:
    if options.start == "auto":
        return "ordered" if rate > WIDE_RATE else "trained"
    return options.start


def _schedule(rounds: int, start: str, smoothing: tuple[float, ...]) -> list[tuple[float, float]]:
    """Return the rounds as pairs (smoothing, proximity); both are let go."""
    smooth = [(weight, 0.0) for weight in smoothing]
    if start == "trained":
        return smooth + [(0.0, 10.0 ** -min(4 + n, 9)) for n in range(rounds)]
    return smooth + [(0.0, 0.0)] * rounds


def _train_by_penalty(lagrangian: search.Lagrangian) -> search.Lagrangian:
    return lagrangian._replace(
        lowest=max(lagrangian.lowest, -TRAINING_SLOPE),
        highest=min(lagrangian.highest, TRAINING_SLOPE),
    )


def _restore(thetas: Array, objective: _Objective, state: _State, grid: _Grid) -> None:
    """Put restarts that the objective holds to its target exactly there, if that is near."""
    inside = (objective.lowest < state.slopes) & (state.slopes < objective.highest)
    misses = np.abs(state.values[:, objective.held] - objective.target)
    for k in np.flatnonzero(inside & (misses > 0.0) & (misses < RESTORABLE)):
        moved = thetas[k].copy()
        miss = search.restore(moved, objective.held, objective.target, *grid, 10)
        if miss < misses[k]:
            thetas[k] = moved


def _starts(p_x: Array, objective: _Objective, codes: int, options: Search, start: str) -> Array:
    """Draw the parameter vectors (S, P) that the restarts begin with."""
    seeds = np.random.SeedSequence(options.seed).spawn(options.restarts)
    size = parameter_count(p_x.size, codes)
    starts = options.scale * np.array(
        [np.random.default_rng(seed).standard_normal(size) for seed in seeds]
    )
    if start == "ordered":
        starts += _ordered(p_x, codes, objective.likely_rate(entropy(p_x)))
    return starts


def _ordered(p_x: Array, codes: int, rate: float) -> Array:
    """Parameters whose code i begins at position i, as sharp as gives I(X; Z) = rate."""
    x, z = positions(p_x.size), positions(codes)

    def at(sharpness: float) -> Array:
        v, w = np.full(codes, sharpness), np.full(p_x.size, sharpness)
        return np.concatenate([v, sharpness * z, w, sharpness * x, np.zeros(codes)])

    def information(sharpness: float) -> float:
        return mutual_information(p_x, family_model(at(sharpness), p_x).encoder)

    sharpest = 10.0 * max(p_x.size, codes)
    if rate >= information(sharpest):
        return at(sharpest)
    return at(brentq(lambda s: information(s) - max(rate, 1e-3), 1e-3, sharpest))
