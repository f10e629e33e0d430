"""Programmes without a matrix, held against the active set that has one."""

import numpy as np
import pytest

from rdtheory.solver import conjugate
from rdtheory.solver.conjugate import LOOSE, minimum_by_gradients
from rdtheory.solver.nonnegative import nonnegative_minimum


def programme(seed, size=40, many=400):
    """Rows of length one that are much alike, a linear term, and a start of zeros and others."""
    rng = np.random.default_rng(seed)
    rows = rng.exponential(size=(size, many)) ** 4
    rows /= np.linalg.norm(rows, axis=1)[:, None]
    start = np.maximum(rng.normal(size=size), 0.0)
    return rows, rng.normal(size=size), start


@pytest.mark.parametrize("seed", range(5))
def test_both_end_at_the_same_minimum(seed):
    rows, whole, start = programme(seed)
    matrix = rows @ rows.T
    w = minimum_by_gradients(rows, whole - matrix @ start, start)
    exact = nonnegative_minimum(matrix, whole, start, np.full(start.size, 1e-14))
    near = 100 * LOOSE  # the inverse of a matrix like these has norms of some ten
    assert np.abs(np.maximum(w, 0.0) - exact).max() < near
    assert (exact[w <= 0.0] < near).all()
    assert (w >= 0.0).all()
    assert (w == 0.0).any()


def test_rows_that_take_too_many_products_are_left_to_others(monkeypatch):
    monkeypatch.setattr(conjugate, "PRODUCTS", 2)
    rows, whole, start = programme(0)
    assert minimum_by_gradients(rows, whole, start) is None
