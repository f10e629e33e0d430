"""The paper's Figure 3 from the table of a sweep: every run in the plane of rate and distortion.

`figure3a.png`: (i) all runs, the monotone Pareto front of them (a step curve), its convex hull and
the line from (0, Ĥ) to (Ĥ, 0), where Ĥ is the least test R + D of the table; (ii) to (iv) the same
runs, with a front of their own for each sort of encoder, decoder and marginal. `figure3b.png`: the
same points and hull, with R + D = -ELBO in place of D. The front's runs are dots there and not
joined: along a step D stays, so R + D would rise with R and fall back, tooth by tooth. The points
of a curve (`figures.parts.curve_points`) are models as runs are, and a line joins them. On the
published data the points that the paper prints are stars; models from elsewhere
(`figures.parts.elsewhere`) are shown beside all of them.

Redraw from results with `python -m figures.figure3 DIR`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from figures.choice.kinds import kind_of_row, least_elbo
from figures.choice.paper import EPOCHS, read_points
from figures.parts.axes import bound, front_of, limit, mark_runs, step_curve, tidy
from figures.parts.curve_points import curves_of, read_curves
from figures.parts.elsewhere import elsewhere_entries, mark_elsewhere, read_elsewhere
from figures.parts.heading import (
    ESTIMATED,
    describe_runs,
    reserve_heading,
    warnings_of,
    write_heading,
)
from figures.parts.look import (
    DECODERS,
    ENCODERS,
    MARGINALS,
    Entry,
    add_legend,
    colour_of,
    ring_entry,
)
from figures.parts.reading import MEASURES, read_table, tested
from figures.parts.redraw import refuse_figures
from figures.parts.style import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PINK,
    SKY,
    VERMILION,
    YELLOW,
    new_figure,
    save,
)
from figures.parts.words import missed
from rdneural.records.names import AUTOREGRESSIVE, CODED, OWN_PART, parts_of
from rdneural.records.table import Row
from rdtheory.checks import Array
from rdtheory.pareto import Front

NAMES = ("figure3a", "figure3b")
PARTS = {
    "encoder": {"-": PINK, "+": GREEN, CODED: BLACK, OWN_PART: BLUE},
    "decoder": {"-": ORANGE, "+": BLUE, OWN_PART: GREEN},
    "marginal": {"-": SKY, "+": VERMILION, "v": BLACK, AUTOREGRESSIVE: GREEN, OWN_PART: ORANGE},
}
"""The colours of the sorts of each part of a model, in the order of the model's name."""
SORTS = {
    "encoder": {sign: name.split(":")[0] for sign, name in ENCODERS.items()}
    | {CODED: "to a discrete code", OWN_PART: "o own"},
    "decoder": {sign: name for sign, (name, _) in DECODERS.items()} | {OWN_PART: "o own"},
    "marginal": {sign: name for sign, (name, _) in MARGINALS.items()}
    | {AUTOREGRESSIVE: "autoregressive, of bits", OWN_PART: "o own"},
}
SETTINGS = ("run", "data", "model", "preset", "complete", "beta", "target_rate", "target_met",
            "target_miss", "diverged", "final_beta", "anneal", "seed", "epochs")  # fmt: skip
