"""The points of an exact curve as a table for a terminal."""

from collections.abc import Mapping
from typing import Any

from figures.tables.columns import columns
from rdtheory.units import in_units, one

MOST_POINTS = 24
"""Points of a curve that a table shows, at most."""


def frontier_table(found: Mapping[str, Any]) -> str:
    """Return the points of a curve, at most `MOST_POINTS`, and how well the curve is known.

    Numbers are nats, or bits where the result says that it is to be shown so.
    """
    units = found.get("shown", {}).get("units", "nats")
    nat = in_units(units)
    beta = "beta" if units == "nats" else f"beta (per {one(units)})"
    header = [
        beta, f"R ({units})", "D", f"gap ({units})", "outputs in use", "iterations", "converged"
    ]  # fmt: skip
    points = found["points"]
    shown = points[:: max(1, -(-len(points) // MOST_POINTS))]
    rows = [
        [f"{p['beta'] / nat:.6g}" if p["beta"] is not None else "inf", _rate(nat * p["rate"]),
         _distortion(p["distortion"]), f"{nat * p['gap']:.1e}", len(p["support"]), p["iterations"],
         "yes" if p["converged"] else "no"]
        for p in shown
    ]  # fmt: skip
    lines = [columns(rows, header)]
    lines += dict.fromkeys(p["note"] for p in shown if p.get("note"))  # each once
    if len(shown) < len(points):
        lines.append(f"({len(shown)} of {len(points)} points shown)")
    if found["width"] is not None:
        lines.append(f"the curve is known within {found['width']:.1e} in distortion everywhere")
    if found["closed_form_error"] is not None:
        exact = found["closed_form_exact"]
        of = "the closed form" if exact else "the continuous source's, at D above the grid's"
        lines.append(
            f"largest difference from {of}: {nat * found['closed_form_error']:.1e} {units}"
        )
    return "\n".join(lines)


def _rate(nats: float) -> str:
    """Return a rate with eight decimals, or what a steep curve has of it."""
    return f"{nats:.2e}" if 1e-12 < nats < 1e-6 else f"{nats:z.8f}"


def _distortion(value: float) -> str:
    """Return a distortion with eight digits, or all where a large constant has the first ones."""
    return f"{value:.8g}" if abs(value) < 1e4 else f"{value:.15g}"
