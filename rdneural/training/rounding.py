"""Weights of seven bits: a seventh of a float's size or so, for models that are handed on.

A row w of a weight (the numbers that belong to one output) is kept as whole numbers k and a step s,
w = s k, |k| <= LEVELS, so that no weight moves by more than s / 2. Biases and small weights stay as
they are. What this costs is measured: a model that is handed on is measured with the weights it
has then (`rdneural.runs.handing_on`).

All whole numbers are one stream of bytes, which zlib shortens to about their entropy: weights are
nearly normal, and far from equally likely. One tensor has them, one the steps and one what stays,
in the order of a list of names and shapes among the checkpoint's numbers.
"""

import math
import zlib
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from rdneural.training.checkpoints import Checkpoint

LEVELS = 63
"""The greatest whole number."""

SMALL = 256
"""Weights of fewer numbers are not rounded: they are few, and biases matter."""

SHAPES = "rounded"
"""Entry of a checkpoint's numbers: shapes of weights by name."""

WHOLE, STEP, SMALL_ONES = "rounded/whole", "rounded/step", "rounded/small"
"""Tensors of a checkpoint: bytes of the whole numbers, steps of rows, and what is not rounded."""

PLAIN = "plain"
"""Group of a checkpoint: what is not of float32, or not finite, such as a mask."""


def rounded(weights: Mapping[str, Tensor]) -> Checkpoint:
    """Return the checkpoint by which rounded weights are kept.

    Examples
    --------
    >>> weight = torch.linspace(-1, 1, 300).view(2, 150)
    >>> kept = rounded({"a": weight, "b": torch.ones(3)})
    >>> kept.numbers, sorted(kept.tensors)
    ({'rounded': {'a': [2, 150], 'b': [3]}}, ['rounded/small', 'rounded/step', 'rounded/whole'])
    >>> bool(((unrounded(kept)["a"] - weight).abs() <= 0.51 / LEVELS).all())
    True
    """
    tensors, shapes = {}, {}
    whole, steps, small = [b""], [torch.empty(0)], [torch.empty(0)]
    for name, weight in weights.items():
        weight = weight.detach().cpu()
        if weight.dtype != torch.float32 or not bool(weight.isfinite().all()):
            tensors[f"{PLAIN}/{name}"] = weight.clone()
            continue
        shapes[name] = list(weight.shape)
        if not _is_large(shapes[name]):
            small.append(weight.flatten())
            continue
        rows = weight.flatten(1)
        step = (rows.abs().amax(1) / LEVELS).bfloat16()  # off by less than half a whole number
        per_row = step.float().clamp(min=torch.finfo(torch.float32).tiny)
        steps.append(step)
        whole.append((rows / per_row[:, None]).round().to(torch.int8).numpy().tobytes())
    stream = np.frombuffer(zlib.compress(b"".join(whole), 9), np.uint8).copy()
    tensors |= {
        WHOLE: torch.from_numpy(stream), STEP: torch.cat(steps).bfloat16(),
        SMALL_ONES: torch.cat(small),
    }  # fmt: skip
    return Checkpoint(tensors, {SHAPES: shapes})


def _is_large(shape: list[int]) -> bool:
    return len(shape) >= 2 and math.prod(shape) >= SMALL


def unrounded(kept: Checkpoint) -> dict[str, Tensor]:
    """Return the weights that `rounded` kept; empty where there are none."""
    weights = kept.group(PLAIN)
    shapes: Mapping[str, list[int]] = kept.numbers.get(SHAPES, {})
    if not shapes:
        return weights
    large = {name: shape for name, shape in shapes.items() if _is_large(shape)}
    rest = {name: shape for name, shape in shapes.items() if not _is_large(shape)}
    stream = zlib.decompress(kept.tensors[WHOLE].numpy().tobytes())
    whole = torch.from_numpy(np.frombuffer(stream, np.int8).copy()).float()
    rows = {name: [shape[0], math.prod(shape[1:])] for name, shape in large.items()}
    steps = _cut(kept.tensors[STEP].float(), {name: [n, 1] for name, (n, _) in rows.items()})
    for name, numbers in _cut(whole, rows).items():
        weights[name] = (numbers * steps[name]).view(large[name])
    return weights | _cut(kept.tensors[SMALL_ONES], rest)


def _cut(numbers: Tensor, shapes: Mapping[str, list[int]]) -> dict[str, Tensor]:
    """Return tensors of the shapes, one after the other, by name."""
    parts = numbers.split([math.prod(shape) for shape in shapes.values()])
    return {
        name: part.clone().view(shape)
        for (name, shape), part in zip(shapes.items(), parts, strict=True)
    }


def weights_in(stored: Checkpoint) -> dict[str, Tensor]:
    """Return the weights that a checkpoint is for: the best, the average, or rounded ones."""
    return stored.group("best") or stored.group("average") or unrounded(stored)
