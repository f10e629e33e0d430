r"""Gibbs kernels A(x, y) = exp(-(d(x, y) - min_y d(x, y)) / beta): a table, or made on the fly.

The method of `newton` asks of a kernel only a few rows (letters y), a few columns (letters x), and
the sweep c(y) = sum_x w(x) A(x, y). So a distortion that is a function of coordinates needs no
table: rows and columns are made when asked for, and a sweep makes each entry once, on all cores.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from types import SimpleNamespace
from typing import Any, Protocol

import numba
import numpy as np
import numpy.typing as npt
from numba.extending import register_jitable

from rdtheory.checks import Array, check_array
from rdtheory.shown import Shown
from rdtheory.solver.exponentials import BLOCK, dot, exponentials

Indices = npt.NDArray[np.int64]

TINY = 1e-200
"""Entries and masses below this are zero: subnormal numbers slow matrix products several times."""


class Kernel(Protocol):
    """A(x, y) at one slope, with the excess d(x, y) - min_y d(x, y) that it came from."""

    @property
    def letters(self) -> int:
        """Number m of outputs y."""

    def rows(self, y: Indices) -> Array:
        """Return A(., y) for some outputs, shape (k, n)."""

    def excess(self, y: Indices) -> Array:
        """Return the excess distortion for some outputs, shape (k, n)."""

    def column(self, x: int) -> Array:
        """Return A(x, .) for one source letter, shape (m,)."""

    def sweep(self, weights: Array) -> Array:
        """Return sum_x weights(x) A(x, .), shape (m,)."""


# -- a table --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class TableProblem:
    """A distortion given as a table; `surplus` (m, n) is d(x, y) - low(x), a row for each y."""

    low: Array
    surplus: Array

    @classmethod
    def of(cls, distortion: Array) -> "TableProblem":
        """Return the problem of a checked (n, m) table whose rows have finite entries."""
        low = distortion.min(axis=1)
        with np.errstate(over="ignore"):
            surplus = np.subtract(distortion.T, low, order="C")
        if np.isinf(surplus[np.isfinite(distortion.T)]).any():
            raise ValueError("distortion must span less than 1.8e308 in every row, got more")
        return cls(low, surplus)

    def kernel(self, beta: float) -> "TableKernel":
        """Return the kernel at a slope; at its limits 0 and inf, where d is least, where finite."""
        if beta == 0.0 or beta == math.inf:
            limit = self.surplus == 0.0 if beta == 0.0 else np.isfinite(self.surplus)
            return TableKernel(limit.astype(np.float64), self.surplus)
        entries = self.surplus / -beta
        entries[entries < math.log(TINY)] = -math.inf
        return TableKernel(np.exp(entries, out=entries), self.surplus)

    def mean(self, p: Array) -> Array:
        """E d(x, y) - E low(x) for every y, shape (m,): what a code of no rate pays."""
        return self.surplus @ p


@dataclass(frozen=True, eq=False)
class TableKernel:
    """A kernel stored whole, a contiguous row for each y; see `Kernel`."""

    entries: Array
    surplus: Array

    @property
    def letters(self) -> int:  # noqa: D102
        return self.entries.shape[0]

    def rows(self, y: Indices) -> Array:  # noqa: D102
        return self.entries[y]

    def excess(self, y: Indices) -> Array:  # noqa: D102
        return self.surplus[y]

    def column(self, x: int) -> Array:  # noqa: D102
        return self.entries[:, x]

    def sweep(self, weights: Array) -> Array:  # noqa: D102
        return self.entries @ weights


# -- a function of coordinates --------------------------------------------------------------------


@dataclass(frozen=True, eq=False, repr=False)
class Coordinates(Shown):
    """A distortion d(x, y) = measure(letters[x], outputs[y]), never tabulated.

    Parameters
    ----------
    letters : (n,) coordinates of the source letters, or (n, k)
    outputs : (m,) coordinates of the outputs, or (m, k)
    measure : "squared", "absolute" (both summed over the k coordinates),
        "hamming", or any function of two floats, or of two arrays (k,), that
        numba compiles
    index, columns : labels that letters and outputs came with, as of pandas

    Examples
    --------
    >>> grid = np.linspace(-4, 4, 5)
    >>> Coordinates(grid, grid, "squared").table()[0]
    array([ 0.,  4., 16., 36., 64.])
    """

    letters: Array
    outputs: Array
    measure: str | Callable[[Any, Any], float]
    index: Any = field(init=False, repr=False)
    columns: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name, labels in (("letters", "index"), ("outputs", "columns")):
            object.__setattr__(self, labels, getattr(getattr(self, name), "index", None))
            given = getattr(self, name)
            made = check_array(name, given, ndim=2 if np.ndim(given) == 2 else 1)
            object.__setattr__(self, name, made)
        if self.letters.shape[1:] != self.outputs.shape[1:]:
            seen = f"{self.letters.shape}, got {self.outputs.shape}"
            raise ValueError(f"outputs must have as many coordinates as letters, {seen}")
        wrong = f"measure must be a function or one of {', '.join(MEASURES)}, got {self.measure!r}"
        if not isinstance(self.measure, str) and not callable(self.measure):
            raise TypeError(wrong)
        if isinstance(self.measure, str) and self.measure not in MEASURES:
            raise ValueError(wrong)

    @cached_property
    def compiled(self) -> Any:  # noqa: ANN401  (a namespace of compiled loops)
        """The loops over this measure."""
        if isinstance(self.measure, str):
            known = MEASURES if self.letters.ndim == 1 else VECTOR_MEASURES
            return _compile(known[self.measure], cached=True)
        return _compile(self.measure, cached=False)

    def table(self) -> Array:
        """Return the whole table (n, m)."""
        low = np.zeros(len(self.letters))
        return self.compiled.excess(self.letters, self.outputs, low).T

    def problem(self) -> "CoordinateProblem":
        """Return what the solver needs of it."""
        low = self.compiled.low(self.letters, self.outputs)
        if not np.isfinite(low).all():
            x = int(np.flatnonzero(~np.isfinite(low))[0])
            rule = "measure must give numbers above -inf, one of them finite for every letter"
            raise ValueError(f"{rule}, got {low[x]} for letter {self.letters[x]}")
        return CoordinateProblem(self, low)


@dataclass(frozen=True, eq=False)
class CoordinateProblem:
    """A distortion made on the fly, with its least value low(x) for every x."""

    coordinates: Coordinates
    low: Array

    def kernel(self, beta: float) -> "CoordinateKernel":
        """Return the kernel at a slope; at its limits 0 and inf, where d is least, where finite."""
        return CoordinateKernel(self.coordinates, self.low, beta)

    def mean(self, p: Array) -> Array:
        """E d(x, y) - E low(x) for every y, shape (m,)."""
        c = self.coordinates
        return c.compiled.mean(c.letters, c.outputs, self.low, p)


@dataclass(frozen=True, eq=False)
class CoordinateKernel:
    """A kernel whose entries are made when asked for; see `Kernel`."""

    coordinates: Coordinates
    low: Array
    beta: float

    @property
    def letters(self) -> int:  # noqa: D102
        return len(self.coordinates.outputs)

    def rows(self, y: Indices) -> Array:  # noqa: D102
        c = self.coordinates
        return c.compiled.rows(c.letters, c.outputs[y], self.low, self.beta)

    def excess(self, y: Indices) -> Array:  # noqa: D102
        c = self.coordinates
        return c.compiled.excess(c.letters, c.outputs[y], self.low)

    def column(self, x: int) -> Array:  # noqa: D102
        c, at = self.coordinates, slice(x, x + 1)
        return c.compiled.rows(c.letters[at], c.outputs, self.low[at], self.beta)[:, 0]

    def sweep(self, weights: Array) -> Array:  # noqa: D102
        c = self.coordinates
        return c.compiled.sweep(c.letters, c.outputs, self.low, self.beta, weights)


@register_jitable
def squared(x: float, y: float) -> float:
    """(x - y)^2."""
    return (x - y) ** 2


@register_jitable
def absolute(x: float, y: float) -> float:
    """|x - y|."""
    return abs(x - y)


@register_jitable
def hamming(x: float, y: float) -> float:
    """0 where x = y, else 1."""
    return 0.0 if x == y else 1.0


@register_jitable
def squared_vectors(x: Array, y: Array) -> float:
    """|x - y|^2, summed over the coordinates."""
    total = 0.0
    for i in range(len(x)):
        total += (x[i] - y[i]) ** 2
    return total


@register_jitable
def absolute_vectors(x: Array, y: Array) -> float:
    """|x - y|, summed over the coordinates."""
    total = 0.0
    for i in range(len(x)):
        total += abs(x[i] - y[i])
    return total


@register_jitable
def hamming_vectors(x: Array, y: Array) -> float:
    """0 where x = y in all coordinates, else 1."""
    for i in range(len(x)):
        if x[i] != y[i]:
            return 1.0
    return 0.0


MEASURES = {"squared": squared, "absolute": absolute, "hamming": hamming}
VECTOR_MEASURES = {
    "squared": squared_vectors, "absolute": absolute_vectors, "hamming": hamming_vectors
}  # fmt: skip


@numba.njit(cache=True)
def entry(excess: float, beta: float) -> float:
    """A(x, y) of an excess distortion; at beta = 0 it marks the least, at inf what is finite."""
    if beta == 0.0:
        return 1.0 if excess == 0.0 else 0.0
    if beta == math.inf:
        return 1.0 if excess < math.inf else 0.0
    exponent = excess / beta
    return math.exp(-exponent) if exponent < 460.0 else 0.0


@cache
def _compile(measure: Callable[[Any, Any], float], *, cached: bool) -> Any:  # noqa: ANN401
    """Compile the loops over a measure.

    Where `cached`, numba keeps them on disk under the measure's name: another process finds them
    only if that is a plain function of this file, as a compiled one goes by its process too.
    """
    if not cached and not hasattr(measure, "py_func"):
        measure = numba.njit(measure)

    @numba.njit(cache=cached, parallel=True)
    def low(letters: Array, outputs: Array) -> Array:
        least = np.empty(len(letters))
        for x in numba.prange(len(letters)):
            d = np.inf
            for y in range(len(outputs)):
                here = measure(letters[x], outputs[y])
                if not here >= d and not math.isnan(d):  # a NaN stays
                    d = here
            least[x] = d
        return least

    @numba.njit(cache=cached, parallel=True)
    def excess(letters: Array, outputs: Array, least: Array) -> Array:
        table = np.empty((len(outputs), len(letters)))
        for y in numba.prange(len(outputs)):
            for x in range(len(letters)):
                table[y, x] = measure(letters[x], outputs[y]) - least[x]
        return table

    @numba.njit(cache=cached, parallel=True)
    def rows(letters: Array, outputs: Array, least: Array, beta: float) -> Array:
        table = np.empty((len(outputs), len(letters)))
        for y in numba.prange(len(outputs)):
            for x in range(len(letters)):
                table[y, x] = entry(measure(letters[x], outputs[y]) - least[x], beta)
        return table

    @numba.njit(cache=cached, parallel=True)
    def sweep(letters: Array, outputs: Array, least: Array, beta: float, weights: Array) -> Array:
        total = np.zeros(len(outputs))
        if beta == 0.0 or beta == math.inf:
            for y in numba.prange(len(outputs)):
                for x in range(len(letters)):
                    total[y] += weights[x] * entry(measure(letters[x], outputs[y]) - least[x], beta)
            return total
        for y in numba.prange(len(outputs)):
            output = outputs[y]
            exponents, found, room = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
            for first in range(0, len(letters), BLOCK):
                part = letters[first : first + BLOCK]  # slices: indices from 0 are fast ones
                low, size = least[first : first + BLOCK], len(part)
                for i in range(size):
                    exponents[i] = (measure(part[i], output) - low[i]) / -beta
                exponentials(exponents[:size], found[:size], room[:size])
                total[y] += dot(weights[first : first + BLOCK], found[:size])
        return total

    @numba.njit(cache=cached, parallel=True)
    def mean(letters: Array, outputs: Array, least: Array, p: Array) -> Array:
        total = np.zeros(len(outputs))
        for y in numba.prange(len(outputs)):
            for x in range(len(letters)):
                total[y] += p[x] * (measure(letters[x], outputs[y]) - least[x])
        return total

    return SimpleNamespace(low=low, excess=excess, rows=rows, sweep=sweep, mean=mean)
