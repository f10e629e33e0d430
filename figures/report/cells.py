"""Words and numbers of the page, and the cells of its tables."""

from math import floor, log10
from typing import NamedTuple

from figures.choice.choose import setting_of
from figures.parts.words import beta_asked, missed, target_said
from rdneural.records.table import Row
from rdtheory.words import WIDE, decimal


class Cell(NamedTuple):
    """A cell of a table on the page: what is read and, for numbers, what is sorted by.

    `run` is the number of the run that it links to.
    """

    text: str
    number: float | None = None
    run: int | None = None


def with_error(value: float, error: float) -> str:
    """Return a number and its error, with two digits of a small error and at least two decimals.

    Examples
    --------
    >>> with_error(95.0149, 0.213), with_error(0.00041, 0.000123), with_error(80.0, 0.0)
    ('95.01 ± 0.21', '0.00041 ± 0.00012', '80.00 ± 0.00')
    """
    if max(abs(value), error) >= WIDE:
        return f"{decimal(value)} ± {decimal(error)}"
    decimals = 2 if error == 0 or error >= 0.005 else min(6, 1 - floor(log10(error)))
    return f"{value:z.{decimals}f} ± {error:.{decimals}f}"


def measured(row: Row, name: str) -> Cell:
    """Return what a run has of a measure on test images, with its error."""
    value = row[f"test_{name}"]
    return Cell(with_error(value, row[f"test_{name}_se"]), value)


def asked(row: Row) -> str:
    """Return what a run was trained for."""
    if row["target_rate"] is None and row["beta"] is not None:
        text = beta_asked(row, "β =")
    else:
        text = f"target rate {setting_of(row)[1]:g}"
    if missed(row):
        text += f", {target_said(row)}"
    return text + (f", annealed over {row['anneal']:g} epochs" if row["anneal"] else "")


def epochs(row: Row) -> str:
    """Return how many epochs a run was trained for."""
    return f"{row['epochs']:.3g}"


def plain(value: float | None) -> Cell:
    """Return a number in as few digits as it has, or an empty cell."""
    return Cell("" if value is None else f"{value:g}", value)
