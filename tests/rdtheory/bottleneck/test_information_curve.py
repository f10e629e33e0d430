"""Whole information curves, codes at a rate and of a relevance: closed forms and inequalities."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rdtheory import mutual_information
from rdtheory.bottleneck import bottleneck_rate, bottleneck_relevance, information_curve
from rdtheory.sources.joints import gerber_relevance
from tests.make.theory_joints import binary_pair, random_joint
from tests.strategies import PROOF, conditionals, plain_mass, pmfs
from tests.tolerances import IDENTITY

CERTIFIED = 1e-8
"""Nats that a bound may be wrong by where it is that of a closed form: rounding of logs of 1e-300,
times beta."""

GAP = 1e-6
"""Default `gap` of a target."""

RATES = np.linspace(0.0, math.log(2), 23)

small = st.tuples(st.integers(2, 3), st.integers(2, 3)).flatmap(
    lambda s: pmfs(s[0] * s[1], plain_mass).map(lambda p: p.reshape(s))
)


# -- closed forms ---------------------------------------------------------------------------------


@pytest.mark.parametrize("a", [0.02, 0.1, 0.3])
def test_mrs_gerbers_curve_is_between_the_bounds(a):
    curve = information_curve(binary_pair(a), slopes=12, starts=2)
    exact = np.array([gerber_relevance(a, rate) for rate in RATES])
    found = curve.relevance(RATES)
    assert (found.lower <= exact + CERTIFIED).all()
    assert (exact <= found.upper + CERTIFIED).all()
    assert found.width.max() <= curve.width + IDENTITY
    in_bits = curve.relevance(RATES / math.log(2), units="bits")
    assert in_bits.upper * math.log(2) == pytest.approx(found.upper, abs=IDENTITY)
    least = curve.rate(exact)
    assert (least.lower <= RATES + CERTIFIED).all()
    assert (least.upper + 1e-5 >= RATES).all()  # steep where nothing more is gained
    (split,) = curve.splits
    assert (split.few, split.many) == (1, 2)
    assert split.low <= (1 - 2 * a) ** 2 <= split.high + 2e-6
    assert curve.first == pytest.approx(((1 - 2 * a) ** 2,) * 2, abs=2e-6)


@pytest.mark.parametrize("a", [0.05, 0.2])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_a_rate_or_a_relevance_of_a_binary_pair_is_mrs_gerbers(a, share):
    rate = share * math.log(2)
    exact = gerber_relevance(a, rate)
    found = bottleneck_rate(binary_pair(a), rate, starts=2)
    assert found.rate <= rate + IDENTITY
    assert found.relevance <= exact + CERTIFIED <= found.relevance_bound + 2 * CERTIFIED
    assert found.gap <= GAP
    assert found.codes == 2  # and not four that share time
    found = bottleneck_relevance(binary_pair(a), exact, starts=2)
    assert found.relevance >= exact - IDENTITY
    assert found.rate_bound - CERTIFIED <= rate <= found.rate + CERTIFIED
    assert found.rate - found.rate_bound <= GAP


def test_a_map_of_x_is_worth_as_much_as_it_costs():
    joint = np.array([0.1, 0.2, 0.3, 0.15, 0.25])[:, None] * np.eye(3)[[0, 1, 1, 2, 0]]
    curve = information_curve(joint, slopes=6, starts=2)
    known = curve.information
    rates = np.linspace(0.0, known, 9)
    assert curve.lower(rates) == pytest.approx(rates, abs=1e-6)
    assert curve.upper(rates) == pytest.approx(rates, abs=IDENTITY)
    assert curve.width <= 1e-6
    for rate in (0.0, 0.4, known, 2 * known):
        found = bottleneck_rate(joint, rate, starts=2)
        assert found.relevance == pytest.approx(min(rate, known), abs=1e-9)
        assert found.gap <= 1e-9


def test_an_erased_bit_is_a_line_that_time_sharing_reaches():
    joint = np.array([[0.7, 0.3, 0.0], [0.0, 0.3, 0.7]]) / 2
    found = bottleneck_rate(joint, 0.3, starts=2)
    assert found.relevance == pytest.approx(0.7 * 0.3, abs=1e-9)
    assert found.gap <= 1e-7
    assert found.beta == pytest.approx(0.7, abs=1e-9)
    assert found.tishby_beta == pytest.approx(1 / 0.7, abs=1e-8)


# -- what every result must satisfy ---------------------------------------------------------------


@settings(PROOF, max_examples=8)
@given(small, st.data())
def test_no_code_is_above_the_curve_and_data_processing_holds(joint, data):
    curve = information_curve(joint, slopes=4, starts=1)
    encoder = data.draw(conditionals(joint.shape[0], 3, plain_mass))
    p_x = joint.sum(axis=1)
    told, kept = mutual_information(p_x, encoder), mutual_information(encoder.T @ joint)
    assert kept <= curve.upper(told) + CERTIFIED
    assert curve.rate(kept).lower <= told + 1e-6
    rates = np.linspace(0.0, 1.2 * max(p.rate for p in curve.points) + 0.1, 50)
    lower, upper = curve.lower(rates), curve.upper(rates)
    assert (np.diff(lower) >= -IDENTITY).all()
    assert (np.diff(lower, 2) <= 1e-9).all()  # concave
    assert (np.diff(upper) >= -IDENTITY).all()
    assert (lower <= upper + CERTIFIED).all()
    assert (upper <= np.minimum(rates, mutual_information(joint)) + 1e-9).all()
    for one, other in itertools.pairwise(curve.splits):
        assert one.low >= other.high
        assert one.many == other.few < other.many


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("shape", [(4, 3), (6, 6)])
def test_a_code_at_a_rate_has_what_is_said_of_it(seed, shape):
    joint = random_joint(seed, shape)
    p_x = joint.sum(axis=1)
    for found in (
        bottleneck_rate(joint, 0.2, starts=2), bottleneck_relevance(joint, 0.05, starts=2),
    ):  # fmt: skip
        assert found.encoder.sum(axis=1) == pytest.approx(1.0, abs=IDENTITY)
        assert mutual_information(p_x, found.encoder) == pytest.approx(found.rate, abs=1e-9)
        kept = mutual_information(found.encoder.T @ joint)
        assert kept == pytest.approx(found.relevance, abs=1e-9)
        assert 0.0 <= found.rate_bound <= found.rate
        assert found.relevance <= found.relevance_bound
        assert (found.gap <= GAP) == (shape == (4, 3))  # in more dimensions a bound is a bound
    assert found.relevance == pytest.approx(0.05, abs=1e-9)


def test_a_rate_beyond_all_keeps_all():
    joint = random_joint(1, (4, 3))
    found = bottleneck_rate(joint, 9.0, starts=1)
    assert found.relevance == pytest.approx(mutual_information(joint), abs=1e-9)
    assert found.gap <= 1e-9
    nothing = bottleneck_rate(joint, 0.0, starts=1)
    assert (nothing.rate, nothing.relevance, nothing.gap) == (0.0, 0.0, 0.0)


def test_a_curve_of_few_codes_is_below_one_of_many_and_the_bounds_hold_for_both():
    joint = random_joint(2, (5, 3))
    few, many = (information_curve(joint, slopes=5, starts=1, codes=c) for c in (2, None))
    rates = np.linspace(0.0, 1.0, 11)
    assert (few.lower(rates) <= many.upper(rates) + CERTIFIED).all()
    assert (many.lower(rates) <= few.upper(rates) + CERTIFIED).all()
    assert few.width > many.width
    assert max(p.codes for p in few.points) == 2
    assert few.rate(mutual_information(joint)).upper == math.inf  # two values do not reach it


def test_a_curve_says_in_short_what_it_is():
    curve = information_curve(binary_pair(0.1), slopes=4, starts=1)
    lines = repr(curve).splitlines()
    assert lines[0].startswith("InformationCurve: ")
    assert "known within" in lines[0]
    assert len(lines) <= 10
    axes = curve.plot(units="bits")
    assert axes.get_ylabel() == "relevance I(T;Y)  (bits)"
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert "certified: no code is here" in labels
    assert axes.get_ylim()[1] > curve.information / math.log(2)


def test_codes_that_still_move_are_told_of_in_one_line():
    joint = random_joint(3, (5, 2))
    with pytest.warns(RuntimeWarning, match="codes still move after max_iterations=3") as told:
        curve = information_curve(joint, slopes=4, starts=1, max_iterations=3)
    assert len(told) == 1
    assert not curve.converged
    assert (curve.lower([0.1, 0.5]) <= curve.upper([0.1, 0.5])).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda j: information_curve(j, slopes=1), "slopes must be an integer of at least 2"),
        (lambda j: information_curve(j, starts=0), "starts must be an integer of at least 1"),
        (lambda j: information_curve(2 * j), "joint must sum to 1"),
        (lambda j: bottleneck_rate(j, -1.0), "rate must be a finite number of at least 0, got -1"),
        (lambda j: bottleneck_rate(j, math.nan), "rate must be a finite number of at least 0"),
        (lambda j: bottleneck_rate(j, 0.1, gap=-1.0), "gap must be a finite number of at least 0"),
        (lambda j: bottleneck_rate(j, 0.1, max_slopes=0), "max_slopes must be an integer of"),
        (lambda j: bottleneck_relevance(j, 0.5), r"relevance must be in \[0, 0\.36806\d+\], got 0"),
        (lambda j: bottleneck_relevance(j, -0.5), r"relevance must be in \[0, "),
    ],
)
def test_wrong_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(binary_pair(0.1))
