"""Sources with their distortions, channels, those of files, and images with known laws."""

from rdtheory.shown import short_signature
from rdtheory.sources.blocks import gray_bound, gray_critical, markov, stationary, tight_up_to
from rdtheory.sources.channels import Channel, named_channel
from rdtheory.sources.forbidden import erasure, exponential, one_sided
from rdtheory.sources.noisy import indirect, indirect_coin, indirect_gaussian
from rdtheory.sources.samples import empirical
from rdtheory.sources.symbol_errors import erokhin, erokhin_rate, letters_in_use
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
from rdtheory.sources.vectors import gaussian_vector
from rdtheory.sources.water import water_filling_distortion, water_filling_rate, water_level

__all__ = [
    "Channel",
    "Source",
    "bernoulli",
    "empirical",
    "erasure",
    "erokhin",
    "erokhin_rate",
    "exponential",
    "gaussian",
    "gaussian_vector",
    "gray_bound",
    "gray_critical",
    "hamming",
    "indirect",
    "indirect_coin",
    "indirect_gaussian",
    "laplace",
    "letters_in_use",
    "markov",
    "named_channel",
    "named_source",
    "one_sided",
    "shannon_lower_bound",
    "stationary",
    "tight_up_to",
    "uniform",
    "water_filling_distortion",
    "water_filling_rate",
    "water_level",
]

for _name in __all__:
    short_signature(globals()[_name])
