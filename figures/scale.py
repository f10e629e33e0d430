"""What one slope costs as the alphabet grows, on logarithmic axes, beside Blahut-Arimoto.

A line for each way of `bench scale`: processor seconds to the gap that was asked, after
compilation. Hollow marks are what Blahut-Arimoto would need, extrapolated from its budget. Grey
lines are those that grow like n and like n^2, for comparison.

Redraw from a result with `python -m figures.scale FILE`, or from a directory of `bench scale`.
"""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from figures.parts.style import BLUE, GREEN, GREY, SKY, VERMILION, new_figure, save, write_title
from rdtheory.results import read_json, result_name

COMMAND = "bench-scale"
LETTERS = 96
"""Of a line of the title."""
HEADER = ("letters", "solver", "asked", "gap", "seconds", "extrapolated")
LOOKS = {
    "Blahut-Arimoto, tuned": ("D", VERMILION, "Blahut-Arimoto, tuned (table of n x n)"),
    "rdtheory, table": ("s", SKY, "this solver, table of n x n"),
    "rdtheory, no table": ("o", BLUE, "this solver, no table"),
    "rdtheory, moving atoms": ("^", GREEN, "this solver, reproductions anywhere (atoms move)"),
}
"""Mark, colour and label of every way."""
MARGIN = 1.6
"""Times the outermost numbers, to the ends of the axes."""
NAMED = ((1e-3, "1 ms"), (1e-2, "10 ms"), (1e-1, "0.1 s"), (1.0, "1 s"), (10.0, "10 s"),
         (60.0, "1 min"), (600.0, "10 min"), (3600.0, "1 h"), (36000.0, "10 h"),
         (360000.0, "100 h"))  # fmt: skip


def draw(place: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw what a result file holds, or the `bench-scale.json` of a directory, beside it."""
    path = place / result_name(COMMAND) if place.is_dir() else place
    result = read_json(path, command=COMMAND)
    rows = [
        [str(row[name]).lower() if name == "extrapolated" else row[name] for name in HEADER]
        for row in result["timings"]
    ]
    return [save(picture(result), path.with_suffix(".png"), HEADER, rows, overwrite=overwrite)]


def picture(result: dict[str, Any]) -> Figure:
    """Return the figure of a result."""
    figure = new_figure(8.6, 6.0)
    axes = figure.subplots()
    axes.set(xscale="log", yscale="log", xlabel="letters n",
             ylabel="processor time, one slope")  # fmt: skip
    for name, (mark, colour, label) in LOOKS.items():
        rows = [row for row in result["timings"] if row["solver"] == name]
        if rows:
            _draw_way(axes, rows, mark, colour, label)
    _frame(axes, result["timings"])
    _draw_guides(axes)
    axes.legend(loc="upper right", fontsize=9.5)
    title = (
        f"Seconds to a certified gap of {result['asked']:.0e} nats at β = {result['beta']:.3g}: a "
        "normal on n letters, squared error"
    )
    write_title(axes, title, LETTERS, size=11)
    return figure


def _draw_way(axes: Axes, rows: list[dict[str, Any]], mark: str, colour: str, label: str) -> None:
    """Draw seconds over letters; what is extrapolated hollow, at the end of a dashed line."""
    n, seconds = (np.array([row[name] for row in rows]) for name in ("letters", "seconds"))
    guessed = np.array([row["extrapolated"] for row in rows])
    for k in range(len(rows) - 1):
        dashed = guessed[k] or guessed[k + 1]
        axes.plot(
            n[k : k + 2], seconds[k : k + 2], ls="--" if dashed else "-", color=colour, lw=1.3
        )
    axes.plot(n[~guessed], seconds[~guessed], mark, color=colour, ms=6.5, label=label)
    if guessed.any():
        axes.plot(n[guessed], seconds[guessed], mark, color=colour, mfc="white", ms=6.5,
                  label="the same, extrapolated from its budget")  # fmt: skip


def _frame(axes: Axes, rows: list[dict[str, Any]]) -> None:
    """Set the limits, and name times on their axis."""
    n, seconds = (np.array([row[name] for row in rows]) for name in ("letters", "seconds"))
    low, high = seconds.min() / MARGIN, seconds.max() * MARGIN
    axes.set(xlim=(n.min() / MARGIN, n.max() * MARGIN), ylim=(low, high))
    shown = [(at, name) for at, name in NAMED if low <= at <= high]
    axes.set_yticks([at for at, _ in shown], labels=[name for _, name in shown])
    axes.yaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{at:,.0f}"))
    axes.xaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))


def _draw_guides(axes: Axes) -> None:
    """Draw lines that grow like n and like n^2, to half of the height of the panel."""
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    for power, name in ((1, "grows like n"), (2, "like n²")):
        top = low * (high / low) ** 0.5
        n = np.geomspace(right / (top / low) ** (1.0 / power), right / MARGIN, 4)
        line = top * (n / right) ** power
        axes.plot(n, line, ":", color=GREY, lw=1.0, zorder=0)
        axes.text(n[1], line[1], f"  {name}", color=GREY, fontsize=9.5, ha="left", va="top")
    axes.set(xlim=(left, right), ylim=(low, high))


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
