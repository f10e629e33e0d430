"""Images drawn from a source whose whole distribution is known (`rdtheory.sources.images`)."""

from rdneural.data.images import ImageData
from rdneural.records.layout import SPLITS
from rdtheory.sources.images import ImageSource
from rdtheory.stratified import stratified_letters

COUNTS = {"train": 50_000, "valid": 10_000, "test": 10_000}
"""Images of the splits, as many as MNIST has."""


def draw_images(source: ImageSource, side: int) -> ImageData:
    """Return images of a source, padded to side x side pixels, in three fixed splits.

    They are drawn by strata, so that letters are very nearly as frequent as they are likely.

    Raises
    ------
    ValueError
        where `side` is below the source's.

    Examples
    --------
    >>> from rdtheory.sources.images import named_image_source
    >>> data = draw_images(named_image_source("bars:4x4"), 4)
    >>> data.name, data.train.shape
    ('bars:4x4', (50000, 4, 4))
    """
    if source.side > side:
        raise ValueError(f"data must fit {side}x{side} pixels, got {source.name}")
    images = source.padded(side).images
    train, valid, test = (
        images[stratified_letters(source.p_x, COUNTS[split], seed=seed).ravel()]
        for seed, split in enumerate(SPLITS)
    )
    return ImageData(source.name, train, valid, test)
