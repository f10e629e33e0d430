"""Images that are smaller than the square that networks see: all beyond their frame is 0 for sure.

An image of a frame (height, width) is at the top left of a canvas. Decoders give the pixels beyond
the frame logits of -`NEVER`, so that log Bernoulli(0) is exactly 0 there: R and D are of the real
pixels alone, whatever measures them, samples are 0 beyond, and no gradient comes from there.
"""

from torch import Tensor
from torch.nn import functional

NEVER = 1e4
"""Nats of what cannot happen: exp(-NEVER) is zero in float64, and a table of it has no infinities.
"""

Frame = tuple[int, int] | None
"""Height and width of the real pixels; None where all are."""


def fixed_beyond(logits: Tensor, frame: Frame, value: float = -NEVER) -> Tensor:
    """Return logits (.., H, W), of the first rows of a canvas, with a value beyond the frame.

    Examples
    --------
    >>> import torch
    >>> fixed_beyond(torch.zeros(1, 1, 2, 3), (4, 2))
    tensor([[[[     0.,      0., -10000.],
              [     0.,      0., -10000.]]]])
    """
    if frame is None:
        return logits
    rows, columns = logits.shape[-2:]
    height, width = (min(real, seen) for real, seen in zip(frame, (rows, columns), strict=True))
    real = logits[..., :height, :width]
    return functional.pad(real, (0, columns - width, 0, rows - height), value=value)


def real_pixels(x: Tensor, frame: Frame) -> Tensor:
    """Return the pixels of images (.., H, W) that are within the frame."""
    return x if frame is None else x[..., : frame[0], : frame[1]]


def halved(frame: Frame) -> Frame:
    """Return the frame of the coarser images: a block of 2x2 is real where any pixel of it is."""
    return None if frame is None else ((frame[0] + 1) // 2, (frame[1] + 1) // 2)


def on_canvas(x: Tensor, side: int) -> Tensor:
    """Return images (.., H, W) at the top left of side x side pixels, zeros beyond."""
    return functional.pad(x, (0, side - x.shape[-1], 0, side - x.shape[-2]))


__all__ = ["NEVER", "Frame", "fixed_beyond", "halved", "on_canvas", "real_pixels"]
