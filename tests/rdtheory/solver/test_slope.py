"""Every solved slope against sums in long double, Csiszar's conditions and closed forms."""

import math
from functools import cache

import numpy as np
import pytest
from scipy.special import rel_entr

from rdtheory.solver.gibbs import Coordinates
from rdtheory.solver.slope import RDPoint, solve_slope
from rdtheory.sources.textbook import Source, named_source
from tests.make.theory_curves import both_ends
from tests.make.theory_judge import judge
from tests.problems import problem

GAP = 1e-9
"""What `solve_slope` promises unless told otherwise."""

SUMS = 1e-12
"""Nats or distortion units: float64 sums of at most 2000 terms of a few units, next to those sums
in long double; also what a gap near zero may be off."""

LAST_DIGITS = 1e-14
"""A handful of float64 operations on numbers near one."""

RARE = 1e-150
"""Letters of less mass touch no sum, but make c(y) large: see `Problem` and its floor."""

CRITICAL = 1 / math.log(7 / 3)
"""The slope of bernoulli(0.3) above which one output serves all: -1/R'(D) at D = 0.3."""


# -- references ------------------------------------------------------------------------------------


@cache
def solved(name: str, beta: float) -> RDPoint:
    return solve_slope(*problem(name), beta)


DECADES = [1e-3, 1e-2, 1e-1, 1.0, 1e1, 1e2, 1e3]
TEXTBOOK = [1 / s for s in (0.51, 0.6, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)]
REFERENCES = [
    *[("bernoulli:0.3", beta) for beta in (*DECADES, 0.5, 0.9, 1.1)],
    *[("hamming:8", beta) for beta in (*DECADES, 0.3, 0.5)],
    *[(f"gaussian:{n}", beta) for n in (30, 100, 300) for beta in TEXTBOOK],
    *[("gaussian:100", beta) for beta in DECADES if beta not in TEXTBOOK],
    *[("laplace:200", beta) for beta in (*DECADES, 0.5, 0.9, 1.2)],
    *[(f"uniform:{k}", beta) for k in (20, 40, 80, 160) for beta in (0.05, 0.5, 2.0, 8.0, 40.0)],
    *[("uniform:80", beta) for beta in DECADES],
    *[("random:500x500", beta) for beta in (*DECADES, 0.03, 0.3)],
    *[("random:300x700", beta) for beta in (*DECADES, 0.03, 0.3)],
]
LARGE = [
    *[("gaussian:1000", beta) for beta in TEXTBOOK],
    *[("gaussian:2000", 1 / s) for s in (0.51, 1.0, 5.0, 50.0)],
]


@pytest.mark.parametrize(
    ("name", "beta"),
    [*REFERENCES, *(pytest.param(*large, marks=pytest.mark.slow) for large in LARGE)],
)
def test_a_reference_problem_is_within_its_gap_in_long_double(name, beta):
    point = solve_slope(*problem(name), beta)
    gap, rate, distortion, c = judge(*problem(name), beta, point.marginal)
    assert point.converged
    assert point.gap <= GAP
    assert gap <= GAP
    assert point.rate == pytest.approx(float(rate), abs=SUMS)
    assert point.distortion == pytest.approx(float(distortion), rel=SUMS, abs=SUMS)
    # no output gains and every output in use is even: c <= 1 + gap everywhere;
    # sum r (1 - c) = 0; so r |1 - c| <= gap for every output alone
    assert c.max() <= 1 + GAP + GAP**2
    assert abs((point.marginal * (1 - c)).sum()) <= SUMS
    assert (point.marginal * np.abs(1 - c)).max() <= GAP + SUMS
    # it is a distribution with the support that it names
    assert point.marginal.min() >= 0
    assert point.marginal.sum() == pytest.approx(1.0, abs=SUMS)
    assert np.array_equal(point.support, np.flatnonzero(point.marginal > 0))


@pytest.mark.parametrize("gap", [1e-3, 1e-6, 1e-12, 1e-13])
@pytest.mark.parametrize("name", ["hamming:8", "gaussian:100", "uniform:40", "random:40x60"])
def test_any_gap_that_is_asked_is_met_in_long_double(name, gap):
    beta = 0.4
    point = solve_slope(*problem(name), beta, gap=gap)
    assert point.converged
    assert point.gap <= gap
    assert judge(*problem(name), beta, point.marginal)[0] <= gap + LAST_DIGITS


# -- closed forms ----------------------------------------------------------------------------------


