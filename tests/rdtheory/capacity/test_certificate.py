"""What an input proves: bounds that hold of any, and meet at the best."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory import blahut_arimoto_capacity, certify_capacity, mutual_information, solve_capacity
from tests.make.theory_inputs import SUMS, judge_input
from tests.strategies import PROOF, conditionals, ordinary, pmfs, positive

shapes = st.tuples(st.integers(1, 5), st.integers(1, 5))
any_rows = shapes.flatmap(lambda shape: conditionals(*shape))


@given(any_rows, st.data())
@PROOF
def test_any_two_inputs_are_on_the_right_sides_of_each_others_bounds(rows, data):
    n = rows.shape[0]
    cost = data.draw(st.lists(ordinary, min_size=n, max_size=n))
    slope = data.draw(st.sampled_from([0.0, 2.0]))
    found = [certify_capacity(rows, data.draw(pmfs(n)), cost, slope=slope) for _ in range(2)]
    for one, other in (found, found[::-1]):
        assert one.value <= other.bound + SUMS
        assert one.gap >= 0.0
        assert one.value == pytest.approx(one.capacity - slope * one.cost, abs=SUMS)


@given(any_rows, st.data())
@PROOF
def test_numbers_are_those_of_the_input(rows, data):
    p = data.draw(pmfs(rows.shape[0], positive))
    found = certify_capacity(rows, p)
    assert found.capacity == pytest.approx(mutual_information(p, rows), abs=SUMS)
    _, _, own = judge_input(rows, p)
    assert found.bound == pytest.approx(float(own.max()), abs=1e-12)


def test_the_solvers_input_is_certified_and_a_letter_that_is_lost_is_not():
    rows = np.random.default_rng(0).dirichlet(np.ones(9), size=12)
    point = solve_capacity(rows)
    found = certify_capacity(rows, point.input)
    assert found.gap <= 1e-9
    assert found.capacity == pytest.approx(point.capacity, abs=SUMS)
    lost = certify_capacity(np.eye(3), [0.5, 0.5, 0.0])
    assert (lost.bound, lost.gap) == (math.inf, math.inf)
    assert lost.capacity == pytest.approx(math.log(2))


# -- the textbook's algorithm ----------------------------------------------------------------------


@given(shapes.flatmap(lambda shape: conditionals(*shape, masses=ordinary)))
@PROOF
def test_blahut_and_arimotos_steps_never_go_down_and_end_where_the_solver_does(rows):
    found = blahut_arimoto_capacity(rows, gap=1e-4)
    assert found.converged
    assert found.gap <= 1e-4
    assert (np.diff(found.values) >= -SUMS).all()
    point = solve_capacity(rows)
    assert found.value <= point.capacity + point.gap + SUMS
    assert point.capacity <= found.bound + SUMS


def test_each_iterate_is_the_textbooks():
    rows, cost = np.array([[0.7, 0.2, 0.1], [0.1, 0.2, 0.7], [0.3, 0.4, 0.3]]), np.array([0, 1, 2])
    with pytest.warns(RuntimeWarning, match="not 1.0e-09: raise max_iterations"):
        found = blahut_arimoto_capacity(rows, cost, slope=0.1, max_iterations=3)
    p = np.full(3, 1 / 3)
    values = []
    for _ in range(4):
        guess = p[:, None] * rows / (p @ rows)  # r(x|y), (n, m)
        values.append(mutual_information(p, rows) - 0.1 * float(p @ cost))
        last = p
        p = np.exp((rows * np.log(guess)).sum(axis=1) - 0.1 * cost)
        p /= p.sum()
    assert found.values == pytest.approx(values, abs=SUMS)
    assert found.input == pytest.approx(last, abs=1e-14)
    assert (found.iterations, len(found.history), found.converged) == (3, 4, False)
    assert found.history[-1] == pytest.approx(found.gap, abs=SUMS)


def test_it_goes_on_from_any_input_that_has_no_zero():
    rows = [[1.0, 0.0], [0.5, 0.5]]
    begun = blahut_arimoto_capacity(rows, gap=1e-3)
    found = blahut_arimoto_capacity(rows, input=begun.input)
    whole = blahut_arimoto_capacity(rows)
    assert begun.iterations + found.iterations == whole.iterations
    assert found.output == pytest.approx(np.array([0.8, 0.2]), abs=1e-4)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"input": [1.0, 0.0]}, "input must be positive, got input[1] = 0.0"),
        ({"input": [0.5, 0.25, 0.25]}, "input must have one entry per row of channel, 2, got 3"),
        ({"input": [0.5, 0.6]}, "input must sum to 1"),
        ({"slope": -1.0}, "slope must be a finite number of at least 0, got -1"),
        ({"gap": -1.0}, "gap must be"),
        ({"max_iterations": 0}, "max_iterations must be"),
        ({"cost": [1.0]}, "cost must have one entry per input, 2, got 1"),
    ],
)
def test_bad_input_is_one_line(options, words):
    with pytest.raises(ValueError, match="must") as caught:
        blahut_arimoto_capacity([[1.0, 0.0], [0.5, 0.5]], **options)
    assert words in str(caught.value)
