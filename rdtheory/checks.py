"""Checks at the door of public functions: one line with the argument, the rule, the value seen."""

import math
import operator
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

SUM_TOLERANCE = 1e-8
"""How far the sum of a probability vector may be off one."""


def check_array(name: str, value: npt.ArrayLike, *, ndim: int) -> Array:
    """Return `value` as a new float64 array of `ndim` dimensions, all finite, none of length 0."""
    try:
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must be an array of numbers, got {_short(value)}") from error
    if array.ndim != ndim or 0 in array.shape:
        raise ValueError(f"{name} must be a non-empty {ndim}-d array, got shape {array.shape}")
    if not np.isfinite(array).all():
        where, seen = _first(array, ~np.isfinite(array))
        raise ValueError(f"{name} must be finite, got {name}{where} = {seen}")
    return array


def check_pmf(name: str, value: npt.ArrayLike) -> Array:
    """Return `value` as a probability vector: non-negative, summing to one within 1e-8."""
    array = check_array(name, value, ndim=1)
    _check_rows(name, array)
    return array


def check_conditional(name: str, value: npt.ArrayLike, *, shape: tuple[int, int]) -> Array:
    """Return `value` as a matrix of probability rows of the given shape."""
    array = check_array(name, value, ndim=2)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
    _check_rows(name, array)
    return array


def check_number(
    name: str, value: float, *, low: float = -math.inf, high: float = math.inf, rule: str = ""
) -> float:
    """Return `value` as a finite float in [low, high]; `rule` puts the range in words."""
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must be a number, got {_short(value)}") from error
    if not (math.isfinite(number) and low <= number <= high):
        raise ValueError(f"{name} must be {rule or _interval(low, high)}, got {number:g}")
    return number


def check_count(name: str, value: int, *, low: int = 1) -> int:
    """Return `value` as an integer of at least `low`."""
    try:
        number = operator.index(value)
    except TypeError as error:
        raise TypeError(f"{name} must be an integer, got {_short(value)}") from error
    if number < low:
        raise ValueError(f"{name} must be an integer of at least {low}, got {number}")
    return number


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> str:
    """Return `value` if it is one of `choices`."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")
    return value


def _check_rows(name: str, array: Array) -> None:
    if (array < 0).any():
        where, seen = _first(array, array < 0)
        raise ValueError(f"{name} must not be negative, got {name}{where} = {seen}")
    off = np.abs(array.sum(axis=-1) - 1.0)
    if (off > SUM_TOLERANCE).any():
        row = "" if array.ndim == 1 else f"[{int(off.argmax())}]"
        total = array.sum(axis=-1).flat[int(off.argmax())]
        rule = f"must sum to 1 within {SUM_TOLERANCE:g}"
        raise ValueError(f"{name} {rule}, got {name}{row} with sum {total:.10g}")


def _first(array: Array, wrong: npt.NDArray[np.bool_]) -> tuple[str, float]:
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    return "[" + ", ".join(map(str, index)) + "]", float(array[index])


def _interval(low: float, high: float) -> str:
    if math.isinf(high):
        return "a finite number" if math.isinf(low) else f"a finite number of at least {low:g}"
    return f"in [{low:g}, {high:.10g}]"


def _short(value: Any) -> str:  # noqa: ANN401  (anything may be wrong input)
    text = repr(value).replace("\n", " ")
    return text if len(text) <= 60 else text[:57] + "..."
