"""The floor of a training step: the time that its arithmetic, or its memory, takes at best.

Matrix products and convolutions cannot be quicker than the quickest that the machine was seen to
do, and what a forward pass keeps for the backward one is written once and read once at least. The
floor of a step is the longer of the two times.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks
from torch.nn import functional

REPEATS = 7
SHAPES = ((16, 64, 14, 64), (16, 32, 28, 32), (64, 32, 14, 32))
"""Images, channels, side and outputs of the convolutions that are timed, 3x3 each."""
COPIED = 2**26
"""Bytes of the array that is copied to time the memory: more than caches hold."""


@dataclass(frozen=True)
class Speeds:
    """The quickest that was seen: arithmetic in GFLOP/s, memory in GB/s, reading and writing."""

    gflops: float
    gigabytes: float

    def floor(self, gflop: float, kept_bytes: float) -> float:
        """Return the least seconds of so much arithmetic and so many bytes that are kept."""
        return max(gflop / self.gflops, 2e-9 * kept_bytes / self.gigabytes)


def speeds_of(device: torch.device, precision: torch.dtype) -> Speeds:
    """Time convolutions, matrix products and a copy; return the best of each."""
    found = []
    for count, channels, side, outputs in SHAPES:
        x = torch.randn(count, channels, side + 2, side + 2, device=device, dtype=precision)
        weight = torch.randn(outputs, channels, 3, 3, device=device, dtype=precision)
        x, weight = (part.to(memory_format=torch.channels_last) for part in (x, weight))
        gflop = 2e-9 * count * side**2 * weight.numel()
        found.append(gflop / _best(partial(functional.conv2d, x, weight), device))
    square = torch.randn(1024, 1024, device=device, dtype=precision)
    found.append(2e-9 * 1024**3 / _best(lambda: square @ square, device))
    source = torch.empty(COPIED, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    copying = _best(lambda: target.copy_(source), device)
    return Speeds(max(found), 2e-9 * COPIED / copying)


def kept_bytes(forward: Callable[[], Any]) -> int:
    """Return the bytes of all that a forward pass keeps for its backward pass, each once."""
    seen: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        seen[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        forward()
    return sum(seen.values())


def _best(work: Callable[[], object], device: torch.device) -> float:
    """Return the least seconds of some tries, after one that warms up."""
    seconds = []
    for _ in range(REPEATS + 1):
        begun = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        seconds.append(time.perf_counter() - begun)
    return min(seconds[1:])
