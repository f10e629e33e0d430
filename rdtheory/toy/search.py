r"""Compiled search over the family's parameters: a gradient phase, then L-BFGS.

Both minimise one function of the parameters theta,

    f = Q_free + psi(Q_held - target) + smoothing S + (proximity / 2) |theta - theta_0|^2,
    psi(c) = max over lowest <= a <= highest of  a c - (a - multiplier)^2 / (2 curvature),

where Q_held is the rate or the distortion, Q_free the other, S the encoder's roughness. psi is the
augmented Lagrangian of whatever one wants of Q_held: the constraint Q_held = target (any a), the
penalty w |Q_held - target| (a in [-w, w]), or a plain slope beta (a = beta).

Sources: Kingma and Ba (2015), algorithm 1; Nocedal and Wright, *Numerical Optimization* (2006),
algorithm 7.4 (two-loop recursion) and section 17.3; Rockafellar (1976) for the proximal term.
"""

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array
from rdtheory.toy.family import terms

MEMORY = 30
"""Pairs that L-BFGS keeps."""


class Lagrangian(NamedTuple):
    """What one round of search minimises, apart from each restart's own multiplier."""

    held: int
    target: float
    curvature: float
    lowest: float
    highest: float
    smoothing: float
    proximity: float


@numba.njit(cache=True)
def pull(lagrangian: Lagrangian, multiplier: float, value: float) -> float:
    """Return the maximising a of psi at Q_held = value: its derivative, and the next multiplier."""
    a = multiplier + lagrangian.curvature * (value - lagrangian.target)
    return min(max(a, lagrangian.lowest), lagrangian.highest)


@numba.njit(cache=True)
def objective(
    theta: Array,
    theta_0: Array,
    multiplier: float,
    lagrangian: Lagrangian,
    p_x: Array,
    x: Array,
    z: Array,
    values: Array,
    gradients: Array,
    gradient: Array,
) -> float:
    """Return f; write its gradient (P,) to `gradient`."""
    terms(theta, p_x, x, z, values, gradients)
    held, free = lagrangian.held, 1 - lagrangian.held
    a = pull(lagrangian, multiplier, values[held])
    f = values[free] + a * (values[held] - lagrangian.target) + lagrangian.smoothing * values[2]
    if lagrangian.curvature > 0.0:
        f -= 0.5 * (a - multiplier) ** 2 / lagrangian.curvature
    for k in range(theta.size):
        shift = theta[k] - theta_0[k]
        f += 0.5 * lagrangian.proximity * shift * shift
        gradient[k] = (
            gradients[free, k]
            + a * gradients[held, k]
            + lagrangian.smoothing * gradients[2, k]
            + lagrangian.proximity * shift
        )
    return f


@numba.njit(cache=True, parallel=True)
def gradient_phase(
    thetas: Array,
    multipliers: Array,
    lagrangian: Lagrangian,
    p_x: Array,
    x: Array,
    z: Array,
    steps: int,
    learning_rate: float,
) -> None:
    """Train every row of `thetas` (restarts, P) in place by Adam, its rate falling to a tenth."""
    for restart in numba.prange(thetas.shape[0]):
        theta, multiplier = thetas[restart], multipliers[restart]
        values, gradients = np.empty(3), np.empty((3, theta.size))
        gradient, mean, square = np.empty(theta.size), np.zeros(theta.size), np.zeros(theta.size)
        for step in range(1, steps + 1):
            objective(theta, theta, multiplier, lagrangian, p_x, x, z, values, gradients, gradient)
            rate = learning_rate * (1.0 - 0.9 * step / steps)
            for k in range(theta.size):
                mean[k] += 0.1 * (gradient[k] - mean[k])
                square[k] += 0.01 * (gradient[k] ** 2 - square[k])
                scale = np.sqrt(square[k] / (1.0 - 0.99**step)) + 1e-8
                theta[k] -= rate * mean[k] / (1.0 - 0.9**step) / scale


@numba.njit(cache=True, parallel=True)
def polish_round(
    thetas: Array,
    multipliers: Array,
    active: npt.NDArray[np.bool_],
    lagrangian: Lagrangian,
    p_x: Array,
    x: Array,
    z: Array,
    iterations: int,
    counts: npt.NDArray[np.int64],
) -> None:
    """Improve every active row of `thetas` in place by L-BFGS; add the iterations to `counts`."""
    for restart in numba.prange(thetas.shape[0]):
        if active[restart]:
            counts[restart] += lbfgs(
                thetas[restart], multipliers[restart], lagrangian, p_x, x, z, iterations
            )


