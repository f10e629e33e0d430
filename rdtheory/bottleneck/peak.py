r"""The largest value of c(s) = sum_x w_x prod_y s(y)^(p(y|x) / beta) over distributions s.

c is no concave function of s, so it is bounded cell by cell: cells are simplices, parted at their
longest edge. In a cell log s(y) is below its tangent at the middle of what s(y) can be there; that
makes the bound on c a convex function, whose largest value is at a corner. Its error is of second
order in the size of the cell, so that few cells are left around each peak.

Source: Horst and Tuy, "Global optimization" (1996), section IV.3, for the parting of simplices.
"""

import math

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array
from rdtheory.log_sum import log_sum

Indices = npt.NDArray[np.int64]

ENCLOSED = 1e-8
"""Of beta log c, in nats, within which its largest value is known where that is possible."""

SMALL = 1e-300
"""Probabilities below count as this one, where a logarithm is taken."""

BATCH = 4096
"""Cells that are parted at once, at most."""

ENTRIES = 10_000_000
"""Products that may be summed for one bound."""

NARROW = 1e-13
"""Edges that are not parted any more."""


def peak(
    log_w: Array,
    conditional: Array,
    beta: float,
    corners: Array,
    *,
    fine: float | None = None,
    enough: float = math.inf,
    entries: int = ENTRIES,
) -> tuple[float, float, Array]:
    """Return log c at the best place found, a bound on log c everywhere, and that place (m,).

    Parameters
    ----------
    log_w : (n,) log w_x
    conditional : (n, m) p(y|x)
    beta : slope, above 0
    corners : (d + 1, m) distributions whose mixtures are the places that count
    fine : how near to each other the two numbers need not be; `ENCLOSED` / beta by default
    enough : what the first need not be above
    entries : cap on the products that are summed
    """
    powers, fine = conditional.T / beta, ENCLOSED / beta if fine is None else fine

    def at(places: Array) -> Array:  # log c at places (k, m)
        return log_sum(np.log(np.maximum(places, SMALL)) @ powers + log_w)

    edges = np.triu_indices(len(corners), 1)
    cells = corners[None]
    places = np.concatenate([corners, corners.mean(axis=0)[None]])
    values = at(places)
    best, place = float(values.max()), places[values.argmax()]
    if len(corners) == 1:
        return best, best, place
    bounds = _bounds(cells, powers, log_w)
    spent, work = 0, len(corners) * conditional.size
    left_over = -math.inf  # of cells that are too small to part
    while cells.size and spent < entries and best <= enough:
        if bounds.max() <= max(best, left_over) + fine:
            break
        kept = bounds > best + fine
        cells, bounds = cells[kept], bounds[kept]
        if len(cells) > BATCH:
            order = np.argpartition(-bounds, BATCH)
            taken, rest = order[:BATCH], order[BATCH:]
        else:
            taken, rest = np.arange(len(cells)), np.arange(0)
        halves, small = _parted(cells[taken], edges)
        left_over = max(left_over, float(bounds[taken][small].max(initial=-math.inf)))
        centres = halves.mean(axis=1)
        values = at(centres)
        if values.size and values.max() > best:
            best, place = float(values.max()), centres[values.argmax()]
        spent += len(halves) * work
        cells = np.concatenate([cells[rest], halves])
        parents = np.repeat(bounds[taken][~small], 2)
        bounds = np.concatenate([bounds[rest], np.minimum(_bounds(halves, powers, log_w), parents)])
    return best, max(best + fine, left_over, float(bounds.max(initial=-math.inf))), place


def _bounds(cells: Array, powers: Array, log_w: Array) -> Array:
    """Return a bound on log c in each of cells (k, d + 1, m)."""
    low, high = cells.min(axis=1), np.maximum(cells.max(axis=1), SMALL)
    middle = np.maximum(0.5 * (low + high), SMALL)
    lines = np.log(middle)[:, None] + cells / middle[:, None] - 1.0  # (k, d + 1, m)
    tangent = log_sum(lines @ powers + log_w).max(axis=1)
    return np.minimum(tangent, log_sum(np.log(high) @ powers + log_w))


def _parted(cells: Array, edges: tuple[Indices, ...]) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Return both halves of cells, one after the other, and which cells are too small to part."""
    one, other = edges
    roots = np.sqrt(np.maximum(cells, 0.0))
    lengths = ((roots[:, one] - roots[:, other]) ** 2).sum(axis=2)  # Hellinger's, where c bends
    longest = lengths.argmax(axis=1)
    each = np.arange(len(cells))
    small = lengths[each, longest] < NARROW**2
    cells, longest, each = cells[~small], longest[~small], np.arange(int((~small).sum()))
    first, second = one[longest], other[longest]
    middle = 0.5 * (cells[each, first] + cells[each, second])
    halves = np.repeat(cells, 2, axis=0)
    halves[2 * each, first] = middle
    halves[2 * each + 1, second] = middle
    return halves, small
