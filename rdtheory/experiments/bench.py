r"""Time the exact solver against its rivals on the same problems, in one run, under one judge.

Times are seconds of processor time, all threads together, after compilation; every solver's
marginal is judged by `certify`, whatever the solver says of itself. Blahut-Arimoto approaches its
limit like a power of time, so where it does not reach a gap within its budget, the time that it
would need is extrapolated from the gaps after half of the budget and after all of it, and said so.
"""

import importlib.util
import math
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rdtheory.checks import Array, check_number
from rdtheory.experiments.rivals import (
    cvxpy_clarabel,
    dense_interior_point,
    plain_blahut_arimoto,
    tuned_blahut_arimoto,
)
from rdtheory.solver.blahut_arimoto import blahut_arimoto
from rdtheory.solver.certificate import certify
from rdtheory.solver.slope import solve_slope
from rdtheory.sources.textbook import Source, bernoulli, gaussian, laplace, uniform

Rival = Callable[[Array, Array, float, float, float], Array]
"""(p_x, distortion, beta, gap, seconds) -> marginal."""

PROBLEMS: tuple[tuple[Source, float], ...] = (
    (gaussian(1000), 1 / 3),
    (laplace(200), 0.2),
    (uniform(160), 4.0),
    (bernoulli(0.3), 0.9999 / math.log(7 / 3)),
)
"""Problems with their slopes; the last is a hair below the critical one."""

BLAHUT_ARIMOTO_GAP = 1e-6
"""The gap that the tuned Blahut-Arimoto is asked for, a thousand times the others'."""


@dataclass(frozen=True)
class Timing:
    """One solver on one problem.

    `seconds` of processor time led to the certified `gap`; `ratio` is `seconds` over ours. Where
    `extrapolated`, the asked gap was not reached in the budget and `seconds` is an estimate for it.
    A channel has no `beta`.
    """

    problem: str
    beta: float | None
    solver: str
    asked: float
    gap: float
    seconds: float
    ratio: float
    extrapolated: bool


def run_bench(
    problems: Sequence[tuple[Source, float]] = PROBLEMS,
    *,
    budget: float = 12.0,
    gap: float = 1e-9,
    progress: Callable[[float], None] | None = None,
) -> list[dict[str, Any]]:
    """Time all solvers on all problems; return rows with the fields of `Timing`.

    Parameters
    ----------
    problems : sources with their slopes
    budget : seconds that a rival may take on a problem
    gap : nats that every solver but Blahut-Arimoto is asked for

    Examples
    --------
    >>> rows = run_bench([(bernoulli(0.3), 0.5)], budget=0.1)
    >>> rows[0]["solver"], rows[0]["gap"] <= 1e-9
    ('rdtheory', True)
    """
    check_number("budget", budget, low=1e-3)
    rows = []
    rivals = _rivals()
    for source, beta in problems:
        ours = _time_ours(source, beta, gap)
        rows.append(asdict(ours))
        for name, (rival, asked) in rivals.items():
            rows.append(asdict(_time_rival(name, rival, source, beta, asked or gap, budget, ours)))
            if progress:
                progress(1.0 / len(problems) / len(rivals))
    return rows


def _rivals() -> dict[str, tuple[Rival, float | None]]:
    """Every rival that is installed, with the gap that it is asked for where that is its own."""
    rivals: dict[str, tuple[Rival, float | None]] = {
        "interior point": (dense_interior_point, None),
        "Blahut-Arimoto, ours": (_our_blahut_arimoto, BLAHUT_ARIMOTO_GAP),
        "Blahut-Arimoto, tuned": (tuned_blahut_arimoto, BLAHUT_ARIMOTO_GAP),
        "Blahut-Arimoto, plain": (plain_blahut_arimoto, BLAHUT_ARIMOTO_GAP),
    }
    if importlib.util.find_spec("cvxpy"):
        rivals["cvxpy, Clarabel"] = (cvxpy_clarabel, None)
    if importlib.util.find_spec("dit"):
        rivals["dit"] = (_dit, BLAHUT_ARIMOTO_GAP)
    return rivals


def _time_ours(source: Source, beta: float, gap: float) -> Timing:
    """Best of three, after a run that compiles."""
    solve_slope(source.p_x, source.distortion, beta, gap=gap)
    times = []
    for _ in range(3):
        begun = time.process_time()
        point = solve_slope(source.p_x, source.distortion, beta, gap=gap)
        times.append(time.process_time() - begun)
    judged = certify(source.p_x, source.distortion, beta, point.marginal).gap
    return Timing(source.name, beta, "rdtheory", gap, judged, min(times), 1.0, False)


def _time_rival(
    name: str, rival: Rival, source: Source, beta: float, asked: float, budget: float, ours: Timing
) -> Timing:
    def run(seconds: float) -> tuple[float, float]:
        return run_rival(rival, source, beta, asked, seconds)

    return timing_of(run, name, asked, budget, ours)


def timing_of(
    run: Callable[[float], tuple[float, float]], name: str, asked: float, budget: float,
    ours: Timing,
) -> Timing:  # fmt: skip
    """Return the timing of a rival whose `run` of so many seconds gives its gap and its time."""
    found, seconds = run(budget)
    estimate, extrapolated = seconds, False
    if found > asked and "Blahut-Arimoto" in name:
        earlier, half = run(budget / 2)
        if 0.0 < found < earlier and half < seconds:
            power = math.log(earlier / found) / math.log(seconds / half)
            estimate, extrapolated = seconds * (found / asked) ** (1 / power), True
    ratio = estimate / ours.seconds
    return Timing(ours.problem, ours.beta, name, asked, found, estimate, ratio, extrapolated)


def run_rival(
    rival: Rival, source: Source, beta: float, asked: float, budget: float
) -> tuple[float, float]:
    """Return the gap that `certify` finds of a rival, and the seconds that were spent."""
    begun = time.process_time()
    marginal = rival(source.p_x, source.distortion, beta, asked, budget)
    seconds = time.process_time() - begun
    return certify(source.p_x, source.distortion, beta, marginal).gap, seconds


def _our_blahut_arimoto(
    p_x: Array, distortion: Array, beta: float, gap: float, seconds: float
) -> Array:
    """Run textbook Blahut-Arimoto in slices that double, since it knows no clock."""
    stop, marginal, steps = time.process_time() + seconds, None, 16
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of the cap on a slice
            found = blahut_arimoto(
                p_x, distortion, beta, gap=gap, max_iterations=steps, marginal=marginal
            )
        if found.converged or time.process_time() >= stop:
            return found.marginal
        marginal, steps = found.marginal, 2 * steps


def _dit(p_x: Array, distortion: Array, beta: float, gap: float, seconds: float) -> Array:
    """Run dit with 3 of its 100 random starts: the problem is convex, so more only take longer."""
    from dit.rate_distortion.blahut_arimoto import blahut_arimoto as dit_blahut_arimoto

    if distortion.shape[0] != distortion.shape[1]:
        raise ValueError("dit takes square distortions only")
    _, joint = dit_blahut_arimoto(
        np.asarray(p_x), 1.0 / (beta * math.log(2.0)), lambda p, q: distortion, restarts=3
    )
    marginal = np.nan_to_num(joint.sum(axis=0))
    return marginal / marginal.sum()
