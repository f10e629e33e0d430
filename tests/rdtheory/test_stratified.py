"""Letters drawn by strata, and means over them with errors that are theirs."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory.stratified import draw_strata, stratified_letters, stratified_mean
from tests.make.theory_strata import draws, seeds, values_of
from tests.strategies import PROOF, plain_mass
from tests.tolerances import ROUNDING, STANDARD_ERRORS

REPEATS = 200
"""Seeds of a statistic, each of them new draws."""


@st.composite
def functions(draw):
    """A source with zeros but no tiny mass, a function of its letters, pairs and a seed."""
    p_x, pairs, seed = draw(draws(plain_mass))
    values = draw(st.lists(values_of, min_size=p_x.size, max_size=p_x.size))
    return p_x, np.array(values), pairs, seed


def stratum_laws(p_x, pairs):
    """p(x | stratum), (pairs, X): what of [k, k + 1) / pairs its own interval fills."""
    ends = np.append(0.0, np.cumsum(p_x) / np.sum(p_x))
    low = np.arange(pairs)[:, None] / pairs
    shared = np.minimum(ends[1:], low + 1 / pairs) - np.maximum(ends[:-1], low)
    return pairs * np.clip(shared, 0.0, None)


def central_moments(p_x, values, pairs):
    """Variances and fourth central moments of a function in each stratum, (pairs,) each."""
    law = stratum_laws(p_x, pairs)
    off = values - (law @ values)[:, None]
    return (law * off**2).sum(axis=1), (law * off**4).sum(axis=1)


def repeated(p_x, values, pairs, seed):
    """Means and standard errors of REPEATS seeds, (REPEATS,) each."""
    letters = [stratified_letters(p_x, 2 * pairs, seed=seed + k) for k in range(REPEATS)]
    return np.array([stratified_mean(values[pair]) for pair in letters]).T


# -- letters --------------------------------------------------------------------------------------


@PROOF
@given(draw=draws())
def test_letters_lie_in_their_strata(draw):
    p_x, pairs, seed = draw
    letters = stratified_letters(p_x, 2 * pairs, seed=seed)
    assert letters.shape == (pairs, 2)
    assert letters.dtype == np.int64
    assert ((letters >= 0) & (letters < p_x.size)).all()
    ends = np.append(0.0, np.cumsum(p_x))
    low = np.arange(pairs)[:, None] / pairs
    assert (ends[letters + 1] >= low - ROUNDING).all()
    assert (ends[letters] <= low + 1 / pairs + ROUNDING).all()


@PROOF
@given(draw=draws(plain_mass))
def test_a_letter_without_mass_is_never_drawn(draw):
    p_x, pairs, seed = draw
    padded = np.concatenate([[0.0], p_x, [0.0, 0.0]])
    letters = stratified_letters(padded, 2 * pairs, seed=seed)
    assert (padded[letters] > 0).all()
    np.testing.assert_array_equal(letters - 1, stratified_letters(p_x, 2 * pairs, seed=seed))


@PROOF
@given(draw=draws())
def test_every_letter_is_drawn_about_as_often_as_its_mass_says(draw):
    """All strata but those at the two ends of a letter hold it wholly or not at all."""
    p_x, pairs, seed = draw
    letters = stratified_letters(p_x, 2 * pairs, seed=seed)
    counts = np.bincount(letters.ravel(), minlength=p_x.size)
    assert (np.abs(counts - 2 * pairs * p_x) <= 4 + ROUNDING).all()


class Ends:
    """A generator all of whose numbers are the least, or the largest, that numpy's can give."""

    def __init__(self, number):
        self.number = number

    def random(self, shape):
        return np.full(shape, self.number)


@pytest.mark.parametrize("number", [0.0, 1 - 2.0**-53])
@pytest.mark.parametrize("pairs", [1, 2, 8, 1024, 2**16])
def test_rounding_leaves_no_stratum(monkeypatch, pairs, number):
    monkeypatch.setattr(np.random, "default_rng", lambda seed: Ends(number))
    p_x = np.append(np.full(pairs, 1 / pairs), [0.0, 0.0])
    letters = stratified_letters(p_x, 2 * pairs, seed=0)
    np.testing.assert_array_equal(letters, np.repeat(np.arange(pairs)[:, None], 2, axis=1))


