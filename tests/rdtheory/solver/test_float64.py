"""What float64 cannot know of targets, slopes and curves: gaps own it, and scales do not matter."""

import math
from fractions import Fraction

import numpy as np
import pytest

from rdtheory.solver.frontier import solve_frontier
from rdtheory.solver.slope import solve_slope
from rdtheory.solver.targets import solve_distortion, solve_rate
from rdtheory.sources.textbook import named_source
from tests.make.theory_curves import GAP, PAIRS, ROUND
from tests.problems import problem

SUMS = 1e-12
"""Sums of a few float64 terms, relative."""


def dense(curve):
    return np.linspace(0.0, curve.points[-1].rate, 5001)


# -- what float64 cannot know ----------------------------------------------------------------------

BIASED = np.array([0.3, 0.7])
HAMMING = np.array([[0.0, 1.0], [1.0, 0.0]])


def biased_rate(distortion):
    """R(D) of a coin that falls heads 30 % of the time."""
    return named_source("bernoulli:0.3").closed_form(distortion)


@pytest.mark.filterwarnings("ignore:gap = .* is off by:RuntimeWarning")
@pytest.mark.parametrize("offset", [0.0, 1.0, -1e3, 1e5, 1e8, -1e10, 1e12, 1e15])
@pytest.mark.parametrize("target", [0.01, 0.1, 0.25])
def test_an_offset_leaves_the_rate_that_of_the_very_distortion_returned(offset, target):
    asked = offset + target
    if asked - offset < 0.0:
        pytest.skip("float64 rounds this target below the least distortion")
    point = solve_distortion(BIASED, HAMMING + offset, asked)
    left = point.distortion - offset  # exact: the two are near
    assert abs(point.rate - biased_rate(left)) <= point.gap + ROUND
    assert point.converged == (point.gap <= GAP)
    if abs(offset) <= 1e8:
        assert point.converged


def test_an_offset_of_1e15_does_not_make_a_rate_reach_what_needs_more():
    with pytest.warns(RuntimeWarning, match=r"a distortion of 1e\+15 is off by"):
        point = solve_rate(BIASED, HAMMING + 1e15, 0.2)
    assert not point.converged
    assert point.rate + point.gap >= biased_rate(point.distortion - 1e15)


def test_where_two_rates_are_one_float_the_chord_between_them_has_no_slope():
    p_x = np.array([1, 1e-3, 1e-18])
    point = solve_distortion(p_x / p_x.sum(), [[0, 1], [0.5, 0], [math.inf, 0]], 0.1)
    assert 0.0 <= point.rate <= GAP
    assert point.distortion == pytest.approx(0.1, abs=ROUND)


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1e-13, 1.0, 1e13, 1e150, 1e300])
def test_targets_keep_the_scale_of_the_table(scale):
    point = solve_distortion(BIASED, scale * HAMMING, 0.1 * scale)
    assert point.converged
    assert point.rate == pytest.approx(biased_rate(0.1), abs=GAP)
    assert solve_rate(BIASED, scale * HAMMING, 0.2).distortion < 0.2 * scale
    table = scale * np.array([[1.0, 3.0], [4.0, 2.0]])  # the least is 1.7
    for below in (1.7 - 1e-9, 1.0, -1.0):
        with pytest.raises(ValueError, match="target distortion must be at least"):
            solve_distortion(BIASED, table, below * scale)
    assert solve_distortion(BIASED, table, float(BIASED @ table.min(axis=1))).rate > 0.6


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.25, 0.5, 0.6])
@pytest.mark.parametrize("name", ["bernoulli:0.3", "hamming:8", "gaussian:60", "laplace:40"])
def test_on_a_curve_that_bends_there_is_no_straight_piece(name, rate):
    assert solve_rate(*problem(name), rate).segment is None


def test_targets_beyond_the_ends_say_so():
    assert solve_rate(BIASED, HAMMING, 0.2).note == ""
    found = solve_rate(BIASED, HAMMING, 2.0)
    assert found.note == "0.610864 nats reach the least distortion: 2 gain nothing more"
    found = solve_distortion(BIASED, HAMMING + 1.0, 1.4)
    assert found.note == "1.3 needs no rate: 1.4 saves nothing more"
    found = solve_distortion(np.full(4, 0.25), PAIRS, 2.0)
    assert found.note == "0.3 needs the least rate there is: 2 saves nothing more"


