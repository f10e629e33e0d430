"""Any source of binary images: its law, its draws, its padding, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory import entropy
from rdtheory.sources.images import (
    ImageSource,
    bars_and_stripes,
    bernoulli_mixture,
    ising,
    ising_log_partition,
    named_image_source,
    templates,
    toy_images,
)
from tests.make.theory_images import CORNER, LARGE_SUM, assert_same_source, numbers_of
from tests.strategies import PROOF, pmfs
from tests.tolerances import ROUNDING, STANDARD_ERRORS

NAMES = [
    "toy",
    "bars:2x2",
    "bars:4x4",
    "bars:8x8",
    "ising:2x2",
    "ising:3x3:coupling=-1",
    "ising:4x4",
    "ising:4x4:coupling=0.5:temperature=1",
    "templates:3x3",
    "templates:4x4:noise=0.1",
]

by_name = pytest.mark.parametrize("name", NAMES)


# -- any source -----------------------------------------------------------------------------------


@by_name
def test_a_source_is_a_law_over_square_binary_and_distinct_images(name):
    source = named_image_source(name)
    assert math.fsum(source.p_x) == pytest.approx(1.0, abs=LARGE_SUM)
    assert (source.p_x > 0).all()
    assert source.images.dtype == np.uint8
    assert source.images.shape[1] == source.images.shape[2]
    assert set(np.unique(source.images)) == {0, 1}
    assert len(np.unique(source.images, axis=0)) == len(source.images)
    expected = -math.fsum(p * math.log(p) for p in source.p_x)
    assert source.entropy == pytest.approx(expected, rel=LARGE_SUM)
    assert source.name == name
    assert_same_source(named_image_source(source.name), source)


@by_name
def test_padding_keeps_the_entropy_and_the_images(name):
    source = named_image_source(name)
    side = source.side
    wide = source.padded(side + 3)
    assert wide.name == source.name
    assert wide.side == side + 3
    assert wide.entropy == source.entropy
    np.testing.assert_array_equal(wide.p_x, source.p_x)
    np.testing.assert_array_equal(wide.images[:, :side, :side], source.images)
    assert not wide.images[:, side:].any()
    assert not wide.images[:, :, side:].any()


def test_padding_to_the_same_side_changes_nothing():
    source = bars_and_stripes(3)
    assert source.padded(3) is source


def test_a_source_keeps_copies_that_cannot_be_written():
    images, p_x = CORNER.copy(), np.array([0.75, 0.25])
    source = ImageSource("corner", images, p_x)
    images[0], p_x[0] = 1, 0.0
    np.testing.assert_array_equal(source.images, CORNER)
    assert source.p_x.tolist() == [0.75, 0.25]
    for array in (source.images, source.p_x):
        with pytest.raises(ValueError, match=r"read-only"):
            array[0] = 1
    sample = source.sample(4)
    sample[0] = 1  # a copy


@PROOF
@given(p_x=pmfs(4, st.floats(0.01, 1.0)))
def test_entropy_is_that_of_the_masses(p_x):
    images = np.eye(4, dtype=np.uint8).reshape(4, 2, 2)
    source = ImageSource("points", images, p_x)
    assert source.entropy == entropy(p_x)
    assert 0 <= source.entropy <= math.log(4) + ROUNDING


# -- draws ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", ["toy", "bars:3x3", "ising:3x3", "templates:3x3"])
def test_frequencies_are_those_of_the_source(name, seed):
    """Pearson's statistic has the mean X - 1 and, exactly, the variance below: Haldane (1937)."""
    source = named_image_source(name)
    draws, letters = 20_000, len(source.p_x)
    drawn = source.sample(draws, seed=seed)
    order = np.argsort(numbers_of(source.images))
    places = np.searchsorted(numbers_of(source.images)[order], numbers_of(drawn))
    counts = np.bincount(order[places], minlength=letters)
    np.testing.assert_array_equal(source.images[order[places]], drawn)
    expected = draws * source.p_x
    statistic = ((counts - expected) ** 2 / expected).sum()
    spread = (1 / source.p_x).sum() - letters**2 - 2 * letters + 2
    deviation = math.sqrt(2 * (letters - 1) + spread / draws)
    assert abs(statistic - (letters - 1)) <= STANDARD_ERRORS * deviation


