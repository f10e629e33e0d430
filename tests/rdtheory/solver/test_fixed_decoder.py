"""The best encoder and marginal of a decoder: Bayes' rule, perturbations, the exact diagonal."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory.model import Model, optimal_decoder
from rdtheory.solver.fixed_decoder import (
    best_encoder,
    best_encoder_and_marginal,
    decoder_distortion,
)
from rdtheory.solver.targets import solve_distortion, solve_rate
from tests.strategies import PROOF, conditionals, ordinary, pmfs
from tests.tolerances import ROUNDING

GAP = 1e-9
"""What `best_encoder_and_marginal` promises unless told otherwise, in nats of R + D / beta."""

LAGRANGIAN = 1e-11
"""Relative and absolute: a Model and the solver sum the same few terms in another way."""

BETAS = [0.05, 0.3, 1.0, 2.0, 20.0]


def lagrangian(model: Model, beta: float) -> float:
    return model.distortion + beta * model.rate


@st.composite
def generators(draw, masses=ordinary):
    """Draw a source (X,), a decoder (Z, X), a marginal (Z,) and a slope."""
    x, z = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    decoder = draw(conditionals(z, x, masses))
    return draw(pmfs(x)), decoder, draw(pmfs(z, ordinary)), 10.0 ** draw(st.floats(-1.5, 1.5))


# -- the distortion --------------------------------------------------------------------------------


def test_the_distortion_is_minus_the_logarithm_of_the_decoder():
    made = decoder_distortion([[0.25, 0.75], [1.0, 0.0], [0.5, 0.5]], [0.5, 0.5])
    expected = [[math.log(4), 0.0, math.log(2)], [math.log(4 / 3), math.inf, math.log(2)]]
    np.testing.assert_allclose(made, expected, rtol=ROUNDING)
    assert not np.signbit(made).any()


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.3])
def test_the_target_solvers_take_it_as_it_is(rate):
    p_x, decoder = [0.5, 0.2, 0.3], [[0.8, 0.1, 0.1], [0.1, 0.2, 0.7]]
    distortion = decoder_distortion(decoder, p_x)
    point = solve_rate(p_x, distortion, rate)
    assert point.rate == pytest.approx(rate, abs=ROUNDING)
    back = solve_distortion(p_x, distortion, point.distortion)
    assert back.rate == pytest.approx(rate, abs=2 * GAP + ROUNDING)


# -- the best encoder ------------------------------------------------------------------------------


@PROOF
@given(generators())
def test_at_slope_one_it_is_the_posterior_and_costs_the_generators_log_likelihood(drawn):
    p_x, decoder, marginal, _ = drawn
    model = best_encoder(p_x, decoder, marginal, 1.0)
    joint = marginal[:, None] * decoder
    posterior = (joint / joint.sum(axis=0)).T
    np.testing.assert_allclose(model.encoder, posterior, rtol=0, atol=ROUNDING)
    used = p_x > 0
    log_likelihood = float(p_x[used] @ np.log(marginal @ decoder[:, used]))
    assert lagrangian(model, 1.0) == pytest.approx(-log_likelihood, abs=LAGRANGIAN)


@PROOF
@given(generators())
def test_it_costs_minus_beta_times_the_logarithm_of_its_normaliser(drawn):
    p_x, decoder, marginal, beta = drawn
    model = best_encoder(p_x, decoder, marginal, beta)
    mean = float((model.joint * decoder_distortion(decoder, p_x)).sum())
    assert model.distortion == pytest.approx(mean, abs=ROUNDING)
    with np.errstate(divide="ignore"):
        exponent = np.log(decoder) / beta
    peak = exponent.max(axis=0)
    normaliser = peak + np.log(marginal @ np.exp(exponent - peak))
    expected = -beta * float(p_x @ normaliser)
    assert lagrangian(model, beta) == pytest.approx(expected, rel=LAGRANGIAN, abs=LAGRANGIAN)


@PROOF
@given(generators(), st.data(), st.sampled_from([1e-3, 0.1, 1.0]))
def test_no_step_to_another_encoder_lowers_the_lagrangian(drawn, data, step):
    p_x, decoder, marginal, beta = drawn
    model = best_encoder(p_x, decoder, marginal, beta)
    other = data.draw(conditionals(p_x.size, marginal.size))
    moved = Model(p_x, (1 - step) * model.encoder + step * other, marginal, decoder)
    slack = LAGRANGIAN * (1 + abs(lagrangian(model, beta)))
    assert lagrangian(moved, beta) >= lagrangian(model, beta) - slack


def test_codes_of_no_marginal_mass_are_not_used():
    model = best_encoder([0.5, 0.5], [[0.9, 0.1], [0.1, 0.9]], [0.0, 1.0], 0.5)
    assert model.encoder.tolist() == [[0.0, 1.0], [0.0, 1.0]]


def test_a_letter_without_mass_that_no_code_decodes_is_encoded_by_the_marginal():
    model = best_encoder([1.0, 0.0], [[1.0, 0.0], [1.0, 0.0]], [0.3, 0.7], 1.0)
    np.testing.assert_allclose(model.encoder, [[0.3, 0.7], [0.3, 0.7]], rtol=ROUNDING)
    assert lagrangian(model, 1.0) == pytest.approx(0.0, abs=ROUNDING)


@pytest.mark.parametrize("beta", [1e-300, 1e-6, 1e6])
def test_extreme_slopes_pick_the_likeliest_code_or_the_marginal(beta):
    model = best_encoder([0.5, 0.5], [[0.9, 0.1], [0.1, 0.9]], [0.3, 0.7], beta)
    expected = np.eye(2) if beta < 1 else np.array([[0.3, 0.7], [0.3, 0.7]])
    np.testing.assert_allclose(model.encoder, expected, rtol=0, atol=5 / max(beta, 1e12**0.5))


# -- the best encoder and marginal -----------------------------------------------------------------


@PROOF
@given(generators())
def test_no_marginal_with_its_best_encoder_is_below_the_certified_bound(drawn):
    p_x, decoder, marginal, beta = drawn
    model, point = best_encoder_and_marginal(p_x, decoder, beta)
    other = best_encoder(p_x, decoder, marginal, beta)
    slack = LAGRANGIAN * (1 + abs(point.value))
    assert point.converged
    assert lagrangian(other, beta) >= point.bound - slack
    assert lagrangian(model, beta) <= lagrangian(other, beta) + beta * GAP + slack


@PROOF
@given(generators())
def test_the_models_lagrangian_is_the_points_value_and_its_gap_the_certificates(drawn):
    """The aggregate as marginal gains the marginal gap, and nothing gains more than the gap."""
    p_x, decoder, _, beta = drawn
    model, point = best_encoder_and_marginal(p_x, decoder, beta)
    expected = pytest.approx(point.value, rel=LAGRANGIAN, abs=LAGRANGIAN)
    assert lagrangian(model, beta) == expected
    assert np.array_equal(model.marginal, point.marginal)
    assert 0.0 <= model.marginal_gap <= point.gap + ROUNDING
    # R + D >= H and both are at least 0, so D + beta R >= min(1, beta) H
    assert lagrangian(model, beta) >= min(1.0, beta) * model.entropy - LAGRANGIAN


@PROOF
@given(st.data())
def test_the_optimal_decoder_of_an_encoder_meets_the_diagonal_at_slope_one(data):
    """That encoder with its aggregate has R + D = H, so the best pair has too."""
    x, z = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    p_x, encoder = data.draw(pmfs(x, ordinary)), data.draw(conditionals(x, z, ordinary))
    model, point = best_encoder_and_marginal(p_x, optimal_decoder(p_x, encoder), 1.0)
    assert model.rate + model.distortion == pytest.approx(model.entropy, abs=point.gap + ROUNDING)


@pytest.mark.parametrize("beta", BETAS)
def test_a_perfect_autodecoder_and_a_perfect_autoencoder_share_the_diagonal(beta):
    """With codes for each letter and one for all, L(beta) = min(1, beta) H."""
    p_x = np.array([0.5, 0.2, 0.3])
    model, point = best_encoder_and_marginal(p_x, np.vstack([np.eye(3), p_x]), beta)
    assert point.value == pytest.approx(min(1.0, beta) * model.entropy, abs=beta * GAP + ROUNDING)


@pytest.mark.parametrize("beta", BETAS)
def test_a_decoder_that_copies_forces_the_whole_entropy(beta):
    model, _ = best_encoder_and_marginal([0.5, 0.2, 0.3], np.eye(3), beta)
    assert model.rate == pytest.approx(model.entropy, abs=GAP)
    assert model.distortion == 0.0
    assert model.encoder.tolist() == np.eye(3).tolist()


@pytest.mark.parametrize("gap", [1e-4, 1e-12])
def test_the_gap_that_is_asked_is_met(gap):
    p_x, decoder = [0.5, 0.2, 0.3], [[0.8, 0.1, 0.1], [0.1, 0.2, 0.7]]
    _, point = best_encoder_and_marginal(p_x, decoder, 0.5, gap=gap)
    assert point.gap <= gap
    assert point.converged


# -- wrong input -----------------------------------------------------------------------------------

RIGHT = {"p_x": [0.5, 0.5], "decoder": [[0.9, 0.1], [0.1, 0.9]], "beta": 1.0}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"beta": 0.0}, r"beta must be a finite number above 0; slope 0 is .*, got 0"),
        ({"beta": math.nan}, r"beta must be a finite number .* got nan"),
        ({"p_x": [0.5, 0.6]}, r"p_x must sum to 1 within 1e-08, got p_x with sum 1\.1"),
        ({"decoder": [[0.9, 0.2]] * 2}, r"decoder must sum to 1 .* decoder\[0\] with sum 1\.1"),
        ({"decoder": [[1.5, -0.5]] * 2}, r"decoder must not be negative, got decoder\[0, 1\] = -0"),
        ({"decoder": [[0.9, math.nan]] * 2}, r"decoder must be finite, got decoder\[0, 1\] = nan"),
        ({"decoder": [[0.2, 0.3, 0.5]] * 2}, r"decoder must have shape \(2, 2\), got \(2, 3\)"),
        ({"decoder": [0.5, 0.5]}, r"decoder must be a non-empty 2-d array, got shape \(2,\)"),
    ],
)
@pytest.mark.parametrize("solve", [best_encoder, best_encoder_and_marginal])
def test_wrong_values_are_named_in_one_line(solve, change, message):
    arguments = RIGHT | change
    if solve is best_encoder:
        arguments["marginal"] = [0.5, 0.5]
    with pytest.raises(ValueError, match=message):
        solve(**arguments)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"marginal": [0.5, 0.4]}, r"marginal must sum to 1 within 1e-08, .* with sum 0\.9"),
        ({"marginal": [1.0]}, r"decoder must have shape \(1, 2\), got \(2, 2\)"),
        (
            {"marginal": [1.0, 0.0], "decoder": [[1.0, 0.0], [0.0, 1.0]]},
            r"a code of positive marginal, got none for x = 1",
        ),
    ],
)
def test_a_wrong_marginal_is_named_in_one_line(change, message):
    with pytest.raises(ValueError, match=message):
        best_encoder(**RIGHT | {"marginal": [0.5, 0.5]} | change)


def test_a_letter_that_no_code_decodes_is_named():
    with pytest.raises(ValueError, match=r"got none .*1"):
        best_encoder_and_marginal([0.5, 0.5], [[1.0, 0.0], [1.0, 0.0]], 1.0)


def test_the_gap_is_checked():
    with pytest.raises(ValueError, match=r"gap must be a finite number of at least 1e-15, got 0"):
        best_encoder_and_marginal(**RIGHT, gap=0.0)


@pytest.mark.parametrize(
    ("decoder", "message"),
    [
        ([["0.5", "0.5"]], r"decoder must be an array of numbers"),
        ([[0.5, 0.5], [1.0]], r"decoder must be an array of numbers"),
    ],
)
def test_a_decoder_of_other_things_is_refused(decoder, message):
    with pytest.raises(TypeError, match=message):
        decoder_distortion(decoder, [0.5, 0.5])


@pytest.mark.parametrize(
    ("decoder", "message"),
    [
        ([[0.2, 0.3, 0.5]], r"decoder must have shape \(1, 2\), got \(1, 3\)"),
        ([[0.5, 0.6]], r"decoder must sum to 1 within 1e-08, got decoder\[0\] with sum 1\.1"),
        (np.empty((0, 2)), r"decoder must be a non-empty 2-d array, got shape \(0, 2\)"),
    ],
)
def test_a_wrong_decoder_has_no_distortion(decoder, message):
    with pytest.raises(ValueError, match=message):
        decoder_distortion(decoder, [0.5, 0.5])
