"""The paper's Figure 4 from the runs of a sweep: what models reconstruct and generate, compared.

Each picture has a column of test images, then for each model the columns `sample`, one draw of the
decoder, and `average`, the mean of five at the same z. (a) reconstructions and (b) generations of
one model at several beta; (c) reconstructions of several models at beta = 1; (d) reconstructions
of models whose R + D is nearly equal. Which runs are taken is said in `figures.choice.choose`.

Redraw from results with `python -m figures.figure4 DIR`.
"""

from pathlib import Path

from figures.choice import choose
from figures.parts.comparison import Picture, draw_pictures

PICTURES = (
    Picture(
        "figure4a", "reconstructions by one model, from high to low rate",
        ("reconstruction",), choose.across_settings,
    ),
    Picture(
        "figure4b", "generations by one model, from high to low rate",
        ("generation",), choose.across_settings,
    ),
    Picture(
        "figure4c", "reconstructions by several models at β = 1",
        ("reconstruction",), choose.at_beta_one,
    ),
    Picture(
        "figure4d", "reconstructions by models of nearly equal R + D",
        ("reconstruction",), choose.equal_elbo,
    ),
)  # fmt: skip


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `figure4a.png` to `figure4d.png` from the table and the samples of a sweep."""
    return draw_pictures(directory, PICTURES, overwrite=overwrite)


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
