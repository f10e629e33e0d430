r"""Other ways to the same optimum, written as well as they can be, for a benchmark to be fair to.

Each rival minimises F(r) = -sum_x p(x) log sum_y A(x, y) r(y) over probability vectors r, where
A(x, y) = exp(-d(x, y) / beta), the problem of `rdtheory.solver.certificate`, and has the form

    rival(p_x, distortion, beta, gap, time_limit) -> marginal (m,).

It stops where its own bound on F(r) - min F is at most `gap` nats, or at the first look at the
clock after `time_limit` seconds, math.inf for none, or after `max_iterations`, and returns the r it
has, without a word on how good that is: `certify` says. A wrong problem raises the errors of
`certify`.
"""

import math
from time import perf_counter

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve

from rdtheory.checks import Array, check_distortion, check_number, check_pmf, check_same_labels
from rdtheory.solver.convex_program import solve_convex_program

UNLIMITED = 10**12

NEGLIGIBLE = 1e-16
"""A channel q(y|x) below this at every x changes no sum in float64: column y may be left out."""

ROUNDING = 1e-16
"""Complementarity sum_y r(y) z(y), in nats, below which float64 has no more to give."""

RETURNING = 1e-6
"""Mass of a column that comes back."""

FLUSHED = 1e-100
"""Kernel entries below this are set to 0: they change nothing, and their products would be
subnormal numbers, which a processor handles a hundred times slower."""


def plain_blahut_arimoto(
    p_x: npt.ArrayLike,
    distortion: npt.ArrayLike,
    beta: float,
    gap: float,
    time_limit: float,
    *,
    max_iterations: int = UNLIMITED,
) -> Array:
    """Run Blahut-Arimoto as a first lesson writes it: the channel (n, m) in every iteration.

    Examples
    --------
    >>> plain_blahut_arimoto([0.7, 0.3], [[0, 1], [1, 0]], 0.5, 1e-9, math.inf).round(4)
    array([0.7626, 0.2374])
    """
    stop = perf_counter() + time_limit
    p, kernel = _problem(p_x, distortion, beta)
    r = np.full(kernel.shape[1], 1 / kernel.shape[1])
    for _ in range(max_iterations):
        channel = r * kernel
        channel /= channel.sum(axis=1, keepdims=True)
        aggregate = p @ channel
        # An output whose mass underflowed is gone, and its part of the bound, below 1, with it.
        alive = r > 0
        bound = math.log((aggregate[alive] / r[alive]).max())
        if bound <= gap or perf_counter() >= stop:
            break
        r = aggregate
    return r


def tuned_blahut_arimoto(
    p_x: npt.ArrayLike,
    distortion: npt.ArrayLike,
    beta: float,
    gap: float,
    time_limit: float,
    *,
    max_iterations: int = UNLIMITED,
) -> Array:
    """Run Blahut-Arimoto as fast as numpy allows: two products of kernel and vector, in place.

    Outputs of negligible use leave the products every 100 iterations. Those that turn out to be
    wanted when the rest has reached the gap come back.

    Examples
    --------
    >>> tuned_blahut_arimoto([0.7, 0.3], [[0, 1], [1, 0]], 0.5, 1e-9, math.inf).round(4)
    array([0.7626, 0.2374])
    """
    stop = perf_counter() + time_limit
    p, full = _problem(p_x, distortion, beta)
    marginal = np.full(full.shape[1], 1 / full.shape[1])
    active, kernel, r = np.arange(marginal.size), full, marginal.copy()
    weights, c = np.empty(p.size), np.empty(r.size)
    for iteration in range(max_iterations):
        np.dot(kernel, r, out=weights)
        np.divide(p, weights, out=weights)
        np.dot(weights, kernel, out=c)
        if iteration % 10 == 0:
            if perf_counter() >= stop:
                break
            if math.log(c.max()) <= gap:
                everywhere = weights @ full
                if math.log(everywhere.max()) <= gap:
                    break
                # An output that was left out is wanted after all: it comes back, small.
                marginal[:] = 0.0
                marginal[active] = r
                marginal[everywhere > 1] = np.maximum(marginal[everywhere > 1], RETURNING)
                active = np.flatnonzero(marginal)
                kernel, r = np.ascontiguousarray(full[:, active]), marginal[active]
                r /= r.sum()
                c = np.empty(r.size)
                continue
        if iteration % 100 == 99:
            largest = r * (kernel * (weights / p)[:, None]).max(axis=0)  # of q(y|x) over x
            kept = (largest > NEGLIGIBLE) | (c > 1)
            active, r, c = active[kept], r[kept], c[kept]
            kernel = np.ascontiguousarray(kernel[:, kept])
        r *= c
    marginal[:] = 0.0
    marginal[active] = r
    return marginal / marginal.sum()


