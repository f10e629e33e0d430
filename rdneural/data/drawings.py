"""`omniglot-drawings`: eight of Omniglot's alphabets, made 28x28 pixels and binary by us.

Lake, Salakhutdinov, Tenenbaum, *Human-level concept learning through probabilistic program
induction* (Science 350, 2015) publish drawings of 105x105 pixels. Their two small background sets
hold five alphabets each and share two of them; a drawing is counted once.

A pixel of 28x28 covers 3.75x3.75 pixels of a drawing. It is 1 where at least half of that area is
ink. Strokes are about three pixels wide and survive: of the 4,840 drawings one falls into more
pieces than it had, in 2.4 % close strokes merge, and the share of ink stays 8.05 %. At a quarter of
the area none falls apart, but in 4.0 % strokes merge and the ink grows by a third.

Files end in the number of the drawer, 01 to 20. Nothing published says whether equal numbers in two
alphabets are the same person, so the split is by the number alone: whatever it means, no drawer
who goes by one number is in two splits.
"""

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rdneural.data.images import ImageData, Images
from rdneural.records.layout import SPLITS
from rdtheory.checks import Array

WARNING = (
    "omniglot-drawings: not Burda's chardata.mat, never comparable with published Omniglot numbers"
)

SHA256 = {
    "images_background_small1.zip": (
        "f38eb80f801274ac2b4dff5b24289016bfaba4a7d5bb50deebf27104ad6cb8a4"
    ),
    "images_background_small2.zip": (
        "3ccaa407515a8778e5d0861875af38b17e418f301ad5bb3b5a6b65d901a41c7f"
    ),
}

SIDE_OF_DRAWING = 105
SIDE = 28

INK_OF_AREA = 0.5

LAST_TRAIN = 16
LAST_VALID = 18
"""Drawers 1-16 are for training, 17-18 for validation, 19-20 for tests."""

NAME = re.compile(r"[^/]+/(?P<drawing>[^/]+/character\d+/\d+_(?P<drawer>\d\d)\.png)")


def find_files(directory: Path) -> list[Path]:
    """Return those of the two archives that are in a directory."""
    return [directory / name for name in SHA256 if (directory / name).is_file()]


def check_complete(directory: Path, found: list[Path]) -> None:
    """Raise `ValueError` where one of the two archives is missing."""
    for name in SHA256:
        if directory / name not in found:
            raise ValueError(f"{directory} must hold {name}, got no such file")


def read_drawings(paths: Iterable[Path]) -> ImageData:
    """Read the published archives: 3,872 training, 484 validation and 484 test images.

    Raises
    ------
    ValueError
        where a file is missing, unreadable, truncated, or not the published one.

    Examples
    --------
    >>> read_drawings([Path("images_background_small1.zip")])
    Traceback (most recent call last):
    ValueError: images_background_small1.zip must be a readable file, got No such file or directory
    """
    return _read_drawings(paths, sha256=SHA256)


def read_names(paths: Iterable[Path]) -> dict[str, list[str]]:
    """Return what each image of `read_drawings` is, as `alphabet/character/file`, by split.

    Only the archives' lists of contents are read, so this takes no time.

    Raises
    ------
    ValueError
        as `read_drawings`.
    """
    return _read_names(paths, sha256=SHA256)


def area_weights(small: int, large: int) -> Array:
    """Return the (small, large) matrix that averages `large` equal cells into `small` equal ones.

    Examples
    --------
    >>> area_weights(2, 3).round(3).tolist()
    [[0.667, 0.333, 0.0], [0.0, 0.333, 0.667]]
    """
    # in units of 1 / (small * large) all edges are integers
    top = np.minimum(np.arange(1, small + 1)[:, None] * large, np.arange(1, large + 1) * small)
    bottom = np.maximum(np.arange(small)[:, None] * large, np.arange(large) * small)
    return np.maximum(top - bottom, 0) / large


def shrink(ink: npt.NDArray[np.floating], side: int = SIDE) -> Images:
    """Return drawings (..., n, n), 1 for ink, at `side` x `side` pixels, 1 for half ink or more."""
    weights = area_weights(side, ink.shape[-1])
    return (weights @ ink @ weights.T >= INK_OF_AREA).astype(np.uint8)


def _read_drawings(paths: Iterable[Path], *, sha256: Mapping[str, str]) -> ImageData:
    drawn: dict[str, Images] = {}
    for path in paths:
        with _archive(path, sha256=sha256[path.name]) as archive:
            for name, member in _members(archive):
                if name not in drawn:
                    drawn[name] = shrink(_ink(f"{path}: {member}", archive.read(member)))
    images = {
        split: np.array([drawn[name] for name in names], np.uint8).reshape(-1, SIDE, SIDE)
        for split, names in _by_split(drawn).items()
    }
    train, valid, test = (images[split] for split in SPLITS)
    return ImageData("omniglot-drawings", train, valid, test, warning=WARNING)


def _read_names(paths: Iterable[Path], *, sha256: Mapping[str, str]) -> dict[str, list[str]]:
    found: set[str] = set()
    for path in paths:
        with _archive(path, sha256=sha256[path.name]) as archive:
            found.update(name for name, _ in _members(archive))
    return _by_split(found)


def _by_split(names: Iterable[str]) -> dict[str, list[str]]:
    """Return the names of each split, sorted, whatever their order within the archives."""
    split: dict[str, list[str]] = {"train": [], "valid": [], "test": []}
    for name in sorted(names):
        drawer = int(name[-6:-4])
        later = (drawer > LAST_TRAIN) + (drawer > LAST_VALID)
        split[("train", "valid", "test")[later]].append(name)
    if not any(split.values()):
        raise ValueError("the archives of drawings must hold drawings, got none")
    return split


def _members(archive: zipfile.ZipFile) -> Iterable[tuple[str, str]]:
    """Yield the name of each drawing of an archive, and what the archive calls it."""
    for member in archive.namelist():
        found = NAME.fullmatch(member)
        if found:
            yield found["drawing"], member


@contextmanager
def _archive(path: Path, *, sha256: str) -> Iterator[zipfile.ZipFile]:
    """Open a published archive; what is wrong with it, then or later, is one `ValueError`."""
    try:
        content = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            digest = hashlib.sha256(content).hexdigest()
            if digest != sha256:
                raise ValueError(
                    f"{path} must be the published {path.name} with SHA-256 {sha256[:8]}..., "
                    f"got SHA-256 {digest[:8]}..."
                )
            yield archive
    except OSError as error:
        reason = error.strerror or error
        raise ValueError(f"{path} must be a readable file, got {reason}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ValueError(f"{path} must be a whole zip file, got {error}") from error


def _ink(name: str, png: bytes) -> Array:
    from matplotlib.image import imread  # late: it takes as long as everything else here

    try:
        paper = imread(io.BytesIO(png), format="png")
    except (OSError, ValueError, SyntaxError) as error:
        raise ValueError(f"{name} must be a PNG image, got {error}") from error
    if paper.shape != (SIDE_OF_DRAWING, SIDE_OF_DRAWING):
        raise ValueError(f"{name} must have 105x105 grey pixels, got shape {paper.shape}")
    return (1 - paper).astype(np.float64)