@pytest.mark.parametrize("gap", [1e-6, 1e-9, 1e-12])
@pytest.mark.parametrize("beta", [*DECADES, 0.2, 0.3, 0.5, 0.9, 1.1])
@pytest.mark.parametrize("name", ["bernoulli:0.3", "bernoulli:0.5", "bernoulli:0.01", "hamming:8"])
def test_the_rate_is_that_of_the_closed_form_within_the_gap(name, beta, gap):
    """The point is reached, so R >= R(D); R + D/beta is within the gap of a minimum, which is at
    most R(D) + D/beta, so R <= R(D) + gap."""
    source = named_source(name)
    point = solve_slope(source.p_x, source.distortion, beta, gap=gap)
    excess = point.rate - source.closed_form(point.distortion)
    assert -LAST_DIGITS <= excess <= gap + LAST_DIGITS


@pytest.mark.parametrize("beta", [0.1, 0.3, 0.5, 0.9, 1.1])
def test_a_coin_has_the_distortion_of_its_slope(beta):
    """-dR/dD = log((1 - D)/D) = 1/beta; L is within beta 1e-13 and curves at least by beta/D."""
    point = solve_slope(*problem("bernoulli:0.3"), beta, gap=1e-13)
    assert point.distortion == pytest.approx(1 / (1 + math.exp(1 / beta)), abs=1e-6)


@pytest.mark.parametrize("factor", [1.0001, 1.0, 0.9999])
def test_the_critical_slope_of_a_coin_takes_few_steps(factor):
    beta = factor * CRITICAL
    p_x, distortion = problem("bernoulli:0.3")
    point = solve_slope(p_x, distortion, beta, gap=1e-10)
    assert judge(p_x, distortion, beta, point.marginal)[0] <= 1e-10
    assert point.iterations < 100
    assert point.converged


@pytest.mark.parametrize("factor", [1.0001, 2.0, 1e3])
def test_above_the_critical_slope_a_coin_needs_one_output(factor):
    point = solve_slope(*problem("bernoulli:0.3"), factor * CRITICAL)
    assert point.rate <= GAP
    assert point.distortion == pytest.approx(0.3, abs=factor * CRITICAL * GAP)


# -- special shapes --------------------------------------------------------------------------------


@pytest.mark.parametrize("beta", [1e-6, 1.0, 1e6])
def test_one_letter_goes_to_its_best_output_at_no_rate(beta):
    point = solve_slope([1.0], [[3.0, 1.0, 2.0]], beta)
    assert point.rate <= GAP
    assert point.distortion == pytest.approx(1.0, abs=beta * GAP)
    assert point.converged


@pytest.mark.parametrize("beta", [1e-6, 1.0, 1e6])
def test_one_output_serves_all_at_no_rate(beta):
    point = solve_slope([0.25, 0.75], [[4.0], [0.0]], beta)
    assert (point.rate, point.distortion) == (0.0, 1.0)
    assert point.gap <= LAST_DIGITS / min(beta, 1.0)  # of a distortion in long double
    assert point.marginal.tolist() == [1.0]


@pytest.mark.parametrize("beta", [1e-6, 1.0, 1e6])
def test_equal_distortions_need_no_rate(beta):
    point = solve_slope([0.2, 0.3, 0.5], np.full((3, 4), 0.7), beta)
    assert point.rate == 0.0
    assert point.distortion == pytest.approx(0.7, abs=LAST_DIGITS)
    assert point.gap <= LAST_DIGITS + LAST_DIGITS / beta  # of a distortion that is rounded


@pytest.mark.parametrize("beta", [0.01, 1.0, 100.0])
def test_the_binary_erasure_distortion_has_its_closed_form(beta):
    """d = 0 right, 1 erased, inf wrong; a fair coin has R(D) = (1 - D) log 2: erase or not."""
    point = solve_slope([0.5, 0.5], [[0, math.inf, 1], [math.inf, 0, 1]], beta)
    assert point.value == pytest.approx(min(1.0, beta * math.log(2)), abs=beta * GAP + SUMS)
    excess = point.rate - (1 - point.distortion) * math.log(2)
    assert -SUMS <= excess <= GAP + SUMS


def test_forbidden_pairs_force_the_rate_at_any_slope():
    only_itself = np.where(np.eye(3) > 0, 0.0, math.inf)
    point = solve_slope([0.2, 0.3, 0.5], only_itself, 1e3)
    assert point.rate == pytest.approx(float(-rel_entr([0.2, 0.3, 0.5], 1).sum()), abs=GAP)
    assert point.distortion == 0.0


