"""All figures of a sweep that its files allow: the paper's Figures 3 to 6.

Redraw from results with `python -m figures.sweep DIR`; what cannot be drawn yet, and why, is said
on stderr.
"""

from pathlib import Path

import click

from figures import figure3, figure4, figure5, figure6
from figures.choice.choose import TooFewRunsError
from figures.parts.comparison import draw_pictures
from figures.parts.redraw import refuse_figures

PICTURES = (*figure4.PICTURES, figure5.PICTURE, figure6.PICTURE)
NAMES = (*figure3.NAMES, *(picture.name for picture in PICTURES))


def draw_all(directory: Path, *, overwrite: bool = False) -> tuple[list[Path], list[str]]:
    """Draw all figures that the files of a sweep allow.

    Returns
    -------
    the paths of the pictures, and a line for each figure left out that says why

    Raises
    ------
    FileExistsError
        where one of the figures is there and not to be overwritten; then none is drawn.
    ValueError
        where a file is broken or missing.
    """
    refuse_figures(directory, NAMES, overwrite=overwrite)
    paths, notes = figure3.draw(directory, overwrite=overwrite), []
    for picture in PICTURES:
        try:
            paths += draw_pictures(directory, [picture], overwrite=overwrite)
        except TooFewRunsError as error:
            notes.append(f"left out: {error}")
    return paths, notes


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw all figures that the files of a sweep allow, and say on stderr what is left out."""
    paths, notes = draw_all(directory, overwrite=overwrite)
    for note in notes:
        click.echo(note, err=True)
    return paths


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
