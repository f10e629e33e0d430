"""Which codes are *semantic*, and whose reconstructions keep the class and not the strokes.

A code is semantic for a class Y where it tells more than half of the class, and where the class is
more than half of what it costs:

    U >= H(Y) / 2  and  U >= R / 2,

U the nats of the class that a drawn code spares, learning paid for
(`rdneural.measures.code_length`), which is at most I(Y; Z) in expectation. Where I(Y; Z) itself is
known, of sources that can be enumerated, it stands for U. So no code of more than 2 H(Y) nats is
semantic, however well it tells the class: most of it says something else.

What reconstructions show is judged by another rule, of ours too, from a time before nats were
measured. One keeps the *class without strokes* where both hold:

- the class: its class agreement is at least 95 % of the classifier's accuracy on images themselves;
- not the strokes: its pixel agreement is below halfway from that of two different images of one
  class to 1.

The plateau spans the rates of these runs; a table may have none, since where the class is kept
strokes may be, too. The paper calls a model at R = 6.2 nats a semantic encoder, by looking at
its reconstructions (Alemi et al. 2018, section 4.2); `figures.choice.kinds` goes by R and D alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

OF_CLASSIFIER = 0.95
"""Share of the classifier's accuracy that reconstructions which keep the class have at least."""
PAPER_RATE = 6.2
"""Nats of the paper's semantic encoder."""


def is_semantic(row: Mapping[str, Any]) -> bool | None:
    """Return whether a code tells half of the class or more, at no more than twice these nats.

    None where nats of the class were not measured.

    Examples
    --------
    >>> row = {"rate": 3.0, "drawn_label_nats": 1.6, "label_entropy": 2.3}
    >>> is_semantic(row), is_semantic(row | {"rate": 6.2}), is_semantic({"rate": 3.0})
    (True, False, None)
    """
    told = row.get("class_information")
    told = row.get("drawn_label_nats") if told is None else told
    if told is None:
        return None
    return bool(2 * told >= max(row["label_entropy"], row["rate"]))


def keeps_class_alone(row: Mapping[str, Any]) -> bool:
    """Return whether reconstructions keep the class and not the strokes.

    Examples
    --------
    >>> row = {"class_agreement": 0.93, "pixel_agreement": 0.89}
    >>> row |= {"classifier": 0.97, "pixel_same_class": 0.8}
    >>> keeps_class_alone(row), keeps_class_alone(row | {"pixel_agreement": 0.91})
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
    """Return the least and the greatest rate of runs that keep the class alone, or None."""
    rates = [row["rate"] for row in rows if keeps_class_alone(row)]
    return (min(rates), max(rates)) if rates else None


def class_kept_from(rows: Sequence[Mapping[str, Any]]) -> float | None:
    """Return the least rate of the runs that keep the class; None where there are none."""
    return min((row["rate"] for row in rows if keeps_class(row)), default=None)
