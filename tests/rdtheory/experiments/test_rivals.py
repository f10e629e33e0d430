import math

import numpy as np
import pytest

from rdtheory.experiments import rivals
from rdtheory.solver.certificate import certify
from tests.tolerances import ROUNDING

COARSE = 1e-4
"""Gap in nats that Blahut-Arimoto can be held to on a continuous source in few iterations."""

FINE = 1e-9
"""Gap in nats that the interior-point methods reach everywhere."""

BUDGET = 5000
"""Iterations within which Blahut-Arimoto reaches the coarse gap on all of these problems."""

STEPS = 20
"""Newton steps within which the interior-point method reaches the fine gap on all of these."""

HAMMING = 1.0 - np.eye(2)


def gaussian(n, beta=0.5):
    x = np.linspace(-4, 4, n)
    p = np.exp(-x * x / 2)
    return p / p.sum(), np.subtract.outer(x, x) ** 2, beta


def random_problem(n, m, beta, seed=0):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(n)), rng.random((n, m)), beta


def forbidding():
    """A source with letters of no mass, and half of all pairs forbidden."""
    rng = np.random.default_rng(0)
    table = np.where(rng.random((30, 40)) < 0.5, math.inf, rng.random((30, 40)))
    table[:, 0] = 2.0
    table[0] = math.inf
    return np.r_[0.0, rng.dirichlet(np.ones(29))], table, 0.2


PROBLEMS = {
    "gaussian": gaussian(100),
    "gaussian, small slope": gaussian(100, 0.02),
    "gaussian, large slope": gaussian(100, 5.0),
    "random": random_problem(60, 80, 0.05),
    "random, wide": random_problem(5, 55, 0.3),
    "random, tall": random_problem(64, 5, 0.3),
    "bernoulli": ([0.7, 0.3], HAMMING, 0.5),
    "bernoulli, critical": ([0.7, 0.3], HAMMING, 1 / math.log(7 / 3)),
    "forbidding": forbidding(),
    "unlikely": ([1.0 - 1e-20, 1e-20], [[0, math.inf], [math.inf, 0]], 0.2),
    "one output": ([0.5, 0.5], [[3.0], [1.0]], 1.0),
    "no choice": (np.full(4, 0.25), np.repeat(1.0 - np.eye(4), 2, axis=1), 0.5),
}

every_problem = pytest.mark.parametrize("name", PROBLEMS)
every_rival = pytest.mark.parametrize(
    "rival",
    [
        rivals.plain_blahut_arimoto,
        rivals.tuned_blahut_arimoto,
        rivals.dense_interior_point,
        rivals.cvxpy_clarabel,
    ],
)


@every_problem
@pytest.mark.parametrize("rival", [rivals.plain_blahut_arimoto, rivals.tuned_blahut_arimoto])
def test_blahut_arimoto_keeps_its_promise(name, rival):
    problem = PROBLEMS[name]
    r = rival(*problem, COARSE, math.inf, max_iterations=BUDGET)
    assert certify(*problem, r).gap <= COARSE + ROUNDING


@every_problem
def test_interior_point_keeps_its_promise(name):
    problem = PROBLEMS[name]
    r = rivals.dense_interior_point(*problem, FINE, math.inf, max_iterations=STEPS)
    assert certify(*problem, r).gap <= FINE + ROUNDING


@pytest.mark.parametrize(
    "problem",
    [gaussian(200), gaussian(200, 0.01), random_problem(60, 80, 0.5)],
    ids=["gaussian", "gaussian, small slope", "random"],
)
def test_interior_point_keeps_its_promise_on_larger_problems(problem):
    r = rivals.dense_interior_point(*problem, FINE, math.inf, max_iterations=STEPS)
    assert certify(*problem, r).gap <= FINE + ROUNDING


@every_problem
def test_interior_point_asked_for_too_much_ends_at_rounding(name):
    problem = PROBLEMS[name]
    r = rivals.dense_interior_point(*problem, 0.0, math.inf)
    assert certify(*problem, r).gap <= ROUNDING


@every_problem
def test_clarabel_keeps_its_promise(name):
    problem = PROBLEMS[name]
    r = rivals.cvxpy_clarabel(*problem, COARSE, math.inf)
    assert certify(*problem, r).gap <= COARSE


@pytest.mark.parametrize("name", ["gaussian", "random", "bernoulli"])
def test_all_find_the_same_optimum(name):
    problem = PROBLEMS[name]
    fine = certify(*problem, rivals.dense_interior_point(*problem, FINE, math.inf))
    for rival in (
        rivals.plain_blahut_arimoto,
        rivals.tuned_blahut_arimoto,
        rivals.cvxpy_clarabel,
    ):
        found = certify(*problem, rival(*problem, COARSE, math.inf))
        assert fine.bound - ROUNDING <= found.value <= fine.bound + problem[-1] * COARSE


def test_the_two_blahut_arimotos_take_the_same_path():
    problem = gaussian(50)
    plain = rivals.plain_blahut_arimoto(*problem, 0.0, math.inf, max_iterations=500)
    tuned = rivals.tuned_blahut_arimoto(*problem, 0.0, math.inf, max_iterations=500)
    np.testing.assert_allclose(tuned, plain, atol=ROUNDING)


def test_outputs_left_out_too_early_come_back(monkeypatch):
    problem = PROBLEMS["random"]
    monkeypatch.setattr(rivals, "NEGLIGIBLE", 0.05)  # leaves out some that the optimum uses
    r = rivals.tuned_blahut_arimoto(*problem, COARSE, math.inf, max_iterations=BUDGET)
    assert (r == 0).any()
    assert certify(*problem, r).gap <= COARSE + ROUNDING


@pytest.mark.parametrize(
    "rival",
    [rivals.plain_blahut_arimoto, rivals.tuned_blahut_arimoto, rivals.dense_interior_point],
)
def test_without_time_the_first_marginal_is_returned(rival):
    problem = gaussian(20)
    np.testing.assert_allclose(rival(*problem, FINE, 0.0), np.full(20, 1 / 20))


def test_clarabel_without_time_returns_a_marginal():
    r = rivals.cvxpy_clarabel(*gaussian(20), FINE, 1e-12)
    assert r.sum() == pytest.approx(1.0, abs=ROUNDING)
    assert (r >= 0).all()


@every_rival
def test_arguments_are_left_as_they_are(rival):
    p_x, table, beta = gaussian(20)
    given = p_x.copy(), table.copy()
    rival(p_x, table, beta, COARSE, math.inf)
    np.testing.assert_array_equal(p_x, given[0])
    np.testing.assert_array_equal(table, given[1])


@every_rival
@pytest.mark.parametrize(
    ("p_x", "table", "beta", "rule"),
    [
        ([0.7, 0.2], HAMMING, 1.0, "p_x must sum to 1"),
        ([0.7, 0.3], [[0, 1]], 1.0, "distortion must have shape"),
        ([0.7, 0.3], HAMMING, 0.0, "beta must be"),
    ],
)
def test_wrong_problems_are_named(rival, p_x, table, beta, rule):
    with pytest.raises(ValueError, match=rule):
        rival(p_x, table, beta, COARSE, math.inf)
