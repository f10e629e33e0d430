"""Targets, and whole curves, against closed forms, tangents never solved and time-sharing."""

import math
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from rdtheory.solver.frontier import Frontier, solve_frontier
from rdtheory.solver.slope import prepare, solve_slope
from rdtheory.solver.targets import solve_distortion, solve_rate
from rdtheory.sources.textbook import named_source
from tests.problems import problem
from tests.strategies import PROOF, pmfs

GAP = 1e-9
"""What the solvers promise unless told otherwise."""

ROUND = 1e-12
"""Sums of at most a thousand terms of a few units in float64."""

FIVE_DIGITS = 5e-6
"""Half a unit of the fifth decimal of numbers that are printed with five."""

END_OF_LINE = 1e-4
"""The curve leaves its straight piece by the square of the distance, so an end that is known to lie
within a gap of 1e-10 of the piece is known to 1e-5 times a curvature of a few units."""

FEW = settings(PROOF, max_examples=30)
"""Each example solves a whole curve and dozens of slopes."""

LOG2 = math.log(2)


# -- problems --------------------------------------------------------------------------------------

EXACT = ["bernoulli:0.3", "bernoulli:0.5", "hamming:3", "hamming:8"]
NAMED = [*EXACT, "gaussian:60", "laplace:40", "uniform:40", "random:20x30"]


@cache
def ends(name: str):
    """Return the points of no rate and of least distortion."""
    prepared = prepare(*problem(name))
    return prepared.at_least_rate(gap=1e-12), prepared.at_least_distortion(gap=1e-12)


def target(name: str, axis: str, share: float) -> float:
    left, right = ends(name)
    a, b = getattr(left, axis), getattr(right, axis)
    return (1 - share) * a + share * b


BETAS = np.geomspace(1e-3, 1e3, 73)
SHARES = [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98]


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


# -- one target ------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("name", NAMED)
def test_a_target_rate_is_met_and_no_tangent_is_crossed(name, share):
    rate = target(name, "rate", share)
    point = solve_rate(*problem(name), rate)
    beta, bound, *_ = tangents(name)
    assert point.converged
    assert point.gap <= GAP
    assert point.rate == pytest.approx(rate, abs=ROUND)
    assert point.distortion >= (bound - beta * rate).max() - ROUND


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("name", NAMED)
def test_a_target_rate_is_no_worse_than_time_sharing_of_other_points(name, share):
    """The certificate is in rate; a chord of the reached points is above the curve."""
    rate = target(name, "rate", share)
    point = solve_rate(*problem(name), rate)
    _, _, rates, distortions = tangents(name)
    left, right = ends(name)
    order = np.argsort(rates)
    chord = np.interp(
        rate,
        [left.rate, *rates[order], right.rate],
        [left.distortion, *distortions[order], right.distortion],
    )
    assert point.distortion <= chord + 2 * point.beta * GAP + ROUND


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("name", NAMED)
def test_a_target_distortion_is_met_and_no_tangent_is_crossed(name, share):
    distortion = target(name, "distortion", share)
    point = solve_distortion(*problem(name), distortion)
    beta, bound, *_ = tangents(name)
    assert point.converged
    assert point.gap <= GAP
    assert point.distortion == pytest.approx(distortion, abs=ROUND * max(1, distortion))
    assert point.rate >= ((bound - distortion) / beta).max() - ROUND


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("name", EXACT)
def test_a_target_rate_has_the_closed_forms_distortion_within_the_gap(name, share):
    """R <= R(D) + gap and the mixture is reached, so R >= R(D)."""
    point = solve_rate(*problem(name), target(name, "rate", share))
    closed = named_source(name).closed_form(point.distortion)
    assert -ROUND <= point.rate - closed <= point.gap + ROUND


@pytest.mark.parametrize("gap", [1e-4, 1e-9, 1e-12])
@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("name", EXACT)
def test_a_target_distortion_has_the_closed_forms_rate_within_the_gap(name, share, gap):
    distortion = target(name, "distortion", share)
    point = solve_distortion(*problem(name), distortion, gap=gap)
    closed = named_source(name).closed_form(distortion)
    assert point.gap <= gap
    assert -ROUND <= point.rate - closed <= point.gap + ROUND


@pytest.mark.parametrize(("distortion", "rate"), [(2.0, 1.06181), (4.0, 0.73832), (8.0, 0.42579)])
def test_the_uniform_source_has_its_known_rates(distortion, rate):
    point = solve_distortion(*problem("uniform:160"), distortion)
    assert point.rate == pytest.approx(rate, abs=FIVE_DIGITS)
    assert point.distortion == pytest.approx(distortion, abs=ROUND)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("name", NAMED)
