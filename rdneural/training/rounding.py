"""Weights of eight bits: a quarter of a checkpoint's size, for models that are handed on.

A row w of a weight (the numbers that belong to one output) is kept as whole numbers k and a step s,
w = s k, |k| <= 127, so that no weight moves by more than s / 2. Biases and small weights stay as
they are. What this costs is measured: a model that is handed on is measured with the weights it
has then (`rdneural.runs.handing_on`).
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from rdneural.training.checkpoints import Checkpoint

LEVELS = 127
"""The greatest whole number."""

SMALL = 256
"""Weights of fewer numbers are not rounded: they are few, and biases matter. Nor is what is not of
float32, or not finite, such as a mask."""

WHOLE, STEP, PLAIN = "whole", "step", "plain"
"""Groups of a checkpoint: whole numbers, their steps, and what is not rounded."""


def rounded(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors by which rounded weights are kept, under names with their groups.

    Examples
    --------
    >>> weight = torch.linspace(-1, 1, 300).view(2, 150)
    >>> kept = rounded({"a": weight, "b": torch.ones(3)})
    >>> sorted(kept), kept["whole/a"].dtype
    (['plain/b', 'step/a', 'whole/a'], torch.int8)
    >>> bool(((unrounded(kept)["a"] - weight).abs() <= kept["step/a"][:, None] / 1.999).all())
    True
    """
    kept = {}
    for name, weight in weights.items():
        if not _is_rounded(weight):
            kept[f"{PLAIN}/{name}"] = weight.detach().clone()
            continue
        rows = weight.detach().flatten(1).float()
        step = rows.abs().amax(1) / LEVELS
        whole = (rows / step.clamp(min=torch.finfo(torch.float32).tiny)[:, None]).round()
        kept[f"{WHOLE}/{name}"] = whole.to(torch.int8).view(weight.shape)
        kept[f"{STEP}/{name}"] = step
    return kept


def _is_rounded(weight: Tensor) -> bool:
    large = weight.ndim >= 2 and weight.numel() >= SMALL
    return large and weight.dtype == torch.float32 and bool(weight.isfinite().all())


def unrounded(kept: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights that `rounded` kept; empty where there are none.

    `KeyError` where whole numbers have no steps.
    """
    weights = {}
    for full_name, tensor in kept.items():
        group, _, name = full_name.partition("/")
        if group == PLAIN:
            weights[name] = tensor
        elif group == WHOLE:
            step = kept[f"{STEP}/{name}"].view(-1, *[1] * (tensor.ndim - 1))
            weights[name] = tensor.float() * step
    return weights


def weights_in(stored: Checkpoint) -> dict[str, Tensor]:
    """Return the weights that a checkpoint is for: the best, the average, or rounded ones."""
    return stored.group("best") or stored.group("average") or unrounded(stored.tensors)
