"""Own images in a folder of pictures, which the package Pillow reads.

The folder has pictures, or a sub-folder for each class, or sub-folders train, valid and test (or
train and test), each with pictures or classes; a class may have folders below it. All pictures are
of one size and grey: colours are refused, but for those whose channels are all the same.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rdneural.data.found import WHOLE, Found

ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".pgm", ".pbm", ".webp")
"""Of the names of pictures; other files are left alone."""

SPLIT_NAMES = {"train": "train", "training": "train", "valid": "valid", "val": "valid",
               "validation": "valid", "test": "test", "testing": "test"}  # fmt: skip
"""Names of sub-folders that are splits."""

HOW = "reading pictures needs Pillow: pip install -e '.[images]'"

LEVELS_16 = 65535


def has_pictures(folder: Path) -> bool:
    """Return whether there is a picture in a folder, or in any below it."""
    return any(path.suffix.lower() in ENDINGS for path in folder.rglob("*"))


def read_folder(folder: Path) -> Found:
    """Read the pictures of a folder, with their classes where sub-folders name them.

    Raises
    ------
    ValueError
        where there are no pictures, one is unreadable or in colour, or their sizes differ.
    ImportError
        where Pillow is not installed.
    """
    inner = {path.name: path for path in sorted(folder.iterdir()) if path.is_dir()}
    parts = {SPLIT_NAMES[name.lower()]: path for name, path in inner.items()
             if name.lower() in SPLIT_NAMES}  # fmt: skip
    if not {"train", "test"} <= parts.keys():
        parts = {WHOLE: folder}
    listed = {part: _pictures(path) for part, path in parts.items()}
    every = [path for paths, _ in listed.values() for path in paths]
    if not every:
        raise ValueError(f"{folder} must hold pictures ({', '.join(ENDINGS[:3])}, ...), got none")
    if not all(paths for paths, _ in listed.values()):
        empty = next(part for part, (paths, _) in listed.items() if not paths)
        raise ValueError(f"{folder} must hold pictures for each split, got none for {empty}")
    _check_sizes(every)
    images = {
        part: np.stack([_read(path) for path in paths]) for part, (paths, _) in listed.items()
    }
    labels = {part: np.array(names) for part, (_, names) in listed.items() if names}
    return Found(folder.resolve().name, images, labels if len(labels) == len(images) else {})


def frame_of_folder(folder: Path) -> tuple[int, int] | None:
    """Return height and width of one of a folder's pictures; None where there is none."""
    path = next((path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS), None)
    if path is None:
        return None
    with _opened(path) as picture:
        return int(picture.height), int(picture.width)


def _pictures(folder: Path) -> tuple[list[Path], list[str]]:
    """Return the pictures of a folder and the class of each, no classes where it has none.

    The class is the sub-folder, however far below it a picture is.
    """
    own = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in ENDINGS]
    of_classes = [
        path for inner in sorted(folder.iterdir()) if inner.is_dir()
        for path in sorted(inner.rglob("*")) if path.suffix.lower() in ENDINGS
    ]  # fmt: skip
    if own and of_classes:
        raise ValueError(
            f"{folder} must hold pictures or folders of them, got {own[0].name} beside "
            f"{of_classes[0].relative_to(folder)}"
        )
    return own or of_classes, [path.relative_to(folder).parts[0] for path in of_classes]


def _check_sizes(paths: Sequence[Path]) -> None:
    first = None
    for path in paths:
        with _opened(path) as picture:
            size = f"{picture.height}x{picture.width}"
        if first is not None and size != first[1]:
            raise ValueError(
                f"pictures must be of one size, got {first[1]} in {first[0].name} and {size} in "
                f"{path.name}"
            )
        first = first or (path, size)


def _read(path: Path) -> Any:  # noqa: ANN401  (booleans, whole numbers or fractions)
    with _opened(path) as picture:
        try:
            return grey_of_picture(picture, str(path))
        except (OSError, SyntaxError) as error:
            raise ValueError(f"{path} must be a whole picture, got {error}") from error


def grey_of_picture(picture: Any, name: str) -> Any:  # noqa: ANN401  (of Pillow)
    """Return the grey values of a picture of Pillow, (height, width).

    `ValueError` where it has colours, or parts that can be seen through.
    """
    mode = picture.mode
    if mode in ("1", "L"):
        return np.asarray(picture)
    if mode.startswith("I"):
        return (np.asarray(picture) / LEVELS_16).astype(np.float32)
    if mode == "F":
        return np.asarray(picture)
    channels = np.asarray(picture.convert("RGBA"))
    red, green, blue, seen = (channels[..., k] for k in range(4))
    if not (np.array_equal(red, green) and np.array_equal(green, blue)):
        raise ValueError(f"{name} must be grey, got colours: make it grey first (convert('L'))")
    if (seen < seen.max()).any():
        raise ValueError(f"{name} must be grey, got parts that can be seen through")
    return red


def _opened(path: Path) -> Any:  # noqa: ANN401
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise ImportError(HOW) from error
    try:
        return Image.open(path)
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        reason = getattr(error, "strerror", None) or "another file"
        raise ValueError(f"{path} must be a picture, got {reason}") from error
