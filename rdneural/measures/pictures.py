"""What a model makes of images: reconstructions and generations, as in the paper's Figure 4."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rdneural.data.images import ImageData
from rdneural.machine.seeding import seeded
from rdneural.measures.images import as_tensor, spread_subset
from rdneural.models.build import LatentModel
from rdneural.models.frames import real_pixels

MEAN_OF = 5
"""Samples of the decoder at one code that an average is over, as in the paper."""


@torch.no_grad()
def draw_pictures(
    model: LatentModel, images: Tensor, *, generations: int, seed: int = 0
) -> dict[str, npt.NDArray[np.float32]]:
    """Return the arrays of `samples.npz`, (n, height, width) each with values in [0, 1].

    `data` are the images; `reconstruction` is one sample x' ~ d(x'|z) at z ~ e(z|x), and
    `reconstruction_mean` the mean of five at the same z; `generation` and `generation_mean` are the
    same at z ~ m(z).
    """
    count = len(images)
    with seeded(seed):
        codes = [model.encoder(images.float()).rsample_with_log_prob()[0]] if count else []
        drawn = model.marginal(model.encoder).sample(generations).reshape(generations, -1)
        z = torch.cat([*codes, drawn])  # (count + generations, dim)
        # all in one batch: a PixelCNN takes as many passes for one image as for a hundred
        samples = model.decoder(z.repeat(1 + MEAN_OF, 1)).sample()
    frame = model.sizes.frame
    first, *others = real_pixels(samples[:, 0], frame).float().cpu().clamp(0, 1).split(len(z))
    mean = torch.stack(others).mean(0)
    return {
        "data": real_pixels(images[:, 0], frame).float().cpu().numpy(),
        "reconstruction": first[:count].numpy(),
        "reconstruction_mean": mean[:count].numpy(),
        "generation": first[count:].numpy(),
        "generation_mean": mean[count:].numpy(),
    }


def draw_samples(
    model: LatentModel, data: ImageData | None, *, count: int, seed: int = 0
) -> dict[str, npt.NDArray[np.float64]]:
    """Return reconstructions of `count` test images, and as many generations, as arrays.

    Without data there are generations alone.
    """
    if data is None:
        side = model.sizes.side
        none = torch.zeros(0, 1, side, side, device=next(model.parameters()).device)
        drawn = draw_pictures(model, none, generations=count, seed=seed)
        return {k: a.astype(np.float64) for k, a in drawn.items() if k.startswith("generation")}
    images = spread_subset(as_tensor(data.test), count).to(next(model.parameters()).device)
    arrays = draw_pictures(model, images, generations=count, seed=seed)
    return {name: array.astype(np.float64) for name, array in arrays.items()}
