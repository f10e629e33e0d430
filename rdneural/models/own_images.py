"""Distributions of images of `torch.distributions`, as those of our own decoders.

An own decoder knows the pixels of its images, `frame`, and nothing of the larger square that our
networks may have them in.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, distributions
from torch.nn import functional

from rdneural.models.layers import widened
from rdneural.models.pixel_distributions import PAIRS
from rdneural.models.torch_distributions import Made, precision_of, rebuilt

METHODS = ("log_prob", "sample")
"""What a distribution that is none of `torch.distributions` must have."""


@dataclass(frozen=True)
class OwnImages:
    """What an own decoder returned for a batch of codes, over images (B, 1, side, side).

    Attributes
    ----------
    made
        a distribution with `log_prob`, `sample` and, for pairs, `pairwise_log_prob` where it is
        none of `torch.distributions`; its images are the `frame`, rows and columns.
    shape
        of an image as the distribution has it: (1, H, W), (H, W) or (H W,).
    frame, side
        of the pixels, and of the square that they are in, at its top left.
    """

    made: Any
    shape: tuple[int, ...]
    frame: tuple[int, int]
    side: int

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log-probability of images x, (B,)."""
        return widened(self.made.log_prob(self._seen(x)))

    def pairwise_log_prob(self, x: Tensor) -> Tensor:
        """Return the log-probability of images x (N, 1, side, side) given each code, as (B, N)."""
        if not isinstance(self.made, Made):
            if callable(getattr(self.made, "pairwise_log_prob", None)):
                return widened(self.made.pairwise_log_prob(self._seen(x)))
            raise ValueError(
                "the decoder's distribution must have pairwise_log_prob for this, "
                f"got {type(self.made).__name__}"
            )
        of_pairs = rebuilt([self.made], lambda tensors: tensors[0].unsqueeze(1))
        parts = self._seen(x).split(max(1, PAIRS // self.made.batch_shape[0]))
        return torch.cat([widened(of_pairs.log_prob(part[None])) for part in parts], 1)

    @torch.no_grad()
    def sample(self) -> Tensor:
        """Draw one image from each of the batch."""
        (height, width), x = self.frame, self.made.sample()
        x = x.reshape(-1, 1, height, width)
        return functional.pad(x, (0, self.side - width, 0, self.side - height))

    def _seen(self, x: Tensor) -> Tensor:
        height, width = self.frame
        x = x[..., :height, :width]
        if isinstance(self.made, Made):
            x = x.to(precision_of(self.made))
        return x.reshape(len(x), *self.shape)


def images_of(found: Any, *, count: int, frame: tuple[int, int], side: int) -> OwnImages:  # noqa: ANN401
    """Return what an own decoder returned for `count` codes as a distribution of images.

    Raises
    ------
    TypeError
        where it is no distribution.
    ValueError
        where its shapes are not those of one image for each code.
    """
    height, width = frame
    if not isinstance(found, Made):
        missing = [name for name in METHODS if not callable(getattr(found, name, None))]
        if missing:
            raise TypeError(
                "decoder must return a distribution of torch.distributions, or one with "
                f"{' and '.join(METHODS)}, got {type(found).__name__}"
            )
        return OwnImages(found, (1, height, width), frame, side)
    shape = tuple(found.event_shape)
    if tuple(found.batch_shape) != (count,) or shape not in (
        (1, height, width), (height, width), (height * width,)
    ):  # fmt: skip
        unwrapped = len(found.batch_shape) > 1
        hint = f": wrap it in Independent(..., {len(found.batch_shape) - 1})" if unwrapped else ""
        raise ValueError(
            f"decoder must return images of batch ({count},) and event (1, {height}, {width}), "
            f"got {type(found).__name__} of batch {tuple(found.batch_shape)} and event {shape}"
            f"{hint}"
        )
    base = found.base_dist if isinstance(found, distributions.Independent) else found
    if isinstance(base, distributions.Bernoulli):
        found = distributions.Independent(
            distributions.Bernoulli(logits=widened(base.logits), validate_args=False),
            len(shape), validate_args=False,
        )  # fmt: skip
    return OwnImages(found, shape, frame, side)
