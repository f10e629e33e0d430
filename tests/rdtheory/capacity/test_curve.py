"""Capacity-cost curves: their shape, their bounds, and what lies between."""

import math

import numpy as np
import pytest
from scipy.special import entr

from rdtheory import solve_capacity, solve_capacity_curve
from rdtheory.sources.channels import gaussian_channel, named_channel
from tests.make.theory_inputs import SUMS

CHANNELS = {
    "noiseless": (np.eye(3), np.array([0.0, 1.0, 3.0])),
    "bsc": (named_channel("bsc:0.1").rows, np.array([0.0, 1.0])),
    "random": (
        np.random.default_rng(0).dirichlet(np.ones(8), size=12),
        np.random.default_rng(1).random(12),
    ),
    "gaussian": (
        gaussian_channel(2.0, inputs=41, outputs=120).rows, np.linspace(-2, 2, 41) ** 2,
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=CHANNELS)
def solved(request):
    """A channel, its costs and its curve."""
    rows, cost = CHANNELS[request.param]
    return rows, cost, solve_capacity_curve(rows, cost)


def test_the_curve_rises_and_is_concave(solved):
    _, _, curve = solved
    costs = np.array([point.cost for point in curve.points])
    nats = np.array([point.capacity for point in curve.points])
    slopes = np.array([point.slope for point in curve.points])
    assert (np.diff(costs) > 0).all()
    assert (np.diff(nats) > 0).all()
    chords = np.diff(nats) / np.diff(costs)
    assert (np.diff(chords) < 0).all()
    assert (chords <= slopes[:-1]).all()
    assert (chords >= slopes[1:] - 1e-6).all()
    assert (slopes[0], slopes[-1]) == (math.inf, 0.0)


def test_what_is_reached_and_what_is_impossible_are_as_near_as_said(solved):
    _, cost, curve = solved
    budgets = np.linspace(cost.min(), 1.2 * cost.max(), 2001)
    band = curve.upper(budgets) - curve.lower(budgets)
    assert curve.converged
    assert -SUMS <= band.min() <= band.max() <= curve.width + SUMS
    assert curve.width <= 1e-3 * curve.points[-1].capacity
    assert curve.upper(cost.min() - 0.1) == curve.lower(cost.min() - 0.1) == -math.inf


@pytest.mark.parametrize("share", [0.03, 0.4, 0.8])
def test_a_budget_between_two_points_lies_in_the_band(solved, share):
    rows, cost, curve = solved
    first, last = curve.points[0].cost, curve.points[-1].cost
    budget = (1 - share) * first + share * last
    point = solve_capacity(rows, cost, budget)
    assert curve.lower(budget) - SUMS <= point.capacity
    assert point.capacity <= curve.upper(budget) + SUMS


def test_every_input_has_its_point(solved):
    rows, cost, curve = solved
    for point in curve.points:
        assert point.converged
        q = point.input @ rows
        told = float(entr(q).sum() - point.input @ entr(rows).sum(axis=1))
        assert point.capacity == pytest.approx(told, abs=SUMS)
        assert point.cost == pytest.approx(float(point.input @ cost), abs=1e-12)


@pytest.mark.parametrize("width", [1e-2, 1e-4])
def test_the_width_that_is_asked_for_is_met_and_takes_more_points(width):
    rows, cost = CHANNELS["random"]
    curve = solve_capacity_curve(rows, cost, width=width)
    assert curve.converged
    assert curve.width <= width
    assert len(curve.points) <= 6 / math.sqrt(width)


@pytest.mark.parametrize(
    ("rows", "cost"),
    [([[1.0]], [2.0]), (np.eye(3), [1, 1, 1]), ([[0.5, 0.5], [0.5, 0.5]], [0, 1]),
     ([[1, 0], [0, 1], [0.5, 0.5]], [0, 0, -0.0])],
)  # fmt: skip
def test_where_cost_changes_nothing_the_curve_is_a_point(rows, cost):
    curve = solve_capacity_curve(rows, cost)
    (point,) = curve.points
    assert point.slope == 0.0
    assert point.capacity == pytest.approx(solve_capacity(rows).capacity, abs=1e-9)
    assert curve.lower(5.0) == point.capacity
    assert curve.upper(5.0) == pytest.approx(point.capacity, abs=1e-9)
    assert curve.converged


def test_points_that_run_out_are_warned_of():
    with pytest.warns(RuntimeWarning, match="raise max_points"):
        curve = solve_capacity_curve(*CHANNELS["bsc"], max_points=4)
    assert (len(curve.points), curve.converged) == (4, False)


def test_shares_of_progress_add_up_to_one():
    shares = []
    solve_capacity_curve(*CHANNELS["random"], progress=shares.append)
    assert sum(shares) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"width": -1.0}, "width must be"), ({"max_points": 0}, "max_points must be"),
     ({"gap": 0}, "gap must be")],
)  # fmt: skip
def test_bad_input_is_one_line(options, words):
    with pytest.raises(ValueError, match=words):
        solve_capacity_curve(*CHANNELS["bsc"], **options)


def test_a_curve_draws_itself():
    axes = solve_capacity_curve(*CHANNELS["bsc"]).plot()
    (reached,) = axes.lines
    costs, nats = reached.get_data()
    assert (costs[0], nats[0]) == (0.0, 0.0)
    assert nats[-1] == pytest.approx(named_channel("bsc:0.1").capacity, abs=1e-9)
    assert "nats" in axes.get_ylabel()
