"""R(D) of a set of images, certified, and what Blahut-Arimoto has certified after as many seconds.

Left the certified points: codes may take turns, so that every chord between them is reached, and
below the tangents is nothing; the band is all that is not known. Right, at each slope, by how much
the solver's point and Blahut-Arimoto's may be above the least D + beta R, in nats of R + D / beta,
after equal processor time, which is written at the solver's points. Points of reproductions
anywhere, where the result has some, are reached; their gap is an estimate.

Redraw from a result with `python -m figures.images FILE`, or from a directory of `bench images`.
"""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter

from figures.parts.style import BLUE, GREEN, GREY, SKY, VERMILION, new_figure, save, write_title
from rdtheory.results import read_json, result_name

COMMAND = "bench-images"
LETTERS = 62
"""Of a line of a panel's title."""
LEAST = 1e-16
"""Nats; a gap of 0 is drawn here."""
HEADER = ("beta", "rate", "distortion", "outputs", "seconds", "gap", "iterations", "rival_seconds",
          "rival_gap", "rival_iterations")  # fmt: skip


def draw(place: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw what a result file holds, or the `bench-images.json` of a directory, beside it."""
    path = place / result_name(COMMAND) if place.is_dir() else place
    result = read_json(path, command=COMMAND)
    rows = [[row[name] for name in HEADER] for row in result["rows"]]
    picture_at = path.with_suffix(".png")
    return [save(picture(result), picture_at, HEADER, rows, overwrite=overwrite)]


def picture(result: dict[str, Any]) -> Figure:
    """Return the figure of a result."""
    figure = new_figure(12.6, 5.2)
    plane, gaps = figure.subplots(1, 2)
    _draw_plane(plane, result)
    _draw_gaps(gaps, result)
    return figure


def _draw_plane(axes: Axes, result: dict[str, Any]) -> None:
    """Draw R over D: points, chords, and the band down to the tangents."""
    rows = sorted(result["rows"], key=lambda row: row["distortion"])
    d, rate, beta, value, gap = (
        np.array([row[name] for row in rows])
        for name in ("distortion", "rate", "beta", "value", "gap")
    )
    fine = np.linspace(d[0], d[-1], 500)
    reached = np.interp(fine, d, rate)
    below = (value - gap - fine[:, None] / beta).max(axis=1)
    axes.fill_between(
        fine, below, reached, color=SKY, alpha=0.45, lw=0, label="band that holds R(D) between"
    )
    axes.plot(d, rate, "o-", color=BLUE, lw=1.2, ms=5.5, label="certified points, and chords")
    if free := result.get("free"):
        d_free, rate_free = ([row[name] for row in free] for name in ("distortion", "rate"))
        axes.plot(d_free, rate_free, "^-", color=GREEN, lw=1.2, ms=5.5,
                  label="reproductions anywhere, and chords")  # fmt: skip
    most = np.log(result["images"])
    axes.axhline(most, color=GREY, ls=":", lw=1.2)
    axes.text(d[-1], most, f"log {result['images']:,}: says which image", ha="right", va="bottom",
              color=GREY, fontsize=9.5)  # fmt: skip
    for k, shift, side in ((0, (8, -6), "left"), (-1, (6, 14), "right")):
        axes.annotate(f"β = {beta[k]:.3g}", (d[k], rate[k]), xytext=shift, fontsize=9.5,
                      textcoords="offset points", ha=side)  # fmt: skip
    axes.set(ylim=(0.0, 1.08 * most), ylabel="R, nats per image")
    axes.set_xlabel("D per image: squared error summed over its pixels\n"
                    "(of zeros and ones: how many pixels differ)")  # fmt: skip
    axes.legend(loc="best", fontsize=9.5)
    title = (
        f"{result['source']}: R(D) of {result['images']:,} images shown by each other, every point "
        f"within {gap.max():.0e} nats"
    )
    write_title(axes, title, LETTERS, size=11)


def _draw_gaps(axes: Axes, result: dict[str, Any]) -> None:
    """Draw certified gaps over the slope, ours and Blahut-Arimoto's."""
    rows = result["rows"]
    beta = np.array([row["beta"] for row in rows])
    kinds = (
        ("gap", "s-", BLUE, "this solver, which stops at what is asked"),
        ("rival_gap", "D--", VERMILION, "Blahut-Arimoto after as many CPU seconds"),
    )
    for name, look, colour, label in kinds:
        shown = np.maximum([row[name] for row in rows], LEAST)
        axes.plot(beta, shown, look, color=colour, lw=1.2, ms=5.5, label=label)
    for row in rows:
        axes.annotate(f"{row['seconds']:.2g} s", (row["beta"], max(row["gap"], LEAST)),
                      xytext=(0, -7), textcoords="offset points", ha="center", va="top",
                      fontsize=8.5, color=BLUE)  # fmt: skip
    axes.axhline(result["asked"], color=GREY, ls=":", lw=1.2, label="asked for")
    axes.set(xscale="log", yscale="log", ylabel="certified gap, nats")
    plain = LogFormatter(minor_thresholds=(2.0, 1.0))
    axes.xaxis.set_major_formatter(plain)
    axes.xaxis.set_minor_formatter(plain)
    axes.set_xlabel("slope β = -dD/dR: small on the left (fine codes), large on the right")
    axes.margins(y=0.12)
    axes.legend(loc="best", fontsize=9.5)
    text = f"Proved after equal CPU time ({result['seconds_solve']:.3g} s in all), lower is better"
    write_title(axes, text, LETTERS, size=11)


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
