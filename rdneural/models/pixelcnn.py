"""PixelCNN++ (Salimans et al. 2017) for binary images: no pixel sees itself or later ones.

Two streams of causal convolutions. The vertical one sees the rows above, the horizontal one also
what is to the left; the vertical stream feeds the horizontal one. Blocks go down through halved
sizes and up again, with shortcuts between layers of equal size.
"""

import math
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from rdneural.models.fused import NONE, Padding, gated_sum, silu_padded
from rdneural.models.layers import Doubling, keep_variance
from rdneural.records.sizes import Sizes

VERTICAL = (2, 3)  # kernel: this row and the one above, one column to either side
HORIZONTAL = (2, 2)  # kernel: this row and the one above, this column and the one to the left


class Memory(Protocol):
    """What a network remembers of the rows above while images are drawn."""

    def logits(
        self, x: Tensor, code: Tensor | None, deeper: Sequence[Tensor], rising: Sequence[Tensor],
        own: Tensor | None, order: Tensor | None,
    ) -> Tensor:  # fmt: skip
        """Return what `PixelCNN.forward` does in the row that is drawn."""
        ...


class CausalConv(nn.Conv2d):
    """Convolution that sees no rows below and, if its kernel is two wide, no columns right."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, in, H, W) to (B, out, H, W), or half of both with stride 2."""
        rows, columns = self.kernel_size
        right = columns - 2
        return super().forward(functional.pad(x, (1, right, rows - 1, 0)))


class OrderShift(nn.Module):
    """What each of several orders of pixels adds to the channels of h, nothing at first."""

    def __init__(self, orders: int, features: int) -> None:
        super().__init__()
        self.shifts = nn.Embedding(orders, features) if orders > 1 else None
        if self.shifts is not None:
            nn.init.zeros_(self.shifts.weight)

    def forward(self, h: Tensor, order: Tensor | None) -> Tensor:
        """Map (B, features, H, W) to the same, given the order of each image (B,)."""
        if self.shifts is None:
            return h
        assert order is not None
        return h + self.shifts(order)[:, :, None, None].to(h.dtype)


class GatedResidual(nn.Module):
    """x + a(h) * sigmoid(b(h)), where h is a convolution of x and of what comes from elsewhere.

    Its convolutions see no later pixels, since what they are of is padded above and left. `dropout`
    is the share of h that a step of training leaves out (`rdneural.training.dropout`). `orders` are
    those of pixels, of which h is told.
    """

    dropout = 0.0

    def __init__(
        self, features: int, kernel: tuple[int, int], *, extra: int = 0, orders: int = 1
    ) -> None:
        super().__init__()
        rows, columns = kernel
        self.padding = Padding(left=1, right=columns - 2, top=rows - 1)
        self.first = nn.Conv2d(features, features, kernel)
        self.extra = nn.Conv2d(extra, features, 1) if extra else None
        self.order_shift = OrderShift(orders, features)
        self.value = nn.Conv2d(features, features, kernel)
        self.gate = nn.Conv2d(features, features, kernel)
        for layer in (self.first, self.value, self.extra):
            if layer is not None:
                keep_variance(layer, gain=math.sqrt(2.0))  # of what silu leaves

    def forward(
        self, x: Tensor, extra: Tensor | None = None, order: Tensor | None = None
    ) -> Tensor:
        """Map (B, features, H, W) to the same; `extra` is (B, extra, H, W), `order` (B,)."""
        h = self.order_shift(self.first(silu_padded(x, self.padding)), order)
        more = None
        if self.extra is not None:
            assert extra is not None
            more = self.extra(silu_padded(extra, NONE))
        h = silu_padded(h, self.padding, more, self.dropout)
        return gated_sum(x, self.value(h), self.gate(h))


