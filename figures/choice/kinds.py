"""Words for a trained model by its test rate R and distortion D alone.

The paper names four runs of one model, where the best R + D of all runs was Ĥ = 80.2 nats, and
states no thresholds. The rules here are ours, chosen so that those four come out apart. What the
paper calls a semantic and a syntactic encoder, by looking at reconstructions, is a low and a high
rate here; *semantic* is a word for what is measured, in `semantic`. The first that applies counts:

===================  =====================================================================
autodecoder          R < 1 nat: the code says nothing, the decoder is the whole model
autoencoder          D <= Ĥ/12: the code says nearly everything, the image comes back
low-rate encoder     R < Ĥ/5
high-rate encoder    otherwise
===================  =====================================================================

Ĥ is the least test R + D of the table, an *estimate* of an upper bound of the entropy H: a kind
can change as better runs join a table.

Source: Alemi et al., *Fixing a Broken ELBO* (ICML 2018), section 4.2 and Figure 4.
"""

from collections.abc import Iterable, Mapping
from typing import Any

AUTOENCODER, HIGH_RATE = "autoencoder", "high-rate encoder"
LOW_RATE, AUTODECODER = "low-rate encoder", "autodecoder"
KINDS = (AUTOENCODER, HIGH_RATE, LOW_RATE, AUTODECODER)
"""From left to right in the paper's Figure 4."""

SILENT = 1.0
"""Nats: with a lower rate the code says nothing."""
PERFECT = 1 / 12
"""Share of Ĥ: with a distortion up to it an image comes back nearly as it was."""
GIST = 1 / 5
"""Share of Ĥ: with a lower rate a code that is not silent is a low-rate one."""


def kind_of(rate: float, distortion: float, entropy: float) -> str:
    """Return the kind of a model, one of `KINDS`, given its R and D and the table's Ĥ in nats.

    Examples
    --------
    >>> points = (156.0, 4.8), (120.3, 8.1), (6.2, 74.1), (0.0004, 80.6)  # the paper's
    >>> [kind_of(rate, distortion, 80.2) for rate, distortion in points]
    ['autoencoder', 'high-rate encoder', 'low-rate encoder', 'autodecoder']
    """
    if rate < SILENT:
        return AUTODECODER
    if distortion <= PERFECT * entropy:
        return AUTOENCODER
    return LOW_RATE if rate < GIST * entropy else HIGH_RATE


def least_elbo(rows: Iterable[Mapping[str, Any]]) -> float:
    """Return Ĥ, the least test R + D of the rows of a table."""
    return min(float(row["test_elbo"]) for row in rows)


def kind_of_row(row: Mapping[str, Any], entropy: float) -> str:
    """Return the kind of the run of a table's row."""
    return kind_of(row["test_rate"], row["test_distortion"], entropy)
