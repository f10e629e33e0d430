"""`frontier --side`, `--perception` and `--quantiser` as library calls: curves beside each other.

All have one form, so that one picture and one table serve them all: `source`, `kind` (`side`,
`perception` or `quantiser`), `measure`, `curves`, each as of `as_curve`, `max_gap` in nats,
`seconds_solve`.
"""

import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from rdtheory.checks import Array, check_choice
from rdtheory.perception.certificate import check_limit
from rdtheory.perception.problem import PerceptionPoint
from rdtheory.perception.solve import (
    solve_perception,
    solve_perception_distortion,
    solve_perception_rate,
    trace_perception,
)
from rdtheory.quantisers.solve import solve_quantiser, solve_quantiser_curve
from rdtheory.shown import few, short, text_table
from rdtheory.side.conditional import (
    solve_conditional,
    solve_conditional_curve,
    solve_conditional_distortion,
    solve_conditional_rate,
)
from rdtheory.side.wyner_ziv import (
    solve_wyner_ziv,
    solve_wyner_ziv_distortion,
    solve_wyner_ziv_rate,
    trace_wyner_ziv,
)
from rdtheory.solver.frontier import solve_frontier
from rdtheory.solver.point import SlopePoint
from rdtheory.solver.slope import GAP, RDPoint, solve_slope
from rdtheory.solver.targets import solve_distortion, solve_rate
from rdtheory.sources.source import Source
from rdtheory.units import in_units, one

Asked = dict[str, Any]
"""One of `betas`, `rate`, `distortion` by name, or none of them for the curve."""
Doors = tuple[Callable[..., Any], ...]
"""What solves at a slope, at a rate, at a distortion, and as a curve."""
Wanted = tuple[str, Doors, tuple[Any, ...], dict[str, Any]]
"""The name of a curve, what solves it, and the arguments."""

SAME = 1e-9
"""Two masses that differ by no more are of one source."""


def _quantiser(source: Source, *, beta: float, gap: float) -> Any:  # noqa: ANN401
    return solve_quantiser(source, beta=beta)


def _quantisers(source: Source, *, width: float | None, max_points: int, **_: Any) -> Any:  # noqa: ANN401
    return solve_quantiser_curve(source, width=width, max_points=max_points)


PLAIN: Doors = (solve_slope, solve_rate, solve_distortion, solve_frontier)
BOTH: Doors = (
    solve_conditional, solve_conditional_rate, solve_conditional_distortion,
    solve_conditional_curve,
)  # fmt: skip
DECODER: Doors = (
    solve_wyner_ziv, solve_wyner_ziv_rate, solve_wyner_ziv_distortion, trace_wyner_ziv,
)  # fmt: skip
FAITHFUL: Doors = (
    solve_perception, solve_perception_rate, solve_perception_distortion, trace_perception,
)  # fmt: skip
CELLS: Doors = (_quantiser, _quantiser, _quantiser, _quantisers)

NONE, AT_DECODER, AT_BOTH = "nobody knows Y", "the decoder knows Y", "both ends know Y"
UNLIMITED, HULL, SHANNON = "no limit: R(D)", "scalar quantisers", "R(D)"
"""Names of curves, as pictures and tables have them."""


