"""Words for a trained model by its own test rate R and distortion D alone.

The paper names four runs of one model and states no thresholds. The rules here are ours, chosen so
that those four come out apart. What the paper calls a semantic and a syntactic encoder, by looking
at reconstructions, is a low and a high rate here; *semantic* is a word for what is measured, in
`semantic`. The first that applies counts:

===================  ======================================================================
autodecoder          R < 1 nat: the code says nothing, the decoder is the whole model
autoencoder          D <= (R + D)/20: the code says nearly everything, the image comes back
low-rate encoder     R < (R + D)/5
high-rate encoder    otherwise
===================  ======================================================================

The shares are of the run's own R + D = -ELBO, so no other run and no estimate of the entropy has a
part in it. An estimated R is slightly negative at times: an autodecoder's. Where R + D is negative
or 0 at a rate of 1 nat or more, D is negative, and the run is an autoencoder.

Source: Alemi et al., *Fixing a Broken ELBO* (ICML 2018), section 4.2 and Figure 4.
"""

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

AUTOENCODER, HIGH_RATE = "autoencoder", "high-rate encoder"
LOW_RATE, AUTODECODER = "low-rate encoder", "autodecoder"
KINDS = (AUTOENCODER, HIGH_RATE, LOW_RATE, AUTODECODER)
"""From left to right in the paper's Figure 4."""

SILENT = 1.0
"""Nats: with a lower rate the code says nothing."""
PERFECT = 1 / 20
"""Share of R + D: with a distortion up to it an image comes back nearly as it was."""
GIST = 1 / 5
"""Share of R + D: with a lower rate a code that is not silent is a low-rate one."""


def kind_of(rate: float, distortion: float) -> str:
    """Return the kind of a model, one of `KINDS`, given its R and D in nats.

    Raises
    ------
    ValueError
        where one of them is no finite number.

    Examples
    --------
    >>> points = (156.0, 4.8), (120.3, 8.1), (6.2, 74.1), (0.0004, 80.6)  # the paper's
    >>> [kind_of(rate, distortion) for rate, distortion in points]
    ['autoencoder', 'high-rate encoder', 'low-rate encoder', 'autodecoder']
    """
    for name, value in (("rate", rate), ("distortion", distortion)):
        if not isfinite(value):
            raise ValueError(f"{name} must be a finite number, got {value!r}")
    if rate < SILENT:
        return AUTODECODER
    if distortion <= PERFECT * (rate + distortion):
        return AUTOENCODER
    return LOW_RATE if rate < GIST * (rate + distortion) else HIGH_RATE


def kind_of_row(row: Mapping[str, Any]) -> str:
    """Return the kind of the run of a table's row."""
    return kind_of(row["test_rate"], row["test_distortion"])


def least_elbo(rows: Iterable[Mapping[str, Any]]) -> float:
    """Return Ĥ, the least test R + D of the rows of a table; no kind depends on it."""
    return min(float(row["test_elbo"]) for row in rows)
