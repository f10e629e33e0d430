"""A PixelCNN++ a row at a time: what sampling needs of it, with all that is above remembered.

To draw a pixel a network needs the outputs of its row alone. At every size and in every layer a row
is a function of rows above, which are final, and of itself: so each layer keeps the row above of
what its convolutions see, and a pass works out a single row of each size. The vertical stream does
not see the row that is drawn, and is worked out once for it; a row of half the size stands for two.
The same numbers as of whole passes, in a twentieth of their time (Ramachandran et al. 2017,
arXiv:1704.06001, where it is done by the pixel).
"""

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from rdneural.models.pixelcnn import GatedResidual, PixelCNN


class RowMemory:
    """What a network remembers while images are drawn, row after row from the first.

    `row` is set before the passes for the pixels of a row, which come from left to right, the last
    of them for the last pixel that is drawn.
    """

    def __init__(self, network: PixelCNN) -> None:
        self.network = network
        self._row, self._fresh = -1, True
        self._kept: dict[Hashable, tuple[int, Tensor, Tensor]] = {}
        self._vertical: dict[Hashable, Tensor] = {}
        self._ends: dict[int, tuple[Tensor, Tensor]] = {}

    def begin(self, row: int) -> None:
        """Go on to a row: the next one, or the first."""
        self._row, self._fresh = row, True

    def logits(
        self, x: Tensor, code: Tensor | None, deeper: Sequence[Tensor], rising: Sequence[Tensor],
        own: Tensor | None, order: Tensor | None,
    ) -> Tensor:  # fmt: skip
        """Return what `PixelCNN.forward` does in this row, and zeros in the others."""
        net, row = self.network, self._row
        v, h = self._entered(x, code)
        v, h = net.order_shift_v(v, order), net.order_shift_h(h, order)
        direct = None
        if net.own is not None:
            assert own is not None
            to_stream, direct = net.own(own[:, :, row : row + 1]).split([h.shape[1], 1], 1)
            h = h + to_stream
        skips: list[list[tuple[Tensor, Tensor]]] = []
        for level, block in enumerate(net.down):
            if row % 2**level:
                break  # rows of half the size are every other one
            at = row >> level
            if level:
                v, h = self._halved(level, at)
                if deeper:
                    v, h = _added(v, h, deeper[level - 1], at)
            passed = []
            for index, layer in enumerate(block.children()):
                v, h = self._layer(layer, ("down", level, index), at, v, h, None, order)
                passed.append((v, h))
            skips.append(passed)
            if level + 1 < len(net.down):
                self._stacked(("halve v", level + 1), at, v)
                self._stacked(("halve h", level + 1), at, h)
        for step, block in enumerate(net.up):
            level = len(net.up) - 1 - step
            if level >= len(skips):
                continue
            at = row >> level
            if step:
                v, h = (
                    double(end)[:, :, at % 2 : at % 2 + 1]
                    for double, end in zip(
                        (net.double_v[step - 1], net.double_h[step - 1]),
                        self._ends[level + 1],
                        strict=True,
                    )
                )
                if rising:
                    v, h = _added(v, h, rising[-step], at)
            for index, layer in enumerate(block.children()):
                skip = skips[level].pop()
                v, h = self._layer(layer, ("up", level, index), at, v, h, skip, order)
            self._ends[level] = v, h
        logits = net.logits(functional.silu(h))
        if direct is not None:
            logits = logits + direct
        self._fresh = False
        rows = x.shape[2]
        return functional.pad(logits, (0, 0, row, rows - 1 - row))

    def _entered(self, x: Tensor, code: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return this row of both streams as they enter the first block."""
        net, row = self.network, self._row
        x = 2 * x[:, :, max(row - 2, 0) : row + 1] - 1
        x = functional.pad(x, (0, 0, 3 - x.shape[2], 0))  # rows above the image are zeros
        rows = [torch.ones_like(x[:, :, 1:])]
        if code is not None:
            maps = code[:, :, max(row - 1, 0) : row + 1]
            rows.insert(0, functional.pad(maps, (0, 0, 2 - maps.shape[2], 0)))
        if row == 0:
            rows[-1][:, :, 0] = 0
        left = functional.pad(x[:, :, 1:], (1, 0))[:, :, :, :-1]
        v = _convolved(net.enter_vertical, torch.cat([x[:, :, :-1], *rows], 1))
        return v, _convolved(net.enter_horizontal, torch.cat([left, *rows], 1))

    def _halved(self, level: int, at: int) -> tuple[Tensor, Tensor]:
        """Return row `at` of both streams at half the size of the level before."""
        net = self.network
        v, h = (torch.cat(self._kept[name, level][1:], 2) for name in ("halve v", "halve h"))
        return _convolved(net.halve_v[level - 1], v), _convolved(net.halve_h[level - 1], h)

    def _layer(
        self, layer: Any, key: Hashable, at: int, v: Tensor, h: Tensor,  # noqa: ANN401
        skip: tuple[Tensor, Tensor] | None, order: Tensor | None,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        """Return row `at` of both streams after a layer (`TwoStreams`)."""
        if self._fresh:
            of_skip = None if skip is None else skip[0]
            self._vertical[key] = self._residual(layer.vertical, (key, "v"), at, v, of_skip, order)
        v = self._vertical[key]
        extra = v if skip is None else torch.cat([v, skip[1]], 1)
        return v, self._residual(layer.horizontal, (key, "h"), at, h, extra, order)

    def _residual(
        self, part: GatedResidual, key: Hashable, at: int, x: Tensor, extra: Tensor | None,
        order: Tensor | None,
    ) -> Tensor:  # fmt: skip
        seen = self._stacked((key, "first"), at, functional.silu(x))
        h = part.order_shift(_convolved(part.first, seen), order)
        if part.extra is not None:
            assert extra is not None
            h = h + part.extra(functional.silu(extra))
        seen = self._stacked((key, "second"), at, functional.silu(h))
        return x + _convolved(part.value, seen) * torch.sigmoid(_convolved(part.gate, seen))

    def _stacked(self, key: Hashable, at: int, now: Tensor) -> Tensor:
        """Keep row `at` of a map; return it below the row before, zeros above the first."""
        kept = self._kept.get(key)
        if at == 0 or kept is None:
            before = torch.zeros_like(now)
        else:
            before = kept[1] if kept[0] == at else kept[2]
        self._kept[key] = at, before, now
        return torch.cat([before, now], 2)


def _convolved(layer: Any, two_rows: Tensor) -> Tensor:  # noqa: ANN401  (a Conv2d)
    """Return the row that a causal convolution makes of a row and the one above."""
    right = layer.kernel_size[1] - 2
    padded = functional.pad(two_rows, (1, right))
    return functional.conv2d(padded, layer.weight, layer.bias, (1, layer.stride[1]))


def _added(v: Tensor, h: Tensor, both: Tensor, at: int) -> tuple[Tensor, Tensor]:
    of_v, of_h = both[:, :, at : at + 1].chunk(2, 1)
    return v + of_v, h + of_h


@contextmanager
def remembered(network: PixelCNN) -> Iterator[RowMemory]:
    """Let passes of a network be for the rows of a `RowMemory` within the block."""
    network.memory = memory = RowMemory(network)
    try:
        yield memory
    finally:
        network.memory = None
