"""What codes are good for against their rate: probes, class and pixels of reconstructions.

The *semantic plateau* is where the code keeps the class and not the strokes. The rule is ours and
simple. A run is semantic where both hold:

- the class: its class agreement is at least 95 % of the classifier's accuracy on images themselves;
- not the strokes: its pixel agreement is below halfway from that of two different images of one
  class to 1.

The plateau spans the rates of the semantic runs; a table may have none, since where the class is
kept strokes may be, too. A line marks the least rate at which any run keeps the class. The paper
calls a model at R = 6.2 nats a semantic encoder, by looking at its reconstructions (Alemi et al.
2018, section 4.2).

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
from tabulate import tabulate

from figures.choice.kinds import kind_of
from figures.parts.axes import TICKS, count_of, set_ticks
from figures.parts.heading import reserve_heading, write_heading
from figures.parts.look import Entry, add_legend, look
from figures.parts.reading import check_numbers
from figures.parts.style import BLACK, GREEN, GREY, SKY, VERMILION, new_figure, save_picture
from figures.tables.tables import compact
from rdtheory.checks import Array
from rdtheory.information import greatest_accuracy
from rdtheory.results import read_rows

TABLE = "usefulness.csv"

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

OF_CLASSIFIER = 0.95
"""Share of the classifier's accuracy that a semantic run's reconstructions keep at least."""
PAPER_RATE = 6.2
"""Nats of the paper's semantic encoder."""

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

Row = dict[str, Any]


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `usefulness.png` from the `usefulness.csv` of a directory.

    Raises
    ------
    ValueError
        where the table is missing, broken or empty, or its rows are of different labels.
    """
    figure = picture(read_table(directory / TABLE))
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


def is_semantic(row: Mapping[str, Any]) -> bool:
    """Return whether a row's code keeps the class and not the strokes.

    Examples
    --------
    >>> row = {"class_agreement": 0.93, "pixel_agreement": 0.89}
    >>> row |= {"classifier": 0.97, "pixel_same_class": 0.8}
    >>> is_semantic(row), is_semantic(row | {"pixel_agreement": 0.91})
    (True, False)
    """
    strokes = (row["pixel_same_class"] + 1) / 2
    return keeps_class(row) and bool(row["pixel_agreement"] < strokes)


def keeps_class(row: Mapping[str, Any]) -> bool:
    """Return whether reconstructions show the class nearly as often as images do."""
    return bool(row["class_agreement"] >= OF_CLASSIFIER * row["classifier"])


def plateau(rows: Sequence[Mapping[str, Any]]) -> tuple[float, float] | None:
    """Return the least and the greatest rate of the semantic runs; None where there are none."""
    rates = [row["rate"] for row in rows if is_semantic(row)]
    return (min(rates), max(rates)) if rates else None


def class_kept_from(rows: Sequence[Mapping[str, Any]]) -> float | None:
    """Return the least rate of the runs that keep the class; None where there are none."""
    return min((row["rate"] for row in rows if keeps_class(row)), default=None)


def picture(rows: Sequence[Row]) -> Figure:
    """Return the figure of a table, four panels."""
    figure = new_figure(11.5, 9.6)
    reserve_heading(figure, _heading(figure, rows))
    panels = figure.subplots(2, 2, sharex=True).flat
    span, groups = plateau(rows), trainings(rows)
    for axes, (name, title, label) in zip(panels, PANELS, strict=True):
        _limit(axes, rows)
        _plateau(axes, span)
        _baselines(axes, name, rows)
        for group in groups:
            _join(axes, name, group)
        for row in rows:
            _mark(axes, name, row)
        axes.set_title(title, loc="left", fontsize=11)
        axes.set_ylabel(label, fontsize=11)
        axes.tick_params(labelsize=10)
        axes.spines[["top", "right"]].set_visible(False)
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


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the rows as text: per cent, with the last digits' error in parentheses."""
    entropy = min(row["rate"] + row["distortion"] for row in rows)

    def cell(row: Mapping[str, Any], name: str) -> str:
        return compact(100 * row[name], 100 * row[f"{name}_se"])

    measured = ("linear_probe", "nearest_neighbours", "drawn_linear_probe",
                "drawn_nearest_neighbours", "class_agreement", "pixel_agreement")  # fmt: skip
    lines = [
        [
            row["model"],
            compact(row["rate"], row["rate_se"]),
            compact(row["distortion"], row["distortion_se"]),
            *(cell(row, name) for name in measured),
            kind_of(row["rate"], row["distortion"], entropy),
            "yes" if is_semantic(row) else "no",
        ]
        for row in sorted(rows, key=lambda row: row["rate"])
    ]
    first = rows[0]
    lines.append(
        ["the images", "", "", cell(first, "pixels_linear_probe"),
         cell(first, "pixels_nearest_neighbours"), "", "", cell(first, "classifier"), "", "", ""]
    )  # fmt: skip
    head = ("model", "R", "D", "probe %", "neighb. %", "drawn: probe", "neighb.", "class %",
            "pixels %", "by R and D", "semantic")  # fmt: skip
    title = (
        f"{first['labelled']}, {first['labels']} of {first['classes']}; chance "
        f"{100 * first['chance']:.3g} %, pixels of two images {100 * first['pixel_chance']:.1f} %, "
        f"of one class {100 * first['pixel_same_class']:.1f} %"
    )
    return f"{title}\n" + tabulate(lines, head, disable_numparse=True, stralign="right")


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


def _root(x: Array) -> Array:
    return np.sign(x) * np.sqrt(np.abs(x))


def _square(x: Array) -> Array:
    return np.sign(x) * np.square(x)


def _limit(axes: Axes, rows: Sequence[Row]) -> None:
    """Fit the axis of rates to all runs and to 0, on a square-root scale."""
    rates = [row["rate"] for row in rows]
    left, right = _root(np.array([min(0.0, *rates), max(PAPER_RATE, *rates)])).tolist()
    pad = 0.05 * (right - left)
    left, right = left - pad, right + pad
    axes.set_xscale("function", functions=(_root, _square))
    axes.set_xlim(*_square(np.array([left, right])).tolist())
    set_ticks(axes.xaxis, TICKS, _root, left, right)


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
        halfway = (first["pixel_same_class"] + 1) / 2
        _line(axes, first["pixel_chance"], GREY, ":", "two images")
        _line(axes, first["pixel_same_class"], GREY, "-.", "two images of one class", left=True)
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
    rates = _square(np.linspace(0.0, _root(np.array(axes.get_xlim()[1])), 300))
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
