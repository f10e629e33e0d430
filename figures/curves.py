"""How one training run went: R + D, its two parts and beta against the epoch.

Redraw from results with `python -m figures.curves DIR`.
"""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from figures.parts.axes import tidy
from figures.parts.heading import add_heading, reserve_heading
from figures.parts.reading import read_run
from figures.parts.style import BLACK, BLUE, ORANGE, VERMILION, new_figure, save
from rdneural.records.layout import HISTORY_FILE
from rdtheory.checks import Array
from rdtheory.words import decimal

MEASURES = {"elbo": "R + D", "distortion": "distortion D", "rate": "rate R"}
PARTS = {
    "train": ("train, mean since the validation before", ORANGE),
    "valid": ("validation", BLUE),
}
DRAWN = ("epoch", "beta", *(f"{part}_{measure}" for part in PARTS for measure in MEASURES))
HIGH_QUANTILE = 0.9
"""The first tenth of a run falls so far that it would flatten the rest."""
LEAST_SPAN = 1.0
"""Nats an axis spans at least, lest noise look like progress."""
LEAST_CHANGE = 1e-3
"""Share of beta below which it is drawn as the constant that it is."""
LOG_FACTOR = 2.0
"""A beta that varies by more than this has a logarithmic axis."""
FEW = 40
"""Up to so many rows are marked one by one."""


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `curves.png` from the `run.json` and `history.csv` of a directory."""
    run = read_run(directory)
    figure, rows = picture(run, read_history(directory / HISTORY_FILE))
    header = ("measure", "part", "epoch", "value", "standard_error")
    return [save(figure, directory / "curves.png", header, rows, overwrite=overwrite)]


def figure_of(directory: Path) -> Figure:
    """Return the figure of the run in a directory, to be shown."""
    return picture(read_run(directory), read_history(directory / HISTORY_FILE))[0]


def picture(run: dict[str, Any], history: dict[str, Array]) -> tuple[Figure, list[tuple[Any, ...]]]:
    """Return the figure of a run, and its numbers."""
    figure = new_figure(10.0, 7.6)
    reserve_heading(figure, add_heading(figure, run))
    panels = dict(zip((*MEASURES, "beta"), figure.subplots(2, 2, sharex=True).flat, strict=True))
    rows: list[tuple[Any, ...]] = []
    for measure in MEASURES:
        rows += _measure(panels[measure], measure, history, run)
    rows += _beta(panels["beta"], history, run)
    for letter, axes in zip("abcd", panels.values(), strict=True):
        axes.set_title(f"({letter}) {axes.get_title('left')}", loc="left", fontsize=12)
        tidy(axes, grid=True)
    for name in ("rate", "beta"):
        panels[name].set_xlabel("epoch", fontsize=11)
        panels[name].set_xlim(0.0, 1.03 * history["epoch"][-1] or 1.0)
    _legend(figure, (panels["rate"], panels["beta"]))
    return figure, rows


def read_history(path: Path) -> dict[str, Array]:
    """Read the columns of `history.csv` that are drawn, one row a validation."""
    try:
        with path.open(newline="") as stream:
            reader = csv.DictReader(stream)
            rows, header = list(reader), reader.fieldnames or ()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} must be a readable history, got {error}") from error
    missing = [name for name in DRAWN if name not in header]
    if missing:
        raise ValueError(f"{path} must have the columns {', '.join(DRAWN)}: no {missing[0]}")
    if not rows:
        raise ValueError(f"{path} must have at least one row, got none")
    history = {
        name: np.array([_number(path, line, name, row[name]) for line, row in enumerate(rows, 2)])
        for name in DRAWN
    }
    if np.any(np.diff(history["epoch"]) < 0):
        raise ValueError(f"{path} must list its epochs in order")
    return history


def _number(path: Path, line: int, name: str, text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise ValueError(f"{path} must hold finite numbers, got {name} = {text!r} in line {line}")
    return value


def _measure(
    axes: Axes, measure: str, history: dict[str, Array], run: dict[str, Any]
) -> list[tuple[Any, ...]]:
    """Draw one measure of `MEASURES` on train, validation and test; return its numbers."""
    epoch, test, error = history["epoch"], run["test"][measure], run["test"][f"{measure}_se"]
    marker = "o" if epoch.size <= FEW else ""
    rows: list[tuple[Any, ...]] = []
    for part, (label, colour) in PARTS.items():
        values = history[f"{part}_{measure}"]
        axes.plot(epoch, values, color=colour, lw=1.6, marker=marker, ms=3.5, label=label)
        rows += [(measure, part, *pair, "") for pair in zip(epoch.tolist(), values, strict=True)]
    shown = [test - error, test + error]
    axes.errorbar(
        epoch[-1], test, error, fmt="D", color=VERMILION, mfc="white", ms=6, mew=1.6,
        capsize=4, zorder=5, clip_on=False, label="test, ± 1 standard error",
    )  # fmt: skip
    rows.append((measure, "test", float(epoch[-1]), float(test), float(error)))
    if measure == "rate" and run["target_rate"] is not None:
        target = float(run["target_rate"])
        axes.axhline(target, color=BLACK, ls="--", lw=1.2, label=f"target rate: {target:g} nats")
        rows.append((measure, "target", "", target, ""))
        shown.append(target)
    _limit(axes, [history[f"{part}_{measure}"] for part in PARTS], shown)
    axes.set_title(f"{MEASURES[measure]}: test {decimal(test)} ± {decimal(error)}", loc="left")
    axes.set_ylabel(f"{MEASURES[measure]}  (nats per image)", fontsize=11)
    return rows


def _legend(figure: Figure, panels: Iterable[Axes]) -> None:
    """Explain the lines of panels below them: a legend inside would hide some."""
    entries = [
        entry for axes in panels for entry in zip(*axes.get_legend_handles_labels(), strict=True)
    ]
    handles, labels = zip(*entries, strict=True)
    figure.legend(
        handles, labels, loc="outside lower center", ncols=min(4, len(labels)), fontsize=9.5,
        frameon=False, columnspacing=1.6,
    )  # fmt: skip


def _limit(axes: Axes, curves: list[Array], shown: list[float]) -> None:
    """Fit the axis to all but the highest values, and say so where some are cut off."""
    values = np.concatenate(curves)
    shown += [curve[-1] for curve in curves]
    low = min(values.min(), *shown)
    high = max(float(np.quantile(values, HIGH_QUANTILE)), *shown)
    pad = 0.06 * (high - low) + max(0.0, LEAST_SPAN - (high - low)) / 2
    axes.set_ylim(low - pad, high + pad)
    if values.max() > high + pad:
        axes.set_title(f"↑ up to {values.max():.4g}", loc="right", fontsize=9)


def _beta(axes: Axes, history: dict[str, Array], run: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Draw what R weighed in the loss, and the slope of the frontier that the run ended at.

    They are one where the run was asked for a beta. Where it was asked for a rate, the weight also
    pushes the rate to its target, and the slope is what is left of it on average: of a penalty W on
    either side of the target, which is -W where the rate never came up to it, and no slope then.
    """
    epoch, beta = history["epoch"], history["beta"]
    final = float(run.get("final_beta", beta[-1]))
    marker = "o" if epoch.size <= FEW else ""
    weight = "weight of |R - target|" if run["settings"].get("penalty") else "weight of R"
    axes.plot(epoch, beta, color=BLACK, lw=1.6, marker=marker, ms=3.5, label=weight)
    rows: list[tuple[Any, ...]] = [
        ("beta", "train", *pair, "") for pair in zip(epoch.tolist(), beta, strict=True)
    ]
    if not np.isclose(final, beta[-1], rtol=LEAST_CHANGE):
        label = "mean weight of R at the end" + (", the slope -dD/dR" if final > 0 else "")
        axes.plot(
            epoch[-1], final, "D", color=VERMILION, mfc="white", ms=6, mew=1.6, zorder=5,
            clip_on=False, label=label,
        )  # fmt: skip
        rows.append(("beta", "final", float(epoch[-1]), final, ""))
    beta = np.append(beta, final)
    if 0 < LOG_FACTOR * beta.min() < beta.max():
        axes.set_yscale("log")
        subs = (1.0, 2.0, 3.0, 5.0) if beta.max() < 300 * beta.min() else (1.0,)
        axes.yaxis.set_major_locator(LogLocator(subs=subs))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.minorticks_off()
    elif np.ptp(beta) <= LEAST_CHANGE * abs(beta[-1]):  # lest rounding look like change
        axes.set_ylim(0.0, 2.0 * abs(beta[-1]) or 1.0)
    found = f"slope beta: {final:.4g}" if final >= 0 else f"no slope, but a weight of {final:.4g},"
    axes.set_title(f"{found} at the end", loc="left")
    axes.set_ylabel("beta  (nats of D per nat of R)", fontsize=11)
    return rows


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
