"""Marginals m(z): what the aggregated posterior is held against."""

import torch
from torch import Tensor, nn

from rdneural.models.code_distributions import (
    AutoregressiveFlow,
    DiagonalNormal,
    MarginalDistribution,
    NormalMixture,
)
from rdneural.models.encoders import flow_steps, normal_of
from rdneural.records.sizes import Sizes


class Marginal:
    """What every marginal has; those of discrete codes are beside their decoders."""

    def start_at(self, images: Tensor) -> None:
        """Take what images tell of good starting values: nothing."""


class StandardNormal(Marginal, nn.Module):
    """`-`: N(0, I)."""

    zeros: Tensor

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.register_buffer("zeros", torch.zeros(sizes.dim), persistent=False)

    def forward(self, encoder: nn.Module) -> MarginalDistribution:
        """Return N(0, I); the encoder has no part in it."""
        return DiagonalNormal(self.zeros, torch.ones_like(self.zeros))


class FlowMarginal(Marginal, nn.Module):
    """`+`: steps of mean-only masked autoregressive flow of N(0, I)."""

    zeros: Tensor

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.register_buffer("zeros", torch.zeros(sizes.dim), persistent=False)
        self.steps = flow_steps(sizes)

    def forward(self, encoder: nn.Module) -> MarginalDistribution:
        """Return the flow's distribution; the encoder has no part in it."""
        return AutoregressiveFlow(list(self.steps), self.zeros)  # type: ignore[arg-type]


class VampPrior(Marginal, nn.Module):
    """`v`: mixture of the encoder's normals at learned pseudo-inputs (Tomczak and Welling 2017).

    The weights are a learned softmax. Of a `+` encoder the normals before the flow are mixed: its
    flow is the same for every image, so mixing after it would undo it.
    """

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        shape = (sizes.pseudo_inputs, 1, sizes.side, sizes.side)
        self.pseudo_inputs = nn.Parameter(torch.rand(shape))
        self.logits = nn.Parameter(torch.zeros(sizes.pseudo_inputs))

    @torch.no_grad()
    def start_at(self, images: Tensor) -> None:
        """Let the pseudo-inputs start at some of the images (N, 1, side, side), softened."""
        picked = torch.randint(len(images), (len(self.pseudo_inputs),), device=images.device)
        self.pseudo_inputs.copy_(0.1 + 0.8 * images[picked])

    def forward(self, encoder: nn.Module) -> MarginalDistribution:
        """Return the mixture for the encoder as it is now."""
        components = normal_of(encoder).trained(self.pseudo_inputs.clamp(0, 1))
        return NormalMixture(torch.log_softmax(self.logits, 0), components)


MARGINALS: dict[str, type[StandardNormal] | type[FlowMarginal] | type[VampPrior]] = {
    "-": StandardNormal,
    "+": FlowMarginal,
    "v": VampPrior,
}
