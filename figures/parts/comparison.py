"""Pictures that compare runs: what they reconstruct and generate, side by side."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.choice import choose
from figures.choice.kinds import kind_of_row
from figures.parts.heading import describe_runs, warnings_of, width_of, write_heading
from figures.parts.reading import read_images, read_table
from figures.parts.redraw import refuse_figures
from figures.parts.sheet import dots_of, gap_of, line_of, put_column, show
from figures.parts.style import BLACK, DPI, VERMILION, new_figure, save
from rdneural.records.table import Row
from rdtheory.checks import Array

ROWS = 10
MARGIN = 0.3
"""Inches left and right of the images, at least, and below them."""
NARROWEST = 7.0
"""Inches, for the sake of the heading."""
LINE = 0.165
"""Inches a line of the models' headings is high."""
TIGHT = 1.5
"""Inches: above narrower pairs of columns the lines are shorter."""
TURNED = 0.6
"""Inches: above narrower columns the labels are turned."""
HEADER = ("run", "model", "preset", "beta", "target_rate", "anneal", "seed", "epochs",
          "test_rate", "test_distortion", "test_elbo", "kind")  # fmt: skip
EXPLAINED = (
    "{}; sample: one draw of the decoder, average: the mean of five at the "
    "same z. R and D: nats per test image. The kinds are by our own rules, from R and D of the run "
    "alone."
)
ROWS_ARE = {
    "reconstruction": (
        "one test image, the only one of which all these runs have samples",
        "each row is another test image",
    ),
    "generation": (
        "one z for each model, drawn from its m(z)",
        "each row is another z, drawn from m(z)",
    ),
}
"""What the rows of a half are where there is one, and where there are more."""
BOLD = 1.15
"""A bold line is at most so many times as wide as a plain one."""
Samples = dict[str, Array]


@dataclass(frozen=True)
class Picture:
    """A picture of samples: its name, title, halves, and the rule that chooses its runs.

    Parameters
    ----------
    halves : "reconstruction", "generation" or both, from top to bottom
    cell : dots an image is wide, about
    """

    name: str
    title: str
    halves: tuple[str, ...]
    rule: choose.Rule
    cell: int = 112


def draw_pictures(
    directory: Path, pictures: Iterable[Picture], *, overwrite: bool = False
) -> list[Path]:
    """Draw pictures of samples, PNG and CSV, from the table and the samples of a sweep.

    Raises
    ------
    TooFewRunsError
        where one of them has too few runs; then none is drawn.
    FileExistsError
        where one of them is there and not to be overwritten; then none is drawn.
    ValueError
        where the table or samples of a chosen run are broken.
    """
    pictures = list(pictures)
    refuse_figures(directory, [picture.name for picture in pictures], overwrite=overwrite)
    rows = read_table(directory)
    there = choose.with_samples(directory, rows)
    drawn = []
    for picture in pictures:
        try:
            chosen = picture.rule(there)
        except choose.TooFewRunsError as error:
            raise choose.TooFewRunsError(f"{picture.name} {error} in {directory}") from None
        images = read_samples(directory, chosen)
        drawn.append((picture, chosen, paint(picture, chosen, images)))
    return [
        save(figure, directory / f"{picture.name}.png", HEADER,
             list(map(_cells, chosen)), overwrite=overwrite)
        for picture, chosen, figure in drawn
    ]  # fmt: skip


def read_samples(directory: Path, rows: Sequence[Row]) -> list[Samples]:
    """Read the samples of runs: those of the images that all of them reconstruct.

    Raises
    ------
    ValueError
        where a file is broken, or no image is common to all.
    """
    images = [read_images(choose.samples_of(directory, row)) for row in rows]
    places = [_places(own["data"]) for own in images]
    shared = [key for key in places[0] if all(key in other for other in places)]
    if not shared or len({own["data"].shape[1:] for own in images}) > 1:
        names = ", ".join(row["run"] for row in rows)
        raise ValueError(
            f"the samples of one figure must share some of their data: those of {names} in "
            f"{directory} do not"
        )
    drawn = min(len(own["generation"]) for own in images)
    return [
        {
            name: stack[:drawn] if name.startswith("generation") else stack[[at[k] for k in shared]]
            for name, stack in own.items()
        }
        for own, at in zip(images, places, strict=True)
    ]


def _places(data: Array) -> dict[tuple[bytes, int], int]:
    """Return where each image is; of equal ones, which of them it is."""
    seen = Counter[bytes]()
    places = {}
    for place, image in enumerate(data):
        key = image.tobytes()
        places[key, seen[key]] = place
        seen[key] += 1
    return places


def _cells(row: Row) -> list[object]:
    cells = [row[name] for name in HEADER[:-1]]
    return ["" if cell is None else cell for cell in (*cells, kind_of_row(row))]


