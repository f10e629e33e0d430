r"""`split:K`: the code is the first K pixels, and one autoregressive model is marginal and decoder.

With p(x) = prod_i p(x_i | x_1 .. x_{i-1}) over pixels in raster order,

    z = x_1 .. x_K,    m(z) = prod_{i <= K} p(x_i | ..),    d(x|z) = prod_{i > K} p(x_i | ..),

so that R + D = -log p(x) for every K: one model has all of the diagonal, from (0, H) down to
(H, 0), and lies above the best by KL(p* || p) everywhere. It is as good as its code length in both
rate and distortion, and a representation that nobody would want: what is best in this plane says
nothing of what a code is good for.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from rdneural.models.discrete_codes import AutoregressiveCodes, PointCodes
from rdneural.models.frames import NEVER, Frame, on_canvas, real_pixels
from rdneural.models.latent import LatentModel, Terms
from rdneural.models.layers import widened
from rdneural.models.marginals import Marginal
from rdneural.models.pixel_distributions import BINARY, AutoregressiveImages, draw_in_turn
from rdneural.models.pixelcnn import PixelCNN
from rdneural.records.sizes import Sizes


class FirstPixels(nn.Module):
    """The encoder: an image's first pixels, of those within the frame."""

    def __init__(self, count: int, frame: Frame = None) -> None:
        super().__init__()
        self.count, self.frame = count, frame

    def forward(self, x: Tensor) -> PointCodes:
        """Return the codes (B, count) of images (B, 1, side, side)."""
        return PointCodes(real_pixels(x, self.frame).flatten(1)[:, : self.count])


class LaterPixels(nn.Module):
    """The decoder: the first pixels are the code's, the others follow from those before them."""

    def __init__(self, sizes: Sizes, count: int) -> None:
        super().__init__()
        self.side, self.count, self.frame = sizes.side, count, sizes.frame
        self.pixels = PixelCNN(sizes, maps=0)

    def start_at(self, mean: float) -> None:
        """Let every pixel start at about probability `mean`."""
        self.pixels.start_at(mean)

    def forward(self, z: Tensor) -> AutoregressiveImages:
        """Return the distribution of images given their first pixels (B, count)."""
        known, given = self.canvas(z), self.canvas(torch.ones_like(z[:1])) > 0

        def logits_of(x: Tensor) -> Tensor:
            rows = x.shape[2]
            sure = NEVER * (2 * known[:, :, :rows] - 1)
            logits = widened(self.pixels(x.to(known.dtype)))
            sure = sure.repeat_interleave(len(x) // max(len(known), 1), 0)
            return torch.where(given[:, :, :rows], sure.to(logits), logits)

        return AutoregressiveImages(
            logits_of, len(z), self.side, self.pixels, z.device, self.frame, known=known,
            first=self.count,
        )  # fmt: skip

    @torch.no_grad()
    def first_pixels(self, count: int) -> Tensor:
        """Draw the first pixels of `count` images, as codes."""
        like = next(self.parameters())
        x = like.new_zeros(count, 1, self.side, self.side)
        draw_in_turn(
            x, lambda seen: widened(self.pixels(seen)), BINARY, self.pixels, self.frame,
            last=self.count,
        )  # fmt: skip
        return real_pixels(x, self.frame).flatten(1)[:, : self.count]

    def canvas(self, z: Tensor) -> Tensor:
        """Return images (B, 1, side, side) with the first pixels (B, count), the others 0."""
        height, width = self.frame or (self.side, self.side)
        pixels = functional.pad(z, (0, height * width - self.count))
        return on_canvas(pixels.view(-1, 1, height, width), self.side)

    def logits_of_real(self, x: Tensor) -> Tensor:
        """Return the logits of every pixel within the frame given those before, (B, pixels)."""
        return real_pixels(self.pixels(x), self.frame).flatten(1)


@dataclass(frozen=True, eq=False)
class FirstPixelsMarginal(Marginal):
    """The marginal: what the decoder's network says of the first pixels."""

    decoder: LaterPixels

    def __call__(self, encoder: nn.Module) -> AutoregressiveCodes:
        """Return the distribution of codes; the encoder has no part in it."""
        count, like = self.decoder.count, next(self.decoder.parameters())

        def logits_of(z: Tensor) -> Tensor:
            return self.decoder.logits_of_real(self.decoder.canvas(z.to(like)))[:, :count]

        return AutoregressiveCodes(
            logits_of, like.new_zeros(count), drawn=self.decoder.first_pixels
        )


class SplitModel(LatentModel):
    """The model of `split:K` (see above).

    Examples
    --------
    >>> from rdneural.records.sizes import SIZES
    >>> model = SplitModel("split:6", SIZES["tiny"], 6)
    >>> terms = model(torch.ones(3, 1, 4, 4))
    >>> terms.rate.shape, terms.distortion.shape
    (torch.Size([3]), torch.Size([3]))
    """

    decoder: LaterPixels

    def __init__(self, family: str, sizes: Sizes, count: int) -> None:
        decoder = LaterPixels(sizes, count)
        encoder = FirstPixels(count, sizes.frame)
        super().__init__(family, sizes, (encoder, decoder, FirstPixelsMarginal(decoder)))

    def forward(self, x: Tensor, noise: Tensor | None = None) -> Terms:
        """Return rate and distortion of images (B, 1, side, side); nothing is drawn."""
        nats, count = self.nats(x), self.decoder.count
        return Terms(rate=nats[:, :count].sum(1), distortion=nats[:, count:].sum(1))

    def nats(self, x: Tensor) -> Tensor:
        """Return -log p(x_i | those before) of every pixel, (B, pixels): R at any K is a sum."""
        logits = widened(self.decoder.logits_of_real(x))
        real = real_pixels(x, self.decoder.frame).flatten(1)
        return functional.binary_cross_entropy_with_logits(
            logits, real.to(logits.dtype), reduction="none"
        )
