"""Distributions of codes: what encoders and marginals return.

Each has `log_prob`, `sample` and `rsample_with_log_prob` (a draw with its log-density in one pass,
which is what a flow is fast at). What encoders return also has `pairwise_log_prob`, every code
under every image's distribution, of which aggregated posteriors are made. Codes are rows of
(..., dim) tensors, log-densities are nats in float32 at least, whatever the precision of the
networks. `double` is the same distribution with codes in float64: the networks of a flow are
copied and widened, what networks of images and pixels have computed is not computed anew.
"""

import math
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, Self

import torch
from torch import Tensor

from rdneural.models.layers import MADE, widened

LOG_TWO_PI = math.log(2 * math.pi)


class CodeDistribution(Protocol):
    """A distribution over codes, or a batch of them."""

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log-density of codes (..., dim), as (...)."""
        ...

    def sample(self, count: int) -> Tensor:
        """Draw codes without gradient, (count, *batch, dim)."""
        ...


class MarginalDistribution(CodeDistribution, Protocol):
    """A distribution that is also known in float64."""

    def double(self) -> "MarginalDistribution":
        """Return the same distribution, with codes in float64."""
        ...


class EncoderDistribution(CodeDistribution, Protocol):
    """A distribution that also draws codes that gradients flow through."""

    def rsample_with_log_prob(self, noise: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Draw one code from each of the batch; return it and its log-density.

        The code is made of `noise`, standard normal numbers (B, dim), where they are given.
        """
        ...

    def pairwise_log_prob(self, z: Tensor) -> Tensor:
        """Return the log-density of codes (S, dim) under each of the batch (B, dim), as (S, B)."""
        ...

    def picked(self, indices: Tensor) -> Self:
        """Return the batch of the distributions with these indices."""
        ...

    def joined(self, others: Sequence[Self]) -> Self:
        """Return the batch of this one's distributions and then those of others."""
        ...

    def double(self) -> Self:
        """Return the same distributions, with codes in float64."""
        ...

    def mode(self) -> Tensor:
        """Return the code of greatest density of each of the batch."""
        ...


