import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import ndtr

from rdtheory import Model, entropy, mutual_information, optimal_toy_model, recovery, toy_source
from tests.strategies import PROOF, completed_models, models, posteriors
from tests.tolerances import IDENTITY, NINE_DIGITS, NO_TIE, ROUNDING, SIX_DIGITS, SOLVED

CODES = [2, 3, 7, 10, 30, 100]


# -- the source -----------------------------------------------------------------------------------


def test_the_source_has_the_numbers_of_the_design():
    source = toy_source()
    assert source.delta == pytest.approx(3.336527359, abs=NINE_DIGITS)
    assert source.entropy == pytest.approx(3.217788332, abs=NINE_DIGITS)
    assert entropy(source.p_class) == pytest.approx(0.610864, abs=SIX_DIGITS)


def test_the_source_tells_half_a_nat_of_its_class():
    source = toy_source()
    assert source.mutual_information == pytest.approx(0.5, abs=SOLVED)
    assert mutual_information(source.p_x, source.posterior) == pytest.approx(0.5, abs=SOLVED)


def test_the_bins_hold_the_masses_of_two_shifted_normals():
    source = toy_source()
    edges = [-math.inf, *(-4 + 8 * k / 30 for k in range(1, 30)), math.inf]
    expected = [
        [ndtr(high - mean) - ndtr(low - mean) for low, high in pairwise(edges)]
        for mean in (-source.delta / 2, source.delta / 2)
    ]
    np.testing.assert_allclose(source.p_x_given_class, expected, rtol=0, atol=ROUNDING)
    mixture = 0.7 * np.array(expected[0]) + 0.3 * np.array(expected[1])
    np.testing.assert_allclose(source.p_x, mixture, rtol=0, atol=ROUNDING)


def test_the_classes_mirror_each_other():
    source = toy_source()
    mirrored = source.p_x_given_class[::-1, ::-1]
    np.testing.assert_allclose(source.p_x_given_class, mirrored, rtol=0, atol=ROUNDING)


def test_the_posterior_is_bayes_rule():
    source = toy_source()
    joint = source.p_class[:, None] * source.p_x_given_class
    np.testing.assert_allclose(source.posterior.sum(axis=1), 1.0, rtol=ROUNDING)
    np.testing.assert_allclose((source.p_x[:, None] * source.posterior).T, joint, rtol=ROUNDING)


@pytest.mark.parametrize("part", ["p_x", "p_class", "p_x_given_class"])
def test_the_source_that_all_callers_share_cannot_be_written(part):
    array = getattr(toy_source(), part)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = array[0]


# -- the hand-made optimal model ------------------------------------------------------------------


@pytest.mark.parametrize("codes", CODES)
def test_the_hand_made_model_has_half_a_nat_of_rate_and_no_excess(codes):
    model = optimal_toy_model(codes)
    assert model.marginal.size == codes
    assert model.rate == pytest.approx(0.5, abs=SOLVED)
    assert model.mutual_information == pytest.approx(0.5, abs=SOLVED)
    assert model.distortion == pytest.approx(model.entropy - 0.5, abs=SOLVED)
    assert model.excess == pytest.approx(0.0, abs=ROUNDING)


@pytest.mark.parametrize("codes", CODES)
def test_the_hand_made_model_recovers_what_a_draw_from_the_posterior_tells(codes):
    source = toy_source()
    found = recovery(optimal_toy_model(codes), source.posterior)
    assert found.information == pytest.approx(0.378110, abs=SIX_DIGITS)
    assert found.class0_mass == pytest.approx(0.7, abs=ROUNDING)


def test_a_draw_from_the_posterior_tells_as_much_as_two_draws_tell_of_each_other():
    source = toy_source()
    pair = np.einsum("x,xi,xj->ij", source.p_x, source.posterior, source.posterior)
    told = 2 * entropy(source.p_class) - entropy(pair.ravel())
    found = recovery(optimal_toy_model(2), source.posterior)
    assert found.information == pytest.approx(told, abs=ROUNDING)


@pytest.mark.parametrize("codes", [0, 1, -2])
def test_the_hand_made_model_needs_two_codes(codes):
    message = f"codes must be an integer of at least 2, got {codes}"
    with pytest.raises(ValueError, match=message):
        optimal_toy_model(codes)


def test_the_number_of_codes_is_whole():
    with pytest.raises(TypeError, match=r"codes must be an integer, got 2\.5"):
        optimal_toy_model(2.5)


# -- recovery -------------------------------------------------------------------------------------


@PROOF
@given(posteriors(models()))
def test_recovery_exceeds_neither_information_of_code_or_source_nor_the_class_entropy(pair):
    model, posterior = pair
    found = recovery(model, posterior).information
    assert 0.0 <= found <= model.mutual_information + IDENTITY
    assert found <= entropy(model.p_x @ posterior) + IDENTITY
    assert found <= mutual_information(model.p_x, posterior) + IDENTITY


