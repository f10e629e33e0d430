"""Entropy-coded scalar quantisers: every partition by hand, closed forms, R(D) below, high rate."""

import math
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import entr

from rdtheory import solve_frontier
from rdtheory.quantisers.dynamic import HIGH_RATE
from rdtheory.quantisers.solve import solve_quantiser, solve_quantiser_curve
from rdtheory.quantisers.uniform import uniform_quantiser
from rdtheory.sources import gaussian
from tests.strategies import PROOF

SUMS = 1e-12


def paid(x, p, measure):
    """The distortion of one cell, at its best level, which is tried at all letters for medians."""
    if measure == "squared":
        return p @ (x - p @ x / p.sum()) ** 2
    return min(p @ np.abs(x - y) for y in x)


def all_quantisers(x, p, measure):
    """(H, D) of every way to part letters in order into cells."""
    n = len(x)
    for k in range(n):
        for cuts in combinations(range(1, n), k):
            ends = [0, *cuts, n]
            cells = [slice(i, j) for i, j in pairwise(ends)]
            yield (
                sum(entr(p[c].sum()) for c in cells),
                sum(paid(x[c], p[c], measure) for c in cells),
            )


def check(x, p, measure, point):
    """Hold a point against what its cells and levels do."""
    masses = np.bincount(point.cells, weights=p, minlength=point.levels.size)
    off = np.asarray(x) - point.levels[point.cells]
    mean = p @ (off**2 if measure == "squared" else np.abs(off))
    assert masses == pytest.approx(point.masses, abs=SUMS)
    assert entr(masses).sum() == pytest.approx(point.rate, abs=SUMS)
    assert mean == pytest.approx(point.distortion, abs=SUMS * (1 + abs(np.max(x)) ** 2))
    assert 0.0 <= point.gap <= 1e-9


@given(st.integers(0, 10**6), st.sampled_from(["squared", "absolute"]))
@PROOF
def test_no_partition_is_better_nor_any_map_of_letters_to_two_values(seed, measure):
    random = np.random.default_rng(seed)
    n = random.integers(1, 8)
    x, p = random.normal(size=n), random.dirichlet(np.ones(n))
    beta = 10.0 ** random.uniform(-3, 1)
    point = solve_quantiser(x, p, beta, measure=measure)
    check(x, p, measure, point)
    order = np.argsort(x)
    best = min(d + beta * h for h, d in all_quantisers(x[order], p[order], measure))
    assert point.value == pytest.approx(best, abs=SUMS)
    assert point.bound <= best + SUMS
    side = random.integers(2, size=n).astype(bool)  # cells of any form
    any_map = [part for part in (side, ~side) if part.any()]
    cost = sum(paid(x[c], p[c], measure) + beta * entr(p[c].sum()) for c in any_map)
    assert point.bound <= cost + SUMS


@pytest.mark.parametrize("cells", [1, 2, 3, 4, 6])
def test_a_uniform_density_has_equal_cells_at_the_corners_of_its_hull(cells):
    """Letters in the middle of bins of width 1/n have less, by 1/12 n^2 that is within bins."""
    n = 240
    x, p = (np.arange(n) + 0.5) / n, np.full(n, 1 / n)
    left, right = (1 / max(cells - 1, 1) ** 2 - 1 / cells**2, 1 / cells**2 - 1 / (cells + 1) ** 2)
    steps = math.log(cells / max(cells - 1, 1)), math.log((cells + 1) / cells)
    after = right / steps[1] / 12
    beta = 2 * after if cells == 1 else (left / steps[0] / 12 + after) / 2
    point = solve_quantiser(x, p, beta)
    check(x, p, "squared", point)
    assert point.rate == pytest.approx(math.log(cells), abs=SUMS)
    assert point.distortion + 1 / (12 * n**2) == pytest.approx(1 / (12 * cells**2), abs=SUMS)
    assert uniform_quantiser(point.rate)[0] == pytest.approx(1 / (12 * cells**2), abs=1e-9)


def test_gyorgy_and_linders_quantiser_is_no_worse_than_any_of_the_same_rate_on_a_grid():
    n = 12
    x, p = (np.arange(n) + 0.5) / n, np.full(n, 1 / n)
    for rate, distortion in all_quantisers(x, p, "squared"):
        least, lengths = uniform_quantiser(rate)
        assert least <= distortion + 1 / (12 * n**2) + 1e-9
        assert sum(lengths) == pytest.approx(1.0)
        assert sum(entr(length) for length in lengths) == pytest.approx(rate, abs=1e-9)