FLAGS = ("kind", "on_front", "on_hull", *(f"on_{part}_front" for part in PARTS))
HEADER = (*SETTINGS, *(f"test_{measure}" for measure in MEASURES), *FLAGS)
HULL = "0.55"
DOTS: dict[str, Any] = {"color": BLACK, "marker": "o", "ms": 3.2, "ls": "none"}
"""Runs of the front, where it is not drawn as steps."""
PAPERS = f"printed in the paper, of its sizes and {EPOCHS} epochs"
ALL_RATES = (0.0, (4.0, 3.0))
"""Dashes of a `split`, whose R + D is the same at each rate that its code may have."""
DENSE = 200
"""Points a straight piece is drawn with, since an axis may bend it."""


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `figure3a.png` and `figure3b.png` from the `table.csv` of a directory."""
    refuse_figures(directory, NAMES, overwrite=overwrite)
    rows = _models(directory)
    points = read_elsewhere(directory, rows[0]["data"])
    cells = [list(described.values()) for described in describe(rows)]
    cells += [[point.get(name, "") for name in HEADER] for point in points]
    return [
        save(paint(rows, points), directory / f"{name}.png", HEADER, cells, overwrite=overwrite)
        for name, paint in zip(NAMES, (_planes, _skew), strict=True)
    ]


def figure_of(directory: Path) -> Figure:
    """Return `figure3a` of the `table.csv` of a directory, to be shown."""
    rows = _models(directory)
    return _planes(rows, read_elsewhere(directory, rows[0]["data"]))


def _models(directory: Path) -> list[Row]:
    """Return the runs of a sweep, and the points of its curves."""
    runs = read_table(directory)
    return runs + read_curves(directory, runs[0]["data"])


def describe(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return what the CSV says of each run: settings, R, D, R + D, its kind, and its curves.

    `on_encoder_front` and its like tell of the front of the runs with the same sort of encoder.
    """
    front = front_of(rows)
    on_front, on_hull = set(front.indices.tolist()), set(front.hull.indices.tolist())
    on_part = {f"on_{part}_front": _on_own_front(rows, part) for part in PARTS}
    described = []
    for index, row in enumerate(rows):
        cells = {name: "" if row[name] is None else row[name] for name in HEADER if name in row}
        cells |= {"kind": kind_of_row(row)}
        cells |= {"on_front": index in on_front, "on_hull": index in on_hull}
        cells |= {name: index in indices for name, indices in on_part.items()}
        described.append({n: _truth(c) for n, c in cells.items()})
    return described


def part_of(row: Mapping[str, Any], part: str) -> str:
    """Return the sign of a run's encoder, decoder or marginal."""
    return parts_of(row["model"])[list(PARTS).index(part)]


def by_part(rows: Sequence[Row], part: str) -> dict[str, list[int]]:
    """Return the indices of the rows of each sort of a part that there is."""
    groups = {
        sign: [i for i, row in enumerate(rows) if part_of(row, part) == sign]
        for sign in PARTS[part]
    }  # fmt: skip
    return {sign: indices for sign, indices in groups.items() if indices}


def _on_own_front(rows: Sequence[Row], part: str) -> set[int]:
    groups = by_part(rows, part).values()
    return {group[i] for group in groups for i in front_of([rows[j] for j in group]).indices}


def _truth(cell: Any) -> Any:  # noqa: ANN401
    return str(cell).lower() if isinstance(cell, bool) else cell


# -- the two figures ------------------------------------------------------------------------------


def _planes(rows: list[Row], points: Sequence[Row] = ()) -> Figure:
    figure = new_figure(11.5, 11.8)
    reserve_heading(figure, _heading(figure, rows))
    panels = figure.subplots(2, 2).ravel()
    for axes in panels:
        _plane(axes, rows, points)
    mark_elsewhere(panels[0], points, "distortion")
    _all_runs(panels[0], rows, "distortion")
    panels[0].set_title("(i) all runs", loc="left", fontsize=12, pad=24)
    for axes, part, number in zip(panels[1:], PARTS, ("ii", "iii", "iv"), strict=True):
        _groups(axes, rows, part)
        axes.set_title(f"({number}) {part}", loc="left", fontsize=12, pad=24)  # above its legend
    front = (Line2D([], [], color=BLACK, lw=1.4), "Pareto front of all runs")
    _legend(figure, rows, front, points)
    return figure


