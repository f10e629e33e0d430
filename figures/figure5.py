"""The paper's Figure 5 from the runs of a sweep: every model at beta = 1.

Reconstructions above, generations below, of all the twelve models that have samples at one beta
(see `figures.choice.choose.near_beta_one`), laid out as in `figures.figure4`.

Redraw from results with `python -m figures.figure5 DIR`.
"""

from pathlib import Path

from figures.choice import choose
from figures.parts.comparison import Picture, draw_pictures

PICTURE = Picture(
    "figure5", "models at one β: reconstructions and generations",
    ("reconstruction", "generation"), choose.near_beta_one, cell=56,
)  # fmt: skip


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `figure5.png` from the table and the samples of a sweep."""
    return draw_pictures(directory, [PICTURE], overwrite=overwrite)


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
