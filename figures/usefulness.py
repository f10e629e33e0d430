"""What codes are good for against their rate: probes, class and pixels of reconstructions.

A column for each sort of models (deconvolutions, PixelCNN++, discrete codes), a row for each share.
Probes are of drawn codes, which the rate bounds; small ticks say what the mean codes give. The best
of each sort up to each rate is drawn in every column, to compare.

Shaded rates are the semantic plateau, where codes keep the class and not the strokes, by the rule
of `figures.choice.semantic`; a line marks the least rate at which any run keeps the class.

Redraw from results with `python -m figures.usefulness DIR`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from figures.choice.semantic import (
    OF_CLASSIFIER,
    PAPER_RATE,
    class_kept_from,
    plateau,
    strokes_from,
)
from figures.parts.axes import SMALL, limit_rates, root, square, tidy
from figures.parts.heading import reserve_heading, write_heading
from figures.parts.look import Entry, add_legend, look
from figures.parts.reading import check_numbers
from figures.parts.shares import check_counts, shares_of
from figures.parts.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PINK,
    SKY,
    VERMILION,
    new_figure,
    save_picture,
)
from figures.parts.words import count_of
from rdneural.records.layout import USEFULNESS
from rdneural.records.names import code_of, parts_of
from rdneural.records.table import Row
from rdtheory.information import greatest_accuracy
from rdtheory.results import read_rows

TEXTS = ("run", "model", "labelled", "labels", "counts", "warning", "checkpoint")
SHARES = (
    "linear_probe", "nearest_neighbours", "drawn_linear_probe", "drawn_nearest_neighbours",
    "class_agreement", "pixel_agreement", "pixels_linear_probe", "pixels_nearest_neighbours",
    "classifier",
)  # fmt: skip
NUMBERS = (
    "rate", "rate_se", "distortion", "distortion_se", "images", "probed", "reconstructions",
    "classes", "chance", "pixel_chance", "pixel_same_class",
    *(f"{name}{se}" for name in SHARES for se in ("", "_se")),
)  # fmt: skip
SHARED = ("labelled", "labels", "classes")
"""What all rows of a figure must have in common."""
OPTIONAL = ("counts",)
"""What tables of before November 2026 lack."""

PANELS = (
    ("linear_probe", "(a) linear probe\nof a drawn code"),
    ("nearest_neighbours", "(b) nearest neighbours\nby a drawn code"),
    ("class_agreement", "(c) reconstructions\nthat show the class"),
    ("pixel_agreement", "(d) reconstructed\npixels that agree"),
)
"""Columns of the table, and what shares they are."""
COLUMNS = {
    "deconvolution": (ORANGE, "-"),
    "PixelCNN++": (BLUE, (0, (5, 1.5))),
    "discrete code": (PINK, (0, (1, 1))),
}
"""The columns of the figure: sorts of models, and how the best of each is drawn in all of them."""
NAME_GAP = 0.1
"""Share of a panel's height between two names of lines, at least."""


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `usefulness.png` from the `usefulness.csv` of a directory.

    Raises
    ------
    ValueError
        where the table is missing, broken or empty, or its rows are of different labels.
    """
    figure = picture(read_table(directory / USEFULNESS))
    return [save_picture(figure, directory / "usefulness.png", overwrite=overwrite)]


def read_table(path: Path) -> list[Row]:
    """Read what the figure needs of a table, and check it."""
    rows = read_rows(path, (*TEXTS, *NUMBERS), texts=TEXTS, optional=OPTIONAL)
    if not rows:
        raise ValueError(f"{path} must have at least one row, got none")
    for row in rows:
        check_numbers(path, {name: row[name] for name in NUMBERS})
        for name in SHARED:
            if row[name] != rows[0][name]:
                raise ValueError(
                    f"{path} must have rows of one {name}, got {rows[0][name]} and {row[name]}"
                )
    counts = {row["counts"] for row in rows} - {None}
    if len(counts) > 1:
        raise ValueError(f"{path} must have rows of one counts, got {' and '.join(sorted(counts))}")
    for text in counts:
        check_counts(path, text, rows[0]["classes"])
    return rows


def picture(rows: Sequence[Row]) -> Figure:
    """Return the figure of a table: a row of panels for each share, a column for each sort.

    Where all models are of one sort there are four panels in two rows.
    """
    sorts = by_sort(rows)
    single = len(sorts) == 1
    figure = new_figure(11.5, 9.0 if single else 11.6)
    reserve_heading(figure, _heading(figure, rows))
    grid = figure.subplots(
        *((2, 2) if single else (len(PANELS), len(sorts))), sharex=True,
        sharey="none" if single else "row",
    ).reshape(len(PANELS), len(sorts))  # fmt: skip
    limit_rates(grid[0, 0], [PAPER_RATE, *(row["rate"] for row in rows)])
    for line, (name, label) in zip(grid, PANELS, strict=True):
        for axes, (sort, own) in zip(line, sorts.items(), strict=True):
            _panel(axes, name, own, rows)
            tidy(axes)
            for other, members in sorts.items():
                _best(axes, name, members, other, own=other == sort)
        line[0].set_ylabel(label, fontsize=10.5)
        _limit_shares(line, name, rows)
        _name_lines(line[-1], name, rows)
    for axes, (sort, own) in zip(grid[0], sorts.items(), strict=True):
        axes.set_title(f"{sort}: {count_of(len(own), 'model')}", loc="left", fontsize=12)
    for axes in grid[-2:].flat if single else grid[-1]:
        axes.set_xlabel("rate R  (nats, square-root scale)", fontsize=10.5)
    _legend(figure, rows, sorts)
    return figure


def by_sort(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Return the rows of each sort of `COLUMNS` that there is."""
    found: dict[str, list[Row]] = {sort: [] for sort in COLUMNS}
    for row in rows:
        decoder = "PixelCNN++" if parts_of(row["model"])[1] == "+" else "deconvolution"
        found["discrete code" if code_of(row["model"]) else decoder].append(row)
    return {sort: own for sort, own in found.items() if own}


