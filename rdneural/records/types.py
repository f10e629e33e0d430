"""Of which types the settings of a run are."""

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

TEXTS = ("data", "model", "preset", "device", "likelihood")
NUMBERS = (
    "beta", "target_rate", "penalty", "anneal", "free_bits", "epochs", "learning_rate",
    "weight_decay", "dropout", "clip", "ema",
)  # fmt: skip
COUNTS = ("batch", "warm_up", "patience", "seed", "split_seed")
FLAGS = ("normalise_gradients", "compiled")
"""Settings by what they are; others have rules of their own."""


def plain_types(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with numbers of other libraries as Python's own; None is left to others.

    Raises
    ------
    TypeError
        where one is not of its type: a text for a number, a truth for a number.

    Examples
    --------
    >>> import numpy as np
    >>> plain_types({"batch": np.int64(8), "beta": 1, "data": None})
    {'batch': 8, 'beta': 1, 'data': None}
    >>> plain_types({"beta": "1"})
    Traceback (most recent call last):
    TypeError: beta must be a number, got '1'
    """
    found = dict(given)
    for name, value in given.items():
        if value is None:
            continue
        if name in FLAGS:
            if type(value).__name__ not in ("bool", "bool_"):  # numpy has one of its own
                raise TypeError(f"{name} must be True or False, got {value!r}")
            found[name] = bool(value)
        elif name in TEXTS:
            if not isinstance(value, str):
                raise TypeError(f"{name} must be a text, got {value!r}")
        elif name in NUMBERS or name in COUNTS:
            if isinstance(value, bool) or not isinstance(value, Real):
                raise TypeError(f"{name} must be a number, got {value!r}")
            if not isinstance(value, int | float):
                found[name] = int(value) if isinstance(value, Integral) else float(value)
    return found
