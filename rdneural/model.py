"""A model is an encoder, a decoder and a marginal, named as in the paper: `-+v`."""

from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor, nn

from rdneural.decoders import DECODERS
from rdneural.encoders import ENCODERS
from rdneural.marginals import MARGINALS, VampPrior
from rdneural.sizes import Sizes

FAMILIES = tuple("".join(parts) for parts in product(ENCODERS, DECODERS, MARGINALS))
"""Names of the twelve families: encoder, decoder, marginal."""


@dataclass(frozen=True)
class Terms:
    """One-sample estimates of each image's rate and distortion, (B,) each, in nats.

    `rate` is log e(z|x) - log m(z) and `distortion` is -log d(x|z), at one z drawn from e(z|x)
    (Alemi et al. 2018, equations 3 and 4).
    """

    rate: Tensor
    distortion: Tensor


class LatentModel(nn.Module):
    """Encoder, decoder and marginal together.

    Examples
    --------
    >>> import torch
    >>> from rdneural.sizes import SIZES
    >>> model = build_model("-+v", SIZES["tiny"])
    >>> terms = model(torch.zeros(3, 1, 4, 4))
    >>> terms.rate.shape, terms.distortion.shape
    (torch.Size([3]), torch.Size([3]))
    """

    def __init__(self, family: str, sizes: Sizes) -> None:
        super().__init__()
        encoder, decoder, marginal = tuple(check_family(family))
        self.family, self.sizes = family, sizes
        self.encoder = ENCODERS[encoder](sizes)
        self.decoder = DECODERS[decoder](sizes)
        self.marginal = MARGINALS[marginal](sizes)

    def forward(self, x: Tensor, noise: Tensor | None = None) -> Terms:
        """Return rate and distortion of images (B, 1, side, side), each at one code of its own.

        Codes are drawn, or made of `noise`, standard normal numbers (B, dim).
        """
        z, rate = self.encode(x) if noise is None else self.encode(x, noise)
        return Terms(rate=rate, distortion=-self.decoder(z).log_prob(x))

    def encode(self, x: Tensor, noise: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return a code of each image, (B, dim), and the rate at it, (B,)."""
        draw = self.encoder(x).rsample_with_log_prob
        z, log_e = draw() if noise is None else draw(noise)
        return z, log_e - self.marginal(self.encoder).log_prob(z)

    def start_at(self, images: Tensor) -> None:
        """Take what the data tell of good starting values: mean pixel, pseudo-inputs."""
        self.decoder.start_at(images.mean().item())
        if isinstance(self.marginal, VampPrior):
            count = self.sizes.pseudo_inputs
            picked = torch.randint(len(images), (count,), device=images.device)
            self.marginal.start_at(images[picked])

    def size(self) -> int:
        """Return the number of trained numbers."""
        return sum(parameter.numel() for parameter in self.parameters())


def build_model(family: str, sizes: Sizes) -> LatentModel:
    """Return a model of a family, with channels last in memory, as convolutions like it."""
    model = LatentModel(family, sizes)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return model


def check_family(family: str) -> str:
    """Return the name of a family, or raise `ValueError`."""
    if family not in FAMILIES:
        raise ValueError(f"model must be one of {', '.join(FAMILIES)}, got {family!r}")
    return family
