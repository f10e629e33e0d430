"""Hard codes against all there are, and what the search makes of them at small slopes."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import entr

from rdtheory.bottleneck.bottleneck import bottleneck, bottleneck_curve
from rdtheory.bottleneck.hard import STARTS, _moved, _starts, hard_codes
from rdtheory.bottleneck.problem import Problem
from tests.make.theory_joints import random_joint
from tests.strategies import PROOF, pmfs
from tests.tolerances import IDENTITY

VALUE = 1e-7
"""Nats above the best hard code: a soft code may lie below it, and stops within 1e-6 of q(t|x)."""

COUNTS = np.array([[6, 6], [0, 2], [7, 6], [2, 3], [9, 7]])


def value_of(p_xy, labels, beta):
    """H(Y|T) + beta H(T) of a hard code, from entropies alone."""
    cells = np.array([p_xy[np.array(labels) == code].sum(axis=0) for code in set(labels)])
    return entr(cells).sum() - (1.0 - beta) * entr(cells.sum(axis=1)).sum()


def least_of_all(joint, codes, beta):
    """The least value of hard codes, all tried one by one."""
    every = itertools.product(range(codes), repeat=len(joint))
    return min(value_of(joint, labels, beta) for labels in every)


small = st.tuples(st.integers(2, 5), st.integers(2, 4)).flatmap(
    lambda s: pmfs(s[0] * s[1]).map(lambda p: p.reshape(s))
)


@settings(PROOF, max_examples=60)
@given(small, st.integers(1, 3), st.sampled_from([0.0, 1e-3, 0.05, 0.3]))
def test_no_hard_code_is_better_than_the_one_called_the_best(joint, codes, beta):
    problem = Problem(joint, codes, 1e-6, 100)
    (labels, *_), proved = hard_codes(problem, beta, 0)
    assert proved
    p_xy = problem.p_x[:, None] * problem.conditional
    found = value_of(p_xy, labels, beta)
    assert found == pytest.approx(least_of_all(p_xy, problem.codes, beta), abs=IDENTITY)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("beta", [0.0, 0.02])
def test_moves_come_to_the_best_of_all_in_some_start(seed, beta):
    problem = Problem(random_joint(seed, (7, 4)), 3, 1e-6, 100)
    p_xy = problem.p_x[:, None] * problem.conditional
    starts = _starts(problem, np.random.default_rng(seed))
    assert len(starts) == STARTS
    found = min(value_of(p_xy, _moved(problem, beta, start), beta) for start in starts)
    assert found == pytest.approx(least_of_all(p_xy, 3, beta), abs=IDENTITY)


def test_the_best_two_cells_of_five_letters_are_intervals_of_their_odds():
    found = bottleneck(COUNTS / COUNTS.sum(), 0.0, codes=2)
    assert found.value == pytest.approx(0.6633600, abs=5e-8)
    assert found.proved
    assert found.converged
    assert found.claim.startswith("no code of as many values is better")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("outcomes", [2, 3, 5])
def test_letters_on_a_segment_have_intervals_however_many_outcomes(seed, outcomes):
    random = np.random.default_rng([seed, outcomes])
    ends, share = random.dirichlet(np.ones(outcomes), size=2), np.sort(random.random(9))
    mixed = share[:, None] * ends[0] + (1.0 - share[:, None]) * ends[1]
    joint = random.dirichlet(np.ones(9))[:, None] * mixed
    found = bottleneck(joint, 0.0, codes=3, starts=2)
    assert found.proved
    assert found.value == pytest.approx(least_of_all(joint, 3, 0.0), abs=IDENTITY)
    cells = found.encoder.argmax(axis=1)
    assert (np.diff(cells) != 0).sum() == 2  # three intervals
    many = np.repeat(joint, 40, axis=0) / 40  # equal letters are one
    assert bottleneck(many, 0.0, codes=3, starts=2).value == pytest.approx(found.value, abs=1e-12)


def test_many_letters_on_a_segment_of_three_outcomes_are_proved():
    share = np.linspace(0.0, 1.0, 60)[:, None]
    joint = (share * [0.7, 0.2, 0.1] + (1.0 - share) * [0.1, 0.3, 0.6]) / 60
    found = bottleneck(joint, 0.0, codes=4, starts=2)
    assert found.proved  # too many codes to try: intervals alone can prove it
    joint[3, 0] += 1e-4
    joint[3, 2] -= 1e-4
    assert not bottleneck(joint, 0.0, codes=4, starts=2).proved


@pytest.mark.parametrize("beta", [1e-6, 1e-3, 0.01])
def test_near_slope_zero_a_search_is_no_worse_than_the_best_hard_code(beta):
    joint = COUNTS / COUNTS.sum()
    found = bottleneck(joint, beta, codes=2)
    assert found.value <= least_of_all(joint, 2, beta) + VALUE
    assert not found.proved


@settings(PROOF, max_examples=40)
@given(small, st.integers(2, 3), st.sampled_from([0.0, 1e-3, 0.01, 0.1]))
def test_no_search_is_worse_than_the_best_hard_code(joint, codes, beta):
    found = bottleneck(joint, beta, codes=codes, starts=2)
    assert found.value <= least_of_all(joint, codes, beta) + VALUE


@pytest.mark.parametrize(("joint", "codes", "alike"), [
    (random_joint(1, (6, 3)), 1, True), (random_joint(1, (6, 3)), 3, False),
])  # fmt: skip
def test_starts_that_are_one_after_a_round_are_no_evidence(joint, codes, alike):
    found = bottleneck(joint, 0.2, codes=codes, starts=5)
    assert found.alike == alike
    assert ("agree" in found.claim) != alike


@pytest.mark.parametrize("seed", range(40))
def test_a_curve_and_a_search_at_one_slope_find_one_value(seed):
    random = np.random.default_rng(seed)
    joint = random_joint(seed, tuple(random.integers(3, 7, size=2)))
    betas = 10.0 ** random.uniform(-3, -0.2, size=3)
    codes = int(random.integers(2, 4))
    curve = bottleneck_curve(joint, betas, codes=codes)
    for point in curve:
        alone = bottleneck(joint, point.beta, codes=codes)
        assert point.value == pytest.approx(alone.value, abs=1e-6)
