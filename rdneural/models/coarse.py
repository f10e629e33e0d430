r"""`coarse:S`: the code is the image at S x S pixels; what is finer follows from what is coarser.

Each coarser image c' of an image c has a pixel for every block of 2x2, on where at least `MOST` of
them are (beyond the border there are none). So c' is a function of c, and with one autoregressive
model for each size, each given the coarser one,

    p(x) = p(c_4) p(c_7 | c_4) p(c_14 | c_7) p(x | c_14)

at 28x28 pixels. With z = c_S the factors up to S are the marginal and the others the decoder, and
R + D = -log p(x) for every S: a chain of sizes has several rates from one training. A block whose
coarse pixel is known leaves no choice for some of its pixels; they are told so exactly. Of several
orders of pixels (`rdneural.models.orders`) each factor is a mixture, where turned images have
turned coarse ones: at every size but an odd one that is given a coarser.

The idea of a chain of resolutions is that of van den Oord et al., *Pixel recurrent neural networks*
(ICML 2016, multi-scale PixelRNN), with images that are binary at every size.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Tensor, nn

from rdneural.models.coarse_pixels import STATES, coarser, sizes_of, states, sure_logits
from rdneural.models.discrete_codes import PointCodes
from rdneural.models.frames import NEVER, Frame, fixed_beyond, halved
from rdneural.models.latent import LatentModel, Terms
from rdneural.models.layers import Gated, keep_variance, widened
from rdneural.models.marginals import Marginal
from rdneural.models.orders import OrderedImages, turned, turns
from rdneural.models.pixel_distributions import AutoregressiveImages
from rdneural.models.pixelcnn import PixelCNN
from rdneural.records.names import coarse_sides
from rdneural.records.sizes import Sizes

MAPS = 8
"""Maps of the coarse image, as large as the finer one, that a PixelCNN sees beside it."""


@dataclass(frozen=True, eq=False)
class ContextMaps:
    """What a PixelCNN is told of coarse images.

    Maps (B, MAPS, side, side), what is added on the way down at side/2, side/4, .., and on the way
    up at side, side/2, ..; see `PixelCNN.forward`.
    """

    maps: Tensor
    deeper: list[Tensor]
    rising: list[Tensor]

    def of_rows(self, rows: int, each: int) -> "ContextMaps":
        """Return what is told of the first rows of the finer image, `each` times in turn."""

        def cut(part: Tensor, halvings: int) -> Tensor:
            return part[:, :, : rows >> halvings].repeat_interleave(each, 0)

        return ContextMaps(
            cut(self.maps, 0),
            [cut(part, k) for k, part in enumerate(self.deeper, 1)],
            [cut(part, k) for k, part in enumerate(self.rising)],
        )


class Context(nn.Module):
    """The network that reads coarse images for a PixelCNN.

    Its convolutions are not causal: all of the coarse image is known.
    """

    def __init__(self, features: int, halvings: int) -> None:
        super().__init__()
        f = features
        self.network = nn.Sequential(
            Gated(lambda: nn.Conv2d(2, f, 5, padding=2)),
            Gated(lambda: nn.Conv2d(f, f, 3, padding=1)),
            Gated(lambda: nn.Conv2d(f, f, 3, padding=1)),
        )
        self.spread = nn.ConvTranspose2d(f, MAPS, 2, stride=2)
        self.halve = nn.ModuleList(
            Gated(lambda: nn.Conv2d(f, f, 2, stride=2)) for _ in range(halvings - 1)
        )
        self.deeper = nn.ModuleList(nn.Conv2d(f, 2 * f, 1) for _ in range(halvings))
        self.rising = nn.ModuleList(
            nn.ConvTranspose2d(f, 2 * f, 2, stride=2) for _ in range(halvings)
        )
        keep_variance(self.spread, gain=1.0)
        keep_variance(self.deeper, gain=0.5)
        keep_variance(self.rising, gain=0.5)

    def forward(self, coarse: Tensor, side: int) -> ContextMaps:
        """Return what is told of coarse images (B, 1, h, w), for finer ones of a side."""
        h = self.network(torch.cat([2 * coarse - 1, torch.ones_like(coarse)], 1))
        maps, deeper, rising = self.spread(h)[:, :, :side, :side], [], []
        for level, (down, up) in enumerate(zip(self.deeper, self.rising, strict=True)):
            h = self.halve[level - 1](h) if level else h
            deeper.append(down(h))
            rising.append(up(h))
        return ContextMaps(maps, deeper, rising)


class Level(nn.Module):
    """A PixelCNN for images of one size, given those of half of it, if there are such."""

    def __init__(self, sizes: Sizes, side: int, frame: Frame, *, given: bool) -> None:
        super().__init__()
        self.side, self.frame = side, frame
        levels = 1
        while levels < sizes.pixel_levels and side % 2**levels == 0:
            levels += 1
        layers = -(-sizes.pixel_layers * sizes.pixel_levels // levels)  # as deep at every size
        self.orders = 1 if given and side % 2 else sizes.pixel_orders
        sizes = replace(sizes, pixel_layers=layers, pixel_orders=self.orders)
        self.pixels = PixelCNN(
            sizes, maps=MAPS if given else 0, levels=levels, own=STATES + MAPS if given else 0
        )
        self.context = Context(sizes.pixel_features, levels - 1) if given else None

    def given(self, coarse: Tensor | None, count: int) -> AutoregressiveImages | OrderedImages:
        """Return the distribution of images given their coarser ones (count, 1, h, w)."""
        like = next(self.parameters())

        @lru_cache(maxsize=1)  # while images are drawn all passes are in the same orders
        def told_in(which: Tensor | None) -> tuple[Tensor, Tensor, ContextMaps]:
            assert coarse is not None
            assert self.context is not None
            known = coarse.to(like)
            real = fixed_beyond(known.new_ones(1, 1, self.side, self.side), self.frame, 0.0)
            if which is not None:
                known = _in_orders(known.repeat_interleave(len(which) // count, 0), which)
                real = _in_orders(real.expand(len(which), -1, -1, -1), which)
            return known, real, self.context(known, self.side)

        def logits_of(
            x: Tensor, which: Tensor | None = None, places: Tensor | None = None
        ) -> Tensor:  # fmt: skip
            x, rows = x.to(like), x.shape[2]
            if coarse is None:
                return widened(self.pixels(x, order=which))
            of_all, real, told_of_all = told_in(which)
            each = len(x) // max(len(of_all), 1)
            told = told_of_all.of_rows(rows, each)
            known = of_all[:, :, : (rows + 1) // 2].repeat_interleave(each, 0)
            own = torch.cat([states(x, known), told.maps], 1)
            maps = told.maps, told.deeper, told.rising
            logits = widened(self.pixels(x, *maps, own, order=which))
            sure = sure_logits(x, known, real[:, :, :rows])
            return torch.where(sure == 0, logits, sure.to(logits))

        end = count, self.side, self.pixels, like.device, self.frame
        if self.orders == 1:
            return AutoregressiveImages(logits_of, *end)
        return OrderedImages(logits_of, self.orders, self.training, *end)


def _in_orders(x: Tensor, which: Tensor) -> Tensor:
    """Return square images (B, 1, side, side), each turned as its order (B,) says."""
    return turned(x, turns(x.shape[-1], x.device)[which])


class CoarseImage(nn.Module):
    """The encoder: an image made coarser until it has the side that is asked for."""

    def __init__(self, halvings: int) -> None:
        super().__init__()
        self.halvings = halvings

    def forward(self, x: Tensor) -> PointCodes:
        """Return the codes (B, S^2) of images (B, 1, side, side)."""
        for _ in range(self.halvings):
            x = coarser(x)
        return PointCodes(x.flatten(1))


class Chain(nn.Module):
    """The decoder: levels of all sizes, of which those finer than the code are used.

    Levels are in the order of `coarse_sides`: the image's own first.
    """

    def __init__(self, sizes: Sizes, code_side: int) -> None:
        super().__init__()
        self.sides = coarse_sides(sizes.side)
        self.at = self.sides.index(code_side)
        frames, last = [sizes.frame], len(self.sides) - 1
        while len(frames) <= last:
            frames.append(halved(frames[-1]))
        self.levels = nn.ModuleList(
            Level(sizes, side, frame, given=index < last)
            for index, (side, frame) in enumerate(zip(self.sides, frames, strict=True))
        )

    def start_at(self, mean: float) -> None:
        """Let every pixel of every size start at about probability `mean`."""
        for level in self.levels:
            level.pixels.start_at(mean)  # type: ignore[union-attr, operator]

    def level(self, index: int) -> Level:
        """Return the model of images of one size."""
        level = self.levels[index]
        assert isinstance(level, Level)
        return level

    def nats(self, sizes: Sequence[Tensor], index: int) -> Tensor:
        """Return -log p of images at one size given the next coarser, (B,)."""
        coarse = sizes[index + 1] if index + 1 < len(sizes) else None
        x = sizes[index]
        return -self.level(index).given(coarse, len(x)).log_prob(x)

    def forward(self, z: Tensor) -> "FinerImages":
        """Return the distribution of images given codes (B, S^2)."""
        side = self.sides[self.at]
        return FinerImages(self, z.view(-1, 1, side, side))


@dataclass(frozen=True, eq=False)
class FinerImages:
    """Images of full size given coarse ones (B, 1, S, S): level after level."""

    chain: Chain
    coarse: Tensor

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log-probability of images x (B, 1, side, side)."""
        chain = self.chain
        sizes = sizes_of(x, chain.at)
        wrong = (sizes[-1] - self.coarse.to(x)).abs().flatten(1).sum(1)
        finer = [*sizes[:-1], self.coarse.to(x)]
        return -sum((chain.nats(finer, index) for index in range(chain.at)), NEVER * wrong)

    def pairwise_log_prob(self, x: Tensor) -> Tensor:
        """Return the log-probability of images (N, ...) given each code, as (B, N).

        Only an image's own code has any to give it, so this is one pass over the images.
        """
        chain = self.chain
        sizes = sizes_of(x, chain.at)
        nats = sum((chain.nats(sizes, index) for index in range(chain.at)), 0.0 * x[:, 0, 0, 0])
        own = PointCodes(sizes[-1].flatten(1)).pairwise_log_prob(self.coarse.flatten(1).to(x))
        return own - nats

    @torch.no_grad()
    def sample(self) -> Tensor:
        """Draw one image from each of the batch; needs a pass for every pixel of every level."""
        x = self.coarse
        for index in reversed(range(self.chain.at)):
            x = self.chain.level(index).given(x, len(x)).sample()
        return x


