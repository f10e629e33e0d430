"""Own images, from wherever they are: a file, a folder, a function, or an object of Python.

`read_own` is the door. What it returns is binary and in splits, at the top left of a square canvas
that networks take, and its name says what made it so: `digits (threshold:0.5, 1a2b3c4d)`, the last
being the beginning of the SHA-256 of the images.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rdneural.data.assembly import SHOWN, assembled, digest_of_images
from rdneural.data.files import read_file, shape_of_file
from rdneural.data.folders import frame_of_folder
from rdneural.data.found import WHOLE, Found
from rdneural.data.greys import as_images, shape_of
from rdneural.data.images import ImageData
from rdneural.data.load import load_images as load_images  # whose names are registered there
from rdneural.data.objects import found_in
from rdneural.data.places import found_at
from rdneural.data.splits import split_rows
from rdneural.records.own import (
    MEMORY,
    Frame,
    check_binarise,
    parted,
    words_of,
)
from rdtheory.checks import check_seed

Labels = npt.NDArray[Any]

_IN_MEMORY: dict[str, ImageData] = {}


def read_own(
    place: Any,  # noqa: ANN401  (whatever users have)
    *,
    binarise: str | None = None,
    split_seed: int = 0,
    name: str = "images",
) -> ImageData:
    """Return own images, binary and in splits.

    Parameters
    ----------
    place
        a file (`.npy`, `.npz`, `.amat`, `.amat.gz`, `.mat`, with `:KEY` where it has several
        arrays), a folder of pictures, a function (`faces.py:load`, `package.module:load`), a name
        (`rdneural.data.register_data`), or an object (`rdneural.data.objects.found_in`).
    binarise
        what makes grey images binary: "sample", "threshold:T" or "resampled"; see
        `rdneural.data.greys`.
    split_seed
        of the order by which images are put in splits, where they are in none; see
        `rdneural.data.splits`.
    name
        what results call an object, which has no name of its own.

    Raises
    ------
    TypeError
        where an object is nothing that could hold images.
    ValueError
        where a place is unreadable, or what is there are no images of one size, grey or binary.

    Examples
    --------
    >>> bars = np.eye(3, dtype=np.uint8)[:, None].repeat(2, 1)
    >>> data = read_own(bars, name="bars")
    >>> data.name, data.frame, data.train.shape
    ('bars (feb615ad)', (2, 3), (1, 4, 4))
    """
    return read_labelled_own(place, binarise=binarise, split_seed=split_seed, name=name)[0]


def read_labelled_own(
    place: Any,  # noqa: ANN401
    *,
    binarise: str | None = None,
    split_seed: int = 0,
    name: str = "images",
    labels: Any = None,  # noqa: ANN401
) -> tuple[ImageData, dict[str, Labels]]:
    """Return own images as `read_own` does, and the label of each, by split.

    `labels` is a place or an array of them, in the order of the images as they are found (of train,
    valid and test, one after the other); None for those that the images come with, which may be
    none. `ValueError` where there are more or fewer than images.
    """
    check_seed(split_seed, name="split_seed")
    if binarise is not None:
        check_binarise(binarise)
    if isinstance(place, ImageData):
        return place, {}
    if isinstance(place, str | os.PathLike):
        text = os.fspath(place)
        if text.startswith(MEMORY):
            return _remembered(text), {}
        found = found_at(text)
    else:
        found = found_in(place, name)
    if labels is not None:
        found = _with_labels(found, labels)
    parts = as_images(found)
    rows = split_rows({part: len(images) for part, images in parts.items()}, split_seed)
    for part, indices in rows.values():
        if not len(indices):
            raise ValueError(f"{found.name} must have 2 images or more in {part or 'all'}, got 1")
    splits = {split: parts[part][indices] for split, (part, indices) in rows.items()}
    data = assembled(found, splits, binarise, split_seed)
    checked = _checked_labels(found, {part: len(images) for part, images in parts.items()})
    return data, {split: checked[part][indices] for split, (part, indices) in rows.items()
                  if part in checked}  # fmt: skip


def load_own(
    *, data: str, frame: Frame | None, binarise: str | None = None, split_seed: int = 0
) -> ImageData:
    """Return the own images that settings name; `ValueError` where they are not of the frame."""
    return load_labelled_own(data=data, frame=frame, binarise=binarise, split_seed=split_seed)[0]


def load_labelled_own(
    *,
    data: str,
    frame: Frame | None,
    binarise: str | None = None,
    split_seed: int = 0,
    labels: str | None = None,
) -> tuple[ImageData, dict[str, Labels]]:
    """Return the own images that settings name, and their labels, as `read_labelled_own` does."""
    place, _ = parted(data)
    if os.path.isabs(place) and not os.path.exists(place):
        raise ValueError(
            f"data must be where they were, {data}, got nothing there: pass --data with their "
            f"place now"
        )
    found, of_split = read_labelled_own(
        data, binarise=binarise, split_seed=split_seed, labels=labels
    )
    if found.shape != (frame and tuple(frame)):  # JSON has lists
        raise ValueError(
            f"data must have images of {words_of(frame)} pixels, got {words_of(found.shape)} in "
            f"{data}"
        )
    return found, of_split


def frame_of(place: Any) -> Frame:  # noqa: ANN401
    """Return height and width of own images, of an `.npy` or a folder without reading all of it.

    `ValueError` and `TypeError` as of `read_own`, as far as they can be known.
    """
    if isinstance(place, str | os.PathLike):
        path = Path(place)
        shape = shape_of_file(path) if path.is_file() else None
        if shape is not None:
            _, height, width = shape_of(path.stem, shape, None)
            return height, width
        frame = frame_of_folder(path) if path.is_dir() else None
        if frame is not None:
            return frame
        if str(place).startswith(MEMORY):
            return _remembered(str(place)).shape
        found = found_at(os.fspath(place))
    else:
        found = found_in(place, "images")
    part = next(iter(found.parts.values()))
    _, height, width = shape_of(found.name, np.shape(part), found.shape)
    return height, width


def remember(data: ImageData) -> str:
    """Keep images that were handed over in Python; return the place that stands for them here.

    It is found by `read_own` in this process alone.
    """
    place = MEMORY + digest_of_images(data)[:SHOWN]
    _IN_MEMORY[place] = data
    return place


def _remembered(place: str) -> ImageData:
    if place not in _IN_MEMORY:
        raise ValueError(
            f"data must name images that can be read, got {place}, which were handed over in "
            f"Python: hand them over again, or pass --data"
        )
    return _IN_MEMORY[place]


def _with_labels(found: Found, labels: Any) -> Found:  # noqa: ANN401
    """Return what was found with other labels, which are parted as the images are."""
    name = "labels"
    if isinstance(labels, str | os.PathLike):
        held = read_file(Path(labels))
        name, labels = Path(labels).name, held.labels.get(WHOLE, held.parts.get(WHOLE))
    array = np.asarray(labels)
    counts = {part: len(images) for part, images in found.parts.items()}
    total = sum(counts.values())
    if array.shape != (total,):
        raise ValueError(
            f"{name} must have one label for each of {total} images, got shape {array.shape}"
        )
    ends = np.cumsum(list(counts.values()))[:-1]
    of_parts = dict(zip(counts, np.split(array, ends), strict=True))
    return Found(found.name, found.parts, of_parts, found.shape)


def _checked_labels(found: Found, counts: Mapping[str, int]) -> dict[str, Labels]:
    checked = {}
    for part, labels in found.labels.items():
        array = np.asarray(labels)
        if array.shape in ((counts[part], 1), (1, counts[part])):
            array = array.ravel()
        if array.shape != (counts[part],):
            raise ValueError(
                f"labels of {found.name} must be one for each of {counts[part]} images, "
                f"got shape {array.shape}"
            )
        checked[part] = array
    return checked
