"""Joint distributions of two letters."""

import math

import numpy as np


def binary_pair(a):
    """Return a fair bit and its copy, wrong with chance a."""
    return np.array([[1 - a, a], [a, 1 - a]]) / 2


def gaussian_pair(rho, points=41, end=5.0):
    """Return two normals of correlation rho on a grid."""
    x = np.linspace(-end, end, points)
    joint = np.exp(-(x[:, None] ** 2 + x**2 - 2 * rho * np.outer(x, x)) / (2 * (1 - rho**2)))
    return joint / joint.sum()


def random_joint(seed, shape):
    """Return a joint distribution drawn from a seed."""
    return np.random.default_rng(seed).dirichlet(np.full(math.prod(shape), 0.5)).reshape(shape)
