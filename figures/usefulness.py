"""What codes are good for against their rate: probes, class and pixels of reconstructions.

The shaded rates are the semantic plateau, where codes keep the class and not the strokes, by the
rule of `figures.choice.semantic`; a line marks the least rate at which any run keeps the class.

Redraw from results with `python -m figures.usefulness DIR`.
"""

from collections.abc import Sequence
from pathlib import Path

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
from figures.parts.axes import limit_rates, root, square, tidy
from figures.parts.heading import reserve_heading, write_heading
from figures.parts.look import Entry, add_legend, look
from figures.parts.reading import check_numbers
from figures.parts.style import BLACK, GREEN, GREY, SKY, VERMILION, new_figure, save_picture
from figures.parts.words import count_of
from rdneural.records.layout import USEFULNESS
from rdneural.records.table import Row
from rdtheory.information import greatest_accuracy
from rdtheory.results import read_rows

TEXTS = ("run", "model", "labelled", "labels", "warning", "checkpoint")
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

PANELS = (
    ("linear_probe", "(a) linear probe of the code (dashed: of the pixels)", "accuracy"),
    ("nearest_neighbours", "(b) nearest neighbours by code (dashed: by pixels)", "accuracy"),
    (
        "class_agreement",
        "(c) class of the reconstruction (dashed: the classifier's accuracy)",
        "share with the image's class",
    ),
    ("pixel_agreement", "(d) pixels of the reconstruction", "share of equal pixels"),
)
"""Columns, titles and what the vertical axis is."""


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
    rows = read_rows(path, (*TEXTS, *NUMBERS), texts=TEXTS)
    if not rows:
        raise ValueError(f"{path} must have at least one row, got none")
    for row in rows:
        check_numbers(path, {name: row[name] for name in NUMBERS})
        for name in SHARED:
            if row[name] != rows[0][name]:
                raise ValueError(
                    f"{path} must have rows of one {name}, got {rows[0][name]} and {row[name]}"
                )
    return rows


def picture(rows: Sequence[Row]) -> Figure:
    """Return the figure of a table, four panels."""
    figure = new_figure(11.5, 9.6)
    reserve_heading(figure, _heading(figure, rows))
    panels = figure.subplots(2, 2, sharex=True).flat
    span, groups = plateau(rows), trainings(rows)
    for axes, (name, title, label) in zip(panels, PANELS, strict=True):
        limit_rates(axes, [PAPER_RATE, *(row["rate"] for row in rows)])
        _plateau(axes, span)
        _baselines(axes, name, rows)
        for group in groups:
            _join(axes, name, group)
        for row in rows:
            _mark(axes, name, row)
        axes.set_title(title, loc="left", fontsize=11)
        axes.set_ylabel(label, fontsize=11)
        tidy(axes)
    kept = class_kept_from(rows)
    for axes in figure.axes[2:]:
        if kept is not None:
            axes.axvline(kept, color=GREEN, ls=(0, (2, 2)), lw=1.4, zorder=1)
        axes.set_xlabel("rate R  (nats per image, square-root scale)", fontsize=11)
    _legend(figure, rows)
    return figure


def trainings(rows: Sequence[Row]) -> list[list[Row]]:
    """Return the rows of each training, one checkpoint, by rising rate."""
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row["rate"]):
        found.setdefault(row["checkpoint"], []).append(row)
    return list(found.values())


def _heading(figure: Figure, rows: Sequence[Row]) -> float:
    first, span = rows[0], plateau(rows)
    counts = sorted({row["reconstructions"] for row in rows})
    where = "no run of this table is" if span is None else (
        f"the shaded rates, {span[0]:.1f} to {span[1]:.1f} nats" if span[0] < span[1]
        else f"one run, at {span[0]:.1f} nats"
    )  # fmt: skip
    kept = class_kept_from(rows)
    of_class = "no run keeps the class" if kept is None else (
        f"the class is kept from {kept:.1f} nats on"
    )  # fmt: skip
    rule = (
        f"Semantic (class agreement at least {OF_CLASSIFIER:.0%} of the classifier's accuracy, "
        f"pixel agreement below halfway from two images of one class to 1): {where}; "
        f"{of_class}. The paper calls a model at R = {PAPER_RATE} a semantic encoder."
    )
    lines = [
        (f"{first['labelled']}: what codes of {count_of(len(rows), 'model')} are good for", 13,
         BLACK),
        (f"Class: {first['labels']}, {first['classes']} of them. Probes are cross-validated over "
         f"{first['probed']:,} images; R and D are of {first['images']:,} held-out ones, of which "
         f"{' or '.join(f'{count:,}' for count in counts)} are reconstructed. "
         "Bars are ± 1 standard error.", 9.5, BLACK),
        (rule, 9.5, BLACK),
    ]  # fmt: skip
    if first["warning"]:
        lines.append((first["warning"], 9.0, VERMILION))
    return write_heading(figure, lines)


