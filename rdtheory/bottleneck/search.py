"""Compiled descents of `bottleneck`: self-consistent rounds with leaps. No checks, no printing.

Source: Varadhan and Roland, "Simple and globally convergent methods for accelerating the
convergence of any EM algorithm" (2008), scheme S3.
"""

import numba
import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array


@numba.njit(cache=True)
def round_once(encoder: Array, p_x: Array, conditional: Array, beta: float, new: Array) -> float:
    """Write the best encoder for this one's own r and d to `new` (n, t); return its value."""
    letters, codes = encoder.shape
    outcomes = conditional.shape[1]
    mass, log_d = np.zeros(codes), np.zeros((outcomes, codes))
    for x in range(letters):
        mass += p_x[x] * encoder[x]
        for y in range(outcomes):
            if conditional[x, y] > 0.0:
                log_d[y] += (p_x[x] * conditional[x, y]) * encoder[x]
    log_r = np.log(mass)
    for y in range(outcomes):
        log_d[y] = np.log(log_d[y])
        for t in range(codes):
            if mass[t] > 0.0:
                log_d[y, t] -= log_r[t]
    scale = max(beta, 1e-300)  # at beta = 0 this leaves the best code alone
    value = 0.0
    for x in range(letters):
        score = scale * log_r
        for y in range(outcomes):
            if conditional[x, y] > 0.0:
                score += conditional[x, y] * log_d[y]  # -inf where the code excludes the outcome
        top = score.max()
        if top == -np.inf:  # a letter whose own mass underflowed stays where it is
            new[x] = encoder[x]
            continue
        new[x] = np.exp((score - top) / scale)
        total = new[x].sum()
        new[x] /= total
        value -= p_x[x] * (top + scale * np.log(total))
    return value


@numba.njit(cache=True, parallel=True)
def descend(
    encoders: Array,
    values: Array,
    counts: npt.NDArray[np.int64],
    p_x: Array,
    conditional: Array,
    beta: float,
    tolerance: float,
    max_iterations: int,
) -> None:
    """Take every encoder (k, n, t) down in place to where a round moves it by `tolerance`."""
    for k in numba.prange(encoders.shape[0]):
        values[k], counts[k] = squarem(
            encoders[k], p_x, conditional, beta, tolerance, max_iterations
        )


@numba.njit(cache=True)
def squarem(
    encoder: Array, p_x: Array, conditional: Array, beta: float, tolerance: float, most: int
) -> tuple[float, int]:
    """Repeat two rounds and a leap along both, undone where it raises the value; in place."""
    one, two, leap = np.empty_like(encoder), np.empty_like(encoder), np.empty_like(encoder)
    count, longest, value = 0, 4.0, np.inf
    while count < most:
        value = round_once(encoder, p_x, conditional, beta, one)
        count += 1
        if np.abs(one - encoder).max() <= tolerance:
            break
        value = round_once(one, p_x, conditional, beta, two)
        count += 1
        first, second = 0.0, 0.0
        for x in range(p_x.size):
            first += p_x[x] * ((one[x] - encoder[x]) ** 2).sum()
            second += p_x[x] * ((two[x] - 2.0 * one[x] + encoder[x]) ** 2).sum()
        length = longest if first >= longest**2 * second else np.sqrt(first / second)
        if length <= 1.0:
            encoder[:] = two
            continue
        for x in range(p_x.size):
            leap[x] = encoder[x] + 2.0 * length * (one[x] - encoder[x])
            leap[x] += length**2 * (two[x] - 2.0 * one[x] + encoder[x])
            leap[x] = np.maximum(leap[x], 0.1 * two[x])  # a code at 0 could never come back
            leap[x] /= leap[x].sum()
        reached = round_once(leap, p_x, conditional, beta, encoder)
        count += 1
        if reached <= value:
            value = reached
            longest = 4.0 * longest if length == longest else longest
        else:
            encoder[:] = two
            longest = max(4.0, 0.5 * longest)
    return value, count
