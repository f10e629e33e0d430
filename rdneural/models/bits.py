r"""`bits-:K` and `bits+:K`: K learned bits with an autoregressive marginal.

e(z|x) is K independent bits whose logits a network makes of the image, m(z) = prod_i m(z_i | z_1 ..
z_{i-1}) is a MADE, and d(x|z) is one of the paper's two decoders. Rate and distortion are sums and
not integrals, so a rate of K log 2 nats cannot be exceeded but by a bad marginal; training for a
rate works as it does for the twelve families. The gradients of
bits are those of `rdneural.models.discrete_codes.BernoulliCodes`.

The idea of a discrete code with an autoregressive marginal is that of van den Oord et al., *Neural
discrete representation learning* (NeurIPS 2017); here the encoder is a distribution, so that R and
D are a model's own and any beta has a meaning.
"""

from copy import deepcopy
from dataclasses import replace

import torch
from torch import Tensor, nn

from rdneural.models.decoders import DECODERS
from rdneural.models.discrete_codes import AutoregressiveCodes, BernoulliCodes
from rdneural.models.encoders import image_network
from rdneural.models.latent import LatentModel
from rdneural.models.layers import MADE, keep_variance, widened
from rdneural.models.marginals import Marginal
from rdneural.models.pixel_distributions import ImageDistribution
from rdneural.records.sizes import Sizes

SURE = 2.0
"""Spread of the logits at the start: coin flips are slow to be of use, sure bits to turn."""


class BitsEncoder(nn.Module):
    """The paper's convolutions, then the logits of the bits.

    `log_spread` makes all bits more or less random, and is set once, when training for a rate is
    over (`rdneural.training.settling`).
    """

    log_spread: Tensor

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.network = image_network(sizes)
        self.logits = nn.Linear(sizes.top_features, sizes.dim)
        keep_variance(self.logits, gain=SURE)
        self.register_buffer("log_spread", torch.zeros(()))

    def forward(self, x: Tensor) -> BernoulliCodes:
        """Return the distribution of codes of images (B, 1, side, side) in [0, 1]."""
        logits = widened(self.logits(self.network(2 * x - 1)))
        return BernoulliCodes(logits * torch.exp(-self.log_spread))


class BitsDecoder(nn.Module):
    """One of the paper's decoders, which sees bits as -1 and 1."""

    def __init__(self, decoder: str, sizes: Sizes) -> None:
        super().__init__()
        self.images = DECODERS[decoder](sizes)

    def start_at(self, mean: float) -> None:
        """Let every pixel start at about probability `mean`."""
        self.images.start_at(mean)

    def forward(self, z: Tensor) -> ImageDistribution:
        """Return the distribution of images given codes (B, K)."""
        return self.images(2 * z - 1)


class BitsMarginal(Marginal, nn.Module):
    """Bits in turn, each given those before it: a MADE."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.made = MADE(sizes.dim, sizes.made_hidden)

    def forward(self, encoder: nn.Module) -> AutoregressiveCodes:
        """Return the distribution of codes; the encoder has no part in it."""
        return _in_turn(self.made)


def _in_turn(made: MADE) -> AutoregressiveCodes:
    like = next(made.parameters())
    return AutoregressiveCodes(
        lambda z: made(2 * z.to(like) - 1), like.new_zeros(made.size),
        lambda: _in_turn(deepcopy(made).double()),
    )  # fmt: skip


class BitsModel(LatentModel):
    """The model of `bits-:K` or `bits+:K` (see above).

    Examples
    --------
    >>> from rdneural.records.sizes import SIZES
    >>> model = BitsModel("bits-:6", SIZES["tiny"], "-", 6)
    >>> model.encode(torch.ones(3, 1, 4, 4))[0].shape
    torch.Size([3, 6])
    """

    def __init__(self, family: str, sizes: Sizes, decoder: str, bits: int) -> None:
        of_bits = replace(sizes, dim=bits)
        parts = BitsEncoder(of_bits), BitsDecoder(decoder, of_bits), BitsMarginal(of_bits)
        super().__init__(family, sizes, parts)
