"""What codes are good for against their rate: probes, class and pixels of reconstructions, nats.

A column for each sort of models (deconvolutions, PixelCNN++, discrete codes), a row for each of
what is measured. Probes are of drawn codes, which the rate bounds; small ticks say what the mean
codes give. The best of each sort up to each rate is drawn in every column, to compare.

Shaded rates are the plateau where reconstructions keep the class without strokes, by the rule of
`figures.choice.semantic`; a line marks the least rate at which any run keeps the class.

Redraw from results with `python -m figures.usefulness DIR`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from figures.bottleneck import read_curve
from figures.choice.semantic import (
    OF_CLASSIFIER,
    PAPER_RATE,
    class_kept_from,
    is_semantic,
    plateau,
)
from figures.parts.axes import SMALL, limit_rates, tidy
from figures.parts.best import best_up_to, trainings
from figures.parts.heading import reserve_heading, write_heading
from figures.parts.held_against import draw_held_against, held_against, name_lines
from figures.parts.label_nats import EXACT, LATER, NATS, PANEL, draw_bounds, draw_exact, has_nats
from figures.parts.look import Entry, add_legend, look
from figures.parts.reading import check_numbers
from figures.parts.shares import check_counts
from figures.parts.style import (
    BLACK,
    BLUE,
    GREEN,
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
from rdtheory.bottleneck.curve import InformationCurve
from rdtheory.results import read_json, read_rows, result_name

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
OPTIONAL = ("counts", *LATER)
"""What tables of before November, or December, 2026 lack."""

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


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `usefulness.png` from the `usefulness.csv` of a directory.

    Where `bottleneck --joint images:SOURCE` has left its result there, too, the most that a code of
    each rate can tell of the class is drawn beside nats of it.

    Raises
    ------
    ValueError
        where the table is missing, broken or empty, its rows are of different labels, or the
        information curve is that of another source.
    """
    rows = read_table(directory / USEFULNESS)
    figure = picture(rows, frontier_beside(directory, rows))
    return [save_picture(figure, directory / "usefulness.png", overwrite=overwrite)]


def read_table(path: Path) -> list[Row]:
    """Read what the figure needs of a table, and check it."""
    columns = (*TEXTS, *NUMBERS, *LATER)
    rows = read_rows(path, columns, texts=TEXTS, optional=OPTIONAL)
    if not rows:
        raise ValueError(f"{path} must have at least one row, got none")
    for row in rows:
        later = [name for name in LATER if row[name] is not None]
        check_numbers(path, {name: row[name] for name in (*NUMBERS, *later)})
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


def frontier_beside(directory: Path, rows: Sequence[Row]) -> InformationCurve | None:
    """Return the information curve of a table's images and their class, if it lies beside it."""
    path = directory / result_name("bottleneck")
    if not path.exists():
        return None
    result = read_json(path, command="bottleneck")
    if result["joint"] != (wanted := f"images:{rows[0]['labelled']}"):
        raise ValueError(f"{path} must be of the joint {wanted}, got {result['joint']}")
    return read_curve(result)


