"""The guess at a target's slope: derivatives along a curve, closed forms, few slopes solved."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory.solver.aim import aim_at
from rdtheory.solver.slope import Problem, prepare
from rdtheory.solver.steps import NEAR, nearness
from rdtheory.solver.targets import solve_distortion, solve_rate
from rdtheory.sources.textbook import named_source
from tests.problems import problem
from tests.strategies import PROOF

STEP = 1e-4
"""Of log beta: central differences of R, known to 1e-13, are off by 1e-9 and a third derivative of
a few units times 1e-8."""

DIFFERENCE = 1e-6


def aimed(name, target, axis, beta, **options):
    made = prepare(*problem(name))
    return made, aim_at(
        made.costs, made.p, target, axis, beta, **{"gap": 1e-12, "most": 30} | options
    )


@pytest.mark.parametrize("name", ["bernoulli:0.3", "hamming:8", "laplace:61", "gaussian:41"])
@pytest.mark.parametrize("axis", ["rate", "distortion"])
def test_the_spread_is_what_the_rate_gains_per_logarithm_of_the_slope(name, axis):
    """dR / d log s = V and d(log S) / d log s = -V / M, with M = S / beta."""
    made = prepare(*problem(name))
    target = 0.4 * (made.constant.distortion if axis == "distortion" else 1.0)
    found = aim_at(made.costs, made.p, target, axis, made.constant.distortion, gap=1e-12, most=30)
    assert found.met
    steep, flat = (made.solve(found.beta * math.exp(way * STEP), gap=1e-13) for way in (-1.0, 1.0))
    assert (steep.rate - flat.rate) / (2 * STEP) == pytest.approx(found.spread, abs=DIFFERENCE)
    at = made.solve(found.beta, gap=1e-13)
    fall = math.log(flat.distortion / steep.distortion) / (2 * STEP)
    assert fall * at.distortion / found.beta == pytest.approx(found.spread, abs=DIFFERENCE)
    assert getattr(at, axis) == pytest.approx(target, rel=1e-10)


@PROOF
@given(st.floats(0.05, 0.5), st.floats(0.02, 0.95), st.floats(-3.0, 1.0))
def test_the_slope_of_a_coin_is_that_of_its_closed_form(p, share, exponent):
    distortion = share * p
    made = prepare([p, 1 - p], [[0, 1], [1, 0]])
    found = aim_at(made.costs, made.p, distortion, "distortion", 10.0**exponent, gap=1e-12, most=30)
    if found.met:  # a start far off may not get there
        expected = 1 / math.log((1 - distortion) / distortion)
        assert found.beta == pytest.approx(expected, rel=1e-9)
        assert found.marginal[0] == pytest.approx((p - distortion) / (1 - 2 * distortion), abs=1e-9)


def test_what_cannot_be_met_is_not_said_to_be():
    made, found = aimed("bernoulli:0.3", 0.1, "distortion", 0.3, most=1)
    assert not found.met
    assert (found.slopes, found.marginal.shape) == (1, made.p.shape)
    assert not aimed("bernoulli:0.3", 5.0, "rate", 0.3)[1].met  # above the entropy


@pytest.mark.parametrize("name", ["laplace:61", "gaussian:41", "uniform:40", "bernoulli:0.3"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_where_a_curve_bends_a_target_takes_two_slopes(name, share, monkeypatch):
    solved, solve = [], Problem.solve

    def counted(self, beta, **options):
        solved.append(beta)
        return solve(self, beta, **options)

    monkeypatch.setattr(Problem, "solve", counted)
    p_x, table = problem(name)
    highest = (p_x @ table).min()
    assert solve_distortion(p_x, table, share * highest).converged
    assert solve_rate(p_x, table, share).converged
    assert len(solved) <= 4


def test_letters_join_nearer_to_each_other_where_those_that_joined_stay():
    assert nearness(NEAR, np.array([True, True])) < NEAR
    assert nearness(NEAR / 4, np.array([True, False])) == NEAR
    assert nearness(NEAR / 4, np.zeros(0, dtype=bool)) == NEAR


@pytest.mark.parametrize("share", [0.4, 0.5, 0.7])
def test_no_end_of_the_curve_is_mixed_into_a_point_where_it_bends(share):
    point = solve_distortion(named_source("laplace:61"), share)
    assert point.distortion == pytest.approx(share, rel=1e-15)
    assert point.support.size < 61