def test_a_rate_comes_back_through_its_distortion(name, share):
    """Each of the two is within its gap, in nats of rate."""
    rate = target(name, "rate", share)
    forth = solve_rate(*problem(name), rate)
    back = solve_distortion(*problem(name), forth.distortion)
    assert back.rate == pytest.approx(rate, abs=forth.gap + back.gap + ROUND)


@pytest.mark.parametrize("name", NAMED)
def test_the_marginal_of_a_target_is_a_distribution(name):
    point = solve_rate(*problem(name), target(name, "rate", 0.4))
    assert point.marginal.min() >= 0
    assert point.marginal.sum() == pytest.approx(1.0, abs=ROUND)


@pytest.mark.parametrize("name", NAMED)
def test_the_rate_lies_in_its_segment(name):
    rate = target(name, "rate", 0.4)
    low, high = solve_rate(*problem(name), rate).segment
    assert low - ROUND <= rate <= high + ROUND


# -- the ends --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMED)
def test_no_rate_leaves_the_best_constant_output(name):
    p_x, distortion = problem(name)
    point = solve_rate(p_x, distortion, 0.0)
    assert point.rate == 0.0
    assert point.distortion == pytest.approx((p_x @ distortion).min(), rel=ROUND)
    assert point.support.size == 1
    assert (point.gap, point.converged) == (0.0, True)


@pytest.mark.parametrize("name", NAMED)
def test_more_rate_than_the_least_distortion_takes_is_not_spent(name):
    p_x, distortion = problem(name)
    point = solve_rate(p_x, distortion, 100.0)
    assert point.distortion == pytest.approx(p_x @ distortion.min(axis=1), abs=ROUND)
    assert point.rate == pytest.approx(ends(name)[1].rate, abs=GAP)
    assert point.converged


@pytest.mark.parametrize("factor", [1.0, 1.5])
@pytest.mark.parametrize("name", NAMED)
def test_a_distortion_that_a_constant_output_has_needs_no_rate(name, factor):
    point = solve_distortion(*problem(name), factor * ends(name)[0].distortion)
    assert point.rate == 0.0
    assert point.distortion == ends(name)[0].distortion


@pytest.mark.parametrize("name", NAMED)
def test_the_least_distortion_itself_can_be_asked_for(name):
    p_x, distortion = problem(name)
    least = float(p_x @ distortion.min(axis=1))
    point = solve_distortion(p_x, distortion, least)
    assert point.distortion == pytest.approx(least, abs=ROUND)
    assert point.rate == pytest.approx(ends(name)[1].rate, abs=GAP)


@pytest.mark.parametrize("name", ["hamming:8", "random:20x30"])
def test_a_distortion_below_the_least_is_refused(name):
    p_x, distortion = problem(name)
    least = float(p_x @ distortion.min(axis=1))
    with pytest.raises(ValueError, match=r"must be at least the least distortion, \d\S*, got "):
        solve_distortion(p_x, distortion, least - 1e-6)


@pytest.mark.parametrize("rate", [0.0, 0.3, 5.0])
def test_equal_distortions_need_no_rate_at_any_target(rate):
    point = solve_rate([0.5, 0.5], np.full((2, 3), 2.0), rate)
    assert (point.rate, point.distortion, point.converged) == (0.0, 2.0, True)


# -- straight pieces -------------------------------------------------------------------------------

HEDGED = np.array([[0.0, 1.0, 0.3], [1.0, 0.0, 0.3]])
"""A fair coin, and an output that is 0.3 wrong for both sides."""


def coin_rate(distortion):
    """R(D) of the fair coin without the third output."""
    spread = -distortion * math.log(distortion) - (1 - distortion) * math.log(1 - distortion)
    return LOG2 - spread


def line(cost):
    """Return (R, D) where the tangent of the coin's curve passes through (0, cost)."""

    def miss(d):
        return coin_rate(d) - (cost - d) * math.log((1 - d) / d)

    touch = brentq(miss, 1e-9, cost * (1 - 1e-9), xtol=1e-15)
    return coin_rate(touch), touch


def test_the_line_of_the_hedged_coin_ends_where_it_should():
    assert line(0.3)[0] == pytest.approx(0.28507, abs=FIVE_DIGITS)


