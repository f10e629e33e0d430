"""The images that a run asks for: own ones, drawn from a source, or as small as its preset."""

from rdneural.data import load_images
from rdneural.data.enumerated import draw_images
from rdneural.data.images import ImageData
from rdneural.data.own import read_own
from rdneural.records.own import OWN, words_of
from rdneural.records.settings import RunSettings


def load_data(settings: RunSettings) -> ImageData:
    """Return the images of a run; raises as `rdneural.data.load_images` does."""
    if settings.source is not None:
        return draw_images(settings.source, settings.sizes.side)
    if settings.dataset == OWN:
        return load_own(settings)
    data = load_images(settings.dataset, settings.data, progress=True)
    side = settings.sizes.side
    return data if side == data.side else data.downsampled(side)


def load_own(settings: RunSettings) -> ImageData:
    """Return the own images of a run; `ValueError` where they are not of its frame."""
    data = read_own(settings.data, binarise=settings.binarise, split_seed=settings.split_seed)
    if data.frame != settings.frame:
        raise ValueError(
            f"data must have images of {words_of(settings.frame)} pixels, got "
            f"{words_of(data.frame)} in {settings.data}"
        )
    return data
