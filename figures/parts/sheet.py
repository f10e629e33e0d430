"""Sheets of images: white, with framed images side by side, each pixel a square of whole dots."""

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes

from rdtheory.checks import Array

BETWEEN = 0.35
"""Gap between groups of columns, in images."""
FRAME = 0.22
"""Grey of the lines between images."""


def line_of(size: int) -> int:
    """Return how wide the lines between images of that size are, in pixels."""
    return max(1, size // 28)


def gap_of(size: int) -> int:
    """Return how far groups of columns of images of that size are apart, in pixels."""
    return max(1, round(BETWEEN * size))


def dots_of(size: int, cell: int) -> int:
    """Return how many dots a pixel is wide, where an image is to be about `cell` dots wide.

    A whole number keeps edges sharp.
    """
    return max(1, round(cell / size))


def squared(images: Array) -> Array:
    """Return images (count, height, width) as squares, with the grey of lines beside or below."""
    height, width = images.shape[1:]
    size = max(height, width)
    beyond = ((0, 0), (0, size - height), (0, size - width))
    return np.pad(images.astype(np.float64), beyond, constant_values=FRAME)


def put(
    sheet: Array, image: Array, top: int, left: int, *, line: int = 1, frame: float = FRAME
) -> None:
    """Put an image on a sheet, with its upper left pixel there, and lines around it."""
    size = len(image)
    sheet[top - line : top + size + line, left - line : left + size + line] = frame
    sheet[top : top + size, left : left + size] = image


def put_column(sheet: Array, images: Iterable[Array], left: int, line: int) -> None:
    """Put images one below the other."""
    for row, image in enumerate(images):
        put(sheet, image, row * (len(image) + line) + line, left, line=line)


def show(axes: Axes, sheet: Array) -> None:
    """Show a sheet, ink dark, on axes in its own pixels."""
    high, wide = sheet.shape
    axes.imshow(
        sheet, cmap="gray_r", vmin=0.0, vmax=1.0, interpolation="nearest", aspect="auto",
        extent=(0, wide, high, 0),
    )  # fmt: skip
    axes.set_axis_off()
