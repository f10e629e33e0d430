r"""Time moving atoms against a gradient flow and Blahut-Arimoto, in one run, under one judge.

As `bench`, whose rows these are. Letters are samples in the plane, reproductions anywhere; every
solver's atoms are judged by the supremum over the whole plane (`rdtheory.continuous.certificate`),
the particles of a flow, too, and the letters that Blahut-Arimoto chooses among. A flow is given as
many steps as its seconds allow; particles of equal weight, and letters, have a least gap that no
time makes smaller, so that nothing is extrapolated.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist

from rdtheory.checks import Array, check_number
from rdtheory.continuous.certificate import prove
from rdtheory.continuous.newton import Atoms
from rdtheory.continuous.problem import GaussProblem
from rdtheory.continuous.solve import BOXES, solve_continuous
from rdtheory.experiments.bench import BLAHUT_ARIMOTO_GAP, Timing
from rdtheory.experiments.flow import gradient_flow, noisy_samples
from rdtheory.experiments.rivals import tuned_blahut_arimoto

Rival = Callable[[Array, float, float], Atoms]
"""(letters, beta, seconds) -> atoms."""

NAME, BETA = "300 of sphere:2:0.1, anywhere", 0.1
PARTICLES = 100
BATCH = 128
LOOSE = 1e-6
"""Of the gap that is asked for: the least that the judge tells apart in a second."""


def bench_letters() -> tuple[str, Array, float]:
    """Return the name, the letters (n, 2) and the slope of the problem."""
    return NAME, noisy_samples(2, 0.1, 300, seed=0), BETA


def run_continuous_bench(*, budget: float = 12.0, gap: float = LOOSE) -> list[dict[str, Any]]:
    """Time all solvers; return rows with the fields of `bench.Timing`.

    Parameters
    ----------
    budget : seconds that a rival may take
    gap : nats that every solver is asked for, `LOOSE` at least
    """
    check_number("budget", budget, low=1e-3)
    name, letters, beta = bench_letters()
    gap = max(gap, LOOSE)
    ours = _time_ours(name, letters, beta, gap)
    rows = [asdict(ours)]
    for rival, solver in _rivals().items():
        begun = time.process_time()
        atoms = solver(letters, beta, budget)
        spent = time.process_time() - begun
        found, ratio = judged(letters, beta, atoms, gap), spent / ours.seconds
        rows.append(asdict(Timing(name, beta, rival, gap, found, spent, ratio, False)))
    return rows


def judged(letters: Array, beta: float, atoms: Atoms, gap: float) -> float:
    """Return by how many nats atoms (j, k) are at most above the best reproduction anywhere.

    Examples
    --------
    A fair sign at beta = 2.1, half squared error: its mean is the best reproduction.

    >>> one = Atoms(np.zeros((1, 1)), np.ones(1))
    >>> judged(np.array([[-1.0], [1.0]]), 2.1, one, 1e-6) <= 1e-6
    True
    """
    p = np.full(len(letters), 1.0 / len(letters))
    return prove(GaussProblem(p, letters, 0.5 / beta), atoms, gap, BOXES).gap


def _time_ours(name: str, letters: Array, beta: float, gap: float) -> Timing:
    """Best of two, after a run that compiles."""
    solve_continuous(letters[:20], None, beta, measure="half_squared", gap=gap)
    times = []
    for _ in range(2):
        begun = time.process_time()
        point = solve_continuous(letters, None, beta, measure="half_squared", gap=gap)
        times.append(time.process_time() - begun)
    found = judged(letters, beta, Atoms(point.atoms, point.weights), gap)
    return Timing(name, beta, "rdtheory", gap, found, min(times), 1.0, False)


def _rivals() -> dict[str, Rival]:
    return {
        f"gradient flow, {PARTICLES} particles": _flow,
        "Blahut-Arimoto among letters": _among_letters,
    }


def _flow(letters: Array, beta: float, seconds: float) -> Atoms:
    """Run the flow for as many steps as fit in the seconds, by the time that some take."""
    few = 200
    gradient_flow(letters, 0.5 / beta, PARTICLES, steps=1, batch=BATCH, seed=0)  # compiles
    begun = time.process_time()
    gradient_flow(letters, 0.5 / beta, PARTICLES, steps=few, batch=BATCH, seed=0)
    each = max((time.process_time() - begun) / few, 1e-9)
    steps = max(1, math.floor(seconds / each))
    places = gradient_flow(letters, 0.5 / beta, PARTICLES, steps=steps, batch=BATCH, seed=0)
    return Atoms(places, np.full(PARTICLES, 1.0 / PARTICLES))


def _among_letters(letters: Array, beta: float, seconds: float) -> Atoms:
    """Run Blahut-Arimoto with the letters as outputs, which is what there is without atoms."""
    p = np.full(len(letters), 1.0 / len(letters))
    table = cdist(letters, letters, "sqeuclidean") / 2.0
    r = tuned_blahut_arimoto(p, table, beta, BLAHUT_ARIMOTO_GAP, seconds)
    used = r > 0.0
    return Atoms(letters[used], r[used])
