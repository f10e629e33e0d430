"""The Ising model on a small square, all of its images enumerated.

Sources: Ising, *Zeitschrift fuer Physik* 31 (1925); Onsager, *Physical Review* 65 (1944), for the
critical temperature; MacKay, *Information Theory, Inference, and Learning Algorithms* (2003),
chapter 31.
"""

import math

import numpy as np
from scipy.special import logsumexp

from rdtheory.checks import Array, check_number
from rdtheory.sources.binary import ImageSource, all_images, check_masses, check_side, name_of

CRITICAL_TEMPERATURE = 2 / math.log(1 + math.sqrt(2))
"""Where the endless square lattice of unit coupling begins to order: Onsager (1944),
doi:10.1103/PhysRev.65.117."""

MOST_STRENGTH = 1e300
"""Of coupling / temperature, so that no sum over neighbours overflows."""

ISING_SIDES = range(2, 5)


def ising(
    side: int, *, coupling: float = 1.0, temperature: float = CRITICAL_TEMPERATURE
) -> ImageSource:
    r"""Return the Ising model on a square with free boundaries, spins s = 2x - 1.

        p(x) = exp(K sum_(i, j neighbours) s_i s_j) / Z,
        K = coupling / temperature,

    where Z sums over all 2^(side^2) images. They come in the order of the
    binary number that their pixels make in raster order. A positive coupling
    makes neighbours agree, a negative one differ.

    Source: Ising (1925), doi:10.1007/BF02980577.

    Parameters
    ----------
    side : 2, 3 or 4: 16, 512 or 65,536 images
    coupling : any finite number
    temperature : above 0

    Raises
    ------
    ValueError
        where an argument is out of range, or coupling / temperature so large
        that a mass is below 2.2e-308, where float64 loses digits.

    Examples
    --------
    >>> source = ising(2, temperature=2.0)
    >>> form = np.exp(2) / ((2 * np.cosh(0.5)) ** 4 + (2 * np.sinh(0.5)) ** 4)
    >>> print(round(source.p_x[0], 6), round(form, 6))
    0.273175 0.273175
    """
    side = check_side(side, ISING_SIDES)
    coupling, temperature = _check_coupling(coupling, temperature)
    log_weights = coupling / temperature * _bonds(side)
    p_x = np.exp(log_weights - logsumexp(log_weights))
    seen = f"coupling = {coupling:g} and temperature = {temperature:g}"
    check_masses(p_x, "coupling / temperature", seen)
    defaults = {"coupling": (coupling, 1.0), "temperature": (temperature, CRITICAL_TEMPERATURE)}
    return ImageSource(name_of("ising", side, defaults), all_images(side), p_x)


def ising_log_partition(
    side: int, *, coupling: float = 1.0, temperature: float = CRITICAL_TEMPERATURE
) -> float:
    r"""Return log Z of `ising`, by enumeration.

    This is log sum_x exp(K sum_(i, j neighbours) s_i s_j). Parameters are those
    of `ising`. Raises `ValueError` where one is out of range; no coupling is
    too large here, up to a coupling / temperature of 1e300.

    Examples
    --------
    >>> log_z = ising_log_partition(2, temperature=2.0)  # a ring of four
    >>> form = np.log((2 * np.cosh(0.5)) ** 4 + (2 * np.sinh(0.5)) ** 4)
    >>> np.isclose(log_z, form)
    np.True_
    """
    side = check_side(side, ISING_SIDES)
    coupling, temperature = _check_coupling(coupling, temperature)
    return float(logsumexp(coupling / temperature * _bonds(side)))


def _bonds(side: int) -> Array:
    """Return sum_(i, j neighbours) s_i s_j of all images, (2^(side^2),)."""
    spins = 2 * all_images(side).astype(np.int8) - 1
    down = (spins[:, 1:] * spins[:, :-1]).sum(axis=(1, 2))
    right = (spins[:, :, 1:] * spins[:, :, :-1]).sum(axis=(1, 2))
    return (down + right).astype(np.float64)


def _check_coupling(coupling: float, temperature: float) -> tuple[float, float]:
    coupling = check_number("coupling", coupling) + 0.0  # no -0
    rule = "a finite number above 0"
    temperature = check_number("temperature", temperature, low=math.ulp(0.0), rule=rule)
    strength = coupling / temperature
    check_number("coupling / temperature", strength, low=-MOST_STRENGTH, high=MOST_STRENGTH)
    return coupling, temperature
