"""Letters in several dimensions, and reverse water-filling in closed form and on a grid."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.frontier import picture
from rdtheory.experiments.frontier import run_frontier
from rdtheory.solver.frontier import solve_frontier
from rdtheory.solver.gibbs import Coordinates
from rdtheory.solver.slope import solve_slope
from rdtheory.sources import Source, gaussian_vector, named_source
from rdtheory.sources.water import water_filling_distortion, water_filling_rate, water_level
from tests.strategies import PROOF
from tests.tolerances import ROUNDING

GRID = 2e-3
"""Nats: each of two coordinates is cut at 4 deviations, which leaves out 6e-5 of mass, worth 8 nats
of R or a little more; steps below the root of the water level cost nothing that is seen."""

SLOPE = 1e-6
"""Relative, central differences at a step of 1e-5 D away from the kinks of R''."""

variances = st.lists(st.floats(0.01, 10.0), min_size=1, max_size=6)


@PROOF
@given(variances, st.floats(0.001, 0.999))
def test_water_stands_at_one_level_and_rate_and_distortion_are_inverse(eigenvalues, share):
    eigenvalues = np.array(eigenvalues)
    distortion = share * eigenvalues.sum()
    level = water_level(eigenvalues, distortion)
    each = np.minimum(level, eigenvalues)
    assert each.sum() == pytest.approx(distortion, rel=ROUNDING)
    rate = water_filling_rate(eigenvalues, distortion)
    assert rate == pytest.approx(0.5 * np.log(eigenvalues / each).sum(), abs=ROUNDING)
    assert water_filling_distortion(eigenvalues, rate) == pytest.approx(distortion, rel=1e-9)


@PROOF
@given(variances, st.integers(0, 2**32 - 1))
def test_no_other_way_to_share_the_distortion_needs_less(eigenvalues, seed):
    eigenvalues = np.array(eigenvalues)
    shares = np.random.default_rng(seed).uniform(0.01, 1.0, eigenvalues.size)
    each = shares * eigenvalues  # independent normals may have any distortion below their variance
    rate = 0.5 * np.log(eigenvalues / each).sum()
    assert rate >= water_filling_rate(eigenvalues, each.sum()) - ROUNDING


@PROOF
@given(st.floats(0.1, 0.8))
def test_the_slope_is_twice_the_level(share):
    distortion = share * 5.0
    step = 1e-5 * distortion
    rates = [water_filling_rate([4.0, 1.0], distortion + way * step) for way in (1, -1)]
    assert -2 * step / (rates[0] - rates[1]) == pytest.approx(
        2 * water_level([4.0, 1.0], distortion), rel=SLOPE
    )


def test_no_distortion_is_beyond_any_rate_and_what_varies_not_needs_none():
    assert water_filling_rate([1.0, 0.0], 0.0) == math.inf
    assert water_filling_rate([0.0, 0.0], 0.0) == water_filling_distortion([0.0], 1.0) == 0.0
    assert water_filling_rate([1.0, 0.0], 0.25) == pytest.approx(math.log(2.0), abs=ROUNDING)
    assert water_filling_rate([1.0, 2.0], 3.5) == 0.0


@pytest.mark.parametrize(
    "covariance", [[1.0, 0.25], [[1.0, 0.6], [0.6, 1.0]]], ids=["independent", "correlated"]
)
def test_a_grid_is_near_the_closed_form(covariance):
    source = gaussian_vector(21, covariance)
    for beta in (0.5, 0.9, 1.4):
        point = solve_slope(source.p_x, source.distortion, beta)
        assert point.gap <= 1e-9
        assert point.rate == pytest.approx(source.closed_form(point.distortion), abs=GRID)


def test_independent_coordinates_add_up():
    wide, narrow = named_source("gaussian:15"), named_source("gaussian:15:0.25")
    both = named_source("vector:15:1:0.25")
    for beta in (0.3, 1.0):
        point = solve_slope(both, beta=beta)
        parts = [solve_slope(one, beta=beta) for one in (wide, narrow)]
        assert point.value == pytest.approx(sum(p.value for p in parts), abs=4e-9)


def test_a_vector_is_described_as_its_turned_self():
    generator = np.random.default_rng(3)
    letters, masses = generator.normal(size=(40, 3)), generator.dirichlet(np.ones(40))
    turn = np.linalg.qr(generator.normal(size=(3, 3)))[0]
    values = [
        solve_slope(Source("x", masses, points, points, "squared"), beta=0.7).value
        for points in (letters, letters @ turn)
    ]
    assert values[0] == pytest.approx(values[1], abs=2e-9)


def power(x, y):
    return abs(x[0] - y[0]) ** 1.5 + abs(x[1] - y[1])


@pytest.mark.parametrize("measure", ["squared", "absolute", "hamming", power])
def test_without_a_table_it_is_the_same(measure):
    generator = np.random.default_rng(4)
    letters, outputs = generator.integers(0, 5, (30, 2)), generator.integers(0, 5, (12, 2))
    table = Source("x", np.full(30, 1 / 30), letters, outputs, measure).distortion
    step = np.abs(letters[:, None] - outputs)
    expected = {
        "squared": (step**2).sum(axis=-1),
        "absolute": step.sum(axis=-1),
        "hamming": step.any(axis=-1),
        power: step[..., 0] ** 1.5 + step[..., 1],
    }[measure]
    np.testing.assert_allclose(table, expected, rtol=1e-14)
    made = Coordinates(letters, outputs, measure)
    np.testing.assert_allclose(made.table(), table, rtol=1e-14)
    if measure not in ("squared", power):  # what is compiled of the others is the measure alone
        return
    points = [solve_slope(np.full(30, 1 / 30), given, 0.8) for given in (made, table)]
    assert points[0].rate == pytest.approx(points[1].rate, abs=1e-8)
    assert points[0].value == pytest.approx(points[1].value, abs=2e-9)


def test_a_whole_curve_of_vectors_numbers_its_outputs():
    source = gaussian_vector(5, [1.0, 1.0])
    curve = solve_frontier(source)
    assert curve.converged
    assert curve.outputs.tolist() == list(range(25))


def test_points_of_vectors_are_drawn_over_the_numbers_of_their_outputs():
    found = run_frontier(named_source("vector:5:1:1"), betas=[1.0])
    assert np.shape(found["outputs"]) == (25, 2)
    low, high = picture(found).axes[1].get_xlim()
    assert low < 0.0 < 24.0 < high


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gaussian_vector(5, [[1.0, 2.0], [2.0, 1.0]]), r"positive definite, got .* -1"),
        (lambda: gaussian_vector(5, [[1.0, 0.5], [0.0, 1.0]]), r"covariance must be symmetric"),
        (lambda: gaussian_vector(101, [1.0] * 3), r"side\^k must be at most 1000000, got 101\^3"),
        (lambda: water_level([1.0, -1.0], 1.0), r"not be negative, got eigenvalues\[1\] = -1"),
        (
            lambda: Source("x", [1.0], [[0.0, 1.0]], [0.0], "squared"),
            r"outputs must have as many coordinates as letters, \(1, 2\), got \(1,\)",
        ),
    ],
)
def test_wrong_vectors_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_distance_that_numba_cannot_compile_is_called_for_every_pair():
    points = np.random.default_rng(3).normal(size=(2, 6, 2))
    made = [
        Source("far", np.full(6, 1 / 6), *points, measure=far)
        for far in (lambda x, y: np.abs(x - y).max(), lambda x, y: max(map(abs, (x - y).tolist())))
    ]
    np.testing.assert_array_equal(made[0].distortion, made[1].distortion)
