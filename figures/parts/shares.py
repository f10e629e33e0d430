"""How large the classes of labelled images are, as a table of usefulness says."""

from collections.abc import Sequence
from pathlib import Path

from rdneural.records.table import Row


def shares_of(rows: Sequence[Row]) -> list[float]:
    """Return the classes' shares of the images, whose guesses the rate bounds.

    Where no row has counts they are the most uneven shares whose largest is that of the data,
    `chance`: as many classes as fit are as large, and one has the rest. All shares with that
    maximum are more even, and so no easier to guess at any rate: the line is a bound, if not the
    least.
    """
    text = next((row["counts"] for row in rows if row["counts"]), None)
    if text is not None:
        counts = [int(count) for count in text.split()]
        return [count / sum(counts) for count in counts]
    largest = float(rows[0]["chance"])
    whole = int(1.0 / largest + 1e-9)
    return [largest] * whole + [max(0.0, 1.0 - whole * largest)]


def check_counts(path: Path, text: str, classes: int) -> None:
    """Raise where the images of each class are not whole numbers, one for each class."""
    counts = text.split()
    if len(counts) != classes or not all(one.isdecimal() for one in counts) or not any(
        int(one) for one in counts
    ):  # fmt: skip
        raise ValueError(
            f"{path} must have in counts the images of each of {classes} classes, got {text!r}"
        )
