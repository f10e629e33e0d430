"""Checks at the door of public functions: one line with the argument, the rule, the value seen."""

import math
import operator
import re
from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

TINY = float(np.finfo(np.float64).tiny)

SUM_TOLERANCE = 1e-8
"""How far the sum of a probability vector may be off one, in float64."""

LIMIT = 9
"""Digits of the ends of a range in an error, at least."""


def check_array(name: str, value: npt.ArrayLike, *, ndim: int) -> Array:
    """Return `value` as a new float64 array of `ndim` dimensions, all finite, none of length 0."""
    try:
        array = _numbers(name, value)
    except ValueError as error:
        raise TypeError(f"{name} must be an array of numbers, got {_short(value)}") from error
    if array.ndim != ndim or 0 in array.shape:
        raise ValueError(f"{name} must be a non-empty {ndim}-d array, got shape {array.shape}")
    if not np.isfinite(array).all():
        where, seen = _first(array, ~np.isfinite(array))
        raise ValueError(f"{name} must be finite, got {name}{where} = {seen}")
    return array


def check_pmf(name: str, value: npt.ArrayLike) -> Array:
    """Return `value` as a probability vector: non-negative, summing to one within 1e-8.

    Numbers of fewer digits, such as float32, may be off by what their rounding adds up to. What
    little the sum is off is divided out, so that all that follows from it sums to one too.
    """
    array = check_array(name, value, ndim=1)
    return _normalised(name, array, _digits(value))


def normalised(name: str, counts: Any) -> Any:  # noqa: ANN401  (labels of pandas are kept)
    """Return counts, or masses of any sum, divided by what they sum to.

    Examples
    --------
    >>> normalised("p", [3, 1]).tolist()
    [0.75, 0.25]
    """
    array = check_array(name, counts, ndim=np.ndim(counts))
    _refuse_negative(name, array)
    total = array.sum()
    if not 0.0 < total < math.inf:
        raise ValueError(f"{name} must have a finite sum above 0, got {total:g}")
    shares = array / total
    labels = {k: getattr(counts, k) for k in ("index", "columns") if hasattr(counts, k)}
    return type(counts)(shares, **labels) if hasattr(counts, "iloc") else shares


def normalised_rows(name: str, counts: Any) -> Any:  # noqa: ANN401  (labels of pandas are kept)
    """Return a table of counts with every row divided by what it sums to.

    Examples
    --------
    >>> normalised_rows("channel", [[3, 1], [0, 2]]).tolist()
    [[0.75, 0.25], [0.0, 1.0]]
    """
    array = check_array(name, counts, ndim=2)
    _refuse_negative(name, array)
    sums = array.sum(axis=1, keepdims=True)
    wrong = ~((sums > 0.0) & np.isfinite(sums)).ravel()
    if wrong.any():
        row = int(wrong.argmax())
        seen = f"{name}[{row}] with sum {sums[row, 0]:g}"
        raise ValueError(f"{name} must have rows of a finite sum above 0, got {seen}")
    labels = {k: getattr(counts, k) for k in ("index", "columns") if hasattr(counts, k)}
    rows = array / sums
    return type(counts)(rows, **labels) if hasattr(counts, "iloc") else rows


def check_joint(name: str, value: npt.ArrayLike) -> Array:
    """Return `value` as a table of probabilities that sum to one, as `check_pmf` of all of them."""
    array = check_array(name, value, ndim=2)
    _refuse_negative(name, array)
    return _normalised(name, array.ravel(), _digits(value)).reshape(array.shape)


def check_conditional(name: str, value: npt.ArrayLike, *, shape: tuple[int, int | None]) -> Array:
    """Return `value` as a matrix of probability rows; None in `shape` allows any width."""
    array = check_array(name, value, ndim=2)
    rows, columns = shape
    if array.shape != (rows, columns or array.shape[1]):
        rule = f"({rows}, {columns or 'any'})"
        raise ValueError(f"{name} must have shape {rule}, got {array.shape}")
    return _normalised(name, array, _digits(value))


