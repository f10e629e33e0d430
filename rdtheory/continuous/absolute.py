r"""Absolute error, sum_i |x_i - y_i|: atoms are at coordinates of letters, and a grid is exact.

Along each coordinate, between two neighbouring coordinates of letters, exp(-|x_i - y_i| / beta) is
exp of a linear function for every letter x. So c is convex there, and no larger than at one of the
two ends; beyond the last letter it falls. Its supremum over R^k is the largest of its values on the
lattice of all combinations of coordinates of letters, which `rdtheory.solver` solves and certifies.
"""

import math
from itertools import product

import numpy as np

from rdtheory.checks import Array
from rdtheory.solver.gibbs import Coordinates
from rdtheory.solver.slope import RDPoint, prepare

LATTICE = 1_000_000
"""Points of a lattice, at most."""


def lattice(letters: Array) -> Array:
    """Return all combinations (m, k) of the coordinates of letters (n, k)."""
    axes = [np.unique(axis) for axis in letters.T]
    many = math.prod(axis.size for axis in axes)
    if many > LATTICE:
        rule = f"letters must have at most {LATTICE} combinations of coordinates"
        raise ValueError(f"{rule} under absolute error, got {many}")
    if len(axes) == 1:
        return axes[0][:, None]
    return np.array(list(product(*axes)))


def solve_absolute(
    letters: Array, p: Array, beta: float, gap: float, max_iterations: int
) -> tuple[RDPoint, Array]:
    """Return the certified point of the lattice, and the lattice."""
    places = lattice(letters)
    flat = letters.shape[1] == 1
    one, other = (letters[:, 0], places[:, 0]) if flat else (letters, places)
    problem = prepare(p, Coordinates(one, other, "absolute"))
    point = problem.solve(beta, gap=gap, max_iterations=max_iterations)
    return problem.lifted(point, gap, problem.with_base(point.distortion)[1] / beta), places