def run_side(
    source: Source,
    joint: Array,
    *,
    at: str = "all",
    asked: Asked | None = None,
    gap: float = GAP,
    width: float | None = None,
    max_points: int = 500,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """Solve a source beside p(x, y), (n, k): y known at both ends, to the decoder, and to nobody.

    `at` is "both" or "decoder" for one of them. `asked` is one of `betas`, `rate`, `distortion`, or
    nothing for whole curves. Returns what the command writes, see `as_curve` and this file's head.

    Raises `ValueError` where the rows of the joint do not sum to the source.

    Examples
    --------
    >>> from rdtheory.sources.joints import symmetric_pair
    >>> from rdtheory.sources.textbook import bernoulli
    >>> found = run_side(bernoulli(0.5), symmetric_pair(0.1).table, asked={"distortion": 0.05})
    >>> for curve in found["curves"]:
    ...     print(f"{curve['name']}: {curve['points'][0]['rate']:.6f}")
    nobody knows Y: 0.494632
    the decoder knows Y: 0.158866
    both ends know Y: 0.126568
    """
    check_choice("side-at", at, ("all", "both", "decoder"))
    rows = np.asarray(joint).sum(axis=1)
    if rows.size != source.p_x.size:
        size = source.p_x.size
        raise ValueError(
            f"side information must have a row for each of {size} letters, got {rows.size}"
        )
    if (off := np.abs(rows - source.p_x)).max() > SAME:
        x = int(off.argmax())
        raise ValueError(
            f"side information must have the source's {source.p_x[x]:.6g} as the sum of row {x}, "
            f"got {rows[x]:.6g}"
        )
    args = (joint, source.distortion)
    wanted: list[Wanted] = [
        (NONE, PLAIN, (source,), {}), (AT_DECODER, DECODER, args, {}), (AT_BOTH, BOTH, args, {}),
    ]  # fmt: skip
    if at != "all":
        wanted = wanted[1:2] if at == "decoder" else wanted[2:]
    return _run(source, "side", wanted, asked, gap, width, max_points, progress)


def run_perception(
    source: Source,
    limits: Sequence[float],
    *,
    divergence: str = "tv",
    asked: Asked | None = None,
    gap: float = GAP,
    width: float | None = None,
    max_points: int = 500,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """Solve R(D, P) of a source at some P, and R(D) beside it.

    Arguments, result: as in `run_side`.

    Examples
    --------
    >>> from rdtheory.sources.textbook import bernoulli
    >>> found = run_perception(bernoulli(0.3), [0.0, 0.1], asked={"distortion": 0.2})
    >>> for curve in found["curves"]:
    ...     print(f"{curve['name']}: {curve['points'][0]['rate']:.6f}")
    no limit: R(D): 0.110462
    P = 0.1: 0.112335
    P = 0: 0.132829
    """
    wanted: list[Wanted] = [(UNLIMITED, PLAIN, (source,), {})]
    for limit in sorted(limits, reverse=True):
        check_limit(limit, divergence)
        more = {"perception": limit, "divergence": divergence}
        wanted.append((f"P = {limit:g}", FAITHFUL, (source,), more))
    found = _run(source, "perception", wanted, asked, gap, width, max_points, progress)
    return found | {"divergence": divergence}


def run_quantiser(
    source: Source,
    *,
    asked: Asked | None = None,
    gap: float = GAP,
    width: float | None = None,
    max_points: int = 500,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """Solve the best scalar quantisers with an entropy code at slopes, or all; R(D) beside them.

    Arguments, result: as in `run_side`; a rate or a distortion alone has no quantiser of its own.
    Beside the curves stands `shannon`, R(D) at the distortion of each point of the quantisers'.

    Examples
    --------
    >>> from rdtheory.sources.textbook import uniform
    >>> found = run_quantiser(uniform(64), asked={"betas": [20.0]})
    >>> [(curve["name"], round(curve["points"][0]["rate"], 4)) for curve in found["curves"]]
    [('R(D)', 0.4136), ('scalar quantisers', 0.6931)]
    """
    for name in ("rate", "distortion"):
        if asked and name in asked:
            raise ValueError(f"{name} must be left out for quantisers: give slopes, or neither")
    wanted: list[Wanted] = [(SHANNON, PLAIN, (source,), {}), (HULL, CELLS, (source,), {})]
    found = _run(source, "quantiser", wanted, asked, gap, width, max_points, progress)
    ds = [point["distortion"] for point in found["curves"][-1]["points"]]
    rates = [solve_distortion(source, target=max(d, 0.0), gap=gap).rate for d in ds]
    return found | {"shannon": rates}


def limits_of(text: str) -> tuple[list[float], str]:
    """Return the limits that a text names, and their divergence: `tv:0.1`, `kl:0.1,0.2`, `0`.

    Examples
    --------
    >>> limits_of("kl:0.1,0.2"), limits_of("0")
    (([0.1, 0.2], 'kl'), ([0.0], 'tv'))
    """
    name, _, numbers = text.rpartition(":")
    try:
        limits = [float(number) for number in numbers.split(",")]
        for limit in limits:
            check_limit(limit, name or "tv")
    except ValueError:
        rule = "tv:P, kl:P or P, with numbers of at least 0 parted by commas"
        raise ValueError(f"perception must be {rule}, got {text!r}") from None
    return limits, name or "tv"


def tables_of(found: dict[str, Any]) -> str:
    """Return the points of each curve, a few of many, as text; in bits where that is to be."""
    units = found.get("shown", {}).get("units", "nats")
    nat = in_units(units)
    lines = []
    for curve in found["curves"]:
        known = "" if curve["width"] is None else f", known within {curve['width']:.1e} in D"
        lines.append(f"{found['source']}, {curve['name']}{known}")
        header = [f"beta per {one(units)}", f"R ({units})", "D", f"gap ({units})", *curve["of"]]
        rows = [
            ["inf" if p["beta"] is None else f"{p['beta'] / nat:.6g}", f"{nat * p['rate']:.8f}",
             f"{p['distortion']:.8g}", f"{nat * p['gap']:.1e}", *map(short, p["of"])]
            for p in few(curve["points"], 8)
        ]  # fmt: skip
        lines.append(text_table(header, rows))
        lines += dict.fromkeys(p["note"] for p in curve["points"] if p.get("note"))
    return "\n".join(lines)


def _run(
    source: Source, kind: str, wanted: Sequence[Wanted], asked: Asked | None, gap: float,
    width: float | None, max_points: int, progress: Callable[[float], None] | None,
) -> dict[str, Any]:  # fmt: skip
    begun = time.perf_counter()
    curves = []
    for name, doors, args, more in wanted:
        share = partial(_share, progress, len(wanted)) if progress else None
        points, reached = _solve(doors, args, more, asked or {}, gap, width, max_points, share)
        curves.append(as_curve(name, points, reached))
    return {
        "source": source.name, "kind": kind, "measure": str(source.measure), "curves": curves,
        "max_gap": max(point["gap"] for curve in curves for point in curve["points"]),
        "seconds_solve": time.perf_counter() - begun,
    }  # fmt: skip


def _share(progress: Callable[[float], None], parts: int, share: float) -> None:
    progress(share / parts)


def _solve(
    doors: Doors, args: tuple[Any, ...], more: dict[str, Any], asked: Asked, gap: float,
    width: float | None, max_points: int, progress: Callable[[float], None] | None,
) -> tuple[Sequence[Any], float | None]:  # fmt: skip
    """Return points, and the width of a curve."""
    at_slope, at_rate, at_distortion, curve = doors
    if "rate" in asked:
        return [at_rate(*args, rate=asked["rate"], gap=gap, **more)], None
    if "distortion" in asked:
        return [at_distortion(*args, target=asked["distortion"], gap=gap, **more)], None
    if "betas" in asked:
        return [at_slope(*args, beta=beta, gap=gap, **more) for beta in asked["betas"]], None
    found = curve(*args, gap=gap, width=width, max_points=max_points, progress=progress, **more)
    return found.points, found.width


def as_curve(name: str, points: Sequence[SlopePoint], width: float | None) -> dict[str, Any]:
    """Return a curve as plain numbers.

    `name`; `points`, each `beta` (None at rate 0, where it is infinite), `rate`, `distortion`,
    `gap`, `converged`, `of`, how many things it is made of, and a `note` where there is one; `of`,
    what these things are; `width`, None of points alone.
    """
    made = [_made_of(point) for point in points]
    return {
        "name": name,
        "of": list(made[0]),
        "points": [
            {"beta": point.beta if math.isfinite(point.beta) else None, "rate": point.rate,
             "distortion": point.distortion, "gap": point.gap, "converged": point.converged,
             "of": list(of.values()), **({"note": point.note} if point.note else {})}
            for point, of in zip(points, made, strict=True)
        ],
        "width": width,
    }  # fmt: skip


def _made_of(point: SlopePoint) -> dict[str, Any]:
    if isinstance(point, RDPoint):
        return {"outputs": int(point.support.size)}
    if isinstance(point, PerceptionPoint):
        return {"P": point.perception}
    return point._made_of()
