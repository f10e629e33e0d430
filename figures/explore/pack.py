"""Numbers for a page, small: floats of few digits, and tables as bytes in text."""

from base64 import b64encode
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt


def rounded(values: npt.ArrayLike, digits: int = 7) -> list[float]:
    """Return numbers of so many significant digits.

    Examples
    --------
    >>> rounded([1 / 3, 1e-12], 3)
    [0.333, 1e-12]
    """
    return [float(f"{value:.{digits}g}") for value in np.ravel(values)]


def packed(values: Iterable[npt.ArrayLike], *, width: int = 2) -> dict[str, Any]:
    """Return numbers, none negative, of one or many tables as whole numbers of `width` bytes each.

    They are shares of the largest, `top`, one after another, the low byte first.

    Examples
    --------
    >>> packed([[0.0, 0.5], [[0.25]]], width=1)
    {'top': 0.5, 'width': 1, 'bytes': 'AP+A'}
    """
    numbers = np.concatenate([np.zeros(0), *(np.ravel(table) for table in values)])
    top = float(numbers.max(initial=0.0)) or 1.0
    levels = np.rint(numbers / top * (256**width - 1)).astype(f"<u{width}")
    return {"top": top, "width": width, "bytes": b64encode(levels.tobytes()).decode()}
