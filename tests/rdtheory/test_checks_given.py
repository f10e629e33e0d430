"""What people give: numbers of fewer digits, masks, nullable and labelled tables."""

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
    check_array,
    check_beta,
    check_conditional,
    check_distortion,
    check_joint,
    check_number,
    check_pmf,
)


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
