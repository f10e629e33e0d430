"""Targets against closed forms, tangents never solved, time-sharing and straight pieces."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq

from rdtheory.solver.frontier import solve_frontier
from rdtheory.solver.slope import solve_slope
from rdtheory.solver.targets import solve_distortion, solve_rate
from rdtheory.sources.textbook import named_source
from tests.make.theory_curves import (
    COIN,
    EXACT,
    GAP,
    HEDGED,
    LOG2,
    NAMED,
    PAIRS,
    ROUND,
    both_ends,
    ends,
    tangents,
    target,
)
from tests.problems import problem

FIVE_DIGITS = 5e-6
"""Half a unit of the fifth decimal of numbers that are printed with five."""

END_OF_LINE = 1e-4
"""The curve leaves its straight piece by the square of the distance, so an end that is known to lie
within a gap of 1e-10 of the piece is known to 1e-5 times a curvature of a few units."""

SHARES = [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98]


# -- one target ------------------------------------------------------------------------------------


def assert_bound_binds(name, point):
    """`RDPoint.bound`: every channel has D + beta R >= bound, so the one solved at beta has."""
    best = solve_slope(*problem(name), point.beta, gap=1e-12)
    assert point.bound <= best.value + ROUND * (1 + best.value)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("name", NAMED)
def test_a_target_rate_is_met_between_tangents_and_time_sharing_and_comes_back(name, share):
    """The certificate is in rate; a chord of the reached points is above the curve."""
    rate = target(name, "rate", share)
    point = solve_rate(*problem(name), rate)
    beta, bound, rates, distortions = tangents(name)
    assert point.converged
    assert point.gap <= GAP
    assert point.rate == pytest.approx(rate, abs=ROUND)
    assert point.distortion >= (bound - beta * rate).max() - ROUND
    left, right = ends(name)
    order = np.argsort(rates)
    chord = np.interp(
        rate,
        [left.rate, *rates[order], right.rate],
        [left.distortion, *distortions[order], right.distortion],
    )
    assert point.distortion <= chord + 2 * point.beta * GAP + ROUND
    assert_bound_binds(name, point)
    assert point.marginal.min() >= 0
    assert point.marginal.sum() == pytest.approx(1.0, abs=ROUND)
    if point.segment:
        low, high = point.segment
        assert low - ROUND <= rate <= high + ROUND
    if name in EXACT:  # R <= R(D) + gap and the mixture is reached, so R >= R(D)
        closed = named_source(name).closed_form(point.distortion)
        assert -ROUND <= point.rate - closed <= point.gap + ROUND
    back = solve_distortion(*problem(name), point.distortion)
    assert back.rate == pytest.approx(rate, abs=point.gap + back.gap + ROUND)


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
    assert_bound_binds(name, point)
    if name in EXACT:
        closed = named_source(name).closed_form(distortion)
        assert -ROUND <= point.rate - closed <= point.gap + ROUND


@pytest.mark.parametrize("gap", [1e-4, 1e-12])
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
    assert point.segment is None


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.69])
def test_an_erasure_is_bought_back_along_one_line(rate):
    """d = 0 right, 1 erased, inf wrong: D(R) = 1 - R / log 2."""
    erasure = [[0, math.inf, 1], [math.inf, 0, 1]]
    point = solve_rate([0.5, 0.5], erasure, rate)
    assert point.distortion == pytest.approx(1 - rate / LOG2, abs=2 * GAP)
    assert point.segment == pytest.approx((0.0, LOG2), abs=ROUND)


# -- where no code of rate 0 is allowed ------------------------------------------------------------


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


# -- caps and wrong input --------------------------------------------------------------------------


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


# -- where rate 0 is not to be had ----------------------------------------------------------------


def test_forbidden_pairs_ask_for_a_least_rate_that_is_that_of_the_pairs_alone():
    # x = 0 and x = 1 share no output, so the code must tell them apart; x = 2 may go with either
    distortion = [[0.0, np.inf], [np.inf, 0.0], [0.0, 1.0]]
    point, _ = both_ends([0.5, 0.25, 0.25], distortion)
    # min over r of -1/2 log r - 1/4 log(1 - r), x = 2 being free: r = 2/3
    assert point.rate == pytest.approx(-0.5 * np.log(2 / 3) - 0.25 * np.log(1 / 3), abs=1e-9)


def test_a_rate_below_the_least_of_any_channel_is_refused():
    with pytest.raises(ValueError, match=r"rate must be at least the least rate of any channel"):
        solve_rate([0.5, 0.5], [[0.0, np.inf], [np.inf, 0.0]], 0.3)