def paint(picture: Picture, rows: Sequence[Row], images: Sequence[Samples]) -> Figure:
    """Return the picture: heading, models' headings, and the images of each half below them."""
    dots = dots_of(images[0]["data"].shape[1], picture.cell)
    images = [_enlarge(own, dots) for own in images]
    size = images[0]["data"].shape[1]
    sheets = [sheet_of(images, half, data="reconstruction" in picture.halves)
              for half in picture.halves]  # fmt: skip
    lefts = sheets[0][1]
    wide = sheets[0][0].shape[1] / DPI
    tight = 2 * size / DPI < TIGHT
    texts = [_text(row, tight=tight) for row in rows]
    heads = LINE * max(map(len, texts)) + 0.1
    turned = size / DPI < TURNED
    labels = 0.66 if turned else 0.24
    halves = [sheet.shape[0] / DPI for sheet, _ in sheets]
    width = max(wide + 2 * MARGIN, NARROWEST)
    lines = _lines(picture, rows, images)
    top = write_heading(new_figure(width, 1.0), lines)  # its height depends on the width alone
    height = top + heads + sum(labels + high for high in halves) + MARGIN
    figure = new_figure(width, height, layout=None)
    write_heading(figure, lines)
    left, y = (width - wide) / 2, top + heads
    for (sheet, _), high, half in zip(sheets, halves, picture.halves, strict=True):
        y += labels
        axes = figure.add_axes((left / width, 1 - (y + high) / height, wide / width, high / height))
        show(axes, sheet)
        _label_columns(axes, lefts, size, half, turned=turned)
        if len(picture.halves) > 1:
            figure.text(
                (left - 0.16) / width, 1 - (y + high / 2) / height, f"{half}s", fontsize=11,
                rotation=90, ha="center", va="center",
            )  # fmt: skip
        y += high
    room = (2 * (size + line_of(size)) + gap_of(size)) / DPI - 0.04  # of one model's headings
    for index, text in enumerate(texts):
        first = len(lefts) - 2 * len(rows) + 2 * index
        middle = left + (lefts[first] + lefts[first + 1] + size) / 2 / DPI
        for number, part in enumerate(text):
            letters = 9.5 if number else 11.5
            letters *= min(1.0, room / (BOLD * width_of(part, letters)))
            figure.text(
                middle / width, 1 - (top + LINE * (number + 0.5)) / height, part,
                fontsize=letters, fontweight="normal" if number else "bold",
                ha="center", va="center", parse_math=False,
            )  # fmt: skip
    return figure


def _lines(
    picture: Picture, rows: Sequence[Row], images: Sequence[Samples]
) -> list[tuple[str, float, str]]:
    """Return the heading: what is seen, of which training, and how to read it."""
    return [
        (f"{picture.title[0].upper()}{picture.title[1:]}", 13.0, BLACK),
        (describe_runs(rows) + _spread([row["test_elbo"] for row in rows]), 10.0, BLACK),
        (EXPLAINED.format(_rows(picture, images)), 9.5, "0.25"),
        *((warning, 9.0, VERMILION) for warning in warnings_of(rows)),
    ]  # fmt: skip


def _rows(picture: Picture, images: Sequence[Samples]) -> str:
    """Return what the rows of images are: other images, other codes, or one alone."""
    texts = [ROWS_ARE[half][len(images[0][half]) > 1] for half in picture.halves]
    text = "; below, ".join(texts)
    return text[0].upper() + text[1:]


def _spread(elbos: Sequence[float]) -> str:
    least, most = min(elbos), max(elbos)
    return f"; R + D from {least:.1f} to {most:.1f}" if len(elbos) > 1 else ""


def _text(row: Row, *, tight: bool) -> list[str]:
    """Return the lines above a model's columns."""
    kind, value = choose.setting_of(row)
    rate, distortion = (f"{_nats(row[f'test_{name}'])}" for name in ("rate", "distortion"))
    lines = [row["model"], f"β = {value:g}" if kind == "beta" else f"rate {value:g}"]
    lines[1] += ", annealed" if row["anneal"] and not tight else ""
    lines += [f"R {rate}", f"D {distortion}"] if tight else [f"R {rate}   D {distortion}"]
    lines += [f"R + D {row['test_elbo']:z.1f}"]
    name = kind_of_row(row)
    return lines + (name.split() if tight else [name])


def _nats(value: float) -> str:
    """Return a number of nats, with one decimal or, where that is 0.0, two; none is below 0.00."""
    return f"{value:.1f}" if abs(value) >= 0.05 else f"{value:z.2f}"


def _enlarge(images: Samples, dots: int) -> Samples:
    """Make each pixel a square of so many dots."""
    return {name: stack.repeat(dots, axis=1).repeat(dots, axis=2) for name, stack in images.items()}


def sheet_of(images: Sequence[Samples], half: str, *, data: bool) -> tuple[Array, list[int]]:
    """Return the images of one half on a white sheet and the left edge of each column.

    With `data` the first column is that of the test images, left white beside generations.
    """
    size = images[0]["data"].shape[1]
    line, gap = line_of(size), gap_of(size)
    rows = min(ROWS, *(len(own[half]) for own in images))
    columns = [images[0]["data"] if half == "reconstruction" else None] if data else []
    lefts = [line] if data else []
    left = line + (size + line + gap if data else 0)
    for own in images:
        columns += [own[half], own[f"{half}_mean"]]
        lefts += [left, left + size + line]
        left += 2 * (size + line) + gap
    sheet = np.zeros((rows * (size + line) + line, left - gap))
    for start, stack in zip(lefts, columns, strict=True):
        put_column(sheet, () if stack is None else stack[:rows], start, line)
    return sheet, lefts


def _label_columns(axes: Axes, lefts: Sequence[int], size: int, half: str, *, turned: bool) -> None:
    """Write data, sample and average above the columns."""
    names = ["data"] * (len(lefts) % 2) + ["sample", "average"] * (len(lefts) // 2)
    for left, name in zip(lefts, names, strict=True):
        if name != "data" or half == "reconstruction":
            axes.text(
                left + size / 2, -0.06 * DPI, name, fontsize=9.5, ha="center", va="bottom",
                rotation=90 if turned else 0,
            )  # fmt: skip
