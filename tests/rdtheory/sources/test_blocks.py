"""Blocks of a Markov source: Gray's bound, where it is met, and how blocks approach it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory import entropy
from rdtheory.solver.targets import solve_distortion
from rdtheory.sources import gray_bound, gray_critical, markov, stationary, tight_up_to
from tests.strategies import PROOF
from tests.tolerances import ROUNDING

SOLVED = 2e-9
THREE = [[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.3, 0.6]]


@pytest.mark.parametrize("transitions", [0.25, THREE], ids=["bits", "three"])
def test_masses_are_those_of_the_chain(transitions):
    law = stationary(transitions)
    for length in (1, 2, 4):
        source = markov(length, transitions)
        joint = source.p_x.reshape((law.size,) * length)
        for axis in range(length):
            others = tuple(i for i in range(length) if i != axis)
            np.testing.assert_allclose(joint.sum(axis=others), law, atol=ROUNDING)
        zero = gray_bound(transitions, 0.0, length=length)
        assert entropy(source.p_x) / length == pytest.approx(zero, abs=ROUNDING)


@pytest.mark.parametrize("transitions", [0.1, 0.25, THREE], ids=["0.1", "0.25", "three"])
@pytest.mark.parametrize("length", [1, 2, 4])
def test_a_block_meets_its_bound_up_to_a_distortion_and_not_beyond(transitions, length):
    source = markov(length, transitions)
    last = tight_up_to(source, transitions, length)
    assert last > 0.0

    def above(target):
        point = solve_distortion(source, target=target)
        return point.rate / length - gray_bound(transitions, target, length=length)

    assert above(0.98 * last) == pytest.approx(0.0, abs=SOLVED)
    if last < 0.49:
        beyond = above(last + 0.5 * (source.distortion @ source.p_x).min() - 0.5 * last)
        assert beyond > 1e-6 or length == 1


def test_blocks_come_down_to_grays_distortion_and_rate():
    lasts = [tight_up_to(markov(n, 0.25), 0.25, n) for n in (2, 4, 6, 8)]
    assert lasts == sorted(lasts, reverse=True)
    assert lasts[-1] > gray_critical(0.25) > 0.5 * lasts[-1]
    rates = [
        solve_distortion(markov(n, 0.25), target=0.1).rate / n for n in (1, 2, 4)
    ]  # fmt: skip
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] >= gray_bound(0.25, 0.1)


@PROOF
@given(st.floats(0.0, 0.5))
def test_grays_distortion_is_that_of_his_formula(q):
    formula = 0.5 * (1.0 - np.sqrt(1.0 - (q / (1.0 - q)) ** 2))
    assert gray_critical(q) == pytest.approx(formula, abs=ROUNDING)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: markov(0, 0.1), r"length must be an integer of at least 1, got 0"),
        (lambda: markov(2, [[0.5, 0.4], [0.5, 0.5]]), r"transitions must sum to 1"),
        (lambda: markov(2, np.eye(2)), r"must have one stationary law"),
        (lambda: tight_up_to(markov(2, 0.1), 0.1, 3), r"length must be that of the source"),
        (lambda: gray_critical(0.6), r"change must be in \[0, 0\.5\], got 0\.6"),
    ],
)
def test_wrong_blocks_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
