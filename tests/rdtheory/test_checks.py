import math

import numpy as np
import pytest

from rdtheory import (
    Model,
)
from rdtheory.checks import (
    MOST_SEED,
    SUM_TOLERANCE,
    check_array,
    check_choice,
    check_conditional,
    check_count,
    check_number,
    check_pmf,
    check_seed,
)
from tests.tolerances import LAST_BIT

HALF = [[0.5, 0.5], [0.5, 0.5]]


# -- what is let through --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        [0.25, 0.75],
        (0.25, 0.75),
        np.array([0.25, 0.75], dtype=np.float32),
        np.array([0.75, 0.25])[::-1],
        np.array([0.25, 9.0, 0.75])[::2],
    ],
)
def test_an_array_comes_back_as_new_float64_of_the_same_numbers(value):
    array = check_array("p", value, ndim=1)
    assert array.dtype == np.float64
    assert array.tolist() == [0.25, 0.75]
    assert not np.shares_memory(array, np.asarray(value))


def test_whole_numbers_are_numbers():
    assert check_pmf("p", [0, 1]).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("off", [-0.9 * SUM_TOLERANCE, 0.0, 0.9 * SUM_TOLERANCE])
def test_a_sum_within_the_tolerance_passes_and_is_divided_out(off):
    p = check_pmf("p", [0.5, 0.5 + off])
    assert p.sum() == pytest.approx(1.0, abs=LAST_BIT)
    assert p[1] / p[0] == pytest.approx((0.5 + off) / 0.5, rel=4 * LAST_BIT)


@pytest.mark.parametrize("off", [-1.1 * SUM_TOLERANCE, 1.1 * SUM_TOLERANCE])
def test_a_sum_beyond_the_tolerance_does_not(off):
    with pytest.raises(ValueError, match=r"p must sum to 1 within 1e-08"):
        check_pmf("p", [0.5, 0.5 + off])


def test_conditional_rows_pass():
    assert check_conditional("e", [[0.5, 0.5], [0, 1]], shape=(2, 2)).tolist() == [
        [0.5, 0.5],
        [0, 1],
    ]


@pytest.mark.parametrize("value", [0, 0.5, 1, np.float32(0.5), np.int64(1)])
def test_a_number_in_its_closed_range_passes_as_float(value):
    number = check_number("x", value, low=0.0, high=1.0)
    assert type(number) is float
    assert number == value


@pytest.mark.parametrize("value", [1, 7, np.int64(3), np.uint8(2)])
def test_a_count_passes_as_int(value):
    count = check_count("n", value)
    assert type(count) is int
    assert count == value


def test_a_choice_passes():
    assert check_choice("start", "small", ("small", "trained")) == "small"


# -- what is refused, one row per message ---------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([0.5, math.nan], r"p must be finite, got p\[1\] = nan"),
        ([math.inf, 0.5], r"p must be finite, got p\[0\] = inf"),
        ([0.5, -math.inf], r"p must be finite, got p\[1\] = -inf"),
        ([1.5, -0.5], r"p must not be negative, got p\[1\] = -0\.5"),
        ([0.5, 0.4], r"p must sum to 1 within 1e-08, got p with sum 0\.9"),
        ([0.0, 0.0], r"p must sum to 1 within 1e-08, got p with sum 0$"),
        ([], r"p must be a non-empty 1-d array, got shape \(0,\)"),
        (1.0, r"p must be a non-empty 1-d array, got shape \(\)"),
        ([[0.5, 0.5]], r"p must be a non-empty 1-d array, got shape \(1, 2\)"),
    ],
)
def test_pmf_messages(value, message):
    with pytest.raises(ValueError, match=message):
        check_pmf("p", value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([0.5, 0.5], r"e must be a non-empty 2-d array, got shape \(2,\)"),
        (np.zeros((2, 0)), r"e must be a non-empty 2-d array, got shape \(2, 0\)"),
        (np.zeros((2, 2, 2)), r"e must be a non-empty 2-d array, got shape \(2, 2, 2\)"),
        ([[1.0, 0.0]], r"e must have shape \(2, 2\), got \(1, 2\)"),
        (np.full((2, 3), 1 / 3), r"e must have shape \(2, 2\), got \(2, 3\)"),
        ([[0.5, 0.5], [math.nan, 1.0]], r"e must be finite, got e\[1, 0\] = nan"),
        ([[0.5, 0.5], [1.25, -0.25]], r"e must not be negative, got e\[1, 1\] = -0\.25"),
        ([[0.5, 0.5], [0.5, 0.75]], r"e must sum to 1 within 1e-08, got e\[1\] with sum 1\.25"),
    ],
)
def test_conditional_messages(value, message):
    with pytest.raises(ValueError, match=message):
        check_conditional("e", value, shape=(2, 2))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("half", r"p must be an array of numbers, got 'half'"),
        (["half", "half"], r"p must be an array of numbers, got \['half', 'half'\]"),
        (["0.5", "0.5"], r"p must be an array of numbers, got \['0\.5', '0\.5'\]"),
        ({0.5: 0.5}, r"p must be an array of numbers, got \{0\.5: 0\.5\}"),
        ([0.5 + 0j, 0.5], r"p must be an array of numbers, got \[\(0\.5\+0j\), 0\.5\]"),
        ([[1.0], [0.5, 0.5]], r"p must be an array of numbers, got \[\[1\.0\], \[0\.5, 0\.5\]\]"),
        (["x" * 100], r"p must be an array of numbers, got \['x{55}\.\.\.$"),
    ],
)
def test_array_type_messages(value, message):
    with pytest.raises(TypeError, match=message):
        check_pmf("p", value)


