"""Wyner-Ziv against closed forms, all strategies by cvxpy, inequalities, its own certificate."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from rdtheory import binary_entropy, conditional_entropy, solve_distortion, solve_slope
from rdtheory.side.certify import certify_wyner_ziv
from rdtheory.side.conditional import solve_conditional, solve_conditional_distortion
from rdtheory.side.wyner_ziv import (
    solve_wyner_ziv,
    solve_wyner_ziv_distortion,
    solve_wyner_ziv_rate,
)
from rdtheory.sources.joints import symmetric_pair
from tests.make.theory_joints import binary_pair, random_joint
from tests.make.theory_side import cvxpy_wyner_ziv, judge_encoder
from tests.strategies import PROOF

GAP, SUMS, CVXPY = 1e-9, 1e-13, 1e-6
HAMMING = 1.0 - np.eye(2)

FEW = type(PROOF)(PROOF, max_examples=6)
"""Each example is some dozens of Newton steps."""


def blurred(p, d):
    """p * d, the chance that two bits are wrong one way or the other."""
    return p * (1 - d) + (1 - p) * d


def tangent(p):
    """Where the line to (p, 0) touches g(d) = h(p * d) - h(d)."""

    def off(d):
        slope = (1 - 2 * p) * math.log((1 - blurred(p, d)) / blurred(p, d)) - math.log((1 - d) / d)
        return binary_entropy(blurred(p, d)) - binary_entropy(d) + slope * (p - d)

    return brentq(off, 1e-9, p - 1e-9, xtol=1e-15)


def envelope(p, d):
    """Wyner and Ziv's R(D) of a doubly symmetric pair under Hamming distortion."""
    touch = tangent(p)
    if d >= touch:
        most = binary_entropy(blurred(p, touch)) - binary_entropy(touch)
        return most * (p - d) / (p - touch)
    return binary_entropy(blurred(p, d)) - binary_entropy(d)


def check(joint, distortion, point, gap=GAP):
    """Hold a point against the judge and its own certificate."""
    rate, mean = judge_encoder(joint, distortion, point.strategies, point.encoder)
    assert point.converged
    assert 0.0 <= point.gap <= gap
    assert abs(mean - point.distortion) <= SUMS * (1 + abs(mean))
    assert rate - SUMS <= point.rate
    assert point.encoder.sum(axis=1) == pytest.approx(np.ones(len(point.encoder)), abs=1e-12)


# -- closed forms ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("p", "touch", "rate"), [(0.25, 0.088020701110, 0.389653534008),
                             (0.1, 0.007517236441, 0.158865706334)],
)  # fmt: skip
def test_the_doubly_symmetric_pair_has_its_printed_numbers(p, touch, rate):
    assert abs(tangent(p) - touch) <= 5e-13
    assert abs(envelope(p, 0.05) - rate) <= 5e-13
    point = solve_wyner_ziv_distortion(symmetric_pair(p), HAMMING, 0.05)
    check(binary_pair(p), HAMMING, point)
    assert abs(point.rate - rate) <= GAP


@pytest.mark.parametrize(("p", "share"), [(0.02, 0.6), (0.25, 0.97), (0.45, 0.03)])
def test_the_doubly_symmetric_pair_has_wyner_and_zivs_envelope(p, share):
    joint = binary_pair(p)
    point = solve_wyner_ziv_distortion(joint, HAMMING, share * p)
    check(joint, HAMMING, point)
    assert abs(point.rate - envelope(p, share * p)) <= GAP
    back = solve_wyner_ziv_rate(joint, HAMMING, point.rate)
    assert back.distortion == pytest.approx(share * p, abs=1e-8)


def test_both_ends_of_the_curve():
    joint = random_joint(1, (4, 3))
    zero = solve_wyner_ziv_rate(joint, 1 - np.eye(4), 0.0)
    assert (zero.rate, zero.beta) == (0.0, math.inf)
    assert zero.distortion == pytest.approx(1 - joint.max(axis=0).sum())
    none = solve_wyner_ziv_distortion(joint, 1 - np.eye(4), 0.0)  # Slepian and Wolf's H(X|Y)
    assert none.rate == pytest.approx(conditional_entropy(joint, given="columns"), abs=2 * GAP)
    assert "gain nothing more" in solve_wyner_ziv_rate(joint, 1 - np.eye(4), 9.0).note
    assert "less distortion" in solve_wyner_ziv_distortion(joint, 1 - np.eye(4), 9.0).note


