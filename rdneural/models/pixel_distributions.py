"""Distributions of binary images given a code: what decoders return.

Images are (B, 1, side, side) tensors of zeros and ones; log-probabilities are nats per image, sums
over its pixels.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from rdneural.models.frames import Frame, fixed_beyond
from rdneural.models.layers import widened

PAIRS = 2048
"""Pairs of a code and an image in a pass of an autoregressive network."""


class ImageDistribution(Protocol):
    """A distribution over binary images, one for each code of a batch."""

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log-probability of images (B, 1, side, side), as (B,)."""
        ...

    def sample(self) -> Tensor:
        """Draw one image from each of the batch."""
        ...

    def pairwise_log_prob(self, x: Tensor) -> Tensor:
        """Return the log-probability of images (N, 1, side, side) given each code, as (B, N)."""
        ...


def bernoulli_log_prob(logits: Tensor, x: Tensor) -> Tensor:
    """Return sum over pixels of log Bernoulli(x; sigmoid(logits)), (B,), in float32 or better."""
    logits = widened(logits)
    of_pixels = functional.binary_cross_entropy_with_logits(
        logits, x.to(logits.dtype), reduction="none"
    )
    return -of_pixels.flatten(1).sum(1)


@dataclass(frozen=True)
class BernoulliImages:
    """Independent pixels with the given logits (B, 1, side, side)."""

    logits: Tensor

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log-probability of images x."""
        return bernoulli_log_prob(self.logits, x)

    def pairwise_log_prob(self, x: Tensor) -> Tensor:
        """Return the log-probability of images x given each code: one matrix product."""
        logits = widened(self.logits).flatten(1)  # (B, pixels)
        nothing = functional.logsigmoid(-logits).sum(1, keepdim=True)  # of the empty image
        return torch.addmm(nothing, logits, x.flatten(1).to(logits.dtype).T)

    @torch.no_grad()
    def sample(self) -> Tensor:
        """Draw one image from each of the batch."""
        return torch.bernoulli(widened(self.logits).sigmoid())


@dataclass(frozen=True)
class AutoregressiveImages:
    """Pixels in raster order, each given those before it.

    `logits_of(x)` returns the logits of all pixels, each a function of the pixels before it in the
    first `x.shape[2]` rows of an image. Where x holds k images for each code, those of a code stand
    together. Pixels beyond the `frame` are 0 for sure (`rdneural.models.frames`).
    """

    logits_of: Callable[[Tensor], Tensor]
    count: int
    side: int
    row_step: int
    device: torch.device
    frame: Frame = None

    def logits(self, x: Tensor) -> Tensor:
        """Return the logits of the first rows of images x, those beyond the frame fixed."""
        return fixed_beyond(self.logits_of(x), self.frame)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log-probability of images x, in one pass."""
        return bernoulli_log_prob(self.logits(x), x)

    def pairwise_log_prob(self, x: Tensor) -> Tensor:
        """Return the log-probability of images x given each code, in a pass for each pair."""

        def of_all(part: Tensor) -> Tensor:
            pairs = part.repeat(self.count, 1, 1, 1)  # (B N, 1, side, side)
            return bernoulli_log_prob(self.logits(pairs), pairs).view(self.count, len(part))

        return torch.cat([of_all(part) for part in x.split(max(1, PAIRS // self.count))], 1)

    @torch.no_grad()
    def sample(self) -> Tensor:
        """Draw one image from each of the batch; needs a pass for every pixel of the frame.

        A pass sees no rows below the pixel's own, rounded up to what the network can halve.
        """
        x = torch.zeros(self.count, 1, self.side, self.side, device=self.device)
        height, width = self.frame or (self.side, self.side)
        for row in range(height):
            rows = (row // self.row_step + 1) * self.row_step
            for column in range(width):
                logits = self.logits_of(x[:, :, :rows])[:, 0, row, column]
                x[:, 0, row, column] = torch.bernoulli(widened(logits).sigmoid())
        return x
