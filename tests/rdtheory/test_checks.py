import math

import numpy as np
import pandas as pd
import pytest

from rdtheory import (
    Model,
    blahut_arimoto,
    certify,
    entropy,
    kl_divergence,
    mutual_information,
    solve_slope,
)
from rdtheory.bottleneck import bottleneck
from rdtheory.checks import (
    MOST_SEED,
    SUM_TOLERANCE,
    check_array,
    check_beta,
    check_choice,
    check_conditional,
    check_count,
    check_distortion,
    check_joint,
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


# -- numbers of fewer digits, masks, labels -------------------------------------------------------


def softmax(seed, shape, dtype):
    """Probabilities as a network has them: all steps in their own digits."""
    x = np.random.default_rng(seed).standard_normal(shape).astype(dtype)
    weights = np.exp(x - x.max(axis=-1, keepdims=True))
    return (weights / weights.sum(axis=-1, keepdims=True, dtype=dtype)).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("size", [2, 50, 2000])
def test_sums_are_held_to_the_digits_that_were_given(dtype, size):
    for seed in range(50):
        p = softmax(seed, size, dtype)
        assert check_pmf("p", p).sum() == pytest.approx(1.0, abs=1e-12)
        rows = check_conditional("q", softmax(seed, (3, size), dtype), shape=(3, None))
        assert rows.sum(axis=1) == pytest.approx(1.0, abs=1e-12)
        assert check_joint("joint", softmax(seed, 2 * size, dtype).reshape(2, -1)).shape[0] == 2


@pytest.mark.parametrize(("dtype", "off"), [(np.float16, 0.05), (np.float32, 1e-5)])
def test_fewer_digits_are_no_excuse_for_another_sum(dtype, off):
    with pytest.raises(
        ValueError, match=r"p must sum to 1 within .*e-|p must sum to 1 within 0\.0"
    ):
        check_pmf("p", np.array([0.5, 0.5 + off], dtype=dtype))
    assert entropy(softmax(1, 50, np.float32)) > 0.0


def test_every_door_takes_float32():
    p, rows = softmax(2, 4, np.float32), softmax(3, (4, 5), np.float32)
    model = Model(p, rows, softmax(4, 5, np.float32), softmax(5, (5, 4), np.float32))
    assert model.rate > 0.0
    assert solve_slope(p, -np.log(rows), 0.5).converged
    assert bottleneck(softmax(6, 12, np.float32).reshape(4, 3), 0.1, starts=2).rate > 0.0


def test_a_masked_pair_is_forbidden_and_no_other_mask_is_dropped():
    table = np.ma.array([[0.0, 9.0], [9.0, 0.0]], mask=[[0, 1], [0, 0]])
    found = check_distortion(table, np.array([0.5, 0.5]))
    assert found.tolist() == [[0.0, np.inf], [9.0, 0.0]]
    whole = np.ma.array([[0, 1], [1, 0]], mask=np.zeros((2, 2)))
    assert check_distortion(whole, np.array([0.5, 0.5])).tolist() == [[0.0, 1.0], [1.0, 0.0]]
    p = np.ma.array([0.5, 0.5, 0.0], mask=[0, 0, 1])
    for call in (
        lambda: check_pmf("p", p), lambda: check_joint("p", [p]),
        lambda: check_array("p", p, ndim=1), lambda: solve_slope(p, np.eye(3), 1.0),
        lambda: check_conditional("p", p[None], shape=(1, None)),
    ):  # fmt: skip
        with pytest.raises(TypeError, match=r"must not be masked, got \w+\[.*2\] masked"):
            call()


def test_a_negative_entry_of_a_joint_is_named_by_row_and_column():
    with pytest.raises(ValueError, match=r"joint must not be negative, got joint\[0, 1\] = -0\.1"):
        bottleneck([[0.6, -0.1], [0.2, 0.3]], 0.5)


@pytest.mark.parametrize("value", [np.array([0.5]), [0.5], pd.Series([0.5]), np.ones((1, 1))])
def test_an_array_is_no_number(value):
    with pytest.raises(TypeError, match="beta must be a number, got"):
        check_number("beta", value)
    assert check_number("beta", np.array(0.5)) == check_number("beta", np.float32(0.5)) == 0.5


def test_nullable_tables_are_numbers_where_nothing_is_missing():
    table = pd.DataFrame({"a": pd.array([0, 1], "Int64"), "b": pd.array([1.5, 0], "Float64")})
    assert check_distortion(table, np.array([0.5, 0.5])).tolist() == [[0.0, 1.5], [1.0, 0.0]]
    for missing in (pd.NA, None, "x"):
        with pytest.raises(TypeError, match=r"p must be an array of numbers, got p\[1\] = "):
            check_pmf("p", pd.Series([0.5, missing], dtype=object))
    with pytest.raises(ValueError, match=r"p must be finite, got p\[1\] = nan"):
        check_pmf("p", pd.Series([0.5, np.nan]))


def test_tables_whose_labels_are_in_another_order_are_refused():
    p = pd.Series([0.2, 0.8], index=["rain", "sun"])
    table = pd.DataFrame([[0, 1], [5, 0]], index=["sun", "rain"], columns=["dry", "wet"])
    solved = solve_slope(p, table.loc[p.index], 0.5)
    assert solved.rate == solve_slope([0.2, 0.8], [[5, 0], [0, 1]], 0.5).rate
    encoder = table / table.sum(axis=1).to_numpy()[:, None]
    for call in (
        lambda: solve_slope(p, table, 0.5), lambda: certify(p, table, 0.5, [0.5, 0.5]),
        lambda: blahut_arimoto(p, table, 0.5), lambda: Model.from_encoder(p, encoder),
        lambda: mutual_information(p, encoder), lambda: kl_divergence(p, p[::-1]),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"must have its rows in the order of the labels of p"):
            call()
    marginal = pd.Series([0.5, 0.5], index=["wet", "dry"])
    with pytest.raises(ValueError, match="distortion must have its columns in the order of"):
        certify(p, table.loc[p.index], 0.5, marginal)


@pytest.mark.parametrize("beta", [0.0, -0.0, 1e-310])
def test_a_slope_of_zero_is_refused_in_words(beta):
    with pytest.raises(ValueError, match=r"beta must be a finite number (above 0;|of at least)"):
        check_beta(beta)
