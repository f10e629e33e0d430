"""Nats of the class that codes spare, against the rate: a panel of the figure of usefulness."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from figures.parts.axes import root, square
from figures.parts.style import BLACK, SKY
from rdneural.records.table import Row
from rdtheory.bottleneck.curve import InformationCurve

NATS, ENTROPY, EXACT = "label_nats", "label_entropy", "class_information"
PANEL = (NATS, "(e) nats of the class\nin a drawn code")
LATER = (
    ENTROPY,
    *(f"{name}{se}" for name in (NATS, f"drawn_{NATS}", f"pixels_{NATS}", EXACT)
      for se in ("", "_se")),
)  # fmt: skip
"""Columns that tables of before December 2026 lack; the last is of sources alone."""


def has_nats(row: Row) -> bool:
    """Return whether nats of the class were measured of a row."""
    return row.get(f"drawn_{NATS}") is not None


def draw_bounds(axes: Axes, rows: Sequence[Row], frontier: InformationCurve | None) -> None:
    """Draw what no code exceeds: R and the entropy of the class, and the certified frontier."""
    rates = square(np.linspace(0.0, root(np.array(axes.get_xlim()[1])), 400))
    most = max(row[ENTROPY] for row in rows if has_nats(row))
    axes.plot(rates, np.minimum(rates, most), color=SKY, lw=1.4, zorder=1)
    if frontier is not None:
        axes.plot(rates, frontier.upper(rates), color=BLACK, lw=1.2, zorder=1.2)


def draw_exact(axes: Axes, own: Sequence[Row]) -> None:
    """Draw what codes tell of the class where that is known exactly, as crosses."""
    known = [row for row in own if row.get(EXACT) is not None]
    if known:
        places = ([row[name] for row in known] for name in ("rate", EXACT))
        axes.plot(*places, marker="x", ms=6, mew=1.3, color=BLACK, ls="none", zorder=3.5)
