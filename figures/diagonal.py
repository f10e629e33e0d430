"""Models whose code is a fixed map, at all their rates, over the plane of Figure 3.

`diagonal.png`, from `diagonal.csv`, and from what else there is in the directory: the runs of a
sweep (`table.csv`) as hollow and filled marks, and what the codes keep of images (`diagonal.npz`).

Redraw from results with `python -m figures.diagonal DIR`.
"""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from figures.parts.axes import bound, limit, mark_runs, tidy
from figures.parts.heading import describe_runs, reserve_heading, write_heading
from figures.parts.look import CODES, Entry, add_legend
from figures.parts.reading import MEASURES, check_numbers, read_table, tested
from figures.parts.sheet import put, squared
from figures.parts.style import BLACK, GREEN, VERMILION, new_figure, save_picture
from rdneural.records.layout import DIAGONAL, DIAGONAL_IMAGES, TABLE
from rdneural.records.names import code_of, is_family
from rdneural.records.table import Row
from rdtheory.results import read_arrays, read_rows, refuse_existing

TEXTS = ("run", "model", "data", "preset")
MOST_PICTURES = 4
PICTURES = ("data", "models", "code", "reconstruction")
COLOURS = {"split": GREEN, "coarse": VERMILION}


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `diagonal.png` from the files in a directory."""
    path = directory / "diagonal.png"
    refuse_existing(path, overwrite=overwrite)
    points = read_points(directory / DIAGONAL)
    runs = read_table(directory) if (directory / TABLE).exists() else []
    if runs and runs[0]["data"] != points[0]["data"]:
        raise ValueError(
            f"{directory} must be of one data set, got {points[0]['data']} in {DIAGONAL} and "
            f"{runs[0]['data']} in {TABLE}"
        )
    pictures = directory / DIAGONAL_IMAGES
    images = read_arrays(pictures, PICTURES) if pictures.exists() else {}
    return [save_picture(_figure(points, runs, images), path, overwrite=overwrite)]


def read_points(path: Path) -> list[Row]:
    """Return the rows of `diagonal.csv`; `ValueError` where they are missing or broken."""
    points = read_rows(path, (*TEXTS, "size", "epochs", "images", *MEASURES), texts=TEXTS)
    if not points:
        raise ValueError(f"{path} must have at least one row, got none")
    for point in points:
        if not is_family(point["model"]) or code_of(point["model"]) not in COLOURS:
            raise ValueError(f"{path} must hold split:K and coarse:S, got {point['model']!r}")
        check_numbers(path, {name: point[name] for name in MEASURES})
    return points


def _figure(points: list[Row], runs: list[Row], images: dict[str, Any]) -> Any:  # noqa: ANN401
    whole = new_figure(11.5, 6.9 + (4.8 if images else 0.0))
    reserve_heading(whole, write_heading(whole, _heading(points, runs)))
    ratios = [6.4, 4.8] if images else [1.0]
    parts = whole.subfigures(len(ratios), 1, squeeze=False, height_ratios=ratios)[:, 0]
    upper = parts[0]
    if images:
        _pictures(parts[1], images)
    left, right = upper.subplots(1, 2)
    best = min(point["elbo"] for point in points)
    _plane(left, points, runs, best)
    _skew(right, points, runs, best)
    _legend(upper, points, runs, best)
    return whole


def _heading(points: list[Row], runs: list[Row]) -> list[tuple[str, float, str]]:
    trained = "; ".join(
        f"{run}: {points_of[0]['epochs']:.3g} epochs"
        for run, points_of in _series(points)
    )  # fmt: skip
    lines = [
        (f"{points[0]['data']}, preset {points[0]['preset']}: codes that are fixed maps of the "
         "image, at all their rates", 13.0, BLACK),
        (f"Test images; bars are ± 1 standard error. Each trained once: {trained}.", 9.5, BLACK),
    ]  # fmt: skip
    if runs:
        lines.append((f"Beside them: {describe_runs(runs)}.", 9.5, BLACK))
    return lines


def _series(points: list[Row]) -> list[tuple[str, list[Row]]]:
    """Return the points of each run by its kind of code."""
    return [(name, list(group)) for name, group in groupby(points, key=_kind)]


def _kind(point: Row) -> str:
    return str(code_of(point["model"]))


def _plane(axes: Axes, points: list[Row], runs: list[Row], best: float) -> None:
    top = max([best, *(r["test_distortion"] for r in runs), *(p["distortion"] for p in points)])
    right = max([best, *(r["test_rate"] for r in runs), *(p["rate"] for p in points)])
    axes.set_xlim(-0.02 * right, 1.05 * right)
    axes.set_ylim(0, 1.05 * top)
    axes.fill_between([0, best], 0, [best, 0], color="0.92", lw=0, zorder=0)
    axes.plot([0, best], [best, 0], color=BLACK, ls="--", lw=1.1, zorder=1)
    _marks(axes, points, runs, "distortion")
    axes.set_title("(a) the plane of rate and distortion", loc="left", fontsize=12)
    axes.set_xlabel("rate R  (nats per image)", fontsize=11)
    axes.set_ylabel("distortion D  (nats per image)", fontsize=11)
    tidy(axes)


def _skew(axes: Axes, points: list[Row], runs: list[Row], best: float) -> None:
    limit(axes, [*points, *map(tested, runs)], "elbo", best)
    bound(axes, "elbo", best)
    _marks(axes, points, runs, "elbo")
    axes.set_title("(b) the same: R + D against R", loc="left", fontsize=12)
    axes.set_xlabel("rate R  (nats per image, square-root scale)", fontsize=11)
    axes.set_ylabel("R + D = -ELBO  (nats, stretched near the best)", fontsize=11)
    tidy(axes)


def _marks(axes: Axes, points: list[Row], runs: list[Row], measure: str) -> None:
    if runs:
        mark_runs(axes, runs, measure)
    for kind, series in _series(points):
        x, x_se, y, y_se = (
            [p[n] for p in series] for n in ("rate", "rate_se", measure, f"{measure}_se")
        )
        drawn = axes.errorbar(
            x, y, y_se, x_se, color=COLOURS[kind], marker=CODES[kind][1], ms=7, mec="white",
            mew=0.6, lw=1.6, elinewidth=1, zorder=4, clip_on=False,
        )  # fmt: skip
        for bars in drawn.lines[2]:
            bars.set_clip_on(True)  # markers at R = 0 and D = 0 are whole, bars end at the axes


def _legend(figure: SubFigure, points: list[Row], runs: Sequence[Row], best: float) -> None:
    lines: list[Entry] = [
        (Line2D([], [], color=COLOURS[kind], marker=CODES[kind][1], ms=7, mec="white"),
         f"{CODES[kind][0]}: R + D = {series[0]['elbo']:.2f} ± {series[0]['elbo_se']:.2f}")
        for kind, series in _series(points)
    ]  # fmt: skip
    lines += [
        (Line2D([], [], color=BLACK, ls="--", lw=1.1), f"R + D = {best:.2f}, the least of these"),
        (Patch(color="0.92"), "below it: infeasible if it were H"),
    ]
    if runs:
        add_legend(figure, lines, [run["model"] for run in runs])
    else:
        handles, labels = zip(*lines, strict=True)
        figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)


def _pictures(figure: SubFigure, images: dict[str, Any]) -> None:
    """Draw images, what each code shows of them, and one draw of d(x|z) given the code."""
    models = [str(name) for name in images["models"]]
    per_row = max(3, (len(models) + 1) // 2)
    axes = figure.subplots(-(-len(models) // per_row), per_row, squeeze=False)
    shown = min(len(images["data"]), MOST_PICTURES)
    for panel in axes.ravel():
        panel.axis("off")
    for number, model in enumerate(models):
        panel = axes[number // per_row, number % per_row]
        rows = [images["data"], images["code"][number], images["reconstruction"][number]]
        _tile(panel, [squared(row[:shown]) for row in rows])
        panel.set_title(f"{model}: x, z and x' ~ d(x'|z)", fontsize=10)


def _tile(axes: Axes, rows: Sequence[Any]) -> None:
    """Show rows of images in one panel, ink dark, in a grid of grey lines."""
    side = rows[0].shape[-1]
    sheet = np.zeros((len(rows) * (side + 1) + 1, len(rows[0]) * (side + 1) + 1))
    for i, row in enumerate(rows):
        for j, image in enumerate(row):
            put(sheet, image, i * (side + 1) + 1, j * (side + 1) + 1, frame=0.35)
    axes.imshow(sheet, cmap="Greys", vmin=0, vmax=1, interpolation="nearest")


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