@pytest.mark.parametrize("number", [0.0, 1 - 2.0**-53])
@pytest.mark.parametrize("size", [3, 7, 10, 1000])
def test_rounding_leaves_no_source(monkeypatch, size, number):
    monkeypatch.setattr(np.random, "default_rng", lambda seed: Ends(number))
    p_x = np.concatenate([[0.0], np.full(size, 1 / size), [0.0]])
    for pairs in (1, 3, size, 6 * size):
        letters = stratified_letters(p_x, 2 * pairs, seed=0)
        assert ((letters >= 1) & (letters <= size)).all()


def test_the_two_draws_of_a_stratum_are_independent():
    pairs = [stratified_letters([0.5, 0.5], 2, seed=seed)[0] for seed in range(4000)]
    counts = np.bincount(np.array(pairs) @ [2, 1], minlength=4)
    statistic = ((counts - 1000) ** 2 / 1000).sum()  # chi-square of three degrees of freedom
    assert abs(statistic - 3) <= STANDARD_ERRORS * math.sqrt(6)


def test_letters_follow_from_their_seed():
    p_x = np.full(50, 0.02)
    letters = stratified_letters(p_x, 20, seed=3)
    np.testing.assert_array_equal(letters, stratified_letters(p_x, 20, seed=3))
    assert (letters != stratified_letters(p_x, 20, seed=4)).any()


# -- means and their errors -----------------------------------------------------------------------


@PROOF
@given(function=functions())
def test_mean_and_squared_standard_error_are_unbiased_and_strata_never_cost_anything(function):
    """E (a - b)^2 = 2 s^2 and Var (a - b)^2 = 2 m4 + 2 s^4 for independent a, b of one law."""
    p_x, values, pairs, seed = function
    variance, fourth = central_moments(p_x, values, pairs)
    means, errors = repeated(p_x, values, pairs, seed)
    expected = variance.sum() / (2 * pairs**2)
    allowed = math.sqrt(expected / REPEATS)
    assert abs(means.mean() - p_x @ values) <= STANDARD_ERRORS * allowed + ROUNDING
    allowed = math.sqrt((2 * fourth + 2 * variance**2).sum() / (16 * pairs**4) / REPEATS)
    assert abs((errors**2).mean() - expected) <= STANDARD_ERRORS * allowed + ROUNDING
    independent = p_x @ (values - p_x @ values) ** 2 / (2 * pairs)
    assert expected <= independent + ROUNDING
    assert (errors**2).mean() <= independent + STANDARD_ERRORS * allowed + ROUNDING


def test_with_a_single_stratum_nothing_is_won():
    p_x, values = np.array([0.2, 0.3, 0.5]), np.array([1.0, -1.0, 2.0])
    variance, _ = central_moments(p_x, values, 1)
    assert variance[0] == pytest.approx(p_x @ (values - p_x @ values) ** 2, abs=ROUNDING)


@PROOF
@given(
    counts=st.lists(st.integers(0, 5), min_size=1, max_size=6).filter(any),
    finer=st.integers(1, 3),
    seed=seeds,
)
def test_where_no_stratum_holds_two_letters_the_mean_is_exact(counts, finer, seed):
    p_x = np.array(counts) / sum(counts)
    values = np.arange(len(counts)) ** 2.0 - 3
    letters = stratified_letters(p_x, 2 * finer * sum(counts), seed=seed)
    mean, error = stratified_mean(values[letters])
    assert mean == pytest.approx(p_x @ values, abs=ROUNDING)
    assert error == 0.0


def test_noise_of_the_values_counts():
    """One letter, whose values are unit normals: se^2 is 1 / 2n, and (a - b)^2 / 2 is chi^2_1."""
    pairs = 20_000
    noise = np.random.default_rng(0).standard_normal((pairs, 2))
    mean, error = stratified_mean(noise)
    assert abs(mean) <= STANDARD_ERRORS / math.sqrt(2 * pairs)
    assert error**2 * 2 * pairs == pytest.approx(1.0, abs=STANDARD_ERRORS * math.sqrt(2 / pairs))


def test_values_by_hand():
    mean, error = stratified_mean([[1, 2], [3, 7], [5, 5]])
    assert mean == pytest.approx(23 / 6, abs=ROUNDING)
    assert error == pytest.approx(math.sqrt((1 + 16) / 4) / 3, abs=ROUNDING)
    assert isinstance(mean, float)
    assert isinstance(error, float)


