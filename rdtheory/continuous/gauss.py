r"""Sums of Gaussian bumps, c(y) = sum_x exp(a(x) - s |x - y|^2), and bounds of them on boxes.

A box of centre m and half edges h has the radius rho = |h|. On it c is at most

    sum_x exp(a(x) - s min |x - y|^2)                               (each bump at its nearest), and
    c(m) + max over steps of (g . step + step . H step / 2) + T rho^3 / 6        (Taylor's),

with the gradient g and the Hessian H at m, and T the sum of what each bump's third derivative along
any line is at most: (2 s)^(3/2) |He3(u)| exp(-u^2 / 2), He3(u) = u^3 - 3 u, where u is sqrt(2 s)
times a coordinate of x - y, and so at most that distance.
"""

import math

import numba
import numpy as np

from rdtheory.checks import Array

SMALL = -80.0
"""Of an exponent below this, what its bump adds is bounded by exp(SMALL)."""


@numba.njit(cache=True)
def mixture(letters: Array, places: Array, log_w: Array, s: float) -> tuple[Array, Array]:
    """Return log q(x), q(x) = sum_j exp(log_w(j) - s |x - y_j|^2), and E s |x - y|^2 given x."""
    many, size = letters.shape
    log_q, spent, nats = np.empty(many), np.empty(many), np.empty(log_w.size)
    for x in range(many):
        least = np.inf
        for j in range(log_w.size):
            far = 0.0
            for t in range(size):
                far += (letters[x, t] - places[j, t]) ** 2
            nats[j] = s * far
            least = min(least, nats[j] - log_w[j])
        total, cost = 0.0, 0.0
        for j in range(log_w.size):
            share = math.exp(log_w[j] - nats[j] + least)
            total += share
            cost += share * nats[j]
        log_q[x] = math.log(total) - least
        spent[x] = cost / total
    return log_q, spent


@numba.njit(cache=True)
def heights(points: Array, letters: Array, a: Array, s: float) -> Array:
    """Return c at points (m, k), shape (m,)."""
    many, size = points.shape
    found = np.zeros(many)
    for i in range(many):
        total = 0.0
        for x in range(a.size):
            far = 0.0
            for t in range(size):
                far += (letters[x, t] - points[i, t]) ** 2
            e = a[x] - s * far
            if e > SMALL:
                total += math.exp(e)
        found[i] = total
    return found


@numba.njit(cache=True)
def bends(points: Array, letters: Array, a: Array, s: float) -> tuple[Array, Array, Array]:
    """Return c (m,), its gradient (m, k) and its Hessian (m, k, k) at points (m, k)."""
    many, size = points.shape
    c, g, H = np.zeros(many), np.zeros((many, size)), np.zeros((many, size, size))
    step = np.empty(size)
    for i in range(many):
        for x in range(a.size):
            far = 0.0
            for t in range(size):
                step[t] = letters[x, t] - points[i, t]
                far += step[t] * step[t]
            e = a[x] - s * far
            if e > SMALL:
                bump = math.exp(e)
                c[i] += bump
                for t in range(size):
                    g[i, t] += 2.0 * s * step[t] * bump
                    H[i, t, t] -= 2.0 * s * bump
                    for u in range(size):
                        H[i, t, u] += 4.0 * s * s * step[t] * step[u] * bump
    return c, g, H


@numba.njit(cache=True)
def bounds(
    centres: Array, halves: Array, letters: Array, a: Array, s: float
) -> tuple[Array, Array]:
    """Return c at the centres (m, k) of boxes and a bound of c on each box, both (m,)."""
    many, size = centres.shape
    at, above = np.zeros(many), np.zeros(many)
    step, g, H = np.empty(size), np.empty(size), np.empty((size, size))
    unit = math.sqrt(2.0 * s)
    for i in range(many):
        radius = 0.0
        for t in range(size):
            radius += halves[i, t] ** 2
        radius = math.sqrt(radius)
        g[:] = 0.0
        H[:] = 0.0
        c, near, third = 0.0, 0.0, 0.0
        for x in range(a.size):
            far, least = 0.0, 0.0
            for t in range(size):
                step[t] = letters[x, t] - centres[i, t]
                far += step[t] * step[t]
                out = abs(step[t]) - halves[i, t]
                if out > 0.0:
                    least += out * out
            e = a[x] - s * least
            if e < SMALL:
                continue
            most = math.exp(e)
            near += most
            u = unit * (math.sqrt(far) + radius)
            third += most * (3.0 * u - u**3 if u < 1.0 else max(2.0, u**3 - 3.0 * u))
            bump = math.exp(a[x] - s * far)
            c += bump
            for t in range(size):
                g[t] += 2.0 * s * step[t] * bump
                H[t, t] -= 2.0 * s * bump
                for v in range(t + 1):
                    H[t, v] += 4.0 * s * s * step[t] * step[v] * bump
        for t in range(size):
            for v in range(t):
                H[v, t] = H[t, v]
        rest = unit**3 * third * radius**3 / 6.0
        quadratic = rise_in_box(g, H, halves[i])
        if size > 1:
            quadratic = min(quadratic, rise_in_ball(g, H, radius))
        at[i] = c
        above[i] = min(near, c + quadratic + rest) + a.size * math.exp(SMALL)
    return at, above


@numba.njit(cache=True)
def rise(g: float, bend: float, h: float) -> float:
    """Return the most of g t + bend t^2 / 2 over |t| <= h."""
    if abs(g) < -bend * h:
        return -g * g / (2.0 * bend)
    return abs(g) * h + bend * h * h / 2.0


@numba.njit(cache=True)
def rise_in_box(g: Array, H: Array, halves: Array) -> float:
    """Bound g . t + t . H t / 2 over |t_i| <= h_i: a product t_i t_j is at most its mean square.

    |t_i t_j| <= (t_i^2 h_j / h_i + t_j^2 h_i / h_j) / 2, which suits boxes that are no cubes.
    """
    total = 0.0
    for i in range(g.size):
        if halves[i] == 0.0:
            continue
        bend = H[i, i]
        for j in range(g.size):
            if j != i:
                bend += abs(H[i, j]) * halves[j] / halves[i]
        total += rise(g[i], bend, halves[i])
    return total


@numba.njit(cache=True)
def rise_in_ball(g: Array, H: Array, radius: float) -> float:
    """Bound g . t + t . H t / 2 over |t| <= radius, a principal axis of H at a time."""
    values, axes = np.linalg.eigh(H)
    total = 0.0
    for i in range(g.size):
        along = 0.0
        for t in range(g.size):
            along += g[t] * axes[t, i]
        total += rise(along, values[i], radius)
    return total
