"""Several distortions at once: closed forms, one convex program, the conditions of KKT, input."""

import cvxpy
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory import binary_entropy, mutual_information, solve_distortion, solve_slope
from rdtheory.side.several import hidden_distortion, solve_several
from tests.strategies import PROOF

GAP, SUMS, CVXPY = 1e-7, 1e-12, 2e-6
PICTURES = [(0, 0), (0, 1), (1, 0), (1, 1)]
BITS = [[[abs(x[k] - y[k]) for y in PICTURES] for x in PICTURES] for k in range(2)]

SOME = type(PROOF)(PROOF, max_examples=15)
"""Each example is some dozens of slopes."""


def check(p, tables, limits, point):
    """Hold a point against what its channel does, and against optimality."""
    means = np.einsum("x,kxy,xy->k", p, tables, point.channel)
    assert point.converged
    assert 0.0 <= point.gap <= GAP
    assert point.rate == pytest.approx(mutual_information(p, point.channel), abs=SUMS)
    assert means == pytest.approx(point.distortions, abs=SUMS)
    assert (means <= np.asarray(limits) + SUMS).all()
    assert (point.multipliers >= 0.0).all()
    lagrangian = solve_slope(p, np.tensordot(point.multipliers, tables, axes=1), 1.0)
    assert lagrangian.value - point.multipliers @ limits >= point.bound - 1e-9
    assert point.multipliers @ (np.asarray(limits) - means) <= GAP  # complementary slackness


@pytest.mark.parametrize("limits", [(0.05, 0.2), (0.001, 0.49), (0.3, 0.9)])
def test_two_bits_are_told_apart_each_to_its_judge(limits):
    p = np.full(4, 0.25)
    point = solve_several(p, BITS, limits)
    check(p, np.array(BITS), limits, point)
    form = sum(np.log(2) - binary_entropy(min(d, 0.5)) for d in limits)
    assert abs(point.rate - form) <= GAP


def test_one_limit_is_rate_distortion_and_one_with_room_costs_nothing():
    random = np.random.default_rng(0)
    p, tables = random.dirichlet(np.ones(5)), random.random((2, 5, 6))
    alone = solve_distortion(p, tables[0], 0.2)
    assert abs(solve_several(p, tables[:1], [0.2]).rate - alone.rate) <= GAP
    both = solve_several(p, tables, [0.2, 1.0])
    assert abs(both.rate - alone.rate) <= GAP
    assert both.multipliers[1] == 0.0


def test_a_picture_and_its_label():
    """A fair bit X is what S is, but for one time in ten: D_s = (1 - 2a) D + a of D alone."""
    label = hidden_distortion([[0.9, 0.1], [0.1, 0.9]], 1 - np.eye(2))
    point = solve_several([0.5, 0.5], [1 - np.eye(2), label], [0.3, 0.26])
    assert abs(point.rate - (np.log(2) - binary_entropy(0.2))) <= GAP  # (0.26 - a) / (1 - 2a)
    assert point.multipliers[0] == 0.0


@pytest.mark.parametrize(("seed", "count"), [(1, 2), (2, 3)])
def test_one_convex_program_finds_the_same(seed, count):
    random = np.random.default_rng(seed)
    p, tables = random.dirichlet(np.ones(4)), random.random((count, 4, 5))
    inside = random.dirichlet(np.full(5, 0.1), size=4)
    limits = np.einsum("x,kxy,xy->k", p, tables, inside) + 0.02
    point = solve_several(p, tables, limits)
    check(p, tables, limits, point)
    q = cvxpy.Variable((4, 5), nonneg=True)
    rate = sum(p[x] * cvxpy.sum(cvxpy.rel_entr(q[x], p @ q)) for x in range(4))
    means = [cvxpy.sum(cvxpy.multiply(p[:, None] * table, q)) for table in tables]
    rules = [mean <= limit for mean, limit in zip(means, limits, strict=True)]
    program = cvxpy.Problem(cvxpy.Minimize(rate), [cvxpy.sum(q, axis=1) == 1, *rules])
    program.solve(solver="CLARABEL")
    assert abs(point.rate - program.value) <= CVXPY


@given(st.integers(0, 10**6))
@SOME
def test_no_channel_within_the_limits_has_less_than_the_bound(seed):
    random = np.random.default_rng(seed)
    n, m, count = random.integers(1, 6, size=3)
    count = min(count, 3)
    p, tables = random.dirichlet(np.ones(n)), random.random((count, n, m))
    tables *= 10.0 ** random.uniform(-3, 3, size=(count, 1, 1))
    inside = random.dirichlet(np.full(m, 0.2), size=n)
    limits = np.einsum("x,kxy,xy->k", p, tables, inside) + 0.01 * tables.mean(axis=(1, 2))
    point = solve_several(p, tables, limits)
    assert point.converged
    assert point.bound <= mutual_information(p, inside) + SUMS
    assert (point.distortions <= limits * (1 + SUMS)).all()


def test_counts_and_labels():
    p = pd.Series([1, 1, 1, 1], index=list("abcd"))
    tables = [pd.DataFrame(table, index=list("abcd")) for table in BITS]
    point = solve_several(p, tables, [0.1, 0.1], normalise=True)
    assert point.rate == solve_several([0.25] * 4, BITS, [0.1, 0.1]).rate
    with pytest.raises(ValueError, match=r"distortions\[1\] must have its rows in the order"):
        solve_several(p, [tables[0], tables[1][::-1]], [0.1, 0.1], normalise=True)


def test_multipliers_that_run_out_are_warned_of():
    with pytest.warns(RuntimeWarning, match="raise max_slopes"):
        point = solve_several([0.25] * 4, BITS, [0.1, 0.2], max_slopes=2)
    assert not point.converged
    form = 2 * np.log(2) - binary_entropy(0.1) - binary_entropy(0.2)
    assert point.bound <= form <= point.rate + SUMS


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([0.5, 0.6], [np.eye(2)], [1.0]), "p_x must sum to 1"),
        (([0.5, 0.5], [np.eye(3)], [1.0]), "distortions[0] must have shape (2, any)"),
        (([0.5, 0.5], [[[0, np.inf], [1, 0]]], [1.0]), "distortions[0] must be finite"),
        (([0.5, 0.5], [np.eye(2)], [1.0, 2.0]), "limits must have one entry per distortion, 1"),
        (([0.5, 0.5], [np.eye(2), 1 - np.eye(2)], [0.4, 0.5]), "limits must be above what some"),
    ],
)
def test_bad_input_is_one_line(arguments, words):
    with pytest.raises(ValueError, match="must") as caught:
        solve_several(*arguments)
    assert words in str(caught.value)
