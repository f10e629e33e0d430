"""Data sets by name: the published ones, and those that users register.

A data set in one file of ten lines:

    # faces.py
    import numpy as np
    from rdneural.data import register_data

    def load():
        return np.load("/data/faces.npy")  # or (train, valid, test), or a dict with labels

    register_data("faces", load)

Where that has run, `"faces"` names it; `faces.py:load` does so on the command line, and in
processes that know nothing of it.
"""

from collections.abc import Callable
from typing import Any

from rdneural.records.own import REGISTERED
from rdneural.records.settings import DATASETS, NAMED_DATA, is_source
from rdtheory.checks import did_you_mean

Loader = Callable[[], Any]

_LOADERS: dict[str, Loader] = {}


def enter(name: str, loader: Loader) -> None:
    """Enter published images, under a name that users cannot register."""
    _LOADERS[name] = loader


def register_data(name: str, loader: Loader) -> None:
    """Let a name stand for the images that a function without arguments returns.

    It may return whatever `rdneural.data.own.read_own` takes. A name that is
    registered again stands for the new one.

    Raises
    ------
    TypeError
        where `loader` cannot be called.
    ValueError
        where the name is no plain one, or that of published images or of a
        source.

    Examples
    --------
    >>> register_data("mnist", lambda: [])
    Traceback (most recent call last):
    ValueError: name must be new, got 'mnist', which is there already
    """
    if not callable(loader):
        raise TypeError(f"loader must be a function, got {type(loader).__name__}")
    if not isinstance(name, str) or not name.replace("-", "_").isidentifier():
        raise ValueError(f"name must be letters, digits, - and _, got {name!r}")
    if name in (*DATASETS, *NAMED_DATA) or is_source(name):
        raise ValueError(f"name must be new, got {name!r}, which is there already")
    _LOADERS[name] = loader
    REGISTERED.add(name)


def loader_of(name: str) -> Loader | None:
    """Return the function that a name stands for; None where nobody registered it."""
    return _LOADERS.get(name)


def known_names() -> tuple[str, ...]:
    """Return the names of all data sets, the published ones first."""
    return tuple(_LOADERS)


def meant(name: str) -> str:
    """Return the end of an error line that names the data set that was meant, if there is one."""
    return did_you_mean(name, known_names())
