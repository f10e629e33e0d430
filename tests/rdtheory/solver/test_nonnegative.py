"""The active set against scipy's non-negative least squares, and the Karush-Kuhn-Tucker rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import nnls

from rdtheory.solver.nonnegative import (
    RIDGE,
    append,
    minimum_by_blocks,
    nonnegative_minimum,
    remove,
    solve_lower,
)
from tests.strategies import PROOF

FLAT = 1e-13
"""Gain of freeing an entry that counts as rounding."""

SLACK = 1e-9
"""Matrices of unit diagonal and condition below 1e5: 1e5 * 2.2e-16 * a few dozen terms."""


def problem(seed, size, rows):
    """Draw a least-squares problem with unit columns: M = A^T A, linear = A^T b."""
    generator = np.random.default_rng(seed)
    a = generator.normal(size=(rows, size))
    a /= np.linalg.norm(a, axis=0)
    return a, generator.normal(size=rows), generator


def value(matrix, linear, w):
    return 0.5 * w @ matrix @ w - linear @ w


@st.composite
def programmes(draw):
    """Draw (A, b, start): starts on the boundary and inside, at least one entry positive."""
    seed, size = draw(st.integers(0, 2**32 - 1)), draw(st.integers(1, 12))
    a, b, generator = problem(seed, size, size + draw(st.integers(2, 8)))
    start = generator.random(size) * draw(st.sampled_from([1e-6, 1.0, 100.0]))
    start[generator.random(size) < draw(st.sampled_from([0.0, 0.5, 1.0]))] = 0.0
    if not start.any():
        start[0] = 1.0
    return a, b, start


@PROOF
@given(programmes())
def test_the_minimum_satisfies_karush_kuhn_tucker(drawn):
    a, b, start = drawn
    matrix, linear = a.T @ a, a.T @ b
    w = nonnegative_minimum(matrix, linear, start, np.full(linear.size, FLAT))
    gradient = matrix @ w - linear
    assert w.min() >= 0.0
    assert gradient.min() >= -SLACK
    assert np.abs(w * gradient).max() <= SLACK


@PROOF
@given(programmes())
def test_the_minimum_is_that_of_scipy(drawn):
    a, b, start = drawn
    matrix, linear = a.T @ a, a.T @ b
    w = nonnegative_minimum(matrix, linear, start, np.full(linear.size, FLAT))
    expected, _ = nnls(a, b)
    assert value(matrix, linear, w) == pytest.approx(value(matrix, linear, expected), abs=SLACK)


@PROOF
@given(programmes())
def test_the_minimum_is_never_worse_than_the_start_and_leaves_it_alone(drawn):
    a, b, start = drawn
    matrix, linear, before = a.T @ a, a.T @ b, start.copy()
    w = nonnegative_minimum(matrix, linear, start, np.full(linear.size, FLAT))
    scale = 1 + abs(value(matrix, linear, start))
    assert value(matrix, linear, w) <= value(matrix, linear, start) + SLACK * scale
    assert np.array_equal(start, before)


@pytest.mark.parametrize("size", [50, 120])
def test_larger_programmes_match_scipy_too(size):
    a, b, _ = problem(size, size, 2 * size)
    matrix, linear = a.T @ a, a.T @ b
    start = np.eye(1, size).ravel()
    w = nonnegative_minimum(matrix, linear, start, np.full(size, FLAT))
    np.testing.assert_allclose(w, nnls(a, b)[0], rtol=0, atol=SLACK)


def test_equal_columns_share_one_place_without_harm():
    """A singular matrix, as of outputs that are there twice; the ridge decides, and KKT hold."""
    a, b, _ = problem(3, 4, 8)
    a = np.hstack([a, a])
    matrix = a.T @ a + RIDGE * np.eye(8)
    linear = a.T @ b
    w = nonnegative_minimum(matrix, linear, np.full(8, 0.1), np.full(8, FLAT))
    expected, _ = nnls(a[:, :4], b)
    assert value(matrix, linear, w) == pytest.approx(
        value(matrix[:4, :4], linear[:4], expected), abs=SLACK
    )


def test_an_entry_whose_gain_is_flat_stays_at_zero():
    w = nonnegative_minimum(np.eye(2), np.array([1.0, 1e-3]), np.array([1.0, 0.0]), np.full(2, 0.1))
    assert w.tolist() == [1.0, 0.0]


def test_the_unconstrained_minimum_is_taken_where_it_is_feasible():
    a, _, generator = problem(5, 6, 12)
    inside = generator.random(6) + 0.1
    matrix = a.T @ a
    w = nonnegative_minimum(matrix, matrix @ inside, np.ones(6), np.full(6, FLAT))
    np.testing.assert_allclose(w, inside, rtol=0, atol=SLACK)


# -- the factor ------------------------------------------------------------------------------------


@pytest.mark.parametrize("position", range(5))
def test_a_factor_that_loses_a_column_is_the_factor_of_the_rest(position):
    a, _, _ = problem(7, 5, 10)
    matrix = a.T @ a
    factor = np.linalg.cholesky(matrix).T.copy()
    remove(factor, 5, position)
    kept = np.delete(np.arange(5), position)
    upper = np.triu(factor[:4, :4])
    np.testing.assert_allclose(upper.T @ upper, matrix[np.ix_(kept, kept)], rtol=0, atol=SLACK)


def test_a_factor_that_gains_a_column_is_the_factor_of_all():
    a, _, _ = problem(8, 5, 10)
    matrix = a.T @ a
    factor = np.zeros((5, 5))
    factor[:4, :4] = np.linalg.cholesky(matrix[:4, :4]).T
    append(factor, matrix[:4, 4].copy(), matrix[4, 4])
    np.testing.assert_allclose(factor, np.linalg.cholesky(matrix).T, rtol=0, atol=SLACK)


def test_a_column_that_is_there_already_leaves_the_ridge_as_pivot():
    factor = np.zeros((2, 2))
    factor[0, 0] = 1.0
    append(factor, np.array([1.0]), 1.0)
    assert factor[1, 1] == pytest.approx(np.sqrt(RIDGE), rel=1e-12)


def test_a_triangle_is_solved():
    upper = np.array([[2.0, 1.0], [0.0, 4.0]])
    assert solve_lower(upper, np.array([2.0, 9.0])).tolist() == [1.0, 2.0]


@PROOF
@given(programmes())
def test_blocks_find_the_same_minimum_whichever_entries_are_free_at_first(drawn):
    a, b, start = drawn
    matrix, linear = a.T @ a, a.T @ b
    flat = np.full(linear.size, FLAT)
    expected = nonnegative_minimum(matrix, linear, start, flat)
    for free in (start > 0.0, np.ones(linear.size, dtype=np.bool_)):
        found = minimum_by_blocks(matrix, linear, free, flat)
        if found is not None:  # it need not end
            np.testing.assert_allclose(found, expected, atol=SLACK)