def check_distortion(distortion: npt.ArrayLike, p_x: Array) -> Array:
    """Return `distortion` as a new (n, m) float64 table without NaN or -inf.

    A masked entry is a pair that is forbidden, inf. Raises `ValueError` too where a letter that the
    source uses has no finite entry.
    """
    if _is_masked(distortion):
        distortion = np.ma.array(distortion, dtype=np.float64).filled(np.inf)
    try:
        table = _numbers("distortion", distortion)
    except ValueError as error:
        raise TypeError("distortion must be a table of numbers, got unequal rows") from error
    if table.ndim != 2 or table.shape[0] != p_x.size or table.shape[1] == 0:
        raise ValueError(f"distortion must have shape ({p_x.size}, any), got {table.shape}")
    wrong = np.isnan(table) | np.isneginf(table)
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            "distortion must be a number above -inf, "
            f"got distortion[{row}, {column}] = {table[row, column]}"
        )
    hopeless = (p_x > 0) & np.isinf(table).all(axis=1)
    if hopeless.any():
        raise ValueError(
            "distortion must have a finite entry in every row of positive mass, "
            f"got none in row {int(hopeless.argmax())}"
        )
    return table


def check_number(
    name: str,
    value: float,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    slack: float = 0.0,
    rule: str = "",
) -> float:
    """Return `value` as a finite float in [low, high], or at most `slack` outside of it.

    `rule` puts the range in words, where "{low}" and "{high}" stand for its ends: they and the
    number seen are printed with as many digits as it takes to tell them apart.
    """
    has_axes = getattr(value, "ndim", 0) != 0  # an array of one number is an array
    if isinstance(value, str | bytes) or has_axes or not hasattr(value, "__float__"):
        raise TypeError(f"{name} must be a number, got {_short(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf if value > 0 else -math.inf
    if not (math.isfinite(number) and low - slack <= number <= high + slack):
        digits = _digits_apart(number, low, high)
        rule = rule or _interval(low, high)
        for end, limit in (("{low}", low), ("{high}", high)):
            rule = rule.replace(end, f"{limit:.{max(digits, LIMIT)}g}")
        raise ValueError(f"{name} must be {rule}, got {number:.{digits}g}")
    return number


def told_apart(one: float, other: float) -> tuple[str, str]:
    """Return two numbers with a power of ten and as few digits as tell them apart, at least two.

    Examples
    --------
    >>> told_apart(3e-6, 1e-9), told_apart(1.004e-9, 1e-9)
    (('3.0e-06', '1.0e-09'), ('1.004e-09', '1.000e-09'))
    """
    for digits in range(1, 17):
        texts = f"{one:.{digits}e}", f"{other:.{digits}e}"
        if texts[0] != texts[1]:
            break
    return texts


def check_beta(beta: float) -> float:
    """Return a slope: a finite number above 0 that floats hold with all their digits."""
    number = check_number("beta", beta, low=0.0, rule="a finite number above 0")
    if number < TINY:
        rule = "above 0; slope 0 is the point of least distortion"
        if number:
            rule = f"of at least {TINY:.3g}, below which floats lose digits"
        raise ValueError(f"beta must be a finite number {rule}, got {number:g}")
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


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of an error line that names what was meant, if that can be guessed.

    Examples
    --------
    >>> did_you_mean("mnist-5k", ["mnist", "mnist5k"]), did_you_mean("cats", ["mnist"])
    (' (did you mean mnist5k?)', '')
    """
    plain = {re.sub(r"[\W_]", "", one).lower(): one for one in known}
    near = get_close_matches(re.sub(r"[\W_]", "", name).lower(), plain, n=1, cutoff=0.7)
    meant = plain[near[0]] if near else name
    return "" if meant in (name, name.strip()) else f" (did you mean {meant}?)"


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> str:
    """Return `value` if it is one of `choices`."""
    if value not in choices:
        meant = did_you_mean(str(value), choices)
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}{meant}")
    return value


Labelled = tuple[str, Any, int]
"""Name and value of an argument, and the axis of it that may have labels."""


def check_same_labels(*arguments: Labelled) -> None:
    """Refuse tables with labels, as of pandas, that name the same axis in another order.

    A table without labels fits all. One with the numbers from 0, as they are there by default, fits
    labels of other kinds, and numbers that rise, but not numbers in another order: those have been
    sorted or drawn, and say which row is which.
    """
    known: list[tuple[str, list[Any]]] = []
    for name, value, axis in arguments:
        index: Any = getattr(value, ("index", "columns")[axis], None)
        if not hasattr(index, "tolist"):
            continue
        labels = list(index.tolist())
        for other, theirs in known:
            if not _same_letters(labels, theirs):
                part = ("rows", "columns")[axis]
                raise ValueError(
                    f"{name} must have its {part} in the order of the labels of {other}, "
                    f"{_short(theirs)}, got {_short(labels)}"
                )
        known.append((name, labels))


def names_of(value: Any, axis: int) -> list[Any] | None:  # noqa: ANN401
    """Return the labels of an axis, as of pandas, where it has other ones than 0, 1, 2, ..."""
    index: Any = getattr(value, ("index", "columns")[axis], None)
    labels = list(index.tolist()) if hasattr(index, "tolist") else None
    return None if labels is None or labels == list(range(len(labels))) else labels


def _same_letters(labels: list[Any], others: list[Any]) -> bool:
    """Whether two lists of labels may name the same letters, one by one."""
    for one, named in ((labels, others), (others, labels)):
        if one == list(range(len(one))):
            return not all(isinstance(label, Real) for label in named) or named == sorted(named)
    return labels == others


def _is_masked(value: Any) -> bool:  # noqa: ANN401
    rows = value if isinstance(value, list | tuple) else [value]
    return any(isinstance(row, np.ma.MaskedArray) and row.mask.any() for row in rows)


def _numbers(name: str, value: npt.ArrayLike) -> Array:
    """Return a new float64 array; numpy's own ValueError where the value is ragged."""
    if _is_masked(value):
        masked = np.argwhere(np.ma.getmaskarray(np.ma.array(value)))[0].tolist()
        raise TypeError(f"{name} must not be masked, got {name}{masked} masked")
    given = np.asarray(value)
    if given.dtype.kind == "O":  # as of nullable tables
        for place, one in np.ndenumerate(given):
            if not isinstance(one, Real | Decimal):
                seen = f"{name}{list(place)} = {_short(one)}" if place else _short(value)
                raise TypeError(f"{name} must be an array of numbers, got {seen}")
    elif given.dtype.kind not in "biuf":  # numpy would read numbers out of text, and 1 out of 1+2j
        raise TypeError(f"{name} must be an array of numbers, got {_short(value)}")
    return given.astype(np.float64)


def _digits(value: npt.ArrayLike) -> float:
    """Return the rounding of the numbers that were given, relative; 0 of whole ones."""
    dtype = np.asarray(value).dtype
    return float(np.finfo(dtype).eps) if dtype.kind == "f" else 0.0


def _refuse_negative(name: str, array: Array) -> None:
    if (array < 0).any():
        where, seen = _first(array, array < 0)
        raise ValueError(f"{name} must not be negative, got {name}{where} = {seen}")


def _normalised(name: str, array: Array, digits: float) -> Array:
    _refuse_negative(name, array)
    sums = array.sum(axis=-1, keepdims=True)
    off = np.abs(sums - 1.0)
    # each number is rounded, and so was each step of the sum that others divided by
    tolerance = max(SUM_TOLERANCE, digits * (8.0 + 2.0 * math.sqrt(array.shape[-1])))
    if (off > tolerance).any():
        row = "" if array.ndim == 1 else f"[{int(off.argmax())}]"
        rule = f"must sum to 1 within {float(f'{tolerance:.1e}'):g}"
        worst = float(sums.flat[off.argmax()])
        digits = _digits_apart(worst, 1.0 - tolerance, 1.0 + tolerance, least=LIMIT)
        raise ValueError(f"{name} {rule}, got {name}{row} with sum {worst:.{digits}g}")
    # rows that are off by rounding alone stay as they are, bit for bit
    rounding = array.shape[-1] * np.finfo(np.float64).eps
    return array / np.where(off <= rounding, 1.0, sums)


def _first(array: Array, wrong: npt.NDArray[np.bool_]) -> tuple[str, float]:
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    return "[" + ", ".join(map(str, index)) + "]", float(array[index])


def _interval(low: float, high: float) -> str:
    if math.isinf(high):
        return "a finite number" if math.isinf(low) else "a finite number of at least {low}"
    return "in [{low}, {high}]"


def _digits_apart(number: float, low: float, high: float, least: int = 6) -> int:
    """Return how many digits, `least` if they do, show that a number is not in [low, high]."""
    if not math.isfinite(number):
        return least
    for digits in range(least, 17):
        shown = float(f"{number:.{digits}g}")
        ends = (float(f"{limit:.{max(digits, LIMIT)}g}") for limit in (low, high))
        if not next(ends) <= shown <= next(ends):
            return digits
    return 17


def _short(value: Any) -> str:  # noqa: ANN401  (anything may be wrong input)
    text = repr(value).replace("\n", " ")
    return text if len(text) <= 60 else text[:57] + "..."


MOST_SEED = 2**63 - 1


def check_seed(seed: int, *, name: str = "seed") -> int:
    """Return a seed that every generator takes, or raise `ValueError`."""
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MOST_SEED:
        raise ValueError(f"{name} must be a whole number in [0, {MOST_SEED}], got {seed!r}")
    return seed
