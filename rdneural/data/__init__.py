"""Binary images: the static MNIST of the paper, Omniglot, and small sets that stand in for them.

`load_images` is the door. Everything here is numpy; the models turn the arrays into tensors.
"""

import rdneural.machine  # noqa: F401  (which says what to install where torch is missing)
from rdneural.data.digits import pixel_sampling_entropy
from rdneural.data.images import ImageData, Images
from rdneural.data.load import DATASETS, load_images
from rdneural.data.own import frame_of, read_own
from rdneural.data.registry import register_data
from rdneural.records.layout import SPLITS

__all__ = [
    "DATASETS",
    "SPLITS",
    "ImageData",
    "Images",
    "frame_of",
    "load_images",
    "pixel_sampling_entropy",
    "read_own",
    "register_data",
]