def dense_interior_point(
    p_x: npt.ArrayLike,
    distortion: npt.ArrayLike,
    beta: float,
    gap: float,
    time_limit: float,
    *,
    max_iterations: int = 200,
) -> Array:
    r"""Take Newton steps inside the simplex, primal-dual with Mehrotra's corrector, O(n m^2) each.

    F(t r) = F(r) - log t, so that F(r) + sum_y r(y) has its least value over all r >= 0 where sum r
    is 1, and the simplex needs no equation. With slacks z the conditions of optimality are

        z(y) = 1 - c(y),   r(y) z(y) = 0,   r, z >= 0,   c = A^T (p / A r),

    and a Newton step towards r z = mu is (H + diag(z / r)) dr = c - 1 + mu / r, with the Hessian
    H = A^T diag(p / (A r)^2) A. It is solved as S H S + 1, S = sqrt(r / z), which is positive
    definite whatever the rank of H.

    Sources: Mehrotra, "On the implementation of a primal-dual interior point method" (1992);
    Nocedal and Wright, *Numerical Optimization* (2006), section 19.3.

    Examples
    --------
    >>> dense_interior_point([0.7, 0.3], [[0, 1], [1, 0]], 0.5, 1e-9, math.inf).round(4)
    array([0.7626, 0.2374])
    """
    stop = perf_counter() + time_limit
    p, kernel = _problem(p_x, distortion, beta)
    m = kernel.shape[1]
    r, z = np.full(m, 1 / m), np.ones(m)
    for _ in range(max_iterations):
        q = kernel @ r
        c = (p / q) @ kernel
        finished = math.log(c.max() * r.sum()) <= gap or r @ z <= ROUNDING
        if finished or perf_counter() >= stop:
            break
        scale = np.sqrt(r / z)
        root = kernel * scale
        root *= (np.sqrt(p) / q)[:, None]
        matrix = root.T @ root
        matrix.flat[:: m + 1] += 1.0
        factor = cho_factor(matrix, overwrite_a=True, check_finite=False)

        def newton(target: Array | float) -> tuple[Array, Array]:
            right = c - 1.0 + target / r  # noqa: B023  (called in this turn of the loop only)
            dr = scale * cho_solve(factor, scale * right, check_finite=False)  # noqa: B023
            return dr, (target - z * dr) / r - z  # noqa: B023

        dr, dz = newton(0.0)
        step = _step(r, dr, z, dz)
        mu = r @ z / m
        ahead = (r + step * dr) @ (z + step * dz) / m
        dr, dz = newton((ahead / mu) ** 3 * mu - dr * dz)
        step = min(1.0, 0.99 * _step(r, dr, z, dz))
        r, z = r + step * dr, z + step * dz
    return r / r.sum()


def cvxpy_clarabel(
    p_x: npt.ArrayLike, distortion: npt.ArrayLike, beta: float, gap: float, time_limit: float
) -> Array:
    """Ask the interior-point solver Clarabel, by cvxpy, whose own work the clock does not count.

    Clarabel is accurate absolutely, and q = A r of an unlikely letter must be so relatively, for
    `certify` to prove a gap. So it is asked for a ten-thousandth of the gap, and ten iterations of
    Blahut-Arimoto, which mend just that, follow. The uniform marginal where the solver has nothing
    to show.

    Examples
    --------
    >>> cvxpy_clarabel([0.7, 0.3], [[0, 1], [1, 0]], 0.5, 1e-6, math.inf).round(4)
    array([0.7626, 0.2374])
    """
    p, kernel = _problem(p_x, distortion, beta)
    options = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), max(1e-4 * gap, 1e-12))
    if math.isfinite(time_limit):
        options["time_limit"] = time_limit
    try:
        r = solve_convex_program(p_x, distortion, beta, options=options).marginal
    except RuntimeError:
        return np.full(kernel.shape[1], 1 / kernel.shape[1])
    r = np.maximum(r, NEGLIGIBLE)  # what was cut off at 0 may come back
    for _ in range(10):
        r = r * ((p / (kernel @ r)) @ kernel)
    return r / r.sum()


def _problem(p_x: npt.ArrayLike, distortion: npt.ArrayLike, beta: float) -> tuple[Array, Array]:
    """Return p and A without the letters of no mass, each row of A divided by its largest entry."""
    check_same_labels(("p_x", p_x, 0), ("distortion", distortion, 0))
    p_x = check_pmf("p_x", p_x)
    kernel = check_distortion(distortion, p_x)[p_x > 0]
    beta = check_number("beta", beta, low=np.finfo(float).tiny)
    kernel -= kernel.min(axis=1, keepdims=True)
    kernel /= -beta
    np.exp(kernel, out=kernel)
    kernel[kernel < FLUSHED] = 0.0
    return p_x[p_x > 0], kernel


def _step(r: Array, dr: Array, z: Array, dz: Array) -> float:
    """Return the longest step in (0, 1] that keeps r and z from below 0."""
    shrinking = max(float((-dr / r).max()), float((-dz / z).max()))
    return 1.0 if shrinking <= 1.0 else 1.0 / shrinking