def _plateau(axes: Axes, span: tuple[float, float] | None) -> None:
    """Shade the plateau, and mark the paper's rate at the foot of the panel."""
    if span is not None:
        room = 0.12  # of a root of a nat on either side, so that one run can be seen
        low, high = np.sqrt(np.maximum(span, 0.0)).tolist()
        left, right = max(0.0, low - room) ** 2, (high + room) ** 2
        axes.axvspan(left, right, color=GREEN, alpha=0.15, lw=0, zorder=0)
    axes.plot(
        PAPER_RATE, 0.0, marker="^", ms=9, color=GREEN, ls="none", clip_on=False, zorder=4,
        transform=axes.get_xaxis_transform(),
    )  # fmt: skip


def _baselines(axes: Axes, name: str, rows: Sequence[Row]) -> None:
    """Draw what the numbers of a panel are held against."""
    first = rows[0]
    if name == "pixel_agreement":
        _line(axes, first["pixel_chance"], GREY, ":", "two images")
        _line(axes, first["pixel_same_class"], GREY, "-.", "two images of one class", left=True)
        halfway = strokes_from(first)
        _line(axes, halfway, GREEN, "-", "halfway to 1: semantic runs are below", left=True)
        return
    above = {
        "linear_probe": "pixels_linear_probe",
        "nearest_neighbours": "pixels_nearest_neighbours",
        "class_agreement": "classifier",
    }[name]
    value, error = first[above], first[f"{above}_se"]
    axes.axhspan(value - error, value + error, color="0.9", lw=0, zorder=0.5)
    _line(axes, value, BLACK, "--")
    _line(axes, first["chance"], GREY, ":", "chance")
    rates = square(np.linspace(0.0, root(np.array(axes.get_xlim()[1])), 300))
    axes.plot(rates, greatest_accuracy(rates, first["classes"]), color=SKY, lw=1.4, zorder=1)


def _line(
    axes: Axes, value: float, colour: str, style: str, text: str = "", *, left: bool = False
) -> None:
    axes.axhline(value, color=colour, ls=style, lw=1.2, zorder=1)
    axes.annotate(
        text, (0.01 if left else 1, value), (0, 3), xycoords=("axes fraction", "data"),
        ha="left" if left else "right", va="bottom", textcoords="offset points", fontsize=8.5,
        color=colour if colour == GREEN else "0.3",
    )  # fmt: skip


def _join(axes: Axes, name: str, rows: Sequence[Row]) -> None:
    """Join what is of one training: a curve, or a fixed map at several sizes."""
    rates, values = ([row[column] for row in rows] for column in ("rate", name))
    axes.plot(rates, values, color=look(rows[0]["model"])["mec"], lw=1.0, alpha=0.6, zorder=2)


def _mark(axes: Axes, name: str, row: Row) -> None:
    marker = look(row["model"])
    colour = marker["mec"]
    axes.errorbar(
        row["rate"], row[name], row[f"{name}_se"], row["rate_se"], color=colour, elinewidth=1.0,
        zorder=3, **marker,
    )  # fmt: skip
    drawn = f"drawn_{name}"
    if drawn in row:
        axes.plot([row["rate"]] * 2, [row[name], row[drawn]], color=colour, lw=0.7, zorder=2)
        axes.plot(row["rate"], row[drawn], marker="_", ms=8, mew=1.6, color=colour, zorder=3)


def _legend(figure: Figure, rows: Sequence[Row]) -> None:
    joined = any(len(group) > 1 for group in trainings(rows))
    lines: list[Entry] = [
        *([(Line2D([], [], color="0.3", lw=1.0, alpha=0.6), "one training")] if joined else []),
        (Line2D([], [], color="0.3", marker="_", ms=8, mew=1.6, lw=0), "a drawn code in its place"),
        (Line2D([], [], color=SKY, lw=1.4), "the most that R nats can tell (Fano)"),
        (Patch(color=GREEN, alpha=0.15), "semantic runs"),
        (Line2D([], [], color=GREEN, ls=(0, (2, 2)), lw=1.4), "least rate that keeps the class"),
        (Line2D([], [], color=GREEN, marker="^", ms=8, lw=0), f"R = {PAPER_RATE}, the paper's"),
    ]
    add_legend(figure, lines, [row["model"] for row in rows])


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
