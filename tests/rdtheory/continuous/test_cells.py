"""Bounds of sums of bumps on boxes, and suprema by branch and bound, held against many points."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rdtheory.continuous.cells import supremum
from rdtheory.continuous.gauss import bends, bounds, heights, rise_in_ball, rise_in_box
from rdtheory.continuous.population import noisy_sphere


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 3), st.integers(0, 10**6), st.floats(-3, 1), st.floats(0.2, 5.0))
def test_no_point_of_a_box_is_above_its_bound(k, seed, size, s):
    rng = np.random.default_rng(seed)
    letters, a = rng.normal(size=(7, k)), rng.normal(size=7)
    centres = rng.normal(size=(5, k))
    halves = 10.0**size * rng.uniform(0.2, 1.0, size=(5, k))
    at, above = bounds(centres, halves, letters, a, s)
    steps = np.concatenate((rng.uniform(-1, 1, size=(300, k)), np.sign(rng.normal(size=(50, k)))))
    for i in range(5):
        assert heights(centres[i] + steps * halves[i], letters, a, s).max() <= above[i] + 1e-13
    assert at == pytest.approx(heights(centres, letters, a, s), rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 3), st.integers(0, 10**6))
def test_what_a_quadratic_rises_is_bounded_in_boxes_and_balls(k, seed):
    rng = np.random.default_rng(seed)
    g, H, halves = rng.normal(size=k), rng.normal(size=(k, k)), rng.uniform(0.1, 2, size=k)
    H = H + H.T
    steps = rng.uniform(-1, 1, size=(500, k)) * halves
    rises = steps @ g + 0.5 * np.einsum("mi,ij,mj->m", steps, H, steps)
    assert rises.max() <= rise_in_box(g, H, halves) + 1e-12
    assert rises.max() <= rise_in_ball(g, H, float(np.linalg.norm(halves))) + 1e-12


@pytest.mark.parametrize("k", [1, 2, 3])
def test_gradients_and_hessians_are_those_of_differences(k):
    rng = np.random.default_rng(k)
    letters, a, y = rng.normal(size=(6, k)), rng.normal(size=6), rng.normal(size=(1, k))
    _, g, H = bends(y, letters, a, 0.7)
    for t, axis in enumerate(1e-5 * np.eye(k)):
        up, down = bends(y + axis, letters, a, 0.7), bends(y - axis, letters, a, 0.7)
        assert (up[0] - down[0])[0] / 2e-5 == pytest.approx(g[0, t], abs=1e-8)
        assert (up[1] - down[1])[0] / 2e-5 == pytest.approx(H[0, t], abs=1e-8)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_supremum_is_bounded_as_closely_as_asked_or_as_boxes_allow(k):
    rng = np.random.default_rng(10 + k)
    letters, a = rng.normal(size=(6, k)), rng.normal(size=6)

    def of_boxes(centres, halves):
        return bounds(centres, np.ascontiguousarray(halves), letters, a, 1.0)

    low, high = letters.min(axis=0), letters.max(axis=0)
    close = supremum(of_boxes, low, high, enough=0.0, slack=1e-8, most=10**6, edge=0.5)
    seen = heights(rng.uniform(low, high, size=(20000, k)), letters, a, 1.0).max()
    assert seen <= close.bound
    assert close.best <= close.bound <= close.best + 1e-8
    loose = supremum(of_boxes, low, high, enough=0.0, slack=1e-8, most=50, edge=0.5)
    assert close.best <= loose.bound
    assert loose.boxes <= 50


def test_along_a_ray_c_is_the_mean_over_the_sphere():
    problem = noisy_sphere(4).problem(2.0, 1.0)
    a = np.zeros(problem.p.size)
    radii = np.array([[0.0], [0.5], [1.5]])
    rows = problem.rows(radii)
    mean = (rows.entries * np.exp(-rows.low)) @ problem.p
    assert problem.heights(a, radii) == pytest.approx(mean, rel=1e-12)
    rng = np.random.default_rng(0)
    u = rng.normal(size=(40000, 4))
    u /= np.linalg.norm(u, axis=1)[:, None]
    x = problem.radii[70]
    d = ((0.5 * u - [x, 0, 0, 0]) ** 2).sum(1)
    assert rows.entries[1, 70] * np.exp(-rows.low[70]) == pytest.approx(
        np.exp(-2.0 * d).mean(), rel=0.02
    )
