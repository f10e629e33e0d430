"""A curve as a function: R(D), D(R) and slopes between certified bounds; the critical slope."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rdtheory import (
    Coordinates,
    critical_slope,
    solve_distortion,
    solve_frontier,
    solve_rate,
    solve_slope,
)
from rdtheory.sources.textbook import bernoulli, gaussian, hamming
from tests.make.theory_curves import HEDGED, PAIRS, ROUND
from tests.problems import problem
from tests.strategies import PROOF, pmfs

WIDTH = 1e-4
CRITICAL = 1e-9
"""Relative; far above what a bisection to the last bit leaves."""


@pytest.fixture(scope="module")
def coin():
    return solve_frontier(bernoulli(0.3), width=WIDTH)


def test_rates_and_distortions_enclose_the_closed_form(coin):
    form = bernoulli(0.3).closed_form
    ds = np.linspace(0.0, 0.4, 81)
    exact = np.array([form(d) for d in ds])
    found = coin.rate(ds)
    assert (found.lower <= exact + ROUND).all()
    assert (exact <= found.upper + ROUND).all()
    back = coin.distortion(exact)
    assert (back.lower <= np.minimum(ds, 0.3) + ROUND).all()
    assert (np.minimum(ds, 0.3) <= back.upper + ROUND).all()
    assert back.width.max() <= WIDTH
    assert np.asarray(found) is not found
    assert np.array_equal(np.asarray(found), found.value)


def test_slopes_enclose_the_closed_forms_and_narrow(coin):
    ds = np.linspace(0.01, 0.29, 29)
    rates = np.array([bernoulli(0.3).closed_form(d) for d in ds])
    exact = 1.0 / np.log((1.0 - ds) / ds)
    found = coin.slope(rates)
    assert (found.lower <= exact).all()
    assert (exact <= found.upper).all()
    assert np.abs(found.value / exact - 1.0).max() < 0.1
    fine = solve_frontier(bernoulli(0.3), width=WIDTH / 16).slope(rates)
    assert fine.width.mean() < 0.5 * found.width.mean()
    ends = coin.slope([0.0, 5.0])
    assert ends.upper[0] == math.inf
    assert ends.lower[0] <= critical_slope(bernoulli(0.3))
    assert ends.lower[1] == 0.0


def test_bits_are_nats_over_log_2(coin):
    nats, bits = coin.rate(0.1), coin.rate(0.1, units="bits")
    assert float(bits) == pytest.approx(float(nats) / math.log(2))
    assert float(coin.distortion(0.25, units="bits")) == float(coin.distortion(0.25 * math.log(2)))
    assert coin.slope(0.25, units="bits").upper == pytest.approx(
        coin.slope(0.25 * math.log(2)).upper * math.log(2)
    )
    with pytest.raises(ValueError, match="units must be one of nats, bits, got 'bit'"):
        coin.rate(0.1, units="bit")


@pytest.mark.parametrize("name", ["gaussian:40", "hamming:4", "random:20x30"])
def test_bounds_hold_what_the_target_solvers_prove(name):
    p_x, table = problem(name)
    curve = solve_frontier(p_x, table)
    last = curve.points[-1]
    for share in (0.03, 0.3, 0.6, 0.95):
        rate = share * last.rate
        point = solve_rate(p_x, table, rate)
        found = curve.distortion(rate)
        slack = point.gap * point.beta + ROUND
        assert found.lower - slack <= point.distortion <= found.upper + slack
        slope = curve.slope(rate)
        for side in (1.001, 0.999):  # tangents that touch on both sides
            touched = solve_slope(p_x, table, point.beta * side)
            assert slope.lower <= touched.beta * 1.01
            assert touched.beta * 0.99 <= slope.upper
        point = solve_distortion(p_x, table, point.distortion)
        found = curve.rate(point.distortion)
        assert found.lower - point.gap - ROUND <= point.rate <= found.upper + point.gap + ROUND


def test_forbidden_pairs_need_a_least_rate_and_a_corner_has_all_its_slopes():
    curve = solve_frontier(np.full(4, 0.25), PAIRS, width=1e-4)
    assert curve.distortion(0.1).value == math.inf
    assert curve.distortion(0.1).lower > curve.points[0].distortion
    assert curve.rate(9.0).upper == pytest.approx(math.log(2), abs=1e-8)
    assert curve.rate(-0.01).lower == math.inf
    hedged = solve_frontier([0.5, 0.5], HEDGED, width=1e-4)
    straight = hedged.slope(hedged.points[1].rate / 2)
    assert straight.lower - 1e-3 <= hedged.points[1].beta <= straight.upper + 1e-3


def test_one_letter_is_a_point_and_a_number_is_asked_for():
    curve = solve_frontier([1.0], [[2.0, 3.0]])
    assert float(curve.rate(2.0)) == float(curve.rate(5.0)) == 0.0
    assert float(curve.rate(1.9)) == math.inf
    assert float(curve.distortion(0.0)) == 2.0
    assert curve.slope(1.0).lower == 0.0
    with pytest.raises(ValueError, match="rate must be finite, got"):
        curve.distortion([0.1, math.nan])
    with pytest.raises(TypeError, match="distortion must be an array of numbers, got"):
        curve.rate("a")


# -- the critical slope ----------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.01, 0.3, 0.499])
def test_a_coins_critical_slope(p):
    assert critical_slope(bernoulli(p)) == pytest.approx(1 / math.log((1 - p) / p), rel=CRITICAL)


def test_the_gaussians_is_twice_its_variance_and_needs_no_table():
    source = gaussian(201)
    variance = source.p_x @ source.letters**2
    table = critical_slope(source)
    assert table == pytest.approx(2.0 * variance, rel=1e-3)  # outputs are a grid
    grid = Coordinates(source.letters, source.outputs, "squared")
    assert critical_slope(source.p_x, grid) == pytest.approx(table, rel=CRITICAL)


@settings(PROOF, max_examples=40)
@given(
    pmfs(4, st.floats(0.05, 1.0)),
    st.lists(st.integers(0, 300), min_size=12, max_size=12).map(
        lambda d: np.reshape(d, (4, 3)) / 100.0
    ),
)
def test_above_it_the_rate_is_zero_and_below_it_is_not(p_x, table):
    found = critical_slope(p_x, table)
    if 0.0 < found < 1e6:
        assert solve_slope(p_x, table, found * 1.01, gap=1e-12).rate <= 1e-12
        below = solve_slope(p_x, table, found * 0.9, gap=1e-12)
        constant = (p_x @ table).min()
        # the constant is not optimal there, though the gain may be tiny
        assert below.bound <= constant
        assert below.value <= constant + ROUND
    elif found == 0.0:
        assert solve_slope(p_x, table, 1e-3).rate == 0.0


@pytest.mark.parametrize("m", [2, 4, 7])
def test_an_erasure_is_enough_above_one_over_the_entropy(m):
    """Each letter is told by its own output alone: e^(1/beta) / m <= 1."""
    table = np.full((m, m + 1), math.inf)
    np.fill_diagonal(table, 0.0)
    table[:, m] = 1.0
    p_x = np.full(m, 1 / m)
    assert critical_slope(p_x, table) == pytest.approx(1 / math.log(m), rel=CRITICAL)
    assert solve_slope(p_x, table, 1.001 / math.log(m)).rate == 0.0
    assert solve_slope(p_x, table, 0.999 / math.log(m)).rate > 0.1


def test_where_none_is_enough_and_where_one_always_is():
    assert critical_slope(hamming(3)) == math.inf
    assert critical_slope([0.5, 0.5], [[0, math.inf], [math.inf, 0]]) == math.inf
    assert critical_slope([0.5, 0.5], [[0, 1], [0, 1]]) == 0.0
    assert critical_slope([7, 3], [[0, 1], [1, 0]], normalise=True) == pytest.approx(
        1 / math.log(7 / 3)
    )
