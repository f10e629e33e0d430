r"""What a slope costs as the alphabet grows: the solver in three ways, beside Blahut-Arimoto.

The source is `gaussian(n)`, n letters on a grid, under squared error. Its reproductions are the
letters, whose distortion is a table or a function of coordinates that makes none, or anywhere on
the line, as moving atoms. Seconds are of processor time, after compilation and after the table has
been made; the tuned Blahut-Arimoto is given a budget on the same table, and what it would need
beyond that is extrapolated as in `bench`, whose rows these are. Where there is a table `certify`
judges; without one the gap is the solver's own certificate.
"""

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from rdtheory.checks import check_beta, check_count, check_number
from rdtheory.continuous.solve import solve_continuous
from rdtheory.experiments.bench import Timing, run_rival, timing_of
from rdtheory.experiments.rivals import tuned_blahut_arimoto
from rdtheory.solver.certificate import certify
from rdtheory.solver.gibbs import Coordinates
from rdtheory.solver.point import SlopePoint
from rdtheory.solver.slope import RDPoint, check_gap, solve_slope
from rdtheory.sources.scalar import gaussian
from rdtheory.sources.source import LETTERS, Source

GAP, BETA = 1e-6, 1.0 / 3.0
BUDGET = 20.0
"""Seconds."""

SIZES = (100, 316, 1_000, 3_162, 10_000, 20_000, 31_623, 100_000, 316_228, LETTERS)
WITH_TABLE = 5_000
"""Most letters of a table; judging one takes some of them, of 8 n^2 bytes."""
WITHOUT_TABLE = 20_000
"""Most letters of which each meets each, again and again."""

TABLE, COORDINATES, ATOMS = "rdtheory, table", "rdtheory, no table", "rdtheory, moving atoms"
RIVAL = "Blahut-Arimoto, tuned"

ENOUGH = 1.0
"""Seconds of two solves, after which there is no third."""


def run_scale(
    *,
    beta: float = BETA,
    largest: int = LETTERS,
    budget: float = BUDGET,
    gap: float = GAP,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """Time every way on every alphabet of `SIZES` that has at most so many letters and fits.

    Parameters
    ----------
    beta : slope, of the normal of variance 1
    largest : letters, from 100 to a million
    budget : seconds that Blahut-Arimoto may take on each alphabet
    gap : nats that all are asked for

    Returns
    -------
    `asked`, `beta`, and `timings`, rows with the fields of `bench.Timing` and `letters`.

    Raises
    ------
    ValueError
        where an argument is out of its range.

    Examples
    --------
    >>> found = run_scale(largest=100, budget=0.05)
    >>> [row["solver"] for row in found["timings"]]  # doctest: +NORMALIZE_WHITESPACE
    ['rdtheory, table', 'rdtheory, no table', 'rdtheory, moving atoms', 'Blahut-Arimoto, tuned']
    >>> max(row["gap"] for row in found["timings"][:3]) <= 1e-6
    True
    """
    beta, gap = check_beta(beta), check_gap(gap)
    largest = check_count("largest", largest, low=SIZES[0])
    budget = check_number("budget", budget, low=1e-3)
    for way in (_with_table, _without_table, _with_atoms):  # compiles
        way(gaussian(SIZES[0] // 2), beta, gap)()
    rows = []
    sizes = [size for size in SIZES if size <= largest]
    for size in sizes:
        timings = _of_size(gaussian(size), beta, gap, budget)
        rows += [{"letters": size, **asdict(timing)} for timing in timings]
        if progress:
            progress(1.0 / len(sizes))
    return {"asked": gap, "beta": beta, "timings": rows}


Way = Callable[[], SlopePoint]
"""Solves the problem."""


def _of_size(source: Source, beta: float, gap: float, budget: float) -> list[Timing]:
    """Time every way that fits a source; ratios are to the first."""
    ways = {ATOMS: _with_atoms}
    if source.p_x.size <= WITHOUT_TABLE:
        ways = {COORDINATES: _without_table} | ways
    if source.p_x.size <= WITH_TABLE:
        ways = {TABLE: _with_table} | ways
    rows: list[Timing] = []
    for name, way in ways.items():
        point, seconds = _timed(way(source, beta, gap))
        found = point.gap
        if isinstance(point, RDPoint) and name == TABLE:
            found = certify(source.p_x, source.distortion, beta, point.marginal).gap
        ratio = seconds / rows[0].seconds if rows else 1.0
        rows.append(Timing(source.name, beta, name, gap, found, seconds, ratio, False))
    if TABLE in ways:

        def run(limit: float) -> tuple[float, float]:
            return run_rival(tuned_blahut_arimoto, source, beta, gap, limit)

        rows.append(timing_of(run, RIVAL, gap, budget, rows[0]))
    return rows


def _timed(way: Way) -> tuple[SlopePoint, float]:
    """Return the point of a way and its seconds, the best of two, and of three where they are few.

    The first time may compile what no smaller alphabet has called for.
    """
    times: list[float] = []
    while len(times) < 2 or (len(times) < 3 and sum(times) < ENOUGH):
        begun = time.process_time()
        point = way()
        times.append(time.process_time() - begun)
    return point, min(times)


def _with_table(source: Source, beta: float, gap: float) -> Way:
    table = source.distortion
    return lambda: solve_slope(source.p_x, table, beta, gap=gap)


def _without_table(source: Source, beta: float, gap: float) -> Way:
    made = Coordinates(source.letters, source.outputs, "squared")
    return lambda: solve_slope(source.p_x, made, beta, gap=gap)


def _with_atoms(source: Source, beta: float, gap: float) -> Way:
    return lambda: solve_continuous(source.letters, source.p_x, beta, gap=gap)
