"""Capacities against closed forms, sums in long double, Gallager's conditions and cvxpy."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import logsumexp

from rdtheory import (
    blahut_arimoto_capacity,
    certify_capacity,
    mutual_information,
    solve_capacity,
    solve_capacity_curve,
)
from rdtheory.sources.channels import named_channel, z_channel
from tests.make.random_channels import draw, faults
from tests.make.theory_inputs import SUMS, check, cvxpy_capacity, judge_input
from tests.strategies import PROOF, conditionals, ordinary, pmfs

GAP = 1e-9
"""What `solve_capacity` promises unless told otherwise."""


CVXPY = 1e-6
"""Nats by which Clarabel's own tolerances of 1e-8 may leave a value of some nats off."""


def random_rows(seed, n, m, spread=1.0):
    return np.random.default_rng(seed).dirichlet(np.full(m, spread), size=n)


# -- closed forms ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *(f"bsc:{p}" for p in (0, 1e-12, 0.1, 0.4999, 0.5, 0.9, 1)),
        *(f"bec:{p}" for p in (0, 0.3, 0.999999, 1)),
        *(f"z:{p}" for p in (0, 1e-9, 0.2, 0.5, 0.999, 1)),
        *(f"symmetric:{m}:{p}" for m in (3, 8, 100) for p in (0.1, 0.6, 1)),
        *(f"typewriter:{m}" for m in (2, 3, 26, 27, 101)),
    ],
)
def test_named_channels_have_their_closed_forms(name):
    channel = named_channel(name)
    point = solve_capacity(channel.rows)
    check(channel.rows, point)
    assert abs(point.capacity - channel.capacity) <= GAP


@pytest.mark.parametrize("m", [1, 2, 30])
def test_a_channel_without_noise_has_log_m_and_one_that_forgets_has_nothing(m):
    check(np.eye(m), point := solve_capacity(np.eye(m)))
    assert abs(point.capacity - math.log(m)) <= SUMS
    forgets = np.tile(random_rows(1, 1, 5), (m, 1))
    check(forgets, point := solve_capacity(forgets))
    assert point.capacity == 0.0
    assert point.support.size == 1


def test_capacities_of_a_sum_of_channels_add_up_as_exponentials():
    parts = [named_channel("bsc:0.2").rows, random_rows(2, 4, 3), np.ones((1, 2)) / 2]
    rows = np.zeros((7, 7))
    rows[:2, :2], rows[2:6, 2:5], rows[6:, 5:] = parts
    each = [solve_capacity(part).capacity for part in parts]
    check(rows, point := solve_capacity(rows))
    assert abs(point.capacity - logsumexp(each)) <= 2 * GAP
    shares = np.exp(np.array(each) - point.capacity)  # how often each is used
    used = [point.input[:2].sum(), point.input[2:6].sum(), point.input[6:].sum()]
    assert used == pytest.approx(shares, abs=1e-4)  # the root of the gap


def test_capacities_of_a_product_of_channels_add_up():
    one, other = named_channel("z:0.3").rows, random_rows(3, 5, 4)
    rows = np.kron(one, other)
    check(rows, point := solve_capacity(rows))
    each = solve_capacity(one).capacity + solve_capacity(other).capacity
    assert abs(point.capacity - each) <= 2 * GAP


@pytest.mark.parametrize("slope", [1e-3, 0.5, 1.0, 30.0, 1e4])
def test_letters_that_cost_without_noise_are_sent_as_exponentials(slope):
    cost = np.array([1.0, 2.0, 2.0, 3.5])
    point = solve_capacity(np.eye(4), cost, slope=slope)
    check(np.eye(4), point, cost=cost, slope=slope)
    free = logsumexp(-slope * cost)
    assert abs(point.value - free) <= GAP + 1e-15 * slope
    law = np.exp(-slope * cost - free)
    assert point.input == pytest.approx(law, abs=1e-4)
    assert point.bound >= free - 1e-15 * slope


def test_nats_per_unit_of_cost_are_greatest_where_nothing_is_left_at_the_slope():
    """Shannon's telegraph: the capacity per unit of time is the root of sum exp(-s t) = 1."""
    times = np.array([2.0, 4.0, 3.0, 6.0])
    root = brentq(lambda s: np.exp(-s * times).sum() - 1.0, 0.01, 2.0, xtol=1e-14)
    point = solve_capacity(np.eye(4), times, slope=root)
    assert abs(point.value) <= GAP
    assert point.capacity / point.cost == pytest.approx(root, abs=GAP)


