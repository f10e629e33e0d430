"""Many training runs in the plane of rate and distortion, in the manner of the paper's Figure 3.

Redraw from results with `python -m figures.rd_plane DIR`.
"""

from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from figures.parts.axes import bound, limit, targets_of, tidy
from figures.parts.elsewhere import elsewhere_entries, mark_elsewhere, read_elsewhere
from figures.parts.heading import ESTIMATED, reserve_heading, warnings_of, write_heading
from figures.parts.look import Entry, add_legend, colour_of, look, ring, ring_entry
from figures.parts.reading import MEASURES, SHOWN, check_numbers, read_run, tested
from figures.parts.style import BLACK, BLUE, GREY, VERMILION, new_figure, save
from figures.parts.words import count_of, missed
from rdneural.records.asked import OUTCOME, outcome_of_result
from rdneural.records.layout import RESULT
from rdneural.records.names import is_family
from rdneural.records.table import Row

COSTS = (
    "beta", "target_rate", "final_beta",
    "epochs", "training_seconds", "images_per_second", "peak_memory_mib", "parameters",
)  # fmt: skip
HEADER = (
    "run", "data", "model", "preset", "seed", *COSTS, *OUTCOME,
    *(f"{split}_{measure}" for split in SHOWN for measure in MEASURES),
)  # fmt: skip


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `rd_plane.png` from every `run.json` at any depth below a directory.

    Models from elsewhere are shown beside them (`figures.parts.elsewhere`).
    """
    runs = read_runs(directory)
    points = read_elsewhere(directory, runs[0]["data"])
    rows = [_row(run) for run in runs] + [[p.get(name, "") for name in HEADER] for p in points]
    figure = picture(runs, points)
    return [save(figure, directory / "rd_plane.png", HEADER, rows, overwrite=overwrite)]


def figure_of(directory: Path) -> Figure:
    """Return the figure of the runs at any depth below a directory, to be shown."""
    runs = read_runs(directory)
    return picture(runs, read_elsewhere(directory, runs[0]["data"]))


def picture(runs: list[dict[str, Any]], points: list[Row]) -> Figure:
    """Return the figure of runs, and of points from elsewhere."""
    best = min(runs, key=lambda run: run["test"]["elbo"])
    figure = new_figure(11.5, 6.6)
    reserve_heading(figure, _heading(figure, runs))
    plane, skew = figure.subplots(1, 2)
    targets = targets_of(runs)
    for axes, measure in ((plane, "distortion"), (skew, "elbo")):
        places = [*(run["test"] for run in runs), *map(tested, points)]
        limit(axes, places, measure, best["test"]["elbo"], targets)
        bound(axes, measure, best["test"]["elbo"])
        _targets(axes, runs, measure)
        for run in runs:
            _mark(axes, run, measure)
        mark_elsewhere(axes, points, measure)
        tidy(axes)
    plane.set_xlabel("rate R  (nats per image)", fontsize=11)
    skew.set_xlabel("rate R  (nats per image, square-root scale)", fontsize=11)
    plane.set_title("(a) the plane of rate and distortion", loc="left", fontsize=12)
    plane.set_ylabel("distortion D  (nats per image)", fontsize=11)
    skew.set_title("(b) the same runs: R + D against R", loc="left", fontsize=12)
    skew.set_ylabel("R + D  (nats per image, scale stretched near Ĥ)", fontsize=11)
    _legend(figure, best, runs, points)
    return figure


def read_runs(directory: Path) -> list[dict[str, Any]]:
    """Read every `run.json` at any depth below a directory, sorted by path.

    Each result gets the entry `run`, the path of its own directory relative to `directory`.

    Raises
    ------
    ValueError
        where there is none, where one of them is broken, or where they differ in `data`.
    """
    runs = []
    for path in sorted(directory.rglob(RESULT)):
        run = read_run(path.parent)
        _check(path, run)
        named = {"run": path.parent.relative_to(directory).as_posix()}
        runs.append(run | named | outcome_of_result(run))
    if not runs:
        raise ValueError(f"{directory} must have a {RESULT} in it or below it, got none")
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
    if not is_family(model):
        raise ValueError(f"{path} must hold one of the twelve models, got {model!r}")
    try:
        numbers = {name: run[name] for name in ("seed", *COSTS)}
        measured = {f"{s}: {name}": run[s][name] for s in SHOWN for name in MEASURES}
    except (LookupError, TypeError) as error:
        raise ValueError(f"{path} must hold every entry of a run, got {error!r}") from error
    measured |= {name: value for name, value in numbers.items() if value is not None}
    check_numbers(path, measured)


def _row(run: dict[str, Any]) -> list[Any]:
    settings = run["settings"]
    cells = [run["run"], run["data"], settings["model"], settings["preset"], run["seed"]]
    cells += [run[name] for name in COSTS]
    cells += [str(c).lower() if isinstance(c := run[name], bool) else c for name in OUTCOME]
    cells += [run[split][measure] for split in SHOWN for measure in MEASURES]
    return ["" if cell is None else cell for cell in cells]


def _heading(figure: Figure, runs: list[dict[str, Any]]) -> float:
    """Write what was trained and any warning; return the inches this takes."""
    models = {run["settings"]["model"] for run in runs}
    presets = sorted({run["settings"]["preset"] for run in runs})
    counts = f"{count_of(len(runs), 'run')} of {count_of(len(models), 'model')}"
    lines = [
        (f"{runs[0]['data']}, preset {' and '.join(presets)}: {counts}", 13.0, BLACK),
        (ESTIMATED, 9.5, BLACK),
        *((warning, 9.0, VERMILION) for warning in warnings_of(runs)),
    ]  # fmt: skip
    return write_heading(figure, lines)


def _targets(axes: Axes, runs: list[dict[str, Any]], measure: str) -> None:
    """Draw the asked rates, how far each run is from its own, and lines across them."""
    for target in targets_of(runs):
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


def _series(run: dict[str, Any]) -> tuple[str, str, int]:
    return run["settings"]["model"], run["settings"]["preset"], run["seed"]


def _mark(axes: Axes, run: dict[str, Any], measure: str) -> None:
    test, model = run["test"], run["settings"]["model"]
    colour = colour_of(model)
    axes.errorbar(
        test["rate"], test[measure], test[f"{measure}_se"], test["rate_se"],
        color=colour, elinewidth=1.0, zorder=3, **look(model),
    )  # fmt: skip
    if missed(run):
        ring(axes, test["rate"], test[measure])


def _legend(
    figure: Figure, best: dict[str, Any], runs: list[dict[str, Any]], points: list[Row]
) -> None:
    """Explain the markers and the lines."""
    test, model = best["test"], best["settings"]["model"]
    least = f"R + D = Ĥ = {test['elbo']:.2f} ± {test['elbo_se']:.2f}, the least, by {model}"
    lines: list[Entry] = [
        (Line2D([], [], color=BLACK, ls="--", lw=1.2), least),
        (Patch(color="0.9"), "R + D < Ĥ: infeasible if H were Ĥ"),
    ]
    if targets_of(runs):
        lines += [
            (Line2D([], [], color="0.75", lw=0.9), "rate asked for (target rate)"),
            (Line2D([], [], color=BLUE, lw=0.9), "one model, one seed, across target rates"),
        ]
    if any(map(missed, runs)):
        lines.append(ring_entry())
    lines += elsewhere_entries(points)
    add_legend(figure, lines, [run["settings"]["model"] for run in runs])


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
