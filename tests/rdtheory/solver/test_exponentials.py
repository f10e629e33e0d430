"""exp by blocks, held against the library's."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rdtheory.solver.exponentials import LARGE, ZERO, dot, exponentials
from tests.strategies import PROOF
from tests.tolerances import LAST_BIT, ROUNDING


def of(x):
    x = np.array(x, dtype=np.float64)
    found = np.empty(x.size)
    exponentials(x, found, np.empty(x.size))
    return found


@PROOF
@given(st.lists(st.floats(ZERO + 1e-9, LARGE), min_size=1, max_size=40))
def test_exp_is_the_librarys_to_two_last_digits(x):
    assert np.all(np.abs(of(x) / np.exp(x) - 1.0) <= 4 * LAST_BIT)


def test_exp_of_zero_is_one_and_of_what_is_very_small_nothing_and_of_what_is_large_infinite():
    assert of([0.0, -0.0, ZERO, -1e5, -1e308, -np.inf]).tolist() == [1.0, 1.0, 0, 0, 0, 0]
    assert of([LARGE + 1e-9, 1e308, np.inf]).tolist() == [np.inf] * 3


def test_a_sum_of_products_is_the_same_in_any_order():
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(2, 999))
    assert abs(dot(one, other) - one @ other) < ROUNDING