# -- a gap in nats is beta times as many units of distortion ---------------------------------------


@pytest.mark.parametrize("beta", [1e3, 1e9, 1e15, 1e100, 1e298])
@pytest.mark.parametrize("scale", [1e-300, 1e-9, 1.0, 1e9])
def test_above_all_critical_slopes_the_best_constant_is_the_answer(beta, scale):
    table = scale * np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
    point = solve_slope([0.4, 0.3, 0.3], table, beta * scale)
    assert (point.rate, point.distortion) == (0.0, pytest.approx(0.4 * scale, rel=SUMS))
    assert point.marginal.tolist() == [0.0, 1.0]
    assert point.converged


@pytest.mark.filterwarnings("ignore:gap = .* is off by:RuntimeWarning")
@pytest.mark.parametrize("offset", [1.0, -1e5, 1e10, 1e15])
def test_value_and_bound_enclose_the_optimum_of_a_table_with_an_offset(offset):
    table = np.array([[0.0, 1.0], [1.0, 0.0]]) + offset
    point = solve_slope([0.5, 0.5], table, 0.5)
    distortion = 1 / (1 + math.exp(2))
    least = Fraction(distortion + 0.5 * named_source("bernoulli:0.5").closed_form(distortion))
    off = Fraction(1, 10**15)
    assert Fraction(point.bound) <= Fraction(offset) + least + off
    assert Fraction(point.value) + Fraction(point.off) >= Fraction(offset) + least - off


# -- curves that fall within 1e-7 nats -------------------------------------------------------------


def poisson():
    """Counts of mean 1 up to 30, and d = y - x for y >= x; a count is never said too small."""
    count = np.arange(31)
    p_x = np.exp(-1.0 - np.array([math.lgamma(k + 1.0) for k in count]))
    above = np.subtract.outer(count, count).T.astype(np.float64)
    return p_x / p_x.sum(), np.where(above >= 0, above, math.inf)


def rare(least):
    """Three letters, the last as rare as that, which only one output serves."""
    p_x = np.array([1.0, 1e-3, least])
    return p_x / p_x.sum(), np.array([[0.0, 1.0], [0.5, 0.0], [math.inf, 0.0]])


@pytest.mark.parametrize(
    "given_problem", [poisson(), *(rare(least) for least in (1e-6, 1e-9, 1e-12, 1e-30))]
)
def test_a_steep_curve_is_known_within_its_width_by_some_dozens_of_points(given_problem):
    curve = solve_frontier(*given_problem)
    assert curve.converged
    assert len(curve.points) <= 100
    assert curve.width <= 1e-3 * curve.points[0].distortion
    rates = dense(curve)
    band = curve.upper(rates) - curve.lower(rates)
    assert -ROUND <= band.min() <= band.max() <= curve.width
    for rate in (0.1 * rates[-1], 0.5 * rates[-1]):
        point = solve_rate(*given_problem, rate)
        assert curve.lower(rate) - ROUND <= point.distortion <= curve.upper(rate) + ROUND


@pytest.mark.parametrize("scale", [1e-300, 1e-20, 1e20, 1e300])
def test_a_curve_keeps_the_scale_of_its_table(scale):
    plain = solve_frontier(*problem("bernoulli:0.3"))
    p_x, table = problem("bernoulli:0.3")
    curve = solve_frontier(p_x, scale * table)
    assert curve.converged
    assert len(curve.points) == len(plain.points)
    assert curve.width == pytest.approx(scale * plain.width, rel=1e-6)


def test_where_the_offset_hides_the_curve_the_warning_says_so():
    with pytest.warns(RuntimeWarning, match=r"a distortion of 1e\+15 is off by"):
        curve = solve_frontier([0.3, 0.7], np.array([[0.0, 1.0], [1.0, 0.0]]) + 1e15)
    assert not curve.converged
    assert curve.width > 0.1
