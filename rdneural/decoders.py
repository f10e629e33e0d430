"""Decoders d(x|z): networks from codes to distributions of binary images."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from rdneural.layers import Cropped, Gated
from rdneural.pixel_distributions import AutoregressiveImages, BernoulliImages
from rdneural.pixelcnn import PixelCNN
from rdneural.sizes import Sizes


class DeconvDecoder(nn.Module):
    """`-`: gated transposed convolutions to the logits of independent pixels."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        f, g, side = sizes.features, sizes.deep_features, sizes.side
        k, same = sizes.kernel, sizes.kernel // 2

        def doubling(inputs: int, outputs: int) -> nn.ConvTranspose2d:
            return nn.ConvTranspose2d(inputs, outputs, k, stride=2, padding=same, output_padding=1)

        if sizes.patched:
            layers = [Gated(lambda: nn.ConvTranspose2d(g, f, k, padding=same))]
        else:
            layers = [
                Gated(lambda: nn.ConvTranspose2d(g, f, k, padding=same)),
                Gated(lambda: doubling(f, f)),  # (B, f, side, side)
                Gated(lambda: nn.Sequential(nn.ConvTranspose2d(f, f, 4, padding=1), Cropped(side))),
            ]
        self.network = nn.Sequential(
            # a single pixel becomes (B, g, side/4, side/4)
            Gated(lambda: nn.ConvTranspose2d(sizes.dim, g, side // 4), summed=sizes.dim),
            Gated(lambda: nn.ConvTranspose2d(g, g, k, padding=same)),
            Gated(lambda: doubling(g, g)),  # (B, g, side/2, side/2)
            *layers,
        )
        self.block = 2 if sizes.patched else 1
        self.logits = nn.Conv2d(f, self.block**2, k, padding=same)

    def start_at(self, mean: float) -> None:
        """Let every pixel start at probability `mean`."""
        _start_bias(self.logits, mean)

    def forward(self, z: Tensor) -> BernoulliImages:
        """Return the distribution of images given codes (B, dim)."""
        logits = self.logits(self.network(z[:, :, None, None]))
        return BernoulliImages(functional.pixel_shuffle(logits, self.block))


class PixelDecoder(nn.Module):
    """`+`: PixelCNN++ that sees the code as one more image, made by a gated dense layer."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.side = sizes.side
        self.code = Gated(lambda: nn.Linear(sizes.dim, sizes.side**2))
        self.pixels = PixelCNN(sizes)

    def start_at(self, mean: float) -> None:
        """Let every pixel start at about probability `mean`."""
        _start_bias(self.pixels.logits, mean)

    def forward(self, z: Tensor) -> AutoregressiveImages:
        """Return the distribution of images given codes (B, dim)."""
        code = self.code(z).view(-1, 1, self.side, self.side)

        def logits_of(x: Tensor) -> Tensor:
            return self.pixels(x, code[:, :, : x.shape[2]])

        return AutoregressiveImages(logits_of, len(z), self.side, self.pixels.row_step, z.device)


@torch.no_grad()
def _start_bias(layer: nn.Module, mean: float) -> None:
    assert isinstance(layer, nn.Conv2d)
    assert layer.bias is not None
    layer.bias.fill_(torch.logit(torch.tensor(mean), eps=1e-3).item())


DECODERS: dict[str, type[DeconvDecoder] | type[PixelDecoder]] = {
    "-": DeconvDecoder,
    "+": PixelDecoder,
}
