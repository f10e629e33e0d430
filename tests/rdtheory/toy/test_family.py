import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from rdtheory import family_model, roughness, toy_source
from rdtheory.toy.family import (
    DISTORTION,
    RATE,
    ROUGHNESS,
    log_softmax,
    parameter_count,
    positions,
    terms,
)
from tests.strategies import PROOF, channels, pmfs, positive
from tests.tolerances import DIFFERENCE_STEP, GRADIENT, HELLINGER, IDENTITY, ROUNDING, SAME_FORMULA

CASES = [  # bins, codes, scale of the parameters, seed
    (30, 30, 0.01, 0),
    (30, 30, 1.0, 1),
    (30, 30, 3.0, 2),
    (7, 4, 0.01, 3),
    (7, 4, 1.0, 4),
    (7, 4, 3.0, 5),
    (3, 5, 1.0, 6),
    (2, 2, 0.5, 7),
]


def random_case(bins, codes, scale, seed):
    draw = np.random.default_rng(seed)
    p_x = draw.dirichlet(np.ones(bins))
    return scale * draw.standard_normal(parameter_count(bins, codes)), p_x


def run_terms(parameters, p_x):
    codes = (parameters.size - 2 * p_x.size) // 3
    values, gradients = np.full(3, np.nan), np.full((3, parameters.size), np.nan)
    terms(parameters, p_x, positions(p_x.size), positions(codes), values, gradients)
    return values, gradients


def parameter_vector(bins, codes, *, v=0.0, a=0.0, w=0.0, b=0.0, c=0.0):
    sizes = ((v, codes), (a, codes), (w, bins), (b, bins), (c, codes))
    return np.concatenate([np.broadcast_to(part, size) for part, size in sizes])


# -- the family as the formulas have it -----------------------------------------------------------


def softmax_by_loops(logits):
    total = sum(math.exp(logit) for logit in logits)
    return [math.exp(logit) / total for logit in logits]


def test_the_family_is_the_papers_formula():
    bins, codes = 7, 4
    parameters, p_x = random_case(bins, codes, 1.0, 8)
    v, a, rest = parameters[:4], parameters[4:8], parameters[8:]
    w, b, c = rest[:7], rest[7:14], rest[14:]
    x = [-1 + 2 * j / 6 for j in range(bins)]
    z = [-1 + 2 * i / 3 for i in range(codes)]
    encoder = [softmax_by_loops([-((v[i] * y - a[i]) ** 2) for i in range(codes)]) for y in x]
    decoder = [softmax_by_loops([-((w[j] * y - b[j]) ** 2) for j in range(bins)]) for y in z]
    model = family_model(parameters, p_x)
    np.testing.assert_allclose(model.encoder, encoder, rtol=SAME_FORMULA)
    np.testing.assert_allclose(model.decoder, decoder, rtol=SAME_FORMULA)
    np.testing.assert_allclose(model.marginal, softmax_by_loops(c), rtol=SAME_FORMULA)
    np.testing.assert_array_equal(model.p_x, p_x)


@pytest.mark.parametrize(("count", "expected"), [(2, [-1, 1]), (3, [-1, 0, 1])])
def test_positions_are_even_over_minus_one_to_one(count, expected):
    assert positions(count).tolist() == expected


@pytest.mark.parametrize(("bins", "codes", "count"), [(30, 30, 150), (7, 4, 26), (2, 5, 19)])
def test_parameter_count(bins, codes, count):
    assert parameter_count(bins, codes) == count
    assert family_model(np.zeros(count), np.full(bins, 1 / bins)).encoder.shape == (bins, codes)


@pytest.mark.parametrize("sharpness", [30.0, 1e3, 1e6])
def test_rate_and_distortion_stay_finite_where_a_softmax_underflows(sharpness):
    parameters, p_x = random_case(7, 4, sharpness, 9)
    model = family_model(parameters, p_x)
    assert math.isfinite(model.rate + model.distortion)


