r"""Binary images and their coarser ones: which pixel is on, and what is sure of the finer ones.

A pixel of the coarser image is on where at least `MOST` pixels of its block of 2x2 are. Where the
coarse pixel and those before in the block leave a pixel no choice, `sure_logits` says so; `states`
says the rest.
"""

import torch
from torch import Tensor
from torch.nn import functional

from rdneural.models.frames import NEVER

MOST = 2
"""Pixels of a block that must be on for its coarse pixel to be."""

STATES = 32
"""Cases of a pixel in its block."""


def coarser(x: Tensor) -> Tensor:
    """Return the coarser images (B, 1, ceil(H/2), ceil(W/2)) of binary ones (B, 1, H, W).

    Examples
    --------
    >>> coarser(torch.tensor([[[[1.0, 0, 0], [1, 0, 1], [0, 0, 0]]]]))
    tensor([[[[1., 0.],
              [0., 0.]]]])
    """
    return (_blocks(x).sum(2) >= MOST).to(x)


def sizes_of(x: Tensor, halvings: int) -> list[Tensor]:
    """Return images and what they are after one halving, two, ..: `halvings` + 1 tensors."""
    sizes = [x]
    for _ in range(halvings):
        sizes.append(coarser(sizes[-1]))
    return sizes


def _blocks(x: Tensor) -> Tensor:
    """Return the pixels of every block of 2x2 in raster order, (B, 1, 4, H/2, W/2), zero-padded."""
    height, width = x.shape[2:]
    padded = functional.pad(x, (0, width % 2, 0, height % 2))
    return functional.pixel_unshuffle(padded, 2)[:, None]


def _pixels(blocks: Tensor, height: int, width: int) -> Tensor:
    """Return the image (B, 1, H, W) of its blocks: what `_blocks` made them of."""
    return functional.pixel_shuffle(blocks[:, 0], 2)[:, :, :height, :width]


def _before(x: Tensor) -> Tensor:
    """Return how many pixels of its block are on before each pixel, (B, 1, 4, H/2, W/2)."""
    blocks = _blocks(x)
    return blocks.cumsum(2) - blocks


def sure_logits(x: Tensor, coarse: Tensor, real: Tensor) -> Tensor:
    """Return +-`NEVER` where the coarse pixel and the pixels before in its block leave no choice.

    A pixel must be off where its coarse pixel is off and no more than those before it may be on,
    and on where it is on and all that are left are needed; elsewhere the result is 0, (B, 1, H, W).
    Pixels that are 0 in `real`, (1, 1, H, W) or as many as x, may not be on.
    """
    before, may = _before(x), _blocks(real)
    left = may.sum(2, keepdim=True) - may.cumsum(2)  # after the pixel itself
    on = coarse[:, :, None] > 0
    off = ~on & (before + 1 >= MOST)
    needed = on & (before + left < MOST)
    sure = NEVER * (needed.to(x) - off.to(x))
    return _pixels(sure, *x.shape[2:])


def states(x: Tensor, coarse: Tensor) -> Tensor:
    """Return what a pixel's block says of it, (B, STATES, H, W), a map for each case.

    A case is the pixel's place in the block, the pixels on among those before it there, and
    whether the coarse pixel is on.
    """
    before = _before(x).long()
    place = torch.arange(4, device=x.device).view(1, 1, 4, 1, 1)
    case = (4 * place + before) * 2 + (coarse[:, :, None] > 0)
    case = _pixels(case.to(x), *x.shape[2:])
    cases = torch.arange(STATES, device=x.device).view(1, STATES, 1, 1)
    return (case == cases).to(x)
