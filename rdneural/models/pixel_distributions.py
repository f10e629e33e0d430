"""Distributions of images given a code: what decoders return.

Images are (B, 1, side, side) tensors of zeros and ones, or of more levels between them
(`rdneural.models.pixels`); log-probabilities are nats per image, sums over its pixels.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from rdneural.machine.device import one_thread
from rdneural.models.frames import Frame, fixed_beyond, on_canvas, real_pixels
from rdneural.models.layers import widened
from rdneural.models.pixel_rows import remembered
from rdneural.models.pixelcnn import PixelCNN
from rdneural.models.pixels import BernoulliPixels, Pixels

BINARY = BernoulliPixels()

PAIRS = 2048
"""Pairs of a code and an image in a pass of an autoregressive network."""


class ImageDistribution(Protocol):
    """A distribution over images, one for each code of a batch."""

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


def image_log_prob(pixels: Pixels, outputs: Tensor, x: Tensor, frame: Frame) -> Tensor:
    """Return the sum over the pixels of a frame of their log-probabilities, (B,)."""
    if isinstance(pixels, BernoulliPixels):
        return bernoulli_log_prob(fixed_beyond(outputs, frame), x)
    of_pixels = pixels.log_prob(real_pixels(outputs, frame), real_pixels(x, frame))
    return of_pixels.flatten(1).sum(1)


def log_prob_of_pairs(log_prob: Callable[[Tensor], Tensor], count: int, x: Tensor) -> Tensor:
    """Return the log-probability of images x (N, ..) given each of `count` codes, (count, N).

    `log_prob` is that of images which stand together for each code, `PAIRS` of them at a time.
    """

    def of_all(part: Tensor) -> Tensor:
        pairs = part.repeat(count, 1, 1, 1)  # (count N, 1, side, side)
        return log_prob(pairs).view(count, len(part))

    return torch.cat([of_all(part) for part in x.split(max(1, PAIRS // count))], 1)


def draw_in_turn(
    x: Tensor,
    logits_of: Callable[[Tensor], Tensor],
    pixels: Pixels,
    network: PixelCNN,
    frame: Frame = None,
    real: Tensor | None = None,
    *,
    first: int = 0,
    last: int | None = None,
) -> None:
    """Draw the pixels of a frame into images x (B, 1, side, side), each given those before.

    `logits_of` makes passes of `network`, which see no rows below the pixel's own, rounded up to
    what it can halve. A pixel that is 0 in `real`, of the shape of x, stays 0. Of the pixels of the
    frame, in raster order, those before `first` are there already, and none is drawn from `last`
    on.
    """
    height, width = frame or x.shape[2:]
    last = height * width if last is None else last
    with one_thread(), remembered(network) as memory:  # a row of pixels is little
        for row in range(-(-last // width)):
            memory.begin(row)
            rows = (row // network.row_step + 1) * network.row_step
            for column in range(width):
                place = row * width + column
                if place < first and column < width - 1:
                    continue  # what a row leaves for later rows, the pass for its last pixel leaves
                outputs = logits_of(x[:, :, :rows])
                if first <= place < last:
                    at = slice(None), slice(None), slice(row, row + 1), slice(column, column + 1)
                    drawn = pixels.sample(outputs[at])
                    x[at] = drawn if real is None else drawn * real[at]


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
class IndependentImages:
    """Independent pixels of any likelihood, given outputs (B, C, side, side) for them."""

    pixels: Pixels
    outputs: Tensor
    frame: Frame = None

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log-probability of images x."""
        return image_log_prob(self.pixels, self.outputs, x, self.frame)

    def pairwise_log_prob(self, x: Tensor) -> Tensor:
        """Return the log-probability of images x given each code, pair by pair."""
        outputs = real_pixels(self.outputs, self.frame)[:, None]
        parts = real_pixels(x, self.frame).split(max(1, PAIRS // len(outputs)))
        of_parts = [self.pixels.log_prob(outputs, part[None]).flatten(2).sum(2) for part in parts]
        return torch.cat(of_parts, 1)

    @torch.no_grad()
    def sample(self) -> Tensor:
        """Draw one image from each of the batch."""
        drawn = self.pixels.sample(real_pixels(self.outputs, self.frame))
        return on_canvas(drawn, self.outputs.shape[-1])


@dataclass(frozen=True)
class AutoregressiveImages:
    """Pixels in raster order, each given those before it.

    `logits_of(x)` returns what the `network` gives for all pixels, logits of binary ones: for each
    a function of the pixels before it in the first `x.shape[2]` rows of an image. Where x holds k
    images for each code, those of a code stand together. Pixels beyond the `frame` are 0 for sure
    (`rdneural.models.frames`). Where the first pixels are known they are in `known`
    (count, 1, side, side), and their number is `first`.
    """

    logits_of: Callable[[Tensor], Tensor]
    count: int
    side: int
    network: PixelCNN
    device: torch.device
    frame: Frame = None
    pixels: Pixels = BINARY
    known: Tensor | None = None
    first: int = 0

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log-probability of images x, in one pass."""
        return image_log_prob(self.pixels, self.logits_of(x), x, self.frame)

    def pairwise_log_prob(self, x: Tensor) -> Tensor:
        """Return the log-probability of images x given each code, in a pass for each pair."""
        return log_prob_of_pairs(self.log_prob, self.count, x)

    @torch.no_grad()
    def sample(self) -> Tensor:
        """Draw one image from each of the batch, pixel by pixel, in passes of a row each."""
        x = torch.zeros(self.count, 1, self.side, self.side, device=self.device)
        if self.known is not None:
            x += self.known
        draw_in_turn(x, self.logits_of, self.pixels, self.network, self.frame, first=self.first)
        return x
