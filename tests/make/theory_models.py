"""The numbers of a model by their names."""

import numpy as np

NUMBERS = (
    "entropy",
    "mutual_information",
    "rate",
    "distortion",
    "excess",
    "marginal_gap",
    "decoder_gap",
    "generative_mutual_information",
    "generative_lower_bound",
    "generative_upper_bound",
)
PARTS = ("p_x", "encoder", "marginal", "decoder")
EVEN = [[0.5, 0.5], [0.5, 0.5]]


def numbers(model):
    """Return all of them as an array, in that order."""
    return np.array([getattr(model, name) for name in NUMBERS])
