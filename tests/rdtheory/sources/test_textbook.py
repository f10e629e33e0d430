import math
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory import entropy, mutual_information
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
from tests.strategies import PROOF, channels
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


def primal_and_dual(source, outputs, s):
    """(D, I, lower bound on R(D)) of the channel proportional to q(y) exp(-s d(x, y)).

    R(D) >= sum_x p log l_x - s D for all l with sum_x p l_x exp(-s d) <= 1 at every y: Berger
    (1971), theorem 2.5.3; here l_x = 1 / sum_y q exp(-s d), lowered until the constraint holds.
    """
    kernel = np.exp(-s * source.distortion)
    scale = 1 / (kernel @ outputs)
    channel = scale[:, None] * kernel * outputs
    distortion = float(source.p_x @ (channel * source.distortion).sum(axis=1))
    constraint = max(1.0, float(((source.p_x * scale) @ kernel).max()))
    dual = float(source.p_x @ np.log(scale)) - math.log(constraint) - s * distortion
    return distortion, mutual_information(source.p_x, channel), dual


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


# -- Shannon's lower bound ------------------------------------------------------------------------


def test_the_bound_at_values_by_hand():
    unit = 256 / (2 * math.pi * math.e)  # where 16 = sqrt(2 pi e D)
    assert shannon_lower_bound(unit) == pytest.approx(0.0, abs=ROUNDING)
    assert shannon_lower_bound(unit / 16) == pytest.approx(math.log(4), abs=ROUNDING)
    assert shannon_lower_bound(256 / 12) == 0.0
    assert shannon_lower_bound(0.0) == math.inf
    assert uniform(16).closed_form is None


@pytest.mark.parametrize("k", [2, 16, 160])
def test_the_bound_of_cells_stays_a_fixed_part_below_their_entropy(k):
    expected = math.log(k) - 0.5 * math.log(2 * math.pi * math.e / 12)
    assert shannon_lower_bound(0.0, cells=k) == pytest.approx(expected, abs=ROUNDING)


@PROOF
@given(channels(bins=st.just(5), codes=st.just(5)))
def test_no_channel_of_cells_undercuts_their_bound(channel):
    source = uniform(5)
    _, encoder = channel
    distortion = float(source.p_x @ (encoder * source.distortion).sum(axis=1))
    told = mutual_information(source.p_x, encoder)
    assert told >= shannon_lower_bound(distortion, cells=5) - ROUNDING


@pytest.mark.parametrize("target", [0.01, 0.04, 0.25])
def test_fine_cells_come_near_their_bound(target):
    source = uniform(160)
    found, reached, bound = primal_and_dual(source, source.p_x, 1 / (2 * target))
    least = shannon_lower_bound(found, cells=160)
    # noise is not normal within two deviations of an end, where 4 sqrt(D) / 16 of the mass lies and
    # loses less than a nat; nor is it smooth unless w^2/12 is far below D
    assert least <= reached
    assert bound <= reached <= least + 4 * math.sqrt(target) / 16 + 0.1**2 / 12 / target


# -- files ----------------------------------------------------------------------------------------

P_X = [0.25, 0.0, 0.75]
TABLE = [[0.0, 1.5], [math.inf, math.inf], [-2.0, math.inf]]  # not square; the second has no mass


def write_npz(path, **arrays):
    np.savez(path, **{"p_x": P_X, "distortion": TABLE, **arrays})
    return path


def write_csv(path, text):
    path.write_text(text)
    return path


def check_file_source(source):
    assert source.p_x.tolist() == P_X
    assert source.distortion.tolist() == TABLE
    assert source.letters.tolist() == [0, 1, 2]
    assert source.outputs.tolist() == [0, 1]
    assert source.measure == "table"
    assert source.closed_form is None
    assert not source.exact


@pytest.mark.parametrize("name", ["mine.npz", "MINE.NPZ"])
def test_an_archive_comes_back(tmp_path, name):
    path = tmp_path / name
    with path.open("wb") as stream:  # numpy would add another suffix to upper case
        np.savez(stream, p_x=P_X, distortion=TABLE)
    source = named_source(str(path))
    check_file_source(source)
    assert source.name == name


@pytest.mark.parametrize(
    "text",
    [
        "0.25,0,1.5\n0,inf,inf\n0.75,-2,inf\n",
        "0.25,0,1.5\n0,inf,inf\n0.75,-2,inf",
        "p_x,red,blue\n0.25,0,1.5\n0,inf,inf\n0.75,-2,inf\n",
        "p_x,0,1\r\n0.25,0,1.5\r\n0,inf,inf\r\n0.75,-2,inf\r\n",
        "\ufeffp_x,0,1\n2.5e-1, 0, 1.5\n\n 0, Inf, +inf\n0.75, -2, inf\n",
    ],
    ids=["plain", "no last newline", "header", "windows", "byte order mark and spaces"],
)
def test_comma_separated_text_comes_back(tmp_path, text):
    path = tmp_path / "mine.csv"
    path.write_bytes(text.encode())
    check_file_source(named_source(str(path)))


@PROOF
@given(problem=channels())
def test_a_matrix_comes_back_from_text_to_the_last_digit(tmp_path_factory, problem):
    p_x, distortion = problem
    path = tmp_path_factory.getbasetemp() / "mine.csv"
    np.savetxt(path, np.column_stack([p_x, distortion]), delimiter=",", fmt="%.17g")
    source = named_source(str(path))
    np.testing.assert_allclose(source.p_x, p_x, rtol=ROUNDING)  # divided by its sum at the door
    np.testing.assert_array_equal(source.distortion, distortion)


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


