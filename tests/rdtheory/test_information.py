import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from rdtheory import (
    binary_entropy,
    conditional_entropy,
    entropy,
    kl_divergence,
    mutual_information,
    solve_rate,
)
from rdtheory.information import greatest_accuracy
from tests.strategies import PROOF, channels, pmfs
from tests.tolerances import IDENTITY, ROUNDING


def coin(p):
    return -p * math.log(p) - (1 - p) * math.log(1 - p)


@pytest.mark.parametrize("size", [1, 2, 3, 30, 1000])
def test_entropy_of_uniform_is_log_of_size(size):
    assert entropy(np.full(size, 1 / size)) == pytest.approx(math.log(size), abs=ROUNDING)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_entropy_of_certainty_is_zero(place):
    assert entropy(np.eye(3)[place]) == 0.0


@pytest.mark.parametrize("p", [1e-200, 1e-12, 0.1, 0.3, 0.5, 0.9])
def test_entropy_of_biased_coin(p):
    assert entropy([p, 1 - p]) == pytest.approx(coin(p), rel=ROUNDING)


@PROOF
@given(pmfs(4))
def test_empty_outcomes_add_no_entropy(p):
    assert entropy([*p, 0.0, 0.0]) == pytest.approx(entropy(p), abs=ROUNDING)


@PROOF
@given(pmfs(5))
def test_entropy_lies_between_zero_and_log_of_size(p):
    assert 0.0 <= entropy(p) <= math.log(5) + ROUNDING


@pytest.mark.parametrize(
    ("p", "q", "expected"),
    [
        ([0.5, 0.5], [0.5, 0.5], 0.0),
        ([1.0, 0.0], [0.5, 0.5], math.log(2)),
        ([1.0, 0.0], [0.25, 0.75], math.log(4)),
        ([0.5, 0.5], [0.25, 0.75], 0.5 * math.log(2) + 0.5 * math.log(2 / 3)),
        ([0.0, 1.0], [0.0, 1.0], 0.0),
        ([1.0, 0.0], [1e-200, 1.0], 200 * math.log(10)),
        ([1.0, 0.0], [1e-320, 1.0], -math.log(1e-320)),  # 1/q overflows, its logarithm does not
    ],
)
def test_divergence_closed_forms(p, q, expected):
    assert kl_divergence(p, q) == pytest.approx(expected, abs=ROUNDING, rel=ROUNDING)


@pytest.mark.parametrize(
    ("p", "q"),
    [
        ([0.5, 0.5], [1.0, 0.0]),
        ([1.0, 0.0], [0.0, 1.0]),
        ([1e-200, 1.0], [0.0, 1.0]),
        ([5e-324, 1.0], [0.0, 1.0]),
    ],
)
def test_divergence_is_infinite_where_mass_meets_none(p, q):
    assert kl_divergence(p, q) == math.inf


@PROOF
@given(pmfs(4), pmfs(4))
def test_divergence_is_not_negative(p, q):
    assert kl_divergence(p, q) >= 0.0


@PROOF
@given(pmfs(4))
def test_divergence_from_itself_is_zero(p):
    assert kl_divergence(p, p) == 0.0


@PROOF
@given(pmfs(4))
def test_divergence_from_uniform_is_what_entropy_lacks(p):
    lack = math.log(4) - entropy(p)
    assert kl_divergence(p, np.full(4, 0.25)) == pytest.approx(lack, abs=ROUNDING)


@pytest.mark.parametrize("p", [0.01, 0.11, 0.5])
def test_binary_symmetric_channel_tells_log_2_minus_the_noise(p):
    told = mutual_information([0.5, 0.5], [[1 - p, p], [p, 1 - p]])
    assert told == pytest.approx(math.log(2) - coin(p), abs=ROUNDING)


@pytest.mark.parametrize("kept", [0.0, 0.25, 1.0])
def test_erasure_channel_tells_its_share_of_the_entropy(kept):
    p_x = [0.2, 0.3, 0.5]
    channel = np.hstack([kept * np.eye(3), np.full((3, 1), 1 - kept)])
    assert mutual_information(p_x, channel) == pytest.approx(kept * entropy(p_x), abs=ROUNDING)


@PROOF
@given(channels())
def test_information_is_what_the_entropies_share_either_way_and_exceeds_neither(channel):
    p_x, encoder = channel
    told = mutual_information(p_x, encoder)
    joint = p_x[:, None] * encoder
    p_z = joint.sum(axis=0)
    shared = entropy(p_x) + entropy(p_z) - entropy(joint.ravel())
    assert told == pytest.approx(shared, abs=IDENTITY)
    used = p_z > 1e-290  # a smaller code has too few digits left to be conditioned on
    backward = np.where(used, joint / np.where(used, p_z, 1.0), p_x[:, None]).T
    backward /= backward.sum(axis=1, keepdims=True)
    assert told == pytest.approx(mutual_information(p_z, backward), abs=IDENTITY)
    assert 0.0 <= told <= min(entropy(p_x), entropy(p_x @ encoder)) + IDENTITY


