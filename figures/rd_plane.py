"""Many training runs in the plane of rate and distortion, in the manner of the paper's Figure 3.

Redraw from results with `python -m figures.rd_plane DIR`.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from figures.curves import read_run
from figures.families import Entry, add_legend, colour_of, is_model, look
from figures.heading import reserve_heading, write_heading
from figures.style import BLACK, BLUE, GREY, VERMILION, new_figure, save
from rdtheory.checks import Array

COSTS = (
    "beta", "target_rate", "final_beta",
    "epochs", "training_seconds", "images_per_second", "peak_memory_mib", "parameters",
)  # fmt: skip
SPLITS = ("train", "test")
MEASURES = ("rate", "rate_se", "distortion", "distortion_se", "elbo", "elbo_se")
HEADER = (
    "run", "data", "model", "preset", "seed", *COSTS,
    *(f"{split}_{measure}" for split in SPLITS for measure in MEASURES),
)  # fmt: skip

LEAST_SPAN = 1.0
"""Nats an axis spans at least."""
TICKS = (0.0, 0.2, 0.5, 1, 2, 5, 10, 20, 40, 60, 80, 100, 150, *range(200, 2000, 100))
STEPS = (100, 50, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1)
"""The ticks of R + D are multiples of these, coarse ones first."""
TICK_GAP = 0.07
"""Share of the axis between two ticks, at least."""


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `rd_plane.png` from every `run.json` at any depth below a directory."""
    runs = read_runs(directory)
    best = min(runs, key=lambda run: run["test"]["elbo"])
    figure = new_figure(11.5, 6.6)
    reserve_heading(figure, _heading(figure, runs))
    plane, skew = figure.subplots(1, 2)
    for axes, measure in ((plane, "distortion"), (skew, "elbo")):
        limit(axes, runs, measure, best["test"]["elbo"])
        bound(axes, measure, best["test"]["elbo"])
        _targets(axes, runs, measure)
        for run in runs:
            _mark(axes, run, measure)
        axes.set_xlabel("rate R  (nats per image, square-root scale)", fontsize=11)
        axes.tick_params(labelsize=10)
        axes.spines[["top", "right"]].set_visible(False)
    plane.set_title("(a) the plane of rate and distortion", loc="left", fontsize=12)
    plane.set_ylabel("distortion D  (nats per image)", fontsize=11)
    skew.set_title("(b) the same runs: R + D against R", loc="left", fontsize=12)
    skew.set_ylabel("R + D  (nats per image, scale stretched near Ĥ)", fontsize=11)
    _legend(figure, best, runs)
    rows = [_row(run) for run in runs]
    return [save(figure, directory / "rd_plane.png", HEADER, rows, overwrite=overwrite)]


def read_runs(directory: Path) -> list[dict[str, Any]]:
    """Read every `run.json` at any depth below a directory, sorted by path.

    Each result gets the entry `run`, the path of its own directory relative to `directory`.

    Raises
    ------
    ValueError
        where there is none, where one of them is broken, or where they differ in `data`.
    """
    runs = []
    for path in sorted(directory.rglob("run.json")):
        run = read_run(path.parent)
        _check(path, run)
        runs.append(run | {"run": path.parent.relative_to(directory).as_posix()})
    if not runs:
        raise ValueError(f"{directory} must have a run.json in it or below it, got none")
    for one, other in pairwise(runs):
        if one["data"] != other["data"]:
            raise ValueError(
                f"runs of one figure must share their data: got {one['data']!r} in {one['run']} "
                f"and {other['data']!r} in {other['run']} below {directory}"
            )
    return runs


def _check(path: Path, run: dict[str, Any]) -> None:
    """Check the entries that `read_run` leaves alone."""
    model = run["settings"]["model"]
    if not is_model(model):
        raise ValueError(f"{path} must hold one of the twelve models, got {model!r}")
    try:
        numbers = {name: run[name] for name in ("seed", *COSTS)}
        measured = {f"{s}: {name}": run[s][name] for s in SPLITS for name in MEASURES}
    except (LookupError, TypeError) as error:
        raise ValueError(f"{path} must hold every entry of a run, got {error!r}") from error
    measured |= {name: value for name, value in numbers.items() if value is not None}
    check_numbers(path, measured)


