r"""The rival of moving atoms: a gradient flow of particles of equal weight.

n particles y_j, each of weight 1/n, go down the gradient of F(r) on batches of samples,

    y_j <- y_j + step * mean over x of grad K(x, y_j) / q(x),    K = exp(-d / beta),

F of `rdtheory.continuous.certificate`. It has no certificate: what is known of it is its F, here on
samples that it has not seen.

Source: Yang, Eckstein, Nutz and Mandt, "Estimating the rate-distortion function by Wasserstein
gradient descent" (2023), algorithm 1.
"""

import math

import numba
import numpy as np

from rdtheory.checks import Array
from rdtheory.continuous.gauss import mixture
from rdtheory.continuous.population import noisy_sphere


def gradient_flow(
    samples: Array,
    s: float,
    particles: int,
    *,
    steps: int,
    batch: int,
    seed: int,
    step: float = 1.0,
) -> Array:
    """Return particles (j, k) after so many steps on batches of samples (n, k), exp(-s |x-y|^2).

    They begin on samples. `step` is in squared deviations of K, and falls to 0 linearly. Of many
    particles in many dimensions each sees few samples of a batch, and too long a step diverges.
    """
    rng = np.random.default_rng(seed)
    places = samples[rng.choice(len(samples), particles, replace=False)].copy()
    for done in range(steps):
        x = samples[rng.integers(len(samples), size=batch)]
        _descend(x, places, s, step / (2.0 * s) * (1.0 - done / steps))
    return places


@numba.njit(cache=True)
def _descend(x: Array, places: Array, s: float, step: float) -> None:
    """Take one step, in place."""
    many, size = places.shape
    move, nats = np.zeros_like(places), np.empty(many)
    for i in range(len(x)):
        least = np.inf
        for j in range(many):
            far = 0.0
            for t in range(size):
                far += (x[i, t] - places[j, t]) ** 2
            nats[j] = s * far
            least = min(least, nats[j])
        q = 0.0
        for j in range(many):
            nats[j] = math.exp(least - nats[j])
            q += nats[j]
        for j in range(many):
            share = many * nats[j] / q / len(x)
            for t in range(size):
                move[j, t] += 2.0 * s * (x[i, t] - places[j, t]) * share
    for j in range(many):
        for t in range(size):
            places[j, t] += step * move[j, t]


def noisy_samples(dimension: int, variance: float, n: int, seed: int) -> Array:
    """Return samples (n, d) of S + N(0, v I), S uniform on the unit sphere."""
    rng = np.random.default_rng(seed)
    sphere = rng.normal(size=(n, dimension))
    sphere /= np.linalg.norm(sphere, axis=1)[:, None]
    return sphere + math.sqrt(variance) * rng.normal(size=(n, dimension))


def excess_on_sphere(
    places: Array, variance: float, *, n: int = 100_000, seed: int = 1
) -> tuple[float, float]:
    """Return F of particles above the optimum for `noisy_sphere` at slope v, and its error.

    Half squared error. The mean over new samples of log q*(x) - log q(x), whose q* is that of the
    best reproduction, varies far less than either.

    Examples
    --------
    >>> one = np.zeros((1, 2))
    >>> excess, error = excess_on_sphere(one, 0.1, n=10000)
    >>> exact = 1.2 / 0.2 - 2.540630480458  # E |X|^2 / 2v of the origin alone
    >>> abs(excess - exact) < 4 * error
    True
    """
    x = noisy_samples(places.shape[1], variance, n, seed)
    s = 0.5 / variance
    weights = np.full(len(places), 1.0 / len(places))
    log_q, _ = mixture(x, places, np.log(weights), s)
    radii = np.linalg.norm(x, axis=1)
    best = noisy_sphere(places.shape[1], variance).problem(s, 1.0).at_radii(radii)
    gains = best.mixture(np.ones((1, 1)), np.ones(1))[0] - log_q
    return float(gains.mean()), float(gains.std() / math.sqrt(n))
