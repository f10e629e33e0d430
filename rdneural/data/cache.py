"""The user's cache: images packed to one bit a pixel, so that a second start takes no time.

A set is one `.npz` of a few megabytes that holds everything, so it is also the form in which to
carry a set to another machine. Two digests guard it. `content` is of the packed images and tells a
spoilt file; a set whose binarisation is published is held against the known digest besides.
`source` is the SHA-256 of the files that the images were read from, and tells that those have been
changed since. It is of their bytes rather than of their times: hashing 3 MB of gzipped text takes
milliseconds, while a copy or a checkout changes the times of files that are the same, and a
restored backup may keep the time of a file that is not.
"""

import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pooch

from rdneural.data.images import ImageData, Images
from rdneural.records.layout import SPLITS
from rdtheory.results import atomic_path

FORMAT = 1
"""Version of the layout; a file of any other is refused."""

HEAD = ("format", "name", "warning", "source", "content")

DIRECTORY_VARIABLE = "RDLATENT_CACHE"


def cache_directory() -> Path:
    """Return where downloads and packed images live: $RDLATENT_CACHE, or the system's place."""
    return Path(os.environ.get(DIRECTORY_VARIABLE) or pooch.os_cache("rdlatent"))


def digest_of_files(paths: Iterable[Path]) -> str:
    """Return the SHA-256 of the contents of files, in their order."""
    whole = hashlib.sha256()
    for path in paths:
        try:
            with path.open("rb") as stream:
                whole.update(hashlib.file_digest(stream, "sha256").digest())
        except OSError as error:
            reason = error.strerror or error
            raise ValueError(f"{path} must be a readable file, got {reason}") from error
    return whole.hexdigest()


def cached(
    path: Path, sources: Iterable[Path], build: Callable[[], ImageData], *, known: str | None = None
) -> ImageData:
    """Return what `build` reads from `sources`, from the packed file `path` where it still holds.

    A missing or spoilt file, or one made from other contents of `sources`, is written anew.
    """
    source = digest_of_files(sources)
    try:
        return read_packed(path, source=source, known=known)
    except ValueError:
        data = build()
    with suppress(OSError):  # a cache that cannot be written costs time, not the run
        write_packed(path, data, source=source)
    return data


def write_packed(path: Path, data: ImageData, *, source: str = "") -> None:
    """Write images at one bit a pixel, atomically, in place of what was there."""
    bits = {split: np.packbits(data.split(split)) for split in SPLITS}
    shapes = {f"{split}_shape": np.array(data.split(split).shape) for split in SPLITS}
    with atomic_path(path, overwrite=True) as temporary:
        np.savez_compressed(
            temporary,
            format=FORMAT,
            name=data.name,
            warning=data.warning or "",
            source=source,
            content=content_digest(data),
            **bits,  # type: ignore[arg-type]
            **shapes,  # type: ignore[arg-type]
        )


def read_packed(path: Path, *, source: str | None = None, known: str | None = None) -> ImageData:
    """Read packed images back.

    Parameters
    ----------
    source : what `digest_of_files` must have been when it was written; None takes any
    known : what `content_digest` must be; None takes any that fits the file

    Raises
    ------
    ValueError
        where the file is missing, unreadable, spoilt, or not made from `source`.
    """
    data, head = _read(path)
    if source is not None and head["source"] != source:
        raise ValueError(f"{path} must be made from the present source files, got others")
    content = content_digest(data)
    if content != head["content"]:
        raise ValueError(f"{path} must be unspoilt, got images that differ from their checksum")
    if known is not None and content != known:
        raise ValueError(f"{path} must hold the published {data.name} images, got others")
    return data


def content_digest(data: ImageData) -> str:
    """Return the SHA-256 of the shapes and packed bits of all splits."""
    whole = hashlib.sha256()
    for split in SPLITS:
        images = data.split(split)
        whole.update(repr(images.shape).encode())
        whole.update(np.packbits(images).tobytes())
    return whole.hexdigest()


def _read(path: Path) -> tuple[ImageData, dict[str, str]]:
    try:
        # opened here, because np.load leaves a broken file open
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            head = {name: str(stored[name]) for name in HEAD}
            if head["format"] != str(FORMAT):
                raise ValueError(f"format {head['format']}, not {FORMAT}")
            train, valid, test = (
                _unpacked(stored[split], stored[f"{split}_shape"]) for split in SPLITS
            )
        return ImageData(head["name"], train, valid, test, head["warning"] or None), head
    except OSError as error:
        reason = error.strerror or error
        raise ValueError(f"{path} must be a readable .npz file, got {reason}") from error
    except (
        # what a lone .npy, an encrypted archive, a lying header and broken compression raise
        *(ValueError, KeyError, EOFError, AttributeError, TypeError, RuntimeError, MemoryError),
        *(zipfile.BadZipFile, zlib.error),
    ) as error:
        raise ValueError(f"{path} must be packed images of rdlatent, got {error}") from error


def _unpacked(bits: Images, shape: np.ndarray) -> Images:
    n, height, width = (int(length) for length in shape)
    if bits.dtype != np.uint8 or bits.shape != (-(-n * height * width // 8),):
        raise ValueError(f"{bits.size} bytes for {n} images of {height}x{width} pixels")
    return np.unpackbits(bits, count=n * height * width).reshape(n, height, width)