@numba.njit(cache=True)
def lbfgs(
    theta: Array,
    multiplier: float,
    lagrangian: Lagrangian,
    p_x: Array,
    x: Array,
    z: Array,
    iterations: int,
) -> int:
    """Minimise f from `theta`, in place, under the weak Wolfe conditions; return the iterations."""
    size = theta.size
    theta_0 = theta.copy()
    values, gradients = np.empty(3), np.empty((3, size))
    gradient, trial_gradient = np.empty(size), np.empty(size)
    steps, changes = np.empty((MEMORY, size)), np.empty((MEMORY, size))
    inverse, weights = np.empty(MEMORY), np.empty(MEMORY)
    pairs = 0
    f = objective(theta, theta_0, multiplier, lagrangian, p_x, x, z, values, gradients, gradient)
    for iteration in range(iterations):
        direction = -gradient
        kept = min(pairs, MEMORY)
        for back in range(kept):
            k = (pairs - 1 - back) % MEMORY
            weights[k] = inverse[k] * np.dot(steps[k], direction)
            direction -= weights[k] * changes[k]
        if kept > 0:
            k = (pairs - 1) % MEMORY
            direction /= inverse[k] * np.dot(changes[k], changes[k])
        else:
            direction /= max(1.0, np.sqrt(np.dot(gradient, gradient)))
        for back in range(kept - 1, -1, -1):
            k = (pairs - 1 - back) % MEMORY
            direction += (weights[k] - inverse[k] * np.dot(changes[k], direction)) * steps[k]

        slope = np.dot(direction, gradient)
        low, high, length, found = 0.0, np.inf, 1.0, False
        for _ in range(30):
            trial = theta + length * direction
            trial_f = objective(
                trial, theta_0, multiplier, lagrangian, p_x, x, z, values, gradients, trial_gradient
            )
            if not trial_f <= f + 1e-4 * length * slope:
                high = length
            elif np.dot(trial_gradient, direction) < 0.9 * slope:
                low = length
            else:
                found = True
                break
            length = 0.5 * (low + high) if high < np.inf else 2.0 * low
        if not found:
            if pairs == 0:
                return iteration  # no decrease along the gradient itself: the end of float64
            pairs = 0
            continue

        step, change = trial - theta, trial_gradient - gradient
        theta[:] = trial
        gradient[:] = trial_gradient
        f = trial_f
        curvature = np.dot(step, change)
        if curvature > 0.0:
            k = pairs % MEMORY
            steps[k], changes[k], inverse[k] = step, change, 1.0 / curvature
            pairs += 1
    return iterations


@numba.njit(cache=True)
def restore(
    theta: Array, held: int, target: float, p_x: Array, x: Array, z: Array, iterations: int
) -> float:
    """Newton's method in place along the gradient of Q_held; return |Q_held - target| there."""
    values, gradients = np.empty(3), np.empty((3, theta.size))
    terms(theta, p_x, x, z, values, gradients)
    for _ in range(iterations):
        length = np.dot(gradients[held], gradients[held])
        if length == 0.0:
            break
        theta -= (values[held] - target) / length * gradients[held]
        terms(theta, p_x, x, z, values, gradients)
    return np.abs(values[held] - target)


@numba.njit(cache=True)
def evaluate(
    thetas: Array,
    multipliers: Array,
    lagrangian: Lagrangian,
    p_x: Array,
    x: Array,
    z: Array,
    values: Array,
    slopes: Array,
    norms: Array,
) -> None:
    """Write values (restarts, 3), pulls (restarts,) and the largest gradient entry (restarts,)."""
    gradients = np.empty((3, thetas.shape[1]))
    gradient = np.empty(thetas.shape[1])
    for restart in range(thetas.shape[0]):
        theta = thetas[restart]
        objective(
            theta,
            theta,
            multipliers[restart],
            lagrangian,
            p_x,
            x,
            z,
            values[restart],
            gradients,
            gradient,
        )
        slopes[restart] = pull(lagrangian, multipliers[restart], values[restart, lagrangian.held])
        norms[restart] = np.abs(gradient).max()
