"""The Gaussian channel of limited amplitude: Smith's points, next to fine sums without bins."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq

from rdtheory import solve_capacity
from rdtheory.sources.channels import gaussian_channel
from tests.make.theory_inputs import check

BINS = 2e-6
"""Nats that bins of 0.008 deviations lose: about w^2 / 24, 3e-6, at most."""


def density(z):
    return np.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def told(x, limit, middle=0.0):
    """D(x) at an input of mass `middle` on 0 and the rest, in halves, on the limits."""
    y = np.linspace(-limit - 12, limit + 12, 20001)
    q = (1 - middle) * (density(y - limit) + density(y + limit)) / 2 + middle * density(y)
    noise = 0.5 * math.log(2 * math.pi * math.e)
    return -float((density(y - x) * np.log(q)).sum() * (y[1] - y[0])) - noise


def best_middle(limit):
    """Return the mass of 0 that makes 0 tell as much as the limits."""
    return brentq(lambda mass: told(0.0, limit, mass) - told(limit, limit, mass), 1e-6, 0.9)


def points_of(channel, point):
    """Return where an input's points are; neighbours on the grid stand for one."""
    groups = np.split(point.support, np.flatnonzero(np.diff(point.support) > 2) + 1)
    return [np.average(channel.inputs[one], weights=point.input[one]) for one in groups]


@pytest.mark.parametrize("limit", [0.3, 1.0, 1.6])
def test_two_points_are_best_below_smiths_limit_and_have_their_information(limit):
    channel = gaussian_channel(limit)
    check(channel.rows, point := solve_capacity(channel.rows))
    assert channel.inputs[point.support].tolist() == [-limit, limit]
    assert point.input[point.support] == pytest.approx([0.5, 0.5], abs=1e-4)
    exact = told(limit, limit)
    assert exact - BINS <= point.capacity <= exact
    assert exact < 0.5 * math.log1p(limit**2)


def test_a_third_point_comes_at_zero_where_zero_tells_as_much():
    critical = brentq(lambda limit: told(0.0, limit) - told(limit, limit), 1.5, 1.8)
    assert critical == pytest.approx(1.6659, abs=5e-5)  # known from the literature
    below, above = (gaussian_channel(critical + step) for step in (-0.002, 0.002))
    assert solve_capacity(below.rows).support.size == 2
    point = solve_capacity(above.rows)
    assert above.inputs[point.support] == pytest.approx([-critical, 0, critical], abs=0.003)


@pytest.mark.parametrize("limit", [1.8, 2.5])
def test_three_points_have_their_masses_and_their_information(limit):
    channel = gaussian_channel(limit)
    point = solve_capacity(channel.rows)
    mass = best_middle(limit)
    sides = (1 - mass) / 2
    assert point.input[point.support] == pytest.approx([sides, mass, sides], abs=1e-4)
    exact = told(0.0, limit, mass)
    assert exact - BINS <= point.capacity <= exact


def test_zero_splits_where_it_is_no_longer_a_peak():
    def bend(limit):
        mass = best_middle(limit)
        return told(0.02, limit, mass) - told(0.0, limit, mass)

    critical = brentq(bend, 2.8, 3.0)
    assert critical == pytest.approx(2.907, abs=1e-3)  # what the docstring says
    below, above = (gaussian_channel(critical + step) for step in (-0.02, 0.02))
    assert points_of(below, solve_capacity(below.rows))[1:-1] == pytest.approx([0.0], abs=1e-6)
    left, right = points_of(above, solve_capacity(above.rows))[1:-1]
    assert -0.3 < left < -0.05
    assert left == pytest.approx(-right, abs=0.01)  # the optimum is flat there


def test_points_are_ever_more_as_the_limit_grows():
    counts = []
    for limit in (1.0, 2.0, 3.5, 4.5, 6.0):
        channel = gaussian_channel(limit, inputs=301, outputs=600)
        check(channel.rows, point := solve_capacity(channel.rows))
        counts.append(len(points_of(channel, point)))
    assert counts == [2, 3, 4, 5, 6]
