"""What any marginal proves: value above, bound below, and the two meet at the optimum alone."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory.solver.certificate import certify
from rdtheory.solver.slope import solve_slope
from rdtheory.sources.textbook import named_source
from tests.strategies import PROOF, ordinary, pmfs

GAP = 1e-9
"""Asked of the reference optimum."""

ROUND = 1e-12
"""Nats: sums of a few terms of up to 2 * 460 nats each, where masses go down to 1e-200."""

EXACT = 1e-14
"""Nats: a few logarithms of numbers near one."""


@st.composite
def problems(draw, largest=3.0, decades=2.0, masses=None, forbidden=True):
    """Draw (p_x, d, beta, r): zeros, ties, forbidden pairs, any marginal."""
    n, m = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    finite = st.one_of(st.floats(0.0, largest), st.integers(0, 2).map(float))
    entry = st.one_of(finite, finite, finite, st.just(math.inf)) if forbidden else finite
    row = st.lists(entry, min_size=m, max_size=m).filter(lambda row: min(row) < math.inf)
    table = np.array(draw(st.lists(row, min_size=n, max_size=n)))
    beta = 10.0 ** draw(st.floats(-decades, decades))
    options = {} if masses is None else {"masses": masses}
    return draw(pmfs(n, **options)), table, beta, draw(pmfs(m))


def rounding(d, beta):
    finite = d[np.isfinite(d)]
    return ROUND * (beta + np.abs(finite).max() + 1)


@PROOF
@given(problems())
def test_the_optimum_lies_between_bound_and_value_of_any_marginal_a_gap_apart(drawn):
    p_x, d, beta, marginal = drawn
    found, best = certify(p_x, d, beta, marginal), solve_slope(p_x, d, beta)
    slack = rounding(d, beta)
    assert found.bound <= best.value + slack
    assert best.bound <= found.value + slack
    assert found.bound <= found.value
    if math.isinf(found.value):
        assert (found.bound, found.gap, found.rate) == (-math.inf, math.inf, math.inf)
    else:
        assert found.value == pytest.approx(found.distortion + beta * found.rate, abs=slack)
        assert found.bound == found.value - beta * found.gap
        assert found.gap >= 0.0


@pytest.mark.filterwarnings("ignore:gap = .* is off by:RuntimeWarning")
@PROOF
@given(problems(largest=1e6, decades=6.0))
def test_extreme_slopes_and_distortions_stay_in_order(drawn):
    p_x, d, beta, marginal = drawn
    found, best = certify(p_x, d, beta, marginal), solve_slope(p_x, d, beta)
    slack = rounding(d, beta)
    assert found.bound <= best.value + slack
    assert best.bound <= found.value + slack


@PROOF
@given(problems(masses=ordinary, forbidden=False))
def test_numbers_are_those_of_the_channel_by_the_definitions(drawn):
    p_x, d, beta, marginal = drawn
    found = certify(p_x, d, beta, marginal)
    weight = marginal.astype(np.longdouble) * np.exp(-d.astype(np.longdouble) / beta)
    q = weight.sum(axis=1)
    channel = weight / q[:, None]
    used = marginal > 0
    logs = np.log(channel[:, used] / marginal[used].astype(np.longdouble))
    rate = (p_x[:, None] * channel[:, used] * logs).sum()
    c = (p_x / q) @ np.exp(-d.astype(np.longdouble) / beta)
    assert found.rate == pytest.approx(float(rate), abs=ROUND * 1e2)
    assert found.distortion == pytest.approx(float(p_x @ (channel * d).sum(axis=1)), abs=ROUND)
    assert found.gap == pytest.approx(max(0.0, float(np.log(c.max()))), abs=ROUND)


@PROOF
@given(problems(masses=ordinary))
def test_a_gap_is_what_the_marginal_loses_at_most_and_that_of_the_optimum_is_none(drawn):
    p_x, d, beta, marginal = drawn
    point = solve_slope(p_x, d, beta)
    best, slack = certify(p_x, d, beta, point.marginal), rounding(d, beta)
    # `slope` certifies with a floor under A r, which a gap without one may miss by the floor
    assert best.gap <= 2 * GAP
    assert best.value == pytest.approx(point.value, abs=slack)
    found = certify(p_x, d, beta, marginal)
    assert found.gap >= (found.value - point.value) / beta - slack / beta


@pytest.mark.parametrize("beta", [1e-3, 0.1, 0.3, 0.5, 1.0, 10.0])
@pytest.mark.parametrize("letters", [2, 3, 8])
def test_the_uniform_marginal_is_optimal_for_hamming_and_has_no_gap(letters, beta):
    source = named_source(f"hamming:{letters}")
    found = certify(source.p_x, source.distortion, beta, source.p_x)
    assert found.gap <= EXACT
    wrong = 1 / (1 + math.exp(1 / beta) / (letters - 1)) if beta > 2e-3 else 0.0
    assert found.distortion == pytest.approx(wrong, abs=EXACT)
    assert found.rate == pytest.approx(source.closed_form(wrong), abs=EXACT)


@pytest.mark.parametrize("distortion", [0.01, 0.1, 0.29])
def test_the_marginal_of_cover_and_thomas_is_optimal_for_a_coin_and_has_no_gap(distortion):
    coin = named_source("bernoulli:0.3")
    r = (0.3 - distortion) / (1 - 2 * distortion)
    beta = 1 / math.log((1 - distortion) / distortion)
    found = certify(coin.p_x, coin.distortion, beta, [1 - r, r])
    assert found.gap <= EXACT
    assert found.distortion == pytest.approx(distortion, abs=EXACT)
    assert found.rate == pytest.approx(coin.closed_form(distortion), abs=EXACT)


@pytest.mark.parametrize("off", [-0.1, -1e-3, 1e-3, 0.1])
def test_a_marginal_that_is_off_the_optimum_has_a_gap(off):
    coin = named_source("bernoulli:0.3")
    found = certify(coin.p_x, coin.distortion, 1 / math.log(9), [0.75 - off, 0.25 + off])
    assert found.gap >= abs(off) / 10


# -- the logarithmic domain ------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("beta", [1e-6, 1e-3, 1.0, 1e3, 1e6])
def test_two_letters_have_their_closed_form_at_any_slope_and_scale(beta, d):
    """F = -(log(a + b e) + log(b + a e)) / 2 with e = exp(-d / beta), a + b = 1."""
    a, b = 0.7, 0.3
    found = certify([0.5, 0.5], [[0.0, d], [d, 0.0]], beta, [a, b])
    log_q = [
        np.logaddexp(math.log(a), math.log(b) - d / beta),
        np.logaddexp(math.log(b), math.log(a) - d / beta),
    ]
    nats = -sum(log_q) / 2
    log_c = math.log(0.5) + max(
        np.logaddexp(-log_q[0], -d / beta - log_q[1]), np.logaddexp(-d / beta - log_q[0], -log_q[1])
    )
    assert found.value == pytest.approx(beta * nats, rel=EXACT, abs=EXACT * beta)
    assert found.gap == pytest.approx(log_c, abs=EXACT)
    wrong = (math.exp(math.log(b) - d / beta - log_q[0]) + math.exp(-d / beta - log_q[1] - 0)
             * a) / 2  # fmt: skip
    assert found.distortion == pytest.approx(d * wrong, rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("shift", [-1e6, -1.0, 1.0, 1e6])
def test_a_constant_shifts_the_distortion_alone(shift):
    plain = certify([0.3, 0.7], [[0, 1], [2, 0]], 0.5, [0.4, 0.6])
    found = certify([0.3, 0.7], np.array([[0, 1], [2, 0]]) + shift, 0.5, [0.4, 0.6])
    assert (found.rate, found.gap) == (plain.rate, plain.gap)
    assert found.distortion == pytest.approx(plain.distortion + shift, abs=1e-9)


def test_a_marginal_that_leaves_a_letter_no_output_proves_nothing():
    found = certify([0.5, 0.5], [[0, math.inf], [math.inf, 0]], 1.0, [1.0, 0.0])
    assert (found.rate, found.distortion, found.value) == (math.inf,) * 3
    assert (found.bound, found.gap) == (-math.inf, math.inf)


def test_letters_without_mass_may_be_hopeless():
    found = certify([1.0, 0.0], [[0.0, 1.0], [math.inf, math.inf]], 0.5, [1.0, 0.0])
    assert (found.rate, found.distortion, found.gap) == (0.0, 0.0, 0.0)


# -- wrong input -----------------------------------------------------------------------------------

NO_TABLE = r"distortion must be (a table|an array) of numbers"
RIGHT = {
    "p_x": [0.5, 0.5], "distortion": [[0.0, 1.0], [1.0, 0.0]], "beta": 1.0, "marginal": [0.5, 0.5],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"beta": 0.0}, r"beta must be a finite number above 0; slope 0 is .*, got 0"),
        ({"beta": -1.0}, r"beta must be a finite number above 0, got -1"),
        ({"beta": math.inf}, r"beta must be a finite number .* got inf"),
        ({"beta": math.nan}, r"beta must be a finite number .* got nan"),
        ({"p_x": [0.5, 0.4]}, r"p_x must sum to 1 within 1e-08, got p_x with sum 0\.9"),
        ({"p_x": [1.5, -0.5]}, r"p_x must not be negative, got p_x\[1\] = -0\.5"),
        ({"marginal": [0.5, 0.4]}, r"marginal must sum to 1 within 1e-08, .* with sum 0\.9"),
        ({"marginal": [1.5, -0.5]}, r"marginal must not be negative, got marginal\[1\] = -0\.5"),
        ({"marginal": [1.0]}, r"marginal must have one entry per output, 2, got 1"),
        ({"distortion": [[0.0, 1.0]]}, r"distortion must have shape \(2, any\), got \(1, 2\)"),
        ({"distortion": [0.0, 1.0]}, r"distortion must have shape \(2, any\), got \(2,\)"),
        ({"distortion": [[], []]}, r"distortion must have shape \(2, any\), got \(2, 0\)"),
        ({"distortion": [[0, math.nan], [1, 0]]}, r"above -inf, got distortion\[0, 1\] = nan"),
        ({"distortion": [[0, 1], [-math.inf, 0]]}, r"above -inf, got distortion\[1, 0\] = -inf"),
        ({"distortion": [[0, 1], [math.inf] * 2]}, r"row of positive mass, got none in row 1"),
    ],
)
def test_wrong_values_are_named_in_one_line(change, message):
    with pytest.raises(ValueError, match=message):
        certify(**RIGHT | change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"beta": "1"}, r"beta must be a number, got '1'"),
        ({"p_x": ["0.5", "0.5"]}, r"p_x must be an array of numbers"),
        ({"marginal": [0.5, None]}, r"marginal must be an array of numbers"),
        ({"distortion": [[0.0], [0.0, 1.0]]}, NO_TABLE),
        ({"distortion": [["0", "1"], ["1", "0"]]}, NO_TABLE),
    ],
)
def test_wrong_types_are_named_in_one_line(change, message):
    with pytest.raises(TypeError, match=message):
        certify(**RIGHT | change)
