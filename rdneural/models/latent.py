"""What every model is: encoder, decoder and marginal, whose terms are rate and distortion."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from rdneural.models.decoders import DECODERS
from rdneural.models.encoders import ENCODERS, FlowEncoder, NormalEncoder
from rdneural.models.marginals import MARGINALS
from rdneural.models.own_modules import own_parts
from rdneural.records.sizes import Sizes

Parts = tuple[nn.Module, nn.Module, Callable[[nn.Module], Any]]
"""Encoder, decoder and marginal; a marginal may have its weights from another part."""


@dataclass(frozen=True)
class Terms:
    """One-sample estimates of each image's rate and distortion, (B,) each, in nats.

    `rate` is log e(z|x) - log m(z) and `distortion` is -log d(x|z), at one z drawn from e(z|x)
    (Alemi et al. 2018, arXiv:1711.00464, equations 5 and 4).
    """

    rate: Tensor
    distortion: Tensor


class LatentModel(nn.Module):
    """Encoder, decoder and marginal together.

    Parameters
    ----------
    family, sizes
        name and sizes of the model.
    parts
        encoder, decoder and marginal, where they are not those of one of the twelve families.

    Examples
    --------
    >>> import torch
    >>> from rdneural.records.sizes import SIZES
    >>> model = LatentModel("-+v", SIZES["tiny"])
    >>> terms = model(torch.zeros(3, 1, 4, 4))
    >>> terms.rate.shape, terms.distortion.shape
    (torch.Size([3]), torch.Size([3]))
    """

    encoder: Any
    decoder: Any
    marginal: Any

    def __init__(self, family: str, sizes: Sizes, parts: Parts | None = None) -> None:
        super().__init__()
        self.family, self.sizes = family, sizes
        self.encoder, self.decoder, self.marginal = parts or _parts_of(family, sizes)
        if isinstance(self.encoder, NormalEncoder | FlowEncoder):
            self.encoder.normal.guide = (self.encoder, self.decoder, self.marginal)

    @classmethod
    def of_own_parts(cls, family: str, sizes: Sizes, given: Mapping[str, str]) -> "LatentModel":
        """Return a model such as `o+v`, of which some parts are not ours.

        Its codes have the dimension of an own encoder's. Raises as
        `rdneural.models.own_modules.own_parts` does.
        """
        ours: Mapping[str, Mapping[str, Callable[..., nn.Module]]] = {
            "encoder": ENCODERS,
            "decoder": DECODERS,
            "marginal": MARGINALS,
        }
        sizes, parts = own_parts(family, sizes, given, ours)
        return cls(family, sizes, parts)

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

    def at(self, beta: float) -> "LatentModel":
        """Return the model at a slope: itself, which has one."""
        return self

    def start_at(self, images: Tensor) -> None:
        """Take what the data tell of good starting values: mean pixel, pseudo-inputs."""
        self.decoder.start_at(images.mean().item())
        self.marginal.start_at(images)

    @property
    def differential(self) -> bool:
        """Whether the decoder has densities of pixels: D may then be negative."""
        return bool(getattr(self.decoder, "differential", False))

    def size(self) -> int:
        """Return the number of trained numbers."""
        return sum(parameter.numel() for parameter in self.parameters())


def _parts_of(family: str, sizes: Sizes) -> Parts:
    encoder, decoder, marginal = tuple(family)
    return ENCODERS[encoder](sizes), DECODERS[decoder](sizes), MARGINALS[marginal](sizes)
