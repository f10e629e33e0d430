"""Omniglot at 28x28 pixels as the literature uses it: `chardata.mat` of Burda et al. (2016).

Source: Burda, Grosse, Salakhutdinov, *Importance weighted autoencoders* (ICLR 2016), code at
https://github.com/yburda/iwae. Columns of `data` and `testdata` are images in [0, 1], read down
the columns of the image: that code and its followers (Tomczak's vae_vampprior among them) reshape
with order "fortran", which is what turns the characters upright.

Burda draws the pixels anew whenever an image is used. Here each is drawn once with the grey value
as its probability and a fixed seed, as the static MNIST was: a rate is then about one fixed source.
The validation images are the last 1,345 training images in a fixed random order, as many as in
both codes; which ones they are differs from code to code.
"""

import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rdneural.data.images import ImageData
from rdneural.data.sampling import bernoulli, fixed_order
from rdtheory.checks import Array

FILE_NAME = "chardata.mat"

SIDE = 28

ORDER_SEED = 0
TRAIN_SEED = 1
TEST_SEED = 2


@dataclass(frozen=True)
class Form:
    """What a file must be: number of training and test images, MD5, how many to validate on."""

    train: int
    test: int
    valid: int
    md5: str | None


PUBLISHED = Form(train=24_345, test=8_070, valid=1_345, md5="21ecaf34373511aa7691cf2e0802aa3d")


def read_chardata(path: Path) -> ImageData:
    """Read the published file: 23,000 training, 1,345 validation and 8,070 test images.

    Raises
    ------
    ValueError
        where the file is missing, unreadable, truncated, of another shape, not in [0, 1], or not
        the published one.

    Examples
    --------
    >>> read_chardata(Path("nowhere.mat"))
    Traceback (most recent call last):
    ValueError: nowhere.mat must be a readable file, got No such file or directory
    """
    return _read_chardata(path, form=PUBLISHED)


def _read_chardata(path: Path, *, form: Form) -> ImageData:
    content = _read_bytes(path)
    stored = _load(path)
    train = _upright(path, stored, "data", n=form.train)
    test = _upright(path, stored, "testdata", n=form.test)
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if form.md5 is not None and md5 != form.md5:
        raise ValueError(
            f"{path} must be the published {FILE_NAME} with MD5 {form.md5[:8]}..., "
            f"got MD5 {md5[:8]}..."
        )
    drawn = bernoulli(train, seed=TRAIN_SEED)[fixed_order(form.train, seed=ORDER_SEED)]
    return ImageData(
        "omniglot",
        train=drawn[: -form.valid],
        valid=drawn[-form.valid :],
        test=bernoulli(test, seed=TEST_SEED),
    )


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise ValueError(f"{path} must be a readable file, got {reason}") from error


def _load(path: Path) -> dict[str, np.ndarray]:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        stored: dict[str, np.ndarray] = loadmat(path, variable_names=["data", "testdata"])
    except (
        # scipy raises whatever a broken file leads its parser into
        *(OSError, EOFError, ValueError, TypeError, KeyError, IndexError, MemoryError),
        *(NotImplementedError, UnicodeDecodeError, OverflowError, MatReadError, zlib.error),
    ) as error:
        reason = " ".join(str(error).split())[:80] or type(error).__name__
        raise ValueError(f"{path} must be a whole MATLAB file, got {reason}") from error
    return stored


def _upright(path: Path, stored: dict[str, np.ndarray], key: str, *, n: int) -> Array:
    """Return the images that are the columns of a stored matrix, (n, 28, 28)."""
    if key not in stored:
        raise ValueError(f"{path} must hold the matrices data and testdata, got no {key}")
    columns = stored[key]
    if columns.shape != (SIDE**2, n):
        raise ValueError(f"{path} must have {key} of shape ({SIDE**2}, {n}), got {columns.shape}")
    if columns.dtype.kind not in "fiub":
        raise ValueError(f"{path} must have {key} of numbers, got {columns.dtype}")
    wrong = ~((columns >= 0) & (columns <= 1))
    if wrong.any():
        raise ValueError(f"{path} must have {key} in [0, 1], got {columns[wrong][0]:g}")
    # a column runs down the image first: its slow index is the image's column
    return columns.T.reshape(n, SIDE, SIDE).transpose(0, 2, 1).astype(np.float64)
