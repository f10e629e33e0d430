import math
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory.solver.blahut_arimoto import blahut_arimoto
from rdtheory.solver.certificate import certify
from rdtheory.solver.convex_program import _dual_bound, solve_convex_program
from tests.strategies import PROOF, pmfs, positive
from tests.tolerances import ROUNDING

JUDGED = 1e-7
"""Gap in nats at Clarabel's own default tolerance of 1e-8; 5e-10 is the worst seen."""

JUDGED_LOOSELY = 1e-3
"""Gap in nats of SCS, a first-order method whose own default tolerance is 1e-4."""

HAMMING = 1.0 - np.eye(2)


def coin(p):
    return -p * math.log(p) - (1 - p) * math.log(1 - p)


def random_problem(seed, n=6, m=8):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(n)), rng.exponential(size=(n, m)), 0.3


@pytest.mark.parametrize("p", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_bernoulli_source(p, share):
    d = share * p
    beta = 1 / math.log((1 - d) / d)
    closed = d + beta * (coin(p) - coin(d))
    found = solve_convex_program([1 - p, p], HAMMING, beta)
    assert found.status == "optimal"
    assert found.gap <= JUDGED
    assert found.bound - ROUNDING <= closed <= found.value + ROUNDING


@pytest.mark.parametrize("m", [2, 5, 20])
@pytest.mark.parametrize("beta", [0.1, 1.0])
def test_uniform_source(m, beta):
    misses = (m - 1) * math.exp(-1 / beta)
    d = misses / (1 + misses)
    closed = d + beta * (math.log(m) - coin(d) - d * math.log(m - 1))
    found = solve_convex_program(np.full(m, 1 / m), 1.0 - np.eye(m), beta)
    assert found.gap <= JUDGED
    assert found.bound - ROUNDING <= closed <= found.value + ROUNDING


@pytest.mark.parametrize("beta", [0.5, 2.0])
def test_forbidden_pairs_and_letters_of_no_mass(beta):
    table = [[0, math.inf, 1], [math.inf, 0, 1], [math.inf] * 3]
    found = solve_convex_program([0.5, 0.5, 0.0], table, beta)
    closed = min(1.0, beta * math.log(2))
    assert found.gap <= JUDGED
    assert found.bound - ROUNDING <= closed <= found.value + ROUNDING


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("n", "m"), [(6, 8), (8, 3)])
def test_it_agrees_with_blahut_and_arimoto(seed, n, m):
    problem = random_problem(seed, n, m)
    judge, party = solve_convex_program(*problem), blahut_arimoto(*problem, gap=1e-6)
    assert judge.gap <= JUDGED
    assert max(judge.bound, party.bound) <= min(judge.value, party.value) + ROUNDING


def test_value_rate_and_distortion_are_those_of_its_marginal():
    problem = random_problem(0)
    found = solve_convex_program(*problem)
    certificate = certify(*problem, found.marginal)
    assert found.marginal.sum() == pytest.approx(1.0, abs=ROUNDING)
    assert (found.marginal >= 0).all()
    for name in ("value", "rate", "distortion"):
        assert getattr(found, name) == pytest.approx(getattr(certificate, name), abs=ROUNDING)
    assert found.bound >= certificate.bound


@PROOF
@given(st.data())
def test_any_prices_prove_a_bound(data):
    n, m = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    p, r = data.draw(pmfs(n, positive)), data.draw(pmfs(m, positive))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    kernel, prices = rng.random((n, m)), rng.exponential(size=n)
    reached = -p @ np.log(kernel @ r)
    assert _dual_bound(p, kernel, prices) <= reached + ROUNDING
    assert _dual_bound(p, kernel, p / (kernel @ r)) <= reached + ROUNDING


def test_prices_that_are_not_positive_prove_nothing():
    assert _dual_bound(np.ones(1), np.ones((1, 1)), np.zeros(1)) == -math.inf


def test_another_solver_may_be_asked():
    problem = random_problem(0)
    found, judge = solve_convex_program(*problem, solver="SCS"), solve_convex_program(*problem)
    assert found.gap <= JUDGED_LOOSELY
    assert max(found.bound, judge.bound) <= min(found.value, judge.value) + ROUNDING


def test_a_solver_stopped_early_still_proves_its_gap(capfd):
    problem = random_problem(0)
    early = solve_convex_program(*problem, options={"max_iter": 4})
    found = solve_convex_program(*problem)
    assert early.status == "user_limit"
    assert early.gap > JUDGED
    assert early.bound <= found.value
    assert found.bound <= early.value
    assert capfd.readouterr() == ("", "")


def test_a_solver_without_a_solution_is_an_error():
    with pytest.raises(RuntimeError, match="CLARABEL"):
        solve_convex_program(*random_problem(0), options={"max_iter": 0, "time_limit": 1e-12})


def test_a_missing_cvxpy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "cvxpy", None)
    with pytest.raises(ImportError, match=r"needs cvxpy: pip install -e '\.\[test\]'"):
        solve_convex_program([0.5, 0.5], HAMMING, 1.0)


ARGUMENTS = {"p_x": [0.7, 0.3], "distortion": HAMMING, "beta": 1.0}


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"p_x": [0.7, 0.2]}, "p_x must sum to 1"),
        ({"distortion": [[0, 1]]}, r"distortion must have shape \(2, any\)"),
        ({"distortion": [[math.inf] * 2, [1, 0]]}, "distortion must have a finite entry"),
        ({"beta": -1.0}, "beta must be"),
        ({"solver": "OSQP"}, "solver must be one of .*CLARABEL.*, got 'OSQP'"),
    ],
)
def test_wrong_values_are_named(wrong, rule):
    with pytest.raises(ValueError, match=rule):
        solve_convex_program(**(ARGUMENTS | wrong))


@pytest.mark.parametrize("offset", [1e6, -1e12])
def test_an_offset_leaves_the_program_as_it_was(offset):
    table = np.array([[0.0, 1.0], [1.0, 0.0]])
    plain, shifted = (solve_convex_program([0.3, 0.7], d, 0.5) for d in (table, table + offset))
    assert shifted.rate == plain.rate
    assert shifted.gap == plain.gap <= 1e-6
    assert shifted.bound == shifted.value - 0.5 * shifted.gap