@pytest.mark.parametrize(
    ("value", "limits", "message"),
    [
        (math.nan, {}, r"x must be a finite number, got nan"),
        (math.inf, {}, r"x must be a finite number, got inf"),
        (math.inf, {"low": 0.0}, r"x must be a finite number of at least 0, got inf"),
        (-0.5, {"low": 0.0}, r"x must be a finite number of at least 0, got -0\.5"),
        (math.nan, {"low": 0.0, "high": 1.0}, r"x must be in \[0, 1\], got nan"),
        (1.5, {"low": 0.0, "high": 1.0}, r"x must be in \[0, 1\], got 1\.5"),
        (-1, {"low": 0.0, "high": 1.0}, r"x must be in \[0, 1\], got -1"),
        (2, {"low": 0.0, "high": 1.0, "rule": "a probability"}, r"x must be a probability, got 2"),
    ],
)
def test_number_messages(value, limits, message):
    with pytest.raises(ValueError, match=message):
        check_number("x", value, **limits)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("much", r"x must be a number, got 'much'"),
        ("0.5", r"x must be a number, got '0\.5'"),
        (None, r"x must be a number, got None"),
        ([0.5, 0.5], r"x must be a number, got \[0\.5, 0\.5\]"),
        (1j, r"x must be a number, got 1j"),
    ],
)
def test_number_type_messages(value, message):
    with pytest.raises(TypeError, match=message):
        check_number("x", value)


@pytest.mark.parametrize(
    ("value", "low", "message"),
    [
        (0, 1, r"n must be an integer of at least 1, got 0"),
        (-3, 0, r"n must be an integer of at least 0, got -3"),
        (1, 2, r"n must be an integer of at least 2, got 1"),
    ],
)
def test_count_messages(value, low, message):
    with pytest.raises(ValueError, match=message):
        check_count("n", value, low=low)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (2.0, r"n must be an integer, got 2\.0"),
        (2.5, r"n must be an integer, got 2\.5"),
        ("2", r"n must be an integer, got '2'"),
        (None, r"n must be an integer, got None"),
        (math.nan, r"n must be an integer, got nan"),
    ],
)
def test_count_type_messages(value, message):
    with pytest.raises(TypeError, match=message):
        check_count("n", value)


@pytest.mark.parametrize("seed", [-1, MOST_SEED + 1, 1.0, "1", True, None])
def test_a_seed_that_some_generator_would_not_take_is_named(seed):
    assert check_seed(0) == 0
    assert check_seed(MOST_SEED) == MOST_SEED
    with pytest.raises(ValueError, match=r"seed must be a whole number in \[0, 9\d{18}\], got "):
        check_seed(seed)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_beyond_all_floats_is_infinite(sign):
    with pytest.raises(ValueError, match=r"x must be a finite number.*, got -?inf"):
        check_number("x", sign * 10**400)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("large", r"start must be one of small, trained, got 'large'"),
        ("", r"start must be one of small, trained, got ''"),
        ("Small", r"start must be one of small, trained, got 'Small'"),
        (3, r"start must be one of small, trained, got 3"),
        (None, r"start must be one of small, trained, got None"),
    ],
)
def test_choice_messages(value, message):
    with pytest.raises(ValueError, match=message):
        check_choice("start", value, ("small", "trained"))


