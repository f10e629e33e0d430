"""What the public functions of a solver take in common: a whole source, counts, short signatures.

A source with its distortion, as of `rdtheory.sources`, stands for both arguments p_x and
distortion: `solve_rate(source, 0.5)` is `solve_rate(source.p_x, source.distortion, 0.5)`.
"""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeGuard, TypeVar, cast, overload

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array, normalised
from rdtheory.shown import with_signature
from rdtheory.solver.gibbs import Coordinates

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)

TABLE = 4_000_000
"""Most entries of a distortion that is tabulated; larger ones are made on the fly."""


class SourceLike(Protocol):
    """A source p_x (n,) with its distortion (n, m), as `rdtheory.sources.Source` is one."""

    @property
    def p_x(self) -> Array:
        """(n,) masses."""

    @property
    def distortion(self) -> Array | Coordinates:
        """(n, m) table, or what needs none."""


class Door(Protocol[P, R_co]):
    """A function of p_x and distortion that takes a source in their place."""

    @overload
    def __call__(self, source: SourceLike, /, *args: Any, **options: Any) -> R_co: ...  # noqa: ANN401
    @overload
    def __call__(
        self, p_x: npt.ArrayLike, /, *args: Any, normalise: bool, **options: Any  # noqa: ANN401
    ) -> R_co: ...  # fmt: skip
    @overload
    def __call__(self, *args: P.args, **options: P.kwargs) -> R_co: ...


def is_source(value: Any) -> TypeGuard[SourceLike]:  # noqa: ANN401
    """Whether a first argument is a whole source; a table with such columns is none."""
    # a distortion that is made when asked for is not to be made here: it may be too large
    has = hasattr(type(value), "distortion") or "distortion" in getattr(value, "__dict__", ())
    return has and hasattr(value, "p_x") and not hasattr(value, "columns")


def distortion_of(source: Any) -> Array | Coordinates:  # noqa: ANN401  (a SourceLike)
    """Return a source's distortion as a table, or as coordinates where that is too large."""
    measure = getattr(source, "measure", "table")
    if measure == "table" or len(source.letters) * len(source.outputs) <= TABLE:
        return source.distortion
    return Coordinates(source.letters, source.outputs, measure)


def unpacked(
    p_x: npt.ArrayLike | SourceLike, distortion: npt.ArrayLike | Coordinates | None
) -> tuple[npt.ArrayLike, npt.ArrayLike | Coordinates]:
    """Return p_x and distortion as they are given, or those of the source that stands for both."""
    if is_source(p_x):
        if distortion is not None:
            raise TypeError("distortion must be left out beside a whole source, got both")
        return p_x.p_x, distortion_of(p_x)
    if distortion is None:
        raise TypeError(f"distortion must be given beside p_x, got p_x alone: {_short(p_x)}")
    return p_x, distortion  # type: ignore[return-value]  # what is no source is an array


def door(solve: Callable[P, R_co]) -> Door[P, R_co]:
    """Let a function of p_x and distortion take a source in their place, and counts as p_x.

    Of a source the function gets the source itself as its p_x and None as its distortion, which
    `unpacked` reads. With `normalise=True` p_x may be counts: they are divided by their sum.
    """

    @wraps(solve)
    def opened(*args: Any, normalise: bool = False, **options: Any) -> R_co:  # noqa: ANN401
        if not args and "p_x" in options:
            args = (options.pop("p_x"),)
        if args and is_source(args[0]):
            distortion = options.pop("distortion", None)
            args = (args[0], distortion, *args[1:])
        elif args and normalise:
            args = (normalised("p_x", args[0]), *args[1:])
        return solve(*args, **options)

    signature = inspect.signature(solve)
    flag = inspect.Parameter("normalise", inspect.Parameter.KEYWORD_ONLY, default=False)
    parameters = [*signature.parameters.values(), flag]
    return cast(Door[P, R_co], with_signature(opened, parameters))


def _short(value: Any) -> str:  # noqa: ANN401
    shape = np.shape(value)
    return f"shape {shape}" if shape else type(value).__name__
