"""Distributions of discrete codes: of fixed maps, of independent bits, of bits in turn.

Codes are rows of zeros and ones, (..., size); their log-probabilities are nats. What cannot happen
has a log-probability of -`NEVER` for each bit that is wrong: its probability is zero in floating
point, and a table of such numbers has no infinities. What the methods are is said in
`rdneural.models.code_distributions`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor
from torch.nn import functional

from rdneural.models.frames import NEVER
from rdneural.models.layers import widened


@dataclass(frozen=True)
class PointCodes:
    """A fixed code for each of a batch, (B, size): no choice and so no entropy.

    Examples
    --------
    >>> codes = PointCodes(torch.tensor([[0.0, 1.0], [1.0, 1.0]]))
    >>> codes.pairwise_log_prob(torch.tensor([[1.0, 1.0]])).exp()
    tensor([[0., 1.]])
    """

    z: Tensor

    def log_prob(self, z: Tensor) -> Tensor:
        """Return 0 for the code itself, and what never happens for another."""
        return -NEVER * (z - self.z).abs().sum(-1)

    def pairwise_log_prob(self, z: Tensor) -> Tensor:
        """Return the log-probability of codes (S, size) under each of the batch, as (S, B)."""
        wrong = z.sum(-1, keepdim=True) + self.z.sum(-1) - 2 * z @ self.z.T
        return -NEVER * wrong.clamp_min(0)

    def rsample_with_log_prob(self, noise: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the codes, and that they are certain; there is nothing to draw."""
        return self.z, torch.zeros_like(self.z[..., :1]).sum(-1)

    def sample(self, count: int) -> Tensor:
        """Return each code `count` times, (count, B, size)."""
        return self.z.expand(count, *self.z.shape)

    def picked(self, indices: Tensor) -> "PointCodes":
        """Return the batch of the codes with these indices."""
        return PointCodes(self.z[indices])

    def joined(self, others: Sequence["PointCodes"]) -> "PointCodes":
        """Return the batch of these codes and then those of others."""
        return PointCodes(torch.cat([self.z, *(other.z for other in others)]))

    def double(self) -> "PointCodes":
        """Return the same codes in float64."""
        return PointCodes(self.z.double())

    def mode(self) -> Tensor:
        """Return the codes."""
        return self.z


@dataclass(frozen=True)
class BernoulliCodes:
    r"""Independent bits with the given logits (B, size).

    A function f of a drawn bit b with probability p is given the gradient |b - p| / 2 f'(b) with
    respect to the bit's logit. Its mean over b is

        p (1 - p) (f'(0) + f'(1)) / 2,

    where the gradient of the mean of f is p (1 - p) (f(1) - f(0)): the difference by the trapezoid
    rule, exact where f is quadratic in each bit. (Passing gradients straight through has
    p f'(1) + (1 - p) f'(0) in place of the mean of the two, exact for linear f alone.) The gradient
    of log e(z|x) at a draw is that of minus the entropy, exactly.

    Source: Liu, Dong, Liu, Yu and Gao, *Bridging discrete and backpropagation: straight-through and
    beyond* (NeurIPS 2023, arXiv 2304.08612), whose ReinMax this is for bits.
    """

    logits: Tensor

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log-probability of z."""
        return (z * self.logits - functional.softplus(self.logits)).sum(-1)

    def pairwise_log_prob(self, z: Tensor) -> Tensor:
        """Return the log-probability of codes (S, size) under each of the batch, as (S, B)."""
        return z @ self.logits.T - functional.softplus(self.logits).sum(-1)

    def rsample_with_log_prob(self, noise: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Draw one code from each of the batch; return it and its log-probability.

        `noise`, standard normal numbers (B, size), takes the place of what is drawn.
        """
        p = torch.sigmoid(self.logits)
        uniform = torch.rand_like(p) if noise is None else torch.special.ndtr(noise)
        drawn, fixed = (uniform < p).to(p), self.logits.detach()
        z = drawn + 0.5 * (drawn - p.detach()).abs() * (self.logits - fixed)
        entropic = drawn + (p - p.detach())  # the rest of the gradient has mean zero
        return z, (entropic * fixed - functional.softplus(fixed)).sum(-1)

    @torch.no_grad()
    def sample(self, count: int) -> Tensor:
        """Draw `count` codes from each of the batch, (count, B, size)."""
        return torch.bernoulli(torch.sigmoid(self.logits).expand(count, *self.logits.shape))

    def picked(self, indices: Tensor) -> "BernoulliCodes":
        """Return the batch of the distributions with these indices."""
        return BernoulliCodes(self.logits[indices])

    def joined(self, others: Sequence["BernoulliCodes"]) -> "BernoulliCodes":
        """Return the batch of these distributions and then those of others."""
        return BernoulliCodes(torch.cat([self.logits, *(other.logits for other in others)]))

    def double(self) -> "BernoulliCodes":
        """Return the same distributions in float64."""
        return BernoulliCodes(self.logits.double())

    def mode(self) -> Tensor:
        """Return the likelier value of every bit."""
        return (self.logits > 0).to(self.logits)


@dataclass(frozen=True)
class AutoregressiveCodes:
    """Bits in turn, each given those before it; `logits_of(z)` (..., size) are those of all."""

    logits_of: Callable[[Tensor], Tensor]
    like: Tensor  # a code, for its size, precision and device
    in_double: Callable[[], Self] | None = None  # where it is not a network of pixels
    drawn: Callable[[int], Tensor] | None = None  # draws so many, where there is a quicker way

    def double(self) -> Self:
        """Return the same distribution in float64, if it can be: a network of pixels stays."""
        return self if self.in_double is None else self.in_double()

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log-probability of codes, in one pass."""
        logits = widened(self.logits_of(z))
        return (z * logits - functional.softplus(logits)).sum(-1)

    @torch.no_grad()
    def sample(self, count: int) -> Tensor:
        """Draw `count` codes, (count, size); needs a pass for every bit."""
        if self.drawn is not None:
            return self.drawn(count)
        z = self.like.new_zeros(count, *self.like.shape)
        for bit in range(z.shape[-1]):
            z[:, bit] = torch.bernoulli(widened(self.logits_of(z))[:, bit].sigmoid())
        return z
