"""Training images that are drawn anew from grey ones in every epoch."""

import torch
from torch import Tensor

from rdneural.machine.seeding import mixed_seed

ROWS_AT_ONCE = 4096
"""Images drawn together: so many random numbers are in memory at a time."""


def images_of_epoch(images: Tensor, grey: Tensor | None, *, seed: int, epoch: int) -> Tensor:
    """Return the training images of an epoch, on the device of `images`.

    Those are `images` where there is no `grey`, else a draw from grey values (N, 1, side, side) in
    [0, 1] that is a function of the run's seed and the epoch, so that a run goes on with the same.

    Examples
    --------
    >>> grey = torch.tensor([0.0, 0.5, 0.5, 0.5, 1.0]).view(1, 1, 1, 5)
    >>> draws = [images_of_epoch(grey, grey, seed=0, epoch=e).flatten().tolist() for e in (0, 1, 0)]
    >>> draws[0] == draws[2], draws[0] == draws[1], [draw[::4] for draw in draws[:2]]
    (True, False, [[0, 1], [0, 1]])
    """
    if grey is None:
        return images
    generator = torch.Generator().manual_seed(mixed_seed(seed, "pixels", epoch))
    drawn = [
        (torch.rand(rows.shape, generator=generator) < rows).to(torch.uint8)
        for rows in grey.split(ROWS_AT_ONCE)
    ]
    return torch.cat(drawn).to(images.device)