@PROOF
@given(st.data())
def test_flat_weights_make_a_perfect_autodecoder(data):
    bins, codes = data.draw(st.integers(2, 6)), data.draw(st.integers(2, 5))
    p_x = data.draw(pmfs(bins, positive))
    a = np.array(data.draw(st.lists(st.floats(-3, 3), min_size=codes, max_size=codes)))
    b = np.sqrt(np.log(p_x.max()) - np.log(p_x))
    model = family_model(parameter_vector(bins, codes, a=a, b=b, c=-(a**2)), p_x)
    assert model.rate == pytest.approx(0.0, abs=ROUNDING)
    assert model.distortion == pytest.approx(model.entropy, abs=IDENTITY)
    assert model.excess == pytest.approx(0.0, abs=IDENTITY)


@pytest.mark.parametrize("size", [2, 7, 30])
def test_a_steep_ordered_code_is_a_perfect_autoencoder(size):
    place = positions(size)
    p_x = np.full(size, 1 / size)
    # logits -(s x - s z)^2: a neighbour has exp(-(s h)^2) = exp(-400) of the mass
    steep = 20 / (place[1] - place[0])
    parts = {"v": steep, "a": steep * place, "w": steep, "b": steep * place}
    model = family_model(parameter_vector(size, size, **parts), p_x)
    assert model.rate == pytest.approx(math.log(size), abs=ROUNDING)
    assert model.distortion == pytest.approx(0.0, abs=ROUNDING)


# -- the compiled kernel against the plain statement ----------------------------------------------


@pytest.mark.parametrize(("bins", "codes", "scale", "seed"), CASES)
def test_kernel_values_are_those_of_the_tabulated_model(bins, codes, scale, seed):
    parameters, p_x = random_case(bins, codes, scale, seed)
    model = family_model(parameters, p_x)
    values, _ = run_terms(parameters, p_x)
    expected = [model.rate, model.distortion, roughness(p_x, model.encoder)]
    # where everything is nearly flat (scale 0.01) rate and roughness are differences of a few
    # 1e-5, so their digits are relative to one nat
    np.testing.assert_allclose(values, expected, rtol=SAME_FORMULA, atol=SAME_FORMULA)


@pytest.mark.parametrize(
    ("row", "name"), [(RATE, "rate"), (DISTORTION, "distortion"), (ROUGHNESS, "roughness")]
)
@pytest.mark.parametrize(("bins", "codes", "scale", "seed"), CASES)
def test_kernel_gradient_is_the_five_point_difference(bins, codes, scale, seed, row, name):
    parameters, p_x = random_case(bins, codes, scale, seed)
    _, gradients = run_terms(parameters, p_x)

    def at(step):
        moved = parameters + step * np.eye(parameters.size)
        return np.array([run_terms(one, p_x)[0][row] for one in moved])

    h = DIFFERENCE_STEP
    expected = (at(-2 * h) - 8 * at(-h) + 8 * at(h) - at(2 * h)) / (12 * h)
    largest = np.abs(expected).max()  # where all is nearly flat the tolerance shrinks with it
    np.testing.assert_allclose(
        gradients[row], expected, rtol=0, atol=GRADIENT * min(1.0, largest), err_msg=name
    )


def test_kernel_takes_a_source_with_empty_bins():
    parameters, _ = random_case(7, 4, 1.0, 10)
    p_x = np.array([0.0, 0.5, 0.0, 0.0, 0.25, 0.25, 0.0])
    model = family_model(parameters, p_x)
    values, gradients = run_terms(parameters, p_x)
    expected = [model.rate, model.distortion, roughness(p_x, model.encoder)]
    np.testing.assert_allclose(values, expected, rtol=SAME_FORMULA)
    assert np.isfinite(gradients).all()


@pytest.mark.parametrize("shift", [-1e3, 0.0, 1e3])
def test_log_softmax_is_normalised_whatever_the_level(shift):
    logits = np.array([-2.0, 0.5, 3.0]) + shift
    log_p, p = np.empty(3), np.empty(3)
    log_softmax(logits, log_p, p)
    np.testing.assert_allclose(p, softmax_by_loops([-2.0, 0.5, 3.0]), rtol=SAME_FORMULA)
    np.testing.assert_allclose(np.exp(log_p), p, rtol=SAME_FORMULA)


# -- roughness ------------------------------------------------------------------------------------


