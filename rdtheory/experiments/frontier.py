"""The `frontier` command as a library call: solve a named problem, return plain numbers."""

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rdtheory.solver.frontier import solve_frontier
from rdtheory.solver.slope import GAP, RDPoint
from rdtheory.solver.slopes import solve_slopes
from rdtheory.solver.targets import solve_distortion, solve_rate
from rdtheory.sources.textbook import Source

NUMBERS = 4_000_000
"""Most numbers of channels in a file of results, some 80 MB."""


def run_frontier(
    source: Source,
    *,
    betas: Sequence[float] | None = None,
    rate: float | None = None,
    distortion: float | None = None,
    gap: float = GAP,
    width: float | None = None,
    max_points: int = 500,
    channel: bool = False,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """Solve at slopes, at a rate, at a distortion, or, with none of them, the whole curve.

    Returns what the command writes: `points`, each a dict of `beta` (None at rate 0, where it is
    infinite), `rate`, `distortion`, `gap`, `support`, `masses`, `iterations`, `converged`,
    `segment`, a `note` where there is one, and with `channel` the rows of q(y|x), a column for each
    output of `support`; `max_gap`; `width`, None without a curve;
    `closed_form_error` in nats (see the function) with `closed_form_exact`, None where no closed
    form is known; `outputs`; `seconds_solve`.

    Examples
    --------
    >>> from rdtheory.sources.textbook import bernoulli
    >>> found = run_frontier(bernoulli(0.3), betas=[0.2, 0.5])
    >>> found["max_gap"] <= 1e-9, found["closed_form_error"] <= 1e-8
    (True, True)
    """
    begun = time.perf_counter()
    reached = None
    if betas is not None:
        points = list(solve_slopes(source, betas, gap=gap, progress=progress))
    elif rate is not None:
        points = [solve_rate(source, rate, gap=gap)]
    elif distortion is not None:
        points = [solve_distortion(source, distortion, gap=gap)]
    else:
        curve = solve_frontier(
            source, gap=gap, width=width, max_points=max_points, progress=progress
        )
        points, reached = list(curve.points), curve.width
    seconds = time.perf_counter() - begun
    numbers = source.p_x.size * sum(point.support.size for point in points)
    if channel and numbers > NUMBERS:
        raise ValueError(
            f"channel must have at most {NUMBERS} numbers over all points, got {numbers}: "
            "ask for fewer points"
        )
    return {
        "source": source.name,
        "points": [_as_dict(point, channel=channel) for point in points],
        "max_gap": max(point.gap for point in points),
        "width": reached,
        "closed_form_error": closed_form_error(source, points),
        "closed_form_exact": source.exact if source.closed_form else None,
        "outputs": source.outputs.tolist(),
        "seconds_solve": seconds,
    }


def closed_form_error(source: Source, points: Sequence[RDPoint]) -> float | None:
    """Return the largest |R - closed form of D| over points, or None where there is none.

    Where the closed form is that of a continuous source, points whose error is finer than three
    steps of the grid, or than what the source says, are left out: there the grid is a source of
    its own.
    """
    if source.closed_form is None:
        return None
    least = source.near or 0.0
    if not source.exact and source.near is None:
        steps = 3.0 * float(np.diff(source.letters).min())
        least = steps**2 if source.measure == "squared" else steps
    kept = [point for point in points if point.distortion >= least]
    errors = [abs(point.rate - source.closed_form(point.distortion)) for point in kept]
    return max((error for error in errors if math.isfinite(error)), default=0.0)


def _as_dict(point: RDPoint, *, channel: bool) -> dict[str, Any]:
    return {
        "beta": point.beta if math.isfinite(point.beta) else None,
        "rate": point.rate,
        "distortion": point.distortion,
        "gap": point.gap,
        "support": point.support.tolist(),
        "masses": point.marginal[point.support].tolist(),
        "iterations": point.iterations,
        "converged": point.converged,
        "segment": point.segment,
        **({"note": point.note} if point.note else {}),
        **({"channel": point.support_channel.tolist()} if channel else {}),
    }
