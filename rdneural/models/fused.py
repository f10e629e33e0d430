"""Activations in one pass over memory: doors around `rdneural.models.fused_kernels`.

On a CPU, in float32 and bfloat16, and outside of `torch.compile` and `torch.func`, the loops of the
kernels take the place of PyTorch's; elsewhere, and on several threads but for dropout, the same is
done by PyTorch's own functions.
"""

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from rdneural.models import fused_kernels as kernels

KINDS = {torch.float32: torch.float32, torch.bfloat16: torch.uint16}
"""What kernels see of each format."""

LEAST = 2**17
"""Numbers from which on several threads are quicker than one."""


@dataclass(frozen=True)
class Padding:
    """Columns of zeros left and right of an image, and rows above it."""

    left: int
    right: int
    top: int


NONE = Padding(0, 0, 0)


def silu_padded(
    x: Tensor, padding: Padding, extra: Tensor | None = None, dropout: float = 0.0
) -> Tensor:
    """Return silu(x + extra), dropped out, with zeros around: (B, C, H, W) to (B, C, H', W').

    `dropout` is the probability with which a number becomes 0; the others are divided by what is
    left of 1. What is dropped is drawn from torch's generator.
    """
    if _fits(x, extra, dropout):
        found: Tensor = _SiluPadded.apply(x, extra, padding, dropout, _seed(dropout))
        return found
    h = functional.silu(x if extra is None else x + extra)
    if dropout:
        h = functional.dropout(h, dropout)
    return functional.pad(h, (padding.left, padding.right, padding.top, 0))


def gated_sum(x: Tensor, value: Tensor, gate: Tensor) -> Tensor:
    """Return x + value * sigmoid(gate), each (B, C, H, W)."""
    if _fits(x, value) and _fits(value, gate):
        found: Tensor = _GatedSum.apply(x, value, gate)
        return found
    return x + value * torch.sigmoid(gate)


def gated_product(value: Tensor, gate: Tensor, dropout: float = 0.0) -> Tensor:
    """Return value * sigmoid(gate), dropped out as by `silu_padded`; (B, C) or (B, C, H, W)."""
    if _fits(value, gate, dropout):
        found: Tensor = _GatedProduct.apply(value, gate, dropout, _seed(dropout))
        return found
    h = value * torch.sigmoid(gate)
    return functional.dropout(h, dropout) if dropout else h


def _seed(dropout: float) -> int:
    """Return the seed of a mask, drawn from torch's generator where there is one."""
    return int(torch.randint(2**31, ()).item()) if dropout else 0


def _fits(x: Tensor, other: Tensor | None, dropout: float = 0.0) -> bool:
    """Return whether kernels take the tensors: on a CPU, of one format, and plain.

    Torch's threads, which go on waiting for work, are in the way of others. So where there are
    several, only dropout is the kernels' work: it takes PyTorch ten times as long.
    """
    if x.device.type != "cpu" or x.dtype not in KINDS:
        return False
    if torch.get_num_threads() > 1 and not dropout:
        return False
    if torch.compiler.is_compiling() or torch._C._functorch.maybe_current_level() is not None:
        return False
    return other is None or (other.dtype == x.dtype and other.shape == x.shape)


def _last(x: Tensor) -> Tensor:
    """Return (B, C, H, W) as (B, H, W, C), each pixel's channels together in memory."""
    return x.permute(0, 2, 3, 1).contiguous() if x.dim() == 4 else x.contiguous()


def _first(x: Tensor) -> Tensor:
    """Return (B, H, W, C) as (B, C, H, W) again."""
    return x.permute(0, 3, 1, 2) if x.dim() == 4 else x


def _seen(x: Tensor, *shape: int) -> Any:  # noqa: ANN401
    """Return the array of a tensor, as kernels see it."""
    return x.detach().view(KINDS[x.dtype]).view(*shape).numpy()


def _shared(work: Callable[[int, int], None], count: int, size: int | None = None) -> None:
    """Let torch's threads share work on `count` things, of so many numbers, where it is worth it.

    `work` is given the first of its things and the end of them.
    """
    threads = torch.get_num_threads() if (count if size is None else size) >= LEAST else 1
    if threads == 1:
        work(0, count)
        return
    ends = [count * part // threads for part in range(threads + 1)]
    list(_pool(threads).map(work, ends[:-1], ends[1:]))


@functools.cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="activations")