def test_mass_that_underflows_counts_as_none():
    # p(x) p(z|x) = 1e-400 is 0 in float64, and so is p(z): the term is none, not infinite
    told = mutual_information([1e-200, 1.0], [[1e-200, 1.0], [0.0, 1.0]])
    assert told == pytest.approx(0.0, abs=ROUNDING)


@PROOF
@given(pmfs(4))
def test_a_copy_tells_everything_and_a_constant_nothing(p):
    assert mutual_information(p, np.eye(4)) == pytest.approx(entropy(p), abs=IDENTITY)
    assert mutual_information(p, np.tile([0.25, 0.75], (4, 1))) == pytest.approx(0.0, abs=ROUNDING)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: entropy([[[0.5, 0.5]]]),
            r"p must be a non-empty 1-d array, got shape \(1, 1, 2\)",
        ),
        (lambda: entropy(1.0), r"p must be a non-empty 1-d array, got shape \(\)"),
        (lambda: entropy([]), r"p must be a non-empty 1-d array, got shape \(0,\)"),
        (lambda: entropy([0.5, 0.4]), r"p must sum to 1 within 1e-08, got p with sum 0\.9"),
        (
            lambda: kl_divergence([0.5, 0.5], [1.0]),
            r"q must have the shape of p, \(2,\), got \(1,\)",
        ),
        (
            lambda: kl_divergence([0.5, 0.5], [1.5, -0.5]),
            r"q must not be negative, got q\[1\] = -0\.5",
        ),
        (
            lambda: mutual_information([0.5, 0.5], [[1.0, 0.0]]),
            r"channel must have shape \(2, any\), got \(1, 2\)",
        ),
        (
            lambda: mutual_information([0.5, 0.5], [1.0, 0.0]),
            r"channel must be a non-empty 2-d array, got shape \(2,\)",
        ),
        (
            lambda: mutual_information([0.5, 0.5], np.zeros((2, 0))),
            r"channel must be a non-empty 2-d array, got shape \(2, 0\)",
        ),
        (
            lambda: mutual_information([0.5, 0.5], [[1.0, 0.0], [0.5, 0.4]]),
            r"channel must sum to 1 within 1e-08, got channel\[1\] with sum 0\.9",
        ),
    ],
)
def test_wrong_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("classes", [2, 8, 10])
def test_a_symmetric_channel_reaches_the_greatest_accuracy(classes):
    accuracy = np.linspace(1 / classes, 1.0, 23)[:-1]
    wrong = 1 - accuracy
    # I(y; z) of equally likely classes through a channel whose errors are equally likely
    rate = math.log(classes) + accuracy * np.log(accuracy) + wrong * np.log(wrong / (classes - 1))
    assert greatest_accuracy(rate, classes) == pytest.approx(accuracy, abs=1e-6)


def test_nothing_tells_chance_and_the_entropy_of_classes_tells_all():
    assert greatest_accuracy([-0.1, 0.0], 10) == pytest.approx(0.1, abs=1e-6)
    assert greatest_accuracy([math.log(10), 50.0], 10).tolist() == [1.0, 1.0]
    assert (np.diff(greatest_accuracy(np.linspace(0, 2.3, 40), 10)) > 0).all()


def test_any_channel_stays_below_it():
    rng = np.random.default_rng(4)
    for _ in range(200):
        joint = rng.dirichlet(np.full(6, rng.uniform(0.05, 1)), size=4) / 4  # p(y, z), 4 classes
        told = (joint * np.log(np.maximum(joint, 1e-300) / (joint.sum(0) * 0.25 + 1e-300))).sum()
        accuracy = joint.max(axis=0).sum()  # of the best guess
        assert accuracy <= greatest_accuracy(told, 4) + 1e-9


# of Omniglot's eight alphabets
DRAWINGS = np.array([480, 440, 480, 940, 800, 520, 840, 340])


@pytest.mark.parametrize("shares", [[0.7, 0.2, 0.1], [0.5, 0.5], [0.4, 0.3, 0.3, 0.0], DRAWINGS])
@pytest.mark.parametrize("part", [0.0, 0.05, 0.3, 0.7, 0.99, 1.5])
def test_unequal_classes_have_the_accuracy_of_their_distortion_rate_function(shares, part):
    p = np.array(shares) / np.sum(shares)
    rate = part * entropy(p)
    point = solve_rate(p, 1.0 - np.eye(p.size), rate, gap=1e-12)
    found = float(greatest_accuracy(rate, p))
    assert found == pytest.approx(1.0 - point.distortion, abs=1e-9)
    assert found >= p.max() - 1e-12


