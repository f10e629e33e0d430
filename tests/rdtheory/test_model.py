"""The sandwich H - D <= I <= R and all that follows from it, for models of any kind."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory import Model, kl_divergence, mutual_information, optimal_decoder, optimal_marginal
from tests.make.theory_models import EVEN, NUMBERS, numbers
from tests.strategies import (
    PROOF,
    channels,
    completed_models,
    conditionals,
    models,
    plain_mass,
    pmfs,
)
from tests.tolerances import IDENTITY, ROUNDING


def near(value):
    """Infinite values are only near themselves."""
    return pytest.approx(value, rel=ROUNDING, abs=IDENTITY)


# -- the sandwich H - D <= I <= R and what its two sides lose -------------------------------------


@PROOF
@given(models())
def test_information_lies_between_entropy_minus_distortion_and_rate(model):
    assert model.entropy - model.distortion <= model.mutual_information + IDENTITY
    assert model.mutual_information <= model.rate + IDENTITY
    expected = mutual_information(model.p_x, model.encoder)
    assert model.mutual_information == pytest.approx(expected, abs=ROUNDING)


@PROOF
@given(models())
def test_what_either_side_loses_is_a_gap_of_its_own_and_their_sum_the_excess(model):
    assert model.rate == near(model.mutual_information + model.marginal_gap)
    assert model.distortion == near(model.entropy - model.mutual_information + model.decoder_gap)
    assert model.rate + model.distortion == near(model.entropy + model.excess)
    assert model.excess == near(model.marginal_gap + model.decoder_gap)
    assert math.isinf(model.excess) == math.isinf(model.rate + model.distortion)
    assert min(model.marginal_gap, model.decoder_gap, model.rate, model.distortion) >= 0.0


# -- data processing ------------------------------------------------------------------------------


@PROOF
@given(st.data())
def test_neither_coarsening_the_code_nor_a_second_channel_raises_the_information(data):
    p_x, encoder = data.draw(channels())
    size = encoder.shape[1]
    told = mutual_information(p_x, encoder)
    merged = data.draw(st.lists(st.integers(0, size - 1), min_size=size, max_size=size))
    assert mutual_information(p_x, encoder @ np.eye(size)[merged]) <= told + IDENTITY
    channel = data.draw(conditionals(size, 3))
    assert mutual_information(p_x, encoder @ channel) <= told + IDENTITY


@PROOF
@given(st.data())
def test_a_second_channel_cannot_raise_the_rate(data):
    model = data.draw(models())
    channel = data.draw(conditionals(model.marginal.size, 3, plain_mass))  # tiny^2 is 0: infinite
    marginal = model.marginal @ channel
    passed = Model(model.p_x, model.encoder @ channel, marginal, np.tile(model.p_x, (3, 1)))
    assert passed.rate <= model.rate + IDENTITY


# -- symmetries -----------------------------------------------------------------------------------


@PROOF
@given(st.data())
def test_relabelling_bins_and_codes_changes_no_number(data):
    model = data.draw(models())
    x = data.draw(st.permutations(range(model.p_x.size)))
    z = data.draw(st.permutations(range(model.marginal.size)))
    relabelled = Model(
        model.p_x[x],
        model.encoder[np.ix_(x, z)],
        model.marginal[z],
        model.decoder[np.ix_(z, x)],
    )
    np.testing.assert_allclose(
        numbers(relabelled), numbers(model), rtol=ROUNDING, atol=IDENTITY, strict=True
    )


@PROOF
@given(st.data())
def test_splitting_a_code_into_two_equal_copies_changes_no_number(data):
    p_x, encoder = data.draw(channels())
    code = data.draw(st.integers(0, encoder.shape[1] - 1))
    halves = np.hstack([encoder, encoder[:, [code]] / 2])
    halves[:, code] /= 2
    whole, split = Model.from_encoder(p_x, encoder), Model.from_encoder(p_x, halves)
    np.testing.assert_allclose(numbers(split), numbers(whole), rtol=ROUNDING, atol=IDENTITY)


# -- optimal parts --------------------------------------------------------------------------------


@PROOF
@given(models())
def test_the_optimal_marginal_closes_its_gap_and_none_has_a_lower_rate(model):
    best = optimal_marginal(model.p_x, model.encoder)
    closed = Model(model.p_x, model.encoder, best, model.decoder)
    assert closed.marginal_gap == pytest.approx(0.0, abs=ROUNDING)
    assert closed.rate <= model.rate + IDENTITY


@PROOF
@given(models())
def test_the_optimal_decoder_closes_its_gap_and_none_has_a_lower_distortion(model):
    best = optimal_decoder(model.p_x, model.encoder)
    closed = Model(model.p_x, model.encoder, model.marginal, best)
    assert closed.decoder_gap == pytest.approx(0.0, abs=ROUNDING)
    assert closed.distortion <= model.distortion + IDENTITY


@PROOF
@given(completed_models)
def test_a_completed_model_lies_on_the_diagonal_and_generates_its_source(model):
    assert model.excess == pytest.approx(0.0, abs=ROUNDING)
    assert model.rate == near(model.mutual_information)
    assert model.distortion == near(model.entropy - model.mutual_information)
    np.testing.assert_allclose(model.generative, model.p_x, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(model.reconstructed, model.p_x, rtol=0, atol=ROUNDING)


def test_an_unused_code_is_decoded_as_the_source():
    decoder = optimal_decoder([0.25, 0.75], [[1.0, 0.0], [1.0, 0.0]])
    assert decoder.tolist() == [[0.25, 0.75], [0.25, 0.75]]


@pytest.mark.parametrize("mass", [1e-12, 1e-200, 1e-310])
def test_a_code_of_tiny_mass_is_still_decoded_by_bayes_rule(mass):
    decoder = optimal_decoder([0.25, 0.75], [[mass, 1.0], [mass, 1.0]])
    np.testing.assert_allclose(decoder[0], [0.25, 0.75], rtol=ROUNDING)


# -- what the model generates ---------------------------------------------------------------------


def posterior_gap(model):
    """E_g KL(m(z) d(x|z) / g(x) || e(z|x)), term by term."""
    gap = 0.0
    for x in range(model.p_x.size):
        masses = [m * d for m, d in zip(model.marginal, model.decoder[:, x], strict=True)]
        for z, mass in enumerate(masses):
            if mass > 0:
                e = model.encoder[x, z]
                gap += mass * (math.log(mass / sum(masses)) - math.log(e)) if e else math.inf
    return gap


@PROOF
@given(models())
def test_generative_information_lies_between_its_bounds_and_so_far_from_each(model):
    told = model.generative_mutual_information
    assert model.generative_lower_bound <= told + IDENTITY
    assert told <= model.generative_upper_bound + IDENTITY
    assert told - model.generative_lower_bound == near(posterior_gap(model))
    above = model.generative_upper_bound - told
    assert above == near(kl_divergence(model.generative, model.p_x))


@PROOF
@given(models())
def test_every_array_is_a_distribution_with_the_marginals_of_its_name(model):
    rows = np.vstack([model.generative, model.reconstructed, model.reconstruction])
    assert rows.min() >= 0.0
    np.testing.assert_allclose(rows.sum(axis=1), 1.0, rtol=ROUNDING)
    joint = model.generative_joint
    np.testing.assert_allclose(joint.sum(axis=1), model.marginal, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(joint.sum(axis=0), model.generative, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(model.joint.sum(axis=1), model.p_x, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(model.joint.sum(axis=0), model.aggregate, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(model.conditional.sum(axis=1), 1.0, rtol=ROUNDING)


# -- limits ---------------------------------------------------------------------------------------


@PROOF
@given(pmfs(4))
def test_autoencoding_limit_has_all_rate_and_no_distortion(p_x):
    model = Model(p_x, np.eye(4), p_x, np.eye(4))
    assert model.rate == pytest.approx(model.entropy, abs=ROUNDING)
    assert model.distortion == 0.0
    assert model.excess == pytest.approx(0.0, abs=ROUNDING)


@PROOF
@given(pmfs(4), pmfs(3))
def test_autodecoding_limit_has_no_rate_and_all_distortion(p_x, marginal):
    model = Model(p_x, np.tile(marginal, (4, 1)), marginal, np.tile(p_x, (3, 1)))
    assert model.rate == 0.0
    assert model.distortion == pytest.approx(model.entropy, abs=ROUNDING)
    assert model.excess == pytest.approx(0.0, abs=ROUNDING)


@pytest.mark.parametrize(
    ("parts", "infinite"),
    [
        # the marginal excludes a code that is used, if ever so rarely
        ({"marginal": [1.0, 0.0]}, {"rate", "marginal_gap", "excess"}),
        (
            {"encoder": [[1.0, 1e-200], [1.0, 0.0]], "marginal": [1.0, 0.0]},
            {"rate", "marginal_gap", "excess"},
        ),
        # it excludes a code that is never used, or used by what never occurs
        ({"encoder": [[1.0, 0.0], [1.0, 0.0]], "marginal": [1.0, 0.0]}, set()),
        (
            {"p_x": [1.0, 0.0], "encoder": [[1.0, 0.0], [0.0, 1.0]], "marginal": [1.0, 0.0]},
            {"generative_lower_bound", "generative_upper_bound"},
        ),
        # it excludes a code whose mass 1e-400 is none in float64
        (
            {
                "p_x": [1e-200, 1.0],
                "encoder": [[1e-200, 1.0], [0.0, 1.0]],
                "marginal": [0.0, 1.0],
            },
            set(),
        ),
        # the decoder excludes what occurs
        ({"decoder": [[1.0, 0.0], [0.5, 0.5]]}, {"distortion", "decoder_gap", "excess"}),
        # it excludes what never occurs, or what never comes with that code
        ({"p_x": [1.0, 0.0], "decoder": [[1.0, 0.0], [1.0, 0.0]]}, set()),
        ({"encoder": [[1.0, 0.0], [0.5, 0.5]], "decoder": [[0.5, 0.5], [0.0, 1.0]]}, set()),
        # the model generates what the source never does, with codes that the encoder allows
        ({"p_x": [1.0, 0.0]}, {"generative_upper_bound"}),
        # it generates what the source does, with codes that the encoder excludes
        ({"encoder": [[1.0, 0.0], [0.5, 0.5]]}, {"generative_lower_bound"}),
    ],
)
def test_numbers_are_infinite_exactly_where_mass_meets_none(parts, infinite):
    even = {"p_x": [0.5, 0.5], "encoder": EVEN, "marginal": [0.5, 0.5], "decoder": EVEN}
    model = Model(**(even | parts))
    assert {name for name in NUMBERS if math.isinf(getattr(model, name))} == infinite
    assert not np.isnan(numbers(model)).any()
