"""A kernel made on the fly is the table's kernel, and both are exp(-excess / beta)."""

import math

import numpy as np
import pytest

from rdtheory.solver.gibbs import TINY, Coordinates, TableProblem
from rdtheory.solver.slope import prepare, solve_slope

BETAS = [1e-3, 0.3, 50.0]

SAME = 1e-13
"""Relative: exponents of up to 460, rounded once in either order of operations."""

SUMS = 1e-13
"""Sums of a dozen terms of up to 64, in another order, relative to the largest."""

GAP = 1e-9
"""Asked of the two solutions that are compared."""


def asymmetric(x: float, y: float) -> float:
    """Cost more for too much than for too little."""
    return 2.0 * (y - x) if y > x else x - y


PYTHON = {
    "squared": lambda x, y: (x - y) ** 2,
    "absolute": lambda x, y: abs(x - y),
    "hamming": lambda x, y: float(x != y),
    asymmetric: asymmetric,
}
LETTERS = np.array([-2.0, -0.5, 0.0, 1.0, 1.5, 3.0, 4.0])
OUTPUTS = np.array([-1.5, 0.0, 0.25, 1.0, 2.0, 3.0, 4.0, 5.0, 0.0])
P = np.array([0.1, 0.2, 0.05, 0.25, 0.15, 0.2, 0.05])

measures = pytest.mark.parametrize(
    "measure", list(PYTHON), ids=lambda measure: getattr(measure, "__name__", measure)
)
betas = pytest.mark.parametrize("beta", BETAS)


def tabulated(measure):
    return np.array([[PYTHON[measure](x, y) for y in OUTPUTS] for x in LETTERS])


def pair(measure, beta):
    """Return the two kernels of one problem."""
    made = Coordinates(LETTERS, OUTPUTS, measure).problem()
    table = TableProblem.of(tabulated(measure))
    if beta is None:
        return made.kernel(0.0), table.kernel(0.0)
    return made.kernel(beta), table.kernel(beta)


@measures
def test_the_table_of_coordinates_is_the_measure_of_every_pair(measure):
    table = Coordinates(LETTERS, OUTPUTS, measure).table()
    np.testing.assert_array_equal(table, tabulated(measure))


@measures
def test_the_least_distortion_of_every_letter_is_its_rows_minimum(measure):
    low = Coordinates(LETTERS, OUTPUTS, measure).problem().low
    np.testing.assert_array_equal(low, tabulated(measure).min(axis=1))
    np.testing.assert_array_equal(low, TableProblem.of(tabulated(measure)).low)


@betas
@measures
def test_rows_are_those_of_the_table_and_of_the_formula(measure, beta):
    made, table = pair(measure, beta)
    y = np.array([5, 0, 8, 0])
    d = tabulated(measure)
    formula = np.exp(-(d - d.min(axis=1, keepdims=True)) / beta).T[y]
    formula[formula < TINY] = 0.0
    np.testing.assert_allclose(made.rows(y), formula, rtol=SAME, atol=0)
    np.testing.assert_allclose(table.rows(y), formula, rtol=SAME, atol=0)


@betas
@measures
def test_columns_are_the_rows_transposed(measure, beta):
    everywhere = np.arange(OUTPUTS.size)
    for kernel in pair(measure, beta):
        columns = np.array([kernel.column(x) for x in range(LETTERS.size)])
        np.testing.assert_array_equal(columns, kernel.rows(everywhere).T)


@measures
def test_the_excess_is_the_distortion_above_its_least(measure):
    made, table = pair(measure, 1.0)
    y = np.array([1, 8, 3])
    d = tabulated(measure)
    expected = (d - d.min(axis=1, keepdims=True)).T[y]
    np.testing.assert_array_equal(made.excess(y), expected)
    np.testing.assert_array_equal(table.excess(y), expected)


@pytest.mark.parametrize("beta", [*BETAS, None], ids=str)
@measures
def test_a_sweep_is_the_weighted_sum_of_all_columns(measure, beta):
    weights = np.array([0.5, 0.0, 3.0, 0.2, 1.0, 7.0, 1e-5])
    for kernel in pair(measure, beta):
        expected = kernel.rows(np.arange(OUTPUTS.size)) @ weights
        np.testing.assert_allclose(kernel.sweep(weights), expected, rtol=SUMS, atol=0)


@measures
def test_the_mean_is_what_one_output_pays_above_the_least(measure):
    d = tabulated(measure)
    expected = P @ d - P @ d.min(axis=1)
    made, table = Coordinates(LETTERS, OUTPUTS, measure).problem(), TableProblem.of(d)
    np.testing.assert_allclose(made.mean(P), expected, rtol=0, atol=64 * SUMS)
    np.testing.assert_allclose(table.mean(P), expected, rtol=0, atol=64 * SUMS)


@measures
def test_the_kernel_of_slope_zero_marks_the_best_outputs(measure):
    d = tabulated(measure)
    best = (d == d.min(axis=1, keepdims=True)).T.astype(float)
    everywhere = np.arange(OUTPUTS.size)
    for kernel in pair(measure, None):
        np.testing.assert_array_equal(kernel.rows(everywhere), best)
        np.testing.assert_array_equal(kernel.column(3), best[:, 3])


@pytest.mark.parametrize("beta", [*BETAS, None], ids=str)
def test_a_kernel_counts_its_outputs(beta):
    assert [kernel.letters for kernel in pair("squared", beta)] == [OUTPUTS.size] * 2


