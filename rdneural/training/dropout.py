"""Dropout, in the steps of training and nowhere else: a model that is measured is whole."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from rdneural.models.layers import Gated
from rdneural.models.pixelcnn import GatedResidual


@contextmanager
def dropout(model: nn.Module, share: float) -> Iterator[None]:
    """Within the block, let gated layers leave out a share of their numbers.

    They are those of the PixelCNN++ where the model has one: its code is to be read as it is. Else
    they are all that it has.
    """
    layers = _layers(model) if share else []
    try:
        for layer in layers:
            layer.dropout = share
        yield
    finally:
        for layer in layers:
            layer.dropout = 0.0


def _layers(model: nn.Module) -> list[GatedResidual] | list[Gated]:
    residual = [part for part in model.modules() if isinstance(part, GatedResidual)]
    return residual or [part for part in model.modules() if isinstance(part, Gated)]
