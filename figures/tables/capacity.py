"""The capacity of a channel as a table for a terminal."""

from collections.abc import Mapping
from typing import Any

from figures.tables.columns import columns
from rdtheory.units import in_units

MOST_POINTS = 24
"""Points of a curve that a table shows, at most."""

FEW = 8
"""Up to so many letters in use are listed with their masses."""


def capacity_table(found: Mapping[str, Any]) -> str:
    """Return the points, at most `MOST_POINTS`, what is used of a lone one, and how sure all is."""
    points = found["points"]
    shown = points[:: max(1, -(-len(points) // MOST_POINTS))]
    by_amplitude = "amplitude" in points[0]
    units = found.get("shown", {}).get("units", "nats")
    nat = in_units(units)
    known = [units] if units == "bits" else ["nats", "bits"]
    per = "slope" if units == "nats" else f"slope ({units})"
    bound = "Shannon's bound" + ("" if units == "nats" else f" ({units})")
    first = ["A", bound] if by_amplitude else ["cost", per]
    header = [*(f"C ({one})" for one in known), f"gap ({units})", "inputs in use", "iterations",
              "converged"]  # fmt: skip
    rows = [
        [*(_of_amplitude(p, nat) if by_amplitude else _of_cost(p, nat)),
         *(f"{in_units(one) * p['capacity']:.8f}" for one in known), f"{nat * p['gap']:.1e}",
         len(p["support"]), p["iterations"], "yes" if p["converged"] else "no"]
        for p in shown
    ]  # fmt: skip
    lines = [columns(rows, [*first, *header])]
    lines += dict.fromkeys(p["note"] for p in shown if p.get("note"))  # each once
    if len(shown) < len(points):
        lines.append(f"({len(shown)} of {len(points)} points shown)")
    if len(points) == 1 and len(points[0]["support"]) <= FEW:
        lines.append(f"best input: {_input(found, points[0])}")
    if found.get("width") is not None:
        lines.append(f"the curve is known within {nat * found['width']:.1e} {units} everywhere")
    if found.get("closed_form") is not None and "slope" in points[-1] and not points[-1]["slope"]:
        error = abs(points[-1]["capacity"] - found["closed_form"])
        lines.append(f"difference from the closed form: {nat * error:.1e} {units}")
    return "\n".join(lines)


def _of_amplitude(point: Mapping[str, Any], nat: float) -> list[str]:
    return [f"{point['amplitude']:.6g}", f"{nat * point['shannon']:.8f}"]


def _of_cost(point: Mapping[str, Any], nat: float) -> list[str]:
    slope = "inf" if point["slope"] is None else f"{nat * point['slope']:.6g}"
    return [f"{point['cost']:.8g}", slope]


def _input(found: Mapping[str, Any], point: Mapping[str, Any]) -> str:
    """Return the letters in use with their masses."""
    places = point.get("places") or [found["inputs"][x] for x in point["support"]]
    pairs = zip(places, point["masses"], strict=True)
    return ", ".join(f"{place:.4g} with {mass:.6f}" for place, mass in pairs)
