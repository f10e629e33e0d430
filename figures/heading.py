"""Headings above the panels: lines that wrap, and the room that they take."""

import textwrap
from collections.abc import Iterable

from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine


def write_heading(figure: Figure, lines: Iterable[tuple[str, float, str]]) -> float:
    """Write lines (text, size, colour) from the top; return the inches that they take."""
    width, height = figure.get_size_inches()
    used = 0.12
    for text, size, colour in lines:
        letters = int(72 * (width - 0.4) / (0.56 * size))
        for part in textwrap.wrap(text, letters, break_on_hyphens=False):
            figure.text(
                0.5, 1 - used / height, part, fontsize=size, color=colour,
                ha="center", va="top", parse_math=False,
            )  # fmt: skip
            used += 1.35 * size / 72
    return used + 0.08


def reserve_heading(figure: Figure, inches: float) -> None:
    """Keep the constrained layout of the panels out of the heading."""
    engine = figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    share = 1 - inches / figure.get_size_inches()[1]
    engine.set(rect=(0, 0, 1, share), w_pad=0.08, h_pad=0.08)
