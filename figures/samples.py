"""What a trained model reconstructs and generates, laid out as the paper's Figure 4.

Redraw from results with `python -m figures.samples DIR`.
"""

from pathlib import Path

import numpy as np

from figures.parts.heading import add_heading
from figures.parts.reading import HALVES, SAMPLES, read_images, read_run
from figures.parts.style import BLACK, DPI, new_figure, save_picture
from rdtheory.checks import Array

MOST_ROWS = 10
"""Rows of one group of columns before there are several groups side by side."""
BETWEEN = 0.35
"""Gap between the halves of a group, in images; the gap between groups is twice as wide."""
FRAME = 0.22
"""Grey of the lines between images."""


def draw(directory: Path, *, run: Path | None = None, overwrite: bool = False) -> list[Path]:
    """Draw `samples.png` from the `samples.npz` of a directory and the `run.json` of its run.

    `run` is the run's directory, where it is another one.
    """
    images = read_images(directory / "samples.npz")
    heading = read_run(run or directory)
    count, size = max(map(len, images.values())), images["data"].shape[1]
    groups = _groups(count)
    sheet, lefts = _sheet(images, groups, -(-count // groups))
    cell = 112 if groups == 1 else 84  # dots an image is wide, about
    dots = max(1, round(cell / size))  # a whole number of dots a pixel keeps edges sharp
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
    axes.imshow(
        sheet, cmap="gray_r", vmin=0.0, vmax=1.0, interpolation="nearest", aspect="auto",
        extent=(0, sheet.shape[1], sheet.shape[0], 0),
    )  # fmt: skip
    axes.set_axis_off()
    inch = DPI / dots  # in pixels of the sheet
    for index, left in enumerate(lefts):
        name = list(SAMPLES.values())[index % len(SAMPLES)]
        axes.text(left + size / 2, -0.07 * inch, name, ha="center", va="bottom", fontsize=10)
    for group in range(groups):
        for half, (first, last) in HALVES.items():
            left = lefts[len(SAMPLES) * group + first]
            right = lefts[len(SAMPLES) * group + last - 1] + size
            axes.plot([left, right], [-0.29 * inch] * 2, color=BLACK, lw=0.9, clip_on=False)
            axes.text((left + right) / 2, -0.33 * inch, half, ha="center", va="bottom", fontsize=11)
    axes.set(xlim=(0, sheet.shape[1]), ylim=(sheet.shape[0], 0))
    return [save_picture(figure, directory / "samples.png", overwrite=overwrite)]


def _groups(count: int) -> int:
    """Return how many groups of columns make a picture of `count` rows about square."""
    if count <= MOST_ROWS:
        return 1
    wide = len(SAMPLES) + 3 * BETWEEN
    return min(range(2, count + 1), key=lambda n: abs(np.log(n * wide / -(-count // n))))


def _sheet(images: dict[str, Array], groups: int, rows: int) -> tuple[Array, list[int]]:
    """Return all images on one white sheet (pixels) and the left edge of each column."""
    size = images["data"].shape[1]
    line = max(1, size // 28)
    step, gap = size + line, max(1, round(BETWEEN * size))
    lefts, left = [], line
    for index in range(groups * len(SAMPLES)):
        if index % len(SAMPLES) == HALVES["generation"][0]:
            left += gap
        elif index and index % len(SAMPLES) == 0:
            left += 2 * gap
        lefts.append(left)
        left += step
    sheet = np.zeros((rows * step + line, left))
    for index, left in enumerate(lefts):
        stack = images[list(SAMPLES)[index % len(SAMPLES)]]
        group = index // len(SAMPLES)
        for row, image in enumerate(stack[group * rows : (group + 1) * rows]):
            top = row * step + line
            sheet[top - line : top + step, left - line : left + step] = FRAME
            sheet[top : top + size, left : left + size] = image
    return sheet, lefts


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