@dataclass(frozen=True, eq=False)
class CoarseMarginal(Marginal):
    """The marginal: levels from the coarsest up to the code's own."""

    chain: Chain

    def __call__(self, encoder: nn.Module) -> "CoarseCodes":
        """Return the distribution of codes; the encoder has no part in it."""
        return CoarseCodes(self.chain)


@dataclass(frozen=True, eq=False)
class CoarseCodes:
    """The distribution of coarse images, as codes (..., S^2)."""

    chain: Chain

    def double(self) -> "CoarseCodes":
        """Return the distribution as it is: networks of pixels stay."""
        return self

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log-probability of codes (B, S^2)."""
        chain = self.chain
        side = chain.sides[chain.at]
        like = next(chain.parameters())
        sizes = sizes_of(z.to(like).view(-1, 1, side, side), len(chain.sides) - 1 - chain.at)
        shifted = [sizes[0]] * chain.at + sizes
        return -sum(
            (chain.nats(shifted, index) for index in range(chain.at, len(chain.sides))),
            0.0 * z[:, 0],
        )

    @torch.no_grad()
    def sample(self, count: int) -> Tensor:
        """Draw `count` codes, (count, S^2)."""
        chain, x = self.chain, None
        for index in reversed(range(chain.at, len(chain.sides))):
            x = chain.level(index).given(x, count).sample()
        assert x is not None
        return x.flatten(1)


class CoarseModel(LatentModel):
    """The model of `coarse:S` (see above).

    Examples
    --------
    >>> from rdneural.records.sizes import SIZES
    >>> model = CoarseModel("coarse:2", SIZES["tiny"], 2)
    >>> terms = model(torch.ones(3, 1, 4, 4))
    >>> terms.rate.shape, terms.distortion.shape
    (torch.Size([3]), torch.Size([3]))
    """

    decoder: Chain

    def __init__(self, family: str, sizes: Sizes, code_side: int) -> None:
        chain = Chain(sizes, code_side)
        super().__init__(family, sizes, (CoarseImage(chain.at), chain, CoarseMarginal(chain)))

    def forward(self, x: Tensor, noise: Tensor | None = None) -> Terms:
        """Return rate and distortion of images (B, 1, side, side); nothing is drawn."""
        nats, at = self.nats(x), self.decoder.at
        return Terms(rate=nats[:, at:].sum(1), distortion=nats[:, :at].sum(1))

    def nats(self, x: Tensor) -> Tensor:
        """Return -log p of an image at each size given the next coarser, the finest first, (B, L).

        R at any size is a sum of them.
        """
        chain = self.decoder
        sizes = sizes_of(x, len(chain.sides) - 1)
        return torch.stack([chain.nats(sizes, index) for index in range(len(sizes))], 1)
