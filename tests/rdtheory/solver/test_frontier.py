"""Whole curves: the two bounds, points and tangents of other slopes between them, and pictures."""

import math
import warnings
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rdtheory.solver.frontier import Frontier, solve_frontier
from rdtheory.solver.slope import solve_slope
from rdtheory.solver.targets import solve_rate
from rdtheory.sources.textbook import named_source
from tests.make.theory_curves import (
    COIN,
    EXACT,
    GAP,
    HEDGED,
    LOG2,
    PAIRS,
    ROUND,
    both_ends,
    ends,
    tangents,
)
from tests.problems import problem
from tests.strategies import PROOF, pmfs

FEW = settings(PROOF, max_examples=30)
"""Each example solves a whole curve and dozens of slopes."""

WIDTH = 1e-3
"""Of the curve's height, which is what `solve_frontier` takes unless told otherwise."""

CURVES = [*EXACT, "gaussian:60", "uniform:40", "random:20x30"]


@cache
def curve_of(name: str) -> Frontier:
    return solve_frontier(*problem(name))


def dense(curve: Frontier):
    return np.linspace(0.0, curve.points[-1].rate, 5001)


@pytest.mark.parametrize("name", CURVES)
def test_the_bounds_are_in_order_and_nowhere_wider_than_the_width(name):
    curve = curve_of(name)
    rates = dense(curve)
    band = curve.upper(rates) - curve.lower(rates)
    scale = 1 + curve.points[0].distortion
    assert curve.converged
    assert curve.width <= WIDTH * curve.points[0].distortion
    assert band.min() >= -ROUND * scale
    assert band.max() <= curve.width + ROUND * scale


@pytest.mark.parametrize("width", [1e-2, 1e-4, 1e-5])
def test_any_width_that_is_asked_is_met_on_a_dense_grid(width):
    coin = named_source("bernoulli:0.3")
    curve = solve_frontier(coin.p_x, coin.distortion, width=width)
    rates = dense(curve)
    assert curve.converged
    assert (curve.upper(rates) - curve.lower(rates)).max() <= width
    assert curve.width <= width


@pytest.mark.parametrize("name", EXACT)
def test_the_closed_form_lies_between_the_bounds(name):
    curve, form = curve_of(name), named_source(name).closed_form
    rates = dense(curve)
    # D is above the curve exactly where R(D) <= R
    above = [form(max(0.0, float(d))) for d in curve.upper(rates)]
    below = [form(max(0.0, float(d))) for d in curve.lower(rates)]
    assert np.all(above <= rates + GAP)
    assert np.all(below >= rates - GAP - ROUND)


@pytest.mark.parametrize("name", CURVES)
def test_the_upper_bound_falls_and_is_convex_and_so_is_the_lower(name):
    """Up to the gap of each point, which a chord of two near points may magnify: hence the curve's
    values at equal steps and not its slopes."""
    curve = curve_of(name)
    rates = dense(curve)
    slack = 4 * GAP * max(p.beta for p in curve.points if math.isfinite(p.beta)) + ROUND
    for bound in (curve.upper(rates), curve.lower(rates)):
        assert np.diff(bound).max() <= slack
        assert np.diff(bound, 2).min() >= -slack


@pytest.mark.parametrize("name", CURVES)
def test_the_curve_ends_at_no_rate_and_at_the_least_distortion(name):
    curve, (left, right) = curve_of(name), ends(name)
    first, last = curve.points[0], curve.points[-1]
    assert (first.rate, first.distortion) == (0.0, left.distortion)
    assert last.distortion == pytest.approx(right.distortion, abs=ROUND)
    assert last.rate == pytest.approx(right.rate, abs=GAP)


@pytest.mark.parametrize("name", CURVES)
def test_points_are_in_order_and_each_within_its_gap(name):
    curve = curve_of(name)
    assert all(a.rate <= b.rate for a, b in pairwise(curve.points))
    assert curve.max_gap == max(point.gap for point in curve.points)
    assert curve.max_gap <= GAP
    assert all(point.converged for point in curve.points)


@pytest.mark.parametrize("name", CURVES)
def test_points_at_slopes_never_solved_lie_in_the_band(name):
    curve = curve_of(name)
    beta, bound, rate, distortion = tangents(name)
    scale = ROUND * (1 + curve.points[0].distortion)
    assert np.all(distortion >= curve.lower(rate) - scale)
    grid = dense(curve)
    best = np.max(bound[:, None] - beta[:, None] * grid, axis=0)
    assert np.all(best <= curve.upper(grid) + scale)