class _SiluPadded(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401
        x: Tensor, extra: Tensor | None, padding: Padding, dropout: float, seed: int,
    ) -> Tensor:  # fmt: skip
        last = _last(x)
        more = None if extra is None else _last(extra)
        count, height, width, channels = last.shape
        row, across = width * channels, width + padding.left + padding.right
        tall = height + padding.top
        out = torch.empty(count, tall, across, channels, dtype=x.dtype)
        rule = _rule(padding, height, channels, dropout, seed)
        source, target = _seen(last, -1, row), _seen(out, -1, across * channels)
        added = None if more is None else _seen(more, -1, row)

        def work(first: int, end: int) -> None:  # the images from the first to the end
            of = slice(first * height, end * height)
            kernels.silu_padded(
                first * height, source[of], None if added is None else added[of],
                target[first * tall : end * tall], *rule,
            )  # fmt: skip

        _shared(work, count, last.numel())
        ctx.save_for_backward(last, more)
        ctx.rule, ctx.tall = rule, tall
        return _first(out)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        last, more = ctx.saved_tensors
        given, tall = _last(gradient), ctx.tall
        count, height, width, channels = last.shape
        row = width * channels
        out = torch.empty_like(last)
        source, target = _seen(last, -1, row), _seen(out, -1, row)
        added = None if more is None else _seen(more, -1, row)
        by_padded = _seen(given, -1, given.shape[2] * channels)

        def work(first: int, end: int) -> None:
            of = slice(first * height, end * height)
            kernels.silu_padded_gradient(
                first * height, source[of], None if added is None else added[of],
                by_padded[first * tall : end * tall], target[of], *ctx.rule,
            )  # fmt: skip

        _shared(work, count, last.numel())
        found = _first(out)
        return found, None if more is None else found, None, None, None


def _rule(
    padding: Padding, height: int, channels: int, dropout: float, seed: int
) -> tuple[Any, ...]:
    """Return what kernels are told besides arrays."""
    return height, padding.top, padding.left * channels, *_drops(dropout, seed)


def _drops(dropout: float, seed: int) -> tuple[Any, ...]:
    """Return the seed of a mask, what drops a number, and what the others are multiplied by."""
    dropped = np.uint32(dropout * 2**32) if dropout else None
    return np.uint32(seed), dropped, np.float32(1 / (1 - dropout))


class _GatedSum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, value: Tensor, gate: Tensor) -> Tensor:  # noqa: ANN401
        parts = [_last(part) for part in (x, value, gate)]
        out = torch.empty_like(parts[0])
        seen = [_seen(part, -1) for part in (*parts, out)]
        kernels.gated_sum(*seen)
        ctx.save_for_backward(*parts[1:])
        return _first(out)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # noqa: ANN401
        value, gate = ctx.saved_tensors
        given = _last(gradient)
        by_value, by_gate = torch.empty_like(value), torch.empty_like(gate)
        seen = [_seen(part, -1) for part in (value, gate, given, by_value, by_gate)]
        kernels.gated_sum_gradient(*seen)
        return gradient, _first(by_value), _first(by_gate)


class _GatedProduct(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, value: Tensor, gate: Tensor, dropout: float, seed: int) -> Tensor:  # noqa: ANN401
        parts = [_last(part) for part in (value, gate)]
        out = torch.empty_like(parts[0])
        rule = ctx.rule = _drops(dropout, seed)
        seen = [_seen(part, -1) for part in (*parts, out)]

        def work(a: int, b: int) -> None:
            kernels.gated_product(a, *(part[a:b] for part in seen), *rule)

        _shared(work, out.numel())
        ctx.save_for_backward(*parts)
        return _first(out)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        value, gate = ctx.saved_tensors
        given = _last(gradient)
        by_value, by_gate = torch.empty_like(value), torch.empty_like(gate)
        seen = [_seen(part, -1) for part in (value, gate, given, by_value, by_gate)]

        def work(a: int, b: int) -> None:
            kernels.gated_product_gradient(a, *(part[a:b] for part in seen), *ctx.rule)

        _shared(work, len(seen[0]))
        return _first(by_value), _first(by_gate), None, None