# -- degenerate channels ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rows",
    [
        [[1.0]],
        [[0.3, 0.7]],
        [[1.0], [1.0], [1.0]],
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],  # an output that nothing leads to
        [[0.5, 0.5], [0.5, 0.5], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]],
        np.repeat(np.random.default_rng(0).dirichlet(np.ones(3), 4), 5, axis=0),
        [[1.0, 0.0], [1.0 - 1e-300, 1e-300]],
        [[1.0, 0.0], [1.0 - 1e-12, 1e-12]],
    ],
)
def test_degenerate_channels_converge(rows):
    check(rows, solve_capacity(rows))


def test_numbers_of_fewer_digits_are_taken_as_they_sum():
    rows = np.array([[0.5, 0.5], [0.2, 0.8]], dtype=np.float32)
    exact = rows.astype(np.float64)
    check(exact / exact.sum(axis=1, keepdims=True), solve_capacity(rows))


@pytest.mark.parametrize(("n", "m"), [(200, 2), (200, 20), (60, 59)])
def test_of_more_inputs_than_outputs_no_more_than_outputs_are_used(n, m):
    rows = random_rows(n, n, m, 0.3)
    rows = np.vstack((rows, rows[: n // 2], random_rows(0, n, n, 0.1) @ rows))  # mixtures, too
    check(rows, point := solve_capacity(rows))
    assert np.linalg.matrix_rank(rows[point.support]) == point.support.size


def test_a_channel_is_the_same_in_any_order_and_with_outputs_split():
    rows = random_rows(5, 8, 6)
    capacity = solve_capacity(rows).capacity
    shuffle = np.random.default_rng(1)
    turned = rows[shuffle.permutation(8)][:, shuffle.permutation(6)]
    assert abs(solve_capacity(turned).capacity - capacity) <= GAP
    split = np.hstack((0.3 * rows, 0.7 * rows))  # which copy came tells nothing
    assert abs(solve_capacity(split).capacity - capacity) <= GAP


# -- conditions, judges ----------------------------------------------------------------------------

shapes = st.tuples(st.integers(1, 5), st.integers(1, 5))
any_rows = shapes.flatmap(lambda shape: conditionals(*shape))
costs_of = {n: st.lists(ordinary, min_size=n, max_size=n) for n in range(1, 6)}


@given(any_rows, st.data())
@PROOF
def test_no_letter_tells_more_than_those_that_are_sent(rows, data):
    """Gallager's conditions, of channels with zeros and masses down to 1e-200."""
    cost = data.draw(costs_of[rows.shape[0]])
    slope = data.draw(st.sampled_from([0.0, 0.1, 3.0]))
    point = solve_capacity(rows, cost, slope=slope)
    check(rows, point, cost=cost, slope=slope)
    other = data.draw(pmfs(rows.shape[0]))
    paid = slope * float(other @ np.array(cost))
    assert mutual_information(other, rows) - paid <= point.bound + SUMS


@pytest.mark.parametrize("seed", [*range(40), 20339])  # the last has a q(y) of 1e-13
def test_random_channels_of_every_scale_hold_in_40_digits(seed):
    assert faults(draw(seed)) == []


@pytest.mark.parametrize(("n", "m", "spread"), [(12, 12, 1.0), (30, 8, 0.2), (8, 30, 0.2)])
def test_cvxpy_finds_the_same(n, m, spread):
    rows = random_rows(n + m, n, m, spread)
    rows[np.random.default_rng(0).random(rows.shape) < 0.3] = 0.0
    rows[:, 0] += 1e-3
    rows /= rows.sum(axis=1, keepdims=True)
    check(rows, point := solve_capacity(rows))
    assert abs(point.capacity - cvxpy_capacity(rows)) <= CVXPY


@pytest.mark.parametrize("spread", [0.05, 1.0, 10.0])
def test_large_random_channels_converge_in_dozens_of_steps(spread):
    rows = random_rows(0, 300, 300, spread)
    check(rows, point := solve_capacity(rows))
    assert point.iterations <= 60


@pytest.mark.parametrize("gap", [1e-3, 1e-6, 1e-12])
def test_the_gap_that_is_asked_for_is_met(gap):
    rows = random_rows(7, 40, 30)
    check(rows, solve_capacity(rows, gap=gap), gap=gap)


# -- what it says and refuses ----------------------------------------------------------------------


def test_a_cap_that_is_hit_warns_and_names_the_argument():
    rows = random_rows(1, 60, 60)
    with pytest.warns(RuntimeWarning, match=r"gap = .* is above the asked .*: raise max_iterat"):
        point = solve_capacity(rows, max_iterations=3)
    assert not point.converged
    assert point.note.endswith("raise max_iterations")
    reached, bound, _ = judge_input(rows, point.input)
    assert GAP < bound - reached <= point.gap + SUMS  # and the gap is still one


def test_more_than_float64_can_tell_is_said():
    with pytest.warns(RuntimeWarning, match="float64 tells no more apart"):
        point = solve_capacity(named_channel("z:0.3").rows, gap=1e-15)
    assert 1e-15 < point.gap < 1e-14


def test_a_point_is_frozen_and_a_channel_is_left_alone():
    rows = random_rows(1, 3, 3)
    rows.flags.writeable = False
    point = solve_capacity(rows)
    with pytest.raises(AttributeError):
        point.capacity = 1.0


ROWS = [[0.9, 0.1], [0.1, 0.9]]


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (([[0.9, 0.2], [0.1, 0.9]],), {}, "channel must sum to 1 within 1e-08, got channel[0]"),
        (([[1.1, -0.1]],), {}, "channel must not be negative, got channel[0, 1] = -0.1"),
        (([[math.nan, 1.0]],), {}, "channel must be finite, got channel[0, 0] = nan"),
        (([0.5, 0.5],), {}, "channel must be a non-empty 2-d array, got shape (2,)"),
        ((np.ones((0, 2)),), {}, "channel must be a non-empty 2-d array, got shape (0, 2)"),
        ((ROWS, [1.0]), {}, "cost must have one entry per input, 2, got 1"),
        ((ROWS, [1.0, math.inf]), {}, "cost must be finite, got cost[1] = inf"),
        ((ROWS, [-1.7e308, 1.7e308]), {}, "cost must span less than 1.8e308, got more"),
        ((ROWS, None, 1.0), {}, "cost must be given with a budget, got none"),
        ((ROWS,), {"slope": 1.0}, "cost must be given with a slope, got none"),
        ((ROWS, [0, 1], 0.5), {"slope": 1.0}, "one of budget and slope must be given, got 0.5 and"),
        ((ROWS, [0, 1]), {"slope": -1.0}, "slope must be a finite number of at least 0, got -1"),
        ((ROWS, [1, 2], 0.5), {}, "budget must be at least the least cost, 1, got 0.5"),
        ((ROWS, [1, 2], math.nan), {}, "budget must be at least the least cost, 1, got nan"),
        ((ROWS,), {"gap": 0.0}, "gap must be a finite number of at least 1e-15, got 0"),
        ((ROWS,), {"max_iterations": 0}, "max_iterations must be an integer of at least 1, got 0"),
    ],
)
def test_bad_input_is_one_line(arguments, options, words):
    with pytest.raises(ValueError, match="must") as caught:
        solve_capacity(*arguments, **options)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_number_is_a_type_error():
    with pytest.raises(TypeError, match="channel must be an array of numbers"):
        solve_capacity([["a", "b"]])
    with pytest.raises(TypeError, match="slope must be a number"):
        solve_capacity(ROWS, [0, 1], slope="steep")


def test_nothing_is_warned_of_where_all_is_well():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        solve_capacity(ROWS, [0, 1], 0.2)


# -- whole channels, counts ------------------------------------------------------------------------


def test_a_whole_channel_stands_for_its_rows():
    channel = z_channel(0.3)
    whole, rows = solve_capacity(channel), solve_capacity(channel.rows)
    assert whole.capacity == rows.capacity == pytest.approx(channel.capacity, abs=1e-9)
    assert solve_capacity(channel, [0, 1], 0.2).cost == pytest.approx(0.2)
    assert certify_capacity(channel, rows.input).capacity == pytest.approx(rows.capacity)
    curve = solve_capacity_curve(channel, [0, 1], width=0.1)
    assert curve.points[-1].capacity == pytest.approx(channel.capacity, abs=1e-9)
    assert blahut_arimoto_capacity(channel, gap=1e-6).capacity == pytest.approx(
        channel.capacity, abs=1e-6
    )


def test_a_table_of_confusions_is_a_channel_where_asked():
    counts = pd.DataFrame([[45, 5], [20, 180]], ["cat", "dog"])
    found = solve_capacity(counts, normalise=True)
    assert found.capacity == solve_capacity([[0.9, 0.1], [0.1, 0.9]]).capacity
    words = r"channel must have rows of a finite sum above 0, got channel\[1\] with sum 0"
    with pytest.raises(ValueError, match=words):
        solve_capacity([[1, 2], [0, 0]], normalise=True)
    with pytest.raises(ValueError, match="channel must sum to 1 within"):
        solve_capacity(counts)
