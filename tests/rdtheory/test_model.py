import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory import Model, kl_divergence, mutual_information, optimal_decoder, optimal_marginal
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

NUMBERS = (
    "entropy",
    "mutual_information",
    "rate",
    "distortion",
    "excess",
    "marginal_gap",
    "decoder_gap",
    "generative_mutual_information",
    "generative_lower_bound",
    "generative_upper_bound",
)
PARTS = ("p_x", "encoder", "marginal", "decoder")
EVEN = [[0.5, 0.5], [0.5, 0.5]]


def numbers(model):
    return np.array([getattr(model, name) for name in NUMBERS])


def near(value):
    """Infinite values are only near themselves."""
    return pytest.approx(value, rel=ROUNDING, abs=IDENTITY)


# -- the sandwich H - D <= I <= R and what its two sides lose -------------------------------------


@PROOF
@given(models())
def test_information_lies_between_entropy_minus_distortion_and_rate(model):
    assert model.entropy - model.distortion <= model.mutual_information + IDENTITY
    assert model.mutual_information <= model.rate + IDENTITY


@PROOF
@given(models())
def test_rate_is_information_plus_marginal_gap(model):
    assert model.rate == near(model.mutual_information + model.marginal_gap)


@PROOF
@given(models())
def test_distortion_is_lost_information_plus_decoder_gap(model):
    assert model.distortion == near(model.entropy - model.mutual_information + model.decoder_gap)


@PROOF
@given(models())
def test_rate_plus_distortion_is_entropy_plus_excess(model):
    assert model.rate + model.distortion == near(model.entropy + model.excess)


@PROOF
@given(models())
def test_excess_is_marginal_gap_plus_decoder_gap(model):
    assert model.excess == near(model.marginal_gap + model.decoder_gap)


@PROOF
@given(models())
def test_excess_and_rate_plus_distortion_are_infinite_together(model):
    assert math.isinf(model.excess) == math.isinf(model.rate + model.distortion)


@PROOF
@given(models())
def test_no_gap_is_negative(model):
    assert min(model.marginal_gap, model.decoder_gap, model.rate, model.distortion) >= 0.0


@PROOF
@given(models())
def test_a_model_measures_its_information_like_the_plain_function(model):
    expected = mutual_information(model.p_x, model.encoder)
    assert model.mutual_information == pytest.approx(expected, abs=ROUNDING)


# -- data processing ------------------------------------------------------------------------------


@PROOF
@given(st.data())
def test_coarsening_the_code_cannot_raise_the_information(data):
    p_x, encoder = data.draw(channels())
    size = encoder.shape[1]
    merged = data.draw(st.lists(st.integers(0, size - 1), min_size=size, max_size=size))
    coarse = encoder @ np.eye(size)[merged]
    assert mutual_information(p_x, coarse) <= mutual_information(p_x, encoder) + IDENTITY


@PROOF
@given(st.data())
def test_a_second_channel_cannot_raise_the_information(data):
    p_x, encoder = data.draw(channels())
    channel = data.draw(conditionals(encoder.shape[1], 3))
    passed = encoder @ channel
    assert mutual_information(p_x, passed) <= mutual_information(p_x, encoder) + IDENTITY


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
def test_optimal_marginal_closes_the_marginal_gap(model):
    best = optimal_marginal(model.p_x, model.encoder)
    closed = Model(model.p_x, model.encoder, best, model.decoder)
    assert closed.marginal_gap == pytest.approx(0.0, abs=ROUNDING)


@PROOF
@given(models())
def test_no_marginal_has_a_lower_rate_than_the_optimal_one(model):
    best = optimal_marginal(model.p_x, model.encoder)
    assert Model(model.p_x, model.encoder, best, model.decoder).rate <= model.rate + IDENTITY


@PROOF
@given(models())
def test_optimal_decoder_closes_the_decoder_gap(model):
    best = optimal_decoder(model.p_x, model.encoder)
    closed = Model(model.p_x, model.encoder, model.marginal, best)
    assert closed.decoder_gap == pytest.approx(0.0, abs=ROUNDING)


