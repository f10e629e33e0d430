"""The zoo: small models that come with the project, called `zoo:` and a name."""

import os
from pathlib import Path

from rdneural.records.layout import CHECKPOINT
from rdneural.records.places import as_place

PREFIX = "zoo:"

CAGES = Path(__file__).resolve().parents[1] / "zoo_models"
"""The directory that has a directory for each model: of a run, or of a curve."""


def zoo_names() -> list[str]:
    """Return the names of the models, without the prefix.

    Examples
    --------
    >>> any(name.startswith(PREFIX) for name in zoo_names())
    False
    """
    return sorted(path.parent.name for path in CAGES.glob(f"*/{CHECKPOINT}"))


def of_zoo(place: str | os.PathLike[str]) -> bool:
    """Return whether a place is the name of a model of the zoo, or such a model's directory.

    Examples
    --------
    >>> of_zoo("zoo:split"), of_zoo("runs/mnist-1")
    (True, False)
    """
    return os.fspath(place).startswith(PREFIX) or Path(place).resolve().parent == CAGES


def found_place(place: str | os.PathLike[str], name: str = "place") -> Path:
    """Return the directory of a run or of a curve, which may be named as one of the zoo's.

    `ValueError` where the zoo has none of the name, or as `rdneural.records.places.as_place`.

    Examples
    --------
    >>> found_place("zoo:dodo")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: place must be one of ..., got 'zoo:dodo'
    """
    if not (isinstance(place, str | os.PathLike) and os.fspath(place).startswith(PREFIX)):
        return as_place(place, name)
    asked = os.fspath(place).removeprefix(PREFIX)
    if asked not in zoo_names():
        known = ", ".join(f"{PREFIX}{known}" for known in zoo_names())
        raise ValueError(f"{name} must be one of {known}, got {os.fspath(place)!r}")
    return CAGES / asked
