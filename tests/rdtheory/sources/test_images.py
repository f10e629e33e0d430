"""The toy source and bars as images; sources by name."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory import toy_source
from rdtheory.sources.images import (
    CRITICAL_TEMPERATURE,
    FAMILIES,
    bars_and_stripes,
    ising,
    named_image_source,
    templates,
    toy_images,
)
from tests.make.theory_images import assert_same_source, numbers_of
from tests.strategies import PROOF
from tests.tolerances import NINE_DIGITS, ROUNDING

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
