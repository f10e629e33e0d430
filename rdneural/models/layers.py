"""Layers that several networks share: gated linear activations and autoregressive masks.

A gated linear activation is h(x) = (W1 x + b1) * sigmoid(W2 x + b2). Value and gate are two layers
and not halves of one, so that both are contiguous where channels come last.
"""

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from rdneural.models.fused import gated_product


class Gated(nn.Module):
    """The gated linear activation of two layers that `make` makes.

    `dropout` is the share of it that a step of training leaves out (`rdneural.training.dropout`).
    """

    dropout = 0.0

    def __init__(self, make: Callable[[], nn.Module]) -> None:
        super().__init__()
        self.value, self.gate = make(), make()
        keep_variance(self.value, gain=2.0)  # the gate starts near 1/2
        keep_variance(self.gate, gain=1.0)

    def forward(self, x: Tensor) -> Tensor:
        """Return value(x) * sigmoid(gate(x))."""
        return gated_product(self.value(x), self.gate(x), self.dropout)


@torch.no_grad()
def keep_variance(module: nn.Module, *, gain: float) -> None:
    """Let the layers in `module` start so that outputs vary `gain` times as much as inputs.

    PyTorch's own start shrinks the signal threefold a layer: ten gated layers let nothing through.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            summed = layer.weight[0].numel()  # how many numbers an output adds up
            if isinstance(layer, nn.ConvTranspose2d):
                _, height, width = layer.weight[0].shape
                summed = layer.in_channels * height * width // math.prod(layer.stride)
            nn.init.normal_(layer.weight, std=gain / math.sqrt(summed))
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


class Residual(nn.Module):
    """What a module makes of its input, added to it."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        """Return x + inner(x)."""
        return x + self.inner(x)


def gated_blocks(channels: int, count: int) -> list[nn.Module]:
    """Return gated 3x3 convolutions, each added to what it sees, (B, channels, H, W)."""
    return [
        Residual(Gated(lambda: nn.Conv2d(channels, channels, 3, padding=1))) for _ in range(count)
    ]


class Spread(nn.Module):
    """A transposed convolution of a single pixel, which is a matrix product and quicker as one.

    Maps (B, inputs) to (B, outputs, side, side); one bias a channel.
    """

    def __init__(self, inputs: int, outputs: int, side: int) -> None:
        super().__init__()
        self.shape = (-1, outputs, side, side)
        self.linear = nn.Linear(inputs, outputs * side**2, bias=False)
        self.bias = nn.Parameter(torch.zeros(outputs, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return the image, its channels last in memory."""
        image = self.linear(x).view(self.shape) + self.bias
        # as contiguous(memory_format=torch.channels_last), which vmap has no rule for
        return image.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)


class Doubling(nn.ConvTranspose2d):
    """A transposed convolution of kernel and stride 2: a matrix product, and quicker as one.

    Maps (B, inputs, H, W) to (B, outputs, 2 H, 2 W): a block of 2x2 is a function of one pixel.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 2, stride=2)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Return the image, its channels last in memory."""
        count, inputs, height, width = x.shape
        weight = self.weight.permute(2, 3, 1, 0).reshape(-1, inputs)
        blocks = functional.linear(x.permute(0, 2, 3, 1), weight)
        blocks = blocks.view(count, height, width, 2, 2, -1).transpose(2, 3)
        assert self.bias is not None
        doubled = blocks.reshape(count, 2 * height, 2 * width, -1) + self.bias.to(blocks.dtype)
        return doubled.permute(0, 3, 1, 2)


class Cropped(nn.Module):
    """Keep the first `side` rows and columns: "same" padding for a kernel of even size."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, x: Tensor) -> Tensor:
        """Return x[..., :side, :side]."""
        return x[..., : self.side, : self.side]


class MaskedLinear(nn.Linear):
    """A linear layer whose weights are zero wherever `mask` (outputs, inputs) is."""

    mask: Tensor

    def __init__(self, mask: Tensor) -> None:
        super().__init__(mask.shape[1], mask.shape[0])
        self.register_buffer("mask", mask, persistent=False)
        with torch.no_grad():  # no gradient reaches them: zeros for good, of which a copy is short
            self.weight *= mask

    def forward(self, x: Tensor) -> Tensor:
        """Return (mask * W) x + b."""
        return functional.linear(x, self.mask * self.weight, self.bias)


class MADE(nn.Module):
    """Masked autoencoder (Germain et al. 2015): output i depends on inputs before i alone.

    Parameters
    ----------
    size
        number of inputs and of outputs.
    hidden
        widths of the hidden layers, ReLU each.
    backwards
        whether "before" counts from the last input, as every other step of a flow wants.

    Examples
    --------
    >>> import torch
    >>> jacobian = torch.autograd.functional.jacobian(MADE(3, (16,)), torch.zeros(3))
    >>> bool((jacobian.triu() == 0).all())
    True
    """

    def __init__(self, size: int, hidden: tuple[int, ...], *, backwards: bool = False) -> None:
        super().__init__()
        self.size = size
        order = torch.arange(size).flip(0) if backwards else torch.arange(size)
        degrees = [order]
        for width in hidden:  # a hidden unit of degree k sees the inputs up to the k-th
            degrees.append(torch.arange(width) % max(size - 1, 1))
        layers: list[nn.Module] = []
        for before, after in pairwise(degrees):
            mask = after[:, None] >= before[None, :]
            layers += [MaskedLinear(mask.float()), nn.ReLU()]
        mask = order[:, None] > degrees[-1][None, :]
        layers.append(MaskedLinear(mask.float()))
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., size) to (..., size)."""
        return self.layers(x)


def widened(x: Tensor) -> Tensor:
    """Return x in float32 at least: what networks computed in bfloat16 is summed up exactly."""
    return x if x.dtype == torch.float64 else x.float()
