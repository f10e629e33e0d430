"""Own images as they were found, before they are checked, made binary and in splits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from rdneural.records.layout import SPLITS

Grey = npt.NDArray[Any]
"""Images of any numbers, (N, height, width) once they are checked."""

WHOLE = ""
"""What is in no split yet."""

MOST_SHOWN = 60
"""Characters of a name that an error line shows."""


@dataclass(frozen=True, eq=False)
class Found:
    """Images and labels as a place or an object has them.

    Attributes
    ----------
    name
        what results call them.
    parts
        images of `train`, `valid` and `test`, of `train` and `test`, or all as `WHOLE`.
    labels
        of the images, for the same parts; empty where there are none.
    shape
        height and width of images that are rows of numbers, where it is said.
    """

    name: str
    parts: Mapping[str, Grey]
    labels: Mapping[str, Grey] = field(default_factory=dict)
    shape: tuple[int, int] | None = None


IMAGES = ("images", "x", "X", "data")
LABELS = ("labels", "y", "targets", "target")
"""What images and labels are called where they are in no splits."""

SHAPE = "shape"


def found_among(name: str, arrays: Mapping[str, Any], *, only: str | None = None) -> Found:
    """Return the images among named arrays; `only` names those that are meant.

    They are `train`, `valid` and `test` (or `x_train` and so on), or one array: `images`, `x` or
    `data`, or the only one that there is. Labels are `train_labels` (or `y_train`), or `labels`,
    `y`, `target` or `targets`; `shape` is that of images which are rows.

    Raises
    ------
    ValueError
        where there are none, or it cannot be told which.

    Examples
    --------
    >>> found = found_among("made", {"x_train": np.zeros((9, 2, 2)), "x_test": np.ones((2, 2, 2))})
    >>> {split: part.shape for split, part in found.parts.items()}
    {'train': (9, 2, 2), 'test': (2, 2, 2)}
    """
    keys = [str(key) for key in arrays]
    shape = _shape_of(name, arrays[SHAPE]) if SHAPE in arrays else None
    if only is not None:
        if only not in arrays:
            raise ValueError(f"{name} must hold {only}, got {_listed(keys)}")
        return Found(name, {WHOLE: arrays[only]}, _labels(arrays, (WHOLE,)), shape)
    for pattern in ("{}", "x_{}", "X_{}", "{}_images"):
        parts = {s: arrays[pattern.format(s)] for s in SPLITS if pattern.format(s) in arrays}
        if parts:
            if not {"train", "test"} <= parts.keys():
                raise ValueError(
                    f"{name} must hold train, valid and test, or train and test, "
                    f"got {_listed(keys)}"
                )
            return Found(name, parts, _labels(arrays, parts), shape)
    images = [key for key in IMAGES if key in arrays]
    images = images or [key for key in keys if key not in (*LABELS, SHAPE)]
    if len(images) != 1:
        raise ValueError(
            f"{name} must hold train, valid and test, or images, or one array, got {_listed(keys)}"
        )
    return Found(name, {WHOLE: arrays[images[0]]}, _labels(arrays, (WHOLE,)), shape)


def _labels(arrays: Mapping[str, Any], parts: Any) -> dict[str, Any]:  # noqa: ANN401  (names)
    """Return the labels among named arrays that go with these parts; none where some lack."""
    found = {}
    for part in parts:
        names = LABELS if part == WHOLE else (f"{part}_labels", f"y_{part}", f"labels_{part}")
        key = next((name for name in names if name in arrays), None)
        if key is None:
            return {}
        found[part] = arrays[key]
    return found


def _shape_of(name: str, value: Any) -> tuple[int, int]:  # noqa: ANN401  (of any file)
    numbers = np.asarray(value)
    if numbers.shape != (2,) or numbers.dtype.kind not in "iu" or (numbers < 1).any():
        raise ValueError(f"shape of {name} must be height and width, got {value!r}")
    return int(numbers[0]), int(numbers[1])


def _listed(keys: list[str]) -> str:
    """Return the names of arrays as error lines have them."""
    text = ", ".join(keys)
    return (text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}...") or "nothing"