def check_numbers(path: Path, measured: Mapping[str, Any]) -> None:
    """Check that what a file holds under these names are finite numbers, and errors at least 0."""
    for name, value in measured.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
            raise ValueError(f"{path} must hold a finite number as {name}, got {value!r}")
    for name in measured:
        if name.endswith("_se") and measured[name] < 0:
            raise ValueError(f"{path} must hold {name} of at least 0, got {measured[name]}")


def _row(run: dict[str, Any]) -> list[Any]:
    settings = run["settings"]
    cells = [run["run"], run["data"], settings["model"], settings["preset"], run["seed"]]
    cells += [run[name] for name in COSTS]
    cells += [run[split][measure] for split in SPLITS for measure in MEASURES]
    return ["" if cell is None else cell for cell in cells]


def _heading(figure: Figure, runs: list[dict[str, Any]]) -> float:
    """Write what was trained and any warning; return the inches this takes."""
    models = {run["settings"]["model"] for run in runs}
    presets = sorted({run["settings"]["preset"] for run in runs})
    counts = f"{count_of(len(runs), 'run')} of {count_of(len(models), 'model')}"
    warnings = dict.fromkeys(run["warning"] for run in runs if run["warning"])
    lines = [
        (f"{runs[0]['data']}, preset {' and '.join(presets)}: {counts}", 13.0, BLACK),
        ("Test images; bars are ± 1 standard error. Ĥ, the least R + D of these runs, is an "
         "estimated upper bound of the entropy H, which is unknown.", 9.5, BLACK),
        *((warning, 9.0, VERMILION) for warning in warnings),
    ]  # fmt: skip
    return write_heading(figure, lines)


def count_of(number: int, noun: str) -> str:
    """Return a number and what it counts, in the plural where it is not one."""
    return f"{number} {noun}{'s' * (number != 1)}"


def _root(x: Array) -> Array:
    """Return the square root of |x|, with the sign of x."""
    return np.sign(x) * np.sqrt(np.abs(x))


def _square(x: Array) -> Array:
    return np.sign(x) * np.square(x)


def _soft_root(x: Array) -> Array:
    """Return about x / 2 near 0, where noise is not to look large, and the root far from it."""
    return np.sign(x) * (np.sqrt(1 + np.abs(x)) - 1)


def _soft_square(x: Array) -> Array:
    return np.sign(x) * (np.square(1 + np.abs(x)) - 1)


def limit(axes: Axes, runs: list[dict[str, Any]], measure: str, least: float) -> None:
    """Fit the axes to all runs, to the asked rates, and to where R + D = `least` meets R = 0."""
    targets = _asked(runs)
    rates = [run["test"]["rate"] for run in runs]
    extremes = np.array([min(0.0, *rates), max(LEAST_SPAN, *rates, *targets)])
    left, right = _root(extremes).tolist()
    pad = 0.05 * (right - left)
    left, right = left - pad, right + pad
    axes.set_xscale("function", functions=(_root, _square))
    axes.set_xlim(*_square(np.array([left, right])).tolist())
    set_ticks(axes.xaxis, (0.0, *targets, *TICKS), _root, left, right)
    bars = [(run["test"][measure], run["test"][f"{measure}_se"]) for run in runs]
    low = min(least, *(value - error for value, error in bars))
    high = max(least + LEAST_SPAN, *(value + error for value, error in bars))
    if measure == "distortion":
        axes.set_ylim(low - 0.12 * (high - low), high + 0.06 * (high - low))
        return
    low, high = _soft_root(np.array([low, high]) - least).tolist()
    low, high = low - 0.12 * (high - low), high + 0.06 * (high - low)

    def scale(y: Array) -> Array:
        return _soft_root(y - least)

    def unscale(y: Array) -> Array:
        return least + _soft_square(y)

    axes.set_yscale("function", functions=(scale, unscale))
    first, last = unscale(np.array([low, high])).tolist()
    axes.set_ylim(first, last)
    steps = [step for step in STEPS if step < last - least]
    wanted = [step * k for step in steps for k in range(int(first / step), int(last / step) + 2)]
    set_ticks(axes.yaxis, wanted, scale, low, high)