def test_draws_follow_from_their_seed():
    source = toy_images()
    drawn = source.sample(50, seed=3)
    assert drawn.shape == (50, 4, 4)
    assert drawn.dtype == np.uint8
    np.testing.assert_array_equal(drawn, source.sample(50, seed=3))
    np.testing.assert_array_equal(source.sample(50), source.sample(50, seed=0))
    assert (drawn != source.sample(50, seed=4)).any()


def test_a_padded_source_draws_the_same():
    source = toy_images()
    np.testing.assert_array_equal(source.padded(6).sample(50)[:, :4, :4], source.sample(50))


# -- what is refused, one row per message ---------------------------------------------------------


TWICE = np.concatenate([CORNER, CORNER[:1]])
HALVES = np.full((2, 2, 2), 0.5)


def corner(images=CORNER, p_x=(0.75, 0.25)):
    return ImageSource("corner", images, p_x)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: corner(CORNER[0]), r"images must have shape \(any, side, side\), got \(2, 2\)"),
        (lambda: corner(CORNER[:, :1]), r"images must have shape .*, got \(2, 1, 2\)"),
        (lambda: corner(CORNER[:0]), r"images must have shape .*, got \(0, 2, 2\)"),
        (lambda: corner(CORNER[:, :0, :0]), r"images must have shape .*, got \(2, 0, 0\)"),
        (lambda: corner(CORNER * 255), r"images must hold zeros and ones, got 255"),
        (
            lambda: corner(TWICE, [0.5, 0.25, 0.25]),
            r"images must differ from each other, got images 0 and 2 equal",
        ),
        (lambda: corner(p_x=[1.0]), r"p_x must have one mass per image, 2, got 1"),
        (lambda: corner(p_x=[1.0, 0.0]), r"p_x must be positive, got p_x\[1\] = 0\.0"),
        (lambda: corner(p_x=[1.5, -0.5]), r"p_x must not be negative, got p_x\[1\] = -0\.5"),
        (lambda: corner(p_x=[0.5, 0.4]), r"p_x must sum to 1 within 1e-08, got p_x with sum 0\.9"),
        (lambda: corner(p_x=[0.5, math.nan]), r"p_x must be finite, got p_x\[1\] = nan"),
        (lambda: corner(p_x=[[0.5, 0.5]]), r"p_x must be a non-empty 1-d array, .* \(1, 2\)"),
        (lambda: corner().padded(1), r"side must be an integer of at least 2, got 1"),
        (lambda: corner().sample(0), r"count must be an integer of at least 1, got 0"),
        (lambda: corner().sample(1, seed=-1), r"seed must be an integer of at least 0, got -1"),
        (lambda: bars_and_stripes(1), r"side must be an integer of at least 2, got 1"),
        (lambda: bars_and_stripes(9), r"side must be an integer of at most 8, got 9"),
        (lambda: ising(1), r"side must be an integer of at least 2, got 1"),
        (lambda: ising(5), r"side must be an integer of at most 4, got 5"),
        (lambda: ising_log_partition(5), r"side must be an integer of at most 4, got 5"),
        (lambda: ising(2, coupling=math.nan), r"coupling must be a finite number, got nan"),
        (lambda: ising(2, temperature=0.0), r"temperature must be a finite .* above 0, got 0"),
        (lambda: ising(2, temperature=math.inf), r"temperature must be .* above 0, got inf"),
        (
            lambda: ising(4, temperature=1e-3),
            r"coupling / temperature must leave no mass below 2\.2e-308, where float64 loses "
            r"digits, got coupling = 1 and temperature = 0\.001, which leaves 0$",
        ),
        (
            lambda: ising(4, coupling=-1, temperature=0.0677966),
            r"coupling / temperature must leave no mass .* = 0\.0677966, which leaves 1\.7e-308$",
        ),
        (
            lambda: ising_log_partition(2, coupling=-2.0, temperature=1e-300),
            r"coupling / temperature must be in \[-1e\+300, 1e\+300\], got -2e\+300",
        ),
        (
            lambda: ising(2, coupling=1e300, temperature=1e-300),
            r"coupling / temperature must be in \[-1e\+300, 1e\+300\], got inf",
        ),
        (
            lambda: bernoulli_mixture(np.full((1, 5, 5), 0.5)),
            r"templates must have shape \(any, side, side\) with side in 2\.\.4, got \(1, 5, 5\)",
        ),
        (
            lambda: bernoulli_mixture(np.full((1, 2, 3), 0.5)),
            r"templates must have shape .*, got \(1, 2, 3\)",
        ),
        (
            lambda: bernoulli_mixture(np.full((2, 2), 0.5)),
            r"templates must be a non-empty 3-d array, got shape \(2, 2\)",
        ),
        (
            lambda: bernoulli_mixture([[[0.5, 0.5], [0.0, 0.5]]]),
            r"templates must be in \(0, 1\), got templates\[0, 1, 0\] = 0\.0",
        ),
        (
            lambda: bernoulli_mixture([[[0.5, 0.5], [0.5, 1.0]]]),
            r"templates must be in \(0, 1\), got templates\[0, 1, 1\] = 1\.0",
        ),
        (
            lambda: bernoulli_mixture(np.full((1, 2, 2), 1e-100)),
            r"templates must leave no mass below 2\.2e-308, .*, got from 1e-100 to 1e-100, which",
        ),
        (
            lambda: bernoulli_mixture(HALVES, [1.0]),
            r"weights must have one mass per template, 2, got 1",
        ),
        (
            lambda: bernoulli_mixture(HALVES, [0.5, 0.6]),
            r"weights must sum to 1 within 1e-08, got weights with sum 1\.1",
        ),
        (lambda: templates(2), r"side must be an integer of at least 3, got 2"),
        (lambda: templates(5), r"side must be an integer of at most 4, got 5"),
        (lambda: templates(3, noise=0.0), r"noise must be in \(0, 0\.5\), got 0"),
        (lambda: templates(3, noise=math.nan), r"noise must be in \(0, 0\.5\), got nan"),
        (
            lambda: templates(4, noise=1e-40),
            r"noise must leave no mass below 2\.2e-308, .*, got 1e-40, which leaves 0$",
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
        (lambda: ImageSource(3, CORNER, [0.75, 0.25]), r"name must be text, got int"),
        (lambda: corner(CORNER.tolist()), r"images must be an array of uint8, got list"),
        (lambda: corner(CORNER.astype(bool)), r"images must be an array of uint8, got bool"),
        (lambda: corner(CORNER.astype(float)), r"images must be an array of uint8, got float64"),
        (lambda: corner(p_x=["1", "0"]), r"p_x must be an array of numbers, got \['1', '0'\]"),
        (lambda: corner().padded(4.0), r"side must be an integer, got 4\.0"),
        (lambda: corner().sample(1.5), r"count must be an integer, got 1\.5"),
        (lambda: corner().sample(1, seed=None), r"seed must be an integer, got None"),
        (lambda: bars_and_stripes("4"), r"side must be an integer, got '4'"),
        (lambda: ising(2.0), r"side must be an integer, got 2\.0"),
        (lambda: ising(2, coupling="1"), r"coupling must be a number, got '1'"),
        (lambda: ising(2, temperature=None), r"temperature must be a number, got None"),
        (lambda: bernoulli_mixture([["a"]]), r"templates must be an array of numbers, got"),
        (lambda: templates(3, noise="0.1"), r"noise must be a number, got '0\.1'"),
        (lambda: named_image_source(3), r"source must be text, got int"),
    ],
)
def test_wrong_types_are_named(call, message):
    with pytest.raises(TypeError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