def _skew(rows: list[Row], points: Sequence[Row] = ()) -> Figure:
    figure = new_figure(11.5, 8.0)
    reserve_heading(figure, _heading(figure, rows))
    axes = figure.subplots()
    places = [tested(place) for place in (*rows, *_paper_points(rows), *points)]
    limit(axes, places, "elbo", least_elbo(rows))
    bound(axes, "elbo", least_elbo(rows))
    _style(axes, "square-root scale")
    axes.set_ylabel("R + D = -ELBO  (nats per image, scale stretched near Ĥ)", fontsize=11)
    mark_elsewhere(axes, points, "elbo")
    _all_runs(axes, rows, "elbo")
    axes.set_title("(b) all runs: R + D against R", loc="left", fontsize=12)
    _legend(figure, rows, (Line2D([], [], **DOTS), "runs of the Pareto front"), points)
    return figure


def _paper_points(rows: Sequence[Row]) -> list[dict[str, float]]:
    """Return R, D and R + D of the points that the paper prints, where the data are its own."""
    if warnings_of(rows):
        return []
    points = [point for point in read_points(rows[0]["data"]) if point["rate"] is not None]
    return [{f"test_{name}": point.get(name, 0.0) for name in MEASURES} for point in points]


def _heading(figure: Figure, rows: Sequence[Row]) -> float:
    """Write what was trained, and for how long, and any warning; return the inches it takes."""
    lines = [
        (describe_runs(rows), 13.0, BLACK),
        (ESTIMATED, 9.5, BLACK),
        *((warning, 9.0, VERMILION) for warning in warnings_of(rows)),
    ]  # fmt: skip
    return write_heading(figure, lines)


# -- panels ---------------------------------------------------------------------------------------


def _plane(axes: Axes, rows: Sequence[Row], points: Sequence[Row]) -> None:
    """Fit linear axes to all runs and Ĥ, draw the line R + D = Ĥ and shade what it forbids."""
    entropy = least_elbo(rows)
    places = [*rows, *_paper_points(rows), *points]
    right, top = (
        1.05 * max(entropy, *(place[name] + place[f"{name}_se"] for place in places))
        for name in ("test_rate", "test_distortion")
    )
    axes.set_xlim(min(-0.02 * right, *(1.2 * row["test_rate"] for row in rows)), right)
    axes.set_ylim(0.0, max(1.0, top))
    axes.fill_between([0.0, entropy], 0.0, [entropy, 0.0], color="0.9", lw=0, zorder=0)
    axes.plot([0.0, entropy], [entropy, 0.0], color=BLACK, ls="--", lw=1.2, zorder=1)
    axes.text(
        0.04, 0.03, "infeasible if H were Ĥ", transform=axes.transAxes,
        fontsize=9.5, color="0.35", style="italic",
    )  # fmt: skip
    _style(axes, "linear scale")
    axes.set_ylabel("distortion D  (nats per image, linear scale)", fontsize=11)


def _style(axes: Axes, scale: str) -> None:
    axes.set_xlabel(f"rate R  (nats per image, {scale})", fontsize=11)
    tidy(axes)


def _all_runs(axes: Axes, rows: Sequence[Row], measure: str) -> None:
    """Draw the runs, their front and its hull, and the paper's points where they compare."""
    front = front_of(rows)
    if measure == "distortion":
        _line(axes, *_steps(axes, front), measure, color=BLACK, lw=1.4, zorder=2.5)
    _line(axes, front.hull.rate, front.hull.distortion, measure, color=HULL, lw=1.8, zorder=2.4)
    _join(axes, rows, measure)
    mark_runs(axes, rows, measure)
    if measure == "elbo":
        axes.plot(front.rate, front.rate + front.distortion, **DOTS, zorder=3.5)
    points = _paper_points(rows)
    if points:
        x, y = ([point[f"test_{name}"] for point in points] for name in ("rate", measure))
        axes.plot(x, y, "*", ms=13, mfc=YELLOW, mec=BLACK, zorder=4, label=PAPERS)
        axes.legend(
            loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2,
            fontsize=9.5, frameon=False,
        )  # fmt: skip


