"""Parts of models as users write them, for tests."""

import torch
from torch import Tensor, distributions, nn
from torch.nn import functional

from rdneural.models.own_parts import named_part
from rdneural.records.names import own_parts_of
from rdneural.records.sizes import Sizes


class Codes(nn.Module):
    """An encoder of whatever images there are, to three dimensions."""

    def __init__(self) -> None:
        super().__init__()
        self.network = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4, 6))

    def forward(self, x: Tensor) -> distributions.Distribution:
        """Return normals of three dimensions."""
        mean, scale = self.network(x).chunk(2, -1)
        normal = distributions.Normal(mean, functional.softplus(scale) + 1e-3)
        return distributions.Independent(normal, 1)


class Pixels(nn.Module):
    """A decoder to independent pixels."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.shape = sizes.shape
        self.network = nn.Linear(sizes.dim, sizes.pixels)

    def forward(self, z: Tensor) -> distributions.Distribution:
        """Return Bernoulli pixels."""
        logits = self.network(z).view(-1, 1, *self.shape)
        return distributions.Independent(distributions.Bernoulli(logits=logits), 3)


class Mixture(nn.Module):
    """A marginal of five normals."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.means = nn.Parameter(torch.randn(5, sizes.dim))
        self.logits = nn.Parameter(torch.zeros(5))

    def forward(self) -> distributions.Distribution:
        """Return the mixture."""
        normal = distributions.Normal(self.means, torch.ones_like(self.means))
        return distributions.MixtureSameFamily(
            distributions.Categorical(logits=self.logits), distributions.Independent(normal, 1)
        )


def named(model: str) -> dict[str, str]:
    """Return where the own parts of a model such as `o+v` are: those above."""
    parts = {"encoder": Codes, "decoder": Pixels, "marginal": Mixture}
    return {part: named_part(part, parts[part]) for part in own_parts_of(model)}
