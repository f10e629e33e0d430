"""A gap that is not met is never silent: a warning to who calls, the reason in the point's note."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory.experiments.frontier import run_frontier
from rdtheory.solver.frontier import solve_frontier
from rdtheory.solver.slope import solve_slope
from rdtheory.solver.targets import solve_distortion, solve_rate
from rdtheory.sources.textbook import Source

BIASED = np.array([0.3, 0.7])
HAMMING = np.array([[0.0, 1.0], [1.0, 0.0]])


def heard(solve, *asked, **options):
    """Return what a solver returns and the warnings it gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = solve(*asked, **options)
    assert all(warning.filename == __file__ for warning in caught), "not the caller's own line"
    return found, [str(warning.message) for warning in caught]


offsets = st.floats(0.0, 15.0).map(lambda exponent: 10.0**exponent)


@given(offsets, st.sampled_from([-1.0, 1.0]), st.floats(0.01, 100.0), st.sampled_from([1e-9, 1e-6]))
def test_a_slope_converges_or_says_why(offset, sign, beta, gap):
    point, words = heard(solve_slope, BIASED, HAMMING + sign * offset, beta, gap=gap)
    assert point.converged == (point.gap <= gap) == (words == []) == (point.note == "")
    if words:
        why = words[0].partition(": ")[2]
        assert why.endswith(f"is off by {why.split()[-1]}")
        assert point.note == f"a gap of {gap:.1e} nats is not met: {why}"


@given(offsets, st.floats(0.05, 0.95))
def test_a_target_converges_or_says_why(offset, share):
    for solve, target in ((solve_rate, 0.6 * share), (solve_distortion, offset + 0.3 * share)):
        point, words = heard(solve, BIASED, HAMMING + offset, target)
        assert point.converged == (words == [])
        assert point.converged != ("is not met: " in point.note)


@given(offsets)
def test_a_curve_whose_points_miss_their_gap_says_why_once_and_at_each_point(offset):
    curve, words = heard(solve_frontier, BIASED, HAMMING + offset)
    missed = [point for point in curve.points if not point.converged]
    assert len(words) == (bool(missed) or not curve.converged)
    for point in missed:
        assert point.note.startswith("a gap of 1.0e-09 nats is not met: a distortion of ")
    assert not any(point.note for point in curve.points if point.converged)


@pytest.mark.parametrize("base", [1e8, 1e12, 1e15])
def test_at_a_slope_a_large_constant_is_named_as_the_reason(base):
    with pytest.warns(RuntimeWarning, match=r"nats is above the asked 1\.0e-09: a distortion of 1"):
        point = solve_slope(BIASED, HAMMING + base, 0.5)
    assert not point.converged
    assert "is off by" in point.note


def test_a_cap_is_in_the_note_too():
    with pytest.warns(RuntimeWarning, match="raise max_iterations"):
        point = solve_slope(BIASED, HAMMING, 0.5, max_iterations=1)
    assert point.note == "a gap of 1.0e-09 nats is not met: raise max_iterations"
    with pytest.warns(RuntimeWarning, match="raise max_slopes"):
        point = solve_rate(BIASED, HAMMING, 0.2, max_slopes=1)
    assert point.note == "a gap of 1.0e-09 nats is not met: raise max_slopes"


@pytest.mark.filterwarnings("ignore:gap = :RuntimeWarning")
@pytest.mark.parametrize("asked", [{"betas": [0.5, 1.0]}, {"rate": 0.2}, {}])
def test_the_commands_points_that_did_not_converge_have_a_note(asked):
    source = Source.from_table("based", BIASED, HAMMING + 1e9)
    points = run_frontier(source, **asked)["points"]
    assert not all(point["converged"] for point in points)
    assert all(point["converged"] or "is off by" in point["note"] for point in points)
