"""Compiled descents of `bottleneck`: self-consistent rounds with leaps. No checks, no printing.

Plain loops over numbers: numba takes ten times as long to compile expressions of arrays.

Source: Varadhan and Roland, "Simple and globally convergent methods for accelerating the
convergence of any EM algorithm" (2008), scheme S3.
"""

import math

import numba
import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array


@numba.njit(cache=True)
def round_once(
    encoder: Array, p_x: Array, conditional: Array, beta: float, alpha: float, new: Array
) -> float:
    """Write the best encoder for this one's own r and d to `new` (n, t); return its value."""
    letters, codes = encoder.shape
    outcomes = conditional.shape[1]
    log_r, log_d, score = np.zeros(codes), np.zeros((outcomes, codes)), np.empty(codes)
    for x in range(letters):
        for t in range(codes):
            log_r[t] += p_x[x] * encoder[x, t]
        for y in range(outcomes):
            mass = p_x[x] * conditional[x, y]
            if mass > 0.0:
                for t in range(codes):
                    log_d[y, t] += mass * encoder[x, t]
    for t in range(codes):
        log_r[t] = math.log(log_r[t]) if log_r[t] > 0.0 else -math.inf
        for y in range(outcomes):
            log_d[y, t] = math.log(log_d[y, t]) if log_d[y, t] > 0.0 else -math.inf
            if log_r[t] > -math.inf:
                log_d[y, t] -= log_r[t]
    weight = max(beta, 1e-300)
    scale = max(alpha * weight, 1e-300)  # where one is 0 this leaves the best code alone
    value = 0.0
    for x in range(letters):
        top = -math.inf
        for t in range(codes):
            score[t] = weight * log_r[t]
        for y in range(outcomes):
            if conditional[x, y] > 0.0:
                for t in range(codes):  # -inf where the code excludes the outcome
                    score[t] += conditional[x, y] * log_d[y, t]
        for t in range(codes):
            top = max(top, score[t])
        if top == -math.inf:  # a letter whose own mass underflowed stays where it is
            for t in range(codes):
                new[x, t] = encoder[x, t]
            continue
        total = 0.0
        for t in range(codes):
            new[x, t] = math.exp((score[t] - top) / scale)
            total += new[x, t]
        for t in range(codes):
            new[x, t] /= total
        value -= p_x[x] * (top + scale * math.log(total))
    return value


@numba.njit(cache=True, parallel=True)
def descend(
    encoders: Array,
    values: Array,
    counts: npt.NDArray[np.int64],
    p_x: Array,
    conditional: Array,
    beta: float,
    alpha: float,
    tolerance: float,
    max_iterations: int,
) -> None:
    """Take every encoder (k, n, t) down in place to where a round moves it by `tolerance`."""
    for k in numba.prange(encoders.shape[0]):
        values[k], counts[k] = squarem(
            encoders[k], p_x, conditional, beta, alpha, tolerance, max_iterations
        )


@numba.njit(cache=True)
def squarem(
    encoder: Array,
    p_x: Array,
    conditional: Array,
    beta: float,
    alpha: float,
    tolerance: float,
    most: int,
) -> tuple[float, int]:
    """Repeat two rounds and a leap along both, undone where it raises the value; in place."""
    letters, codes = encoder.shape
    one, two, leap = np.empty_like(encoder), np.empty_like(encoder), np.empty_like(encoder)
    count, longest, value = 0, 4.0, math.inf
    while count < most:
        value = round_once(encoder, p_x, conditional, beta, alpha, one)
        count += 1
        moved = 0.0
        for x in range(letters):
            for t in range(codes):
                moved = max(moved, abs(one[x, t] - encoder[x, t]))
        if moved <= tolerance:
            break
        value = round_once(one, p_x, conditional, beta, alpha, two)
        count += 1
        first, second = 0.0, 0.0
        for x in range(letters):
            for t in range(codes):
                first += p_x[x] * (one[x, t] - encoder[x, t]) ** 2
                second += p_x[x] * (two[x, t] - 2.0 * one[x, t] + encoder[x, t]) ** 2
        length = longest if first >= longest**2 * second else math.sqrt(first / second)
        if length > 1.0:
            for x in range(letters):
                total = 0.0
                for t in range(codes):
                    step, bend = one[x, t] - encoder[x, t], two[x, t] - 2.0 * one[x, t]
                    there = encoder[x, t] + 2.0 * length * step
                    there += length**2 * (bend + encoder[x, t])
                    leap[x, t] = max(there, 0.1 * two[x, t])  # a code at 0 could never come back
                    total += leap[x, t]
                for t in range(codes):
                    leap[x, t] /= total
            reached = round_once(leap, p_x, conditional, beta, alpha, encoder)
            count += 1
            if reached <= value:
                value = reached
                longest = 4.0 * longest if length == longest else longest
                continue
            longest = max(4.0, 0.5 * longest)
        for x in range(letters):
            for t in range(codes):
                encoder[x, t] = two[x, t]
    return value, count
