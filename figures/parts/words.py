"""Words and numbers that pictures and tables say in the same way."""

from collections.abc import Mapping, Sequence
from typing import Any

from figures.choice.choose import setting_of

LEAST_ERROR = 1e-9
"""Nats; a standard error below this is one of rounding."""


def count_of(number: int, noun: str) -> str:
    """Return a number and what it counts, in the plural where it is not one."""
    return f"{number} {noun}{'s' * (number != 1)}"


def compact(value: float, error: float) -> str:
    """Return a value with two digits of its error in parentheses; four decimals if that is 0.

    Examples
    --------
    >>> compact(0.89871, 0.0081), compact(12.345, 1.23), compact(1.0, 0.0)
    ('0.8987(81)', '12.3(1.2)', '1.0000')
    """
    if error < LEAST_ERROR:
        return f"{value:z.4f}"
    first = int(f"{error:.1e}".partition("e")[2])  # the place of the error's first digit
    decimals = max(0, 1 - first)
    value, error = round(value, 1 - first), round(error, 1 - first)
    digits = f"{error:.{decimals}f}" if first >= 0 else f"{error * 10**decimals:.0f}"
    return f"{value:z.{decimals}f}({digits})"


def estimate(row: Mapping[str, Any], name: str) -> str:
    """Return an entry and its standard error in compact notation."""
    return compact(row[name], row[f"{name}_se"])


def plus_minus(row: Mapping[str, Any], name: str) -> str:
    """Return an entry and its standard error in plain ASCII with two decimals."""
    return f"{row[name]:z.2f} +- {row[f'{name}_se']:.2f}"


# -- models held against the theory ---------------------------------------------------------------


def asked(row: Mapping[str, Any]) -> str:
    """Return what a model was trained for, "beta 1" or "rate 1"."""
    kind, value = setting_of(row)
    return f"{kind} {value:g}"


def is_broken(row: Mapping[str, Any]) -> bool:
    """Return whether something is wrong with a model that was held against the theory."""
    return bool(row["verdict"] != "holds")


def faults(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line for each broken model, "-+v at beta 1: reason"."""
    return [
        f"{row['model']} at {asked(row)}: {row['verdict'].removeprefix('broken: ')}"
        for row in filter(is_broken, rows)
    ]