@pytest.mark.parametrize("cost", [0.3, 0.2, 0.45])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.95])
def test_a_rate_on_a_straight_piece_mixes_its_two_ends_and_says_so(cost, share):
    end, touch = line(cost)
    point = solve_rate([0.5, 0.5], [[0, 1, cost], [1, 0, cost]], share * end)
    assert point.converged
    assert point.rate == pytest.approx(share * end, abs=ROUND)
    assert point.segment == pytest.approx((0.0, end), abs=END_OF_LINE)
    assert point.distortion == pytest.approx(cost - share * (cost - touch), abs=2 * GAP)
    assert point.beta == pytest.approx((cost - touch) / end, rel=1e-6)
    # the mixture spends the share (1 - share) of its time on the hedge
    assert point.marginal == pytest.approx([share / 2, share / 2, 1 - share], abs=END_OF_LINE)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.95])
def test_a_distortion_on_a_straight_piece_mixes_its_two_ends(share):
    end, touch = line(0.3)
    point = solve_distortion([0.5, 0.5], HEDGED, 0.3 - share * (0.3 - touch))
    assert point.rate == pytest.approx(share * end, abs=2 * GAP)
    assert point.segment == pytest.approx((0.0, end), abs=END_OF_LINE)


@pytest.mark.parametrize("rate", [0.3, 0.4, 0.6])
def test_beyond_its_straight_piece_the_hedge_is_not_used(rate):
    point = solve_rate([0.5, 0.5], HEDGED, rate)
    assert point.rate - coin_rate(point.distortion) == pytest.approx(0.0, abs=2 * GAP)
    assert point.marginal[2] == pytest.approx(0.0, abs=END_OF_LINE)
    low, high = point.segment
    assert high - low <= 1e-2


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.69])
def test_an_erasure_is_bought_back_along_one_line(rate):
    """d = 0 right, 1 erased, inf wrong: D(R) = 1 - R / log 2."""
    erasure = [[0, math.inf, 1], [math.inf, 0, 1]]
    point = solve_rate([0.5, 0.5], erasure, rate)
    assert point.distortion == pytest.approx(1 - rate / LOG2, abs=2 * GAP)
    assert point.segment == pytest.approx((0.0, LOG2), abs=ROUND)


def test_a_straight_piece_of_a_curve_takes_one_slope():
    erasure = [[0, math.inf, 1], [math.inf, 0, 1]]
    curve = solve_frontier([0.5, 0.5], erasure, width=1e-8)
    assert len(curve.points) <= 3
    assert curve.converged


# -- where no code of rate 0 is allowed ------------------------------------------------------------

PAIRS = np.full((4, 6), math.inf)
PAIRS[:2, :3] = PAIRS[2:, 3:] = HEDGED
"""Two hedged coins: naming the coin costs log 2 nats at any slope, then each has its own curve."""


@pytest.mark.parametrize("distortion", [0.05, 0.1, 0.2])
def test_forbidden_pairs_that_exclude_rate_zero_leave_the_rest_of_the_curve(distortion):
    expected = LOG2 + solve_distortion([0.5, 0.5], HEDGED, distortion).rate
    point = solve_distortion(np.full(4, 0.25), PAIRS, distortion)
    assert point.distortion == pytest.approx(distortion, abs=ROUND)
    assert point.rate == pytest.approx(expected, abs=2 * GAP)


@pytest.mark.parametrize("rate", [0.1, 0.2, 0.5])
def test_a_rate_above_what_forbidden_pairs_cost_has_a_finite_distortion(rate):
    expected = solve_rate([0.5, 0.5], HEDGED, rate).distortion
    point = solve_rate(np.full(4, 0.25), PAIRS, LOG2 + rate)
    assert point.distortion == pytest.approx(expected, abs=2 * GAP)


@pytest.mark.parametrize("width", [None, 1e-2])
def test_a_curve_that_begins_above_rate_zero_is_traced(width):
    curve = solve_frontier(np.full(4, 0.25), PAIRS, width=width)
    rates = np.array([0.1, 0.2, 0.5])
    expected = [solve_rate([0.5, 0.5], HEDGED, rate).distortion for rate in rates]
    np.testing.assert_allclose(curve.upper(LOG2 + rates), expected, rtol=0, atol=1e-2)


# -- caps and wrong input --------------------------------------------------------------------------

COIN = {"p_x": [0.7, 0.3], "distortion": [[0.0, 1.0], [1.0, 0.0]]}


@pytest.mark.parametrize(("solve", "aim"), [(solve_rate, 0.25), (solve_distortion, 0.1)])
def test_a_cap_on_slopes_that_is_hit_warns_and_does_not_converge(solve, aim):
    with pytest.warns(RuntimeWarning, match=r"above the asked 1\.0e-09: raise max_slopes"):
        point = solve(**COIN, **_aim(solve, aim), max_slopes=2)
    assert not point.converged
    assert point.gap > GAP
    excess = point.rate - named_source("bernoulli:0.3").closed_form(point.distortion)
    assert 0.0 <= excess <= point.gap


