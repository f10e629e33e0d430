"""All restarts of a fit, side by side: starts, a gradient phase, rounds of L-BFGS, new attempts."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array, check_count
from rdtheory.information import entropy
from rdtheory.toy import search
from rdtheory.toy.family import family_model, positions, roughness
from rdtheory.toy.fitted import FEASIBLE, Fit, FitResult, merit
from rdtheory.toy.objective import Objective
from rdtheory.toy.options import Search
from rdtheory.toy.starts import ordered_start, random_starts

STATIONARY = 1e-6
"""Largest gradient entry of a converged fit whose gap the family does not let close."""

TRAINING_SLOPE = 4.0  # the gradient phase uses the paper's penalty of this weight, smoothed
ITERATIONS = 600  # of L-BFGS in one round
SMOOTHING = (0.06, 0.006, 0.0006)  # nats that the roughness of an ordered encoder may cost
RESTORABLE = 0.01  # nats off target from which a step back changes little else
WIDE_RATE = 1.0  # nats; above, an ordered start finds models that a small random one misses

_Grid = tuple[Array, Array, Array]  # p_x, positions of the bins, positions of the codes


def fit_restarts(
    p_x: Array,
    objective: Objective,
    codes: int,
    options: Search | None,
    progress: Callable[[float], None] | None,
    *,
    smoothest: bool = False,
) -> FitResult:
    """Run every restart, begin the unsettled ones again, and warn where some do not converge."""
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
        found = _from_starts(p_x, objective, codes, options, smoothing, thetas, tick)
        for k, fit in zip(waiting, found, strict=True):
            better = fit if k not in best else min(best[k], fit, key=merit)
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


def _from_starts(
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

    slopes = _first_slopes(objective, len(thetas))
    counts = np.zeros(len(thetas), dtype=np.int64)
    converged = np.zeros(len(thetas), dtype=np.bool_)
    for done, (weight, proximity) in enumerate(schedule, start=1):
        lagrangian = objective.lagrangian(smoothing=weight, proximity=proximity)
        search.polish_round(thetas, slopes, ~converged, lagrangian, *grid, ITERATIONS, counts)
        state = _Standing.of(thetas, objective, slopes, grid)
        slopes = np.where(converged, slopes, state.slopes)
        if weight == 0.0:
            _restore(thetas, ~converged, objective, state, grid)
            state = _Standing.of(thetas, objective, slopes, grid)
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


@dataclass(frozen=True, eq=False)
class _Standing:
    """Where all restarts stand: values (S, 3), slopes (S,), largest gradient entries (S,)."""

    values: Array
    slopes: Array
    norms: Array

    @classmethod
    def of(cls, thetas: Array, objective: Objective, slopes: Array, grid: _Grid) -> "_Standing":
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
        """Say which restarts are on target, with a gap that is small or a gradient that is."""
        held, free = self.values[:, objective.held], self.values[:, 1 - objective.held]
        values = np.array([objective.value(h, f) for h, f in zip(held, free, strict=True)])
        certified = values - objective.bound(source_entropy) <= gap
        settled = certified | (self.norms <= STATIONARY)
        if objective.is_constraint:
            settled &= np.abs(held - objective.target) <= FEASIBLE
        return settled


def _first_slopes(objective: Objective, restarts: int) -> Array:
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
    slopes = _first_slopes(objective, len(thetas))
    search.gradient_phase(thetas, slopes, lagrangian, *grid, options.steps, options.learning_rate)


def _restore(
    thetas: Array,
    active: npt.NDArray[np.bool_],
    objective: Objective,
    state: _Standing,
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
    state: _Standing,
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
