"""Sources: the textbook's with their distortions, those of files, and images with known laws."""

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
    "Source",
    "bernoulli",
    "gaussian",
    "hamming",
    "laplace",
    "named_source",
    "shannon_lower_bound",
    "uniform",
]