def _aim(solve, aim):
    return {"rate" if solve is solve_rate else "target": aim}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rate": -0.1}, r"rate must be a finite number of at least 0, got -0\.1"),
        ({"rate": math.nan}, r"rate must be a finite number of at least 0, got nan"),
        ({"rate": math.inf}, r"rate must be a finite number of at least 0, got inf"),
        ({"gap": 0.0}, r"gap must be a finite number of at least 1e-15, got 0"),
        ({"max_slopes": 0}, r"max_slopes must be an integer of at least 1, got 0"),
        ({"rate": 0.0, "max_slopes": 0}, r"max_slopes must be an integer of at least 1, got 0"),
        ({"p_x": [0.7, 0.4]}, r"p_x must sum to 1"),
        ({"distortion": [[0.0, 1.0]]}, r"distortion must have shape \(2, any\), got \(1, 2\)"),
    ],
)
def test_a_wrong_argument_of_a_target_rate_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        solve_rate(**COIN | {"rate": 0.25} | change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"target": -0.1},
            r"target distortion must be at least the least distortion, 0, got -0\.1",
        ),
        ({"target": math.nan}, r"target distortion must be .*, got nan"),
        ({"gap": -1.0}, r"gap must be a finite number of at least 1e-15, got -1"),
        ({"max_slopes": -3}, r"max_slopes must be an integer of at least 1, got -3"),
    ],
)
def test_a_wrong_argument_of_a_target_distortion_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        solve_distortion(**COIN | {"target": 0.1} | change)


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


@pytest.mark.parametrize(
    ("solve", "change", "message"),
    [
        (solve_rate, {"rate": "1"}, r"rate must be a number, got '1'"),
        (solve_distortion, {"target": "1"}, r"target distortion must be a number, got '1'"),
        (solve_frontier, {"width": "1"}, r"width must be a number, got '1'"),
        (solve_frontier, {"max_points": 2.5}, r"max_points must be an integer, got 2\.5"),
    ],
)
def test_a_wrong_type_is_named(solve, change, message):
    with pytest.raises(TypeError, match=message):
        solve(**COIN | change)


# -- the whole curve -------------------------------------------------------------------------------

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


@FEW
@given(tables(), st.floats(0.05, 0.95))
@example(FLAT, 0.75)
def test_random_targets_lie_in_the_band_of_their_curve(given_problem, share):
    p_x, d = given_problem
    curve = solve_frontier(p_x, d, width=1e-3)
    rate = share * curve.points[-1].rate
    point = solve_rate(p_x, d, rate)
    assert point.converged
    slack = 2 * GAP * (point.beta if math.isfinite(point.beta) else 0.0) + ROUND
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


# -- what the numbers of a target promise ----------------------------------------------------------


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("name", NAMED)
def test_the_bound_of_a_target_rate_binds_every_channel_at_its_slope(name, share):
    """`RDPoint.bound`: every channel has D + beta R >= bound, so the one solved at beta has."""
    point = solve_rate(*problem(name), target(name, "rate", share))
    best = solve_slope(*problem(name), point.beta, gap=1e-12)
    assert point.bound <= best.value + ROUND * (1 + best.value)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("name", NAMED)
def test_the_bound_of_a_target_distortion_binds_every_channel_at_its_slope(name, share):
    point = solve_distortion(*problem(name), target(name, "distortion", share))
    best = solve_slope(*problem(name), point.beta, gap=1e-12)
    assert point.bound <= best.value + ROUND * (1 + best.value)


# -- where rate 0 is not to be had ----------------------------------------------------------------


def test_forbidden_pairs_ask_for_a_least_rate_that_is_that_of_the_pairs_alone():
    # x = 0 and x = 1 share no output, so the code must tell them apart; x = 2 may go with either
    distortion = [[0.0, np.inf], [np.inf, 0.0], [0.0, 1.0]]
    point = prepare([0.5, 0.25, 0.25], distortion).at_least_rate(gap=1e-12)
    # min over r of -1/2 log r - 1/4 log(1 - r), x = 2 being free: r = 2/3
    assert point.rate == pytest.approx(-0.5 * np.log(2 / 3) - 0.25 * np.log(1 / 3), abs=1e-9)


def test_a_rate_below_the_least_of_any_channel_is_refused():
    with pytest.raises(ValueError, match=r"rate must be at least the least rate of any channel"):
        solve_rate([0.5, 0.5], [[0.0, np.inf], [np.inf, 0.0]], 0.3)