def picture(rows: Sequence[Row], frontier: InformationCurve | None = None) -> Figure:
    """Return the figure of a table: a row of panels for each measure, a column for each sort.

    Where all models are of one sort there are two panels in a row. Nats of the class have a panel
    where any row has them.
    """
    sorts = by_sort(rows)
    single = len(sorts) == 1
    panels = (*PANELS, PANEL) if any(map(has_nats, rows)) else PANELS
    lines = -(-len(panels) // 2) if single else len(panels)
    figure = new_figure(11.5, 0.6 + (4.2 if single else 2.75) * lines)
    reserve_heading(figure, _heading(figure, rows))
    grid = figure.subplots(
        lines, 2 if single else len(sorts), sharex=True, sharey="none" if single else "row",
        squeeze=False,
    )  # fmt: skip
    if single:
        for axes in grid.flat[len(panels) :]:
            axes.remove()
        grid = grid.reshape(-1, 1)[: len(panels)]
    limit_rates(grid[0, 0], [PAPER_RATE, *(row["rate"] for row in rows)])
    for line, (name, label) in zip(grid, panels, strict=True):
        for axes, (sort, own) in zip(line, sorts.items(), strict=True):
            measured = _measured(own, name)
            _panel(axes, name, measured, rows)
            if name == NATS:
                draw_bounds(axes, rows, frontier)
                draw_exact(axes, measured)
            tidy(axes)
            for other, members in sorts.items():
                _best(axes, name, _measured(members, name), other, own=other == sort)
        line[0].set_ylabel(label, fontsize=10.5)
        _limit_shares(line, name, rows)
        name_lines(line[-1], name, rows)
    for axes, (sort, own) in zip(grid[0], sorts.items(), strict=True):
        axes.set_title(f"{sort}: {count_of(len(own), 'model')}", loc="left", fontsize=12)
    for axes in grid[-2:].flat if single else grid[-1]:
        axes.tick_params(labelbottom=True)
        axes.set_xlabel("rate R  (nats, square-root scale)", fontsize=10.5)
    _legend(figure, rows, sorts, frontier)
    return figure


def by_sort(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Return the rows of each sort of `COLUMNS` that there is."""
    found: dict[str, list[Row]] = {sort: [] for sort in COLUMNS}
    for row in rows:
        decoder = "PixelCNN++" if parts_of(row["model"])[1] == "+" else "deconvolution"
        found["discrete code" if code_of(row["model"]) else decoder].append(row)
    return {sort: own for sort, own in found.items() if own}


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
        (f"Class without strokes (class at least {OF_CLASSIFIER:.0%} of the classifier's, pixels "
         f"below the green line): {where}.", 9.5, BLACK),
        *_semantic(rows),
    ]  # fmt: skip
    if first["warning"]:
        lines.append((first["warning"], 9.0, VERMILION))
    return write_heading(figure, lines)


def _semantic(rows: Sequence[Row]) -> list[tuple[str, float, str]]:
    """Return a line on which models are semantic, where nats of the class were measured."""
    judged = [row for row in rows if is_semantic(row) is not None]
    if not judged:
        return []
    rates = sorted(row["rate"] for row in judged if is_semantic(row))
    found = f"{len(rates)}, at {rates[0]:.1f} to {rates[-1]:.1f} nats" if rates else "none"
    told = "Semantic (tells half of the class or more, at no more than twice these nats)"
    return [(f"{told}: {found} of {count_of(len(judged), 'model')}.", 9.5, BLACK)]


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
    draw_held_against(axes, name, rows)
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


def _measured(rows: Sequence[Row], name: str) -> list[Row]:
    """Return the rows of which this was measured."""
    return [row for row in rows if row.get(_shown(name)) is not None]


def _shown(name: str) -> str:
    """Return which column the markers show: of codes the drawn ones, which the rate bounds."""
    return f"drawn_{name}" if f"drawn_{name}" in (*NUMBERS, *LATER) else name


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


def _limit_shares(line: Sequence[Axes], name: str, rows: Sequence[Row]) -> None:
    """Fit a row of panels to its shares and lines."""
    shown = [row[column] for row in _measured(rows, name) for column in (_shown(name), name)]
    values = [*shown, *held_against(name, rows), *([0.0] if name == NATS else [])]
    high = max(values) if name in ("pixel_agreement", NATS) else 1.0
    pad = 0.08 * max(high - min(values), 0.02)
    for axes in line:
        axes.set_ylim(min(values) - pad, high + pad)


def _legend(
    figure: Figure, rows: Sequence[Row], sorts: Mapping[str, Sequence[Row]],
    frontier: InformationCurve | None,
) -> None:  # fmt: skip
    nats, exact = any(map(has_nats, rows)), any(row.get(EXACT) is not None for row in rows)
    joined = any(len(group) > 1 for group in trainings(rows))
    lines: list[Entry] = [
        *((_stroke(sort), f"best {sort} up to R") for sort in sorts),
        *([(Line2D([], [], color="0.65", lw=0.8), "one training")] if joined else []),
        (
            Line2D([], [], color="0.6", marker="_", ms=7, mew=1.2, lw=0),
            f"(a, b{', e' if nats else ''}) the mean code",
        ),
        *(
            [
                (
                    Line2D([], [], color=BLACK, lw=1.2),
                    "(e) the most a code of R nats tells, certified",
                )
            ]
            if frontier is not None
            else []
        ),
        *(
            [
                (
                    Line2D([], [], color=BLACK, marker="x", ms=6, mew=1.3, lw=0),
                    "(e) what its code tells, exactly",
                )
            ]
            if exact
            else []
        ),
        (Line2D([], [], color=SKY, lw=1.4), "the most that R nats can tell (Fano)"),
        (Line2D([], [], color=GREEN, marker="^", ms=7, lw=0), f"R = {PAPER_RATE}, in the paper"),
    ]
    if plateau(rows) is not None:
        lines.append((Patch(color=GREEN, alpha=0.15), "class without strokes"))
    add_legend(figure, lines, [row["model"] for row in rows])


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
