"""The paper's Figure 6 from the runs of a sweep: a trace of models of nearly equal R + D.

Reconstructions by up to eight runs whose R + D is near the least of those with samples
(`figures.choice.choose.trace`), from the highest rate to the lowest, laid out as in
`figures.figure4`.

Redraw from results with `python -m figures.figure6 DIR`.
"""

from pathlib import Path

from figures.choice import choose
from figures.parts.comparison import Picture, draw_pictures

PICTURE = Picture(
    "figure6",
    f"a trace of runs whose R + D is at most {100 * choose.NEAR:g} % above the least of those with "
    "samples",
    ("reconstruction",), choose.trace, cell=84,
)  # fmt: skip


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `figure6.png` from the table and the samples of a sweep."""
    return draw_pictures(directory, [PICTURE], overwrite=overwrite)


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
