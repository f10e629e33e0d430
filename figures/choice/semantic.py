"""Which codes keep the class and not the strokes: the *semantic plateau*.

The rule is ours and simple. A run is semantic where both hold:

- the class: its class agreement is at least 95 % of the classifier's accuracy on images themselves;
- not the strokes: its pixel agreement is below halfway from that of two different images of one
  class to 1.

The plateau spans the rates of the semantic runs; a table may have none, since where the class is
kept strokes may be, too. The paper calls a model at R = 6.2 nats a semantic encoder, by looking at
its reconstructions (Alemi et al. 2018, section 4.2); `figures.choice.kinds` goes by R and D alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

OF_CLASSIFIER = 0.95
"""Share of the classifier's accuracy that a semantic run's reconstructions keep at least."""
PAPER_RATE = 6.2
"""Nats of the paper's semantic encoder."""


def is_semantic(row: Mapping[str, Any]) -> bool:
    """Return whether a row's code keeps the class and not the strokes.

    Examples
    --------
    >>> row = {"class_agreement": 0.93, "pixel_agreement": 0.89}
    >>> row |= {"classifier": 0.97, "pixel_same_class": 0.8}
    >>> is_semantic(row), is_semantic(row | {"pixel_agreement": 0.91})
    (True, False)
    """
    return keeps_class(row) and bool(row["pixel_agreement"] < strokes_from(row))


def keeps_class(row: Mapping[str, Any]) -> bool:
    """Return whether reconstructions show the class nearly as often as images do."""
    return bool(row["class_agreement"] >= OF_CLASSIFIER * row["classifier"])


def strokes_from(row: Mapping[str, Any]) -> float:
    """Return the pixel agreement from which on strokes are kept."""
    return (float(row["pixel_same_class"]) + 1) / 2


def plateau(rows: Sequence[Mapping[str, Any]]) -> tuple[float, float] | None:
    """Return the least and the greatest rate of the semantic runs; None where there are none."""
    rates = [row["rate"] for row in rows if is_semantic(row)]
    return (min(rates), max(rates)) if rates else None


def class_kept_from(rows: Sequence[Mapping[str, Any]]) -> float | None:
    """Return the least rate of the runs that keep the class; None where there are none."""
    return min((row["rate"] for row in rows if keeps_class(row)), default=None)
