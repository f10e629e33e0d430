"""A curve from one training in the plane of rate and distortion, with separate runs beside it.

Redraw from results with `python -m figures.curve DIR`.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.parts.axes import LEAST_SPAN, tidy
from figures.parts.heading import reserve_heading, write_heading
from figures.parts.look import RING, ring
from figures.parts.style import BLACK, BLUE, ORANGE, VERMILION, new_figure, save
from figures.parts.words import missed
from rdneural.records.asked import target_outcome
from rdneural.records.layout import CURVE
from rdtheory.results import read_json

MEASURES = ("rate", "rate_se", "distortion", "distortion_se", "cost", "cost_se")
HEADER = ("source", "beta", "target_rate", *MEASURES)

APART: dict[str, Any] = {
    "fmt": "D", "ms": 7, "mew": 1.6, "mfc": "none", "capsize": 3, "zorder": 4, "color": ORANGE,
}  # fmt: skip
"""How models are marked that were trained for one slope each."""


NEAR, TINY = 0.06, 1e-9
"""Share of the panel that labels are apart at least, and nats that no axis is shorter than."""


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `curve.png` from the `curve.json` of a directory.

    Panel (a) is the plane of R and D, panel (b) what the curve's D + beta R has above the separate
    runs' (or, where there are none, D + beta R against beta).

    Raises
    ------
    ValueError
        where the result is missing, broken or incomplete.
    """
    result = read_curve(directory / CURVE)
    runs = result.get("comparison", {}).get("rows", [])
    rows = [
        ("curve", p["beta"], p["target_rate"] or "", *(p["test"][name] for name in MEASURES))
        for p in result["points"]
    ]
    rows += [(r["run"], r["beta"], "", *(r[f"run_{name}"] for name in MEASURES)) for r in runs]
    return [save(picture(result), directory / "curve.png", HEADER, rows, overwrite=overwrite)]


def figure_of(directory: Path) -> Figure:
    """Return the figure of the curve in a directory, to be shown."""
    return picture(read_curve(directory / CURVE))


def picture(result: dict[str, Any]) -> Figure:
    """Return the figure of a curve, both panels."""
    runs = result.get("comparison", {}).get("rows", [])
    figure = new_figure(11.5, 5.9)
    reserve_heading(figure, _heading(figure, result))
    plane, costs = figure.subplots(1, 2)
    _plane(plane, result, runs)
    (_differences if runs else _costs)(costs, runs or result["points"])
    for axes in (plane, costs):
        tidy(axes, grid=True)
    handles, labels = plane.get_legend_handles_labels()
    if len(labels) > 1:  # below the panels, where no point can be
        figure.legend(
            handles, labels, loc="outside lower center", ncols=len(labels), fontsize=9.5,
            frameon=False,
        )  # fmt: skip
    return figure


def read_curve(path: Path) -> dict[str, Any]:
    """Read a `curve.json` and check the entries that are drawn."""
    result = read_json(path, command="curve")
    try:
        numbers = [point["beta"] for point in result["points"]]
        numbers += [point["test"][name] for point in result["points"] for name in MEASURES]
        numbers += [result["epochs"], result["greatest_rise"]]
        texts = [result["data"], result["model"], result["preset"]]
        for row in result.get("comparison", {}).get("rows", []):
            numbers += [row[f"run_{name}"] for name in MEASURES]
            numbers += [row[name] for name in ("beta", "difference", "difference_se")]
            texts.append(row["run"])
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} must hold every entry of a curve, got {error!r}") from error
    for value in numbers:
        if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
            raise ValueError(f"{path} must hold a finite number where it holds {value!r}")
    for value in texts:
        if not isinstance(value, str):
            raise ValueError(f"{path} must hold text where it holds {value!r}")
    if not result["points"]:
        raise ValueError(f"{path} must hold at least one point, got none")
    return result


def _heading(figure: Figure, result: dict[str, Any]) -> float:
    title = f"model {result['model']} on {result['data']}, preset {result['preset']}: one training"
    fall = "R falls wherever beta rises"
    if result["greatest_rise"] > 0:
        fall = f"R rises with beta by {result['greatest_rise']:.2g} nats at one place"
    about = f"{_epochs(result['epochs'])}, test images, ± 1 standard error; {fall}"
    lines = [(title, 13.0, BLACK), (about, 10.0, BLACK)]
    lines += [
        (f"R = {rate['target_rate']:g} is out of reach", 9.0, VERMILION)
        for rate in result.get("out_of_reach", ())
    ]
    return write_heading(figure, [*lines, (result.get("warning") or "", 9.0, VERMILION)])


def _epochs(epochs: float) -> str:
    return f"{epochs:.3g} epoch{'s' * (epochs != 1)}"


def _outcome(point: dict[str, Any]) -> dict[str, Any]:
    """Return whether a point has the rate that it was sought for."""
    test = point["test"]
    return target_outcome(point["target_rate"], test["rate"], test["rate_se"])


