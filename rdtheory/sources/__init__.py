"""Sources with their distortions, channels, those of files, and images with known laws."""

from rdtheory.sources.channels import Channel, named_channel
from rdtheory.sources.textbook import (
    Source,
    bernoulli,
    gaussian,
    hamming,
    laplace,
    named_source,
    shannon_lower_bound,
    uniform,
)

__all__ = [
    "Channel",
    "Source",
    "bernoulli",
    "gaussian",
    "hamming",
    "laplace",
    "named_channel",
    "named_source",
    "shannon_lower_bound",
    "uniform",
]
