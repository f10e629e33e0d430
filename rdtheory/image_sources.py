"""The earlier name of `rdtheory.sources.images`, which keeps working."""

from rdtheory.sources.images import (
    ImageSource,
    bars_and_stripes,
    bernoulli_mixture,
    ising,
    ising_log_partition,
    named_image_source,
    templates,
    toy_images,
)

__all__ = [
    "ImageSource",
    "bars_and_stripes",
    "bernoulli_mixture",
    "ising",
    "ising_log_partition",
    "named_image_source",
    "templates",
    "toy_images",
]
