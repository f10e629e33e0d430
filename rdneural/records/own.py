"""Own images among the settings of a run: their frame, what made them binary, where they are."""

import os
import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from rdneural.records.likelihoods import BERNOULLI, check_likelihood, levels_of

OWN = "own"
"""What `dataset` says of images that are neither published nor a source's."""

MEMORY = "memory:"
"""How `data` begins of images that were handed over in Python, followed by their digest."""

BINARISE = "sample, threshold:T or resampled"
"""How grey images can be made binary."""

LEVELS = "levels"
"""How the rule of grey images that stay grey begins; their likelihood says it."""

STEP = 4
"""Sides of the canvas that networks see are multiples of it (`rdneural.records.sizes`)."""

Frame = tuple[int, int]
"""Height and width of images in pixels."""

LATER_OF_OWN: dict[str, Any] = {"frame": None, "binarise": None, "split_seed": 0}
"""Settings of own images that files of others lack, and what they are there."""

REGISTERED: set[str] = set()
"""Names that users gave to data sets of theirs (`rdneural.data.registry`): `data` may be one."""

_INNER = re.compile(r"(?P<place>.+):(?P<name>[A-Za-z_]\w*)")


def side_of(frame: Frame) -> int:
    """Return the side of the square canvas at whose top left images of a frame are.

    Examples
    --------
    >>> side_of((8, 8)), side_of((28, 20)), side_of((3, 5))
    (8, 28, 8)
    """
    return -(-max(frame) // STEP) * STEP


def check_frame(frame: Any) -> Frame:  # noqa: ANN401  (of JSON: a list)
    """Return a frame as a tuple; `ValueError` where it is not two whole numbers above 0.

    Examples
    --------
    >>> check_frame([28, 20])
    (28, 20)
    """
    try:
        height, width = frame
        good = all(isinstance(n, int) and n > 0 for n in (height, width))
    except (TypeError, ValueError):
        good = False
    if not good:
        raise ValueError(f"frame must be height and width in whole pixels, got {frame!r}")
    return height, width


def words_of(frame: Frame | None) -> str | None:
    """Return a frame as tables have it, height first: "28x20".

    Examples
    --------
    >>> words_of((28, 20))
    '28x20'
    """
    return None if frame is None else f"{frame[0]}x{frame[1]}"


def check_binarise(rule: str) -> str:
    """Return a rule by which grey images are made binary; `ValueError` where there is no such.

    Examples
    --------
    >>> check_binarise("threshold:0.5"), check_binarise("sample")
    ('threshold:0.5', 'sample')
    """
    if rule not in ("sample", "resampled") and levels_in(rule) is None:
        threshold_of(rule)
    return rule


def levels_in(rule: str | None) -> int | None:
    """Return L of `levels:L`, which grey values are rounded to; None of a rule that is another.

    Examples
    --------
    >>> levels_in("levels:16"), levels_in("sample")
    (16, None)
    """
    kind, _, number = rule.partition(":") if isinstance(rule, str) else ("", "", "")
    return int(number) if kind == LEVELS and number.isdecimal() and int(number) >= 2 else None


def rule_for(likelihood: str, rule: str | None) -> str | None:
    """Return the rule by which grey values are what a likelihood wants: `levels:L`, or `rule`.

    Examples
    --------
    >>> rule_for("logistic:16", None), rule_for("bernoulli", "sample")
    ('levels:16', 'sample')
    """
    if check_likelihood(likelihood) == BERNOULLI:
        if levels_in(rule) is not None:
            raise ValueError(f"binarise must be {BINARISE} with bernoulli pixels, got {rule!r}")
        return rule
    wanted = f"{LEVELS}:{levels_of(likelihood)}"
    if rule not in (None, wanted):
        raise ValueError(
            f"binarise goes with bernoulli pixels, whose values are two, got {rule} with "
            f"{likelihood}"
        )
    return wanted


def threshold_of(rule: str) -> float:
    """Return T of `threshold:T`, the grey value in (0, 1] from which on a pixel is 1."""
    kind, _, number = rule.partition(":") if isinstance(rule, str) else ("", "", "")
    if kind != "threshold":
        raise ValueError(f"binarise must be {BINARISE}, got {rule!r}")
    try:
        value = float(number)
    except ValueError:
        value = 0.0
    if not (isfinite(value) and 0 < value <= 1):
        raise ValueError(f"binarise must be threshold:T with T in (0, 1], got {rule!r}")
    return value


def check_own(settings: Mapping[str, Any]) -> None:
    """Raise `ValueError` where what settings say of own images does not go together."""
    own = settings["dataset"] == OWN
    if own and settings["frame"] is None:
        raise ValueError("frame must be given with dataset own, got None")
    for name, none in LATER_OF_OWN.items():
        if not own and settings[name] != none:
            raise ValueError(f"{name} goes with own images, got it with {settings['dataset']}")
    if settings["binarise"] is not None:
        check_binarise(settings["binarise"])


def content_of(name: str) -> str:
    """Return the part of the name of own images that says what they are: rule and digest.

    Examples
    --------
    >>> content_of("digits (1) (threshold:0.5, 1a2b3c4d)")
    'threshold:0.5, 1a2b3c4d)'
    """
    return name.rpartition("(")[2]


def parted(place: str) -> tuple[str, str | None]:
    """Return a place and the name within it, after a colon: a function, or an array of a file.

    Examples
    --------
    >>> parted("faces.py:load"), parted("digits.npy")
    (('faces.py', 'load'), ('digits.npy', None))
    """
    found = None if os.path.exists(place) else _INNER.fullmatch(place)
    return (place, None) if found is None else (found["place"], found["name"])


def is_module(place: str) -> bool:
    """Return whether a place is the dotted name of a module, and no file or directory."""
    names = place.split(".")
    return not os.path.exists(place) and names[-1] != "py" and all(map(str.isidentifier, names))
