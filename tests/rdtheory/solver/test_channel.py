"""The channel of a point: R, D and the marginal made of it again are the point's."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rdtheory import (
    Coordinates,
    blahut_arimoto,
    certify,
    mutual_information,
    solve_distortion,
    solve_frontier,
    solve_rate,
    solve_slope,
)
from rdtheory.sources.textbook import Source, bernoulli, gaussian, hamming
from tests.make.theory_curves import HEDGED, PAIRS, ROUND, both_ends
from tests.strategies import PROOF, pmfs

CERTAIN = 1e-9
"""The gap that is asked for."""


def assert_is_the_points(point, p_x, table):
    """R, D and r(y) made again: I is above the least that has this D, and not above R."""
    p_x, table = np.asarray(p_x, float), np.asarray(table, float)
    q = point.channel
    assert q.shape == table.shape
    assert q.min() >= 0.0
    np.testing.assert_allclose(q.sum(axis=1), 1.0, rtol=0, atol=ROUND)
    mass = p_x[:, None] * q
    paid = float((mass * np.where(mass > 0.0, table, 0.0)).sum())
    used = p_x > 0.0
    scale = 1.0 + abs(point.distortion) + np.abs(table[used][np.isfinite(table[used])]).max()
    assert paid == pytest.approx(point.distortion, abs=ROUND * scale)
    nats = mutual_information(p_x, q / q.sum(axis=1, keepdims=True))
    assert nats <= point.rate + ROUND * (1.0 + nats)
    # KL(p(y) || r) is a part of the gap, so that Pinsker's bound holds the marginal
    assert point.rate - nats <= point.gap + ROUND * (1.0 + nats)
    off = np.abs(p_x @ q - point.marginal).sum()
    assert off <= math.sqrt(2.0 * point.gap) + ROUND


@pytest.mark.parametrize("table", [HEDGED, PAIRS], ids=["hedged", "forbidden"])
def test_all_over_a_curve_with_straight_pieces_and_forbidden_pairs(table):
    p_x = np.full(table.shape[0], 1.0 / table.shape[0])
    curve = solve_frontier(p_x, table, width=1e-4)
    first, last = curve.points[0], curve.points[-1]
    points = [*curve.points, *both_ends(p_x, table)]
    for share in (0.1, 0.37, 0.5, 0.9):
        points.append(solve_rate(p_x, table, (1 - share) * first.rate + share * last.rate))
        target = (1 - share) * first.distortion + share * last.distortion
        points.append(solve_distortion(p_x, table, target))
    assert {0.0, math.inf} & {point.beta for point in points}
    assert any(point.segment for point in points)
    assert any(len(point.parts) == 2 for point in points)
    for point in points:
        assert_is_the_points(point, p_x, table)


@st.composite
def tables(draw):
    """Sources with zeros, and tables with forbidden pairs and ties."""
    n, m = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    entries = st.one_of(st.sampled_from([0.0, 1.0, 1.0, math.inf]), st.floats(-2.0, 2.0))
    table = draw(arrays(np.float64, (n, m), elements=entries, fill=st.nothing()))
    p_x = draw(pmfs(n, st.one_of(st.floats(0.01, 1.0), st.just(0.0))))
    for x in np.flatnonzero((p_x > 0.0) & np.isinf(table).all(axis=1)):
        table[x, draw(st.integers(0, m - 1))] = 1.0
    return p_x, table


@settings(PROOF, max_examples=60)
@given(tables(), st.floats(-3.0, 3.0).map(lambda power: 10.0**power), st.floats(0.0, 1.0))
def test_of_any_problem_at_slopes_targets_and_both_ends(case, beta, share):
    p_x, table = case
    first, last = both_ends(p_x, table)
    target = (1 - share) * first.distortion + share * last.distortion
    points = [first, last, solve_slope(p_x, table, beta)]
    with warnings.catch_warnings():  # a least distortion may be rounded: its gap says so
        warnings.simplefilter("ignore")
        points.append(solve_distortion(p_x, table, max(target, last.distortion)))
    for point in points:
        assert_is_the_points(point, p_x, table)


def test_a_letter_of_no_mass_that_nothing_may_describe_gets_the_marginal():
    point = solve_slope([0.5, 0.5, 0.0], [[0, 1], [1, 0], [np.inf, np.inf]], 0.5)
    assert point.channel[2].tolist() == pytest.approx(point.marginal.tolist())
    one_way = solve_slope([0.5, 0.5, 0.0], [[0, 1], [1, 0], [np.inf, 0]], 0.5)
    assert one_way.channel[2].tolist() == [0.0, 1.0]


def test_without_a_table_it_has_a_column_for_each_output_in_use():
    source = gaussian(60)
    grid = Coordinates(source.letters, source.outputs, "squared")
    for solve, number in ((solve_slope, 0.3), (solve_rate, 1.0), (solve_distortion, 0.2)):
        table, none = solve(source, number), solve(source.p_x, grid, number)
        assert none.channel.shape == (60, none.support.size)
        whole = np.zeros((60, 60))
        whole[:, none.support] = none.channel
        assert table.rate == pytest.approx(none.rate, abs=1e-8)
        np.testing.assert_allclose(table.support_channel.sum(axis=1), 1.0, atol=ROUND)
        assert (source.p_x @ (whole * source.distortion)).sum() == pytest.approx(
            none.distortion, abs=ROUND * 100
        )


def test_a_point_of_a_file_has_none():
    point = solve_slope(bernoulli(0.3), 0.5)
    with pytest.raises(ValueError, match="channel must be of a point with its problem"):
        _ = type(point)(0.5, 0.1, 0.2, 0.0, point.marginal, 1, True).channel


# -- whole sources, counts -------------------------------------------------------------------------


def test_a_source_stands_for_both_arguments():
    coin = bernoulli(0.3)
    problem = coin.p_x, coin.distortion
    for solve, number in ((solve_slope, 0.5), (solve_rate, 0.2), (solve_distortion, 0.1)):
        whole, parts = solve(coin, number), solve(coin.p_x, coin.distortion, number)
        assert (whole.rate, whole.distortion) == (parts.rate, parts.distortion)
    named = solve_rate(p_x=coin.p_x, distortion=coin.distortion, rate=0.2)
    assert named.distortion == solve_rate(coin, rate=0.2, gap=1e-9).distortion
    curve = solve_frontier(gaussian(20))
    assert curve.outputs.tolist() == gaussian(20).outputs.tolist()
    assert certify(coin, 0.5, [0.7, 0.3]).gap == certify(*problem, 0.5, [0.7, 0.3]).gap
    assert blahut_arimoto(coin, 0.5).rate == blahut_arimoto(coin.p_x, coin.distortion, 0.5).rate


def test_what_stands_beside_a_source_or_is_left_out_is_named():
    coin = bernoulli(0.3)
    with pytest.raises(TypeError, match="distortion must be left out beside a whole source"):
        solve_rate(coin, distortion=coin.distortion, rate=0.5)
    with pytest.raises(TypeError, match="distortion must be given beside p_x, got p_x alone"):
        solve_frontier([0.5, 0.5])
    with pytest.raises(TypeError, match="rate"):
        solve_rate(coin)


def test_counts_are_normalised_where_asked_and_keep_their_names():
    counts = pd.Series({"heads": 30, "tails": 70})
    table = pd.DataFrame([[0, 1], [1, 0]], index=["heads", "tails"], columns=["h", "t"])
    point = solve_rate(counts, table, 0.25, normalise=True)
    exact = solve_rate(bernoulli(0.7), 0.25)
    assert point.distortion == pytest.approx(exact.distortion, abs=ROUND)
    assert point.given.letters == ["heads", "tails"]
    assert point.given.outputs == ["h", "t"]
    with pytest.raises(ValueError, match=r"p_x must sum to 1 within 1e-08, got p_x with sum 100"):
        solve_rate(counts, table, 0.25)
    with pytest.raises(ValueError, match=r"order of the labels of p_x, \['tails', 'heads'\]"):
        solve_rate(counts[::-1], table, 0.25, normalise=True)
    with pytest.raises(ValueError, match="p_x must have a finite sum above 0, got 0"):
        solve_slope([0, 0], [[0, 1], [1, 0]], 0.5, normalise=True)
    with pytest.raises(ValueError, match="p_x must not be negative"):
        solve_slope([-1, 2], [[0, 1], [1, 0]], 0.5, normalise=True)


def test_a_large_source_needs_no_table(monkeypatch):
    monkeypatch.setattr("rdtheory.solver.door.TABLE", 0)
    point = solve_slope(gaussian(40), 0.3)
    assert isinstance(point.given.distortion, Coordinates)
    source = gaussian(30)
    solve_frontier(source, max_points=3, width=9.0)
    assert "distortion" not in vars(source)  # nothing made one to look at it
    table = Source.from_table("mine", [0.5, 0.5], [[0, 1], [1, 0]])
    assert solve_slope(table, 0.3).rate == pytest.approx(
        hamming(2).closed_form(solve_slope(table, 0.3).distortion)
    )
