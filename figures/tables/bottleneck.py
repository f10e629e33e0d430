"""The codes of a bottleneck as a table for a terminal."""

from collections.abc import Mapping
from typing import Any

from figures.tables.columns import columns
from rdtheory.shown import few
from rdtheory.units import in_units

MOST_POINTS = 24
"""Points of a curve that a table shows, at most."""

SAME = 1e-9
"""Nats by which two codes are apart that count as one."""


def bottleneck_table(found: Mapping[str, Any]) -> str:
    """Return the codes, at most `MOST_POINTS`, what no code exceeds, and where codes split."""
    units = found.get("shown", {}).get("units", "nats")
    nat = in_units(units)
    points, target = found["points"], found["target"]
    lines = []
    if target is None:
        points = _different(points)
        shown = few(points, MOST_POINTS)
        lines.append(_points(shown, found["alpha"], units))
        if len(shown) < len(points):
            lines.append(f"({len(shown)} of {len(points)} codes shown)")
        full = max((p["codes"] for p in points), default=0) == found["codes"]
        if full and found["codes"] < found["distinct"]:
            lines.append(f"T had at most {found['codes']} values (--codes)")
    else:
        lines.append(_target(target, units))
    lines.append(
        f"I(X;Y) = {nat * found['information']:.6f} {units}, which no code exceeds; "
        f"H(X) = {nat * found['entropy_x']:.6f}, H(Y) = {nat * found['entropy_y']:.6f}"
    )
    low, high = found["first_beta"]
    lines.append(
        f"nothing is worth keeping from beta = {_range(low, high)} on (Tishby's below "
        f"{_range(1 / high, 1 / low) if low > 0 else 'inf'}); "
        f"no code has I(T;Y) above {found['contraction']:.6f} I(X;T)"
        if high > 0
        else "X tells nothing about Y"
    )
    at_one = "" if found["alpha"] == 1.0 else " at alpha = 1"
    if found["splits"]:
        splits = ", ".join(map(_split, found["splits"]))
        lines.append(f"values of T split{at_one}: {splits}")
    if found["width"] is not None:
        width = f"{nat * found['width']:.1e} {units}"
        lines.append(f"the curve{at_one} is known within {width} everywhere")
    if found["hard"]:
        cells = ", ".join(f"{h['codes']}: {nat * h['relevance']:.6f}" for h in found["hard"])
        proved = "proved" if all(h["proved"] for h in found["hard"]) else "not all proved"
        lines.append(f"best maps of X by number of values, {proved}: I(T;Y) of {cells}")
    return "\n".join(lines)


def _different(points: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Leave out codes that are the one before them at another slope."""
    found: list[Mapping[str, Any]] = []
    for point in points:
        last = found[-1] if found else None
        names = ("rate", "relevance", "entropy")
        if last is None or any(abs(point[name] - last[name]) > SAME for name in names):
            found.append(point)
    return found


def _points(points: list[Mapping[str, Any]], alpha: float, units: str) -> str:
    nat = in_units(units)
    header = ["beta", "Tishby's beta", f"I(X;T) ({units})", f"I(T;Y) ({units})",
              *([f"H(T) ({units})"] if alpha != 1.0 else []), "values of T", f"gap ({units})",
              "starts agreeing", "converged"]  # fmt: skip
    rows = [
        [f"{p['beta']:.6g}", _tishby(p), f"{nat * p['rate']:.6f}", f"{nat * p['relevance']:.6f}",
         *([f"{nat * p['entropy']:.6f}"] if alpha != 1.0 else []), p["codes"],
         f"{nat * p['gap']:.1e}",
         "proved" if p["proved"] else f"{p['agreeing']}/{p['starts']}",
         "yes" if p["converged"] else "no"]
        for p in points
    ]  # fmt: skip
    return columns(rows, header)


def _target(target: Mapping[str, Any], units: str) -> str:
    """Return a row for what was found, and the bound on what was not asked for."""
    nat = in_units(units)
    header = [f"I(X;T) ({units})", f"I(T;Y) ({units})", "beta", "Tishby's beta", "values of T"]
    row = [f"{nat * target['rate']:.6f}", f"{nat * target['relevance']:.6f}",
           f"{target['beta']:.6g}", _tishby(target), target["codes"]]  # fmt: skip
    if target["axis"] == "rate":
        bound, of = nat * target["relevance_bound"], "rate has I(T;Y) above"
    else:
        bound, of = nat * target["rate_bound"], "relevance has I(X;T) below"
    return f"{columns([row], header)}\nno code of that {of} {bound:.6f} {units}"


def _tishby(point: Mapping[str, Any]) -> str:
    return "inf" if point["tishby_beta"] is None else f"{point['tishby_beta']:.6g}"


def _range(low: float, high: float) -> str:
    """Return a number that is known within two others, with as many digits as are known."""
    if high - low <= 2e-6 * high:
        return f"{high:.5g}"
    return f"[{low:.5g}, {high:.5g}]"


def _split(split: Mapping[str, Any]) -> str:
    return f"{split['few']} to {split['many']} at {0.5 * (split['low'] + split['high']):.4g}"
