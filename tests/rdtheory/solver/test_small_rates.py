"""Targets near the least rate, where the curve has one end's slope long before its other's.

There a chord to rate 0 only halves the distance to the target, and nothing is known of the target
until a slope comes near it: that is no sign that float64 tells no more.
"""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory.solver.slope import Problem, prepare, solve_slope
from rdtheory.solver.targets import solve_distortion, solve_rate
from rdtheory.sources.textbook import bernoulli
from tests.make.theory_curves import GAP, ROUND
from tests.problems import problem

SLOPES = 30
"""Most slopes that a target may take: chords alone would take one for each halving of the rate, and
30 for 1e-9."""

ROUNDED = 1e-14
"""Closed forms of rates below 0.7: a few terms of one unit in float64."""

exponents = st.floats(1.0, 9.0)


def fine(rate):
    """A gap that a target so small cannot have for nothing: R(D) >= 0 alone leaves the rate."""
    return max(1e-3 * rate, 1e-12)


def quietly(solve, *asked, **options):
    """Solve, and hold every warning for an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return solve(*asked, **options)


@given(st.floats(1e-3, 0.5), exponents)
def test_any_small_rate_of_a_coin_is_that_of_its_closed_form(p, exponent):
    coin = bernoulli(p)
    highest = coin.closed_form(0.0)
    rate = min(10.0**-exponent, 0.99 * highest)
    point = quietly(solve_rate, coin.p_x, coin.distortion, rate, gap=fine(rate))
    assert point.converged
    assert point.rate == pytest.approx(rate, rel=ROUND, abs=ROUNDED)
    assert -ROUNDED <= point.rate - coin.closed_form(point.distortion) <= point.gap + ROUNDED
    back = quietly(solve_distortion, coin.p_x, coin.distortion, point.distortion, gap=fine(rate))
    assert back.rate == pytest.approx(rate, abs=point.gap + back.gap + ROUNDED)


@given(
    st.sampled_from(["gaussian:50", "gaussian:21", "laplace:30", "uniform:20", "hamming:6"]),
    exponents,
)
def test_any_small_rate_is_between_a_channel_and_the_line_of_its_slope(name, exponent):
    rate = 10.0**-exponent
    point = quietly(solve_rate, *problem(name), rate, gap=fine(rate))
    assert point.converged
    assert point.rate == pytest.approx(rate, rel=ROUND, abs=ROUNDED)
    assert 0.0 < point.beta < math.inf
    line = solve_slope(*problem(name), point.beta, gap=1e-13)
    above = (point.distortion - line.bound) / point.beta + point.rate  # in nats
    assert -ROUNDED <= above <= point.gap + 2e-13


@given(st.integers(0, 2**32 - 1), st.floats(0.0, 12.0), st.booleans())
def test_no_target_on_a_random_curve_is_given_up(seed, exponent, at_left):
    """At either end, and on straight pieces and bends, which random tables have."""
    random = np.random.default_rng(seed)
    n, m = random.integers(2, 6, size=2)
    p_x, table = random.dirichlet(np.ones(n)), random.integers(0, 5, size=(n, m)).astype(float)
    ends = [end(gap=GAP) for end in _ends(p_x, table)]
    share = 10.0**-exponent if at_left else 1.0 - 10.0**-exponent
    rate = (1.0 - share) * ends[0].rate + share * ends[1].rate
    assert quietly(solve_rate, p_x, table, rate).converged
    distortion = table.min(axis=1) @ p_x + (1.0 - share) * ends[0].distortion
    assert quietly(solve_distortion, p_x, table, distortion).converged


def _ends(p_x, table):
    made = prepare(p_x, table)
    return made.at_least_rate, made.at_least_distortion


@pytest.mark.parametrize("rate", [1e-3, 3e-5, 1e-7, 1e-9])
@pytest.mark.parametrize("name", ["bernoulli:.3", "bernoulli:.01", "gaussian:50", "hamming:6"])
def test_a_small_rate_takes_few_slopes(name, rate, monkeypatch):
    solved, solve = [], Problem.solve

    def counted(self, beta, **options):
        solved.append(beta)
        return solve(self, beta, **options)

    monkeypatch.setattr(Problem, "solve", counted)
    assert solve_rate(*problem(name), rate, gap=1e-12).converged
    assert len(solved) <= SLOPES


@pytest.mark.parametrize("rate", [0.25, 1e-2, 1e-5])
@pytest.mark.parametrize("name", ["bernoulli:.3", "hamming:6", "gaussian:50"])
def test_where_float64_tells_no_more_more_slopes_do_not(name, rate, monkeypatch):
    with pytest.warns(RuntimeWarning, match="float64 tells no more apart"):
        point = solve_rate(*problem(name), rate, gap=1e-15)
    monkeypatch.setattr("rdtheory.solver.targets.IDLE", 1000)
    with pytest.warns(RuntimeWarning, match="raise max_slopes"):
        longer = solve_rate(*problem(name), rate, gap=1e-15, max_slopes=150)
    assert longer.gap > 0.5 * point.gap