def test_the_hull_is_above_rate_distortion_and_at_high_rate_by_a_quarter_of_a_bit():
    source = gaussian(201)
    curve = solve_quantiser_curve(source, width=1e-3)
    frontier = solve_frontier(source, width=1e-3)
    rates = np.linspace(0.0, 2.5, 60)
    assert curve.converged
    assert (curve.upper(rates) - curve.lower(rates) <= 1e-3 + SUMS).all()
    assert (curve.upper(rates) >= frontier.lower(rates) - SUMS).all()
    assert curve.points[-1].distortion == pytest.approx(0.0, abs=SUMS)
    high = solve_quantiser(gaussian(1001), beta=2 * 0.015)  # D = beta / 2 of a Gaussian
    above = high.rate - 0.5 * math.log(1.0 / high.distortion)
    assert above == pytest.approx(HIGH_RATE, abs=2e-3)
    assert pytest.approx(0.2546, abs=5e-5) == HIGH_RATE / math.log(2)


def test_the_hull_of_few_letters_is_that_of_all_partitions():
    random = np.random.default_rng(1)
    x, p = np.sort(random.normal(size=8)), random.dirichlet(np.ones(8))
    curve = solve_quantiser_curve(x, p, width=0)
    every = np.array(list(all_quantisers(x, p, "squared")))
    for point in curve.points[1:-1]:
        line = every[:, 1] + point.beta * every[:, 0]
        assert line.min() == pytest.approx(point.value, abs=SUMS)
    assert (curve.upper(every[:, 0]) <= every[:, 1] + SUMS).all()
    assert [curve.points[0].levels.size, curve.points[-1].levels.size] == [1, 8]
    found = curve.rate(every[:, 1])
    assert (found.lower <= every[:, 0] + SUMS).all()
    for point in curve.points:
        at = curve.rate(point.distortion)
        assert at.upper == pytest.approx(point.rate, abs=SUMS)
        assert at.lower == pytest.approx(point.rate, abs=1e-9)
    rough = solve_quantiser_curve(x, p, width=0.2).rate(every[:, 1])  # holds the whole hull
    assert (rough.lower <= found.upper + SUMS).all()
    assert (found.lower <= rough.upper + SUMS).all()
    assert curve.rate([-1e-3, 9.0]).value.tolist() == [math.inf, 0.0]


def test_order_twins_letters_without_mass_and_offsets_change_nothing():
    x, p = np.array([3.0, 1.0, 2.0, 1.0, 9.0]), np.array([0.3, 0.2, 0.3, 0.2, 0.0])
    point = solve_quantiser(x, p, 0.1)
    small = solve_quantiser([1.0, 2.0, 3.0], [0.4, 0.3, 0.3], 0.1)
    assert point.value == pytest.approx(small.value, abs=SUMS)
    assert point.cells.tolist()[1] == point.cells.tolist()[3]
    far = solve_quantiser(x + 1e6, p, 0.1)
    assert far.value == pytest.approx(point.value, abs=1e-9)
    assert far.levels - 1e6 == pytest.approx(point.levels, abs=1e-8)


def test_counts_labels_and_sources():
    x = pd.Series([0.0, 1.0, 2.0], index=list("abc"))
    p = pd.Series([2, 1, 1], index=list("abc"))
    assert solve_quantiser(x, p, 0.1, normalise=True).value == pytest.approx(
        solve_quantiser([0, 1, 2], [0.5, 0.25, 0.25], 0.1).value
    )
    with pytest.raises(ValueError, match="p_x must have its rows in the order of the labels"):
        solve_quantiser(x, p[::-1], 0.1, normalise=True)
    with pytest.raises(TypeError, match="p_x must be given beside letters"):
        solve_quantiser([1.0, 2.0])


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (([0.0, 1.0], [0.5, 0.6], 1.0), {}, "p_x must sum to 1"),
        (([0.0], [0.5, 0.5], 1.0), {}, "p_x must have the shape of letters, (1,), got (2,)"),
        (([0.0, np.nan], [0.5, 0.5], 1.0), {}, "letters must be finite"),
        (([0.0, 1.0], [0.5, 0.5], 0.0), {}, "beta must be a finite number above 0"),
        (([0.0, 1.0], [0.5, 0.5], 1.0), {"measure": "hamming"}, "measure must be one of"),
        (([0.0, 1e200], [0.5, 0.5], 1.0), {}, "letters must span less than"),
    ],
)
def test_bad_input_is_one_line(arguments, options, words):
    with pytest.raises(ValueError, match="must") as caught:
        solve_quantiser(*arguments, **options)
    assert words in str(caught.value)
