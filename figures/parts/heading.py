"""Headings above the panels: lines that wrap, and the room that they take."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.textpath import text_to_path

from figures.parts.curve_points import curves_of
from figures.parts.style import BLACK, VERMILION
from figures.parts.words import DIVERGED, beta_asked, count_of, missed, target_said
from rdneural.records.asked import of_steps, outcome_of_result
from rdneural.records.table import Row
from rdtheory.words import decimal

ESTIMATED = (
    "Test images; bars are ± 1 standard error. Ĥ, the least R + D of these runs, is an estimated "
    "upper bound of the entropy H, which is unknown."
)
"""What pictures of many runs say of their errors and of Ĥ."""


def write_heading(figure: Figure, lines: Iterable[tuple[str, float, str]]) -> float:
    """Write lines (text, size, colour) from the top; return the inches that they take."""
    width, height = figure.get_size_inches()
    used = 0.12
    for text, size, colour in lines:
        for part in _wrap(text, size, width - 0.2):
            figure.text(
                0.5, 1 - used / height, part, fontsize=size, color=colour,
                ha="center", va="top", parse_math=False,
            )  # fmt: skip
            used += 1.35 * size / 72
    return used + 0.08


def _wrap(text: str, size: float, inches: float) -> list[str]:
    """Break a text into lines that are no wider, whatever its letters are."""
    letters = int(72 * (inches - 0.2) / (0.56 * size))
    text = text.replace(" ± ", "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}")  # one number
    while True:
        lines = textwrap.wrap(text, letters, break_on_hyphens=False)
        widths = [width_of(line, size) for line in lines]
        if letters < 2 or max(widths, default=0.0) <= inches:
            return lines
        letters = int(0.95 * letters)


def width_of(line: str, size: float) -> float:
    """Return how many inches a line of a size is wide."""
    font = FontProperties(size=size)
    points, _, _ = text_to_path.get_text_width_height_descent(line, font, ismath=False)
    return float(points) / 72


def reserve_heading(figure: Figure, inches: float) -> None:
    """Keep the constrained layout of the panels out of the heading."""
    engine = figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    share = 1 - inches / figure.get_size_inches()[1]
    engine.set(rect=(0, 0, 1, share), w_pad=0.08, h_pad=0.08)


def describe_runs(rows: Sequence[Row]) -> str:
    """Return the data, the presets, how many runs and curves, and how long they were trained."""
    presets = " and ".join(sorted({str(row["preset"]) for row in rows}))
    models = count_of(len({row["model"] for row in rows}), "model")
    runs, curves = sum(not row.get("curve") for row in rows), len(curves_of(rows))
    trained = count_of(runs, "run") + (f" and {count_of(curves, 'curve')}" if curves else "")
    text = f"{rows[0]['data']}, preset {presets}: {trained} of {models}"
    text += f", trained for {_range([row['epochs'] for row in rows], 'epoch')}"
    text += f" ({_range([row['training_seconds'] / 60 for row in rows], 'minute')})"
    cut = sum(not row["complete"] for row in rows)
    return text + (f"; {count_of(cut, 'run')} cut short" if cut else "")


def warnings_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the warnings of runs, each once."""
    return list(dict.fromkeys(row["warning"] for row in rows if row["warning"]))


def _range(values: Sequence[float], unit: str) -> str:
    low, high = f"{min(values):.2g}", f"{max(values):.2g}"
    low, high = (f"{float(text):g}" for text in (low, high))
    return f"{low} {unit}{'s' * (low != '1')}" if low == high else f"{low} to {high} {unit}s"


def add_heading(figure: Figure, run: dict[str, Any]) -> float:
    """Write what was trained, its test result and any warning; return the inches this takes.

    What has no `test` was only drawn.
    """
    settings = run["settings"]
    title = [f"model {settings['model']} on {run['data']}", f"preset {settings['preset']}"]
    if run["beta"] is not None:
        title.append(beta_asked(run, "beta ="))
    if run["target_rate"] is not None:
        title.append(f"target rate {run['target_rate']:g} nats")
    lines = [(", ".join(title), 13.0, BLACK)]
    warnings = [of_steps(run)] if "unfinished" in run else []
    if "test" in run:
        lines.append((_tested(run["test"]), 11.5, BLACK))
        outcome = outcome_of_result(run)
        warnings += [f"target rate {target_said(outcome)}"] if missed(outcome) else []
        warnings += [DIVERGED] if outcome["diverged"] else []
    warnings += [run["warning"] or ""]
    return write_heading(figure, [*lines, *((warning, 9, VERMILION) for warning in warnings)])


def _tested(test: Mapping[str, float]) -> str:
    return (
        f"test: R = {decimal(test['rate'])}, D = {decimal(test['distortion'])}, "
        f"R + D = {decimal(test['elbo'])} ± {decimal(test['elbo_se'])} nats (s.e.)"
    )
