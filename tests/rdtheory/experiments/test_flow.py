"""The gradient flow of particles: it comes down to the optimum from above, never below."""

import numpy as np

from rdtheory.experiments.flow import excess_on_sphere, gradient_flow, noisy_samples


def test_particles_come_down_to_the_circle_but_not_below_the_optimum():
    samples = noisy_samples(2, 0.1, 5000, 0)
    excesses = []
    for steps in (1, 1500):
        places = gradient_flow(samples, 5.0, 16, steps=steps, batch=100, seed=0)
        excess, error = excess_on_sphere(places, 0.1, n=20000)
        assert excess >= -4 * error
        excesses.append(excess)
    assert excesses[1] < 0.01 < excesses[0]
    assert np.abs(np.linalg.norm(places, axis=1) - 1).max() < 0.15
