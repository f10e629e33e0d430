"""Densities of a model's parts: codes in float64, pixels in the model's own precision.

Information is a difference of log-densities of codes that can be a thousand nats each, so means,
scales, flows and mixtures are widened: `encoded` here, and `marginal(encoder).double()`. The
convolutions that compute means and scales from images, and images from codes, say what the model
is, and cost nearly all the time.
"""

import torch
from torch import Tensor, nn

from rdneural.models.build import LatentModel
from rdneural.models.code_distributions import EncoderDistribution

BATCH = 2048
"""Images, or pairs of a code and an image, in a pass of a network."""

CODES = 64
"""Codes of a part of a table."""


@torch.no_grad()
def encoded(model: LatentModel, images: Tensor) -> EncoderDistribution:
    """Return e(z|x) of images (X, 1, side, side) in float64."""
    like = next(model.parameters())
    first, *others = (model.encoder(chunk.to(like)) for chunk in images.split(BATCH))
    every: EncoderDistribution = first.joined(others).double()
    return every


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