def _plane(axes: Axes, result: dict[str, Any], runs: list[dict[str, Any]]) -> None:
    points = sorted(result["points"], key=lambda point: point["beta"])
    r, r_se, d, d_se = np.array([[p["test"][name] for name in MEASURES[:4]] for p in points]).T
    axes.errorbar(
        r, d, d_se, r_se, fmt="o-", ms=4, lw=1.4, color=BLUE, label="one training", zorder=3
    )  # fmt: skip
    last = (math.inf, math.inf)
    width, height = max(np.ptp(r), TINY), max(np.ptp(d), TINY)
    for point in points:  # labels hang below, where a convex curve leaves room
        place, rate = (point["test"]["rate"], point["test"]["distortion"]), point["target_rate"]
        apart = math.hypot((place[0] - last[0]) / width, (place[1] - last[1]) / height)
        if apart < NEAR and not rate:
            continue  # its label would touch the one before
        last = place
        axes.annotate(
            f"R = {rate:g}" if rate else f"β = {point['beta']:.3g}", place, (-3, -4), ha="right",
            va="top", textcoords="offset points", rotation=40, rotation_mode="anchor", fontsize=8,
            color=BLUE,
        )  # fmt: skip
    off = [p["test"] for p in points if missed(_outcome(p))]
    if off:
        axes.plot([], [], **RING, ms=9, label="missed its target rate")
        ring(axes, [one["rate"] for one in off], [one["distortion"] for one in off], size=6)
    asked = [point["test"] for point in points if point["target_rate"]]
    if asked:
        axes.plot(
            [one["rate"] for one in asked], [one["distortion"] for one in asked], "s", ms=6,
            color=BLUE, label="rates asked for afterwards", zorder=3,
        )  # fmt: skip
    if runs:
        ours = {point["beta"]: point["test"] for point in points}
        for row in runs:  # which belong together
            same = ours[row["beta"]]
            axes.plot(
                [same["rate"], row["run_rate"]], [same["distortion"], row["run_distortion"]],
                color=ORANGE, lw=0.8, ls=":", zorder=2,
            )  # fmt: skip
        r, r_se, d, d_se = np.array([[row[f"run_{n}"] for n in MEASURES[:4]] for row in runs]).T
        axes.errorbar(r, d, d_se, r_se, label="a training for each slope", **APART)
    axes.margins(0.1)
    axes.set_xlim(*_at_least(*axes.get_xlim()))
    low, high = _at_least(*axes.get_ylim())
    axes.set_ylim(low - 0.08 * (high - low), high)  # labels hang there
    axes.set_title("(a) the plane of rate and distortion", loc="left", fontsize=12)
    axes.set_xlabel("rate R  (nats per image)", fontsize=11)
    axes.set_ylabel("distortion D  (nats per image)", fontsize=11)


def _at_least(low: float, high: float) -> tuple[float, float]:
    """Return an interval of at least `LEAST_SPAN` nats with the same middle."""
    more = max(0.0, LEAST_SPAN - (high - low)) / 2
    return low - more, high + more


def _differences(axes: Axes, rows: list[dict[str, Any]]) -> None:
    betas, differences, errors = np.array(
        [[row[name] for name in ("beta", "difference", "difference_se")] for row in rows]
    ).T
    axes.axhline(0.0, color=ORANGE, lw=1.6)
    axes.errorbar(betas, differences, errors, color=BLUE, fmt="o", ms=6, capsize=3, zorder=3)
    _log_betas(axes, betas)
    axes.set_title("(b) the curve above a training for each slope", loc="left", fontsize=12)
    axes.set_ylabel("difference of D + βR  (nats per image)", fontsize=11)


def _costs(axes: Axes, points: list[dict[str, Any]]) -> None:
    betas, costs, errors = np.array(
        [[p["beta"], p["test"]["cost"], p["test"]["cost_se"]] for p in points]
    ).T
    axes.errorbar(betas, costs, errors, color=BLUE, fmt="o-", ms=4, lw=1.4)
    axes.set_ylim(*_at_least(*axes.get_ylim()))
    _log_betas(axes, betas)
    axes.set_title("(b) what each slope costs", loc="left", fontsize=12)
    axes.set_ylabel("D + βR  (nats per image)", fontsize=11)


def _log_betas(axes: Axes, betas: np.ndarray) -> None:
    """Give the axis of beta a logarithmic scale with plain numbers."""
    axes.set_xscale("log")
    axes.set_xlim(betas.min() / 1.3, betas.max() * 1.3)
    axes.minorticks_off()
    ticks = [t for k in range(-4, 4) for t in (10.0**k, 2 * 10.0**k, 5 * 10.0**k)]
    low, high = axes.get_xlim()
    axes.xaxis.set_ticks([t for t in ticks if low <= t <= high])
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("slope β  (nats of D per nat of R)", fontsize=11)


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