@PROOF
@given(channels(bins=st.integers(2, 5)))
def test_roughness_is_the_sum_that_its_docstring_states(channel):
    p_x, encoder = channel
    bins, codes = encoder.shape
    expected = sum(
        (p_x[j] + p_x[j + 1]) / 2 * (math.sqrt(encoder[j + 1, i]) - math.sqrt(encoder[j, i])) ** 2
        for j in range(bins - 1)
        for i in range(codes)
    )
    assert roughness(p_x, encoder) == pytest.approx(expected, rel=SAME_FORMULA, abs=ROUNDING)


@PROOF
@given(channels(bins=st.integers(2, 5)))
def test_roughness_does_not_depend_on_direction_or_names_of_codes(channel):
    p_x, encoder = channel
    mirrored = roughness(p_x[::-1], encoder[::-1, ::-1])
    assert mirrored == pytest.approx(roughness(p_x, encoder), abs=ROUNDING)


@PROOF
@given(channels(bins=st.integers(2, 5)))
def test_roughness_lies_between_a_constant_code_and_a_copy(channel):
    p_x, encoder = channel
    copy = roughness(p_x, np.eye(p_x.size))
    assert 0.0 <= roughness(p_x, encoder) <= copy + ROUNDING
    assert roughness(p_x, np.tile(encoder[0], (p_x.size, 1))) == 0.0


@pytest.mark.parametrize("bins", [51, 101, 201, 401])
@pytest.mark.parametrize("sharpness", [2.0, 5.0])
def test_roughness_tends_to_a_quarter_of_the_squared_bin_width_times_fisher_information(
    bins, sharpness
):
    x = positions(bins)
    width = x[1] - x[0]
    p_x = np.cos(math.pi / 2 * x) ** 4  # smooth, and nothing at the ends, where edges are cut off
    p_x /= p_x.sum()
    one = expit(sharpness * x)
    fisher = sharpness**2 * one * (1 - one)
    found = roughness(p_x, np.column_stack([one, 1 - one]))
    expected = width**2 / 4 * (p_x @ fisher)
    assert found == pytest.approx(expected, rel=HELLINGER * (sharpness * width) ** 2)


# -- wrong input ----------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 4, 7, 9, 11, 12])  # two bins take 4 + 3 codes, codes >= 2
def test_a_parameter_vector_of_no_family_is_refused(count):
    message = rf"parameters must hold 3 codes \+ 2 bins numbers, got {count} for 2 bins"
    with pytest.raises(ValueError, match=message):
        family_model(np.zeros(count), [0.5, 0.5])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: family_model(np.zeros((2, 5)), [0.5, 0.5]), r"parameters must be a non-empty 1-d"),
        (
            lambda: family_model([math.nan] * 10, [0.5, 0.5]),
            r"parameters must be finite, got parameters\[0\] = nan",
        ),
        (
            lambda: family_model(np.zeros(10), [0.5, 0.6]),
            r"p_x must sum to 1 within 1e-08, got p_x with sum 1\.1",
        ),
        (lambda: family_model(np.zeros(8), [1.0]), r"p_x "),  # one bin has no positions
        (lambda: family_model([], [0.5, 0.5]), r"parameters must be a non-empty 1-d .* \(0,\)"),
        (lambda: positions(1), r"count must be an integer of at least 2, got 1"),
        (lambda: roughness([0.5, 0.6], np.eye(2)), r"p_x must sum to 1"),
        (lambda: roughness([0.5, 0.5], [0.5, 0.5]), r"encoder must be a non-empty 2-d array"),
        (lambda: roughness([0.5, 0.5], [[1.0, 0.0]]), r"encoder must have shape .*got \(1, 2\)"),
        (
            lambda: roughness([0.5, 0.5], [[1.0, 0.0], [2.0, -1.0]]),
            r"encoder must not be negative, got encoder\[1, 1\] = -1",
        ),
        (
            lambda: roughness([0.5, 0.5], [[1.0, 0.0], [0.5, 0.4]]),
            r"encoder must sum to 1 within 1e-08, got encoder\[1\] with sum 0\.9",
        ),
    ],
)
def test_wrong_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_toy_source_fits_the_family_of_thirty_codes():
    source = toy_source()
    model = family_model(np.zeros(parameter_count(30, 30)), source.p_x)
    assert model.rate == pytest.approx(0.0, abs=ROUNDING)
    assert model.distortion == pytest.approx(math.log(30), abs=ROUNDING)