@PROOF
@given(
    pairs=st.lists(st.tuples(values_of, values_of), min_size=1, max_size=8),
    scale=values_of,
    shift=values_of,
)
def test_a_change_of_unit_changes_both(pairs, scale, shift):
    values = np.array(pairs)
    mean, error = stratified_mean(values)
    assert stratified_mean(values[::-1, ::-1]) == pytest.approx((mean, error), abs=ROUNDING)
    changed, changed_error = stratified_mean(scale * values + shift)
    assert changed == pytest.approx(scale * mean + shift, abs=ROUNDING)
    assert changed_error == pytest.approx(abs(scale) * error, abs=ROUNDING)


# -- what is refused, one row per message ---------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stratified_letters([0.5, 0.5], 3, seed=0), r"samples must be even, got 3"),
        (
            lambda: stratified_letters([0.5, 0.5], 0, seed=0),
            r"samples must be an integer of at least 2, got 0",
        ),
        (
            lambda: stratified_letters([0.5, 0.5], -2, seed=0),
            r"samples must be an integer of at least 2, got -2",
        ),
        (
            lambda: stratified_letters([0.5, 0.5], 2, seed=-1),
            r"seed must be an integer of at least 0, got -1",
        ),
        (
            lambda: stratified_letters([0.5, 0.6], 2, seed=0),
            r"p_x must sum to 1 within 1e-08, got p_x with sum 1\.1",
        ),
        (
            lambda: stratified_letters([1.5, -0.5], 2, seed=0),
            r"p_x must not be negative, got p_x\[1\] = -0\.5",
        ),
        (
            lambda: stratified_letters([], 2, seed=0),
            r"p_x must be a non-empty 1-d array, got shape \(0,\)",
        ),
        (
            lambda: stratified_mean([1.0, 2.0]),
            r"values must be a non-empty 2-d array, got shape \(2,\)",
        ),
        (
            lambda: stratified_mean(np.zeros((0, 2))),
            r"values must be a non-empty 2-d array, got shape \(0, 2\)",
        ),
        (
            lambda: stratified_mean(np.zeros((2, 3))),
            r"values must have two columns, got shape \(2, 3\)",
        ),
        (
            lambda: stratified_mean([[1.0, math.inf]]),
            r"values must be finite, got values\[0, 1\] = inf",
        ),
        (
            lambda: stratified_mean([[1.0, 2.0], [3.0, 4.0]], [0.5, 0.6]),
            r"weights must sum to 1 within 1e-08, got weights with sum 1\.1",
        ),
        (
            lambda: stratified_mean([[1.0, 2.0], [3.0, 4.0]], [1.0]),
            r"weights must have one entry a row of values, 2, got 1",
        ),
        (lambda: draw_strata([0.5, 0.5], 7, seed=0), r"samples must be even, got 7"),
        (lambda: draw_strata(np.full(9, 1 / 9), 7, seed=0), r"samples must be even, got 7"),
        (
            lambda: draw_strata([0.5, 0.5], 0, seed=0),
            r"samples must be an integer of at least 2, got 0",
        ),
        (
            lambda: draw_strata([0.5, 0.6], 4, seed=0),
            r"p_x must sum to 1 within 1e-08, got p_x with sum 1\.1",
        ),
        (
            lambda: draw_strata(np.full(9, 1 / 9), 2, seed=-1),
            r"seed must be an integer of at least 0, got -1",
        ),
        (
            lambda: draw_strata([0.5, 0.5], 8, seed=-1),
            r"seed must be an integer of at least 0, got -1",
        ),
    ],
)
def test_wrong_input_is_named(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: stratified_letters([0.5, 0.5], 2.0, seed=0),
            r"samples must be an integer, got 2\.0",
        ),
        (
            lambda: stratified_letters([0.5, 0.5], 2, seed=None),
            r"seed must be an integer, got None",
        ),
        (
            lambda: stratified_letters(["a"], 2, seed=0),
            r"p_x must be an array of numbers, got \['a'\]",
        ),
        (
            lambda: stratified_mean([["1", "2"]]),
            r"values must be an array of numbers, got \[\['1', '2'\]\]",
        ),
    ],
)
def test_wrong_types_are_named(call, message):
    with pytest.raises(TypeError, match=message):
        call()
