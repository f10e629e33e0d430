"""Decoders d(x|z): networks from codes to distributions of images."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from rdneural.models.frames import fixed_beyond
from rdneural.models.layers import Cropped, Gated, Spread, gated_blocks
from rdneural.models.orders import OrderedImages, turned
from rdneural.models.pixel_distributions import (
    AutoregressiveImages,
    BernoulliImages,
    ImageDistribution,
    IndependentImages,
)
from rdneural.models.pixelcnn import PixelCNN
from rdneural.models.pixels import BernoulliPixels, NormalPixels, pixels_of
from rdneural.records.sizes import Sizes


class DeconvDecoder(nn.Module):
    """`-`: gated transposed convolutions to what a likelihood wants of independent pixels.

    With stride 1 and "same" padding a transposed convolution is a convolution with its kernel
    turned around, so plain ones stand in for them: they are quicker.
    """

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.patched, self.frame = sizes.patched, sizes.frame
        self.likelihood = pixels_of(sizes.likelihood)
        each = self.likelihood.outputs  # numbers for a pixel
        f, g, top, side = sizes.features, sizes.deep_features, sizes.top_features, sizes.side

        def spreading(inputs: int) -> Gated:  # (B, inputs) to (B, narrow, side/4, side/4)
            return Gated(lambda: Spread(inputs, sizes.narrow or g, side // 4))

        def doubling(inputs: int, outputs: int) -> Gated:
            return Gated(
                lambda: nn.ConvTranspose2d(
                    inputs, outputs, 5, stride=2, padding=2, output_padding=1
                )
            )

        def even() -> nn.Module:  # "same" padding for a kernel of even size
            return nn.Sequential(nn.ConvTranspose2d(f, f, 4, padding=1), Cropped(side))

        kernel, seen = (3, sizes.narrow) if sizes.narrow else (5, g)
        same = [  # (B, narrow, side/4, side/4) to (B, g, side/4, side/4)
            Gated(lambda: nn.Conv2d(seen, g, kernel, padding=kernel // 2)),
            *gated_blocks(g, sizes.decoder_blocks),
        ]
        if sizes.patched:
            self.network = nn.Sequential(
                Gated(lambda: nn.Linear(sizes.dim, top)),
                spreading(top),
                *same,
                doubling(g, f),  # (B, f, side/2, side/2)
                Gated(lambda: nn.Conv2d(f, f, 3, padding=1)),
            )
            self.logits = nn.Conv2d(f, 4 * each, 3, padding=1)  # of blocks of 2x2 pixels
        else:
            self.network = nn.Sequential(
                spreading(sizes.dim),
                *same,
                doubling(g, g),  # (B, g, side/2, side/2)
                Gated(lambda: nn.Conv2d(g, f, 5, padding=2)),
                doubling(f, f),  # (B, f, side, side)
                Gated(even),
            )
            self.logits = nn.Conv2d(f, each, 5, padding=2)

    @property
    def differential(self) -> bool:
        """Whether pixels have densities."""
        return isinstance(self.likelihood, NormalPixels)

    def start_at(self, mean: float) -> None:
        """Let every pixel start at probability, or value, `mean`."""
        assert self.logits.bias is not None
        start = self.likelihood.start(mean)
        with torch.no_grad():  # those of a block's pixels stand together
            self.logits.bias.copy_(start.repeat_interleave(len(self.logits.bias) // len(start)))

    def forward(self, z: Tensor) -> ImageDistribution:
        """Return the distribution of images given codes (B, dim)."""
        outputs = self.logits(self.network(z))
        outputs = functional.pixel_shuffle(outputs, 2 if self.patched else 1)
        if isinstance(self.likelihood, BernoulliPixels):
            return BernoulliImages(fixed_beyond(outputs, self.frame))
        return IndependentImages(self.likelihood, outputs, self.frame)


class PixelDecoder(nn.Module):
    """`+`: PixelCNN++ that sees the code as one more image, made by a gated dense layer."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.side, self.frame, self.orders = sizes.side, sizes.frame, sizes.pixel_orders
        self.code = Gated(lambda: nn.Linear(sizes.dim, sizes.side**2))
        self.likelihood = pixels_of(sizes.likelihood)
        self.pixels = PixelCNN(sizes, outputs=self.likelihood.outputs)

    @property
    def differential(self) -> bool:
        """Whether pixels have densities."""
        return isinstance(self.likelihood, NormalPixels)

    def start_at(self, mean: float) -> None:
        """Let every pixel start at about probability, or value, `mean`."""
        assert self.pixels.logits.bias is not None
        with torch.no_grad():
            self.pixels.logits.bias.copy_(self.likelihood.start(mean))

    def forward(self, z: Tensor) -> ImageDistribution:
        """Return the distribution of images given codes (B, dim)."""
        code = self.code(z).view(-1, 1, self.side, self.side)
        like = (
            len(z), self.side, self.pixels, z.device, self.frame, self.likelihood,
        )  # fmt: skip

        def logits_of(x: Tensor) -> Tensor:
            seen = code[:, :, : x.shape[2]].repeat_interleave(len(x) // len(code), 0)
            return self.pixels(x.to(code.dtype), seen)

        def logits_in_order(x: Tensor, order: Tensor, places: Tensor) -> Tensor:
            seen = turned(code.repeat_interleave(len(x) // len(code), 0), places)
            return self.pixels(x.to(code.dtype), seen[:, :, : x.shape[2]], order=order)

        if self.orders == 1:
            return AutoregressiveImages(logits_of, *like)
        return OrderedImages(logits_in_order, self.orders, self.training, *like)


DECODERS: dict[str, type[DeconvDecoder] | type[PixelDecoder]] = {
    "-": DeconvDecoder,
    "+": PixelDecoder,
}
