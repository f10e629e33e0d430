"""Curves of few steps on few images."""

import numpy as np
import torch

from rdneural.training.curve import make_settings

SOURCE = "bars:4x4"
SMALL = {
    "dataset": SOURCE, "preset": "tiny", "device": "cpu", "precision": "float32", "batch": 32,
}  # fmt: skip


def curve_settings(**changed):
    return make_settings(**(SMALL | {"model": "---", "epochs": 2.0} | changed))


def curve_images(count, seed=0):
    drawn = np.random.default_rng(seed).random((count, 1, 4, 4)) < 0.3
    return torch.from_numpy(drawn.astype(np.uint8))
