"""Models of a source that is known exactly: where they are, what they waste and which part does.

Redraw from results with `python -m figures.validation DIR`.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import Bbox

from figures.choice.choose import setting_of
from figures.parts.axes import set_ticks, tidy
from figures.parts.bars import draw_bars, height_of
from figures.parts.heading import reserve_heading, write_heading
from figures.parts.look import Entry, add_legend, colour_of, cross, look
from figures.parts.reading import check_numbers
from figures.parts.style import BLACK, GREY, VERMILION, new_figure, save
from figures.parts.words import asked, count_of, faults, is_broken
from rdneural.records.names import is_family
from rdtheory.results import read_json, result_name

ESTIMATES = (
    "entropy", "rate", "distortion", "mutual_information", "marginal_gap", "decoder_gap", "excess",
    "gaps", "encoder_cost", "marginal_cost", "decoder_cost",
)  # fmt: skip
FRONTIER = ("images", "codes", "rate", "distortion", "gap", "halving", "codes_used")
ASKED = ("beta", "target_rate", "final_beta")
EFFORT = ("samples", "steps", "seconds")
HEADER = (
    "source", "letters", "model", *ASKED,
    *(name + end for name in ESTIMATES for end in ("", "_se")),
    *(f"decoder_frontier_{name}" for name in FRONTIER), *EFFORT, "verdict",
)  # fmt: skip

WIDTH, PLANES = 11.5, 5.1
"""Inches: of the figure, and of the upper panels with their legend."""
MOST_FAULTS = 6
"""Broken models whose names are in the planes, and reasons in the heading."""


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `validation.png` from the `validate.json` of a directory."""
    found = read_validation(directory)
    figure = picture(found)
    rows = [_numbers(found, row) for row in found["models"]]
    return [save(figure, directory / "validation.png", HEADER, rows, overwrite=overwrite)]


def read_validation(directory: Path) -> dict[str, Any]:
    """Read the `validate.json` of a directory and check the entries that figures show.

    Raises
    ------
    ValueError
        where an entry is missing or not finite, or where a model or its verdict is unknown.
    """
    path = directory / result_name("validate")
    found = read_json(path, command="validate")
    try:
        numbers = {name: found[name] for name in ("letters", "entropy")}
        source, rows = found["source"], found["models"]
        cells = {f"model {k}": dict(zip(HEADER, _numbers(found, row), strict=True))
                 for k, row in enumerate(rows, 1)}  # fmt: skip
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} must hold every entry of a validation, got {error!r}") from error
    if not isinstance(source, str):
        raise ValueError(f"{path} must hold text as source, got {source!r}")
    if not cells:
        raise ValueError(f"{path} must hold at least one model, got none")
    check_numbers(path, numbers)
    if not found["entropy"] > 0:
        raise ValueError(f"{path} must hold an entropy above 0, got {found['entropy']}")
    for place, row in cells.items():
        model, verdict = row.pop("model"), row.pop("verdict")
        if not is_family(model):
            raise ValueError(f"{path} must hold one of the twelve models as {place}, got {model!r}")
        if not isinstance(verdict, str) or (verdict != "holds" and verdict[:7] != "broken:"):
            raise ValueError(
                f"{path} must hold 'holds' or 'broken: ...' as the verdict of {place}, "
                f"got {verdict!r}"
            )
        if (row["beta"] == "") == (row["target_rate"] == ""):
            raise ValueError(f"{path} must hold beta or target_rate, not both, of {place}")
        del row["source"], row["beta" if row["beta"] == "" else "target_rate"]
        check_numbers(path, {f"{place}: {name}": value for name, value in row.items()})
    return found


def _numbers(found: Mapping[str, Any], row: Mapping[str, Any]) -> list[Any]:
    """Return a row of the CSV."""
    cells = [found["source"], found["letters"], row["model"], *(row[name] for name in ASKED)]
    cells += [row[name + end] for name in ESTIMATES for end in ("", "_se")]
    cells += [row["decoder_frontier"][name] for name in FRONTIER]
    cells += [*(row[name] for name in EFFORT), row["verdict"]]
    return ["" if cell is None else cell for cell in cells]