def test_side_information_that_is_erased_is_as_good_at_both_ends():
    """Where y is x or nothing, no encoder gains by seeing which: R(D) = e R_X(D / e)."""
    p, e, d = np.array([0.5, 0.3, 0.2]), 0.6, 0.2
    joint = np.hstack([(1 - e) * np.diag(p), e * p[:, None]])
    point = solve_wyner_ziv_distortion(joint, 1 - np.eye(3), d)
    check(joint, 1 - np.eye(3), point)
    assert abs(point.rate - e * solve_distortion(p, 1 - np.eye(3), d / e).rate) <= 3 * GAP
    assert abs(point.rate - solve_conditional_distortion(joint, 1 - np.eye(3), d).rate) <= 3 * GAP


def test_side_information_that_tells_nothing_leaves_the_source_alone():
    p = np.array([0.4, 0.4, 0.2])
    table = np.array([[0.0, 1.0, 4.0], [1.0, 0.0, 1.0], [4.0, 1.0, 0.0]])
    point = solve_wyner_ziv(np.outer(p, [0.3, 0.7]), table, 0.5)
    assert point.value == pytest.approx(solve_slope(p, table, 0.5).value, abs=GAP)


def test_side_information_that_tells_all_leaves_nothing_to_send():
    joint = np.array([[0.2, 0.1, 0.0], [0.0, 0.0, 0.7]])
    point = solve_wyner_ziv(joint, HAMMING, 0.1)
    assert (point.rate, point.distortion) == (0.0, 0.0)


def test_pieces_that_y_tells_apart_are_problems_of_their_own():
    joint = np.zeros((4, 4))
    joint[:2, :2], joint[2:, 2:] = 0.3 * binary_pair(0.25), 0.7 * binary_pair(0.1)
    table = np.tile(HAMMING, (2, 1))
    point = solve_wyner_ziv(joint, table, 0.3)
    check(joint, table, point)
    each = [solve_wyner_ziv(binary_pair(p), HAMMING, 0.3).value for p in (0.25, 0.1)]
    assert point.value == pytest.approx(0.3 * each[0] + 0.7 * each[1], abs=GAP)


# -- judges ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seed", "shape", "m", "beta"), [(0, (3, 3), 3, 0.2), (1, (4, 2), 4, 0.1), (2, (2, 3), 2, 0.4)]
)
def test_cvxpy_finds_the_same_with_all_strategies(seed, shape, m, beta):
    joint = random_joint(seed, shape)
    table = np.random.default_rng(seed).random((shape[0], m))
    point = solve_wyner_ziv(joint, table, beta)
    check(joint, table, point)
    assert abs(point.value - cvxpy_wyner_ziv(joint, table, beta)) <= CVXPY


def test_forbidden_pairs_are_never_said():
    joint = random_joint(5, (3, 2))
    table = np.array([[0, np.inf, 1.0], [np.inf, 0, 1.0], [1, 0, np.inf]])
    point = solve_wyner_ziv(joint, table, 0.7)
    check(joint, table, point)
    assert math.isfinite(point.distortion)
    far = np.where(np.isinf(table), 1e4, table)
    assert point.value == pytest.approx(solve_wyner_ziv(joint, far, 0.7).value, abs=GAP)
    least = solve_wyner_ziv_rate(joint, np.where(table == 1, np.inf, table), 9.0)
    assert least.distortion == 0.0


@given(st.integers(0, 10**6), st.sampled_from([0.03, 0.2, 1.0]))
@FEW
def test_it_lies_between_both_ends_and_no_end_and_any_encoder_is_above_its_bound(seed, beta):
    random = np.random.default_rng(seed)
    n, k, m = random.integers(1, 5, size=3)
    joint = random.dirichlet(np.full(n * k, 0.4)).reshape(n, k)
    joint[joint < 0.02] = 0.0
    joint /= joint.sum()
    table = random.random((n, m)) * 10.0 ** random.integers(-1, 2)
    point = solve_wyner_ziv(joint, table, beta)
    check(joint, table, point)
    assert solve_conditional(joint, table, beta).bound <= point.value + 1e-12
    assert point.bound <= solve_slope(joint.sum(axis=1), table, beta).value + 1e-12
    maps = random.integers(m, size=(3, k))
    encoder = random.dirichlet(np.ones(3), size=n)
    rate, mean = judge_encoder(joint, table, maps, encoder)
    assert point.bound <= mean + beta * rate + 1e-12
    proof = certify_wyner_ziv(joint, table, beta, maps, encoder)
    assert proof.bound <= point.value + 1e-11
    assert point.bound <= proof.value + 1e-11
    assert proof.value <= float(mean + beta * rate) + 1e-11