def set_ticks(
    axis: Axis, wanted: Iterable[float], scale: Callable[[Array], Array], low: float, high: float
) -> None:
    """Mark those of the wanted ticks, best first, that the axis has room for."""
    ticks: list[float] = []
    places: list[float] = []
    for tick in wanted:
        place = float(scale(np.array(tick)))
        gaps = np.abs(np.array(places) - place)
        if low <= place <= high and np.all(gaps >= TICK_GAP * (high - low)):
            ticks.append(tick)
            places.append(place)
    axis.set_ticks(ticks, labels=[f"{tick:g}" for tick in ticks])


def bound(axes: Axes, measure: str, least: float) -> None:
    """Draw R + D = `least` and shade what lies below it."""
    bottom, _ = axes.get_ylim()
    left, right = _root(np.array(axes.get_xlim())).tolist()
    rates = _square(np.linspace(left, right, 400))
    line = least - rates if measure == "distortion" else np.full_like(rates, least)
    axes.fill_between(rates, bottom, line, where=line > bottom, color="0.9", lw=0, zorder=0)
    axes.plot(rates, line, color=BLACK, ls="--", lw=1.2, zorder=1, scaley=False)
    axes.text(
        0.02, 0.02, "infeasible if H were Ĥ", transform=axes.transAxes,
        fontsize=9.5, color="0.35", style="italic",
    )  # fmt: skip


def _targets(axes: Axes, runs: list[dict[str, Any]], measure: str) -> None:
    """Draw the asked rates, how far each run is from its own, and lines across them."""
    for target in _asked(runs):
        axes.axvline(target, color="0.82", lw=0.9, zorder=0.5)
    asked = [run for run in runs if run["target_rate"] is not None]
    for run in asked:
        y = run["test"][measure]
        axes.plot([run["target_rate"], run["test"]["rate"]], [y, y], color=GREY, lw=0.8, zorder=1.5)
    asked.sort(key=lambda run: (*_series(run), run["target_rate"]))
    for (model, _, _), series in groupby(asked, key=_series):
        points = [(run["test"]["rate"], run["test"][measure]) for run in series]
        colour = colour_of(model)
        axes.plot(*zip(*points, strict=True), color=colour, lw=0.9, alpha=0.7, zorder=2)


def _asked(runs: Iterable[dict[str, Any]]) -> list[float]:
    return sorted({run["target_rate"] for run in runs} - {None})


def _series(run: dict[str, Any]) -> tuple[str, str, int]:
    return run["settings"]["model"], run["settings"]["preset"], run["seed"]


def _mark(axes: Axes, run: dict[str, Any], measure: str) -> None:
    test, model = run["test"], run["settings"]["model"]
    colour = colour_of(model)
    axes.errorbar(
        test["rate"], test[measure], test[f"{measure}_se"], test["rate_se"],
        color=colour, elinewidth=1.0, zorder=3, **look(model),
    )  # fmt: skip


def _legend(figure: Figure, best: dict[str, Any], runs: list[dict[str, Any]]) -> None:
    """Explain the markers and the lines."""
    test, model = best["test"], best["settings"]["model"]
    least = f"R + D = Ĥ = {test['elbo']:.2f} ± {test['elbo_se']:.2f}, the least, by {model}"
    lines: list[Entry] = [
        (Line2D([], [], color=BLACK, ls="--", lw=1.2), least),
        (Patch(color="0.9"), "R + D < Ĥ: infeasible if H were Ĥ"),
    ]
    if _asked(runs):
        lines += [
            (Line2D([], [], color="0.75", lw=0.9), "rate asked for (target rate)"),
            (Line2D([], [], color=BLUE, lw=0.9), "one model, one seed, across target rates"),
        ]
    add_legend(figure, lines, [run["settings"]["model"] for run in runs])


if __name__ == "__main__":
    from figures.redraw import main

    main(draw)