def picture(found: Mapping[str, Any]) -> Figure:
    """Return the figure of a validation: the models in two planes above, their parts below."""
    rows = sorted(found["models"], key=setting_of)
    bars = height_of(rows)
    lines = _heading(found, rows)
    heading = write_heading(new_figure(WIDTH, PLANES), lines)  # how high it is
    figure = new_figure(WIDTH, PLANES + bars + heading)
    reserve_heading(figure, write_heading(figure, lines))
    grid = figure.add_gridspec(2, 1, height_ratios=(PLANES, bars))
    above, below = (figure.add_subfigure(cell) for cell in (grid[0], grid[1]))
    planes = above.subplots(1, 2)
    _plane(planes[0], found)
    _excesses(planes[1], found)
    _legend(above, found)
    draw_bars(below, rows)
    broken = [row for row in rows if is_broken(row)]
    if broken:
        figure.draw_without_rendering()  # names are placed in pixels
        for axes, measure in zip(planes, ("distortion", "excess"), strict=True):
            _name(axes, broken[:MOST_FAULTS], rows, measure)
    return figure


def _heading(
    found: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> list[tuple[str, float, str]]:
    """Return lines with the source, how many verdicts hold, and what is broken."""
    families = len({row["model"] for row in rows})
    counts = count_of(len(rows), "model")
    if families < len(rows):
        counts += f" of {count_of(families, 'family').replace('familys', 'families')}"
    broken = faults(rows)
    if broken:
        verdict = f"{len(broken)} of {len(rows)} broken"
    else:
        verdict = "the verdict holds" if len(rows) == 1 else f"all {len(rows)} verdicts hold"
    more = [f"and {len(broken) - MOST_FAULTS} more"] if len(broken) > MOST_FAULTS else []
    return [
        (f"{found['source']}: H = {found['entropy']:.4f} nats, {counts}", 13.0, BLACK),
        (f"H - D ≤ I_e ≤ R: {verdict}", 11.0, VERMILION if broken else BLACK),
        *((line, 9.0, VERMILION) for line in broken[:MOST_FAULTS] + more),
    ]


# -- the planes --------------------------------------------------------------------------------


def _plane(axes: Axes, found: Mapping[str, Any]) -> None:
    """Draw the models in the plane of R and D, above the exact diagonal."""
    entropy, rows = found["entropy"], found["models"]
    axes.fill_between([0.0, entropy], [entropy, 0.0], color="0.9", lw=0, zorder=0)
    axes.plot([0.0, entropy], [entropy, 0.0], color=BLACK, lw=2.5, zorder=1)
    axes.text(
        0.03 * entropy, 0.06 * entropy, "infeasible", fontsize=9.5, color="0.35", style="italic"
    )
    _mark(axes, rows, "distortion")
    _limit_rates(axes, found)
    high = max(entropy, *(row["distortion"] + row["distortion_se"] for row in rows))
    axes.set_ylim(min(0.0, *(row["distortion"] for row in rows)), 1.05 * high)
    axes.set_title("(a) the plane of rate and distortion", loc="left", fontsize=12)
    axes.set_ylabel("distortion D  (nats)", fontsize=11)


def _excesses(axes: Axes, found: Mapping[str, Any]) -> None:
    """Draw how far above the diagonal the models are, on a scale logarithmic but for noise."""
    rows = found["models"]
    _mark(axes, rows, "excess")
    _limit_rates(axes, found)
    excess = np.array([row["excess"] for row in rows])
    error = np.array([row["excess_se"] for row in rows])
    least = np.clip(max(excess.min(), np.median(error)), 1e-3, 0.1)
    linear = float(10 ** np.floor(np.log10(least) + 1e-9))
    axes.set_yscale("symlog", linthresh=linear, linscale=0.4)
    low = min(-0.25 * linear, 1.2 * (excess - error).min())
    high = max(10 * linear, 1.4 * (excess + error).max())
    axes.set_ylim(low, high)
    transform = axes.yaxis.get_transform().transform
    powers = 10.0 ** np.arange(-3, 6)
    wanted = np.concatenate([powers, np.outer((2, 5, 3, 7), powers).ravel()])
    wanted = wanted[wanted >= 0.999 * linear]
    bottom, top = transform(np.array([low, high])).tolist()
    set_ticks(
        axes.yaxis, [0.0, *wanted.tolist(), *(-wanted).tolist()],
        lambda tick: transform(np.atleast_1d(tick))[0], bottom, top,
    )  # fmt: skip
    axes.axhspan(low, 0.0, color="0.9", lw=0, zorder=0)
    axes.axhline(0.0, color=BLACK, lw=2.5, zorder=1)
    axes.set_title("(b) the same models: their excess", loc="left", fontsize=12)
    axes.set_ylabel(f"R + D - H  (nats, log above {linear:g})", fontsize=11)


def _mark(axes: Axes, rows: Iterable[Mapping[str, Any]], measure: str) -> None:
    """Draw every model with its errors, the rate it was asked for, and a cross where broken."""
    for target in {row["target_rate"] for row in rows} - {None}:
        axes.axvline(target, color="0.75", lw=0.9, zorder=0.5)
    for row in rows:
        x, y, model = row["rate"], row[measure], row["model"]
        if row["target_rate"] is not None:
            axes.plot([row["target_rate"], x], [y, y], color=GREY, lw=0.8, zorder=1.5)
        axes.errorbar(
            x, y, row[f"{measure}_se"], row["rate_se"], color=colour_of(model), elinewidth=1.0,
            zorder=3, clip_on=False, label=f"{model}, {asked(row)}", **look(model),
        )  # fmt: skip
        if is_broken(row):
            cross(axes, x, y)


def _limit_rates(axes: Axes, found: Mapping[str, Any]) -> None:
    rows = found["models"]
    rates = [row["rate"] + row["rate_se"] for row in rows]
    targets = [row["target_rate"] for row in rows if row["target_rate"] is not None]
    axes.set_xlim(
        min(0.0, *(row["rate"] for row in rows)), 1.03 * max(found["entropy"], *rates, *targets)
    )
    axes.set_xlabel("rate R  (nats)", fontsize=11)
    tidy(axes)


def _name(
    axes: Axes,
    broken: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    measure: str,
) -> None:
    """Write the names of broken models near their crosses, off each other and off markers."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    point, size = figure.dpi / 72, 8.5
    inside = axes.get_window_extent()
    markers = axes.transData.transform([(row["rate"], row[measure]) for row in rows])
    taken = [Bbox.from_extents(x - 5, y - 5, x + 5, y + 5) for x, y in markers]
    for row in broken:
        x, y = axes.transData.transform((row["rate"], row[measure]))
        name = f"{row['model']}, {asked(row)}"
        width, height = 0.62 * size * len(name) * point, 1.2 * size * point
        places = []
        for radius in (12.0, 24.0, 40.0, 60.0):
            for angle in np.arange(0, 360, 30):
                right, up = radius * np.cos(np.radians(angle)), radius * np.sin(np.radians(angle))
                left = x + right * point - (width if right < -1 else width / 2 if right < 1 else 0)
                box = Bbox.from_bounds(left, y + up * point - height / 2, width, height)
                outside = not (inside.x0 <= box.x0 and box.x1 <= inside.x1 + 20 * point
                               and inside.y0 <= box.y0 and box.y1 <= inside.y1)  # fmt: skip
                places.append((100 * outside + box.count_overlaps(taken), radius, right, up, box))
        _, radius, right, up, box = min(places, key=lambda place: place[:2])
        taken.append(box)
        axes.annotate(
            name, (row["rate"], row[measure]), (right, up), textcoords="offset points",
            ha="right" if right < -1 else "center" if right < 1 else "left", va="center",
            fontsize=size, family="monospace", color=VERMILION, annotation_clip=False, zorder=6,
            arrowprops={"arrowstyle": "-", "color": VERMILION, "lw": 0.7} if radius > 12 else None,
        ).set_in_layout(False)  # fmt: skip


def _legend(figure: SubFigure, found: Mapping[str, Any]) -> None:
    """Explain the markers and the lines of the planes."""
    rows = found["models"]
    lines: list[Entry] = [
        (Line2D([], [], color=BLACK, lw=2.5), "R + D = H, the best that any model can do"),
        (Patch(color="0.9"), "R + D < H, which no model can reach"),
    ]
    if any(row["target_rate"] is not None for row in rows):
        line = Line2D([], [], color="0.75", lw=0.9)
        lines.append((line, "rate asked for, and how far off it is"))
    if any(map(is_broken, rows)):
        cross = Line2D([], [], marker="x", ms=9, mew=2.4, color=VERMILION, ls="none")
        lines.append((cross, "broken: more than noise is wrong"))
    add_legend(figure, lines, [row["model"] for row in rows])


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
