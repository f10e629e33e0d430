"""Own images put together: binary, on their canvas, with the name and the warning of results."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from rdneural.data.found import Found
from rdneural.data.greys import binary
from rdneural.data.images import ImageData
from rdneural.data.splits import said_of
from rdneural.records.layout import SPLITS
from rdneural.records.own import levels_in, side_of, threshold_of

SHOWN = 8
"""Digits of the digest in a name."""

ALONE = "never comparable with the paper's data"

DARK = 0.5
"""Where nothing is as bright, it is said how bright images are: white may be another number."""


def assembled(
    found: Found, splits: Mapping[str, Any], binarise: str | None, split_seed: int
) -> ImageData:
    """Return binary images on their canvas, with the name and the warning that results carry."""
    made = binary(found.name, splits, binarise)
    frame = made["train"].shape[1:]
    side = side_of(frame)
    grey = splits["train"] if binarise == "resampled" else None
    data = ImageData(
        found.name, **{split: _on_canvas(images, side) for split, images in made.items()},
        frame=frame, levels=levels_in(binarise) or 2,
        grey=None if grey is None else _on_canvas(grey, side),
    )  # fmt: skip
    digest = digest_of_images(data)[:SHOWN]
    name = (
        f"{found.name} ({digest})" if binarise is None else f"{found.name} ({binarise}, {digest})"
    )
    said = [*_how(splits, binarise), said_of(found.parts, split_seed)]
    warning = f"{name}: own images, {', '.join(said)}, {ALONE}"
    return replace(data, name=name, warning=warning)


def _how(splits: Mapping[str, Any], binarise: str | None) -> list[str]:
    """Return what results say of how grey images were made binary; nothing of binary ones."""
    if binarise is None:
        return []
    how = {
        "sample": "pixels drawn once with their grey values",
        "resampled": "pixels drawn with their grey values, for training anew in every epoch",
    }.get(binarise)
    if levels_in(binarise) is not None:
        how = f"grey values rounded to {levels_in(binarise)} levels"
    how = how or f"1 where grey is {threshold_of(binarise):g} or more"
    most = max(float(part.max()) for part in splits.values())
    return [how, *([f"the brightest pixel {most:.2g} of white"] if most < DARK else [])]


def _on_canvas(images: Any, side: int) -> Any:  # noqa: ANN401  (zeros and ones, or fractions)
    _, height, width = images.shape
    return np.pad(images, ((0, 0), (0, side - height), (0, side - width)))


def digest_of_images(data: ImageData) -> str:
    """Return the SHA-256 of the frame and the pixels of all splits."""
    whole = hashlib.sha256(repr(data.shape).encode())
    for split in SPLITS:
        images = data.split(split)
        whole.update(repr(images.shape).encode())
        whole.update((np.packbits(images) if data.levels == 2 else images).tobytes())
    if data.grey is not None:
        whole.update(data.grey.tobytes())
    return whole.hexdigest()
