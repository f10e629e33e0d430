r"""The best entropy-coded scalar quantiser of a uniform density, in closed form.

At H nats, with N = ceil(exp(H)), N - 1 cells have one length a and the last has b = 1 - (N - 1) a,
at most a; a is what makes the entropy -(N - 1) a log a - b log b equal to H, and

    D = ((N - 1) a^3 + b^3) / 12.

Where exp(H) is whole all cells are equal, D = exp(-2 H) / 12: those are the corners of the hull.

Source: Gyorgy and Linder, "Optimal entropy-constrained scalar quantization of a uniform source",
IEEE Transactions on Information Theory 46 (2000), theorem 1.
"""

import math

from scipy.optimize import brentq
from scipy.special import entr

from rdtheory.checks import check_number


def uniform_quantiser(rate: float) -> tuple[float, tuple[float, ...]]:
    """Return the least D of a uniform density on [0, 1) at a rate.

    Beside it come the lengths of the cells. Raises `ValueError` where the rate,
    in nats, is negative.

    Source: Gyorgy and Linder, *IEEE Transactions on Information Theory* 46
    (2000), theorem 1.

    Examples
    --------
    >>> distortion, lengths = uniform_quantiser(math.log(2))
    >>> round(distortion * 48, 12), lengths
    (1.0, (0.5, 0.5))
    >>> distortion, lengths = uniform_quantiser(0.8)
    >>> f"{distortion:.6f}", [round(length, 4) for length in lengths]
    ('0.019164', [0.4863, 0.4863, 0.0275])
    """
    rate = check_number("rate", rate, low=0.0, high=30.0)
    count = max(1, math.ceil(math.exp(rate) - 1e-12))
    if count == 1:
        return 1.0 / 12.0, (1.0,)

    def above(a: float) -> float:
        return float((count - 1) * entr(a) + entr(max(0.0, 1.0 - (count - 1) * a))) - rate

    low, high = 1.0 / count, 1.0 / (count - 1)
    a = low if above(low) <= 0.0 else float(brentq(above, low, high, xtol=1e-15))
    b = max(0.0, 1.0 - (count - 1) * a)
    return ((count - 1) * a**3 + b**3) / 12.0, (*[a] * (count - 1), b)
