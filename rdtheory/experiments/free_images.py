r"""R(D) of a set of images whose reproductions are anywhere in R^k, beside those of the set.

The images are letters, the distortion is the squared error summed over the pixels. The atoms of
`rdtheory.continuous.wide` are found from the largest slope to the smallest, each from those of the
one before. At equal slope the least D + beta R of free reproductions is no more than that of
reproductions in the set; its gap is an estimate, over ascents from many images.
"""

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from rdtheory.checks import check_beta
from rdtheory.continuous.newton import Atoms
from rdtheory.continuous.solve import solve_wide
from rdtheory.shown import text_table
from rdtheory.solver.slopes import solve_slopes
from rdtheory.sources.image_sets import GREYS, image_set

STEPS = 2_000
"""Of weights, at most."""


@dataclass(frozen=True)
class FreeRow:
    """A slope: free reproductions, and those of the set; values are R + D / beta in nats.

    `gap` is an estimate; `set_gap` is certified.
    """

    beta: float
    rate: float
    distortion: float
    atoms: int
    seconds: float
    value: float
    gap: float
    set_rate: float
    set_distortion: float
    set_value: float
    set_gap: float


def run_free(
    images: npt.NDArray[np.generic],
    betas: Sequence[float],
    *,
    gap: float = 1e-6,
    progress: Callable[[float], None] | None = None,
) -> list[dict[str, float]]:
    """Solve images (n, ...) at slopes, with free reproductions and with those of the set.

    Whole numbers are greys from 0 to 255. Rows have the fields of `FreeRow`, by falling slope.
    Raises `ValueError` for images of zeros and ones, whose distortion in the set is Hamming's.

    Examples
    --------
    >>> grey = np.random.default_rng(0).integers(256, size=(12, 40))
    >>> rows = run_free(grey, [8.0, 2.0])
    >>> [row["value"] <= row["set_value"] for row in rows], rows[0]["atoms"]
    ([True, True], 1)
    """
    pixels = np.asarray(images)
    check_greys(pixels)
    slopes = sorted({check_beta(beta) for beta in betas}, reverse=True)
    of_set = solve_slopes(image_set(pixels), betas=slopes, gap=gap)
    places = pixels.reshape(len(pixels), -1).astype(np.float64)
    if pixels.dtype.kind in "bui":
        places /= GREYS
    p = np.full(len(places), 1.0 / len(places))
    rows, start = [], None
    for beta, other in zip(slopes, of_set, strict=True):
        begun = time.process_time()
        found = solve_wide(places, p, beta, 1.0, gap, STEPS, start)
        spent = time.process_time() - begun
        start = Atoms(found.atoms, found.weights)
        if not found.converged:
            warnings.warn(found.note, RuntimeWarning, stacklevel=2)
        rows.append(
            FreeRow(
                beta, found.rate, found.distortion, len(found.atoms), spent, found.value / beta,
                found.gap, other.rate, other.distortion, other.value / beta, other.gap,
            )
        )  # fmt: skip
        if progress:
            progress(1.0 / len(slopes))
    return [asdict(row) for row in rows]


def check_greys(images: npt.NDArray[np.generic]) -> None:
    """Raise `ValueError` where images are of zeros and ones alone."""
    if images.max() <= 1 and bool((images == np.floor(images)).all()):
        raise ValueError("free reproductions must be of greys, got images of zeros and ones")


def free_table(rows: Sequence[dict[str, float]]) -> str:
    """Return the rows as text."""
    header = ["beta", "R, anywhere", "D", "atoms", "gap (an estimate)", "CPU s", "R, in the set",
              "D", "more nats"]  # fmt: skip
    return text_table(
        header,
        [
            [f"{row['beta']:.4g}", f"{row['rate']:.6f}", f"{row['distortion']:.4f}",
             str(row["atoms"]), f"{row['gap']:.1e}", f"{row['seconds']:.1f}",
             f"{row['set_rate']:.6f}", f"{row['set_distortion']:.4f}",
             f"{row['set_value'] - row['value']:.4f}"]
            for row in rows
        ],
    )  # fmt: skip
