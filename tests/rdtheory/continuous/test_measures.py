"""Other measures: absolute error against a grid, and one's own against squared error."""

import numpy as np
import pytest

from rdtheory import solve_continuous, solve_slope
from rdtheory.solver.gibbs import Coordinates


class Squared:
    """Squared error, as one would write a measure of one's own."""

    def cost(self, letters, points):
        return ((letters - points[:, None]) ** 2).sum(-1)

    def gradient(self, letters, points):
        return 2 * (points[:, None] - letters)

    def bounds(self, letters, centres, halves):
        steps = np.abs(centres[:, None] - letters)
        near = (np.maximum(steps - halves[:, None], 0) ** 2).sum(-1)
        far = ((steps + halves[:, None]) ** 2).sum(-1)
        return near, 2 * np.sqrt(far), np.full_like(far, -2.0)


def random_letters(n, k):
    rng = np.random.default_rng(3)
    return rng.normal(size=(n, k)), rng.dirichlet(np.ones(n))


@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_measure_of_ones_own_finds_what_squared_error_does(k):
    letters, p = random_letters(12, k)
    one = solve_continuous(letters, p, 0.4, gap=1e-6)
    other = solve_continuous(letters, p, 0.4, measure=Squared(), gap=1e-6)
    assert (other.converged, other.rigorous) == (True, True)
    assert other.value == pytest.approx(one.value, abs=1e-7)


def test_above_three_dimensions_the_gap_is_an_estimate():
    letters, p = random_letters(12, 5)
    point = solve_continuous(letters, p, 1.0, gap=1e-6)
    assert (point.converged, point.rigorous) == (True, False)
    assert "an estimate" in repr(point)
    flat = np.c_[letters[:, :2], np.zeros((12, 3))]  # a plane in R^5, where it can be proved
    plane = solve_continuous(letters[:, :2], p, 1.0, gap=1e-6)
    assert solve_continuous(flat, p, 1.0, gap=1e-6).value == pytest.approx(plane.value, abs=2e-6)


@pytest.mark.parametrize("k", [1, 2])
def test_under_absolute_error_no_finer_grid_is_better(k):
    letters, p = random_letters(9, k)
    point = solve_continuous(letters, p, 0.7, measure="absolute")
    assert (point.converged, point.rigorous) == (True, True)
    for coordinate, axis in zip(point.atoms.T, letters.T, strict=True):
        assert set(coordinate) <= set(axis)
    places = np.random.default_rng(0).uniform(-3, 3, size=(2000, k))
    places = np.concatenate((places, point.atoms))
    x, y = (letters[:, 0], places[:, 0]) if k == 1 else (letters, places)
    assert solve_slope(p, Coordinates(x, y, "absolute"), 0.7).value >= point.bound - 1e-12


def test_too_many_combinations_are_refused():
    letters, p = random_letters(1001, 2)
    with pytest.raises(ValueError, match="combinations of coordinates under absolute error, got"):
        solve_continuous(letters, p, 0.7, measure="absolute")
