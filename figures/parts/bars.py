"""Stacked bars of the parts of models: what is wasted of R + D, and what each part costs."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from figures.choice.choose import setting_of
from figures.parts.axes import root, set_ticks, square
from figures.parts.look import cross, look
from figures.parts.style import BLACK, GREEN, GREY, SKY, VERMILION, YELLOW
from figures.parts.words import asked, estimate, is_broken
from rdtheory.checks import Array

PARTS = {"encoder": YELLOW, "marginal": GREEN, "decoder": SKY}
GAPS = ("marginal_gap", "decoder_gap")
COSTS = ("encoder_cost", "marginal_cost", "decoder_cost")

SLOT = 0.205
"""Inches that a row of bars is high."""
JUMP = 4.0
"""A bar this many times longer than the next shorter one has the scale compressed."""
MANY = 20
"""Rows of bars above which ticks are at the top, too."""
KNEE = 0.7
"""Share of the axis of the bars that is not compressed."""
SHORT, FEW = 0.02, 0.25
"""A bar is short below this share of the longest; up to this share of bars may be short."""
Scale = Callable[[Array], Array]
LEAST_CROWD = 0.02
"""Share of the longest bar below which the crowd is not worth it."""


def height_of(rows: Sequence[Mapping[str, Any]]) -> float:
    """Return how many inches the bars of models take, with a heading for each setting."""
    return 1.35 + SLOT * (len(rows) + len(set(map(setting_of, rows))))


def draw_bars(figure: SubFigure, rows: Sequence[Mapping[str, Any]]) -> None:
    """Draw the gaps and the costs of each model as stacked bars in one row, by setting."""
    rows = sorted(rows, key=setting_of)
    gaps, costs = figure.subplots(1, 2, sharey=True)
    places, labels = _slots(gaps, rows)
    firsts = [y - 1.5 for y in places if y - 1 not in places]
    for axes in (gaps, costs):
        axes.hlines(firsts[1:], 0, 1, color="0.75", lw=0.8, transform=axes.get_yaxis_transform())
    for axes, parts in ((gaps, GAPS), (costs, COSTS)):
        for y, row in zip(places, rows, strict=True):
            _stack(axes, y, row, parts)
        axes.set_ylim(len(rows) + len(labels) - 0.4, -0.6)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
    _limit_bars((gaps, costs), rows)
    for y, row in zip(places, rows, strict=True):
        gaps.errorbar(
            row["excess"], y, xerr=row["excess_se"], color=BLACK, fmt="o", ms=3, elinewidth=1.2,
            capsize=2, zorder=4, label=f"{row['model']}, {asked(row)}",
        )  # fmt: skip
        _beside(gaps, y, estimate(row, "excess"))
        _beside(costs, y, f"{row['final_beta']:.3g}")
    _beside(gaps, -0.15, "excess", "sans-serif")
    _beside(costs, -0.15, "at beta", "sans-serif")
    gaps.set_title("(c) the excess R + D - H, split", loc="left", fontsize=12)
    costs.set_title("(d) what each part costs at its slope beta", loc="left", fontsize=12)
    swatches = [
        (Patch(fc=PARTS["encoder"], ec=GREY, lw=0.5), "encoder cost"),
        (Patch(fc=PARTS["marginal"], ec=GREY, lw=0.5), "marginal gap, marginal cost"),
        (Patch(fc=PARTS["decoder"], ec=GREY, lw=0.5), "decoder gap, decoder cost"),
        (Line2D([], [], color=BLACK, marker="o", ms=3, lw=1.2), "excess ± 1 standard error"),
    ]  # fmt: skip
    if any(row[part] < 0 for row in rows for part in GAPS + COSTS):
        whiskers = Line2D([], [], color=GREY, marker="|", ms=5, lw=1.2)
        swatches.append((whiskers, "± 1 s.e. of a part below 0"))
    figure.legend(
        *zip(*swatches, strict=True), loc="outside lower center", ncols=len(swatches),
        fontsize=9.5, frameon=False, columnspacing=1.8, handlelength=1.6,
    )  # fmt: skip


def _slots(axes: Axes, rows: Sequence[Mapping[str, Any]]) -> tuple[list[float], list[str]]:
    """Label the rows, with a line above each setting; return their places and the settings."""
    places: list[float] = []
    settings: list[str] = []
    for _, group in groupby(rows, key=setting_of):
        members = list(group)
        top = len(places) + len(settings)
        settings.append(asked(members[0]).replace("rate", "target rate"))
        axes.text(
            -0.005, top + 0.05, settings[-1], transform=axes.get_yaxis_transform(), ha="right",
            va="center", fontsize=9.5, weight="bold",
        )  # fmt: skip
        places += [top + k for k in range(1, len(members) + 1)]
    axes.set_yticks(places, labels=[row["model"] for row in rows], family="monospace", fontsize=9.5)
    axes.tick_params(axis="y", pad=16)
    for y, row, label in zip(places, rows, axes.get_yticklabels(), strict=True):
        beside = axes.get_yaxis_transform()
        small = look(row["model"]) | {"ms": 5.5, "mew": 1.2}
        axes.plot([-0.025], [y], transform=beside, clip_on=False, **small)
        if is_broken(row):
            label.set_color(VERMILION)
            cross(axes, -0.025, y, size=8, transform=beside)
    return places, settings


def _stack(axes: Axes, y: float, row: Mapping[str, Any], parts: Sequence[str]) -> None:
    """Draw parts end to end: from 0 to the right, or to the left with errors where negative."""
    right = left = 0.0
    for part in parts:
        value = row[part]
        start = right if value >= 0 else left
        axes.barh(
            y, value, 0.74, left=start, color=PARTS[part.partition("_")[0]], ec=GREY, lw=0.5,
            zorder=2, label=part,
        )  # fmt: skip
        if value >= 0:
            right += value
            continue
        left += value
        axes.errorbar(
            left, y, xerr=row[f"{part}_se"], fmt="none", ecolor=GREY, elinewidth=1.2, capsize=2,
            zorder=3,
        )  # fmt: skip


def _beside(axes: Axes, y: float, text: str, family: str = "monospace") -> None:
    axes.text(
        1.015, y, text, transform=axes.get_yaxis_transform(), va="center", fontsize=8.5,
        family=family, weight="normal" if family == "monospace" else "bold",
    )  # fmt: skip


def _limit_bars(both: Sequence[Axes], rows: Sequence[Mapping[str, Any]]) -> None:
    """Give both panels one scale: linear, compressed where few bars are far longer, or a root.

    A square-root scale is that of bars of all lengths, the short ones of which would not be seen.
    """
    ends = [_ends(row, parts) for row in rows for parts in (GAPS, COSTS)]
    lengths = np.array([right for _, right in ends])
    lengths = np.append(lengths, [row["excess"] + row["excess_se"] for row in rows])
    low = 1.1 * min(
        0.0, *(left for left, _ in ends), *(row["excess"] - row["excess_se"] for row in rows)
    )
    knee, high = knee_of(lengths), 1.04 * float(max(lengths.max(), 1e-3))
    scale, unscale, ticks, label = _scale(lengths, knee, low, high)
    start, end = scale(np.array([low, high])).tolist()
    for axes in both:
        axes.set_xscale("function", functions=(scale, unscale))
        axes.set_xlim(low, high)
        set_ticks(axes.xaxis, ticks, scale, start, end)
        axes.set_xlabel(label, fontsize=10)
        high_up = len(rows) > MANY  # then the axis below is far from the bars above
        axes.tick_params(axis="x", labelsize=9.5, top=high_up, labeltop=high_up)
        axes.grid(axis="x", color="0.9", lw=0.8)
        axes.set_axisbelow(True)
        axes.axvline(0.0, color=BLACK, lw=0.9, zorder=2.5)
        if knee is not None:
            axes.axvspan(knee, high, color="0.95", lw=0, zorder=0)
            axes.axvline(knee, color=GREY, lw=1.0, ls=":", zorder=2.5)


def _scale(
    lengths: Array, knee: float | None, low: float, high: float
) -> tuple[Scale, Scale, list[float], str]:
    """Return a scale, what undoes it, ticks, best ones first, and what the axis is called."""
    if knee is not None:
        factor = (high - knee) / (knee * (1 / KNEE - 1))
        ticks = [0.0, knee, *MaxNLocator(5).tick_values(low, knee)]
        return (
            lambda x: np.where(x <= knee, x, knee + (x - knee) / factor),
            lambda x: np.where(x <= knee, x, knee + (x - knee) * factor),
            [*ticks, *MaxNLocator(3).tick_values(knee, high)],
            f"nats, compressed {factor:.2g} times right of {knee:g}",
        )
    if is_spread(lengths):
        ticks = [n * 10.0**k for k in range(6, -6, -1) for n in (1, 5, 2)]
        return root, square, [0.0, *ticks, *(-tick for tick in ticks)], "nats, square-root scale"
    return _same, _same, [*MaxNLocator(5).tick_values(low, high)], "nats"


def _same(x: Array) -> Array:
    return x


def is_spread(lengths: Array) -> bool:
    """Return whether more than a quarter of the bars are too short to be seen beside the longest.

    Examples
    --------
    >>> is_spread(np.array([0.01, 0.02, 0.5, 8.0])), is_spread(np.array([0.5, 2.0, 4.0, 8.0]))
    (True, False)
    """
    lengths = lengths[lengths > 0]
    return bool(lengths.size) and bool(np.mean(lengths < SHORT * lengths.max()) > FEW)


def _ends(row: Mapping[str, Any], parts: Sequence[str]) -> tuple[float, float]:
    """Return where a stack of bars ends on the left, with errors, and on the right."""
    negative = [part for part in parts if row[part] < 0]
    errors = [row[f"{part}_se"] for part in negative]
    left = sum(row[part] for part in negative) - max(errors, default=0.0)
    return left, sum(max(0.0, row[part]) for part in parts)


def knee_of(lengths: Array) -> float | None:
    """Return a round number between short bars and bars far longer, or None where no gap is."""
    lengths = np.sort(lengths[lengths > 0])
    jumps = lengths[1:] / lengths[:-1]
    if jumps.size == 0:
        return None
    upper = np.flatnonzero(jumps >= JUMP)
    upper = upper[upper >= (lengths.size - 1) // 4]  # a few short ones do not make a crowd
    upper = upper[lengths[upper] >= LEAST_CROWD * lengths[-1]]
    if upper.size == 0:
        return None
    crowd = lengths[upper[-1]]
    steps = np.array([1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12])
    rounded = 10.0 ** np.floor(np.log10(crowd)) * steps
    return float(rounded[rounded >= 1.05 * crowd].min())