# -- the same at the door of a model --------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("p_x", [math.nan, 1.0], r"p_x must be finite, got p_x\[0\] = nan"),
        ("p_x", [1.5, -0.5], r"p_x must not be negative, got p_x\[1\] = -0\.5"),
        ("p_x", [0.5, 0.4], r"p_x must sum to 1 within 1e-08, got p_x with sum 0\.9"),
        ("p_x", [[0.5, 0.5]], r"p_x must be a non-empty 1-d array, got shape \(1, 2\)"),
        ("p_x", [], r"p_x must be a non-empty 1-d array, got shape \(0,\)"),
        ("p_x", [0.2, 0.3, 0.5], r"encoder must have shape \(3, 2\), got \(2, 2\)"),
        ("marginal", [1.0, math.inf], r"marginal must be finite, got marginal\[1\] = inf"),
        ("marginal", [-0.5, 1.5], r"marginal must not be negative, got marginal\[0\] = -0\.5"),
        ("marginal", [0.5, 0.6], r"marginal must sum to 1 within 1e-08, .* with sum 1\.1"),
        ("marginal", HALF, r"marginal must be a non-empty 1-d array, got shape \(2, 2\)"),
        ("marginal", [], r"marginal must be a non-empty 1-d array, got shape \(0,\)"),
        ("marginal", [0.2, 0.3, 0.5], r"encoder must have shape \(2, 3\), got \(2, 2\)"),
        ("encoder", [[0.5, 0.5], [0.5, math.nan]], r"encoder must be finite, .*\[1, 1\] = nan"),
        ("encoder", [[2.0, -1.0], [0.5, 0.5]], r"encoder must not be negative, .*\[0, 1\] = -1"),
        (
            "encoder",
            [[0.5, 0.5], [0.5, 0.4]],
            r"encoder must sum to 1 .* encoder\[1\] with sum 0\.9",
        ),
        ("encoder", [0.5, 0.5], r"encoder must be a non-empty 2-d array, got shape \(2,\)"),
        ("encoder", np.zeros((2, 0)), r"encoder must be a non-empty 2-d array, .* \(2, 0\)"),
        ("encoder", [[0.5, 0.5]], r"encoder must have shape \(2, 2\), got \(1, 2\)"),
        ("decoder", [[math.nan, 1.0], [0.5, 0.5]], r"decoder must be finite, .*\[0, 0\] = nan"),
        ("decoder", [[0.5, 0.5], [-1.0, 2.0]], r"decoder must not be negative, .*\[1, 0\] = -1"),
        (
            "decoder",
            [[0.1, 0.1], [0.5, 0.5]],
            r"decoder must sum to 1 .* decoder\[0\] with sum 0\.2",
        ),
        ("decoder", [0.5, 0.5], r"decoder must be a non-empty 2-d array, got shape \(2,\)"),
        ("decoder", np.zeros((0, 2)), r"decoder must be a non-empty 2-d array, .* \(0, 2\)"),
        ("decoder", np.full((2, 3), 1 / 3), r"decoder must have shape \(2, 2\), got \(2, 3\)"),
    ],
)
def test_model_messages(part, value, message):
    parts = {"p_x": [0.5, 0.5], "encoder": HALF, "marginal": [0.5, 0.5], "decoder": HALF}
    with pytest.raises(ValueError, match=message):
        Model(**(parts | {part: value}))


@pytest.mark.parametrize("part", ["p_x", "encoder", "marginal", "decoder"])
def test_model_parts_must_be_numbers(part):
    parts = {"p_x": [0.5, 0.5], "encoder": HALF, "marginal": [0.5, 0.5], "decoder": HALF}
    with pytest.raises(TypeError, match=rf"{part} must be an array of numbers, got 'half'"):
        Model(**(parts | {part: "half"}))


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        ([[0.5, 0.5]], r"encoder must have shape \(2, any\), got \(1, 2\)"),
        ([0.5, 0.5], r"encoder must be a non-empty 2-d array, got shape \(2,\)"),
        ([[0.5, 0.5], [0.5, 0.6]], r"encoder must sum to 1 .* encoder\[1\] with sum 1\.1"),
    ],
)
def test_completing_a_wrong_encoder_is_refused(encoder, message):
    with pytest.raises(ValueError, match=message):
        Model.from_encoder([0.5, 0.5], encoder)