# -- what is too small to count --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("excess", "zero"), [(450.0, False), (460.0, False), (461.0, True), (800.0, True), (1e6, True)]
)
def test_entries_below_tiny_are_exactly_zero(excess, zero):
    """-log(1e-200) = 460.517: the loops cut at 460 and the table at 460.517."""
    table = TableProblem.of(np.array([[0.0, excess]])).kernel(1.0).column(0)
    assert table[0] == 1.0
    assert (table[1] == 0.0) == zero
    assert zero or table[1] == pytest.approx(math.exp(-excess), rel=SAME)


@pytest.mark.parametrize(("excess", "zero"), [(450.0, False), (461.0, True), (1e6, True)])
def test_entries_below_tiny_are_exactly_zero_on_the_fly(excess, zero):
    made = Coordinates([0.0], [0.0, excess], "absolute").problem().kernel(1.0).column(0)
    assert made[0] == 1.0
    assert (made[1] == 0.0) == zero
    assert zero or made[1] == pytest.approx(math.exp(-excess), rel=SAME)


def test_forbidden_pairs_are_exactly_zero_at_any_slope():
    problem = TableProblem.of(np.array([[0.0, math.inf], [math.inf, 1.0]]))
    assert problem.kernel(1e300).rows(np.arange(2)).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert problem.surplus.tolist() == [[0.0, math.inf], [math.inf, 0.0]]


@pytest.mark.parametrize("beta", [1e-300, 1e-6, 1e6, 1e300])
def test_extreme_slopes_neither_overflow_nor_warn(beta):
    table = TableProblem.of(np.array([[0.0, 1.0, 2.0], [1.0, 0.0, math.inf]])).kernel(beta)
    entries = table.rows(np.arange(3))
    assert np.isfinite(entries).all()
    assert entries.max() == 1.0
    assert entries.min() >= 0.0


# -- the solver sees no difference -----------------------------------------------------------------


@pytest.mark.parametrize("beta", [0.05, 0.3, 2.0])
@measures
def test_the_solver_finds_the_same_optimum_without_a_table(measure, beta):
    coordinates = Coordinates(LETTERS, OUTPUTS, measure)
    made, table = solve_slope(P, coordinates, beta), solve_slope(P, tabulated(measure), beta)
    assert made.gap <= GAP
    assert made.value == pytest.approx(table.value, abs=beta * GAP)
    assert made.value == made.distortion + beta * made.rate


@measures
def test_the_ends_of_the_curve_are_the_same_without_a_table(measure):
    made = prepare(P, Coordinates(LETTERS, OUTPUTS, measure))
    table = prepare(P, tabulated(measure))
    assert made.base == pytest.approx(table.base, abs=64 * SUMS)
    left = made.at_least_rate(gap=1e-12)
    assert left.distortion == pytest.approx(
        table.at_least_rate(gap=1e-12).distortion, abs=64 * SUMS
    )
    ends = [problem.at_least_distortion(gap=GAP) for problem in (made, table)]
    assert ends[0].rate == pytest.approx(ends[1].rate, abs=GAP)


def test_letters_without_mass_are_left_out_of_coordinates_too():
    padded = Coordinates([*LETTERS, 1e9], OUTPUTS, "squared")
    found = solve_slope([*P, 0.0], padded, 0.3)
    plain = solve_slope(P, Coordinates(LETTERS, OUTPUTS, "squared"), 0.3)
    assert found.value == pytest.approx(plain.value, abs=0.3 * GAP)


# -- wrong input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"measure": "cubed"}, r"function or one of squared, absolute, hamming, got 'cubed'"),
        ({"letters": [[0.0]]}, r"outputs must have as many coordinates as letters, \(1, 1\), got"),
        ({"letters": [[[0.0]]]}, r"letters must be a non-empty 1-d array, got shape \(1, 1, 1\)"),
        ({"letters": []}, r"letters must be a non-empty 1-d array, got shape \(0,\)"),
        ({"letters": [math.nan]}, r"letters must be finite, got letters\[0\] = nan"),
        ({"outputs": 1.0}, r"outputs must be a non-empty 1-d array, got shape \(\)"),
        ({"outputs": [0.0, math.inf]}, r"outputs must be finite, got outputs\[1\] = inf"),
    ],
)
def test_wrong_coordinates_are_named_in_one_line(change, message):
    with pytest.raises(ValueError, match=message):
        Coordinates(**{"letters": [0.0, 1.0], "outputs": [0.0], "measure": "squared"} | change)


@pytest.mark.parametrize("measure", [3, None])
def test_a_measure_that_is_no_function_is_named(measure):
    with pytest.raises(TypeError, match=r"measure must be a function or one of .*, got "):
        Coordinates([0.0], [0.0], measure)


def no_number(x: float, y: float) -> float:
    """Give NaN for every output of letter 1 and the last of letter 2, and -inf where both are 3."""
    if x == 1.0 or (x == 2.0 and y > x):
        return math.nan
    return -math.inf if x == y == 3.0 else (x - y) ** 2


@pytest.mark.parametrize("letter", [1.0, 2.0, 3.0])
def test_a_measure_that_gives_no_number_is_refused_as_a_table_would_be(letter):
    with pytest.raises(ValueError, match=r"must be a number above -inf|must give"):
        solve_slope([0.5, 0.5], Coordinates([0.0, letter], [0.0, 3.0], no_number), 1.0)