def best_up_to(rows: Sequence[Row], name: str) -> tuple[list[float], list[float]]:
    """Return the rates, rising, at which a share is greater than at all rates below, and it."""
    rates: list[float] = []
    values: list[float] = []
    for row in sorted(rows, key=lambda row: (row["rate"], -row[name])):
        if not values or row[name] > values[-1]:
            rates.append(row["rate"])
            values.append(row[name])
    return rates, values


def trainings(rows: Sequence[Row]) -> list[list[Row]]:
    """Return the rows of each training, one checkpoint, by rising rate."""
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row["rate"]):
        found.setdefault(row["checkpoint"], []).append(row)
    return list(found.values())


def _heading(figure: Figure, rows: Sequence[Row]) -> float:
    first, span = rows[0], plateau(rows)
    counts = " or ".join(f"{count:,}" for count in sorted({row["reconstructions"] for row in rows}))
    where = "no model is" if span is None else (
        f"{span[0]:.1f} to {span[1]:.1f} nats (shaded)" if span[0] < span[1]
        else f"one model, at {span[0]:.1f} nats"
    )  # fmt: skip
    lines = [
        (f"{first['labelled']}: what codes of {count_of(len(rows), 'model')} are good for", 13,
         BLACK),
        (f"Class: {first['labels']} ({first['classes']}). Probes: {first['probed']:,} images, "
         f"cross-validated. Reconstructions: of {counts} held-out images. "
         "Bars: ± 1 standard error.", 9.5, BLACK),
        (f"Semantic (class at least {OF_CLASSIFIER:.0%} of the classifier's, pixels below the "
         f"green line): {where}.", 9.5, BLACK),
    ]  # fmt: skip
    if first["warning"]:
        lines.append((first["warning"], 9.0, VERMILION))
    return write_heading(figure, lines)


