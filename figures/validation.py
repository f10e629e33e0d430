"""Models of a source that is known exactly: where they are, what they waste and which part does.

Redraw from results with `python -m figures.validation DIR`.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox, Transform

from figures.parts.axes import count_of, set_ticks
from figures.parts.heading import reserve_heading, write_heading
from figures.parts.look import Entry, add_legend, colour_of, look
from figures.parts.reading import check_numbers
from figures.parts.style import BLACK, GREEN, GREY, SKY, VERMILION, YELLOW, new_figure, save
from figures.tables.tables import asked, estimate, faults
from rdneural.records.names import is_family
from rdtheory.checks import Array
from rdtheory.results import read_json

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

PARTS = {"encoder": YELLOW, "marginal": GREEN, "decoder": SKY}
GAPS = ("marginal_gap", "decoder_gap")
COSTS = ("encoder_cost", "marginal_cost", "decoder_cost")

WIDTH, PLANES, SLOT = 11.5, 5.1, 0.205
"""Inches: of the figure, of the upper panels with their legend, and of a row of bars."""
JUMP = 4.0
"""A bar this many times longer than the next shorter one has the scale compressed."""
KNEE = 0.7
"""Share of the axis of the bars that is not compressed."""
LEAST_CROWD = 0.02
"""Share of the longest bar below which the crowd is not worth it."""
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
    path = directory / "validate.json"
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
    rows = sorted(found["models"], key=_setting)
    slots = len(rows) + len({_setting(row) for row in rows})
    bars = 1.35 + SLOT * slots
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
    _parts(below, rows)
    broken = [row for row in rows if _is_broken(row)]
    if broken:
        figure.draw_without_rendering()  # names are placed in pixels
        for axes, measure in zip(planes, ("distortion", "excess"), strict=True):
            _name(axes, broken[:MOST_FAULTS], rows, measure)
    return figure


def _setting(row: Mapping[str, Any]) -> tuple[bool, float]:
    """Return what a model was trained for, in the order of the bars: slopes, then rates."""
    target = row["target_rate"]
    return (False, row["beta"]) if target is None else (True, target)


def _is_broken(row: Mapping[str, Any]) -> bool:
    return bool(row["verdict"] != "holds")


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
        if _is_broken(row):
            _cross(axes, x, y)


def _cross(
    axes: Axes, x: float, y: float, *, size: float = 11, transform: Transform | None = None
) -> None:
    axes.plot(
        [x], [y], marker="x", ms=size, mew=0.22 * size, color=VERMILION, ls="none", zorder=4,
        clip_on=False, transform=transform or axes.transData, label="broken",
    )  # fmt: skip


def _limit_rates(axes: Axes, found: Mapping[str, Any]) -> None:
    rows = found["models"]
    rates = [row["rate"] + row["rate_se"] for row in rows]
    targets = [row["target_rate"] for row in rows if row["target_rate"] is not None]
    axes.set_xlim(
        min(0.0, *(row["rate"] for row in rows)), 1.03 * max(found["entropy"], *rates, *targets)
    )
    axes.set_xlabel("rate R  (nats)", fontsize=11)
    axes.tick_params(labelsize=10)
    axes.spines[["top", "right"]].set_visible(False)


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
    if any(map(_is_broken, rows)):
        cross = Line2D([], [], marker="x", ms=9, mew=2.4, color=VERMILION, ls="none")
        lines.append((cross, "broken: more than noise is wrong"))
    add_legend(figure, lines, [row["model"] for row in rows])


# -- the parts ---------------------------------------------------------------------------------


def _parts(figure: SubFigure, rows: Sequence[Mapping[str, Any]]) -> None:
    """Draw the gaps and the costs of each model as stacked bars in the same row."""
    gaps, costs = figure.subplots(1, 2, sharey=True)
    places, labels = _slots(gaps, rows)
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
    for _, group in groupby(rows, key=_setting):
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
        if _is_broken(row):
            label.set_color(VERMILION)
            _cross(axes, -0.025, y, size=8, transform=beside)
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
    """Give both panels one scale: linear, and compressed where few bars are far longer."""
    ends = [_ends(row, parts) for row in rows for parts in (GAPS, COSTS)]
    lengths = np.array([right for _, right in ends])
    lengths = np.append(lengths, [row["excess"] + row["excess_se"] for row in rows])
    low = 1.1 * min(
        0.0, *(left for left, _ in ends), *(row["excess"] - row["excess_se"] for row in rows)
    )
    knee, high = _knee(lengths), 1.04 * float(max(lengths.max(), 1e-3))
    factor = 1.0
    if knee is not None:
        factor = (high - knee) / (knee * (1 / KNEE - 1))

    def scale(x: Array) -> Array:
        return x if knee is None else np.where(x <= knee, x, knee + (x - knee) / factor)

    def unscale(x: Array) -> Array:
        return x if knee is None else np.where(x <= knee, x, knee + (x - knee) * factor)

    ticks = [*MaxNLocator(5).tick_values(low, knee or high)]
    label = "nats"
    if knee is not None:
        ticks = [0.0, knee, *ticks, *MaxNLocator(3).tick_values(knee, high)]
        label = f"nats, compressed {factor:.2g} times right of {knee:g}"
    start, end = scale(np.array([low, high])).tolist()
    for axes in both:
        axes.set_xscale("function", functions=(scale, unscale))
        axes.set_xlim(low, high)
        set_ticks(axes.xaxis, ticks, scale, start, end)
        axes.set_xlabel(label, fontsize=10)
        axes.tick_params(axis="x", labelsize=9.5)
        axes.axvline(0.0, color=BLACK, lw=0.9, zorder=2.5)
        if knee is not None:
            axes.axvspan(knee, high, color="0.95", lw=0, zorder=0)
            axes.axvline(knee, color=GREY, lw=1.0, ls=":", zorder=2.5)


def _ends(row: Mapping[str, Any], parts: Sequence[str]) -> tuple[float, float]:
    """Return where a stack of bars ends on the left, with errors, and on the right."""
    negative = [part for part in parts if row[part] < 0]
    errors = [row[f"{part}_se"] for part in negative]
    left = sum(row[part] for part in negative) - max(errors, default=0.0)
    return left, sum(max(0.0, row[part]) for part in parts)


def _knee(lengths: Array) -> float | None:
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


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
