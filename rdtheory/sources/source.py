r"""A finite rate-distortion problem: a source, outputs, and a distortion between them.

Its curve is

    R(D) = min I(X; Y)  over the channels p(y|x) with  E d(X, Y) <= D,

in nats.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt
from numba.core.errors import NumbaError
from scipy.spatial.distance import cdist

from rdtheory.checks import (
    Array,
    check_array,
    check_choice,
    check_count,
    check_distortion,
    check_pmf,
    check_same_labels,
)
from rdtheory.shown import Shown
from rdtheory.solver.gibbs import Coordinates

MEASURES = ("squared", "absolute", "hamming", "table")

METRICS = {"squared": "sqeuclidean", "absolute": "cityblock"}
"""Of scipy, in several dimensions."""

LETTERS = 1_000_000
"""Most letters of a named source."""

POINTS = 2000
"""Most letters of a named source whose distortion is a table."""


@dataclass(frozen=True, eq=False, repr=False)
class Source(Shown):
    r"""A finite rate-distortion problem.

    Parameters
    ----------
    name : how results call it; of a named source the text that `named_source`
        reads
    p_x : (n,) the source p(x)
    letters : (n,) coordinates of the letters x, or (n, k) in k dimensions
    outputs : (m,) coordinates of the outputs y, or (m, k)
    measure : "squared", (x - y)^2, and "absolute", |x - y|, both summed over
        the k coordinates; "hamming", [x != y]; "table"; or a function d(x, y)
        of two numbers, of two arrays (k,) in k dimensions, which is fast where
        numba compiles it
    table : (n, m) the distortion, for the measure "table" alone; +inf forbids
        an output
    closed_form : R(D) in nats, of a number or of each in an array; None where
        it is not known
    exact : whether `closed_form` is that of this very finite problem; otherwise
        it is that of the continuous source that the problem discretises, near
        it only where D spans many letters
    near : the D from which on it is near; None for three steps of letters on a
        line

    Raises
    ------
    ValueError
        where p_x is not a distribution, the shapes do not fit, the measure is
        unknown, or the table holds NaN, -inf, or nothing but inf for a letter
        that has mass.

    Examples
    --------
    >>> source = Source("erasure", [0.5, 0.5], [0, 1], [0, 1, 2], "table",
    ...                 table=[[0, np.inf, 1], [np.inf, 0, 1]])
    >>> source.distortion
    array([[ 0., inf,  1.],
           [inf,  0.,  1.]])
    """

    name: str
    p_x: Array
    letters: Array
    outputs: Array
    measure: str | Callable[[Any, Any], float]
    table: Array | None = None
    closed_form: Callable[[Any], Any] | None = None
    exact: bool = False
    near: float | None = None

    def __post_init__(self) -> None:
        if not callable(self.measure):
            check_choice("measure", self.measure, MEASURES)
        check_same_labels(
            ("p_x", self.p_x, 0), ("letters", self.letters, 0), ("table", self.table, 0)
        )
        check_same_labels(("outputs", self.outputs, 0), ("table", self.table, 1))
        parts = {
            "p_x": check_pmf("p_x", self.p_x),
            "letters": _places("letters", self.letters),
            "outputs": _places("outputs", self.outputs),
        }
        if parts["letters"].shape[:1] != parts["p_x"].shape:
            seen = f"{parts['p_x'].shape}, got {parts['letters'].shape}"
            raise ValueError(f"letters must have the shape of p_x, {seen}")
        if parts["letters"].shape[1:] != parts["outputs"].shape[1:]:
            seen = f"{parts['letters'].shape}, got {parts['outputs'].shape}"
            raise ValueError(f"outputs must have as many coordinates as letters, {seen}")
        if (self.table is not None) != (self.measure == "table"):
            seen = f"measure = {self.measure!r} and {'no' if self.table is None else 'a'} table"
            raise ValueError(f"table must be given for the measure 'table' alone, got {seen}")
        if self.table is not None:
            parts["table"] = check_distortion(self.table, parts["p_x"])
            if parts["table"].shape[1] != len(parts["outputs"]):
                seen = f"{parts['table'].shape[1]}, got {len(parts['outputs'])}"
                raise ValueError(f"outputs must have one entry per column of the table, {seen}")
        for name, part in parts.items():
            part.flags.writeable = False
            object.__setattr__(self, name, part)
        if self.closed_form is not None:
            object.__setattr__(self, "closed_form", partial(_each, self.closed_form))

    @classmethod
    def from_table(cls, name: str, p_x: npt.ArrayLike, distortion: npt.ArrayLike) -> "Source":
        """Return the problem of a table (n, m), with letters numbered from 0."""
        check_same_labels(("p_x", p_x, 0), ("distortion", distortion, 0))
        p_x = check_pmf("p_x", p_x)
        table = check_distortion(distortion, p_x)
        letters, outputs = np.arange(table.shape[0]), np.arange(table.shape[1])
        return cls(name, p_x, letters, outputs, "table", table)  # type: ignore[arg-type]

    @cached_property
    def distortion(self) -> Array:
        """d(x, y), (n, m); made when first asked for, as it may be too large."""
        if self.table is not None:
            return self.table
        if callable(self.measure):
            made = self._called(self.measure)
        elif self.letters.ndim == 2 and self.measure == "hamming":
            made = Coordinates(self.letters, self.outputs, self.measure).table()
        elif self.letters.ndim == 2:
            made = cdist(self.letters, self.outputs, METRICS[self.measure])
        elif self.measure == "hamming":
            made = (self.letters[:, None] != self.outputs).astype(np.float64)
        else:
            step = self.letters[:, None] - self.outputs
            made = np.square(step) if self.measure == "squared" else np.abs(step)
        made.flags.writeable = False
        return made

    def _called(self, measure: Callable[[Any, Any], float]) -> Array:
        """Return the table of a function: compiled, or called for every pair where it cannot be."""
        try:
            return Coordinates(self.letters, self.outputs, measure).table()
        except NumbaError:
            rows = [[float(measure(x, y)) for y in self.outputs] for x in self.letters]
            return check_distortion(rows, self.p_x)


def _places(name: str, value: npt.ArrayLike) -> Array:
    return check_array(name, value, ndim=2 if np.ndim(value) == 2 else 1)


def on_points(
    name: str,
    p_x: npt.ArrayLike,
    points: npt.ArrayLike,
    measure: str | Callable[[Any, Any], float],
    closed_form: Callable[[float], float] | None = None,
    *,
    exact: bool = False,
    near: float | None = None,
) -> Source:
    """Return a source whose outputs are its letters."""
    return Source(name, p_x, points, points, measure, None, closed_form, exact, near)  # type: ignore[arg-type]


def check_letters(name: str, value: int, *, most: int = LETTERS) -> int:
    """Return a number of letters, at least 2."""
    count = check_count(name, value, low=2)
    if count > most:
        raise ValueError(f"{name} must be an integer of at most {most}, got {count}")
    return count


def _each(form: Callable[[float], float], distortion: Any) -> Any:  # noqa: ANN401  (a number or an array)
    """Apply a closed form to one distortion, or to each of an array."""
    if np.ndim(distortion) == 0:
        return form(distortion)
    return np.vectorize(form, otypes=[np.float64])(distortion)