@PROOF
@given(models())
def test_no_decoder_has_a_lower_distortion_than_the_optimal_one(model):
    best = optimal_decoder(model.p_x, model.encoder)
    closed = Model(model.p_x, model.encoder, model.marginal, best)
    assert closed.distortion <= model.distortion + IDENTITY


@PROOF
@given(completed_models)
def test_a_completed_model_lies_on_the_diagonal(model):
    assert model.excess == pytest.approx(0.0, abs=ROUNDING)
    assert model.rate == near(model.mutual_information)
    assert model.distortion == near(model.entropy - model.mutual_information)


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
def test_generative_information_lies_between_its_bounds(model):
    assert model.generative_lower_bound <= model.generative_mutual_information + IDENTITY
    assert model.generative_mutual_information <= model.generative_upper_bound + IDENTITY


@PROOF
@given(models())
def test_generative_lower_bound_lacks_the_divergence_of_the_encoder_from_the_posterior(model):
    lack = model.generative_mutual_information - model.generative_lower_bound
    assert lack == near(posterior_gap(model))


@PROOF
@given(models())
def test_generative_upper_bound_exceeds_by_the_divergence_of_generated_from_source(model):
    above = model.generative_upper_bound - model.generative_mutual_information
    assert above == near(kl_divergence(model.generative, model.p_x))


@PROOF
@given(models())
def test_generated_and_reconstructed_are_distributions(model):
    rows = np.vstack([model.generative, model.reconstructed, model.reconstruction])
    assert rows.min() >= 0.0
    np.testing.assert_allclose(rows.sum(axis=1), 1.0, rtol=ROUNDING)


