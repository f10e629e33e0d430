"""A model's numbers and arrays by the paper's formulas, and whose the arrays are."""

import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from rdtheory import Model, optimal_decoder, optimal_marginal
from tests.make.theory_models import EVEN, NUMBERS, PARTS, numbers
from tests.tolerances import ROUNDING

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


@pytest.mark.parametrize("off", [-0.9e-8, 0.9e-8])
def test_a_model_that_is_accepted_can_be_measured(off):
    row = [0.5, 0.5 + off]  # as far from one as the checks allow, in every part
    assert np.isfinite(numbers(Model(row, [row, row], row, [row, row]))).all()


@pytest.mark.parametrize("off", [-0.9e-8, 0.9e-8])
def test_an_encoder_that_is_accepted_can_be_completed(off):
    row = [0.5, 0.5 + off]
    assert math.isfinite(Model.from_encoder(row, [row, row]).rate)
