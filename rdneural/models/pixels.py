r"""Likelihoods of a pixel: what a network's numbers for it say of its value.

Values are fractions k / (L - 1) of L levels, k = 0, ..., L - 1; a binary pixel has two. A network
gives each pixel `outputs` numbers, (B, outputs, H, W).
"""

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from rdneural.models.layers import widened
from rdneural.records.likelihoods import levels_of

LEAST_LOG_SCALE = -7.0
"""A scale of a thousandth of the range: narrower ones gain nothing on 256 levels."""


class Pixels(Protocol):
    """A distribution of a pixel's value, given `outputs` numbers."""

    @property
    def outputs(self) -> int:
        """How many numbers a network gives for a pixel."""
        ...

    def log_prob(self, outputs: Tensor, x: Tensor) -> Tensor:
        """Return log-probabilities of pixels x (.., 1, H, W) given outputs (.., C, H, W)."""
        ...

    def sample(self, outputs: Tensor) -> Tensor:
        """Draw pixels (.., 1, H, W) given outputs (.., C, H, W)."""
        ...

    def start(self, mean: float) -> Tensor:
        """Return outputs (C,) to start with, where values are `mean` on average."""
        ...


@dataclass(frozen=True)
class BernoulliPixels:
    """`bernoulli`: one logit for zeros and ones."""

    outputs = 1

    def log_prob(self, outputs: Tensor, x: Tensor) -> Tensor:
        """Return log Bernoulli(x; sigmoid(logit))."""
        logits = widened(outputs)
        logits, x = torch.broadcast_tensors(logits, x.to(logits.dtype))
        return -functional.binary_cross_entropy_with_logits(logits, x, reduction="none")

    def sample(self, outputs: Tensor) -> Tensor:
        """Draw zeros and ones."""
        return torch.bernoulli(widened(outputs).sigmoid())

    def start(self, mean: float) -> Tensor:
        """Return the logit of the mean."""
        return torch.logit(torch.tensor([mean]), eps=1e-3)


@dataclass(frozen=True)
class CategoricalPixels:
    """`categorical:L`: a logit for each of L levels.

    Examples
    --------
    >>> pixels = CategoricalPixels(3)
    >>> round(pixels.log_prob(torch.zeros(3, 1, 1), torch.full((1, 1, 1), 0.5)).exp().item(), 4)
    0.3333
    """

    levels: int

    @property
    def outputs(self) -> int:
        """A logit for each level."""
        return self.levels

    def log_prob(self, outputs: Tensor, x: Tensor) -> Tensor:
        """Return the logarithm of the softmax at a pixel's level."""
        log_p = functional.log_softmax(widened(outputs), -3)
        level = (x * (self.levels - 1)).round().long()
        shape = torch.broadcast_shapes(level.shape[:-3], log_p.shape[:-3])
        return log_p.expand(*shape, *log_p.shape[-3:]).gather(
            -3, level.expand(*shape, *level.shape[-3:])
        )

    def sample(self, outputs: Tensor) -> Tensor:
        """Draw levels."""
        p = widened(outputs).softmax(-3).movedim(-3, -1)
        drawn = torch.multinomial(p.reshape(-1, self.levels), 1).view(p.shape[:-1])
        return drawn.unsqueeze(-3).to(p) / (self.levels - 1)

    def start(self, mean: float) -> Tensor:
        """Return equal logits: all levels are as likely."""
        return torch.zeros(self.levels)


@dataclass(frozen=True)
class LogisticPixels:
    r"""`logistic:L`: a logistic distribution cut into L bins, the tails in the end bins.

    With location mu and scale s, level k / (L - 1) has sigmoid(u) - sigmoid(v), u and v being the
    ends of its bin, (k +- 1/2) / (L - 1), less mu, over s; its logarithm is

        log sigmoid(u) + log sigmoid(-v) + log(1 - exp(v - u)).

    Source: Salimans, Karpathy, Chen and Kingma, *PixelCNN++* (ICLR 2017), equation 2, for one
    component.
    """

    levels: int
    outputs = 2

    def log_prob(self, outputs: Tensor, x: Tensor) -> Tensor:
        """Return the logarithm of the mass of a pixel's bin."""
        mean, log_scale = self._parameters(outputs)
        half = 0.5 / (self.levels - 1)
        x = x.to(mean.dtype)
        u, v = (x + half - mean) / log_scale.exp(), (x - half - mean) / log_scale.exp()
        above = torch.where(x > 1 - half, torch.zeros_like(u), functional.logsigmoid(u))
        below = torch.where(x < half, torch.zeros_like(v), functional.logsigmoid(-v))
        width = torch.log(-torch.expm1(-2 * half / log_scale.exp()))
        inner = (x >= half) & (x <= 1 - half)
        return above + below + torch.where(inner, width.expand_as(u), torch.zeros_like(u))

    def sample(self, outputs: Tensor) -> Tensor:
        """Draw levels."""
        mean, log_scale = self._parameters(outputs)
        uniform = torch.rand_like(mean).clamp(1e-6, 1 - 1e-6)
        drawn = mean + log_scale.exp() * torch.logit(uniform)
        return (drawn.clamp(0, 1) * (self.levels - 1)).round() / (self.levels - 1)

    def start(self, mean: float) -> Tensor:
        """Return the mean, and a scale as wide as the range allows."""
        return torch.tensor([mean, math.log(0.2)])

    def _parameters(self, outputs: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_scale = widened(outputs).split(1, -3)
        return mean, log_scale.clamp_min(LEAST_LOG_SCALE)


@dataclass(frozen=True)
class NormalPixels:
    """`normal`: a density of real numbers, with a mean and a scale for each pixel.

    It has no probabilities: D is differential, may be negative, and depends on the unit.
    """

    outputs = 2

    def log_prob(self, outputs: Tensor, x: Tensor) -> Tensor:
        """Return the log-density at a pixel's value."""
        mean, log_scale = self._parameters(outputs)
        z = (x.to(mean.dtype) - mean) / log_scale.exp()
        return -0.5 * z.square() - log_scale - 0.5 * math.log(2 * math.pi)

    def sample(self, outputs: Tensor) -> Tensor:
        """Draw real numbers."""
        mean, log_scale = self._parameters(outputs)
        return mean + log_scale.exp() * torch.randn_like(mean)

    def start(self, mean: float) -> Tensor:
        """Return the mean, and a scale of a third of the range."""
        return torch.tensor([mean, math.log(0.3)])

    def _parameters(self, outputs: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_scale = widened(outputs).split(1, -3)
        return mean, log_scale.clamp_min(LEAST_LOG_SCALE)


def pixels_of(likelihood: str) -> Pixels:
    """Return the likelihood of a name: `bernoulli`, `categorical:L`, `logistic:L`, `normal`.

    Examples
    --------
    >>> pixels_of("logistic:16")
    LogisticPixels(levels=16)
    """
    kind, levels = likelihood.partition(":")[0], levels_of(likelihood)
    made: dict[str, Pixels] = {
        "bernoulli": BernoulliPixels(), "categorical": CategoricalPixels(levels),
        "logistic": LogisticPixels(levels), "normal": NormalPixels(),
    }  # fmt: skip
    return made[kind]
