r"""The Blahut-Arimoto algorithm for capacity, as textbooks have it: to teach with, to compare with.

The problem is that of `certificate`: max over p(x) of J(p) = I(X; Y) - s E c. The information is
itself a maximum, I(X; Y) = max over r(x|y) of E log r(x|y) / p(x), so that the problem is one
maximum over two arguments, and each is easy where the other is held:

    r(x|y) = p(x) W(y|x) / q(y)                                  best guess of the letter sent,
    p(x)   ~ exp(sum_y W(y|x) log r(x|y) - s c(x))               best input for the guess.

The algorithm takes turns. What is maximised is concave in (p, r) together, so taking turns leads to
the optimum from every p that is positive everywhere, and never down on the way. Both turns at once
multiply the input by the exponential of the certificate's D(x),

    p(x) <- p(x) exp(D(x)) / sum_z p(z) exp(D(z)),

and max D - J bounds, in nats, how far J is from its greatest value.

Why it may crawl: a letter that the optimum does not use has D < J there, and loses mass by the
factor exp(D - J) in each turn, which is near one where the letter is nearly as good as those in
use. On a fine grid of inputs all neighbours of a good letter are. Of a Z channel no letter is
unused and dozens of turns do; the Gaussian of amplitude 2 on 101 inputs takes 40,000 to
a gap of 1e-6.

Sources: Blahut, "Computation of channel capacity and rate-distortion functions" (1972), theorems 1
to 3; Arimoto, "An algorithm for computing the capacity of arbitrary discrete memoryless channels"
(1972); Cover and Thomas (2006), section 10.8.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rdtheory.capacity.certificate import (
    CertifiedInput,
    certify_capacity,
    check_channel,
    check_input,
    check_slope,
    neg_entropies,
)
from rdtheory.checks import Array, check_count, check_number, check_same_labels, told_apart

SMALLEST = float(np.finfo(float).tiny)
"""Least mass of a letter: underflow to 0 would end it for good, though it may be wanted later."""


@dataclass(frozen=True, eq=False, repr=False)
class BlahutArimotoCapacity(CertifiedInput):
    """Where the algorithm stopped: the input's numbers, as `certify_capacity` has them, and more.

    Parameters
    ----------
    input : (n,) p(x)
    output : (m,) q(y)
    iterations : how often the input was replaced
    converged : whether the gap is as small as was asked for
    history : (iterations + 1,) the gap of each input, from the first to the last
    values : (iterations + 1,) I - s E c of each input, which never falls but by rounding
    """

    input: Array
    output: Array
    iterations: int
    converged: bool
    history: Array
    values: Array


def blahut_arimoto_capacity(
    channel: npt.ArrayLike,
    cost: npt.ArrayLike | None = None,
    *,
    slope: float = 0.0,
    gap: float = 1e-9,
    max_iterations: int = 100_000,
    input: npt.ArrayLike | None = None,
) -> BlahutArimotoCapacity:
    r"""Maximise I - s E c by alternating, until the certified gap is small.

    Sources: Blahut (1972), doi:10.1109/TIT.1972.1054855, theorems 1 to 3;
    Arimoto (1972), doi:10.1109/TIT.1972.1054753.

    Parameters
    ----------
    channel : (n, m) W(y|x), rows sum to 1
    cost : (n,) c(x), 0 by default
    slope : s, nats per unit of cost, at least 0
    gap : in nats; the iteration stops where max D - J is at most this
    max_iterations : cap on the iterations, which take O(n m) each
    input : (n,) the first p, positive everywhere, since the algorithm never
        revives a letter of no mass; uniform by default

    Warns
    -----
    RuntimeWarning
        where `max_iterations` come to their end before the gap is reached.

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    The Z channel whose 1 is misread half the time: C = log(5/4).

    >>> found = blahut_arimoto_capacity([[1.0, 0.0], [0.5, 0.5]])
    >>> f"C = {found.capacity:.6f}, p(1) = {found.input[1]:.4f}"
    'C = 0.223144, p(1) = 0.4000'
    >>> found.iterations
    39
    """
    check_same_labels(("input", input, 0), ("channel", channel, 0))
    rows, costs = check_channel(channel, cost)
    slope = check_slope(slope)
    gap = check_number("gap", gap, low=0.0)
    max_iterations = check_count("max_iterations", max_iterations)
    p = _check_positive(input, rows)

    rows_used = rows[:, rows.any(axis=0)]
    score = neg_entropies(rows) - slope * (costs - costs.min())
    history: list[float] = []
    values: list[float] = []
    while True:
        own = score - rows_used @ np.log(p @ rows_used)
        values.append(float(p @ own) - slope * float(costs.min()))
        history.append(max(0.0, float(own.max() - p @ own)))
        # The certificate, in the log domain, has the last word on what the products may round.
        converged = history[-1] <= gap and certify_capacity(rows, p, costs, slope=slope).gap <= gap
        if converged or len(history) > max_iterations:
            break
        p = np.maximum(p * np.exp(own - own.max()), SMALLEST)
        p /= p.sum()

    certificate = certify_capacity(rows, p, costs, slope=slope)
    if not converged:
        reached, limit = told_apart(certificate.gap, gap)
        warnings.warn(
            f"the gap is {reached} nats after {max_iterations} iterations, "
            f"not {limit}: raise max_iterations",
            RuntimeWarning,
            stacklevel=2,
        )
    return BlahutArimotoCapacity(
        **vars(certificate),
        input=p,
        output=p @ rows,
        iterations=len(history) - 1,
        converged=converged,
        history=np.array(history),
        values=np.array(values),
    )


def _check_positive(p: npt.ArrayLike | None, rows: Array) -> Array:
    if p is None:
        return np.full(rows.shape[0], 1 / rows.shape[0])
    masses = check_input(p, rows)
    if masses.min() <= 0:
        where = int(masses.argmin())
        raise ValueError(f"input must be positive, got input[{where}] = {masses[where]}")
    return np.maximum(masses, SMALLEST)
