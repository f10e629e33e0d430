import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory import entropy, toy_source
from rdtheory.sources.images import (
    CRITICAL_TEMPERATURE,
    FAMILIES,
    ImageSource,
    bars_and_stripes,
    bernoulli_mixture,
    ising,
    ising_log_partition,
    named_image_source,
    templates,
    toy_images,
)
from tests.strategies import PROOF, pmfs
from tests.tolerances import NINE_DIGITS, ROUNDING, STANDARD_ERRORS

LARGE_SUM = 1e-10
"""Relative. 65,536 terms, each a rounding off: 65,536 * 2.2e-16 = 1.5e-11 at the worst, and the
logarithm of a mass of up to 24 K = 240 nats is off by 5e-14."""

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

CORNER = np.array([[[0, 0], [0, 0]], [[1, 0], [0, 0]]], np.uint8)

by_name = pytest.mark.parametrize("name", NAMES)
ising_sides = pytest.mark.parametrize("side", [2, 3, 4])
strengths = pytest.mark.parametrize("strength", [-2.0, -0.3, 0.0, 0.1, 0.44, 1.0, 10.0])


def numbers_of(images):
    """The binary numbers that pixels make in raster order."""
    pixels = images.reshape(len(images), -1)
    return pixels @ 2 ** np.arange(pixels.shape[1] - 1, -1, -1)


def assert_same_source(one, other):
    assert one.name == other.name
    np.testing.assert_array_equal(one.images, other.images)
    np.testing.assert_array_equal(one.p_x, other.p_x)


# -- any source -----------------------------------------------------------------------------------


@by_name
def test_masses_are_positive_and_sum_to_one(name):
    source = named_image_source(name)
    assert math.fsum(source.p_x) == pytest.approx(1.0, abs=LARGE_SUM)
    assert (source.p_x > 0).all()


@by_name
def test_images_are_square_binary_and_distinct(name):
    images = named_image_source(name).images
    assert images.dtype == np.uint8
    assert images.shape[1] == images.shape[2]
    assert set(np.unique(images)) == {0, 1}
    assert len(np.unique(images, axis=0)) == len(images)


@by_name
def test_a_name_reads_back_to_the_same_source(name):
    source = named_image_source(name)
    assert source.name == name
    assert_same_source(named_image_source(source.name), source)


@by_name
def test_entropy_is_the_sum_of_its_definition(name):
    source = named_image_source(name)
    expected = -math.fsum(p * math.log(p) for p in source.p_x)
    assert source.entropy == pytest.approx(expected, rel=LARGE_SUM)


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


# -- toy, bars ------------------------------------------------------------------------------------


def test_the_toy_is_the_toy():
    source = toy_images()
    np.testing.assert_array_equal(source.p_x, toy_source().p_x)
    assert source.entropy == pytest.approx(3.217788332, abs=NINE_DIGITS)


def test_neighbouring_bins_differ_in_one_pixel():
    images = toy_images().images.astype(int)
    changes = np.abs(np.diff(images, axis=0)).sum(axis=(1, 2))
    np.testing.assert_array_equal(changes, np.ones(29))
    assert not images.reshape(30, 16)[:, 5:].any()


def test_the_gray_code_reads_back_to_the_bin():
    code = toy_images().images.reshape(30, 16)[:, :5]
    digits = np.bitwise_xor.accumulate(code, axis=1)  # the inverse of the reflected code
    np.testing.assert_array_equal(digits @ [16, 8, 4, 2, 1], np.arange(30))


@pytest.mark.parametrize("side", range(2, 9))
def test_bars_are_as_many_as_they_should_be(side):
    source = bars_and_stripes(side)
    assert len(source.images) == 2 ** (side + 1) - 2
    assert source.entropy == pytest.approx(math.log(2 ** (side + 1) - 2), abs=ROUNDING)
    rows = (source.images == source.images[:, :, :1]).all(axis=(1, 2))
    columns = (source.images == source.images[:, :1, :]).all(axis=(1, 2))
    assert (rows | columns).all()
    assert rows.sum() == columns.sum() == 2**side