def test_the_solvers_encoder_is_certified_apart():
    joint = random_joint(3, (5, 4))
    table = np.random.default_rng(3).random((5, 4))
    point = solve_wyner_ziv(joint, table, 0.1)
    proof = certify_wyner_ziv(joint, table, 0.1, point.strategies, point.encoder)
    assert proof.gap <= 10 * GAP
    assert proof.value <= point.value + SUMS
    assert point.strategies.shape[0] <= 6  # n + 1 are enough


# -- input -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("offset", "scale"), [(0.0, 1e-150), (0.0, 1e150), (1e6, 1.0)])
def test_the_unit_and_the_origin_of_distortion_do_not_matter(offset, scale):
    point = solve_wyner_ziv(binary_pair(0.25), offset + scale * HAMMING, 0.4 * scale)
    plain = solve_wyner_ziv(binary_pair(0.25), HAMMING, 0.4)
    assert point.converged
    assert point.rate == pytest.approx(plain.rate, abs=1e-6)
    assert (point.value - offset) / scale == pytest.approx(plain.value, abs=GAP)


def test_counts_labels_and_letters_without_mass():
    joint = pd.DataFrame([[30, 10, 0], [0, 0, 0], [10, 30, 0]], index=list("abc"))
    table = pd.DataFrame(1 - np.eye(3), index=list("abc"))
    point = solve_wyner_ziv(joint, table, 0.3, normalise=True)
    small = solve_wyner_ziv(binary_pair(0.25), HAMMING, 0.3)
    assert point.value == pytest.approx(small.value, abs=GAP)
    assert point.encoder.shape[0] == point.strategies.shape[1] == 3
    with pytest.raises(ValueError, match="distortion must have its rows in the order"):
        solve_wyner_ziv(joint, table[::-1], 0.3, normalise=True)


def test_branches_that_run_out_are_warned_of_and_the_bound_still_holds():
    joint = random_joint(4, (6, 5))
    table = np.random.default_rng(4).random((6, 4))
    with pytest.warns(RuntimeWarning, match="raise max_branches"):
        point = solve_wyner_ziv(joint, table, 0.2, max_branches=1)
    assert not point.converged
    best = solve_wyner_ziv(joint, table, 0.2)
    assert point.bound <= best.value <= point.value + GAP


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([[0.5, 0.6]], [[0.0]], 1.0), "joint must sum to 1"),
        (([0.5, 0.5], [[0.0]], 1.0), "joint must be a non-empty 2-d array"),
        (([[0.5, 0.5]], [[0.0], [1.0]], 1.0), "distortion must have shape (1, any)"),
        (([[0.5, 0.5]], [[np.nan]], 1.0), "distortion must be a number above -inf"),
        (([[0.5, 0.5]], [[0.0]], 0.0), "beta must be a finite number above 0"),
    ],
)
def test_bad_input_is_one_line(arguments, words):
    for solve in (solve_wyner_ziv, solve_conditional):
        with pytest.raises(ValueError, match="must") as caught:
            solve(*arguments)
        assert words in str(caught.value)


def test_targets_out_of_range_are_one_line():
    with pytest.raises(ValueError, match="target distortion must be at least the least distortion"):
        solve_wyner_ziv_distortion(binary_pair(0.25), HAMMING, -0.1)
    with pytest.raises(ValueError, match="rate must be a finite number of at least 0"):
        solve_wyner_ziv_rate(binary_pair(0.25), HAMMING, -0.1)
    with pytest.raises(ValueError, match=r"strategies must be whole numbers in \[0, 1\], got 2"):
        certify_wyner_ziv(binary_pair(0.25), HAMMING, 1.0, [[0, 2]], [[1.0], [1.0]])