def _panel(axes: Axes, name: str, own: Sequence[Row], rows: Sequence[Row]) -> None:
    """Draw the models of one sort, and what all models are held against."""
    shown = _shown(name)
    for row in own:
        marker = look(row["model"]) | {"ms": SMALL, "mew": 1.1}
        axes.errorbar(
            row["rate"], row[shown], row[f"{shown}_se"], row["rate_se"], color=marker["mec"],
            elinewidth=0.8, zorder=3, **marker,
        )  # fmt: skip
        if shown != name:
            axes.plot(row["rate"], row[name], marker="_", ms=7, mew=1.2, color="0.6", zorder=2)
    for group in trainings(own):
        rates, values = ([row[column] for row in group] for column in ("rate", shown))
        axes.plot(rates, values, color="0.65", lw=0.8, zorder=1.5)
    _baselines(axes, name, rows)
    kept, span = class_kept_from(rows), plateau(rows)
    if name in ("class_agreement", "pixel_agreement"):
        if kept is not None:
            axes.axvline(kept, color=GREEN, ls=(0, (2, 2)), lw=1.4, zorder=1)
        if span is not None:
            room = 0.12  # of a root of a nat on either side, so that one run can be seen
            low, high = np.sqrt(np.maximum(span, 0.0)).tolist()
            left, right = max(0.0, low - room) ** 2, (high + room) ** 2
            axes.axvspan(left, right, color=GREEN, alpha=0.15, lw=0, zorder=0)
    axes.plot(
        PAPER_RATE, 0.0, marker="^", ms=7, color=GREEN, ls="none", clip_on=False, zorder=4,
        transform=axes.get_xaxis_transform(),
    )  # fmt: skip


def _shown(name: str) -> str:
    """Return which column the markers show: of codes the drawn ones, which the rate bounds."""
    return f"drawn_{name}" if f"drawn_{name}" in NUMBERS else name


def _best(axes: Axes, name: str, members: Sequence[Row], sort: str, *, own: bool) -> None:
    """Draw the best of a sort at each rate: thick in its own column, thin beside others."""
    colour, style = COLUMNS[sort]
    width, paint = (2.0, colour) if own else (1.0, (colour, 0.8))
    axes.plot(
        *best_up_to(members, _shown(name)), color=paint, ls=style, lw=width, zorder=2.2,
        label=f"best {sort}",
    )  # fmt: skip


def _stroke(sort: str) -> Line2D:
    colour, style = COLUMNS[sort]
    return Line2D([], [], color=colour, ls=style, lw=2.0)


def _baselines(axes: Axes, name: str, rows: Sequence[Row]) -> None:
    """Draw what the numbers of a panel are held against, across it."""
    for value, (colour, style, _) in _held_against(name, rows).items():
        axes.axhline(value, color=colour, ls=style, lw=1.1, zorder=1)
    if name != "pixel_agreement":
        rates = square(np.linspace(0.0, root(np.array(axes.get_xlim()[1])), 300))
        greatest = greatest_accuracy(rates, shares_of(rows))
        axes.plot(rates, greatest, color=SKY, lw=1.4, zorder=1)


def _held_against(name: str, rows: Sequence[Row]) -> dict[float, tuple[str, Any, str]]:
    """Return heights with their colours, styles and names."""
    first = rows[0]
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


def _name_lines(axes: Axes, name: str, rows: Sequence[Row]) -> None:
    """Write right of a panel what the lines across it are, and by the upright line its rate."""
    low, high = axes.get_ylim()
    place = -1.0
    for value, (colour, _, words) in sorted(_held_against(name, rows).items()):
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


def _limit_shares(line: Sequence[Axes], name: str, rows: Sequence[Row]) -> None:
    """Fit a row of panels to its shares and lines."""
    shown = [row[_shown(name)] for row in rows] + [row[name] for row in rows]
    values = [*shown, *_held_against(name, rows)]
    high = max(values) if name == "pixel_agreement" else 1.0
    pad = 0.08 * max(high - min(values), 0.02)
    for axes in line:
        axes.set_ylim(min(values) - pad, high + pad)


def _legend(figure: Figure, rows: Sequence[Row], sorts: Mapping[str, Sequence[Row]]) -> None:
    joined = any(len(group) > 1 for group in trainings(rows))
    lines: list[Entry] = [
        *((_stroke(sort), f"best {sort} up to R") for sort in sorts),
        *([(Line2D([], [], color="0.65", lw=0.8), "one training")] if joined else []),
        (Line2D([], [], color="0.6", marker="_", ms=7, mew=1.2, lw=0), "(a, b) the mean code"),
        (Line2D([], [], color=SKY, lw=1.4), "the most that R nats can tell (Fano)"),
        (Line2D([], [], color=GREEN, marker="^", ms=7, lw=0), f"R = {PAPER_RATE}, in the paper"),
    ]
    if plateau(rows) is not None:
        lines.append((Patch(color=GREEN, alpha=0.15), "semantic models"))
    add_legend(figure, lines, [row["model"] for row in rows])


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