def test_bars_are_all_there_are():
    found = set(numbers_of(bars_and_stripes(3).images).tolist())
    for number in range(512):
        image = np.array(list(f"{number:09b}"), int).reshape(3, 3)
        one_way = (image == image[:, :1]).all() or (image == image[:1]).all()
        assert (number in found) == one_way


def test_thirty_bars_of_side_four():
    assert len(bars_and_stripes().images) == 30
    assert bars_and_stripes().entropy == pytest.approx(math.log(30), abs=ROUNDING)


# -- Ising ----------------------------------------------------------------------------------------


def transfer_matrix_log_partition(side, strength):
    """log Z of Kramers and Wannier (1941): row after row, weights summed over what came before.

    Z = 1' V (T V)^(side - 1) 1, where V holds the bonds within a row and T those between two.
    """
    rows = np.array(list(product([-1, 1], repeat=side)))
    within = np.exp(strength * (rows[:, 1:] * rows[:, :-1]).sum(axis=1))
    between = np.exp(strength * rows @ rows.T)
    weights = within
    for _ in range(side - 1):
        weights = within * (between @ weights)
    return math.log(weights.sum())


def neighbours_product(image):
    """sum_(i, j neighbours) s_i s_j by the definition, bond by bond."""
    side = len(image)
    total = 0
    for i, j in product(range(side), repeat=2):
        for below, right in [(i + 1, j), (i, j + 1)]:
            if below < side and right < side:
                total += 1 if image[i][j] == image[below][right] else -1
    return total


@ising_sides
@strengths
def test_the_partition_function_is_that_of_the_transfer_matrix(side, strength):
    expected = transfer_matrix_log_partition(side, strength)
    found = ising_log_partition(side, coupling=strength, temperature=1.0)
    assert found == pytest.approx(expected, rel=LARGE_SUM)
    assert ising_log_partition(side, coupling=2 * strength, temperature=2.0) == found


@strengths
def test_the_ring_of_four_has_a_closed_form(strength):
    z = (2 * math.cosh(strength)) ** 4 + (2 * math.sinh(strength)) ** 4
    found = ising_log_partition(2, coupling=strength, temperature=1.0)
    assert found == pytest.approx(math.log(z), rel=ROUNDING)


@pytest.mark.parametrize("strength", [1e3, -1e3, 1e250])
@ising_sides
def test_in_great_cold_two_images_are_left(side, strength):
    bonds = 2 * side * (side - 1)  # log Z = log(2 exp(K bonds)) but for exp(-4 K)
    found = ising_log_partition(side, coupling=strength, temperature=1.0)
    assert found == pytest.approx(math.log(2) + abs(strength) * bonds, rel=ROUNDING)


@pytest.mark.parametrize("side", [2, 3])
@pytest.mark.parametrize("strength", [-0.3, 0.44, 2.0])
def test_ising_masses_are_those_of_the_definition(side, strength):
    source = ising(side, coupling=strength, temperature=1.0)
    weights = [math.exp(strength * neighbours_product(image)) for image in source.images.tolist()]
    np.testing.assert_allclose(source.p_x, np.array(weights) / math.fsum(weights), rtol=LARGE_SUM)


@ising_sides
def test_images_are_in_the_order_of_their_numbers(side):
    for source in (ising(side), bernoulli_mixture(np.full((1, side, side), 0.3))):
        np.testing.assert_array_equal(numbers_of(source.images), np.arange(2 ** (side**2)))


@ising_sides
def test_black_and_white_are_alike(side):
    p_x = ising(side).p_x
    np.testing.assert_allclose(p_x, p_x[::-1], rtol=ROUNDING)  # 1 - x has the last number less x's


@ising_sides
@pytest.mark.parametrize("coupling", [0.5, 1.0])
def test_an_antiferromagnet_is_a_ferromagnet_on_the_chessboard(side, coupling):
    chessboard = np.indices((1, side, side))[1:].sum(axis=0) % 2
    flipped = np.arange(2 ** (side**2)) ^ numbers_of(chessboard)
    anti = ising(side, coupling=-coupling, temperature=1.3)
    plain = ising(side, coupling=coupling, temperature=1.3)
    np.testing.assert_allclose(anti.p_x, plain.p_x[flipped], rtol=LARGE_SUM)
    assert anti.entropy == pytest.approx(plain.entropy, rel=LARGE_SUM)


