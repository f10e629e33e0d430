"""The best within a budget, against closed forms, cvxpy and what lines prove."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import entr

from rdtheory import mutual_information, solve_capacity
from tests.make.theory_inputs import SUMS, cvxpy_capacity, judge_input
from tests.strategies import PROOF, conditionals, ordinary, pmfs

GAP = 1e-9
CVXPY = 1e-6
"""Nats by which Clarabel's own tolerances of 1e-8 may leave a value of some nats off."""


def random_problem(seed, n, m):
    random = np.random.default_rng(seed)
    return random.dirichlet(np.ones(m), size=n), random.random(n)


def check(rows, cost, budget, point):
    """Hold a point against its own line: nothing within the budget is above, and it is reached."""
    assert point.converged
    assert point.gap <= GAP
    assert point.cost <= budget + 1e-12 * (1 + abs(budget))
    reached, _, _ = judge_input(rows, point.input)
    assert point.capacity <= reached + SUMS
    assert point.capacity >= reached - GAP
    assert point.support.size <= np.asarray(rows).shape[1] + 1


# -- closed forms ----------------------------------------------------------------------------------


@pytest.mark.parametrize("budget", [0.0, 1e-9, 1e-3, 0.1, 0.3, 0.5])
@pytest.mark.parametrize("flip", [0.0, 0.1])
def test_a_bit_that_costs_where_it_is_one(budget, flip):
    """C(B) = h(B * q) - h(q) with B * q = B (1 - q) + (1 - B) q, up to B = 1/2."""
    rows = [[1 - flip, flip], [flip, 1 - flip]]
    point = solve_capacity(rows, [0, 1], budget)
    check(rows, [0, 1], budget, point)
    sent = budget * (1 - flip) + (1 - budget) * flip
    form = entr(sent) + entr(1 - sent) - entr(flip) - entr(1 - flip)
    assert abs(point.capacity - form) <= GAP + SUMS
    assert point.cost == pytest.approx(budget, abs=1e-12)


@pytest.mark.parametrize("budget", [1.01, 1.4, 2.0, 2.4])
def test_letters_without_noise_are_sent_by_boltzmanns_law(budget):
    cost = np.array([1.0, 2.0, 4.0])
    point = solve_capacity(np.eye(3), cost, budget)
    if budget >= cost.mean():
        assert point.capacity == pytest.approx(math.log(3), abs=GAP)
        return
    check(np.eye(3), cost, budget, point)
    law = np.exp(-point.slope * cost)
    law /= law.sum()
    assert point.input == pytest.approx(law, abs=1e-4)
    assert point.capacity == pytest.approx(entr(law).sum(), abs=1e-4)


def test_the_least_cost_has_the_cheapest_letters_alone():
    rows, _ = random_problem(3, 6, 5)
    cost = np.array([2.0, 1.0, 1.0, 3.0, 1.0, 2.0])
    point = solve_capacity(rows, cost, 1.0)
    check(rows, cost, 1.0, point)
    assert set(point.support) <= {1, 2, 4}
    cheap = solve_capacity(rows[[1, 2, 4]])
    assert point.capacity == pytest.approx(cheap.capacity, abs=GAP)
    assert (point.cost, point.slope) == (1.0, math.inf)


def test_a_budget_that_does_not_bind_says_so():
    rows, cost = random_problem(4, 6, 5)
    free = solve_capacity(rows, cost)
    point = solve_capacity(rows, cost, 10.0)
    assert (point.capacity, point.slope) == (free.capacity, 0.0)
    assert point.note == f"a budget of 10 is not spent: {free.cost:.6g} is enough"
    assert solve_capacity(rows, cost, free.cost).note == ""


def test_where_dear_letters_are_twins_of_cheap_ones_none_is_sent():
    rows = np.array([[0.9, 0.1], [0.9, 0.1], [0.2, 0.8], [0.2, 0.8]])
    best = solve_capacity(rows).capacity
    for cost in ([0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 1, 0]):
        for budget in (0.0, 0.3, 0.9):
            point = solve_capacity(rows, cost, budget)
            check(rows, cost, budget, point)
            assert point.capacity == pytest.approx(best, abs=GAP)


def test_costs_that_are_all_the_same_change_nothing():
    rows, _ = random_problem(5, 6, 5)
    point = solve_capacity(rows, np.full(6, 3.0), 3.0)
    assert point.capacity == pytest.approx(solve_capacity(rows).capacity, abs=GAP)
    assert point.cost == pytest.approx(3.0)


@pytest.mark.parametrize(("offset", "scale"), [(0, 1e-200), (0, 1e200), (1e6, 1.0), (-3.0, 1e-5)])
def test_the_unit_and_the_origin_of_costs_do_not_matter(offset, scale):
    rows, cost = random_problem(6, 8, 6)
    budget = 0.4 * cost.min() + 0.6 * cost.mean()
    plain = solve_capacity(rows, cost, budget)
    point = solve_capacity(rows, offset + scale * cost, offset + scale * budget)
    assert point.converged
    rounded = plain.slope * abs(offset) / scale * 1e-15
    assert point.capacity == pytest.approx(plain.capacity, abs=2 * GAP + rounded)
    assert point.slope * scale == pytest.approx(plain.slope, rel=1e-3)


# -- judges ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "m"), [(10, 10), (20, 5), (5, 20)])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_cvxpy_finds_the_same(n, m, share):
    rows, cost = random_problem(n + m, n, m)
    free = solve_capacity(rows, cost)
    budget = cost.min() + share * (free.cost - cost.min())
    point = solve_capacity(rows, cost, budget)
    check(rows, cost, budget, point)
    assert abs(point.capacity - cvxpy_capacity(rows, cost, budget)) <= CVXPY


shapes = st.tuples(st.integers(1, 4), st.integers(1, 4))


@given(shapes.flatmap(lambda shape: conditionals(*shape)), st.data())
@PROOF
def test_no_input_within_the_budget_is_better(rows, data):
    n = rows.shape[0]
    cost = np.array(data.draw(st.lists(ordinary, min_size=n, max_size=n)))
    other = data.draw(pmfs(n))
    budget = max(float(other @ cost), float(cost.min()))
    point = solve_capacity(rows, cost, budget)
    check(rows, cost, budget, point)
    assert mutual_information(other, rows) <= point.capacity + point.gap + SUMS


def test_a_cap_that_is_hit_warns_and_names_the_argument():
    rows, cost = random_problem(8, 30, 30)
    with pytest.warns(RuntimeWarning, match="raise max_slopes"):
        point = solve_capacity(rows, cost, 1.05 * cost.min(), max_slopes=2)
    assert not point.converged
    best = solve_capacity(rows, cost, 1.05 * cost.min())
    assert point.capacity <= best.capacity + SUMS
    assert best.capacity <= point.capacity + point.gap + SUMS
