r"""exp of many numbers at a time, as a processor's vector unit takes it; for compiled loops.

A library's exp takes one number at a time. Here x = k log 2 + f with |f| <= log(2) / 2, and exp(f)
is Taylor's polynomial of degree 13, off by less than rounding: within two units in the last place.

Source: Cody and Waite, *Software Manual for the Elementary Functions* (1980), chapter 6.
"""

import numba
import numpy as np

from rdtheory.checks import Array

BLOCK = 1024
"""Numbers that a loop should take at a time: with what is done to them they lie in the cache."""

ZERO = -460.0
"""Below this exp is 0: see `rdtheory.solver.gibbs.TINY`."""

LARGE = 709.0
"""Above this exp is infinite."""

_PER_LOG_2 = 1.4426950408889634
_HIGH, _LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
"""log 2 in two parts: the first has few enough digits that its multiples are exact."""
_INFINITE = np.int64(0x7FF << 52)
"""The bits of inf; those of 0 are 0."""
_WHOLE = 6755399441055744.0
"""1.5 2^52: a number that is added to it and taken off again is a whole one."""


@numba.njit(cache=True, fastmath={"contract"})
def exponentials(x: Array, found: Array, powers: Array) -> None:
    """Write exp(x) to `found`: 0 where x is not above `ZERO`, inf above `LARGE`; all (n,).

    `powers` is room to work in. All three lie apart: what overlaps is not taken many at a time.

    Examples
    --------
    >>> x, found = np.array([0.0, -1.0, -1000.0]), np.empty(3)
    >>> exponentials(x, found, np.empty(3))
    >>> found.round(6).tolist()
    [1.0, 0.367879, 0.0]
    """
    bits = powers.view(np.int64)
    for i in range(x.size):
        t = min(max(x[i], -700.0), LARGE)
        k = (t * _PER_LOG_2 + _WHOLE) - _WHOLE
        power = (np.int64(k) + 1023) << 52
        finite = power if x[i] > ZERO else np.int64(0)
        bits[i] = finite if x[i] <= LARGE else _INFINITE
        f = (t - k * _HIGH) - k * _LOW
        y = 1.6059043836821613e-10
        y = y * f + 2.08767569878681e-9
        y = y * f + 2.505210838544172e-8
        y = y * f + 2.755731922398589e-7
        y = y * f + 2.7557319223985893e-6
        y = y * f + 2.48015873015873e-5
        y = y * f + 1.984126984126984e-4
        y = y * f + 1.388888888888889e-3
        y = y * f + 8.333333333333333e-3
        y = y * f + 4.1666666666666664e-2
        y = y * f + 0.16666666666666666
        y = y * f + 0.5
        y = y * f + 1.0
        found[i] = y * f + 1.0
    for i in range(x.size):
        found[i] *= powers[i]


@numba.njit(cache=True, fastmath={"contract", "reassoc"})
def dot(one: Array, other: Array) -> float:
    """Return the sum of the products of two arrays of one length, in any order."""
    total = 0.0
    for i in range(one.size):
        total += one[i] * other[i]
    return total
