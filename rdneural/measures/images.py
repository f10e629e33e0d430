"""Images as models take them, and few that stand for many."""

import numpy as np
import torch
from torch import Tensor

from rdneural.data.images import ImageData


def as_tensor(images: np.ndarray) -> Tensor:
    """Return images (N, side, side) as a tensor (N, 1, side, side)."""
    return torch.from_numpy(np.ascontiguousarray(images))[:, None]


def grey_of(data: ImageData) -> Tensor | None:
    """Return the chances by which training images are drawn in each epoch, None without such."""
    return None if data.grey is None else torch.from_numpy(data.grey)[:, None]


def spread_subset(images: Tensor, count: int | None) -> Tensor:
    """Return `count` images spread evenly over all of them, or all of them if there are no more.

    The first ones will not do: the first thousand test images of static MNIST hold more ink.
    """
    if count is None or len(images) <= count:
        return images
    return images[torch.arange(count) * len(images) // count]
