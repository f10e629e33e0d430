"""Curves with side information and with perception: what is known of them between their points."""

import math

import numpy as np
import pytest

from rdtheory import (
    bd_rate,
    binary_entropy,
    solve_conditional_curve,
    solve_conditional_distortion,
    solve_frontier,
    solve_perception_curve,
    solve_perception_rate,
    solve_wyner_ziv_curve,
)
from rdtheory.side.wyner_ziv import trace_wyner_ziv
from rdtheory.sources.textbook import bernoulli
from tests.tolerances import ROUNDING

FAIR, ERRORS = np.array([[0.45, 0.05], [0.05, 0.45]]), 1 - np.eye(2)
TANGENT = 0.007517236441
"""Distortion at which the line to rate 0 touches the Wyner-Ziv curve of `FAIR`."""


def form(d):
    """Return Wyner and Ziv's closed form of `FAIR`."""
    if d < TANGENT:
        return binary_entropy(0.1 * (1 - d) + 0.9 * d) - binary_entropy(d)
    return form(TANGENT * (1 - 1e-12)) * (0.1 - d) / (0.1 - TANGENT)


def test_closed_forms_are_between_the_bounds_everywhere():
    ds = np.linspace(0.0005, 0.0999, 40)
    decoder = solve_wyner_ziv_curve(FAIR, ERRORS, width=1e-5).rate(ds)
    exact = np.array([form(d) for d in ds])
    assert (decoder.lower <= exact + 1e-9).all()
    assert (exact <= decoder.upper + 1e-9).all()
    both = solve_conditional_curve(FAIR, ERRORS, width=1e-5).rate(ds)
    exact = binary_entropy(0.1) - np.array([binary_entropy(d) for d in ds])
    assert (both.lower <= exact + ROUNDING).all()
    assert (exact <= both.upper + ROUNDING).all()


@pytest.mark.parametrize(("seed", "base"), [(0, 0.0), (1, 100.0), (2, -1.0)])
def test_side_information_at_one_end_is_worth_something_and_at_both_more(seed, base):
    random = np.random.default_rng(seed)
    joint = random.dirichlet(np.ones(6)).reshape(3, 2)
    table = base + random.random((3, 2))
    both = solve_conditional_curve(joint, table, width=0.01)
    decoder = solve_wyner_ziv_curve(joint, table, width=0.01)
    none = solve_frontier(joint.sum(axis=1), table)
    rates = np.linspace(0.0, 1.2, 30)
    for less, more in ((both, decoder), (decoder, none)):
        assert (less.lower(rates) <= more.upper(rates) + ROUNDING * (1 + abs(base))).all()
    for curve in (both, decoder):
        assert curve.converged
        assert (curve.upper(rates) - curve.lower(rates) <= curve.width * (1 + 1e-9)).all()


def test_between_its_points_a_curve_holds_what_a_target_finds():
    joint = np.array([[0.3, 0.1], [0.05, 0.25], [0.2, 0.1]])
    table = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.25]])
    curve = solve_conditional_curve(joint, table, width=1e-4)
    for d in (0.12, 0.2, 0.28):
        point, found = solve_conditional_distortion(joint, table, d), curve.rate(d)
        assert found.lower <= point.rate
        assert point.rate - point.gap <= found.upper


@pytest.mark.parametrize(("divergence", "limit"), [("tv", 0.05), ("kl", 0.01), ("tv", 0.0)])
def test_at_a_perception_too(divergence, limit):
    coin = bernoulli(0.3)
    curve = solve_perception_curve(coin, perception=limit, divergence=divergence)
    assert curve.converged
    for rate in (0.05, 0.3, 0.5):
        point = solve_perception_rate(coin, rate=rate, perception=limit, divergence=divergence)
        found = curve.distortion(rate)
        assert found.lower <= point.distortion + 1e-9
        assert point.distortion <= found.upper + 1e-9
    plain = solve_frontier(coin)
    assert bd_rate(plain, curve, distortions=(0.05, 0.25)).upper > 0  # to look right costs


def test_a_curve_whose_least_distortion_is_only_neared_says_nothing_below_its_points():
    p = np.array([0.5, 0.3, 0.2])
    apart = np.array([[1.0, 0, 2], [0, 1, 2], [2, 2, 0.5]])  # each is best told as another
    curve = solve_perception_curve(p, apart, perception=0.0, gap=1e-7)
    last = curve.points[-1]
    assert last.beta > 0
    assert last.distortion == pytest.approx(0.3)
    beyond = curve.rate(last.distortion - 1e-3)
    assert math.isinf(beyond.upper)
    assert beyond.lower > last.rate
    assert curve.lower(5.0) < last.distortion


def test_widths_and_caps_are_said():
    with pytest.raises(ValueError, match="width must be a finite number of at least 0, got -1"):
        solve_conditional_curve(FAIR, ERRORS, width=-1)
    with pytest.warns(RuntimeWarning, match="raise max_points"):
        assert not trace_wyner_ziv(FAIR, ERRORS, width=1e-7, max_points=4).converged
    assert "strategies" in solve_wyner_ziv_curve(FAIR, ERRORS).table()
