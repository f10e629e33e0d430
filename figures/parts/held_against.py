"""What measures of usefulness are held against: lines across the panels of their figure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from figures.choice.semantic import class_kept_from, strokes_from
from figures.parts.axes import root, square
from figures.parts.label_nats import ENTROPY, NATS, has_nats
from figures.parts.shares import shares_of
from figures.parts.style import BLACK, GREEN, GREY, SKY
from rdneural.records.table import Row
from rdtheory.information import greatest_accuracy

NAME_GAP = 0.1
"""Share of a panel's height between two names of lines, at least."""


def held_against(name: str, rows: Sequence[Row]) -> dict[float, tuple[str, Any, str]]:
    """Return heights in the panel of a column, with their colours, styles and names."""
    first = rows[0]
    if name == NATS:
        first = next(row for row in rows if has_nats(row))
        return {
            first[ENTROPY]: (GREY, ":", "all, H(Y)"),
            first[f"pixels_{NATS}"]: (BLACK, "--", "by pixels"),
        }
    if name == "pixel_agreement":
        return {
            first["pixel_chance"]: (GREY, ":", "two images"),
            first["pixel_same_class"]: (GREY, "-.", "of one class"),
            strokes_from(first): (GREEN, "-", "halfway to 1"),
        }
    above, words = {
        "linear_probe": ("pixels_linear_probe", "by pixels"),
        "nearest_neighbours": ("pixels_nearest_neighbours", "by pixels"),
        "class_agreement": ("classifier", "of images"),
    }[name]
    return {
        first[above]: (BLACK, "--", words),
        first["chance"]: (GREY, ":", "chance"),
    }


def draw_held_against(axes: Axes, name: str, rows: Sequence[Row]) -> None:
    """Draw these lines across a panel, and of accuracies the most that a rate can tell."""
    for value, (colour, style, _) in held_against(name, rows).items():
        axes.axhline(value, color=colour, ls=style, lw=1.1, zorder=1)
    if name not in ("pixel_agreement", NATS):
        rates = square(np.linspace(0.0, root(np.array(axes.get_xlim()[1])), 300))
        greatest = greatest_accuracy(rates, shares_of(rows))
        axes.plot(rates, greatest, color=SKY, lw=1.4, zorder=1)


def name_lines(axes: Axes, name: str, rows: Sequence[Row]) -> None:
    """Write right of a panel what the lines across it are, and by the upright line its rate."""
    low, high = axes.get_ylim()
    place = -1.0
    for value, (colour, _, words) in sorted(held_against(name, rows).items()):
        place = max(place + NAME_GAP, (value - low) / (high - low))
        axes.text(
            1.02, place, words, transform=axes.transAxes, ha="left", va="center", fontsize=8.5,
            color=colour if colour == GREEN else "0.3",
        )  # fmt: skip
    kept = class_kept_from(rows)
    if name == "class_agreement" and kept is not None:
        left, right = root(np.array(axes.get_xlim())).tolist()
        side = -1 if root(np.array(kept)) > (left + right) / 2 else 1
        axes.annotate(
            f"class kept from {kept:.1f} nats", (kept, 0.02), (4 * side, 0),
            xycoords=axes.get_xaxis_transform(), textcoords="offset points", fontsize=8.5,
            color=GREEN, va="bottom", ha="left" if side > 0 else "right",
        )  # fmt: skip
