"""Reproductions anywhere: closed forms, the grid solver and cvxpy, invariances, the certificate."""

import math
from itertools import pairwise

import numpy as np
import pytest

from rdtheory import solve_continuous, solve_slope
from rdtheory.solver.gibbs import Coordinates


def c_of(letters, p, point, beta, places, half=1.0):
    """c(y) of a point at places, by its definition."""
    d = lambda y: half * ((letters[:, None] - y[None]) ** 2).sum(-1) / beta  # noqa: E731
    q = np.exp(-d(point.atoms)) @ point.weights
    return (p / q) @ np.exp(-d(places))


def random_letters(n, k, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, k)), rng.dirichlet(np.ones(n))


@pytest.mark.parametrize("beta", [2.5, 1.9, 1.2, 0.3])
def test_a_fair_sign_splits_at_two_and_obeys_tanh(beta):
    point = solve_continuous([-1, 1], [0.5, 0.5], beta)
    assert (point.converged, point.rigorous) == (True, True)
    y = np.abs(point.atoms[:, 0])
    assert len(y) == (1 if beta > 2 else 2)
    assert y == pytest.approx(np.tanh(2 * y / beta), abs=2e-5)
    q = math.exp(-(1 + y[0] ** 2) / beta) * math.cosh(2 * y[0] / beta)
    assert point.value / beta == pytest.approx(-math.log(q), abs=1e-9)


@pytest.mark.parametrize(("k", "beta"), [(1, 0.3), (1, 0.02), (2, 1.0), (3, 0.5)])
def test_the_certificate_holds_everywhere_and_atoms_are_its_peaks(k, beta):
    letters, p = random_letters(25, k)
    point = solve_continuous(letters, p, beta, gap=1e-7)
    assert (point.converged, point.rigorous) == (True, True)
    assert point.atoms.shape == (point.weights.size, k)
    assert point.weights.sum() == pytest.approx(1.0, abs=1e-12)
    places = np.random.default_rng(1).uniform(-4, 4, size=(20000, k))
    assert np.log(c_of(letters, p, point, beta, places).max()) <= point.gap
    assert c_of(letters, p, point, beta, point.atoms) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("beta", [1.0, 0.1])
def test_a_grid_comes_down_to_it_as_it_is_refined(beta):
    letters, p = random_letters(20, 1)
    point = solve_continuous(letters[:, 0], p, beta)
    above = []
    for points in (50, 200, 800, 3200):
        grid = np.linspace(letters.min(), letters.max(), points)
        fine = solve_slope(p, Coordinates(letters[:, 0], grid, "squared"), beta)
        assert fine.value >= point.bound - 1e-12
        above.append((fine.value - point.value) / beta)
    assert all(finer <= coarse + 1e-9 for coarse, finer in pairwise(above))
    assert -1e-9 <= above[-1] <= 1e-5


def test_scaled_turned_and_moved_letters_have_the_same_rate():
    letters, p = random_letters(15, 2)
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    one = solve_continuous(letters, p, 0.5)
    other = solve_continuous(3 * letters @ turn + 7, p, 4.5)
    half = solve_continuous(letters, p, 0.25, measure="half_squared")
    assert other.rate == pytest.approx(one.rate, abs=1e-6)
    assert other.value == pytest.approx(9 * one.value, abs=9e-9)
    assert half.value == pytest.approx(one.value / 2, abs=1e-9)


def test_one_letter_and_letters_of_no_mass():
    point = solve_continuous([2.0, 5.0], [1.0, 0.0], 0.5)
    assert point.rate == 0.0
    assert point.distortion == pytest.approx(0.0, abs=1e-15)
    assert point.atoms.tolist() == [[2.0]]


@pytest.mark.parametrize("rare", [1e-30, 1e-8, 1e-3])
def test_a_rare_letter_far_off_costs_no_more_than_it_can(rare):
    letters, p = random_letters(20, 1)
    alone = solve_continuous(letters, p, 0.3)
    point = solve_continuous(np.r_[letters[:, 0], 50.0], np.r_[p * (1 - rare), rare], 0.3)
    assert (point.converged, point.rigorous) == (True, True)
    most = (1 - rare) * (alone.value - 0.3 * np.log1p(-rare)) - rare * 0.3 * np.log(rare)
    assert alone.bound * (1 - rare) - 1e-9 <= point.value <= most + 1e-9


@pytest.mark.parametrize(("scale", "beta"), [(1e-6, 0.3), (1.0, 1e-30), (1e6, 0.3), (1.0, 1e8)])
def test_any_scale_and_slope(scale, beta):
    letters, p = random_letters(10, 1)
    point = solve_continuous(scale * letters + scale, p, beta * scale**2)
    same = solve_continuous(letters, p, beta)
    assert point.converged
    assert point.rate == pytest.approx(same.rate, abs=1e-6)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"p_x": [0.5, 0.6]}, "p_x must sum to 1"),
        ({"p_x": [1.0]}, "p_x must have one entry per letter, 2, got 1"),
        ({"beta": 0.0}, "beta must be a finite number above 0"),
        ({"measure": "cubic"}, "measure must be one of"),
        ({"letters": [0.0, math.nan]}, "letters must be finite"),
        ({"gap": -1.0}, "gap must be"),
        ({"max_boxes": 0}, "max_boxes must be an integer of at least 1"),
    ],
)
def test_bad_input_is_told_in_a_line(change, said):
    with pytest.raises(ValueError, match=said):
        solve_continuous(**{"letters": [0.0, 1.0], "p_x": [0.5, 0.5], "beta": 1.0} | change)


def test_a_cap_that_is_hit_is_said():
    letters, p = random_letters(20, 2)
    with pytest.warns(RuntimeWarning, match="max_boxes"):
        point = solve_continuous(letters, p, 0.3, max_boxes=100)
    assert (point.converged, point.rigorous) == (False, True)
    assert "max_boxes" in point.note
    best = solve_continuous(letters, p, 0.3, gap=1e-6)
    assert point.bound <= best.value