@pytest.mark.parametrize(
    ("p_x", "columns"), [([0.3, 0.7], [0, 0, 1, 1]), ([0.3, 0.7], [0, 1, 0, 1, 0, 1])]
)
def test_copies_of_outputs_reach_the_closed_form(p_x, columns):
    coin = named_source("bernoulli:0.3")
    point = solve_slope(p_x, (1 - np.eye(2))[:, columns], 0.5)
    assert point.rate == pytest.approx(coin.closed_form(point.distortion), abs=GAP)


@pytest.mark.parametrize("name", ["bernoulli:0.3", "gaussian:30", "uniform:20", "random:30x50"])
def test_a_very_large_slope_leaves_no_rate_and_the_best_constant_output(name):
    p_x, distortion = problem(name)
    point = solve_slope(p_x, distortion, 1e8)
    # R + D / beta within the gap would allow any D, so it is held against the best constant
    best = (p_x @ distortion).min()
    assert point.rate == 0.0
    assert point.distortion == pytest.approx(best, rel=SUMS)
    assert both_ends(p_x, distortion)[0].distortion == pytest.approx(best, rel=SUMS)


@pytest.mark.filterwarnings("ignore:gap = .* is off by:RuntimeWarning")
@pytest.mark.parametrize("name", ["bernoulli:0.3", "gaussian:30", "uniform:20", "random:30x50"])
def test_a_very_small_slope_has_the_least_distortion_and_its_rate(name):
    p_x, distortion = problem(name)
    point = solve_slope(p_x, distortion, 1e-9)
    end = both_ends(p_x, distortion, GAP)[1]
    assert point.distortion == pytest.approx(p_x @ distortion.min(axis=1), abs=1e-9 + SUMS)
    assert point.rate == pytest.approx(end.rate, abs=2 * GAP)


def test_the_least_distortion_is_reached_at_its_least_rate():
    """Letters 0 and 1 share output 2, which is as good as their own: one bit is enough."""
    distortion = [[0, 9, 0, 9], [9, 0, 0, 9], [9, 9, 9, 0]]
    point = both_ends([0.25, 0.25, 0.5], distortion)[1]
    assert point.distortion == 0.0
    assert point.rate == pytest.approx(math.log(2), abs=1e-12)
    assert point.marginal == pytest.approx([0, 0, 0.5, 0.5], abs=1e-9)
    assert (point.beta, point.value, point.bound) == (0.0, 0.0, 0.0)


def test_negative_distortions_are_only_another_zero():
    coin = named_source("bernoulli:0.3")
    point = solve_slope(coin.p_x, coin.distortion - 5.0, 0.5)
    assert point.distortion == pytest.approx(1 / (1 + math.exp(2)) - 5, abs=1e-5)


def test_a_letter_of_hardly_any_mass_is_certified_too():
    """Without the floor of `slope` no float64 marginal is good enough for it."""
    p_x = np.array([0.5, 0.5, RARE])
    point = solve_slope(p_x / p_x.sum(), 50.0 * (1 - np.eye(3)), 0.1)
    assert point.converged
    assert point.rate == pytest.approx(math.log(2), abs=GAP)


# -- the point itself ------------------------------------------------------------------------------


@pytest.mark.parametrize("beta", DECADES)
def test_value_and_bound_are_the_lagrangian_and_its_certificate(beta):
    point = solved("hamming:8", beta)
    assert point.value == point.distortion + beta * point.rate
    assert point.bound == point.value - beta * point.gap
    assert point.segment is None


def test_the_point_of_no_rate_bounds_nothing_from_below():
    point, _ = both_ends([0.3, 0.7], [[0, 1], [1, 0]])
    assert (point.rate, point.distortion, point.value) == (0.0, 0.3, 0.3)
    assert point.bound == -math.inf
    assert point.marginal.tolist() == [0.0, 1.0]


def test_the_arguments_are_left_as_they_were():
    p_x, distortion = np.array([0.3, 0.7]), np.array([[0.0, 1.0], [1.0, 0.0]])
    solve_slope(p_x, distortion, 0.5)
    assert p_x.tolist() == [0.3, 0.7]
    assert distortion.tolist() == [[0.0, 1.0], [1.0, 0.0]]


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_a_cap_that_is_hit_warns_names_itself_and_does_not_converge(steps):
    p_x, distortion = problem("gaussian:100")
    with pytest.warns(RuntimeWarning, match=r"above the asked 1\.0e-09: raise max_iterations"):
        point = solve_slope(p_x, distortion, 1.0, max_iterations=steps)
    assert not point.converged
    assert point.iterations <= steps
    assert point.gap > GAP


