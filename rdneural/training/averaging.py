"""An exponential moving average of a model's weights, which is kept as the model."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from rdneural.models.refinement import BUFFER


class WeightAverage:
    """Average of the weights of a model over the steps of its training.

    The decay of step k is min(decay, (1 + k) / (10 + k)), so the average soon forgets the start.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.weights: dict[str, Tensor] = model.state_dict(keep_vars=True)
        self.averages = {name: p.detach().clone() for name, p in self.weights.items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take the weights after a step into the average."""
        keep = min(self.decay, (1 + step) / (10 + step))
        mixed, taken = [], []
        for name, weight in self.weights.items():
            if weight.is_floating_point():
                mixed.append(self.averages[name])
                taken.append(weight.detach())
            else:  # a count, as batch normalisation keeps one
                self.averages[name].copy_(weight)
        torch._foreach_lerp_(mixed, taken, 1 - keep)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Let the model have the averages as its weights within the block."""
        kept = {name: p.detach().clone() for name, p in self.weights.items()}
        copy_into(self.weights, self.averages)
        try:
            yield
        finally:
            copy_into(self.weights, kept)

    def has(self, parameter: Tensor) -> bool:
        """Return whether a tensor is one of the weights."""
        return any(weight is parameter for weight in self.weights.values())

    def name_of(self, parameter: Tensor) -> str:
        """Return the name of one of the weights."""
        (name,) = (name for name, weight in self.weights.items() if weight is parameter)
        return name

    def keep(self, parameter: Tensor) -> None:
        """Let the average of one parameter be what the parameter is now."""
        self.averages[self.name_of(parameter)] = parameter.detach().clone()


@torch.no_grad()
def copy_into(weights: dict[str, Tensor], values: dict[str, Tensor]) -> None:
    """Copy values into weights of the same names; `ValueError` where they do not fit.

    Numbers of a refinement may be missing: files of before December 2026 have none.
    """
    for name, weight in weights.items():
        if name not in values and name.endswith(f".{BUFFER}"):
            weight.zero_()
            continue
        if name not in values or values[name].shape != weight.shape:
            found = "nothing" if name not in values else f"shape {tuple(values[name].shape)}"
            raise ValueError(f"{name} must have shape {tuple(weight.shape)}, got {found}")
        weight.copy_(values[name])