@dataclass(frozen=True)
class DiagonalNormal:
    """Normal of independent coordinates, or a batch of them: `mean` and `scale` (..., dim)."""

    mean: Tensor
    scale: Tensor

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log-density of z."""
        return self._of_noise((z - self.mean) / self.scale)

    def pairwise_log_prob(self, z: Tensor) -> Tensor:
        """Return the log-density of codes (S, dim) under each of the batch (B, dim), as (S, B).

        The square of (z - mean) / scale is multiplied out, so that it is a matrix product of
        2 dim columns; codes and means are taken relative to the batch's mean, since what cancels
        there is the square of that distance in scales, times the spacing of floats: use float64.
        """
        centre, constant, columns = self._multiplied_out
        z = z - centre
        return torch.addmm(constant, torch.cat([z.square(), z], -1), columns)

    @cached_property
    def _multiplied_out(self) -> tuple[Tensor, Tensor, Tensor]:
        centre = self.mean.mean(0)
        mean, precision = self.mean - centre, self.scale.square().reciprocal()
        constant = -(0.5 * (mean.square() * precision + LOG_TWO_PI) + self.scale.log()).sum(-1)
        columns = torch.cat([-0.5 * precision, mean * precision], -1)  # (B, 2 dim)
        return centre, constant, columns.T.contiguous()

    def picked(self, indices: Tensor) -> Self:
        """Return the batch of the distributions with these indices."""
        return replace(self, mean=self.mean[indices], scale=self.scale[indices])

    def joined(self, others: Sequence[Self]) -> Self:
        """Return the batch of this one's distributions and then those of others."""
        parts = [self, *others]
        mean, scale = (torch.cat([getattr(p, name) for p in parts]) for name in ("mean", "scale"))
        return replace(self, mean=mean, scale=scale)

    def double(self) -> Self:
        """Return the same normals in float64."""
        return replace(self, mean=self.mean.double(), scale=self.scale.double())

    def mode(self) -> Tensor:
        """Return the means."""
        return self.mean

    def _of_noise(self, noise: Tensor) -> Tensor:
        return -(0.5 * (noise.square() + LOG_TWO_PI) + self.scale.log()).sum(-1)

    def rsample_with_log_prob(self, noise: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Draw one code from each of the batch; return it and its log-density."""
        if noise is None:
            noise = torch.randn_like(self.mean)
        return self.mean + self.scale * noise, self._of_noise(noise)

    @torch.no_grad()
    def sample(self, count: int) -> Tensor:
        """Draw `count` codes from each of the batch."""
        return self.mean + self.scale * torch.randn(
            count, *self.mean.shape, dtype=self.mean.dtype, device=self.mean.device
        )


@dataclass(frozen=True)
class InverseFlow:
    """Mean-only inverse autoregressive flow of a normal (Kingma et al. 2016): fast to sample.

    Each step is u -> u + m(u), where m_i depends on the coordinates before i; its Jacobian is
    triangular with ones, so the log-density of a draw is that of the normal it came from.
    """

    base: DiagonalNormal
    steps: Sequence[MADE]

    def rsample_with_log_prob(self, noise: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Draw one code from each of the batch; return it and its log-density."""
        start, log_prob = self.base.rsample_with_log_prob(noise)
        return self._forward(start), log_prob

    @torch.no_grad()
    def sample(self, count: int) -> Tensor:
        """Draw `count` codes from each of the batch."""
        return self._forward(self.base.sample(count))

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log-density of z; needs dim passes of each step, one a coordinate."""
        return self.base.log_prob(self._backward(z))

    def pairwise_log_prob(self, z: Tensor) -> Tensor:
        """Return the log-density of codes (S, dim) under each of the batch (B, dim), as (S, B).

        The flow is the same for the whole batch, so each code goes back through it once.
        """
        return self.base.pairwise_log_prob(self._backward(z))

    def picked(self, indices: Tensor) -> Self:
        """Return the batch of the distributions with these indices."""
        return replace(self, base=self.base.picked(indices))

    def joined(self, others: Sequence[Self]) -> Self:
        """Return the batch of this one's distributions and then those of others, of one flow."""
        return replace(self, base=self.base.joined([other.base for other in others]))

    def double(self) -> Self:
        """Return the same flow in float64."""
        return replace(self, base=self.base.double(), steps=_doubled(self.steps))

    @torch.no_grad()
    def mode(self) -> Tensor:
        """Return where the means end up: the flow leaves volumes, and so densities, as they are."""
        return self._forward(self.base.mode())

    def _backward(self, z: Tensor) -> Tensor:
        for step in reversed(self.steps):
            z = fixed_point(step, z, sign=-1)
        return z

    def _forward(self, u: Tensor) -> Tensor:
        return flowed(self.steps, u)


def flowed(steps: Sequence[MADE], u: Tensor) -> Tensor:
    """Return draws of a normal (..., dim) after the steps u -> u + m(u) of an inverse flow."""
    for step in steps:
        u = u + widened(step(u))
    return u


@dataclass(frozen=True)
class AutoregressiveFlow:
    """Mean-only masked autoregressive flow of N(0, I) (Papamakarios et al. 2017): fast to score."""

    steps: Sequence[MADE]
    like: Tensor  # a code, for its dimension, precision and device

    def double(self) -> Self:
        """Return the same flow in float64."""
        return replace(self, steps=_doubled(self.steps), like=self.like.double())

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log-density of z, in one pass."""
        for step in self.steps:
            z = z - widened(step(z))
        return -0.5 * (z.square() + LOG_TWO_PI).sum(-1)

    @torch.no_grad()
    def sample(self, count: int) -> Tensor:
        """Draw `count` codes; needs dim passes of each step."""
        z = torch.randn(count, *self.like.shape, dtype=self.like.dtype, device=self.like.device)
        for step in reversed(self.steps):
            z = fixed_point(step, z, sign=1)
        return z


@dataclass(frozen=True)
class NormalMixture:
    """Mixture of diagonal normals: `log_weights` (K,), `components` of shape (K, dim)."""

    log_weights: Tensor
    components: DiagonalNormal

    def double(self) -> Self:
        """Return the same mixture in float64."""
        components = self.components.double()
        return replace(self, log_weights=self.log_weights.double(), components=components)

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log sum_k w_k N(z; mean_k, scale_k)."""
        return torch.logsumexp(self.log_weights + self.components.log_prob(z[..., None, :]), -1)

    @torch.no_grad()
    def sample(self, count: int) -> Tensor:
        """Draw `count` codes, each from a component drawn by weight."""
        picked = torch.multinomial(self.log_weights.exp(), count, replacement=True)
        of_each = DiagonalNormal(self.components.mean[picked], self.components.scale[picked])
        return of_each.sample(1)[0]


def _doubled(steps: Sequence[MADE]) -> list[MADE]:
    return [deepcopy(step).double() for step in steps]


def fixed_point(step: MADE, start: Tensor, *, sign: int) -> Tensor:
    """Return the u that solves u = start + sign step(u).

    After k rounds the first k coordinates (in the order of the masks) are exact, so dim rounds are
    enough; a round that changes nothing ends it.
    """
    value = start
    for _ in range(start.shape[-1]):
        before, value = value, start + sign * widened(step(value))
        if torch.equal(before, value):
            break
    return value