class TwoStreams(nn.Module):
    """One layer of both streams; on the way up it also takes its shortcut from the way down."""

    def __init__(self, features: int, *, shortcut: bool, orders: int) -> None:
        super().__init__()
        f, skip = features, features if shortcut else 0
        self.vertical = GatedResidual(f, VERTICAL, extra=skip, orders=orders)
        self.horizontal = GatedResidual(f, HORIZONTAL, extra=f + skip, orders=orders)

    def forward(
        self, v: Tensor, h: Tensor, skip: tuple[Tensor, Tensor] | None, order: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Map the streams (B, features, H, W) to the same."""
        if skip is None:
            v = self.vertical(v, None, order)
            return v, self.horizontal(h, v, order)
        v = self.vertical(v, skip[0], order)
        return v, self.horizontal(h, torch.cat([v, skip[1]], 1), order)


class PixelCNN(nn.Module):
    """Map the image (B, 1, H, W) and `maps` maps of the code, as large, to `outputs` a pixel.

    They are one logit for a binary one (`rdneural.models.pixels`).

    `levels` are the sizes that it halves through, those of the preset where None. `own` is the
    number of maps, besides, of which a pixel may see its own value.
    """

    def __init__(
        self,
        sizes: Sizes,
        *,
        maps: int = 1,
        levels: int | None = None,
        own: int = 0,
        outputs: int = 1,
    ) -> None:
        super().__init__()
        f, layers, orders = sizes.pixel_features, sizes.pixel_layers, sizes.pixel_orders
        levels = sizes.pixel_levels if levels is None else levels
        self.row_step = 2 ** (levels - 1)
        self.memory: Memory | None = None
        self.enter_vertical = CausalConv(2 + maps, f, VERTICAL)
        self.enter_horizontal = CausalConv(2 + maps, f, HORIZONTAL)
        self.order_shift_v, self.order_shift_h = OrderShift(orders, f), OrderShift(orders, f)

        def block(*, shortcut: bool) -> nn.ModuleList:
            return nn.ModuleList(
                TwoStreams(f, shortcut=shortcut, orders=orders) for _ in range(layers)
            )

        self.down = nn.ModuleList(block(shortcut=False) for _ in range(levels))
        self.up = nn.ModuleList(block(shortcut=True) for _ in range(levels))
        halvings = range(levels - 1)
        self.halve_v = nn.ModuleList(CausalConv(f, f, VERTICAL, stride=2) for _ in halvings)
        self.halve_h = nn.ModuleList(CausalConv(f, f, HORIZONTAL, stride=2) for _ in halvings)
        self.double_v = nn.ModuleList(Doubling(f, f) for _ in halvings)
        self.double_h = nn.ModuleList(Doubling(f, f) for _ in halvings)
        self.logits = nn.Conv2d(f, outputs, 1)
        self.own = nn.Conv2d(own, f + 1, 1) if own else None
        for layer in (self.enter_vertical, self.enter_horizontal, self.logits):
            keep_variance(layer, gain=1.0)
        for convs in (self.halve_v, self.halve_h, self.double_v, self.double_h):
            keep_variance(convs, gain=1.0)

    @torch.no_grad()
    def start_at(self, mean: float) -> None:
        """Let every pixel start at about probability `mean`."""
        assert self.logits.bias is not None
        self.logits.bias.fill_(torch.logit(torch.tensor(mean), eps=1e-3).item())

    def forward(
        self,
        x: Tensor,
        code: Tensor | None = None,
        deeper: Sequence[Tensor] = (),
        rising: Sequence[Tensor] = (),
        own: Tensor | None = None,
        order: Tensor | None = None,
    ) -> Tensor:
        """Return logits; that of a pixel depends on the code and on the pixels of x before it.

        `code` (B, maps, H, W) is None where there are no maps. `deeper` may hold what the code has
        to say at each halved size, (B, 2 f, H/2, W/2) and so on: it is added to both streams on the
        way down; `rising`, (B, 2 f, H, W) and so on, is added at each size on the way up but for
        the smallest. `own` (B, own, H, W) may depend, at a pixel, on the code and the pixels
        before it. `order` (B,) says in which of several orders the pixels of each image are
        (`rdneural.models.orders`).

        While images are drawn it has a `memory`, and works out a single row
        (`rdneural.models.pixel_rows`).
        """
        if self.memory is not None:
            return self.memory.logits(x, code, deeper, rising, own, order)
        maps = [] if code is None else [code]
        x = 2 * x - 1
        ones = torch.ones_like(x)  # tells the border from the padding
        above = functional.pad(x, (0, 0, 1, 0))[:, :, :-1]  # each pixel holds the one above
        left = functional.pad(x, (1, 0))[:, :, :, :-1]  # each pixel holds the one to the left
        v = self.enter_vertical(torch.cat([above, *maps, ones], 1))  # (B, f, H, W)
        h = self.enter_horizontal(torch.cat([left, *maps, ones], 1))
        v, h = self.order_shift_v(v, order), self.order_shift_h(h, order)
        direct = None
        if self.own is not None:  # for the horizontal stream, which sees no column to the right
            assert own is not None
            to_stream, direct = self.own(own).split([h.shape[1], 1], 1)
            h = h + to_stream
        skips = []
        for level, block in enumerate(self.down):
            if level:
                v, h = self.halve_v[level - 1](v), self.halve_h[level - 1](h)
                if deeper:
                    v, h = _added(v, h, deeper[level - 1])
            for layer in block:  # type: ignore[attr-defined]
                v, h = layer(v, h, None, order)
                skips.append((v, h))
        for level, block in enumerate(self.up):
            if level:
                v, h = self.double_v[level - 1](v), self.double_h[level - 1](h)
                if rising:
                    v, h = _added(v, h, rising[-level])
            for layer in block:  # type: ignore[attr-defined]
                v, h = layer(v, h, skips.pop(), order)
        logits: Tensor = self.logits(functional.silu(h))
        return logits if direct is None else logits + direct


def _added(v: Tensor, h: Tensor, both: Tensor) -> tuple[Tensor, Tensor]:
    """Return the streams with what is said to each added, halves of (B, 2 f, H, W)."""
    of_v, of_h = both.chunk(2, 1)
    return v + of_v, h + of_h
