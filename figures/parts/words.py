"""Words and numbers that pictures and tables say in the same way."""

from collections.abc import Mapping, Sequence
from typing import Any

from figures.choice.choose import setting_of
from rdneural.records.asked import slope_reached
from rdtheory.words import WIDE, decimal

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
    if max(abs(value), error) >= WIDE:
        return f"{decimal(value)}({error:.1e})"
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
    return f"{decimal(row[name])} +- {decimal(row[f'{name}_se'])}"


# -- what was asked, and what came out ------------------------------------------------------------

DIVERGED = "training diverged: this is far worse than a fair coin for each pixel"


def beta_asked(found: Mapping[str, Any], name: str = "beta") -> str:
    """Return "beta 1", or what training ended at where that is not what was asked for.

    Examples
    --------
    >>> beta_asked({"beta": 1.0, "final_beta": 1.0}, "β =")
    'β = 1'
    >>> beta_asked({"beta": 1.0, "final_beta": 0.25})
    'beta 0.25 at the end (1 asked for)'
    """
    slope = slope_reached(found)
    if slope is None:
        return f"{name} {found['beta'] or 0:g}"
    return f"{name} {slope:.4g} at the end ({found['beta']:g} asked for)"


def target_said(outcome: Mapping[str, Any]) -> str:
    """Return whether a target rate was met, and by how much it was missed; "" where none was asked.

    Examples
    --------
    >>> target_said({"target_met": False, "target_miss": 0.25})
    'missed by +0.25 nats'
    >>> target_said({"target_met": True, "target_miss": -0.041})
    'met, by -0.04 nats'
    """
    if outcome["target_met"] is None:
        return ""
    words = "met, by" if outcome["target_met"] else "missed by"
    return f"{words} {decimal(outcome['target_miss'], sign='+')} nats"


def missed(row: Mapping[str, Any]) -> bool:
    """Return whether a run was asked for a rate that it does not have."""
    return row["target_met"] is False


# -- models held against the theory ---------------------------------------------------------------


def asked(row: Mapping[str, Any]) -> str:
    """Return what a model was trained for, "beta 1" or "rate 1"."""
    kind, value = setting_of(row)
    return f"rate {value:g}" if kind == "rate" or row["beta"] is None else beta_asked(row)


def is_broken(row: Mapping[str, Any]) -> bool:
    """Return whether something is wrong with a model that was held against the theory."""
    return bool(row["verdict"] != "holds")


def faults(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line for each broken model, "-+v at beta 1: reason"."""
    return [
        f"{row['model']} at {asked(row)}: {row['verdict'].removeprefix('broken: ')}"
        for row in filter(is_broken, rows)
    ]