NOT_FINITE = [[0.0, 1.5], [math.nan, 1.0], [0.0, 1.0]]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"p_x": [math.nan, 0.5, 0.5]}, r"p_x must be finite, got p_x\[0\] = nan"),
        ({"p_x": [-0.25, 0.5, 0.75]}, r"p_x must not be negative, got p_x\[0\] = -0\.25"),
        ({"p_x": [0.25, 0.0, 0.75 + 2e-8]}, r"p_x must sum to 1 within 1e-08, .* sum 1\.00000002"),
        ({"p_x": [P_X]}, r"p_x must be a non-empty 1-d array, got shape \(1, 3\)"),
        ({"p_x": [0.5, 0.5]}, r"distortion must have shape \(2, any\), got \(3, 2\)"),
        ({"p_x": ["0.25", "0", "0.75"]}, r"p_x must be an array of numbers, got array"),
        ({"p_x": [0.25, 0j, 0.75]}, r"p_x must be an array of numbers, got array"),
        ({"distortion": P_X}, r"distortion must have shape \(3, any\), got \(3,\)"),
        ({"distortion": 1.0}, r"distortion must have shape \(3, any\), got \(\)"),
        ({"distortion": np.zeros((3, 0))}, r"distortion must have shape \(3, any\), got \(3, 0\)"),
        ({"distortion": [["0"]] * 3}, r"distortion must be an array of numbers, got .*'0'"),
        ({"distortion": NOT_FINITE}, r"distortion must be a number above -inf, .*\[1, 0\] = nan"),
        ({"distortion": -np.array(TABLE)}, r"must be a number above -inf, .*\[1, 0\] = -inf"),
        (
            {"distortion": TABLE[1:] + TABLE[:1], "p_x": [0.5, 0.25, 0.25]},
            r"must have a finite entry in every row of positive mass, got none in row 0",
        ),
        ({"p_x": np.array([{}, 1, 2])}, r"must be a readable \.npz file, got Object arrays"),
    ],
)
def test_messages_of_archives(tmp_path, arrays, message):
    path = write_npz(tmp_path / "mine.npz", **arrays)
    with pytest.raises(ValueError, match=message) as caught:
        named_source(str(path))
    assert "mine.npz" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kept", ["p_x", "distortion"])
def test_an_archive_that_lacks_an_array_is_refused(tmp_path, kept):
    path = tmp_path / "mine.npz"
    np.savez(path, **{kept: P_X})
    with pytest.raises(ValueError, match=r"mine\.npz must hold the arrays p_x, distortion"):
        named_source(str(path))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.99])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_truncated_archive_is_refused(tmp_path, save, share):
    path = tmp_path / "mine.npz"
    save(path, p_x=P_X, distortion=TABLE)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=r"mine\.npz must be a readable \.npz file, got "):
        named_source(str(path))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_archive_with_a_spoilt_byte_is_read_rightly_or_refused(tmp_path, save):
    path = tmp_path / "mine.npz"
    save(path, p_x=P_X, distortion=TABLE)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        with suppress(ValueError):
            check_file_source(named_source(str(path)))  # some bytes mean nothing, such as a date


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x80\x04K\x01."])
def test_what_is_no_archive_is_refused(tmp_path, content):
    path = tmp_path / "mine.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"mine\.npz must be a readable \.npz file, got "):
        named_source(str(path))


def test_a_lone_array_is_no_archive(tmp_path):
    path = tmp_path / "mine.npz"
    with path.open("wb") as stream:
        np.save(stream, P_X)
    with pytest.raises(ValueError, match=r"mine\.npz must be a readable \.npz file, got "):
        named_source(str(path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"must be a readable \.csv file, got no line of numbers"),
        ("p_x,0,1\n", r"must be a readable \.csv file, got no line of numbers"),
        ("\n\n", r"must be a readable \.csv file, got no line of numbers"),
        ("0.5\n0.5\n", r"must have a mass and distortions on every line, got 1 column"),
        ("0.5,0,1\n0.5,1\n", r"readable \.csv file, got the number of columns changed from 3 to 2"),
        ("0.5,0,1\n0.5,1,zero\n", r"must be a readable \.csv file, got could not convert .*'zero'"),
        ("0.5,0,1\n0.5,,0\n", r"must be a readable \.csv file, got could not convert string ''"),
        ("0.5;0;1\n0.5;1;0\n", r"must be a readable \.csv file, got could not convert string"),
        ("0.5,0,1\n", r"p_x must sum to 1 within 1e-08, got p_x with sum 0\.5"),
        ("0.5,0,1\n0.5,nan,0\n", r"distortion must be a number above -inf, .*\[1, 0\] = nan"),
        ("1.5,0,1\n-0.5,1,0\n", r"p_x must not be negative, got p_x\[1\] = -0\.5"),
        ("nan,0,1\n1,1,0\n", r"p_x must be finite, got p_x\[0\] = nan"),
        ("0.5,0,1\n0.5,inf,inf\n", r"in every row of positive mass, got none in row 1"),
    ],
)
def test_messages_of_text_files(tmp_path, text, message):
    path = write_csv(tmp_path / "mine.csv", text)
    with pytest.raises(ValueError, match=message) as caught:
        named_source(str(path))
    assert "mine.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_bytes(b"0.5,0,1\n0.5,\xff,0\n")
    with pytest.raises(ValueError, match=r"mine\.csv must be a readable \.csv file, got 'utf-8'"):
        named_source(str(path))


@pytest.mark.parametrize("suffix", [".npz", ".csv"])
@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_a_file_that_is_not_there_is_refused(tmp_path, suffix, make):
    path = tmp_path / f"mine{suffix}"
    make(path)
    with pytest.raises(ValueError, match=rf"mine\{suffix} must be a readable \{suffix} file, got "):
        named_source(str(path))


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
