"""The information plane of a joint distribution, and how codes split as the slope falls.

On the left what codes reach, what no code exceeds, and beside them the best maps of X with 2, 3 and
more values. On the right the values of T at each slope, placed by what they say of Y; of one code
its encoder q(t|x).

Redraw from results with `python -m figures.bottleneck DIR`.
"""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.parts.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    HEAT,
    ORANGE,
    VERMILION,
    new_figure,
    save,
    write_title,
)
from rdtheory.bottleneck.curve import InformationCurve
from rdtheory.bottleneck.picture import draw_plane
from rdtheory.bottleneck.point import Bottleneck
from rdtheory.results import read_json, result_name
from rdtheory.units import in_units

LETTERS = 66
"""Of a line of a panel's title."""

MANY = 40
"""Letters from which on not each has its tick."""

FEW = 5
"""Slopes that each have their tick, at most."""

ROOM = 0.88
"""Share of a slope below which the next must be, if both are to have their number."""

LEAST_BETA = 0.01
"""Of the first critical slope: slopes below are left out on the right, where nothing splits."""


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `bottleneck.png` from the `bottleneck.json` of a directory."""
    result = read_json(directory / result_name("bottleneck"), command="bottleneck")
    header = ("alpha", "beta", "rate", "relevance", "entropy", "gap", "values", "code")
    names = ("beta", "rate", "relevance", "entropy", "gap", "codes")
    rows = [
        (alpha, *(point[name] for name in names), _spelt(point))
        for alpha, points in ((result["alpha"], result["points"]), (1.0, result["beside"]))
        for point in points
    ]
    target = result["target"]
    if target is not None:
        rows.append((1.0, target["beta"], target["rate"], target["relevance"], "", target["gap"],
                     target["codes"], "asked"))  # fmt: skip
    rows += [
        (0.0, 0.0, code["rate"], code["relevance"], code["rate"], "", code["codes"], "map of X")
        for code in result["hard"]
    ]
    return [save(picture(result), directory / "bottleneck.png", header, rows, overwrite=overwrite)]


def picture(result: dict[str, Any]) -> Figure:
    """Return the figure of a result, in bits where it says so."""
    units = result.get("shown", {}).get("units", "nats")
    figure = new_figure(12.5, 5.2)
    left, right = figure.subplots(1, 2)
    _plane(left, result, units)
    if "encoder" in result:
        _encoder(right, result)
    else:
        _values(right, result)
    return figure


def _spelt(point: dict[str, Any]) -> str:
    """Return the values of T by place and mass, as a cell of the CSV."""
    pairs = sorted(zip(point["places"], point["masses"], strict=True))
    return " ".join(f"{place:.6g}:{mass:.6g}" for place, mass in pairs)


# -- the information plane ------------------------------------------------------------------------


def read_curve(result: dict[str, Any]) -> InformationCurve:
    """Return the stored curve, of what was solved at alpha = 1."""
    stored = result["points"] if result["alpha"] == 1.0 else result["beside"]
    points = [_point(point) for point in stored]
    return InformationCurve(
        tuple(points) or (_nothing(result),), result["width"] or 0.0, result["information"],
        result["entropy_y"], result["contraction"], result["critical_beta"],
        tuple(result["first_beta"]), (),
        others=tuple((code["rate"], code["relevance"]) for code in result["hard"]),
    )  # fmt: skip


def _point(stored: dict[str, Any]) -> Bottleneck:
    return Bottleneck(
        beta=stored["beta"], rate=stored["rate"], relevance=stored["relevance"],
        value=stored["value"], bound=stored["bound"], encoder=np.empty((0, stored["codes"])),
        starts=stored["starts"], agreeing=stored["agreeing"], iterations=0, stationarity=0.0,
        converged=stored["converged"], proved=stored["proved"], entropy=stored["entropy"],
    )  # fmt: skip


def _nothing(result: dict[str, Any]) -> Bottleneck:
    """Return the code that keeps nothing, which is the best at slope 1."""
    known = result["entropy_y"]
    return Bottleneck(1.0, 0.0, 0.0, known, known, np.ones((0, 1)), 1, 1, 0, 0.0, True)


def _plane(axes: Axes, result: dict[str, Any], units: str) -> None:
    nat, target, alpha = in_units(units), result["target"], result["alpha"]
    reach = max([code["rate"] for code in result["hard"]], default=0.0)
    curve = read_curve(result)
    label = "reached by time-sharing"
    draw_plane(curve, axes, units=units, reach=reach, label=label)
    if result["hard"]:
        rates, told = (nat * np.array([code[name] for code in result["hard"]])
                       for name in ("rate", "relevance"))  # fmt: skip
        axes.plot(rates, told, "D", ms=7, mfc="none", mew=1.6, color=GREEN, zorder=4,
                  label="best maps of X with so many values")  # fmt: skip
        for x, y, code in zip(rates, told, result["hard"], strict=True):
            axes.annotate(str(code["codes"]), (x, y), xytext=(0, -15), textcoords="offset points",
                          ha="center", color=GREEN, fontsize=9.5)  # fmt: skip
    if alpha != 1.0:
        points = result["points"]
        axes.plot([nat * p["rate"] for p in points], [nat * p["relevance"] for p in points], "o",
                  ms=6, color=ORANGE, zorder=3.5, label=f"codes at alpha = {alpha:g}")  # fmt: skip
    if target is not None:
        at, told = nat * target["rate"], nat * target["relevance"]
        axes.plot([at], [told], "*", ms=15, color=VERMILION, mec=BLACK, zorder=5,
                  label=f"asked: {told:.4g} at {at:.4g} {units}")  # fmt: skip
    axes.legend(loc="lower right", fontsize=9)
    write_title(axes, f"{result['joint']}: {_known(result, units)}", LETTERS)


def _known(result: dict[str, Any], units: str) -> str:
    """Return how well what is drawn is known."""
    nat, target = in_units(units), result["target"]
    if target is not None:
        on_rate = target["axis"] == "rate"
        off = target["gap"] if on_rate else target["rate"] - target["rate_bound"]
        return f"within {nat * off:.0e} {units} of the best of that {target['axis']}"
    if result["width"] is not None:
        return f"the curve is known within {nat * result['width']:.0e} {units}"
    gap = nat * max(point["gap"] for point in result["points"])
    which = "every value" if len(result["points"]) > 1 else "its value"
    return f"{which} within {gap:.0e} {units} of the best"


# -- the codes ------------------------------------------------------------------------------------


def _values(axes: Axes, result: dict[str, Any]) -> None:
    """Draw the values of T at each slope by what they say of Y, and where they split."""
    first = result["first_beta"][1] or 1.0
    shown = [p for p in result["points"] if p["beta"] >= LEAST_BETA * first]
    colour = BLUE if result["alpha"] == 1.0 else ORANGE
    for point in shown:
        sizes = 5.0 + 55.0 * np.array(point["masses"])
        slopes = np.full(len(sizes), point["beta"])
        axes.scatter(slopes, point["places"], s=sizes, color=colour, alpha=0.7, lw=0)
    if result["alpha"] == 1.0:
        _splits(axes, [split for split in result["splits"] if split["low"] >= LEAST_BETA * first])
    axes.set(xscale="log", xlabel="slope β = dI(T;Y)/dI(X;T)   (above: Tishby's, 1/β)")
    ticks = [p["beta"] for p in shown] or [first]
    axes.set_xlim(1.15 * max(ticks), min(ticks) / 1.15)
    above = axes.secondary_xaxis("top", functions=(_inverse, _inverse))
    marks = sorted(set(ticks)) if len(set(ticks)) <= FEW else _round(min(ticks), max(ticks))
    axes.set_xticks(marks, [f"{mark:.3g}" for mark in marks])
    above.set_xticks([1 / mark for mark in marks], [f"{1 / mark:.3g}" for mark in marks])
    axes.minorticks_off()
    above.minorticks_off()
    names = result["letters"]["y"]
    place = f"p(y = {names[1]} | t)" if len(names) == 2 else "E[f(Y) | t], f what X tells most of,"
    axes.set_ylabel(f"{place} of the values t in use")
    axes.grid(axis="x", color=GREY, alpha=0.15)
    splits = "values of T split as β falls" if result["alpha"] == 1.0 else "values of T"
    write_title(axes, f"{splits}, larger dots for more mass", LETTERS)


def _splits(axes: Axes, splits: list[dict[str, Any]]) -> None:
    """Draw a line where values come to be more, with their number if there is room."""
    places = [0.5 * (split["low"] + split["high"]) for split in splits]
    for k, (at, split) in enumerate(zip(places, splits, strict=True)):
        axes.axvline(at, color=GREY, lw=0.9, ls="--")
        if k == len(places) - 1 or places[k + 1] < ROOM * at:
            axes.annotate(
                str(split["many"]), (at, 1.0), xycoords=("data", "axes fraction"), xytext=(3, -11),
                textcoords="offset points", color=GREY, fontsize=9.5,
            )  # fmt: skip


def _inverse(slopes: Any) -> Any:  # noqa: ANN401  (as matplotlib gives them)
    with np.errstate(divide="ignore"):
        return 1.0 / np.asarray(slopes, dtype=float)


def _round(low: float, high: float) -> list[float]:
    """Return numbers of one digit between two, at most some seven."""
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    for digits in ((1, 2, 3, 4, 5, 6, 7, 8), (1, 2, 5), (1, 3), (1,)):
        found = [float(f"{d * power:.1g}") for power in powers for d in digits]
        found = [mark for mark in found if low <= mark <= high]
        if len(found) <= 7:
            break
    return found or [float(f"{low:.2g}")]


def _encoder(axes: Axes, result: dict[str, Any]) -> None:
    """Draw q(t|x) as a picture, a row for each x."""
    table = np.array(result["encoder"])
    shown = axes.imshow(table, cmap=HEAT, vmin=0.0, vmax=1.0, aspect="auto", interpolation="none")
    axes.figure.colorbar(shown, ax=axes, label="q(t|x)")
    letters = result["letters"]["x"]
    if len(letters) <= MANY:
        axes.set_yticks(range(len(letters)), [_cut(letter) for letter in letters])
    axes.set_xticks(range(table.shape[1]))
    axes.set(xlabel="value t of the code", ylabel="letter x")
    if result["target"] is not None:
        beta = result["target"]["beta"]
        write_title(
            axes, f"its encoder; β = {beta:.4g} (Tishby's {_tishby(result['target'])})", LETTERS
        )
    else:
        (point,) = result["points"]
        write_title(
            axes, f"its encoder at β = {point['beta']:.4g} (Tishby's {_tishby(point)})", LETTERS
        )


def _tishby(point: dict[str, Any]) -> str:
    return "∞" if point["tishby_beta"] is None else f"{point['tishby_beta']:.4g}"


def _cut(text: str, most: int = 14) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
