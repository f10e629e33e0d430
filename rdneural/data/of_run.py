"""The images that a run asks for: own ones, drawn from a source, or as small as its preset."""

import os

from rdneural.data import load_images
from rdneural.data.enumerated import draw_images
from rdneural.data.images import ImageData
from rdneural.data.own import read_own
from rdneural.records.own import OWN, Frame, parted, words_of
from rdneural.records.settings import RunSettings


def load_data(settings: RunSettings) -> ImageData:
    """Return the images of a run; raises as `rdneural.data.load_images` does."""
    if settings.source is not None:
        return draw_images(settings.source, settings.sizes.side)
    if settings.dataset == OWN:
        return load_own(
            data=settings.data, frame=settings.frame, binarise=settings.binarise,
            split_seed=settings.split_seed,
        )  # fmt: skip
    data = load_images(settings.dataset, settings.data, progress=True)
    side = settings.sizes.side
    return data if side == data.side else data.downsampled(side)


def load_own(
    *, data: str, frame: Frame | None, binarise: str | None = None, split_seed: int = 0
) -> ImageData:
    """Return the own images that settings name; `ValueError` where they are not of the frame."""
    _check_there(data)
    found = read_own(data, binarise=binarise, split_seed=split_seed)
    if found.shape != (frame and tuple(frame)):  # JSON has lists
        raise ValueError(
            f"data must have images of {words_of(frame)} pixels, got {words_of(found.shape)} in "
            f"{data}"
        )
    return found


def _check_there(data: str) -> None:
    """Raise `ValueError` where the file or folder of own images is not where it was."""
    place, _ = parted(data)
    if os.path.isabs(place) and not os.path.exists(place):
        raise ValueError(
            f"data must be where they were, {data}, got nothing there: pass --data with their "
            f"place now"
        )
