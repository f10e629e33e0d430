r"""What any input proves about a channel's capacity: a lower and an upper bound.

For a channel W(y|x), costs c(x) and a slope s in nats per unit of cost, the problem is

    C(s) = max over p(x) of  J(p) = I(X; Y) - s E c.

With the output law q(y) = sum_x p(x) W(y|x) and the divergence less the cost,

    D(x) = sum_y W(y|x) log W(y|x) / q(y) - s c(x),

an input has J(p) = sum_x p(x) D(x), and no input has more than max_x D(x): that is so for any q
whatever, since I(X; Y) = min over q of E D(W_x || q). So p is optimal exactly where D <= J
everywhere. In `rdtheory.capacity` the score a(x) of a letter is sum_y W log W - s c(x), which
leaves D(x) = a(x) - sum_y W(y|x) log q(y).

Sources: Gallager, *Information Theory and Reliable Communication* (1968), theorem 4.5.1; Csiszar
and Koerner, *Information Theory* (1981), section 2.3; Blahut (1972), theorem 2.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp, xlogy

from rdtheory.checks import (
    Array,
    check_array,
    check_conditional,
    check_number,
    check_pmf,
    check_same_labels,
)
from rdtheory.shown import Shown


@dataclass(frozen=True, eq=False, repr=False)
class CertifiedInput(Shown):
    """An input of a channel at a slope, between a lower and an upper bound on the optimum.

    Parameters
    ----------
    capacity : I(X; Y) of the input, in nats
    cost : E c of the input
    value : I - s E c, which the input reaches
    bound : what no input exceeds
    gap : bound - value, in nats
    """

    capacity: float
    cost: float
    value: float
    bound: float
    gap: float


@dataclass(frozen=True, repr=False)
class CapacityCertificate(CertifiedInput):
    """What an input reaches at a slope, and how far it is from the best at most."""


def certify_capacity(
    channel: npt.ArrayLike,
    input: npt.ArrayLike,
    cost: npt.ArrayLike | None = None,
    *,
    slope: float = 0.0,
) -> CapacityCertificate:
    r"""Certify an input p (n,) of a channel, in the log domain, trusting nobody.

    Sources: Gallager, *Information Theory and Reliable Communication* (1968),
    theorem 4.5.1; Blahut (1972), doi:10.1109/TIT.1972.1054855, theorem 2.

    Parameters
    ----------
    channel : (n, m) W(y|x), rows sum to 1
    input : (n,) p(x); any will do, a better one gives a smaller gap. The bound
        is inf where p never leads to an output that another letter leads to
    cost : (n,) c(x), 0 by default
    slope : nats per unit of cost, at least 0

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    A bit that is flipped one time in ten: C = log 2 - h(0.1), with even odds.

    >>> flips = [[0.9, 0.1], [0.1, 0.9]]
    >>> found = certify_capacity(flips, [0.5, 0.5])
    >>> f"C = {found.capacity:.6f}, gap below 1e-15: {found.gap < 1e-15}"
    'C = 0.368064, gap below 1e-15: True'

    Odds that are wrong are told how wrong at most.

    >>> worse = certify_capacity(flips, [0.7, 0.3])
    >>> worse.value <= found.value <= worse.bound
    True
    """
    check_same_labels(("input", input, 0), ("channel", channel, 0))
    rows, costs = check_channel(channel, cost)
    p = check_input(input, rows)
    slope = check_slope(slope)
    with np.errstate(divide="ignore"):
        log_q = logsumexp(np.log(rows) + np.log(p)[:, None], axis=0)
    dead = np.isneginf(log_q)
    log_w = np.log(np.where(rows > 0.0, rows, 1.0))
    divergence = (rows * (log_w - np.where(dead, 0.0, log_q))).sum(axis=1)
    nats = max(0.0, float(p @ divergence))
    mean = float(p @ costs)
    surplus = costs - costs.min()  # so that a constant in all costs rounds nothing off the gap
    own = divergence - slope * surplus
    most = math.inf if rows[:, dead].any() else float(own.max())
    gap = max(0.0, most - float(p @ own))
    value = nats - slope * mean
    return CapacityCertificate(capacity=nats, cost=mean, value=value, bound=value + gap, gap=gap)


def check_channel(channel: npt.ArrayLike, cost: npt.ArrayLike | None) -> tuple[Array, Array]:
    """Return W(y|x) as (n, m) rows that sum to one, and c(x) (n,), 0 where there is none.

    `channel` may be whole, as of `rdtheory.sources`, with its `rows`.
    """
    if hasattr(channel, "rows") and not hasattr(channel, "columns"):
        channel = channel.rows
    shape = check_array("channel", channel, ndim=2).shape
    rows = check_conditional("channel", channel, shape=(shape[0], shape[1]))
    if cost is None:
        return rows, np.zeros(shape[0])
    check_same_labels(("cost", cost, 0), ("channel", channel, 0))
    costs = check_array("cost", cost, ndim=1)
    if costs.size != shape[0]:
        raise ValueError(f"cost must have one entry per input, {shape[0]}, got {costs.size}")
    if not math.isfinite(float(costs.max()) - float(costs.min())):
        raise ValueError("cost must span less than 1.8e308, got more")
    return rows, costs


def check_input(p: npt.ArrayLike, rows: Array) -> Array:
    """Return a distribution over the inputs of a channel."""
    masses = check_pmf("input", p)
    if masses.size != rows.shape[0]:
        raise ValueError(
            f"input must have one entry per row of channel, {rows.shape[0]}, got {masses.size}"
        )
    return masses


def check_slope(slope: float) -> float:
    """Return a slope: a finite number of nats per unit of cost, at least 0."""
    return check_number("slope", slope, low=0.0)


def neg_entropies(rows: Array) -> Array:
    """Return sum_y W(y|x) log W(y|x) of every row, (n,)."""
    return xlogy(rows, rows).sum(axis=1)
