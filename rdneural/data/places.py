"""Where own images lie: a file, a folder, a function, or a name that somebody registered."""

import os
from functools import lru_cache
from pathlib import Path

from rdneural.data.files import kind_of_file, read_file
from rdneural.data.folders import read_folder
from rdneural.data.found import Found
from rdneural.data.functions import call
from rdneural.data.objects import found_in
from rdneural.data.registry import loader_of, meant
from rdneural.records.own import MEMORY, REGISTERED, is_module, parted


def is_own_place(text: str) -> bool:
    """Return whether a text is meant as a place of own images, or a registered name of some.

    Examples
    --------
    >>> is_own_place("digits.npy"), is_own_place("bars:4x4"), is_own_place("faces.py:load")
    (True, False, True)
    """
    place, inner = parted(text)
    known = text in REGISTERED or text.startswith(MEMORY) or os.path.exists(text)
    looks = kind_of_file(Path(place)) is not None or place.endswith(".py") or os.sep in place
    return known or looks or (inner is not None and is_module(place) and "." in place)


def found_at(place: str) -> Found:
    """Return what a place holds. Functions are called again, files are read once."""
    loader = loader_of(place)
    if loader is not None:
        return found_in(loader(), place)
    where, inner = parted(place)
    if inner is not None and (where.endswith(".py") or is_module(where)):
        return found_in(call(where, inner), f"{Path(where).stem}:{inner}")
    path = Path(where)
    if not path.exists():
        raise ValueError(
            f"data must be a name or a place with images, got {place!r}, where nothing is"
            f"{meant(place)}"
        )
    if where.endswith(".py"):
        raise ValueError(f"data must name a function of {place}, like {place}:load, got none")
    return _read(path, inner, _mark(path))


@lru_cache(maxsize=2)  # a command looks at the images before it trains on them
def _read(path: Path, inner: str | None, mark: tuple[int, ...]) -> Found:
    """Return what a file or a folder holds; `mark` tells that it has been written anew."""
    return read_folder(path) if path.is_dir() else read_file(path, inner)


def _mark(path: Path) -> tuple[int, ...]:
    """Return what changes when a file does, or one of a folder."""
    files = [path, *sorted(path.rglob("*"))] if path.is_dir() else [path]
    seen = [file.stat() for file in files]
    return tuple(number for one in seen for number in (one.st_mtime_ns, one.st_size))
