"""Encoders e(z|x): networks from images to distributions of codes."""

from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from rdneural.models.code_distributions import (
    DiagonalNormal,
    EncoderDistribution,
    InverseFlow,
    flowed,
)
from rdneural.models.layers import MADE, Gated, gated_blocks, widened
from rdneural.models.refinement import BUFFER, refined
from rdneural.records.sizes import Sizes

LEAST_SCALE = 1e-4
"""Added to every scale, so that no code costs infinitely many nats."""


def image_network(sizes: Sizes) -> nn.Sequential:
    """Return the gated convolutions from images (B, 1, side, side) in [-1, 1] to (B, top)."""
    f, g, top = sizes.features, sizes.deep_features, sizes.top_features
    if sizes.patched:
        layers: list[nn.Module] = [
            nn.PixelUnshuffle(2),
            Gated(lambda: nn.Conv2d(4, f, 3, padding=1)),  # (B, f, side/2, side/2)
            Gated(lambda: nn.Conv2d(f, g, 5, stride=2, padding=2)),
        ]
    else:
        layers = [
            Gated(lambda: nn.Conv2d(1, f, 5, padding=2)),  # (B, f, side, side)
            Gated(lambda: nn.Conv2d(f, f, 5, stride=2, padding=2)),
            Gated(lambda: nn.Conv2d(f, g, 5, padding=2)),  # (B, g, side/2, side/2)
            Gated(lambda: nn.Conv2d(g, g, 5, stride=2, padding=2)),
        ]
    layers += gated_blocks(g, sizes.encoder_blocks)  # (B, g, side/4, side/4)
    narrow = sizes.narrow or g
    if sizes.narrow:
        layers.append(nn.Conv2d(g, narrow, 1))
    return nn.Sequential(
        *layers,  # (B, narrow, side/4, side/4)
        nn.Flatten(),
        # a "valid" convolution of as many pixels as there are is a matrix product
        Gated(lambda: nn.Linear(narrow * (sizes.side // 4) ** 2, top)),  # (B, top)
    )


class NormalEncoder(nn.Module):
    """`-`: gated convolutions, then the mean and the softplus scale of a diagonal normal.

    `log_spread` and `refinement` are no weights of the network, and are set once, when training is
    over (`rdneural.training.settling`): the one widens or narrows every scale alike, the other are
    the steps, the rate and the slope with which means are refined (`rdneural.models.refinement`) by
    `guide`, the encoder, decoder and marginal of the model.
    """

    log_spread: Tensor
    refinement: Tensor
    guide: tuple[Any, ...] = ()

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.network = image_network(sizes)
        top = sizes.top_features
        self.mean = nn.Linear(top, sizes.dim)
        self.scale = nn.Linear(top, sizes.dim)
        self.register_buffer("log_spread", torch.zeros(()))
        self.register_buffer(BUFFER, torch.zeros(3))

    def forward(self, x: Tensor) -> DiagonalNormal:
        """Return the distribution of codes of images (B, 1, side, side) in [0, 1]."""
        trained = self.trained(x)
        if self.guide and not self.training:  # training moves what they would ask
            trained = self._refined(trained, x)
        return DiagonalNormal(trained.mean, trained.scale * self.log_spread.exp())

    @property
    def normal(self) -> "NormalEncoder":
        """The encoder without a flow: itself."""
        return self

    def _refined(self, trained: DiagonalNormal, x: Tensor) -> DiagonalNormal:
        steps, rate, beta = self.refinement.tolist()
        if not steps * rate:
            return trained
        encoder, decoder, marginal = self.guide
        with torch.inference_mode(False), torch.no_grad():
            m = marginal(encoder)

        def log_joint(start: Tensor, images: Tensor) -> Tensor:
            z = encoder.flowed(start)
            log_d, log_m = decoder(z).log_prob(images), m.log_prob(z)
            return log_d / beta + log_m

        return refined(trained, x, log_joint, steps=int(steps), rate=rate)

    def flowed(self, start: Tensor) -> Tensor:
        """Return the codes that draws of the normal are: themselves."""
        return start

    def trained(self, x: Tensor) -> DiagonalNormal:
        """Return the distribution as training left it, before `refinement` and `log_spread`."""
        h = self.network(2 * x - 1)
        scale = functional.softplus(widened(self.scale(h))) + LEAST_SCALE
        return DiagonalNormal(widened(self.mean(h)), scale)


class FlowEncoder(nn.Module):
    """`+`: the normal encoder, followed by steps of mean-only inverse autoregressive flow."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.normal = NormalEncoder(sizes)
        self.steps = flow_steps(sizes)

    def forward(self, x: Tensor) -> InverseFlow:
        """Return the distribution of codes of images (B, 1, side, side) in [0, 1]."""
        return InverseFlow(self.normal(x), list(self.steps))  # type: ignore[arg-type]

    def flowed(self, start: Tensor) -> Tensor:
        """Return the codes that draws of the normal (..., dim) become."""
        return flowed(list(self.steps), start)  # type: ignore[arg-type]

    @property
    def log_spread(self) -> Tensor:
        """That of the normal encoder."""
        return self.normal.log_spread


def flow_steps(sizes: Sizes) -> nn.ModuleList:
    """Return the MADEs of a flow, whose orders alternate."""
    return nn.ModuleList(
        MADE(sizes.dim, sizes.made_hidden, backwards=k % 2 == 1) for k in range(sizes.flow_steps)
    )


def spread_of(encoder: nn.Module) -> Tensor | None:
    """Return the number that widens an encoder's distributions, None where it has none.

    An encoder has one that keeps a single real number as `log_spread`.
    """
    spread = getattr(encoder, "log_spread", None)
    if not isinstance(spread, Tensor) or spread.numel() != 1 or not spread.is_floating_point():
        return None
    return spread


def refinement_of(encoder: nn.Module) -> Tensor | None:
    """Return the steps, rate and slope of an encoder's refinement, None where it can have none."""
    found = getattr(getattr(encoder, "normal", None), BUFFER, None)
    return found if isinstance(found, Tensor) else None


class Normals(Protocol):
    """An encoder, or the part of one, whose distributions are diagonal normals."""

    def trained(self, x: Tensor) -> DiagonalNormal:
        """Return the distribution as training left it."""
        ...


def normal_of(encoder: nn.Module) -> Normals:
    """Return the normal part of an encoder: itself, or what its flow starts from."""
    normal: Normals = encoder.normal  # type: ignore[assignment]
    return normal


ENCODERS: dict[str, type[NormalEncoder] | type[FlowEncoder]] = {
    "-": NormalEncoder,
    "+": FlowEncoder,
}

__all__ = ["ENCODERS", "EncoderDistribution", "FlowEncoder", "NormalEncoder", "flow_steps"]