def _groups(axes: Axes, rows: Sequence[Row], part: str) -> None:
    """Draw the runs and the front of each sort of one part, in its colour."""
    entries: list[Entry] = []
    for place, (sign, indices) in enumerate(by_part(rows, part).items()):
        colour = PARTS[part][sign]
        group = [rows[i] for i in indices]
        width = 3.4 - 0.8 * place  # the first is seen beside the others where they coincide
        _line(axes, *_steps(axes, front_of(group)), "distortion", color=colour, lw=width, zorder=2)
        _join(axes, group, "distortion", colour)
        mark_runs(axes, group, "distortion", colour)
        entries.append((Line2D([], [], color=colour, lw=width), SORTS[part][sign]))
    handles, labels = zip(*entries, strict=True)
    axes.legend(
        handles, labels, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=len(entries),
        fontsize=9.0, frameon=False, borderpad=0.0, borderaxespad=0.3, columnspacing=1.0,
        handlelength=1.6,
    )  # fmt: skip


def _join(axes: Axes, rows: Sequence[Row], measure: str, colour: str | None = None) -> None:
    """Draw a line through the points of each curve, and all rates of the best `split`."""
    for points in curves_of(rows):
        x, y = ([point[f"test_{name}"] for point in points] for name in ("rate", measure))
        drawn = colour or colour_of(points[0]["model"])
        axes.plot(x, y, color=drawn, lw=0.8, alpha=0.7, zorder=2.2)
    splits = _splits(rows)
    if splits:
        whole, drawn = least_elbo(splits), colour or colour_of(splits[0]["model"])
        ends = np.array([0.0, whole]), np.array([whole, 0.0])
        _line(axes, *ends, measure, color=drawn, lw=0.8, ls=ALL_RATES, zorder=2.2)


def _splits(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row["model"].startswith("split:")]


def _steps(axes: Axes, front: Front) -> tuple[Array, Array]:
    return step_curve(front, axes.get_xlim()[1], 2 * axes.get_ylim()[1])


def _line(axes: Axes, rate: Array, distortion: Array, measure: str, **style: Any) -> None:  # noqa: ANN401
    """Draw a line of straight pieces of the (R, D) plane in either plane."""
    corners = np.linspace(0, len(rate) - 1, DENSE * (len(rate) - 1) + 1)
    rate, distortion = (np.interp(corners, np.arange(len(v)), v) for v in (rate, distortion))
    y = distortion if measure == "distortion" else rate + distortion
    axes.plot(rate, y, scalex=False, scaley=False, solid_joinstyle="miter", **style)


def _legend(figure: Figure, rows: Sequence[Row], front: Entry, points: Sequence[Row]) -> None:
    best = min(rows, key=lambda row: row["test_elbo"])
    least = f"Ĥ = {best['test_elbo']:.2f} ± {best['test_elbo_se']:.2f}, by {best['model']}"
    add_legend(figure, [
        (Line2D([], [], color=BLACK, ls="--", lw=1.2), f"R + D = {least}"),
        (Patch(color="0.9"), "R + D < Ĥ: infeasible if H were Ĥ"),
        front,
        (Line2D([], [], color=HULL, lw=1.8), "its convex hull: by mixing runs"),
        *_line_entries(rows),
        *([ring_entry()] if any(map(missed, rows)) else []),
        *elsewhere_entries(points),
    ], [row["model"] for row in rows])  # fmt: skip


def _line_entries(rows: Sequence[Row]) -> list[Entry]:
    """Return what thin lines stand for, where there are such."""
    thin: dict[str, Any] = {"color": BLACK, "lw": 0.8}
    entries = []
    if curves_of(rows):
        entries.append((Line2D([], [], **thin), "one training for all slopes"))
    if _splits(rows):
        entries.append((Line2D([], [], **thin, ls=ALL_RATES), "the best split at all its rates"))
    return entries


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