def rename_codes(model, random):
    z = list(range(model.marginal.size))
    random.shuffle(z)
    return Model(model.p_x, model.encoder[:, z], model.marginal[z], model.decoder[z])


def no_ties(*odds):
    return all((np.abs(pair[:, 0] - pair[:, 1]) > NO_TIE).all() for pair in odds)


@PROOF
@given(posteriors(models()), st.randoms(use_true_random=False))
def test_recovery_does_not_depend_on_the_names_of_the_codes(pair, random):
    model, posterior = pair
    found, named = recovery(model, posterior), recovery(rename_codes(model, random), posterior)
    assert named.information == pytest.approx(found.information, abs=IDENTITY)
    assume(no_ties(model.conditional @ posterior))
    assert named.class0_mass == pytest.approx(found.class0_mass, abs=ROUNDING)
    assert named.bayes_agreement == pytest.approx(found.bayes_agreement, abs=ROUNDING)


@PROOF
@given(posteriors(completed_models))
def test_recovery_does_not_depend_on_marginal_and_decoder(pair):
    model, posterior = pair
    x, z = model.encoder.shape
    other = Model(model.p_x, model.encoder, np.full(z, 1 / z), np.full((z, x), 1 / x))
    assert recovery(other, posterior) == recovery(model, posterior)


@PROOF
@given(posteriors(models()))
def test_swapping_the_classes_swaps_their_mass(pair):
    model, posterior = pair
    assume(no_ties(posterior, model.conditional @ posterior))
    found, swapped = recovery(model, posterior), recovery(model, posterior[:, ::-1])
    assert swapped.class0_mass == pytest.approx(1 - found.class0_mass, abs=ROUNDING)
    assert swapped.information == pytest.approx(found.information, abs=IDENTITY)
    assert swapped.bayes_agreement == pytest.approx(found.bayes_agreement, abs=ROUNDING)


def test_a_code_of_even_odds_counts_as_class_0():
    model = Model.from_encoder([0.5, 0.5], [[1.0], [1.0]])
    assert recovery(model, [[0.25, 0.75], [0.75, 0.25]]).class0_mass == 1.0


def test_a_copy_of_the_source_recovers_all_that_it_tells():
    source = toy_source()
    found = recovery(Model.from_encoder(source.p_x, np.eye(30)), source.posterior)
    assert found.information == pytest.approx(0.5, abs=SOLVED)
    assert found.bayes_agreement == pytest.approx(1.0, abs=ROUNDING)


def test_a_constant_code_agrees_where_class_0_is_the_likelier():
    source = toy_source()
    found = recovery(Model.from_encoder(source.p_x, np.ones((30, 1))), source.posterior)
    # even odds are at h = log(7/3) / Delta = 0.254, so the bins below 0 are of class 0, those
    # above 8/30 of class 1, and in the bin between them class 0 still has more mass than class 1
    edge = 8 / 30
    half = source.delta / 2
    assert 0.7 * (ndtr(edge + half) - ndtr(half)) > 0.3 * (ndtr(edge - half) - ndtr(-half))
    below = 0.7 * ndtr(edge + half) + 0.3 * ndtr(edge - half)
    assert found.bayes_agreement == pytest.approx(below, abs=ROUNDING)
    assert found.class0_mass == pytest.approx(1.0, abs=ROUNDING)
    assert found.information == pytest.approx(0.0, abs=ROUNDING)


def test_recovery_of_three_bins_by_hand():
    p_x, posterior = [0.5, 0.25, 0.25], [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]
    encoder = [[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]
    found = recovery(Model.from_encoder(p_x, encoder), posterior)
    # the joint of code and class is (1/2, 1/8; 0, 3/8)
    joint, codes = entropy([0.5, 0.125, 0.0, 0.375]), entropy([0.625, 0.375])
    assert found.information == pytest.approx(codes + math.log(2) - joint, abs=ROUNDING)
    assert found.class0_mass == pytest.approx(0.625, abs=ROUNDING)
    assert found.bayes_agreement == pytest.approx(0.875, abs=ROUNDING)


@pytest.mark.parametrize(
    ("posterior", "message"),
    [
        ([[0.5, 0.5]], r"posterior must have shape \(2, 2\), got \(1, 2\)"),
        (np.full((2, 3), 1 / 3), r"posterior must have shape \(2, 2\), got \(2, 3\)"),
        ([0.5, 0.5], r"posterior must be a non-empty 2-d array, got shape \(2,\)"),
        ([[0.5, 0.5], [0.5, 0.4]], r"posterior must sum to 1 .* posterior\[1\] with sum 0\.9"),
        ([[0.5, 0.5], [1.5, -0.5]], r"posterior must not be negative, got posterior\[1, 1\] = -0"),
        ([[0.5, math.nan], [1.0, 0.0]], r"posterior must be finite, got posterior\[0, 1\] = nan"),
    ],
)
def test_a_wrong_posterior_is_named(posterior, message):
    model = Model.from_encoder([0.5, 0.5], np.eye(2))
    with pytest.raises(ValueError, match=message):
        recovery(model, posterior)