@st.composite
def tables(draw):
    """Draw (p_x, d) of up to four letters and outputs, with ties."""
    n, m = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    entry = st.one_of(st.floats(0.0, 2.0), st.integers(0, 2).map(float))
    rows = st.lists(st.lists(entry, min_size=m, max_size=m), min_size=n, max_size=n)
    ordinary = st.floats(0.01, 1.0)
    return draw(pmfs(n, ordinary)), np.array(draw(rows))


@FEW
@given(tables(), st.lists(st.floats(-2.0, 2.0), min_size=5, max_size=5))
def test_random_curves_hold_the_points_and_tangents_of_other_slopes(given_problem, exponents):
    p_x, d = given_problem
    curve = solve_frontier(p_x, d, width=1e-3)
    grid = dense(curve)
    assert (curve.upper(grid) - curve.lower(grid)).max() <= 1e-3 + ROUND
    others = [solve_slope(p_x, d, 10.0**exponent) for exponent in exponents]
    for point in others:
        assert point.distortion >= curve.lower(point.rate) - ROUND
        tangent = point.bound - point.beta * grid
        assert (tangent - curve.upper(grid)).max() <= ROUND * (1 + point.beta)


FLAT = np.full(3, 1 / 3), np.array([[0, 0, 1], [0, 0, 1.1e-91], [1, 1, 0.5]])
"""Beyond some rate the distortion falls by 1e-91: by nothing, to the last bit."""


def test_a_distortion_that_float64_rounds_to_the_least_owns_all_rates_that_it_may_need():
    end = both_ends(*FLAT)[1]
    with pytest.warns(RuntimeWarning, match=r"a distortion of 0\.166667 is off by"):
        point = solve_rate(*FLAT, 0.75 * end.rate)
    assert not point.converged
    assert point.rate + point.gap >= end.rate - GAP


@FEW
@given(tables(), st.floats(0.05, 0.95))
def test_random_targets_lie_in_the_band_of_their_curve(given_problem, share):
    p_x, d = given_problem
    curve = solve_frontier(p_x, d, width=1e-3)
    rate = share * curve.points[-1].rate
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a distortion that is rounded to the least
        point = solve_rate(p_x, d, rate)
    slack = 2 * max(GAP, point.gap) * (point.beta if math.isfinite(point.beta) else 0.0) + ROUND
    assert curve.lower(rate) - slack <= point.distortion <= curve.upper(rate) + slack


@pytest.mark.parametrize("points", [2, 5])
def test_a_cap_on_points_that_is_hit_warns_and_does_not_converge(points):
    coin = named_source("bernoulli:0.3")
    with pytest.warns(RuntimeWarning, match=r"above the asked 1\.0e-06: raise max_points"):
        curve = solve_frontier(coin.p_x, coin.distortion, width=1e-6, max_points=points)
    assert len(curve.points) == points
    assert not curve.converged
    rates = dense(curve)
    assert 1e-6 < (curve.upper(rates) - curve.lower(rates)).max() <= curve.width + ROUND


def test_equal_distortions_are_one_point():
    curve = solve_frontier([0.2, 0.8], np.full((2, 3), 0.7))
    assert len(curve.points) == 1
    assert (curve.points[0].rate, curve.points[0].distortion) == (0.0, pytest.approx(0.7))
    assert (curve.width, curve.converged) == (0.0, True)


def test_one_output_that_is_best_for_all_is_one_point():
    curve = solve_frontier([0.2, 0.8], [[0.0, 1.0], [0.5, 2.0]])
    assert len(curve.points) == 1
    assert curve.points[0].distortion == pytest.approx(0.4)


def test_the_bounds_of_a_curve_of_one_point_are_that_point():
    curve = solve_frontier([0.2, 0.8], np.full((2, 3), 0.7))
    assert curve.upper([0.0, 1.0]) == pytest.approx([0.7, 0.7])
    assert curve.lower([0.0, 1.0]) == pytest.approx([0.7, 0.7])


@pytest.mark.parametrize("progress", [None, lambda share: None])
def test_no_width_at_all_ends_at_the_cap(progress):
    with pytest.warns(RuntimeWarning, match="raise max_points"):
        curve = solve_frontier(**COIN, width=0.0, max_points=20, progress=progress)
    assert len(curve.points) == 20
    assert not curve.converged


