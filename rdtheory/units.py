"""Nats inside, bits where they are asked for and said."""

import math

from rdtheory.checks import check_choice

UNITS = {"nats": 1.0, "bits": 1.0 / math.log(2.0)}
"""How many of a unit one nat is."""


def in_units(units: str) -> float:
    """Return how many of a unit one nat is.

    Examples
    --------
    >>> in_units("nats"), round(in_units("bits"), 6)
    (1.0, 1.442695)
    """
    return UNITS[check_choice("units", units, tuple(UNITS))]


def one(units: str) -> str:
    """Return the word for a single one: nat, bit."""
    return units.removesuffix("s")
