r"""What the page of the `explore` command shows of a source: points, certificates, iterates.

A curve at some hundred slopes, its critical slopes among them. At each the solver's point, and what
the Blahut-Arimoto algorithm has after some numbers of iterations, both certified.
"""

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rdtheory.checks import check_count
from rdtheory.solver.blahut_arimoto import blahut_arimoto
from rdtheory.solver.critical import critical_slope
from rdtheory.solver.curve import Frontier
from rdtheory.solver.frontier import solve_frontier
from rdtheory.solver.gibbs import Indices
from rdtheory.solver.slope import RDPoint, solve_slope
from rdtheory.sources.source import Source

LETTERS = 400
"""Most letters, and outputs, that a page shows: Blahut-Arimoto takes n m numbers an iteration."""

FEW = 32
"""Letters up to which the slider goes nearly to the least distortion. A finer grid stands for a
continuous source, of which it knows nothing where D is finer than its steps."""

ATOMS = 12
"""Most groups of neighbours on a line whose comings and goings are looked for."""

ITERATIONS = (0, 1, 2, 3, 5, 8, 12, 20, 32, 50, 80, 125, 200, 320, 500, 800)
SELDOM = (0, 1, 3, 10, 30, 100, 300)
"""After how many Blahut-Arimoto is looked at, of few letters and of more."""

GAP = 1e-11
"""Nats within which points are solved: so fine that an output of 1e-5 is told from none."""

Progress = Callable[[float], None] | None


def check_source(source: Source) -> Source:
    """Return a source that a page can show; `ValueError` where it has too many letters."""
    for name, count in (("letters", source.p_x.size), ("outputs", len(source.outputs))):
        if count > LETTERS:
            raise ValueError(f"source must have at most {LETTERS} {name}, got {count}")
    return source