@pytest.mark.parametrize("name", ["bernoulli:0.3", "uniform:40"])
def test_shares_of_progress_add_up_to_one(name):
    """As with every other `progress` of the package, whose bar adds the shares."""
    shares = []
    solve_frontier(*problem(name), progress=shares.append)
    assert min(shares) >= 0.0
    assert sum(shares) == pytest.approx(1.0, abs=1e-9)


def test_a_straight_piece_of_a_curve_takes_one_slope():
    erasure = [[0, math.inf, 1], [math.inf, 0, 1]]
    curve = solve_frontier([0.5, 0.5], erasure, width=1e-8)
    assert len(curve.points) <= 3
    assert curve.converged


@pytest.mark.parametrize("width", [None, 1e-2])
def test_a_curve_that_begins_above_rate_zero_is_traced(width):
    curve = solve_frontier(np.full(4, 0.25), PAIRS, width=width)
    rates = np.array([0.1, 0.2, 0.5])
    expected = [solve_rate([0.5, 0.5], HEDGED, rate).distortion for rate in rates]
    np.testing.assert_allclose(curve.upper(LOG2 + rates), expected, rtol=0, atol=1e-2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": -1.0}, r"width must be a finite number of at least 0, got -1"),
        ({"width": math.nan}, r"width must be a finite number of at least 0, got nan"),
        ({"gap": 0.0}, r"gap must be a finite number of at least 1e-15, got 0"),
        ({"max_points": 0}, r"max_points must be an integer of at least 1, got 0"),
        ({"max_points": 0, "width": 9.0}, r"max_points must be an integer of at least 1, got 0"),
        ({"outputs": [0.0]}, r"outputs must .*2.*, got .*1"),
        ({"outputs": [0.0, math.nan]}, r"outputs must .*nan"),
    ],
)
def test_a_wrong_argument_of_a_curve_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        solve_frontier(**COIN | change)


# -- pictures --------------------------------------------------------------------------------------


def new_axes():
    from matplotlib.figure import Figure

    return Figure().add_subplot()


def test_the_picture_of_a_curve_shows_its_points_its_band_and_its_width():
    curve = curve_of("bernoulli:0.3")
    axes = curve.plot()
    (line_drawn,) = axes.lines
    x, y = line_drawn.get_data()
    np.testing.assert_allclose(y, curve.upper(x), rtol=0, atol=ROUND)
    band, dots = axes.collections
    expected = [(point.rate, point.distortion) for point in curve.points]
    np.testing.assert_array_equal(np.asarray(dots.get_offsets()), expected)
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert f"certified within {curve.width:.1e}" in labels
    assert f"{len(curve.points)} solved points" in labels
    assert band.get_label() == f"certified within {curve.width:.1e}"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("rate R  (nats)", "distortion D")


def test_the_band_in_the_picture_is_the_certified_one():
    curve = curve_of("bernoulli:0.3")
    corners = curve.plot().collections[0].get_paths()[0].vertices
    band = np.stack([curve.lower(corners[:, 0]), curve.upper(corners[:, 0])])
    assert np.abs(band - corners[:, 1]).min(axis=0).max() <= ROUND


def test_the_picture_of_the_support_shows_every_output_in_use():
    outputs = np.linspace(-7.8, 7.8, 40)
    curve = solve_frontier(*problem("uniform:40"), outputs=outputs)
    axes = curve.plot_support()
    drawn = np.concatenate([np.asarray(dots.get_offsets()) for dots in axes.collections])
    expected = [
        (point.beta, outputs[y])
        for point in curve.points
        if 0 < point.beta < math.inf
        for y in point.support
    ]
    np.testing.assert_array_equal(drawn, expected)
    assert axes.get_xscale() == "log"
    assert axes.xaxis_inverted()
    assert "distortion per nat" in axes.get_xlabel()


@pytest.mark.parametrize("picture", ["plot", "plot_support"])
def test_axes_that_are_given_are_drawn_on_and_returned(picture):
    axes = new_axes()
    assert getattr(curve_of("bernoulli:0.3"), picture)(axes) is axes
    assert axes.collections


@pytest.mark.parametrize("picture", ["plot", "plot_support"])
def test_a_curve_of_one_point_can_be_drawn(picture):
    curve = solve_frontier([0.2, 0.8], np.full((2, 3), 0.7))
    assert getattr(curve, picture)().get_xlabel()


def test_outputs_are_numbered_unless_given():
    assert curve_of("hamming:3").outputs.tolist() == [0.0, 1.0, 2.0]