@PROOF
@given(models())
def test_generative_joint_has_the_models_marginals(model):
    joint = model.generative_joint
    np.testing.assert_allclose(joint.sum(axis=1), model.marginal, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(joint.sum(axis=0), model.generative, rtol=0, atol=ROUNDING)


@PROOF
@given(models())
def test_joint_has_source_and_aggregate_as_marginals(model):
    np.testing.assert_allclose(model.joint.sum(axis=1), model.p_x, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(model.joint.sum(axis=0), model.aggregate, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(model.conditional.sum(axis=1), 1.0, rtol=ROUNDING)


@PROOF
@given(completed_models)
def test_a_completed_model_generates_and_reconstructs_its_source(model):
    np.testing.assert_allclose(model.generative, model.p_x, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(model.reconstructed, model.p_x, rtol=0, atol=ROUNDING)


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


# -- every number and array against loops written from the paper's formulas -----------------------


def fixed_model():
    draw = np.random.default_rng(1711)
    encoder = draw.dirichlet(np.ones(3), size=4)
    encoder[1] = [0.25, 0.75, 0.0]  # 0 log 0 occurs
    return Model(
        draw.dirichlet(np.ones(4)),
        encoder,
        draw.dirichlet(np.ones(3)),
        draw.dirichlet(np.ones(4), size=3),
    )


X, Z = range(4), range(3)


def xlog(mass, ratio):
    return mass * math.log(ratio) if mass else 0.0


def by_loops(name, p, e, m, d):
    """The paper's formula of a number or array, term by term."""
    aggregate = [sum(p[x] * e[x][z] for x in X) for z in Z]
    conditional = [[p[x] * e[x][z] / aggregate[z] for x in X] for z in Z]
    generative = [sum(m[z] * d[z][x] for z in Z) for x in X]
    terms = {
        "rate": lambda x, z: xlog(p[x] * e[x][z], e[x][z] / m[z]),
        "distortion": lambda x, z: -xlog(p[x] * e[x][z], d[z][x]),
        "mutual_information": lambda x, z: xlog(p[x] * e[x][z], e[x][z] / aggregate[z]),
        "decoder_gap": lambda x, z: xlog(p[x] * e[x][z], conditional[z][x] / d[z][x]),
        "marginal_gap": lambda x, z: xlog(p[x] * e[x][z], aggregate[z] / m[z]),
        "entropy": lambda x, z: -xlog(p[x] * e[x][z], p[x]),
        "excess": lambda x, z: xlog(p[x] * e[x][z], e[x][z] * p[x] / m[z] / d[z][x]),
        "generative_mutual_information": lambda x, z: xlog(m[z] * d[z][x], d[z][x] / generative[x]),
        "generative_upper_bound": lambda x, z: xlog(m[z] * d[z][x], d[z][x] / p[x]),
    }
    arrays = {
        "joint": lambda: [[p[x] * e[x][z] for z in Z] for x in X],
        "aggregate": lambda: aggregate,
        "conditional": lambda: conditional,
        "generative": lambda: generative,
        "generative_joint": lambda: [[m[z] * d[z][x] for x in X] for z in Z],
        "reconstruction": lambda: [[sum(e[x][z] * d[z][y] for z in Z) for y in X] for x in X],
        "reconstructed": lambda: [sum(p[x] * e[x][z] * d[z][y] for x in X for z in Z) for y in X],
    }
    return arrays[name]() if name in arrays else sum(terms[name](x, z) for x in X for z in Z)


@pytest.mark.parametrize(
    "name",
    [
        *(name for name in NUMBERS if name != "generative_lower_bound"),
        "joint",
        "aggregate",
        "conditional",
        "generative",
        "generative_joint",
        "reconstruction",
        "reconstructed",
    ],
)
def test_property_is_the_papers_formula(name):
    model = fixed_model()
    expected = by_loops(name, *(getattr(model, part).tolist() for part in PARTS))
    np.testing.assert_allclose(getattr(model, name), expected, rtol=ROUNDING)


def test_generative_lower_bound_is_the_papers_formula():
    model = fixed_model()
    e = np.maximum(model.encoder, 0.125)  # without the zero, which makes it minus infinity
    e /= e.sum(axis=1, keepdims=True)
    model = Model(model.p_x, e, model.marginal, model.decoder)
    m, d = model.marginal.tolist(), model.decoder.tolist()
    expected = sum(m[z] * d[z][x] * math.log(e[x, z] / m[z]) for x in X for z in Z)
    assert model.generative_lower_bound == pytest.approx(expected, rel=ROUNDING)


def test_optimal_parts_are_bayes_rule():
    model = fixed_model()
    parts = [getattr(model, part).tolist() for part in PARTS]
    marginal = optimal_marginal(model.p_x, model.encoder)
    decoder = optimal_decoder(model.p_x, model.encoder)
    np.testing.assert_allclose(marginal, by_loops("aggregate", *parts), rtol=ROUNDING)
    np.testing.assert_allclose(decoder, by_loops("conditional", *parts), rtol=ROUNDING)


# -- the arrays belong to the model ---------------------------------------------------------------


def even_parts():
    return {
        "p_x": np.array([0.5, 0.5]),
        "encoder": np.array(EVEN),
        "marginal": np.array([0.5, 0.5]),
        "decoder": np.array(EVEN),
    }


@pytest.mark.parametrize("part", PARTS)
def test_an_array_of_a_model_cannot_be_written(part):
    model = Model(**even_parts())
    with pytest.raises(ValueError, match="read-only"):
        getattr(model, part)[0] = 1.0


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_a_model_cannot_be_replaced(part):
    model = Model(**even_parts())
    with pytest.raises(FrozenInstanceError):
        setattr(model, part, np.array([1.0]))


@pytest.mark.parametrize("part", PARTS)
def test_later_changes_of_the_input_do_not_leak_in(part):
    parts = even_parts()
    model = Model(**parts)
    parts[part][0] = 7.0
    assert (getattr(model, part) == 0.5).all()


@pytest.mark.parametrize("part", PARTS)
def test_the_input_is_neither_overwritten_nor_locked(part):
    parts = even_parts()
    numbers(Model(**parts))
    assert (parts[part] == 0.5).all()
    assert parts[part].flags.writeable


# -- sums off by less than the tolerance ----------------------------------------------------------


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("off", [-0.9e-8, 0.9e-8])
def test_a_model_that_is_accepted_can_be_measured(name, off):
    row = [0.5, 0.5 + off]  # as far from one as the checks allow, in every part
    model = Model(row, [row, row], row, [row, row])
    assert math.isfinite(getattr(model, name))


@pytest.mark.parametrize("off", [-0.9e-8, 0.9e-8])
def test_an_encoder_that_is_accepted_can_be_completed(off):
    row = [0.5, 0.5 + off]
    assert math.isfinite(Model.from_encoder(row, [row, row]).rate)