def check_slopes(source: Source, slopes: int | None) -> int:
    """Return a number of slopes, by default 160 or 100; a page has room for 40,000 masses."""
    if slopes is None:
        return 160 if source.p_x.size <= FEW else 100
    most = min(300, 40_000 // len(source.outputs))
    if not 2 <= check_count("slopes", slopes) <= most:
        raise ValueError(f"slopes must be an integer from 2 to {most}, got {slopes}")
    return slopes


def explore_source(
    source: Source, *, slopes: int | None = None, progress: Progress = None
) -> dict[str, Any]:
    r"""Solve a source at slopes spaced evenly in the logarithm, and at its critical slopes.

    Parameters
    ----------
    source : of `LETTERS` letters and outputs at most
    slopes : how many, besides the critical ones, see `check_slopes`
    progress : called with the share of the work newly done

    Returns
    -------
    What the source is (`name`, `measure`, `p_x`, `letters`, `outputs`); `curve`, the two bounds at
    some rates; `iterations`; and `steps` by rising slope. Each has `beta`, `rate`, `distortion`,
    `value` = D + beta R, its lower `bound`, `gap`, `steps` of the solver, `support`, `masses`, the
    rows of q(y|x) in use as `channel`, whether it is `critical`, and as `iterates` what
    Blahut-Arimoto has after each of `iterations`: lists of `rate`, `distortion`, `gap` and
    `marginal`. All in nats and units of distortion.

    Raises
    ------
    ValueError
        where the source is too large, or one output serves all: then there is no curve.

    Examples
    --------
    >>> from rdtheory.sources import bernoulli
    >>> found = explore_source(bernoulli(0.3), slopes=3)
    >>> [step["critical"] for step in found["steps"]], len(found["steps"][0]["iterates"]["gap"])
    ([False, False, True, False], 16)
    """
    check_source(source)
    slopes = check_slopes(source, slopes)
    looks = ITERATIONS if source.p_x.size <= FEW else SELDOM
    curve = solve_frontier(source)
    if len(curve.points) == 1:
        raise ValueError(f"source must have a curve, got {source.name}: one output serves all")
    points = [solve_slope(source, beta, gap=GAP) for beta in _slopes(source, curve, slopes)]
    critical = _critical(source, points)
    points = sorted((*points, *critical), key=lambda point: point.beta)
    steps = []
    for point in points:
        here = any(point is one for one in critical)
        step = _step(point) | {"critical": here, "iterates": _iterates(source, point.beta, looks)}
        steps.append(step)
        if progress:
            progress(1.0 / len(points))
    return {
        "name": source.name,
        "measure": source.measure if isinstance(source.measure, str) else "function",
        "p_x": source.p_x.tolist(),
        "letters": source.letters.tolist(),
        "outputs": source.outputs.tolist(),
        "curve": _bounds(curve),
        "iterations": list(looks),
        "steps": steps,
    }


def _slopes(source: Source, curve: Frontier, count: int) -> list[float]:
    """Return slopes from a rate near the greatest to one of 0, or near it."""
    first, last = curve.points[0].rate, curve.points[-1].rate
    share = 0.97 if source.p_x.size <= FEW else 0.45
    inside = [point for point in curve.points if 0.0 < point.beta < math.inf]
    near = [point.beta for point in inside if point.rate - first <= share * (last - first)]
    low = min(near, default=min(point.beta for point in inside))
    high = 1.25 * critical_slope(source)
    if not math.isfinite(high):
        near = [point.beta for point in inside if point.rate - first <= 0.02 * (last - first)]
        high = min(near, default=max(point.beta for point in inside))
    return [float(beta) for beta in np.geomspace(min(low, high / 4.0), high, count)]


def _critical(source: Source, points: Sequence[RDPoint]) -> list[RDPoint]:
    """Return points at the slopes where an output appears or goes, nearly to the last digit.

    On a line an output is a group of neighbours, as a grid has it; where groups grow wide or many
    the grid is too coarse to tell.
    """
    on_line = source.measure in ("squared", "absolute") and source.outputs.ndim == 1
    found, first = [], critical_slope(source)
    for right, left in zip(points[::-1], points[-2::-1], strict=False):
        if right.rate == 0.0 < left.rate and math.isfinite(first):
            found.append(solve_slope(source, first, gap=GAP))
            continue
        groups = _groups(left.support, on_line=on_line)
        if on_line and (max(map(len, groups)) > 3 or len(groups) > ATOMS):
            break
        many = len(_groups(right.support, on_line=on_line))
        if len(groups) == many:
            continue
        low, high = left.beta, right.beta
        while high / low > 1.0 + 1e-7:
            middle = math.sqrt(low * high)
            point = solve_slope(source, middle, gap=GAP)
            same = len(_groups(point.support, on_line=on_line)) == many
            low, high = (low, middle) if same else (middle, high)
        found.append(solve_slope(source, high, gap=GAP))
    return found


def _groups(support: Indices, *, on_line: bool) -> list[Indices]:
    """Return outputs in use, those that are neighbours on a line together."""
    apart = np.diff(support) > 1 if on_line else np.ones(support.size - 1, bool)
    return np.split(support, np.flatnonzero(apart) + 1)


def _step(point: RDPoint) -> dict[str, Any]:
    return {
        "beta": point.beta,
        "rate": point.rate,
        "distortion": point.distortion,
        "value": point.value,
        "bound": point.bound,
        "gap": point.gap,
        "steps": point.iterations,
        "support": point.support.tolist(),
        "masses": point.marginal[point.support].tolist(),
        "channel": point.support_channel.tolist(),
    }


def _iterates(source: Source, beta: float, looks: Sequence[int]) -> dict[str, list[Any]]:
    """Return what Blahut-Arimoto has after some numbers of iterations, from the uniform on."""
    marginal = np.full(len(source.outputs), 1.0 / len(source.outputs))
    seen: dict[str, list[Any]] = {"rate": [], "distortion": [], "gap": [], "marginal": []}
    for before, after in zip((0, *looks), looks, strict=False):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # it is to be seen not to be there yet
            found = blahut_arimoto(
                source, beta, gap=GAP, max_iterations=max(after - before, 1),
                marginal=marginal, trace=True,
            )  # fmt: skip
        assert found.rates is not None
        assert found.distortions is not None
        at = min(after - before, found.iterations)
        seen["rate"].append(float(found.rates[at]))
        seen["distortion"].append(float(found.distortions[at]))
        seen["gap"].append(float(found.history[at]))
        marginal = marginal if at == 0 else found.marginal
        seen["marginal"].append(marginal.tolist())
    return seen


def _bounds(curve: Frontier) -> dict[str, list[float]]:
    """Return what is reached and what is impossible, at the points' rates and between them."""
    rates = np.array([point.rate for point in curve.points])
    rates = np.unique(np.concatenate([rates, (rates[1:] + rates[:-1]) / 2]))
    found = curve.distortion(rates)
    kept = np.isfinite(found.upper)
    names = {"rate": rates, "upper": found.upper, "lower": found.lower}
    return {name: values[kept].tolist() for name, values in names.items()}
