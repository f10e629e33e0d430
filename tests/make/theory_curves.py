"""Rate-distortion curves that several tests hold: their ends, targets on them, their tangents."""

import math
from functools import cache

import numpy as np

from rdtheory.solver.slope import prepare, solve_slope
from tests.problems import problem

GAP = 1e-9
"""What the solvers promise unless told otherwise."""

ROUND = 1e-12
"""Sums of at most a thousand terms of a few units in float64."""

LOG2 = math.log(2)

COIN = {"p_x": [0.7, 0.3], "distortion": [[0.0, 1.0], [1.0, 0.0]]}

HEDGED = np.array([[0.0, 1.0, 0.3], [1.0, 0.0, 0.3]])
"""A fair coin, and an output that is 0.3 wrong for both sides."""

PAIRS = np.full((4, 6), math.inf)
PAIRS[:2, :3] = PAIRS[2:, 3:] = HEDGED
"""Two hedged coins: naming the coin costs log 2 nats at any slope, then each has its own curve."""

EXACT = ["bernoulli:0.3", "bernoulli:0.5", "hamming:3", "hamming:8"]
NAMED = [*EXACT, "gaussian:60", "laplace:40", "uniform:40", "random:20x30"]


@cache
def ends(name: str):
    """Return the points of no rate and of least distortion."""
    return both_ends(*problem(name))


def both_ends(p_x, distortion, gap=1e-12):
    """Return the points of least rate and of least distortion of a problem."""
    problem = prepare(p_x, distortion)
    ends = problem.at_least_rate(gap=gap), problem.at_least_distortion(gap=gap)
    return tuple(problem.lifted(end, gap, 0.0) for end in ends)


def target(name: str, axis: str, share: float) -> float:
    """Return the rate or distortion at a share of the way from the first end to the last."""
    left, right = ends(name)
    a, b = getattr(left, axis), getattr(right, axis)
    return (1 - share) * a + share * b


BETAS = np.geomspace(1e-3, 1e3, 73)


@cache
def tangents(name: str):
    """Return beta, proved bound, R and D at slopes that no target solver was asked for."""
    left, right = ends(name)
    scale = (left.distortion - right.distortion) / right.rate
    points = [solve_slope(*problem(name), scale * beta) for beta in BETAS]
    return tuple(
        np.array([getattr(point, part) for point in points])
        for part in ("beta", "bound", "rate", "distortion")
    )
