"""What a trained model reconstructs and generates, laid out as the paper's Figure 4.

Redraw from results with `python -m figures.samples DIR`.
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from figures.parts.heading import add_heading
from figures.parts.reading import HALVES, IMAGES, read_drawn, read_images, read_run
from figures.parts.sheet import BETWEEN, dots_of, gap_of, line_of, put_column, show
from figures.parts.style import BLACK, DPI, new_figure, save_picture
from rdneural.records.layout import RESULT, SAMPLES
from rdtheory.checks import Array
from rdtheory.results import result_name

MOST_ROWS = 10
"""Rows of one group of columns before there are several groups side by side."""

SHOWN = 120
"""Examples in a picture at most; a thousand would be specks, and take as many times as long."""


def draw(directory: Path, *, run: Path | None = None, overwrite: bool = False) -> list[Path]:
    """Draw `samples.png` from the `samples.npz` of a directory and the `run.json` of its run.

    `run` is the run's directory, where it is another one.
    """
    figure = figure_of(directory, run=run)
    return [save_picture(figure, directory / "samples.png", overwrite=overwrite)]


def figure_of(directory: Path, *, run: Path | None = None) -> Figure:
    """Return the figure of the samples in a directory.

    Where there is no `run.json`, as of a run that was stopped early, the `sample.json` beside the
    samples says whose they are.
    """
    images = read_images(directory / SAMPLES, alone=True)
    place = run or directory
    drawn = not (place / RESULT).exists() and (directory / result_name("sample")).exists()
    heading = read_drawn(directory) if drawn else read_run(place)
    every = max(map(len, images.values()))
    if every > SHOWN:
        images = {name: stack[:SHOWN] for name, stack in images.items()}
    count, size = max(map(len, images.values())), images["generation"].shape[1]
    halves = {half: names for half, names in HALVES.items() if names[0] in images}
    groups = _groups(count, len(images))
    sheet, lefts = _sheet(images, groups, -(-count // groups))
    dots = dots_of(size, 112 if groups == 1 else 84)
    high, wide = dots * sheet.shape[0] / DPI, dots * sheet.shape[1] / DPI
    width = max(wide + 0.5, 6.4)
    # the heading's height depends on the width alone, so a first figure measures it
    top = add_heading(new_figure(width, 1.0), heading) + 0.62
    height = top + high + 0.25
    figure = new_figure(width, height, layout=None)
    add_heading(figure, heading)
    axes = figure.add_axes(
        ((width - wide) / 2 / width, 0.25 / height, wide / width, high / height)
    )  # fmt: skip
    show(axes, sheet)
    inch = DPI / dots  # in pixels of the sheet
    names = list(images)
    for index, left in enumerate(lefts):
        name = IMAGES[names[index % len(names)]]
        axes.text(left + size / 2, -0.07 * inch, name, ha="center", va="bottom", fontsize=10)
    for group in range(groups):
        for half, columns in halves.items():
            left = lefts[len(names) * group + names.index(columns[0])]
            right = lefts[len(names) * group + names.index(columns[-1])] + size
            axes.plot([left, right], [-0.29 * inch] * 2, color=BLACK, lw=0.9, clip_on=False)
            axes.text((left + right) / 2, -0.33 * inch, half, ha="center", va="bottom", fontsize=11)
    if every > SHOWN:
        axes.text(
            sheet.shape[1] / 2, sheet.shape[0] + 0.05 * inch,
            f"the first {SHOWN} of {every:,}; samples.npz has all",
            ha="center", va="top", fontsize=9,
        )  # fmt: skip
    axes.set(xlim=(0, sheet.shape[1]), ylim=(sheet.shape[0], 0))
    return figure


def _groups(count: int, columns: int) -> int:
    """Return how many groups of `columns` make a picture of `count` rows about square."""
    if count <= MOST_ROWS:
        return 1
    wide = columns + 3 * BETWEEN
    return min(range(2, count + 1), key=lambda n: abs(np.log(n * wide / -(-count // n))))


def _sheet(images: dict[str, Array], groups: int, rows: int) -> tuple[Array, list[int]]:
    """Return all images on one white sheet (pixels) and the left edge of each column."""
    size = images["generation"].shape[1]
    line, gap = line_of(size), gap_of(size)  # between halves; twice as much between groups
    step = size + line
    lefts, left = [], line
    names = list(images)
    for index in range(groups * len(names)):
        if index and index % len(names) == 0:
            left += 2 * gap
        elif names[index % len(names)] == "generation":
            left += gap
        lefts.append(left)
        left += step
    sheet = np.zeros((rows * step + line, left))
    for index, left in enumerate(lefts):
        stack = images[names[index % len(names)]]
        group = index // len(names)
        put_column(sheet, stack[group * rows : (group + 1) * rows], left, line)
    return sheet, lefts


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