def test_equal_shares_are_as_many_classes():
    rates = np.linspace(0.0, 2.5, 30)
    np.testing.assert_allclose(
        greatest_accuracy(rates, np.full(10, 0.1)), greatest_accuracy(rates, 10), atol=1e-12
    )


def test_the_alphabets_have_the_accuracies_of_their_shares():
    found = greatest_accuracy([0.0, 0.25, 0.5], DRAWINGS / DRAWINGS.sum())
    assert found.round(3).tolist() == [0.194, 0.442, 0.569]  # the first is 940 / 4840


# -- joint tables, bases, counts -------------------------------------------------------------------


@PROOF
@given(channels())
def test_a_joint_table_has_the_chain_rule_and_the_information_of_its_channel(pair):
    p_x, channel = pair
    joint = p_x[:, None] * channel
    joint = joint / joint.sum()
    about_y, about_x = conditional_entropy(joint), conditional_entropy(joint, given="columns")
    assert entropy(joint) == pytest.approx(entropy(p_x) + about_y, abs=IDENTITY)
    assert entropy(joint) == pytest.approx(entropy(joint.sum(axis=0)) + about_x, abs=IDENTITY)
    information = mutual_information(joint)
    assert information == pytest.approx(mutual_information(p_x, channel), abs=IDENTITY)
    assert information == pytest.approx(entropy(p_x) - about_x, abs=IDENTITY)
    assert about_y >= 0.0


def test_joint_tables_at_their_ends():
    apart, same = np.full((2, 3), 1 / 6), np.eye(4) / 4
    assert mutual_information(apart) == pytest.approx(0.0, abs=ROUNDING)
    assert conditional_entropy(apart, base=3) == pytest.approx(1.0)
    assert conditional_entropy(same) == 0.0
    assert mutual_information(same, base=2) == pytest.approx(2.0)
    assert mutual_information([[1e-300, 0.0], [0.0, 1.0]]) == pytest.approx(0.0, abs=ROUNDING)


def test_a_base_is_the_unit_of_all_of_them():
    p, q, channel = [0.2, 0.8], [0.5, 0.5], [[0.9, 0.1], [0.3, 0.7]]
    joint = np.array(p)[:, None] * np.array(channel)
    for call in (
        lambda **base: entropy(p, **base),
        lambda **base: binary_entropy(0.2, **base),
        lambda **base: kl_divergence(p, q, **base),
        lambda **base: mutual_information(p, channel, **base),
        lambda **base: mutual_information(joint, **base),
        lambda **base: conditional_entropy(joint, **base),
    ):
        assert call(base=2) == pytest.approx(call() / math.log(2))
        assert call(base=math.e) == pytest.approx(call())
        with pytest.raises(ValueError, match="base must be a finite number above 1, got 1"):
            call(base=1)


def test_binary_entropy_takes_arrays_of_any_shape():
    p = np.array([[0.0, 0.1], [0.5, 1.0]])
    found = binary_entropy(p)
    assert found.shape == (2, 2)
    assert found[0, 1] == pytest.approx(coin(0.1))
    assert found[0, 0] == found[1, 1] == 0.0
    assert isinstance(binary_entropy(0.1), float)
    with pytest.raises(ValueError, match=r"p must be in \[0, 1\], got 1.5"):
        binary_entropy([0.5, 1.5])


def test_counts_are_taken_where_asked():
    counts = np.array([[30, 10], [20, 40]])
    joint = counts / 100
    assert entropy([3, 1], normalise=True) == pytest.approx(coin(0.25))
    assert entropy(counts, normalise=True) == pytest.approx(entropy(joint))
    assert mutual_information(counts, normalise=True) == pytest.approx(mutual_information(joint))
    assert conditional_entropy(counts, normalise=True) == pytest.approx(conditional_entropy(joint))
    assert kl_divergence([1, 3], [2, 2], normalise=True) == pytest.approx(
        kl_divergence([0.25, 0.75], [0.5, 0.5])
    )
    table = pd.DataFrame(counts, ["sun", "rain"], ["yes", "no"])
    assert mutual_information(table, normalise=True) == pytest.approx(mutual_information(joint))
    with pytest.raises(ValueError, match="p_x must sum to 1 within 1e-08"):
        mutual_information(counts)
    with pytest.raises(ValueError, match="given must be one of rows, columns, got 'x'"):
        conditional_entropy(joint, given="x")
    single = joint.astype(np.float32)
    assert mutual_information(single) == pytest.approx(mutual_information(joint), rel=1e-5)
