"""A model of which nothing is known but four functions, as the distributions that are measured.

Four functions (`rdneural.models.functions`) have no table of every code under every image, no mode
and no draws of m(z). A table is made of pairs in batches, unless `log_e_pairs` has a faster way;
for a mode there is a draw, and for draws of m(z) a walk among codes (`walked`), unless `sample_m`
has them. Where these serve as lists of codes to choose from, or as places to look at, no number is
biased by that.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import torch
from torch import Tensor, nn

from rdneural.machine.seeding import seeded
from rdneural.models.frames import NEVER
from rdneural.models.functions import FourFunctions, called, code_rows, finite, numbers
from rdneural.models.latent import LatentModel, Terms
from rdneural.records.sizes import Sizes

PAIRS = 2048
"""Pairs of a code and an image in a call of a function."""

STEPS = 200
"""Of the walk that draws codes of m(z)."""


# -- the three distributions ----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class DrawnCodes:
    """e(z|x) of a batch of images (B, ...): an `EncoderDistribution`."""

    functions: FourFunctions
    x: Tensor

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log e(z|x) of codes (B, dim), one for each image; or (S, dim) of a batch of 1."""
        x = self.x.expand(len(z), *self.x.shape[1:]) if len(self.x) == 1 else self.x
        parts = zip(z.split(PAIRS), x.split(PAIRS), strict=True)
        return torch.cat([self.functions.of_encoder(*part) for part in parts])

    def pairwise_log_prob(self, z: Tensor) -> Tensor:
        """Return log e(z|x) of codes (S, dim) under each of the batch, as (S, B)."""
        count = len(self.x)
        table = torch.empty(len(z), count, dtype=torch.float64, device=z.device)
        pairs = self.functions.log_e_pairs
        if pairs is not None:
            taken, x = self.functions.codes(z), self.functions.images(self.x)
            table = numbers("log_e_pairs", 0, pairs, taken, x, shape=(len(z), count))
            return table.clamp_min(-NEVER)
        for tall, wide in _blocks(len(z), count):
            codes, images = z[tall], self.x[wide]
            of_pairs = self.functions.of_encoder(
                codes.repeat_interleave(len(images), 0),
                images.repeat(len(codes), *(1,) * (images.ndim - 1)),
            )
            table[tall, wide] = of_pairs.view(len(codes), len(images))
        return table.clamp_min(-NEVER)

    def picked(self, indices: Tensor) -> Self:
        """Return the batch of the distributions with these indices."""
        return replace(self, x=self.x[indices.to(self.x.device)])

    def joined(self, others: Sequence[Self]) -> Self:
        """Return the batch of this one's distributions and then those of others."""
        return replace(self, x=torch.cat([self.x, *(other.x for other in others)]))

    def double(self) -> Self:
        """Return the same distributions; their codes are in float64 as they are."""
        return self

    def rsample_with_log_prob(self, noise: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Draw one code from each of the batch; return it and its log-density, without gradient."""
        if noise is not None:
            raise ValueError("noise must not be given: functions make what they draw of their own")
        drawn = [
            (z, finite("log_e", self.functions.of_encoder(z, part)))
            for part in self.x.split(PAIRS)
            for z in [self.functions.draw(part)]
        ]
        z, log_e = (torch.cat(parts) for parts in zip(*drawn, strict=True))
        return z, log_e

    def sample(self, count: int) -> Tensor:
        """Draw `count` codes from each of the batch, (count, B, dim)."""
        x = self.x.repeat(count, *(1,) * (self.x.ndim - 1))
        z = torch.cat([self.functions.draw(part) for part in x.split(PAIRS)])
        return z.view(count, len(self.x), -1)

    def mode(self) -> Tensor:
        """Return a code of each of the batch, always the same: functions know no mode."""
        return self._drawn

    @cached_property
    def _drawn(self) -> Tensor:
        with seeded(0):
            return self.sample(1)[0]


def _blocks(rows: int, columns: int) -> Iterator[tuple[slice, slice]]:
    """Yield blocks of a table, of `PAIRS` entries at most, that cover it."""
    wide = min(columns, PAIRS)
    tall = max(1, PAIRS // wide)
    for row in range(0, rows, tall):
        for column in range(0, columns, wide):
            yield slice(row, row + tall), slice(column, column + wide)


@dataclass(frozen=True, eq=False)
class FunctionMarginal:
    """m(z): a `MarginalDistribution`. Where nothing draws of it, a walk from `near` does."""

    functions: FourFunctions
    near: Callable[[int], Tensor]

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log m(z) of codes (S, dim)."""
        return torch.cat([self.functions.of_marginal(part) for part in z.split(PAIRS)])

    def sample(self, count: int) -> Tensor:
        """Draw `count` codes, (count, dim); about so where there is no `sample_m`."""
        if self.functions.sample_m is not None:
            z = called("sample_m", self.functions.sample_m, count)
            return code_rows("sample_m", z, count, self.functions.code_like)
        start = self.near(count)
        whole = bool((start == start.round()).all())  # of discrete codes there is nothing between
        if whole:
            return start
        try:
            return walked(self.log_prob, start)
        except ValueError:  # codes have bounds, and beyond them the function has no number
            return start

    def double(self) -> "FunctionMarginal":
        """Return the same distribution; its codes are in float64 as they are."""
        return self


@dataclass(frozen=True, eq=False)
class FunctionImages:
    """d(x|z) of a batch of codes (B, dim): what an `ImageDistribution` has, but for draws."""

    functions: FourFunctions
    z: Tensor

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log d(x|z) of images, one for each code."""
        return self.functions.of_decoder(x, self.z)

    def pairwise_log_prob(self, x: Tensor) -> Tensor:
        """Return log d(x|z) of images (N, ...) given each code, as (B, N)."""
        table = torch.empty(len(self.z), len(x), dtype=torch.float64, device=self.z.device)
        for tall, wide in _blocks(len(self.z), len(x)):
            codes, images = self.z[tall], x[wide]
            of_pairs = self.functions.of_decoder(
                images.repeat(len(codes), *(1,) * (images.ndim - 1)),
                codes.repeat_interleave(len(images), 0),
            )
            table[tall, wide] = of_pairs.view(len(codes), len(images))
        return table.clamp_min(-NEVER)


def walked(log_prob: Callable[[Tensor], Tensor], start: Tensor, *, steps: int = STEPS) -> Tensor:
    """Walk from codes (S, dim) to codes of a density, by torch's generator.

    Half of the codes take turns to move along lines through codes of the other half, which suits a
    density however it is stretched. With dim in the dozens a walk is not over after some hundred
    steps.

    Source: Goodman and Weare, *Ensemble samplers with affine invariance* (2010), the stretch move.

    Examples
    --------
    >>> torch.manual_seed(0).initial_seed()
    0
    >>> z = walked(lambda z: -0.5 * (z / 10).square().sum(1), torch.randn(1000, 2).double())
    >>> bool(((z.std(0) - 10).abs() < 1).all())
    True
    """
    if len(start) < 4:
        return start
    z, dim = start.clone(), start.shape[1]
    log_p = log_prob(z)
    halves = torch.arange(len(z), device=z.device).chunk(2)
    for step in range(steps):
        moving, still = halves if step % 2 else halves[::-1]
        through = z[still[torch.randint(len(still), (len(moving),), device=z.device)]]
        u, chance = torch.rand(2, len(moving), dtype=z.dtype, device=z.device)
        stretch = (1 + u).square() / 2  # density ~ 1 / sqrt on [1/2, 2]
        moved = through + stretch[:, None] * (z[moving] - through)
        log_moved = log_prob(moved)
        better = (dim - 1) * stretch.log() + log_moved - log_p[moving]
        taken = chance.log() < better
        z[moving[taken]] = moved[taken]
        log_p[moving[taken]] = log_moved[taken]
    return z


# -- the model ------------------------------------------------------------------------------------


class _Part(nn.Module):
    """A part of the model: what is asked of it returns the distribution that functions make."""

    def __init__(self, functions: FourFunctions, made: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.made = made
        nothing = torch.zeros((), dtype=torch.float64, device=functions.image_like.device)
        self.like = nn.Parameter(nothing, requires_grad=False)  # holds what all precisions hold

    def forward(self, given: Any) -> Any:  # noqa: ANN401
        """Return the distribution of codes given images, of images given codes, or of codes."""
        return self.made(given)


class _Side(Sizes):
    """The side of images alone, which may be any: no network of ours sees them."""

    def __post_init__(self) -> None:
        """Ask nothing of it."""


class FunctionModel(LatentModel):
    """Four functions as a model that `rdneural.measures` and `rdneural.theory` measure.

    Parameters
    ----------
    functions
        which are all that is known.
    images
        (N, ...), whose codes the walk to codes of m(z) starts from.
    family
        whose way of being measured is taken: `---`, or `bits-:K` for codes of K bits.
    side
        of square images.

    Examples
    --------
    >>> functions = FourFunctions(
    ...     sample=lambda x: torch.randn(len(x), 2), log_e=lambda z, x: -z.square().sum(1),
    ...     log_m=lambda z: -z.square().sum(1), log_d=lambda x, z: -x.sum(1),
    ...     image_like=torch.zeros(4), code_like=torch.zeros(2),
    ... )
    >>> terms = FunctionModel(functions, torch.ones(3, 4))(torch.ones(3, 4))
    >>> terms.rate.tolist(), terms.distortion.tolist()
    ([0.0, 0.0, 0.0], [4.0, 4.0, 4.0])
    """

    def __init__(
        self, functions: FourFunctions, images: Tensor, *, family: str = "---", side: int = 0
    ) -> None:
        known = DrawnCodes(functions, images)

        def near(count: int) -> Tensor:
            return known.picked(torch.randint(len(images), (count,))).sample(1)[0]

        parts = (
            _Part(functions, lambda x: DrawnCodes(functions, x)),
            _Part(functions, lambda z: FunctionImages(functions, z)),
            _Part(functions, lambda _: FunctionMarginal(functions, near)),
        )
        super().__init__(family, _Side(side=side), parts)
        self.functions, self.known = functions, known

    def forward(self, x: Tensor, noise: Tensor | None = None) -> Terms:
        """Return rate and distortion of images, each at one code of its own."""
        z, log_e = self.encoder(x).rsample_with_log_prob(noise)
        rate = log_e - finite("log_m", self.functions.of_marginal(z))
        return Terms(rate=rate, distortion=-finite("log_d", self.functions.of_decoder(x, z)))
