"""The axes of the planes: their scales undo themselves, and a front's steps lie below its runs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figures.parts import axes
from rdtheory.pareto import Front

coordinates = st.integers(0, 12).map(lambda n: n / 4)  # so that points tie
planes = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=12)


def _dominated(point, points):
    return any(r <= point[0] and d <= point[1] and (r, d) != point for r, d in points)


def test_the_scales_undo_themselves_and_grow():
    x = np.linspace(-3.0, 200.0, 407)
    for scale, unscale in ((axes.root, axes.square), (axes.soft_root, axes.soft_square)):
        assert unscale(scale(x)) == pytest.approx(x, abs=1e-12)
        assert (np.diff(scale(x)) > 0).all()


@given(planes)
@settings(deadline=None)
def test_the_step_curve_falls_and_has_no_point_below_it(points):
    rate, distortion = zip(*points, strict=True)
    x, y = axes.step_curve(Front.from_points(rate, distortion), 4.0, 5.0)
    assert (np.diff(x) >= 0).all()
    assert (np.diff(y) <= 0).all()
    assert ((np.diff(x) == 0) | (np.diff(y) == 0)).all()
    assert (x[-1], y[0]) == (4.0, 5.0)
    for r, d in points:  # the curve's lowest at r is its last corner that is not beyond r
        assert d >= y[np.flatnonzero(x <= r)[-1]]
    corners = set(zip(x.tolist(), y.tolist(), strict=True))
    assert {p for p in points if not _dominated(p, points)} <= corners