@ising_sides
def test_in_great_heat_all_images_are_equally_likely(side):
    for source in (ising(side, temperature=1e9), ising(side, coupling=0.0)):
        np.testing.assert_allclose(source.p_x * 2 ** (side**2), 1.0, atol=1e-7)  # 2 * 24 K = 5e-8
        assert source.entropy == pytest.approx(side**2 * math.log(2), abs=LARGE_SUM)


@ising_sides
@strengths
def test_the_entropy_is_that_of_thermodynamics(side, strength):
    """H = log Z - K d log Z / d K, where d log Z / d K is the mean of the sum over neighbours."""
    source = ising(side, coupling=strength, temperature=1.0)
    spins = 2.0 * source.images - 1
    down = (spins[:, 1:] * spins[:, :-1]).sum(axis=(1, 2))
    right = (spins[:, :, 1:] * spins[:, :, :-1]).sum(axis=(1, 2))
    log_z = ising_log_partition(side, coupling=strength, temperature=1.0)
    expected = log_z - strength * float(source.p_x @ (down + right))
    assert source.entropy == pytest.approx(expected, abs=LARGE_SUM)


def test_at_the_critical_temperature_the_dual_of_the_coupling_is_itself():
    assert math.sinh(2 / CRITICAL_TEMPERATURE) == pytest.approx(1.0, abs=ROUNDING)
    default, told = ising(3), ising(3, coupling=1.0, temperature=CRITICAL_TEMPERATURE)
    assert_same_source(default, told)


# -- mixtures -------------------------------------------------------------------------------------


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


# -- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ising:2x2:temperature=1.0:coupling=0.50", "ising:2x2:coupling=0.5:temperature=1"),
        ("ising:2x2:coupling=1", "ising:2x2"),
        ("ising:2x2:coupling=-0", "ising:2x2:coupling=0"),
        ("ising:2x2:coupling=0.1234567890123", "ising:2x2:coupling=0.1234567890123"),
        ("ising:2x2:temperature=1e9", "ising:2x2:temperature=1e+09"),
        (f"ising:2x2:temperature={CRITICAL_TEMPERATURE!r}", "ising:2x2"),
        ("templates:3x3:noise=0.05", "templates:3x3"),
        ("templates:3x3:noise=.1", "templates:3x3:noise=0.1"),
    ],
)
def test_a_name_says_what_differs_and_no_more(text, name):
    assert named_image_source(text).name == name


@st.composite
def named_arguments(draw):
    """Pairs of a text, its arguments in any order, and the source made directly."""
    family = draw(st.sampled_from(["toy", "bars", "ising", "templates"]))
    if family == "toy":
        return "toy", toy_images()
    low, high = {"bars": (2, 8), "ising": (2, 3), "templates": (3, 3)}[family]
    side = draw(st.integers(low, high))
    numbers = {
        "bars": {},
        "ising": {"coupling": st.floats(-3, 3), "temperature": st.floats(0.5, 10)},
        "templates": {"noise": st.floats(0.01, 0.49)},
    }[family]
    names = draw(st.permutations(sorted(numbers)))
    arguments = {name: draw(numbers[name]) for name in names if draw(st.booleans())}
    told = "".join(f":{name}={value!r}" for name, value in arguments.items())
    make = {"bars": bars_and_stripes, "ising": ising, "templates": templates}[family]
    return f"{family}:{side}x{side}{told}", make(side, **arguments)


@PROOF
@given(pair=named_arguments())
def test_text_and_call_make_the_same_source_and_its_name_makes_it_again(pair):
    text, source = pair
    assert_same_source(named_image_source(text), source)
    assert_same_source(named_image_source(source.name), source)
    assert len(source.name) <= len(text)


