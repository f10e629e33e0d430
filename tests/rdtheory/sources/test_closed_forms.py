"""Erokhin's function, erasures, one-sided errors, indirect sources and their solved problems."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory import entropy
from rdtheory.solver.slope import solve_slope
from rdtheory.solver.targets import solve_distortion
from rdtheory.sources import (
    erasure,
    erokhin,
    exponential,
    indirect,
    indirect_coin,
    indirect_gaussian,
    laplace,
    letters_in_use,
    named_source,
    one_sided,
)
from rdtheory.sources.scalar import gaussian
from tests.strategies import PROOF, ordinary, pmfs
from tests.tolerances import ROUNDING

GAP = 1e-9
SOLVED = 2e-9
"""Nats: the certified gap, and what sums of a few terms round."""

GRID = 1e-3
"""Nats: a cut at 4 deviations leaves out 6e-5 of mass, each worth 8 nats or a little more."""

CUT = 1e-5
"""Nats: a cut at 16 means leaves out 1e-7 of mass, each worth 16 nats or a little more."""

sources = st.integers(2, 6).flatmap(lambda n: pmfs(n, ordinary))


@PROOF
@given(sources, st.floats(0.02, 0.98))
def test_erokhins_function_is_what_is_solved(p_x, share):
    source = erokhin(p_x)
    target = share * (1.0 - p_x.max())
    point = solve_distortion(source, target=target)
    assert point.rate == pytest.approx(source.closed_form(target), abs=SOLVED)
    assert letters_in_use(p_x, target) >= 2
    assert source.closed_form(1.0 - p_x.max()) == pytest.approx(0.0, abs=ROUNDING)
    assert source.closed_form(0.0) == pytest.approx(entropy(p_x), abs=ROUNDING)


@pytest.mark.parametrize(("distortion", "used"), [(0.1, 4), (0.25, 3), (0.41, 2), (0.5, 1)])
def test_erokhins_letters_are_those_that_carry_mass(distortion, used):
    source = erokhin([0.5, 0.3, 0.15, 0.05])
    point = solve_distortion(source, target=distortion)
    assert np.count_nonzero(point.marginal > 1e-4) == used
    assert letters_in_use(source.p_x, distortion) == used


@PROOF
@given(sources, st.floats(0.02, 0.98))
def test_erasures_are_spread_evenly(p_x, target):
    source = erasure(p_x)
    point = solve_distortion(source, target=target)
    assert point.rate == pytest.approx(source.closed_form(target), abs=SOLVED)


@pytest.mark.parametrize("m", [2, 3, 8])
def test_erasures_of_a_uniform_source_are_a_line(m):
    source = erasure(m)
    shares = np.linspace(0.0, 1.0, 5)
    np.testing.assert_allclose(
        source.closed_form(shares), (1.0 - shares) * math.log(m), atol=ROUNDING
    )


@PROOF
@given(st.floats(0.02, 0.98), st.floats(0.02, 0.98))
def test_one_sided_errors_need_what_is_solved(p, share):
    source = one_sided(p)
    target = share * (1.0 - p)
    point = solve_distortion(source, target=target)
    assert point.rate == pytest.approx(source.closed_form(target), abs=SOLVED)
    channel = point.channel
    assert channel[1, 0] == 0.0


@pytest.mark.parametrize("beta", [0.5, 0.8])
def test_an_exponential_from_below_is_near_its_closed_form(beta):
    source = exponential(200)
    point = solve_slope(source, beta=beta)
    assert point.gap <= GAP
    assert point.rate == pytest.approx(source.closed_form(point.distortion), abs=CUT)


@PROOF
@given(st.floats(0.0, 0.45), st.floats(0.02, 0.98))
def test_a_coin_that_is_misread_needs_what_is_solved(q, share):
    source = indirect_coin(q)
    target = q + share * (0.5 - q)
    point = solve_distortion(source, target=target)
    assert point.rate == pytest.approx(source.closed_form(target), abs=SOLVED)
    assert source.closed_form(0.99 * q - 0.001 if q > 0.01 else 0.0) >= math.log(2.0) - ROUNDING


def test_an_exponential_tends_to_that_of_all_numbers():
    off = [abs(exponential(n).closed_form(0.5) - math.log(2.0)) for n in (100, 400, 1600)]
    assert off[0] > 2 * off[1] > 4 * off[2]


def test_a_normal_in_noise_is_near_its_closed_form():
    source = indirect_gaussian(121, 0.5)
    for beta in (0.3, 0.7):
        point = solve_slope(source, beta=beta)
        expected = source.closed_form(point.distortion)
        assert point.rate == pytest.approx(expected, abs=GRID)
    assert source.closed_form(1 / 3) == math.inf


@PROOF
@given(st.integers(0, 2**32 - 1))
def test_the_distortion_of_what_is_seen_is_that_of_the_source_behind_it(seed):
    generator = np.random.default_rng(seed)
    joint = generator.dirichlet(np.ones(12)).reshape(3, 4)
    costs = generator.random((3, 5))
    seen = indirect("seen", joint, costs)
    channel = generator.dirichlet(np.ones(5), size=4)  # q(y|x)
    behind = np.einsum("sx,xy,sy->", joint, channel, costs)
    assert (seen.p_x[:, None] * channel * seen.distortion).sum() == pytest.approx(behind)


def test_what_a_source_behind_forbids_is_forbidden_to_all_that_it_may_show_as():
    seen = indirect("seen", [[0.5, 0.2], [0.0, 0.3]], [[0.0, 1.0], [np.inf, 0.0]])
    np.testing.assert_allclose(seen.distortion, [[0.0, 1.0], [np.inf, 0.4]])


@pytest.mark.parametrize("variance", [1e-4, 1.0, 1e6])
def test_a_variance_scales_the_curve(variance):
    for usual, other, power in (
        (gaussian(41), gaussian(41, variance=variance), 1.0),
        (laplace(41), laplace(41, variance=2.0 * variance), 0.5),
    ):
        scale = variance**power
        one = solve_slope(usual, beta=0.5)
        same = solve_slope(other, beta=0.5 * scale)
        assert same.rate == pytest.approx(one.rate, abs=1e-8)
        assert same.distortion == pytest.approx(one.distortion * scale, rel=1e-7)
        assert other.closed_form(0.3 * scale) == pytest.approx(usual.closed_form(0.3))


@pytest.mark.parametrize(
    "name",
    [
        "gaussian:9:4.0", "laplace:9:0.5", "vector:3:1.0:0.25", "erokhin:0.5:0.3:0.2",
        "erasure:4", "erasure:0.25:0.75", "onesided:0.25", "exponential:9", "markov:3:0.25",
        "indirect-coin:0.1", "indirect-gaussian:9:0.5",
    ],
)  # fmt: skip
def test_a_named_source_is_called_by_the_text_that_makes_it(name):
    source = named_source(name)
    assert source.name == name
    again = named_source(source.name)
    np.testing.assert_array_equal(again.distortion, source.distortion)
    np.testing.assert_array_equal(again.p_x, source.p_x)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gaussian:9:-1", r"variance must be a finite number above 0, got -1"),
        ("gaussian:9:1:2", r"source gaussian must have one or two numbers, as in gaussian:1000"),
        ("erokhin:0.5:0.3", r"p_x must sum to 1 .* 0\.8"),
        ("erasure:2.5", r"m must be an integer of at least 2, got 2\.5"),
        ("exponential:2001", r"n must be an integer of at most 2000, got 2001"),
        ("indirect-coin:0.5", r"q must be below 0\.5, got 0\.5"),
        ("markov:13:0.1", r"blocks must be at most 4096, got 2\^13"),
        ("vector:3", r"source vector must have two or more numbers, as in vector:21:1:0\.25"),
    ],
)
def test_wrong_names_are_told(text, message):
    with pytest.raises(ValueError, match=message):
        named_source(text)
