"""The images that a run asks for: own ones, drawn from a source, or as small as its preset."""

from rdneural.data import load_images
from rdneural.data.enumerated import draw_images
from rdneural.data.images import ImageData
from rdneural.data.own import load_own
from rdneural.records.own import OWN
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
