"""The aggregated posterior p_e(z), summed over every image of a source or of a data set."""

from dataclasses import dataclass

import torch
from torch import Tensor

from rdneural.models.build import LatentModel
from rdneural.models.code_distributions import EncoderDistribution
from rdneural.theory.densities import encoded

PAIRS = 2**19
"""Pairs of a code and an image that are summed at once: 4 MiB in float64, about a cache."""


@dataclass(frozen=True)
class AggregatedPosterior:
    r"""p_e(z) = sum_x p\*(x) e(z|x), the sum taken over all x.

    Parameters
    ----------
    encoder : e(z|x) of every image, a batch of X
    p_x : (X,) p\*(x), or 1/N of each image of an empirical distribution

    Examples
    --------
    Two codes so far apart that each image is known from its own:

    >>> from rdneural.models.code_distributions import DiagonalNormal
    >>> far = DiagonalNormal(torch.tensor([[-99.0], [99.0]]), torch.ones(2, 1))
    >>> codes = AggregatedPosterior(far, torch.tensor([0.25, 0.75]))
    >>> codes.responsibilities(torch.tensor([[99.0]]))
    tensor([[0., 1.]])
    """

    encoder: EncoderDistribution
    p_x: Tensor

    def log_joint(self, z: Tensor) -> Tensor:
        r"""Return log p\*(x) + log e(z|x) of codes (S, dim), as (S, X)."""
        return self.p_x.log() + self.encoder.pairwise_log_prob(z)

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log p_e(z) of codes (S, dim), as (S,)."""
        return torch.cat([self.log_joint(part).logsumexp(1) for part in self.chunks(z)])

    def responsibilities(self, z: Tensor) -> Tensor:
        """Return p_e(x|z) of codes (S, dim), as (S, X)."""
        return self.log_joint(z).softmax(1)

    def sample(self, count: int) -> Tensor:
        """Draw `count` codes."""
        letters = torch.multinomial(self.p_x, count, replacement=True)
        return self.draw(letters)[0]

    @torch.no_grad()
    def draw(self, letters: Tensor) -> tuple[Tensor, Tensor]:
        """Draw a code z ~ e(z|x) of each of the letters (S,); return it and log e(z|x)."""
        return self.encoder.picked(letters).rsample_with_log_prob()

    def chunks(self, of_codes: Tensor) -> tuple[Tensor, ...]:
        """Split what each code has (S, ...) into an even number of codes, about `PAIRS` pairs."""
        return of_codes.split(2 * max(1, PAIRS // (2 * len(self.p_x))))


def aggregated_posterior(
    model: LatentModel, images: Tensor, p_x: Tensor | None = None
) -> AggregatedPosterior:
    r"""Return p_e(z) of a model over images (X, 1, side, side).

    p\*(x) is uniform where it is not given.
    """
    if p_x is None:
        p_x = torch.full((len(images),), 1 / len(images), dtype=torch.float64)
    encoder = encoded(model, images)
    return AggregatedPosterior(encoder, p_x.to(encoder.mode()))
