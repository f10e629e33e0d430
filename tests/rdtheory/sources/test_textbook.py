"""The named problems, their closed forms, and the channels that reach them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory import entropy
from rdtheory.sources.textbook import (
    Source,
    bernoulli,
    gaussian,
    hamming,
    laplace,
    named_source,
    shannon_lower_bound,
    uniform,
)
from tests.make.theory_channels import primal_and_dual
from tests.strategies import PROOF
from tests.tolerances import ROUNDING

DIFFERENCES = 1e-7
"""Relative, central differences at a step of 1e-5 D: truncation 1e-10 D^2 R'''/6 R' is below 1e-8
for D of 0.1 of the range or more, rounding 2e-16 R / 1e-5 D R' below 1e-9."""

DISCRETISED = {"gaussian": 1e-3, "laplace": 1e-2}
"""Nats between R of the finite problem of 241 points and of the continuous source at the D below.
The cut at 4 deviations leaves out 6e-5 of mass, each worth x^2/2 = 8 nats of R or a little more;
the cut at 8 scales 3e-4, each worth 9 nats. Steps of a Laplacian further cost (step / D)^2 / 12 =
(0.067 / 0.3)^2 / 12 = 4e-3, since its density has a kink, while those of a normal cost nothing."""

CERTIFICATE = 1e-10
"""Sums of a few terms of up to 30 nats, and s D with s = log((1 - D) / D) at D down to 1e-6."""

NAMES = ["bernoulli:0.3", "hamming:8", "gaussian:100", "laplace:20", "uniform:16"]
EXACT = [bernoulli(0.3), bernoulli(0.5), bernoulli(0.99), hamming(2), hamming(3), hamming(8)]
CLOSED = [*EXACT, gaussian(100), laplace(20)]

by_name = pytest.mark.parametrize("source", CLOSED, ids=lambda source: source.name)
exact_by_name = pytest.mark.parametrize("source", EXACT, ids=lambda source: source.name)


def least_useful_distortion(source):
    """D_max of the curve: that of the best constant, and 1 for the continuous sources."""
    return (source.p_x @ source.distortion).min() if source.exact else 1.0


# -- the finite problems --------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_masses_of_a_named_source_sum_to_one(name):
    source = named_source(name)
    assert source.p_x.sum() == pytest.approx(1.0, abs=ROUNDING)
    assert (source.p_x > 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_named_source_is_called_by_the_text_that_makes_it(name):
    source = named_source(name)
    again = named_source(source.name)
    assert again.name == source.name == name
    np.testing.assert_array_equal(again.p_x, source.p_x)
    np.testing.assert_array_equal(again.distortion, source.distortion)


def test_the_coin_errs_by_one():
    source = bernoulli(0.25)
    assert source.p_x.tolist() == [0.75, 0.25]
    assert source.distortion.tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_any_two_letters_are_equally_far():
    np.testing.assert_array_equal(hamming(5).distortion, 1 - np.eye(5))


def test_the_normal_is_cut_at_four_deviations_and_has_its_ratios():
    source = gaussian(9)
    np.testing.assert_allclose(source.letters, np.arange(-4, 5), atol=ROUNDING)
    np.testing.assert_allclose(source.p_x / source.p_x[4], np.exp(-(source.letters**2) / 2))
    assert source.distortion[0, 8] == pytest.approx(64.0, abs=ROUNDING)


def test_the_laplacian_is_cut_at_eight_scales_and_has_its_ratios():
    source = laplace(17)
    np.testing.assert_allclose(source.letters, np.arange(-8, 9), atol=ROUNDING)
    np.testing.assert_allclose(source.p_x / source.p_x[8], np.exp(-np.abs(source.letters)))
    assert source.distortion[0, 16] == pytest.approx(16.0, abs=ROUNDING)


@pytest.mark.parametrize("k", [2, 3, 160])
def test_the_cells_are_equal_and_fill_the_interval(k):
    source = uniform(k)
    width = 16 / k
    np.testing.assert_allclose(np.diff(source.letters), width, rtol=ROUNDING)
    assert source.letters[0] - width / 2 == pytest.approx(-8.0, abs=ROUNDING)
    assert source.letters[-1] + width / 2 == pytest.approx(8.0, abs=ROUNDING)
    variance = source.p_x @ source.letters**2
    assert variance + width**2 / 12 == pytest.approx(16**2 / 12, rel=ROUNDING)


def test_a_large_source_makes_no_table_until_asked():
    source = gaussian(1_000_000)  # its table would have 8 TB
    assert source.letters.size == source.outputs.size == 1_000_000
    assert "distortion" not in vars(source)


def test_the_table_is_made_once_and_cannot_be_written():
    source = gaussian(10)
    assert source.distortion is source.distortion
    for array in (source.p_x, source.letters, source.outputs, source.distortion):
        with pytest.raises(ValueError, match=r"read-only"):
            array[0] = 1.0


# -- closed forms ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "distortion", "expected"),
    [
        (bernoulli(0.5), 0.25, 0.75 * math.log(3) - math.log(2)),  # log 2 - (2 log 2 - 3/4 log 3)
        (bernoulli(0.25), 0.125, 7 / 8 * math.log(7) - 3 / 4 * math.log(3) - math.log(2)),
        (bernoulli(0.75), 0.125, 7 / 8 * math.log(7) - 3 / 4 * math.log(3) - math.log(2)),
        (hamming(2), 0.25, 0.75 * math.log(3) - math.log(2)),
        (hamming(3), 0.5, math.log(3) - 1.5 * math.log(2)),
        (hamming(4), 0.25, 0.5 * math.log(3)),  # 2 log 2 - (2 log 2 - 3/4 log 3) - 1/4 log 3
        (gaussian(100), 0.25, math.log(2)),
        (gaussian(100), math.exp(-4), 2.0),
        (laplace(20), 0.25, 2 * math.log(2)),
        (laplace(20), math.exp(-3), 3.0),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_closed_forms_at_values_by_hand(source, distortion, expected):
    assert source.closed_form(distortion) == pytest.approx(expected, abs=ROUNDING)


@by_name
@pytest.mark.parametrize("times", [1.0, 1 + 1e-12, 2.0, 100.0])
def test_a_constant_needs_no_rate(source, times):
    beyond = times * least_useful_distortion(source)
    assert source.closed_form(beyond) == pytest.approx(0.0, abs=ROUNDING)


@by_name
def test_less_than_the_best_constant_needs_some(source):
    assert source.closed_form(0.99 * least_useful_distortion(source)) > 0


@exact_by_name
def test_no_error_costs_the_entropy(source):
    assert source.closed_form(0.0) == pytest.approx(entropy(source.p_x), abs=ROUNDING)


@pytest.mark.parametrize("source", [gaussian(100), laplace(20)])
def test_no_error_on_a_continuous_source_is_beyond_any_rate(source):
    assert source.closed_form(0.0) == math.inf
    assert not source.exact


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_a_certain_coin_needs_no_rate(p):
    assert bernoulli(p).closed_form(0.0) == 0.0


@by_name
@PROOF
@given(first=st.floats(1e-6, 1.5), second=st.floats(1e-6, 1.5), share=st.floats(0.0, 1.0))
def test_the_curve_is_decreasing_and_convex(source, first, second, share):
    low, high = sorted([first, second])
    rate = source.closed_form
    assert rate(low) >= rate(high) >= 0.0
    between = (1 - share) * low + share * high
    assert rate(between) <= (1 - share) * rate(low) + share * rate(high) + ROUNDING


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6, 0.9])
@pytest.mark.parametrize(
    ("source", "beta"),
    [
        (bernoulli(0.3), lambda D: 1 / math.log((1 - D) / D)),
        (hamming(8), lambda D: 1 / (math.log((1 - D) / D) + math.log(7))),
        (gaussian(100), lambda D: 2 * D),
        (laplace(20), lambda D: D),
    ],
    ids=["bernoulli", "hamming", "gaussian", "laplace"],
)
def test_the_slope_is_the_derivative(source, beta, share):
    distortion = share * least_useful_distortion(source)
    step = 1e-5 * distortion
    change = source.closed_form(distortion + step) - source.closed_form(distortion - step)
    assert -2 * step / change == pytest.approx(beta(distortion), rel=DIFFERENCES)


@PROOF
@given(p=st.floats(0.01, 0.5), share=st.floats(1e-4, 0.99))
def test_the_coin_reaches_its_closed_form_and_nothing_does_better(p, share):
    target = share * p
    ones = (p - target) / (1 - 2 * target)
    s = math.log((1 - target) / target)
    source = bernoulli(p)
    found, reached, bound = primal_and_dual(source, np.array([1 - ones, ones]), s)
    assert found == pytest.approx(target, abs=CERTIFICATE)
    assert reached == pytest.approx(source.closed_form(target), abs=CERTIFICATE)
    assert bound == pytest.approx(source.closed_form(target), abs=CERTIFICATE)


@PROOF
@given(m=st.integers(2, 12), share=st.floats(1e-4, 0.99))
def test_the_uniform_alphabet_reaches_its_closed_form_and_nothing_does_better(m, share):
    target = share * (1 - 1 / m)
    s = math.log((1 - target) / target) + math.log(m - 1)
    source = hamming(m)
    found, reached, bound = primal_and_dual(source, source.p_x, s)
    assert found == pytest.approx(target, abs=CERTIFICATE)
    assert reached == pytest.approx(source.closed_form(target), abs=CERTIFICATE)
    assert bound == pytest.approx(source.closed_form(target), abs=CERTIFICATE)


@pytest.mark.parametrize("target", [0.3, 0.5, 0.8])
def test_many_points_of_a_normal_behave_like_the_normal(target):
    source = gaussian(241)
    outputs = np.exp(-(source.outputs**2) / (2 * (1 - target)))  # Y is N(0, 1 - D)
    found, reached, bound = primal_and_dual(source, outputs / outputs.sum(), 1 / (2 * target))
    near = DISCRETISED["gaussian"]
    assert bound <= reached
    assert bound == pytest.approx(source.closed_form(found), abs=near)
    assert reached == pytest.approx(source.closed_form(found), abs=near)


@pytest.mark.parametrize("target", [0.3, 0.5, 0.8])
def test_many_points_of_a_laplacian_behave_like_the_laplacian(target):
    source = laplace(241)
    step = 16 / 240
    outputs = (1 - target**2) * np.exp(-np.abs(source.outputs)) * step / 2
    outputs[120] += target**2  # Y is 0 with probability D^2, otherwise Laplacian again
    found, reached, bound = primal_and_dual(source, outputs / outputs.sum(), 1 / target)
    near = DISCRETISED["laplace"]
    assert bound <= reached
    assert bound == pytest.approx(source.closed_form(found), abs=near)
    assert reached == pytest.approx(source.closed_form(found), abs=near)


# -- what is refused, one row per message ---------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"source must be like bernoulli:0\.3, .* or a \.npz or \.csv file, got ''"),
        ("poisson:3", r"source must be like .*, got 'poisson:3'"),
        ("Gaussian:3", r"source must be like .*, got 'Gaussian:3'"),
        ("mine.txt", r"source must be like .*, got 'mine\.txt'"),
        ("bernoulli", r"source bernoulli must have one number, as in bernoulli:0\.3, got 'berno"),
        ("bernoulli:0.3:0.4", r"source bernoulli must have one number, .* 'bernoulli:0\.3:0\.4'"),
        ("bernoulli:", r"source bernoulli must have a number, as in .*, got 'bernoulli:'"),
        ("bernoulli:half", r"source bernoulli must have a number, as in .*, got 'bernoulli:half'"),
        ("bernoulli:1.5", r"p must be in \[0, 1\], got 1\.5"),
        ("bernoulli:-0.1", r"p must be in \[0, 1\], got -0\.1"),
        ("bernoulli:nan", r"p must be in \[0, 1\], got nan"),
        (
            "hamming:8.5",
            r"source hamming must have an integer, as in hamming:8, got 'hamming:8\.5'",
        ),
        ("hamming:1", r"m must be an integer of at least 2, got 1"),
        ("gaussian:1e3", r"source gaussian must have an integer, .*, got 'gaussian:1e3'"),
        ("gaussian:0", r"n must be an integer of at least 2, got 0"),
        ("gaussian:1000001", r"n must be an integer of at most 1000000, got 1000001"),
        ("laplace:-5", r"n must be an integer of at least 2, got -5"),
        ("uniform:1", r"k must be an integer of at least 2, got 1"),
    ],
)
def test_messages_of_names(text, message):
    with pytest.raises(ValueError, match=message):
        named_source(text)


def test_a_source_is_named_by_text():
    with pytest.raises(TypeError, match=r"source must be text, got int"):
        named_source(3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: Source("x", [1.0], [0, 1], [0], "squared"),
            r"letters must have the shape of p_x, \(1,\), got \(2,\)",
        ),
        (
            lambda: Source("x", [1.0], [0], [math.inf], "squared"),
            r"outputs must be finite, got outputs\[0\] = inf",
        ),
        (
            lambda: Source("x", [1.0], [0], [0], "cubed"),
            r"measure must be one of squared, absolute, hamming, table, got 'cubed'",
        ),
        (
            lambda: Source("x", [1.0], [0], [0], "table"),
            r"table must be given for .* alone, got measure = 'table' and no table",
        ),
        (
            lambda: Source("x", [1.0], [0], [0], "squared", table=[[0.0]]),
            r"table must be given for .* alone, got measure = 'squared' and a table",
        ),
        (lambda: shannon_lower_bound(-1.0), r"distortion must be a finite .* at least 0, got -1"),
        (lambda: shannon_lower_bound(1.0, cells=1), r"cells must be .* at least 2, got 1"),
        *(
            (lambda source=source: source.closed_form(-0.1), r"distortion must be .*, got -0\.1")
            for source in CLOSED
        ),
    ],
)
def test_wrong_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("distortion", "message"),
    [
        ([["0"], ["1"]], r"distortion must be an array of numbers, got \[\['0'"),
        ([[0j], [1j]], r"distortion must be an array of numbers, got \[\[0j\]"),
        ([[0.0], [0.0, 1.0]], r"distortion must be a table of numbers, got unequal rows"),
    ],
)
def test_a_matrix_of_other_things_is_refused(distortion, message):
    with pytest.raises(TypeError, match=message):
        Source.from_table("x", [0.5, 0.5], distortion)
