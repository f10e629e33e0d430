"""Codes and images that a run is handed: their shapes and values, and errors that name them."""

from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from rdneural.data.greys import shape_of

Images = Any
"""Zeros and ones, or chances in [0, 1]: (N, H, W), (N, 1, H, W), (N, H, W, 1) or rows of H*W."""

Frame = tuple[int, int]
Numbers = npt.NDArray[np.float32]


def images_in(images: Images, frame: Frame) -> Numbers:
    """Return images of a frame (height, width) as (N, height, width).

    Raises
    ------
    TypeError, ValueError
        where they are no numbers, of another shape, or not in [0, 1].

    Examples
    --------
    >>> images_in([[0, 1, 0.5, 1]], (2, 2)).shape
    (1, 2, 2)
    >>> images_in([[0, 255, 0, 0]], (2, 2))
    Traceback (most recent call last):
    ValueError: images must lie in [0, 1], got 255: divide by what is white, 255 or more
    """
    x = _numbers("images", images)
    height, width = frame
    shape = shape_of("images", x.shape, frame)
    if shape[1:] != frame:
        raise ValueError(f"images must have shape (N, {height}, {width}), got {x.shape}")
    outside = x[~((x >= 0) & (x <= 1))]
    if outside.size:
        hint = f": divide by what is white, {x.max():g} or more" if outside.min() > 1 else ""
        raise ValueError(f"images must lie in [0, 1], got {outside[0]:g}{hint}")
    return x.reshape(shape)


def codes_in(codes: Any, dim: int) -> Numbers:  # noqa: ANN401
    """Return codes as (N, dim); raises as `images_in` does.

    Examples
    --------
    >>> codes_in([0.5, 1], 2)
    Traceback (most recent call last):
    ValueError: codes must have shape (N, 2), got (2,)
    """
    z = _numbers("codes", codes)
    if z.ndim != 2 or z.shape[1] != dim:
        raise ValueError(f"codes must have shape (N, {dim}), got {z.shape}")
    wrong = z[~np.isfinite(z)]
    if wrong.size:
        raise ValueError(f"codes must be finite, got {wrong[0]:g}")
    return z


def _numbers(name: str, given: Any) -> Numbers:  # noqa: ANN401
    given = given.detach().cpu().float() if isinstance(given, Tensor) else given
    try:
        found = np.asarray(given)
    except ValueError:  # rows of several lengths
        raise TypeError(f"{name} must be an array of numbers, got unequal rows") from None
    if found.dtype.kind not in "biuf":
        seen = repr(given) if len(repr(given)) < 40 else f"an array of {found.dtype}"
        raise TypeError(f"{name} must be an array of numbers, got {' '.join(seen.split())}")
    return found.astype(np.float32)
