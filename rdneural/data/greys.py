r"""Own images as numbers: which shapes and values are images, and what makes grey ones binary.

Zeros and ones are binary as they are. Grey values g in [0, 1] need a rule, which is asked for:

- `sample`: each pixel is drawn once, 1 with probability g, as the static MNIST was made;
- `threshold:T`: a pixel is 1 where g >= T;
- `resampled`: as `sample`, but training images are drawn anew in every epoch;
- `levels:L`: they stay grey, rounded to L levels, for a likelihood that has as many.

Every draw has a fixed seed of its own and not the run's: a rate is about one fixed source.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from rdneural.data.found import Found, Grey
from rdneural.data.sampling import bernoulli
from rdneural.records.own import BINARISE, levels_in, threshold_of

SEEDS = {"train": 11, "valid": 12, "test": 13}
"""Of the one draw of each split."""

LEVELS = 255
"""White, where grey values are whole numbers."""

COLOURS = (3, 4)

Floats = npt.NDArray[np.float32]


def as_images(found: Found) -> dict[str, Grey]:
    """Return the parts of what was found as zeros and ones, or as grey values in [0, 1].

    Each part becomes (N, height, width), all uint8 of zeros and ones or all float32.

    Raises
    ------
    ValueError
        where they are no images: of wrong shape or size, in colour, of other numbers, all alike.

    Examples
    --------
    >>> grey = np.array([[[0, 255]], [[51, 0]], [[0, 0]]], np.uint8)
    >>> as_images(Found("made", {"": grey}))[""].tolist()[:2]
    [[[0.0, 1.0]], [[0.20000000298023224, 0.0]]]
    """
    name = found.name
    parts = {key: _shaped(name, value, found.shape) for key, value in found.parts.items()}
    sizes = {part.shape[1:] for part in parts.values()}
    if len(sizes) > 1:
        seen = " and ".join(f"{h}x{w}" for h, w in sorted(sizes))
        raise ValueError(f"{name} must have images of one size, got {seen} pixels")
    if sum(map(len, parts.values())) < 3:
        total = sum(map(len, parts.values()))
        raise ValueError(f"{name} must have 3 images or more, one for each split, got {total}")
    parts = _valued(name, parts)
    check_differ(name, parts)
    return parts


def check_differ(name: str, parts: Mapping[str, Grey], *, after: str = "") -> None:
    """Raise `ValueError` where all pixels of all images are the same."""
    low = min(part.min() for part in parts.values())
    if low == max(part.max() for part in parts.values()):
        raise ValueError(f"{name} must have pixels that differ, got {low:g} everywhere{after}")


def binary(name: str, splits: Mapping[str, Grey], rule: str | None) -> dict[str, Any]:
    """Return images as zeros and ones; grey ones by a rule, drawn once.

    By `levels:L` they stay grey, in fractions k / (L - 1).

    `ValueError` where grey images have no rule, or images that are binary have one.
    """
    is_grey = any(part.dtype != np.uint8 for part in splits.values())
    if rule is None and is_grey:
        extreme = all(_is_binary(part) for part in splits.values())
        hint = ": all are black or white, which threshold:0.5 leaves as they are" if extreme else ""
        raise ValueError(
            f"binarise must be {BINARISE} for grey images as in {name}, got none{hint}"
        )
    levels = levels_in(rule)
    if levels is not None:
        return {split: _rounded(part, levels) for split, part in splits.items()}
    if rule is not None and not is_grey:
        raise ValueError(f"binarise must be none for binary images as in {name}, got {rule}")
    if rule is None:
        return dict(splits)
    if rule.startswith("threshold"):
        least = np.float32(threshold_of(rule))
        found = {split: (part >= least).astype(np.uint8) for split, part in splits.items()}
    else:
        found = {split: bernoulli(part, seed=SEEDS[split]) for split, part in splits.items()}
    check_differ(name, found, after=f" after {rule}")
    return found


def _rounded(part: Grey, levels: int) -> Floats:
    found: Floats = (np.rint(part.astype(np.float64) * (levels - 1)) / (levels - 1)).astype(
        np.float32
    )
    return found


def shape_of(name: str, shape: tuple[int, ...], said: tuple[int, int] | None) -> tuple[int, ...]:
    """Return (N, height, width) of an array of images with a shape; `ValueError` for no images.

    Examples
    --------
    >>> shape_of("made", (9, 1, 3, 2), None), shape_of("made", (9, 16), None)
    ((9, 3, 2), (9, 4, 4))
    """
    if 0 in shape or not shape:
        raise ValueError(f"{name} must hold images, got an array of shape {shape}")
    if len(shape) == 2:
        height, width = said or (int(np.sqrt(shape[1])),) * 2
        if height * width == shape[1]:
            return shape[0], height, width
        rule = "squares" if said is None else f"{height}x{width} pixels"
        raise ValueError(
            f"{name} must have rows that are {rule}, or be (N, height, width), got shape {shape}"
        )
    if len(shape) == 4 and shape[1] == 1:
        return shape[0], *shape[2:]
    if len(shape) == 4 and shape[3] == 1:
        return shape[:3]
    if len(shape) == 4 and (shape[1] in COLOURS or shape[3] in COLOURS):
        raise ValueError(
            f"{name} must be grey, got colours, shape {shape}: make it grey first (the mean of "
            f"its channels, or Image.convert('L'))"
        )
    if len(shape) != 3:
        raise ValueError(
            f"{name} must have shape (N, height, width), (N, 1, height, width) or "
            f"(N, height, width, 1), got {shape}"
        )
    return shape


def _shaped(name: str, value: Any, said: tuple[int, int] | None) -> Grey:  # noqa: ANN401
    try:
        array = np.asarray(value)
    except ValueError as error:  # lists of images that differ in size
        raise ValueError(f"{name} must have images of one size, got {error}") from error
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold numbers, got an array of {array.dtype}")
    return array.reshape(shape_of(name, array.shape, said))


def _valued(name: str, parts: Mapping[str, Grey]) -> dict[str, Grey]:
    kinds = {part.dtype.kind for part in parts.values()}
    if kinds == {"b"} or all(_is_binary(part) for part in parts.values()):
        return {key: part.astype(np.uint8) for key, part in parts.items()}
    whole = kinds <= set("biu")
    top = LEVELS if whole else 1
    for part in parts.values():
        if not np.isfinite(part).all():
            raise ValueError(f"{name} must hold finite numbers, got NaN or infinity")
        if "f" in kinds and part.dtype.kind != "f" and not _is_binary(part):
            raise ValueError(f"{name} must hold whole numbers or fractions, got both")
        if part.min() < 0 or part.max() > top:
            value = part.min() if part.min() < 0 else part.max()
            raise ValueError(
                f"{name} must hold zeros and ones, whole numbers up to {LEVELS} or fractions in "
                f"[0, 1], got {part.dtype} of {value:g}{_hint(part)}"
            )
    return {key: (part / np.float32(top)).astype(np.float32) for key, part in parts.items()}


def _is_binary(part: Grey) -> bool:
    return part.dtype.kind == "b" or bool(((part == 0) | (part == 1)).all())


def _hint(part: Grey) -> str:
    """Return what can be done about numbers that are too large."""
    if part.min() < 0:
        return ""
    return f": divide by what is white, {part.max():g} or more"