PIECES = ["", "toy", "ising", "bars", "templates", "3x3", "2x2", "3x2", "0x0", "noise=", "a\nb"]
PIECES += ["noise=0.1", "coupling=1", "coupling=x", "temperature=2", "temperature=1=2", "="]


def source_or_message(text):
    try:
        return named_image_source(text), None
    except ValueError as error:
        return None, str(error)


@PROOF
@given(pieces=st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=4))
def test_any_text_is_a_source_or_told_to_be_none_in_one_line(pieces):
    text = ":".join(pieces)
    source, message = source_or_message(text)
    if message is None:
        assert_same_source(named_image_source(source.name), source)
    else:
        assert message.startswith("source ")
        assert message.endswith(repr(text))
        assert len(message.splitlines()) == 1


def test_every_example_of_a_message_is_a_source():
    for family, (*_, example) in FAMILIES.items():
        assert named_image_source(example).name == example
        assert example.split(":")[0] == family


# -- what is refused, one row per message ---------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"source must be like toy, bars:4x4, ising:.*, templates:.*, got ''"),
        ("potts:4x4", r"source must be like .*, got 'potts:4x4'"),
        ("Ising:4x4", r"source must be like .*, got 'Ising:4x4'"),
        ("toy:4x4", r"source toy must have nothing more, as in toy, got 'toy:4x4'"),
        ("bars", r"source bars must have a size from 2x2 to 8x8, as in bars:4x4, got 'bars'"),
        ("bars:1x1", r"source bars must have a size from 2x2 to 8x8, .*, got 'bars:1x1'"),
        ("bars:9x9", r"source bars must have a size from 2x2 to 8x8, .*, got 'bars:9x9'"),
        ("bars:4", r"source bars must have a size from 2x2 to 8x8, .*, got 'bars:4'"),
        ("bars:4x4:noise=1", r"source bars must have nothing more, .*, got 'bars:4x4:noise=1'"),
        ("ising:4x3", r"source ising must have a size from 2x2 to 4x4, .*, got 'ising:4x3'"),
        ("ising:5x5", r"source ising must have a size from 2x2 to 4x4, .*, got 'ising:5x5'"),
        ("ising:axb", r"source ising must have a size from 2x2 to 4x4, .*, got 'ising:axb'"),
        ("ising:coupling=1:4x4", r"source ising must have a size .*, got 'ising:coupling=1:4x4'"),
        ("templates:2x2", r"source templates must have a size from 3x3 to 4x4, .*'templates:2x2'"),
        (
            "ising:4x4:4x4",
            r"source ising must have no argument but coupling and temperature, each once, "
            r"as in ising:4x4:temperature=2, got 'ising:4x4:4x4'",
        ),
        ("ising:4x4:", r"source ising must have no argument but .*, got 'ising:4x4:'"),
        ("ising:4x4:noise=1", r"source ising must have no argument but .*, got '.*:noise=1'"),
        ("ising:4x4:side=3", r"source ising must have no argument but .*, got '.*:side=3'"),
        (
            "ising:4x4:coupling=1:coupling=1",
            r"source ising must have no argument but .*, each once, .*'ising:4x4:coupling=1:coup",
        ),
        (
            "templates:4x4:noise=some",
            r"source templates must have a number for noise, as in .*, got '.*:noise=some'",
        ),
        ("ising:4x4:coupling=", r"source ising must have a number for coupling, .*:coupling='"),
        ("ising:4x4:coupling=nan", r"coupling must be a finite number, got nan"),
        ("ising:4x4:coupling=inf", r"coupling must be a finite number, got inf"),
        ("ising:4x4:temperature=0", r"temperature must be a finite number above 0, got 0"),
        ("ising:4x4:temperature=-1", r"temperature must be a finite number above 0, got -1"),
        ("templates:4x4:noise=0.5", r"noise must be in \(0, 0\.5\), got 0\.5"),
    ],
)
def test_messages_of_names(text, message):
    with pytest.raises(ValueError, match=message) as caught:
        named_image_source(text)
    assert "\n" not in str(caught.value)


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
