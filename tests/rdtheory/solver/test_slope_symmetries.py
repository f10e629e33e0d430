"""Random problems at one slope: what must not change them, and scipy's optimum over channels."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import rel_entr

from rdtheory.solver.slope import RDPoint, solve_slope
from tests.make.theory_judge import judge
from tests.strategies import PROOF, pmfs

GAP = 1e-9
"""What `solve_slope` promises unless told otherwise."""

SUMS = 1e-12
"""Nats or distortion units: float64 sums of at most 2000 terms of a few units, next to those sums
in long double; also what a gap near zero may be off."""

LAST_DIGITS = 1e-14
"""A handful of float64 operations on numbers near one."""

BY_SCIPY = 1e-6
"""SLSQP with differences for gradients: the root of rounding, 1e-8, times a curvature of 100."""


# -- symmetries of random problems -----------------------------------------------------------------


@st.composite
def problems(draw, costs=None):
    """Draw (p_x, d, beta): zero masses, ties, forbidden pairs, up to five letters and outputs."""
    n, m = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    finite = st.one_of(st.floats(0.0, 3.0), st.integers(0, 2).map(float))
    entry = st.one_of(finite, finite, finite, st.just(math.inf)) if costs is None else costs
    row = st.lists(entry, min_size=m, max_size=m).filter(lambda row: min(row) < math.inf)
    table = np.array(draw(st.lists(row, min_size=n, max_size=n)))
    return draw(pmfs(n)), table, 10.0 ** draw(st.floats(-2.0, 2.0))


dyadic = st.integers(-128, 128).map(lambda k: k / 64)


def assert_equally_good(one: RDPoint, two: RDPoint, *, shift: float = 0.0, scale: float = 1.0):
    """Two upper bounds on one optimum, each within its gap; R and D alone need not be unique."""
    width = one.beta * (one.gap + two.gap) + SUMS * (1 + abs(one.value))
    assert two.value / scale - shift == pytest.approx(one.value, abs=width)


@PROOF
@given(problems())
def test_a_random_problem_is_within_its_gap_in_long_double_and_within_what_is_possible(
    given_problem,
):
    p_x, d, beta = given_problem
    point = solve_slope(p_x, d, beta)
    gap, rate, distortion, _ = judge(p_x, d, beta, point.marginal)
    assert point.converged
    assert gap <= GAP + LAST_DIGITS
    # D is beta times nats off by rounding, and kernel entries below 1e-200 count as none
    assert point.distortion == pytest.approx(float(distortion), rel=SUMS, abs=SUMS)
    assert point.rate == pytest.approx(float(rate), abs=SUMS / min(beta, 1.0))
    entropy = -float(rel_entr(p_x, 1.0).sum())
    assert 0.0 <= point.rate <= entropy + point.gap + SUMS
    assert point.distortion >= p_x[p_x > 0] @ d[p_x > 0].min(axis=1) - SUMS
    assert point.bound <= point.value


@PROOF
@given(problems(), st.randoms(use_true_random=False))
def test_names_of_letters_and_outputs_do_not_matter(given_problem, random):
    p_x, d, beta = given_problem
    x, y = list(range(d.shape[0])), list(range(d.shape[1]))
    random.shuffle(x)
    random.shuffle(y)
    point, renamed = solve_slope(p_x, d, beta), solve_slope(p_x[x], d[x][:, y], beta)
    assert_equally_good(point, renamed)


@PROOF
@given(problems(), st.floats(0.0, 1.0), st.data())
def test_splitting_a_letter_in_two_or_adding_one_without_mass_changes_nothing(
    given_problem, share, data
):
    p_x, d, beta = given_problem
    point = solve_slope(p_x, d, beta)
    x = data.draw(st.integers(0, p_x.size - 1))
    split = np.append(p_x, (1 - share) * p_x[x])
    split[x] = share * p_x[x]
    assert_equally_good(point, solve_slope(split, np.vstack([d, d[x]]), beta))
    row = data.draw(st.sampled_from([0.0, 1.0, math.inf]))
    where = data.draw(st.integers(0, p_x.size))
    padded = np.insert(p_x, where, 0.0)
    assert_equally_good(point, solve_slope(padded, np.insert(d, where, row, axis=0), beta))


@PROOF
@given(problems(), st.data())
def test_an_output_that_is_there_twice_or_nowhere_better_changes_nothing(given_problem, data):
    p_x, d, beta = given_problem
    point = solve_slope(p_x, d, beta)
    y = data.draw(st.integers(0, d.shape[1] - 1))
    worse = data.draw(st.floats(0.0, 2.0))
    for column in (d[:, [y]], d[:, [y]] + worse):
        assert_equally_good(point, solve_slope(p_x, np.hstack([d, column]), beta))


@PROOF
@given(problems(dyadic), st.data())
def test_a_constant_for_each_letter_shifts_the_distortion_alone(given_problem, data):
    """Multiples of 1/64 add without rounding, so the solver sees the same problem bit for bit."""
    p_x, d, beta = given_problem
    shift = np.array(data.draw(st.lists(dyadic, min_size=p_x.size, max_size=p_x.size)))
    point, shifted = solve_slope(p_x, d, beta), solve_slope(p_x, d + shift[:, None], beta)
    assert shifted.rate == point.rate
    assert np.array_equal(shifted.marginal, point.marginal)
    assert shifted.distortion - p_x @ shift == pytest.approx(point.distortion, abs=SUMS)


@PROOF
@given(problems(), st.integers(-20, 20))
def test_units_of_distortion_do_not_matter(given_problem, power):
    """Powers of two scale without rounding."""
    p_x, d, beta = given_problem
    unit = 2.0**power
    point, scaled = solve_slope(p_x, d, beta), solve_slope(p_x, unit * d, unit * beta)
    assert scaled.rate == point.rate
    assert scaled.distortion == unit * point.distortion
    assert scaled.gap == point.gap


@PROOF
@given(problems(), st.floats(1.01, 100.0))
def test_a_larger_slope_never_raises_the_rate(given_problem, ratio):
    """Both optimality conditions added: (b - a) (R_b - R_a) <= a gap_a + b gap_b."""
    p_x, d, a = given_problem
    b = a * ratio
    small, large = solve_slope(p_x, d, a), solve_slope(p_x, d, b)
    slack = (a * small.gap + b * large.gap + SUMS) / (b - a)
    assert large.rate <= small.rate + slack
    assert large.distortion >= small.distortion - b * slack


@PROOF
@given(problems(), st.floats(1.01, 100.0), st.floats(0.0, 1.0))
def test_the_optimum_is_concave_in_the_slope(given_problem, ratio, share):
    """L is a minimum of lines in beta; value and bound enclose it."""
    p_x, d, a = given_problem
    b = a * ratio
    between = solve_slope(p_x, d, (1 - share) * a + share * b)
    ends = solve_slope(p_x, d, a), solve_slope(p_x, d, b)
    chord = (1 - share) * ends[0].bound + share * ends[1].bound
    assert between.value >= chord - SUMS * (1 + abs(between.value))


# -- against another method ------------------------------------------------------------------------


def optimum_by_scipy(p_x, distortion, beta):
    """Minimise E d + beta I(X; Y) over the channel itself."""
    n, m = distortion.shape

    def lagrangian(flat):
        joint = p_x[:, None] * flat.reshape(n, m)
        information = rel_entr(joint, np.outer(p_x, joint.sum(axis=0))).sum()
        return (joint * distortion).sum() + beta * information

    rows = {"type": "eq", "fun": lambda flat: flat.reshape(n, m).sum(axis=1) - 1}
    return minimize(
        lagrangian, np.full(n * m, 1 / m), method="SLSQP", bounds=[(1e-12, 1)] * (n * m),
        constraints=rows, options={"ftol": 1e-14, "maxiter": 1000},
    ).fun  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("beta", [0.1, 0.3, 1.0])
def test_scipy_finds_the_same_optimum_over_channels(seed, beta):
    generator = np.random.default_rng(seed)
    p_x, distortion = generator.dirichlet(np.ones(3)), generator.random((3, 4))
    point = solve_slope(p_x, distortion, beta)
    assert point.value == pytest.approx(optimum_by_scipy(p_x, distortion, beta), abs=BY_SCIPY)
