"""Dropout, in the steps of training and nowhere else: a model that is measured is whole."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from rdneural.models.pixelcnn import GatedResidual


@contextmanager
def dropout(model: nn.Module, share: float) -> Iterator[None]:
    """Within the block, let the gated layers of a PixelCNN++ leave out a share of their numbers."""
    layers = [part for part in model.modules() if isinstance(part, GatedResidual)] if share else []
    try:
        for layer in layers:
            layer.dropout = share
        yield
    finally:
        for layer in layers:
            layer.dropout = 0.0