@pytest.mark.parametrize("steps", [1, 5, 9])
def test_the_gap_of_a_point_that_did_not_converge_is_still_a_bound(steps):
    p_x, distortion = problem("gaussian:100")
    with pytest.warns(RuntimeWarning, match="raise max_iterations"):
        point = solve_slope(p_x, distortion, 1.0, max_iterations=steps)
    assert point.bound <= solved("gaussian:100", 1.0).value
    assert point.value >= solved("gaussian:100", 1.0).bound


# -- wrong input -----------------------------------------------------------------------------------

NO_TABLE = r"distortion must be (a table|an array) of numbers"
HAMMING = [[0.0, 1.0], [1.0, 0.0]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"beta": 0.0}, r"beta must be a finite number above 0; slope 0 is .*, got 0"),
        ({"beta": -1.0}, r"beta must be a finite number above 0, got -1"),
        ({"beta": math.nan}, r"beta must be a finite number .* got nan"),
        ({"beta": math.inf}, r"beta must be a finite number .* got inf"),
        ({"gap": 0.0}, r"gap must be a finite number of at least 1e-15, got 0"),
        ({"gap": math.nan}, r"gap must be a finite number of at least 1e-15, got nan"),
        ({"max_iterations": 0}, r"max_iterations must be an integer of at least 1, got 0"),
        ({"p_x": [0.5, 0.4]}, r"p_x must sum to 1 within 1e-08, got p_x with sum 0\.9"),
        ({"p_x": [1.5, -0.5]}, r"p_x must not be negative, got p_x\[1\] = -0\.5"),
        ({"p_x": [math.nan, 1.0]}, r"p_x must be finite, got p_x\[0\] = nan"),
        ({"p_x": HAMMING}, r"p_x must be a non-empty 1-d array, got shape \(2, 2\)"),
        ({"distortion": [0.0, 1.0]}, r"distortion must have shape \(2, any\), got \(2,\)"),
        ({"distortion": [[0.0, 1.0]]}, r"distortion must have shape \(2, any\), got \(1, 2\)"),
        ({"distortion": [[], []]}, r"distortion must have shape \(2, any\), got \(2, 0\)"),
        ({"distortion": [[0, math.nan], [1, 0]]}, r"above -inf, got distortion\[0, 1\] = nan"),
        ({"distortion": [[0, 1], [-math.inf, 0]]}, r"above -inf, got distortion\[1, 0\] = -inf"),
        ({"distortion": [[0, 1], [math.inf] * 2]}, r"row of positive mass, got none in row 1"),
        (
            {"distortion": Coordinates([0.0, 1.0, 2.0], [0.0], "squared")},
            r"letters must have the shape of p_x, \(2,\), got \(3,\)",
        ),
    ],
)
def test_wrong_values_are_named_in_one_line(change, message):
    arguments = {"p_x": [0.5, 0.5], "distortion": HAMMING, "beta": 1.0} | change
    with pytest.raises(ValueError, match=message):
        solve_slope(**arguments)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"beta": "1"}, r"beta must be a number, got '1'"),
        ({"gap": "1"}, r"gap must be a number, got '1'"),
        ({"max_iterations": 2.5}, r"max_iterations must be an integer, got 2\.5"),
        ({"p_x": ["0.5", "0.5"]}, r"p_x must be an array of numbers"),
        ({"distortion": [[0.0], [0.0, 1.0]]}, NO_TABLE),
        ({"distortion": [["a", "b"], ["c", "d"]]}, NO_TABLE),
        ({"distortion": [["0", "1"], ["1", "0"]]}, NO_TABLE),
        ({"distortion": np.full((2, 2), 1j)}, NO_TABLE),
    ],
)
def test_wrong_types_are_named_in_one_line(change, message):
    arguments = {"p_x": [0.5, 0.5], "distortion": HAMMING, "beta": 1.0} | change
    with pytest.raises(TypeError, match=message):
        solve_slope(**arguments)


def test_a_source_from_a_file_solves_as_its_table():
    coin = Source.from_table("mine", [0.7, 0.3], HAMMING)
    assert solve_slope(coin.p_x, coin.distortion, 0.5).value == solved("bernoulli:0.3", 0.5).value
