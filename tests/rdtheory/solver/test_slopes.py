"""Many slopes, one from another: the same points as one by one, within their certificates."""

import numpy as np
import pytest

from rdtheory import certify, solve_slope, solve_slopes
from rdtheory.solver import steps
from rdtheory.sources import erasure, gaussian, laplace
from rdtheory.sources.image_sets import image_set
from tests.tolerances import ROUNDING


@pytest.mark.parametrize("source", [gaussian(60), laplace(50), erasure(4)])
def test_points_are_those_of_each_slope_alone_in_the_order_that_was_asked(source):
    betas = [0.3, 2.0, 0.05, 0.3]
    points = solve_slopes(source, betas)
    assert [point.beta for point in points] == betas
    for point in points:
        alone = solve_slope(source, point.beta)
        assert point.converged
        assert abs(point.value - alone.value) <= point.beta * (point.gap + alone.gap) + ROUNDING


def random_images(n, pixels=60, kinds=8, seed=0):
    """Images around some patterns, a fifth of their pixels flipped."""
    rng = np.random.default_rng(seed)
    patterns = rng.integers(2, size=(kinds, pixels))
    return patterns[rng.integers(kinds, size=n)] ^ (rng.random((n, pixels)) < 0.2)


def test_steps_without_a_matrix_end_where_those_with_one_do(monkeypatch):
    source, betas = image_set(random_images(300)), [8.0, 4.0, 2.0, 1.0]
    with_matrix = solve_slopes(source, betas, gap=1e-8)
    monkeypatch.setattr(steps, "HUGE", 2)
    without = solve_slopes(source, betas, gap=1e-8)
    for one, other in zip(with_matrix, without, strict=True):
        judged = certify(source.p_x, source.distortion, other.beta, other.marginal)
        assert judged.gap <= 1e-8
        assert abs(one.value - other.value) <= other.beta * 2e-8


def test_a_far_slope_is_met_from_any_other():
    source = image_set(random_images(120, seed=1))
    far = solve_slopes(source, [50.0, 0.5])
    assert all(point.converged for point in far)


def test_slopes_are_checked_before_any_is_solved():
    with pytest.raises(ValueError, match=r"beta must be .*, got -1"):
        solve_slopes(gaussian(10), [1.0, -1.0])
