"""Hulls of numbers that over- and underflow, against fractions."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rdtheory.pareto import hull_slopes, lower_hull, pareto_front
from tests.strategies import PROOF


def exact_hull(rate, distortion):
    """The hull by its definition, in fractions: no chord of two others is at or below a vertex."""
    axes = ([Fraction(float(value)) for value in axis] for axis in (rate, distortion))
    points = list(zip(*axes, strict=True))
    front = pareto_front(rate, distortion).tolist()
    kept = []
    for i in front:
        x, y = points[i]
        chords = (
            (points[a], points[c]) for a in front for c in front
            if points[a][0] < x < points[c][0]
        )  # fmt: skip
        if all((c - a) * (y - b) < (d - b) * (x - a) for (a, b), (c, d) in chords):
            kept.append(i)
    return kept


def test_a_hull_of_tiny_numbers_keeps_what_lies_below():
    assert lower_hull([0, 1e-200, 2e-200], [2e-200, 0.5e-200, 0]).tolist() == [0, 1, 2]


wide = st.tuples(st.integers(0, 8), st.integers(-300, 300)).map(lambda t: t[0] * 10.0 ** t[1])


@settings(PROOF, max_examples=300)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=8),
    st.integers(-300, 290), st.integers(-300, 300), st.sampled_from([0.0, 1.0, 1e15]),
)  # fmt: skip
def test_a_hull_does_not_depend_on_scales_or_offsets(points, right, up, offset):
    rate = [10.0**right * (x + offset) for x, _ in points]
    distortion = [10.0**up * y for _, y in points]
    assert lower_hull(rate, distortion).tolist() == exact_hull(rate, distortion)


@settings(PROOF, max_examples=100)
@given(st.lists(st.tuples(wide, wide), min_size=1, max_size=7))
def test_a_hull_of_points_of_all_scales_is_the_exact_one(points):
    rate, distortion = zip(*points, strict=True)
    assert lower_hull(rate, distortion).tolist() == exact_hull(rate, distortion)


def test_slopes_of_steps_longer_than_the_largest_float():
    assert hull_slopes([0, 1e308], [1.7e308, -1.7e308]) == pytest.approx([3.4])
    assert hull_slopes([-1e308, 1e308], [1e308, 0]) == pytest.approx([0.5])
    assert hull_slopes([0, 1e200, 2e200], [2e200, 0.5e200, 0]).tolist() == [1.5, 0.5]
