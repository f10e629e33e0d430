"""Codes in float64, pixels in the model's own precision.

Information is a difference of log-densities of codes that can be a thousand nats each, so means,
scales and flows are widened. The convolutions that compute means and scales from images, and images
from codes, say what the model is, and cost nearly all the time.
"""

from copy import deepcopy

import torch
from torch import Tensor, nn

from rdneural.models.bits import BitsModel
from rdneural.models.build import LatentModel
from rdneural.models.coarse import CoarseModel
from rdneural.models.code_distributions import DiagonalNormal, EncoderDistribution, NormalMixture
from rdneural.models.discrete_codes import BernoulliCodes, PointCodes
from rdneural.models.encoders import normal_of
from rdneural.models.layers import MADE
from rdneural.models.marginals import FlowMarginal, StandardNormal, VampPrior
from rdneural.models.split import SplitModel

BATCH = 2048
"""Images, or pairs of a code and an image, in a pass of a network."""


def precise(model: LatentModel) -> LatentModel:
    """Return a copy of a model whose flows and marginal compute in float64.

    It cannot be called itself: `encoded` encodes images, `decoder_log_prob` decodes codes, and its
    marginal takes codes in float64.
    """
    copy = deepcopy(model).eval()
    for part in copy.modules():
        if isinstance(part, MADE | StandardNormal | FlowMarginal):
            part.double()
    if isinstance(copy.marginal, VampPrior):
        copy.marginal = WidenedMixture(copy.marginal)
    return copy


class WidenedMixture(nn.Module):
    """A VampPrior whose mixture is in float64."""

    def __init__(self, marginal: VampPrior) -> None:
        super().__init__()
        self.narrow = marginal

    def forward(self, encoder: nn.Module) -> NormalMixture:
        """Return the mixture for the encoder as it is."""
        mixture = self.narrow(encoder)
        components = mixture.components
        wide = DiagonalNormal(components.mean.double(), components.scale.double())
        return NormalMixture(mixture.log_weights.double(), wide)


@torch.no_grad()
def encoded(model: LatentModel, images: Tensor) -> EncoderDistribution:
    """Return e(z|x) of images (X, 1, side, side) in float64, of a model that is `precise`."""
    if isinstance(model, SplitModel | CoarseModel):  # their encoders have no weights
        return PointCodes(model.encoder(images.double()).z)
    if isinstance(model, BitsModel):
        like = next(model.encoder.parameters())
        bits = [model.encoder(chunk.to(like)).logits for chunk in images.split(BATCH)]
        return BernoulliCodes(torch.cat(bits).double())
    normal = normal_of(model.encoder)
    like = next(normal.parameters())
    parts = [normal(chunk.to(like)) for chunk in images.split(BATCH)]
    mean, scale = torch.cat([p.mean for p in parts]), torch.cat([p.scale for p in parts])
    return model.encoder.of_normal(DiagonalNormal(mean.double(), scale.double()))


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
