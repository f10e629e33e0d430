"""Mixtures against their definition; glyphs with flipped pixels."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory import entropy
from rdtheory.sources.images import bernoulli_mixture, templates
from tests.make.theory_images import LARGE_SUM, assert_same_source, numbers_of
from tests.strategies import PROOF, pmfs
from tests.tolerances import ROUNDING


def mixture_by_definition(probabilities, weights, images):
    masses = []
    for image in images:
        chances = np.where(image, probabilities, 1 - probabilities)  # (K, side, side)
        masses.append(math.fsum(weights * chances.prod(axis=(1, 2))))
    return np.array(masses)


@st.composite
def mixtures(draw):
    count, side = draw(st.integers(1, 3)), draw(st.integers(2, 3))
    size = count * side**2
    pixels = draw(st.lists(st.floats(0.001, 0.999), min_size=size, max_size=size))
    weights = draw(pmfs(count, st.one_of(st.floats(0.01, 1.0), st.just(0.0))))
    return np.array(pixels).reshape(count, side, side), weights


@PROOF
@given(mixture=mixtures())
def test_a_mixture_is_that_of_its_definition(mixture):
    probabilities, weights = mixture
    source = bernoulli_mixture(probabilities, weights)
    expected = mixture_by_definition(probabilities, weights, source.images)
    np.testing.assert_allclose(source.p_x, expected, rtol=ROUNDING)


def test_equal_weights_are_the_default():
    probabilities = np.random.default_rng(0).uniform(0.1, 0.9, (4, 4, 4))
    assert_same_source(
        bernoulli_mixture(probabilities, name="mine"),
        bernoulli_mixture(probabilities, [0.25] * 4, name="mine"),
    )


def test_one_template_is_a_product_of_coins():
    probabilities = np.random.default_rng(0).uniform(0.1, 0.9, (1, 4, 4))
    source = bernoulli_mixture(probabilities)
    coins = sum(entropy([t, 1 - t]) for t in probabilities.ravel())
    assert source.entropy == pytest.approx(coins, rel=LARGE_SUM)
    mean = np.tensordot(source.p_x, source.images, axes=1)
    np.testing.assert_allclose(mean, probabilities[0], rtol=LARGE_SUM)


GLYPHS = {
    3: ["000111000", "010010010", "100010001", "111101111"],
    4: ["0000000011110000", "0010001000100010", "1000010000100001", "1111100110011111"],
}


@pytest.mark.parametrize("noise", [1e-12, 0.05, 0.3, 0.49])
@pytest.mark.parametrize("side", [3, 4])
def test_templates_are_glyphs_with_flipped_pixels(side, noise):
    source = templates(side, noise=noise)
    pixels = source.images.reshape(len(source.images), -1)
    expected = np.zeros(len(pixels))
    for glyph in GLYPHS[side]:
        flips = (pixels != np.array(list(glyph), int)).sum(axis=1)
        expected += noise**flips * (1 - noise) ** (side**2 - flips) / 4
    np.testing.assert_allclose(source.p_x, expected, rtol=LARGE_SUM)


@pytest.mark.parametrize("side", [3, 4])
def test_without_noise_only_the_glyphs_are_left(side):
    source = templates(side, noise=1e-18)
    likely = source.p_x > 1e-9
    np.testing.assert_allclose(source.p_x[likely], 0.25, rtol=ROUNDING)
    found = numbers_of(source.images[likely]).tolist()
    assert found == sorted(int(glyph, 2) for glyph in GLYPHS[side])
    assert source.entropy == pytest.approx(math.log(4), abs=ROUNDING)
