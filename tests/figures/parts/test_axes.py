"""The axes of the planes: their scales undo themselves, and a front's steps lie below its runs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figures.parts import axes
from figures.parts.style import new_figure
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


def _fitted(measure, places, least, targets=()):
    drawn = new_figure(6.0, 6.0).subplots()
    errors = {"rate_se": 0.1, f"{measure}_se": 0.1}
    axes.limit(
        drawn, [errors | {"rate": r, measure: v} for r, v in places], measure, least, targets
    )
    return drawn


nats = st.floats(0.01, 20_000.0)


@given(st.floats(0.0, 300.0), st.lists(st.tuples(nats, nats), min_size=1, max_size=5))
@settings(deadline=None, max_examples=40)
def test_the_ticks_are_round_for_what_is_shown(least, above):
    places = [(rate, least + more) for rate, more in above]
    drawn = _fitted("elbo", places, least)
    low, high = drawn.get_ylim()
    ticks = drawn.get_yticks()
    assert len(ticks) >= 2
    steps = np.array([n * 10.0**k for k in range(-2, 7) for n in (1, 2, 5)])
    off = np.abs(np.array(ticks)[:, None] / steps - np.round(np.array(ticks)[:, None] / steps))
    assert (off[:, steps >= (high - low) / 100] < 1e-6).any(axis=1).all()
    for axis in (drawn.xaxis, drawn.yaxis):
        for text, tick in zip(axis.get_ticklabels(), axis.get_ticklocs(), strict=True):
            assert float(text.get_text()) == pytest.approx(tick)
            assert len(text.get_text()) <= 7
    assert len(drawn.get_xticks()) >= 2


@pytest.mark.parametrize(
    ("places", "least", "targets"),
    [
        ([(0.0, 80.0)], 80.0, ()),
        ([(-2e-5, 80.0), (40.0, 60.0), (2.0, 170.0)], 82.72, (2.0, 20.0)),
        ([(300.0, 4.0)], 304.0, (250.0,)),
        ([(0.2, 0.5)], 0.7, ()),
    ],
)
def test_the_best_r_plus_d_is_straight_in_the_plane_and_in_the_other(places, least, targets):
    for measure in ("distortion", "elbo"):
        there = [(r, v if measure == "distortion" else r + v) for r, v in places]
        drawn = _fitted(measure, there, least, targets)
        axes.bound(drawn, measure, least)
        ((x, y),) = (line.get_data() for line in drawn.lines)
        assert y == pytest.approx(least - x if measure == "distortion" else least + 0 * x)
        fine = np.linspace(x[0], x[-1], 9)
        dots = drawn.transData.transform(np.column_stack([fine, np.interp(fine, x, y)]))
        if measure == "distortion":  # evenly along the line, as along the axis
            assert np.diff(dots, n=2, axis=0) == pytest.approx(0, abs=1e-6)
        assert np.linalg.matrix_rank(dots - dots[0], tol=1e-6) == 1
        for rate, value in there:
            assert drawn.get_xlim()[0] < rate < drawn.get_xlim()[1]
            assert drawn.get_ylim()[0] < value < drawn.get_ylim()[1]
