"""`frontier --continuous` as a library call: named sources with reproductions anywhere in R^k."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rdtheory.checks import Array, check_number
from rdtheory.continuous.point import ContinuousPoint
from rdtheory.continuous.population import Density, Radial, noisy_sphere, normal, uniform
from rdtheory.continuous.trace import AtomTrace, trace_atoms
from rdtheory.shown import text_table
from rdtheory.solver.slope import GAP
from rdtheory.sources.textbook import named_source

SEARCH = 0.02
"""Relative width within which splits are looked for."""
DRAWN = 2000
"""Letters that a result keeps for its picture, at most."""

Named = tuple[Array | Density | Radial, Array | None, str]
"""Letters, or a density; their masses; the measure."""


def run_continuous(
    name: str,
    betas: Sequence[float] | None = None,
    *,
    gap: float = GAP,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """Solve a named source at slopes, with reproductions anywhere, and look for where atoms split.

    `name` is `sphere:DIMENSION:VARIANCE` (half squared error, at slope VARIANCE by default),
    `normal:VARIANCE`, `uniform:LOW:HIGH`, or any name of `named_source` with letters under squared
    or absolute error.

    Returns what the command writes: `traces`, one, as of `as_trace`; `max_gap`; `seconds_solve`.

    Examples
    --------
    >>> found = run_continuous("sphere:2:0.1", gap=1e-5)
    >>> (point,) = found["traces"][0]["points"]
    >>> f"{point['rate']:.9f} {point['distortion']:.6f}"
    '1.540630480 0.100000'
    """
    begun = time.perf_counter()
    letters, p, measure = named_continuous(name)
    if betas is None:
        if not isinstance(letters, Radial):
            raise ValueError(f"betas must be given for {name}, got none")
        betas = [float(name.rsplit(":", 1)[-1])]
    trace = trace_atoms(
        letters, p, betas, measure=measure, gap=gap, width=SEARCH, progress=progress
    )
    return result_of([as_trace(name, trace, letters)]) | {
        "seconds_solve": time.perf_counter() - begun
    }


def named_continuous(name: str) -> Named:
    """Return a named source; raise `ValueError` where there is none, or none with places."""
    kind, *numbers = name.split(":")
    if kind in ("sphere", "normal") or (kind == "uniform" and len(numbers) == 2):
        form = {
            "sphere": "sphere:DIMENSION:VARIANCE",
            "normal": "normal:VARIANCE",
            "uniform": "uniform:LOW:HIGH",
        }[kind]
        try:
            values = [float(number) for number in numbers]
        except ValueError:
            values = []
        if len(values) != form.count(":"):
            raise ValueError(f"source must be {form}, got {name!r}")
        if kind == "sphere":
            whole = values[0] if values[0] != int(values[0]) else int(values[0])
            return noisy_sphere(whole, values[1]), None, "half_squared"  # type: ignore[arg-type]
        if kind == "normal":
            return normal(values[0]), None, "squared"
        low, high = values
        check_number("high", high, low=np.nextafter(low, np.inf), rule="above low")
        return uniform(low, high), None, "squared"
    source = named_source(name)
    if source.measure not in ("squared", "absolute"):
        raise ValueError(f"source must have squared or absolute error, got {name!r}")
    return source.letters, source.p_x, source.measure


def result_of(traces: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the result of some traces."""
    gaps = [point["gap"] for trace in traces for point in trace["points"]]
    return {"traces": list(traces), "max_gap": max(gaps)}


def points_of(found: dict[str, Any]) -> str:
    """Return the points and the splits of a result as text."""
    lines = []
    for trace in found["traces"]:
        rows = [
            [f"{p['beta']:.6g}", f"{p['rate']:.9f}", f"{p['distortion']:.9f}", f"{p['gap']:.1e}",
             str(len(p["atoms"])), "" if p["rigorous"] else "estimate"]
            for p in trace["points"]
        ]  # fmt: skip
        kind = "spheres" if trace["spheres"] else "atoms"
        lines += [f"{trace['source']}, reproductions anywhere (nats)"]
        lines += [text_table(["beta", "rate", "distortion", "gap", kind, ""], rows)]
        lines += [
            f"from {s['fewer']} to {s['more']} {kind} between beta = {s['above']:.6g} and "
            f"{s['below']:.6g}" for s in trace["splits"]
        ]  # fmt: skip
    return "\n".join(line.rstrip() for line in "\n".join(lines).split("\n"))


def as_trace(name: str, trace: AtomTrace, letters: Array | Density | Radial) -> dict[str, Any]:
    """Return a trace as plain numbers: its points, splits, and some letters for the picture.

    `source`; `spheres`, whether atoms are radii; `letters` (n, k), none of a density; `points`,
    each `beta`, `rate`, `distortion`, `gap`, `atoms`, `weights`, `iterations`, `rigorous`,
    `converged`, a `note` where there is one; `splits`, each `below`, `above`, `fewer`, `more`.
    """
    drawn: list[Any] = []
    if not isinstance(letters, Density | Radial):
        places = np.asarray(letters, dtype=np.float64).reshape(len(letters), -1)
        drawn = places[:: -(-len(places) // DRAWN)].tolist()
    return {
        "source": name,
        "spheres": isinstance(letters, Radial),
        "letters": drawn,
        "points": [_as_dict(point) for point in trace.points],
        "splits": [split._asdict() for split in trace.splits],
    }


def _as_dict(point: ContinuousPoint) -> dict[str, Any]:
    return {
        "beta": point.beta,
        "rate": point.rate,
        "distortion": point.distortion,
        "gap": point.gap,
        "atoms": point.atoms.tolist(),
        "weights": point.weights.tolist(),
        "iterations": point.iterations,
        "rigorous": point.rigorous,
        "converged": point.converged,
        **({"note": point.note} if point.note else {}),
    }
