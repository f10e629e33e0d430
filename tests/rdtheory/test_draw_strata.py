"""Where a source has few letters each is a stratum, and weights say how much of the mass it has."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory.stratified import draw_strata, stratified_letters, stratified_mean
from tests.make.theory_strata import draws, values_of
from tests.strategies import PROOF, plain_mass
from tests.tolerances import ROUNDING, STANDARD_ERRORS


@st.composite
def few_letters(draw):
    """A source and a number of letters, an even one, at least twice as many as have mass."""
    p_x, pairs, seed = draw(draws(plain_mass))
    return p_x, 2 * (np.count_nonzero(p_x) + pairs - 1), seed


@PROOF
@given(draw=few_letters())
def test_few_letters_have_pairs_of_their_own_that_share_their_mass(draw):
    p_x, samples, seed = draw
    letters, weights = draw_strata(p_x, samples, seed=seed)
    assert letters.dtype == np.int64
    assert letters.shape == (weights.size, 2)
    np.testing.assert_array_equal(letters[:, 0], letters[:, 1])
    shares = np.bincount(letters[:, 0], weights, minlength=p_x.size)
    np.testing.assert_allclose(shares, p_x, rtol=0, atol=ROUNDING)
    counts = np.bincount(letters[:, 0], minlength=p_x.size)
    assert (counts[p_x == 0] == 0).all()
    assert (counts[p_x > 0] >= 1).all()
    assert (np.abs(counts - p_x * samples / 2)[counts > 1] <= 0.5 + ROUNDING).all()
    # "about so many": one pair too many of each letter at most, half a pair too few
    assert -p_x.size <= 2 * weights.size - samples <= 2 * p_x.size


@PROOF
@given(draw=few_letters(), values=st.lists(values_of, min_size=6, max_size=6))
def test_what_few_letters_leave_to_chance_is_nothing_of_their_own(draw, values):
    p_x, samples, seed = draw
    function = np.array(values)[: p_x.size]
    letters, weights = draw_strata(p_x, samples, seed=seed)
    mean, error = stratified_mean(function[letters], weights)
    assert mean == pytest.approx(p_x @ function, abs=ROUNDING)
    assert error == 0.0


@st.composite
def many_letters(draw):
    """A source, a number of pairs below that of its letters of mass, and a seed."""
    p_x, _, seed = draw(draws().filter(lambda drawn: np.count_nonzero(drawn[0]) > 1))
    return p_x, draw(st.integers(1, np.count_nonzero(p_x) - 1)), seed


@PROOF
@given(draw=many_letters())
def test_many_letters_are_drawn_by_strata_of_equal_weight(draw):
    p_x, pairs, seed = draw
    letters, weights = draw_strata(p_x, 2 * pairs, seed=seed)
    np.testing.assert_array_equal(letters, stratified_letters(p_x, 2 * pairs, seed=seed))
    np.testing.assert_array_equal(weights, np.full(pairs, 1 / pairs))


def test_letters_without_mass_do_not_make_a_source_large():
    letters, weights = draw_strata([0.0, 0.5, 0.0, 0.5, 0.0], 4, seed=0)
    np.testing.assert_array_equal(letters, [[1, 1], [3, 3]])
    np.testing.assert_array_equal(weights, [0.5, 0.5])


@pytest.mark.parametrize("p_x", [[0.9, 0.1], [0.6, 0.3, 0.1]], ids=str)
def test_weighted_means_of_noise_are_unbiased_and_so_are_their_squared_errors(p_x):
    """Values are normals with the mean and the scale of their letter: Var = sum w^2 s^2 / 2."""
    p_x = np.array(p_x)
    means, scales = np.array([1.0, -2.0, 4.0])[: p_x.size], np.array([1.0, 3.0, 0.5])[: p_x.size]
    letters, weights = draw_strata(p_x, 16, seed=0)
    noise = np.random.default_rng(1).standard_normal((4000, *letters.shape))
    found = np.array(
        [stratified_mean(v, weights) for v in means[letters] + scales[letters] * noise]
    )
    variances = weights**2 * scales[letters[:, 0]] ** 2 / 2
    error = math.sqrt(variances.sum() / len(noise))
    assert abs(found[:, 0].mean() - p_x @ means) <= STANDARD_ERRORS * error
    # se^2 is a sum of chi^2_1, each times w^2 s^2 / 2, and so varies by twice their squares
    error = math.sqrt(2 * (variances**2).sum() / len(noise))
    assert abs((found[:, 1] ** 2).mean() - variances.sum()) <= STANDARD_ERRORS * error


def test_weighted_values_by_hand():
    mean, error = stratified_mean([[1, 3], [3, 7], [5, 5]], [0.5, 0.25, 0.25])
    assert mean == pytest.approx(0.5 * 2 + 0.25 * 5 + 0.25 * 5, abs=ROUNDING)
    assert error == pytest.approx(math.sqrt(0.25 * 4 / 4 + 16 / 16 / 4), abs=ROUNDING)


@PROOF
@given(pairs=st.lists(st.tuples(values_of, values_of), min_size=1, max_size=8))
def test_equal_weights_are_none(pairs):
    values = np.array(pairs)
    weights = np.full(len(values), 1 / len(values))
    assert stratified_mean(values, weights) == pytest.approx(stratified_mean(values), abs=ROUNDING)
