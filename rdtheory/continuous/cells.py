r"""The supremum of a function over a box, between bounds, by branch and bound.

Boxes whose bound is above what is asked are cut in two across their longest edge until none is
left. What is left when the boxes run out still has its bounds, and the largest is the answer's: it
is always a bound, at worst a loose one.

Source: Moore, *Methods and Applications of Interval Analysis* (1979), chapter 6.
"""

from collections.abc import Callable
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array

Bounds = Callable[[Array, Array], tuple[Array, Array]]
"""Of centres and half edges, both (m, k): the function there and a bound on each box, both (m,)."""

BATCH = 4096
"""Boxes that are bounded at once."""


class Supremum(NamedTuple):
    """The bound of a supremum, the most that was seen, where (k,), and the boxes that it took."""

    bound: float
    best: float
    where: Array
    boxes: int


def supremum(
    bounds: Bounds, low: Array, high: Array, *, enough: float, slack: float, most: int, edge: float
) -> Supremum:
    """Bound the supremum over the box from `low` to `high`, both (k,).

    Parameters
    ----------
    bounds : the function and its bounds on boxes
    enough : a bound that is not to be improved on
    slack : above the most that was seen, so much more is not to be improved on either
    most : boxes to spend
    edge : of boxes to begin with, as long as they are few
    """
    centres, halves = _grid(low, high, edge, most // 16)
    bound, best, where, boxes = -np.inf, -np.inf, centres[0], 0
    while len(centres):
        left: list[npt.NDArray[np.bool_]] = []
        for first in range(0, len(centres), BATCH):
            part = slice(first, first + BATCH)
            at, above = bounds(centres[part], halves[part])
            boxes += at.size
            if at.max() > best:
                best, where = float(at.max()), centres[part][at.argmax()]
            again = above > max(enough, best + slack)
            if boxes + 2 * sum(map(np.sum, left)) + 2 * again.sum() > most:
                again[:] = False
            bound = max(bound, float(above[~again].max(initial=-np.inf)))
            left.append(again)
        centres, halves = _cut(centres, halves, np.concatenate(left))
    return Supremum(bound, best, where, boxes)


def _grid(low: Array, high: Array, edge: float, most: int) -> tuple[Array, Array]:
    """Return boxes of equal size that fill one, about `edge` wide, at most so many."""
    each = max(1, int(max(most, 1) ** (1.0 / low.size)))
    counts = np.clip(np.ceil((high - low) / edge), 1, each).astype(np.int64)
    halves = (high - low) / counts / 2.0
    steps = [lo + h * (2 * np.arange(n) + 1) for lo, h, n in zip(low, halves, counts, strict=True)]
    centres = np.array(list(product(*steps)))
    return centres, np.broadcast_to(halves, centres.shape)


def _cut(centres: Array, halves: Array, chosen: npt.NDArray[np.bool_]) -> tuple[Array, Array]:
    """Return the halves of the chosen boxes, cut across their longest edges."""
    centres, halves = centres[chosen], halves[chosen].copy()
    rows, longest = np.arange(len(halves)), halves.argmax(axis=1) if len(halves) else []
    halves[rows, longest] /= 2.0
    step = np.zeros_like(halves)
    step[rows, longest] = halves[rows, longest]
    return np.concatenate((centres - step, centres + step)), np.concatenate((halves, halves))
