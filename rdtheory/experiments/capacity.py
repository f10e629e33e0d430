"""The `capacity` command as a library call: solve a named channel, return plain numbers."""

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rdtheory.capacity.certificate import neg_entropies
from rdtheory.capacity.curve import solve_capacity_curve
from rdtheory.capacity.problem import CapacityPoint
from rdtheory.capacity.solve import solve_capacity
from rdtheory.checks import Array
from rdtheory.solver.slope import GAP, solve_slope
from rdtheory.sources.channels import Channel, gaussian_channel
from rdtheory.sources.textbook import gaussian

LETTERS, BETAS = 401, np.geomspace(0.15, 2.2, 90)
"""The Gaussian source whose outputs in use are kept beside a Gaussian channel's inputs."""


def run_capacity(
    channel: Channel,
    *,
    cost: Array | None = None,
    budget: float | None = None,
    slope: float | None = None,
    curve: bool = False,
    gap: float = GAP,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """Solve a channel alone, within a budget, at a slope, or trace its capacity-cost curve.

    Returns what the command writes: `channel`; `points`, each a dict of `capacity`, `cost`,
    `slope` (None at the least cost, where it is infinite), `gap`, `support`, `masses`,
    `iterations`, `converged`, and a `note` where there is one; `inputs`, the letters' coordinates;
    `divergences` of a lone point, D(W_x || q) less the cost's share for every letter, which no
    letter has above `bound`; `max_gap`; `width` in nats, None without a curve; `closed_form`, None
    where none is known; `seconds_solve`.

    Raises `ValueError` where a curve, budget or slope has no cost, or more than one is asked for.

    Examples
    --------
    >>> from rdtheory.sources.channels import z_channel
    >>> found = run_capacity(z_channel(0.2))
    >>> abs(found["points"][0]["capacity"] - found["closed_form"]) <= 1e-9
    True
    """
    asked = [name for name, value in (("budget", budget), ("slope", slope)) if value is not None]
    asked += ["curve"] if curve else []
    if len(asked) > 1:
        raise ValueError(f"one of budget, slope and curve must be given, got {', '.join(asked)}")
    if asked and cost is None:
        raise ValueError(f"cost must be given with a {asked[0]}, got none")
    begun = time.perf_counter()
    width, lone = None, {}
    if curve and cost is not None:
        traced = solve_capacity_curve(channel.rows, cost, gap=gap, progress=progress)
        points, width = traced.points, traced.width
    else:
        point = solve_capacity(channel.rows, cost, budget, slope=slope, gap=gap)
        points, lone = (point,), _divergences(channel.rows, cost, point)
    return {
        "channel": channel.name,
        "points": [_as_dict(point) for point in points],
        "inputs": channel.inputs.tolist(),
        **lone,
        "max_gap": max(point.gap for point in points),
        "width": width,
        "closed_form": channel.capacity,
        "seconds_solve": time.perf_counter() - begun,
    }


def run_amplitudes(
    amplitudes: Sequence[float],
    *,
    gap: float = GAP,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """Solve the Gaussian channel at many amplitudes, and a Gaussian source at many slopes.

    Returns what the command writes: `channel`; `points` as of `run_capacity`, each also with its
    `amplitude`, the coordinates `places` of the letters in use, and `shannon`, 1/2 log(1 + A^2);
    `source`, with the `beta`, `places` and `masses` of the outputs in use at each slope of R(D);
    `max_gap`; `seconds_solve`.

    Examples
    --------
    >>> found = run_amplitudes([1.6, 1.7])
    >>> [point["places"] for point in found["points"]]
    [[-1.6, 1.6], [-1.7, 0.0, 1.7]]
    """
    begun = time.perf_counter()
    points = []
    for amplitude in amplitudes:
        channel = gaussian_channel(amplitude)
        point = solve_capacity(channel.rows, gap=gap)
        more = {
            "amplitude": amplitude,
            "places": channel.inputs[point.support].tolist(),
            "shannon": 0.5 * math.log1p(amplitude**2),
        }
        points.append(_as_dict(point) | more)
        if progress:
            progress(0.9 / len(amplitudes))
    source, found = gaussian(LETTERS), []
    for beta in BETAS:
        solved = solve_slope(source.p_x, source.distortion, float(beta), gap=gap)
        places, masses = source.outputs[solved.support], solved.marginal[solved.support]
        found.append({"beta": beta, "places": places.tolist(), "masses": masses.tolist()})
        if progress:
            progress(0.1 / BETAS.size)
    return {
        "channel": "gaussian",
        "points": points,
        "source": {"name": source.name, "points": found},
        "max_gap": max(point["gap"] for point in points),
        "seconds_solve": time.perf_counter() - begun,
    }


def _divergences(rows: Array, cost: Array | None, point: CapacityPoint) -> dict[str, Any]:
    """Return D(x) of every letter at a point, None where it is infinite, and what bounds it."""
    reached = point.output > 0.0
    divergence = neg_entropies(rows) - rows[:, reached] @ np.log(point.output[reached])
    divergence[rows[:, ~reached].any(axis=1)] = math.inf
    if cost is not None and point.slope == math.inf:
        divergence[cost > cost.min()] = -math.inf
    elif cost is not None:
        divergence -= point.slope * cost
    known = [float(d) if math.isfinite(d) else None for d in divergence]
    return {"divergences": known, "bound": point.bound}


def _as_dict(point: CapacityPoint) -> dict[str, Any]:
    return {
        "capacity": point.capacity,
        "cost": point.cost,
        "slope": point.slope if math.isfinite(point.slope) else None,
        "gap": point.gap,
        "support": point.support.tolist(),
        "masses": point.input[point.support].tolist(),
        "iterations": point.iterations,
        "converged": point.converged,
        **({"note": point.note} if point.note else {}),
    }
