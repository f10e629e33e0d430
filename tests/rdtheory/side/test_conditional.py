"""Conditional rate-distortion: closed forms, one convex program of all y at once, input."""

import math

import cvxpy
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory import binary_entropy, conditional_entropy, solve_distortion, solve_slope
from rdtheory.side.conditional import (
    solve_conditional,
    solve_conditional_distortion,
    solve_conditional_rate,
)
from rdtheory.sources.joints import gaussian_pair, symmetric_pair
from tests.make.theory_joints import binary_pair, random_joint
from tests.strategies import PROOF

GAP, SUMS, CVXPY = 1e-9, 1e-13, 1e-6
HAMMING = 1.0 - np.eye(2)

FEW = type(PROOF)(PROOF, max_examples=30)
"""Each example is solved for every y."""


def check(joint, distortion, point, gap=GAP):
    """Hold a point against what its channels do, in long double."""
    joint = np.asarray(joint, dtype=np.longdouble)
    whole = joint.T[:, :, None] * point.channels  # y, x, m
    heard, seen = whole.sum(axis=1, keepdims=True), whole.sum(axis=2, keepdims=True)
    y = heard.sum(axis=2, keepdims=True)
    inside = np.where(whole > 0, whole * y / np.where(whole > 0, heard * seen, 1), 1)
    rate = float((whole * np.log(inside)).sum())
    mean = float((whole * np.where(whole > 0, distortion, 0)).sum())
    assert point.converged
    assert 0.0 <= point.gap <= gap
    assert rate - SUMS <= point.rate <= rate + gap
    assert mean == pytest.approx(point.distortion, abs=1e-12 * (1 + abs(mean)))
    p_y = np.asarray(joint.sum(axis=0), dtype=float)
    assert point.rates @ p_y == pytest.approx(point.rate, abs=1e-12)
    assert point.distortions @ p_y == pytest.approx(point.distortion, abs=1e-12 * (1 + abs(mean)))


@pytest.mark.parametrize("p", [0.02, 0.25])
@pytest.mark.parametrize("share", [1e-6, 0.5, 0.99])
def test_the_doubly_symmetric_pair_is_a_coin_given_the_other(p, share):
    point = solve_conditional_distortion(symmetric_pair(p), HAMMING, share * p)
    check(binary_pair(p), HAMMING, point)
    assert abs(point.rate - binary_entropy(p) + binary_entropy(share * p)) <= GAP
    back = solve_conditional_rate(binary_pair(p), HAMMING, point.rate)
    assert back.distortion == pytest.approx(share * p, abs=1e-8)


def test_gaussians_have_the_rate_of_what_is_not_known_yet():
    """R(D) = 1/2 log((1 - rho^2) / D), at both ends as at the decoder alone; here on a grid."""
    rho, points = 0.8, 81
    pair, x = gaussian_pair(rho, points), np.linspace(-4, 4, points)
    table = (x[:, None] - x) ** 2
    point = solve_conditional(pair, table, 0.3, gap=1e-7)
    assert point.distortion == pytest.approx(0.15, abs=1e-3)
    assert point.rate == pytest.approx(0.5 * math.log((1 - rho**2) / point.distortion), abs=2e-3)


def test_both_ends_of_the_curve():
    joint = random_joint(1, (4, 3))
    zero = solve_conditional_rate(joint, 1 - np.eye(4), 0.0)
    assert (zero.rate, zero.beta) == (0.0, math.inf)
    assert zero.distortion == pytest.approx(1 - joint.max(axis=0).sum())
    none = solve_conditional_distortion(joint, 1 - np.eye(4), 0.0)
    assert none.rate == pytest.approx(conditional_entropy(joint, given="columns"), abs=GAP)
    assert "gain nothing more" in solve_conditional_rate(joint, 1 - np.eye(4), 9.0).note
    assert "less distortion" in solve_conditional_distortion(joint, 1 - np.eye(4), 9.0).note


def test_side_information_that_tells_nothing_leaves_the_source_alone():
    p, table = np.array([0.4, 0.4, 0.2]), np.array([[0.0, 1, 4], [1, 0, 1], [4, 1, np.inf]])
    joint = np.outer(p, [0.3, 0.0, 0.7])
    point = solve_conditional_distortion(joint, table, 0.8)
    check(joint, table, point)
    assert point.rate == pytest.approx(solve_distortion(p, table, 0.8).rate, abs=2 * GAP)


def test_one_convex_program_of_all_y_finds_the_same():
    joint = random_joint(2, (4, 3))
    table = np.random.default_rng(2).random((4, 4))
    target = float(joint.sum(axis=1) @ table.min(axis=1)) + 0.05
    point = solve_conditional_distortion(joint, table, target)
    check(joint, table, point)
    channels = [cvxpy.Variable((4, 4), nonneg=True) for _ in range(3)]
    rate = mean = 0
    for y, q in enumerate(channels):
        mass = joint[:, y]
        heard = (mass / mass.sum())[None] @ q
        rate += sum(mass[x] * cvxpy.sum(cvxpy.rel_entr(q[x], heard[0])) for x in range(4))
        mean += cvxpy.sum(cvxpy.multiply(mass[:, None] * table, q))
    limits = [cvxpy.sum(q, axis=1) == 1 for q in channels] + [mean <= target]
    program = cvxpy.Problem(cvxpy.Minimize(rate), limits)
    program.solve(solver="CLARABEL")
    assert abs(program.value - point.rate) <= CVXPY


@given(st.integers(0, 10**6), st.sampled_from([0.05, 0.5]))
@FEW
def test_the_bound_is_below_what_side_information_unseen_costs(seed, beta):
    random = np.random.default_rng(seed)
    n, k, m = random.integers(1, 5, size=3)
    joint = random.dirichlet(np.full(n * k, 0.3)).reshape(n, k)
    table = random.random((n, m)) + random.integers(-3, 4, size=(n, 1))
    point = solve_conditional(joint, table, beta)
    check(joint, table, point)
    assert point.bound <= solve_slope(joint.sum(axis=1), table, beta).value + SUMS


def test_counts_and_labels():
    joint = pd.DataFrame([[30, 10], [10, 30]], index=["a", "b"])
    table = pd.DataFrame(HAMMING, index=["a", "b"])
    point = solve_conditional(joint, table, 0.3, normalise=True)
    assert point.value == pytest.approx(solve_conditional(binary_pair(0.25), HAMMING, 0.3).value)
    with pytest.raises(ValueError, match="distortion must have its rows in the order"):
        solve_conditional(joint, table[::-1], 0.3, normalise=True)


def test_slopes_that_run_out_are_warned_of():
    with pytest.warns(RuntimeWarning, match="raise max_slopes"):
        point = solve_conditional_rate(binary_pair(0.25), HAMMING, 0.2, max_slopes=1)
    assert not point.converged
    best = solve_conditional_distortion(binary_pair(0.25), HAMMING, point.distortion)
    assert point.rate - point.gap - SUMS <= best.rate <= point.rate + GAP
