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

from rdneural.models.discrete_codes import NEVER, AutoregressiveCodes, PointCodes
from rdneural.models.latent import LatentModel, Terms
from rdneural.models.layers import widened
from rdneural.models.marginals import Marginal
from rdneural.models.pixel_distributions import AutoregressiveImages
from rdneural.models.pixelcnn import PixelCNN
from rdneural.records.sizes import Sizes


class FirstPixels(nn.Module):
    """The encoder: an image's first pixels."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def forward(self, x: Tensor) -> PointCodes:
        """Return the codes (B, count) of images (B, 1, side, side)."""
        return PointCodes(x.flatten(1)[:, : self.count])


class LaterPixels(nn.Module):
    """The decoder: the first pixels are the code's, the others follow from those before them."""

    def __init__(self, sizes: Sizes, count: int) -> None:
        super().__init__()
        self.side, self.count = sizes.side, count
        self.pixels = PixelCNN(sizes, maps=0)

    def start_at(self, mean: float) -> None:
        """Let every pixel start at about probability `mean`."""
        self.pixels.start_at(mean)

    def forward(self, z: Tensor) -> AutoregressiveImages:
        """Return the distribution of images given their first pixels (B, count)."""
        known = functional.pad(z, (0, self.side**2 - self.count))
        known = known.view(-1, 1, self.side, self.side)
        given = torch.arange(self.side**2, device=z.device).view(1, 1, self.side, self.side)
        given = given < self.count

        def logits_of(x: Tensor) -> Tensor:
            rows = x.shape[2]
            sure = NEVER * (2 * known[:, :, :rows] - 1)
            logits = widened(self.pixels(x.to(known.dtype)))
            sure = sure.repeat_interleave(len(x) // max(len(known), 1), 0)
            return torch.where(given[:, :, :rows], sure.to(logits), logits)

        return AutoregressiveImages(logits_of, len(z), self.side, self.pixels.row_step, z.device)


@dataclass(frozen=True, eq=False)
class FirstPixelsMarginal(Marginal):
    """The marginal: what the decoder's network says of the first pixels."""

    decoder: LaterPixels

    def __call__(self, encoder: nn.Module) -> AutoregressiveCodes:
        """Return the distribution of codes; the encoder has no part in it."""
        side, count = self.decoder.side, self.decoder.count
        like = next(self.decoder.parameters())

        def logits_of(z: Tensor) -> Tensor:
            x = functional.pad(z.to(like), (0, side**2 - count)).view(-1, 1, side, side)
            return self.decoder.pixels(x).flatten(1)[:, :count]

        return AutoregressiveCodes(logits_of, like.new_zeros(count))


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
        super().__init__(family, sizes, (FirstPixels(count), decoder, FirstPixelsMarginal(decoder)))

    def forward(self, x: Tensor, noise: Tensor | None = None) -> Terms:
        """Return rate and distortion of images (B, 1, side, side); nothing is drawn."""
        nats, count = self.nats(x), self.decoder.count
        return Terms(rate=nats[:, :count].sum(1), distortion=nats[:, count:].sum(1))

    def nats(self, x: Tensor) -> Tensor:
        """Return -log p(x_i | those before) of every pixel, (B, side^2): R at any K is a sum."""
        logits = widened(self.decoder.pixels(x))
        of_pixels = functional.binary_cross_entropy_with_logits(
            logits, x.to(logits.dtype), reduction="none"
        )
        return of_pixels.flatten(1)
