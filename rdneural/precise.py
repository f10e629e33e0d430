"""Codes in float64, pixels in the model's own precision.

Information is a difference of log-densities of codes that can be a thousand nats each; the
log-probability of an image is a sum of few terms, and costs most of the time.
"""

from copy import deepcopy

import torch
from torch import Tensor, nn

from rdneural.model import LatentModel

BATCH = 2048
"""Pairs of a code and an image in a pass of a decoder."""


def precise(model: LatentModel) -> LatentModel:
    """Return a copy of a model whose codes and their densities are computed in float64.

    The decoder stays in its own precision, so the copy itself cannot be called: see
    `decoder_log_prob`.
    """
    copy = deepcopy(model).eval()
    copy.encoder.double()
    copy.marginal.double()
    return copy


@torch.no_grad()
def decoder_log_prob(decoder: nn.Module, z: Tensor, images: Tensor) -> Tensor:
    """Return log d(x|z) of pairs of a code (S, dim) and an image, as (S,) float64."""
    like = next(decoder.parameters())
    parts = [
        decoder(codes.to(like)).log_prob(x.to(like))
        for codes, x in zip(z.split(BATCH), images.split(BATCH), strict=True)
    ]
    return torch.cat(parts).double()


@torch.no_grad()
def decoder_table(decoder: nn.Module, z: Tensor, images: Tensor) -> Tensor:
    """Return log d(x|z) of every code (M, dim) and every image (N, ...), as (M, N) float64."""
    like = next(decoder.parameters())
    images = images.to(like)
    rows = [decoder(codes.to(like)).pairwise_log_prob(images).double() for codes in z.split(CODES)]
    return torch.cat(rows)


CODES = 64
"""Codes of a part of a table."""
