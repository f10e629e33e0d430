"""Rate, distortion and perception: Blau and Michaeli's coin, Sinkhorn, cvxpy, inequalities."""

import math

import cvxpy
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.special import rel_entr

from rdtheory import binary_entropy, entropy, mutual_information, solve_slope
from rdtheory.perception.solve import (
    solve_perception,
    solve_perception_distortion,
    solve_perception_rate,
)
from rdtheory.perception.tradeoff import solve_perception_tradeoff
from rdtheory.sources.textbook import bernoulli
from tests.strategies import PROOF

GAP, SUMS, CVXPY = 1e-9, 1e-12, 2e-6
HAMMING = 1.0 - np.eye(2)

SOME = type(PROOF)(PROOF, max_examples=50)
"""Each example is some dozens of Newton steps."""


def delta(p, r, name):
    p, r = np.asarray(p, dtype=np.float64), np.asarray(r, dtype=np.float64)
    return 0.5 * np.abs(p - r).sum() if name == "tv" else rel_entr(p, r).sum()


def check(p, table, limit, name, point, gap=GAP):
    """Hold a point against what its channel does."""
    p, q = np.asarray(p, dtype=np.longdouble), point.channel
    r = p @ q
    used = (q > 0) & (p > 0)[:, None]
    rate = float(
        (
            p[:, None] * np.where(used, q * np.log(np.where(used, q, 1) / np.where(used, r, 1)), 0)
        ).sum()
    )
    mean = float((p[:, None] * np.where(used, q * np.where(used, table, 0), 0)).sum())
    assert point.converged
    assert 0.0 <= point.gap <= gap
    assert abs(rate - point.rate) <= 1e-11
    assert mean == pytest.approx(point.distortion, abs=SUMS * (1 + abs(mean)))
    assert delta(p, r, name) <= limit + SUMS
    assert point.perception == pytest.approx(float(delta(p, r, name)), abs=SUMS)
    assert q.sum(axis=1) == pytest.approx(np.ones(len(q)), abs=1e-13)


def coin(p, d, limit):
    """Blau and Michaeli's R(D, P) of a coin, p <= 1/2, under Hamming distortion and variation."""
    q = 1 - p
    if limit >= p:
        return max(0.0, binary_entropy(p) - binary_entropy(min(d, p)))
    if d <= limit / (1 - 2 * (p - limit)):
        return binary_entropy(p) - binary_entropy(d)
    if d >= 2 * p * q - (q - p) * limit:
        return 0.0
    joint = [(d + limit) / 2, (d - limit) / 2, p - (d + limit) / 2, q - (d - limit) / 2]
    return binary_entropy(p) + binary_entropy(p - limit) - entropy(joint)


# -- closed forms ----------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [0.0, 0.01, 0.07, 0.15, 0.4])
@pytest.mark.parametrize("d", [0.0, 0.02, 0.1, 0.2, 0.27])
def test_a_coin_has_blau_and_michaelis_surface(d, limit):
    p = 0.2
    point = solve_perception_distortion(bernoulli(p), target=d, perception=limit)
    check([1 - p, p], HAMMING, limit, "tv", point)
    assert abs(point.rate - coin(p, d, limit)) <= GAP
    if point.rate > 1e-6:
        back = solve_perception_rate(bernoulli(p), rate=point.rate, perception=limit)
        assert back.distortion == pytest.approx(d, abs=1e-8)


def test_over_perception_a_coin_is_within_its_interval_between_the_points_too():
    p, d = 0.2, 0.17
    curve = solve_perception_tradeoff(bernoulli(p), target=d, perceptions=[0.15, 0.0, 0.03, 0.3])
    assert curve.limits.tolist() == [0.0, 0.03, 0.15, 0.3]
    assert [point.rate for point in curve.points] == pytest.approx(
        [coin(p, d, limit) for limit in curve.limits], abs=GAP
    )
    limits = np.linspace(0.0, 0.4, 81)
    found, exact = curve.rate(limits), np.array([coin(p, d, limit) for limit in limits])
    assert (found.lower <= exact + SUMS).all()
    assert (exact <= found.upper + GAP).all()
    assert found.width.max() == pytest.approx(curve.width, rel=0.1)
    assert curve.rate(-0.1).upper == math.inf


def test_over_perception_any_source_in_kl_is_within_its_interval():
    random = np.random.default_rng(5)
    p, table = random.dirichlet(np.ones(4)), 1.0 - np.eye(4)
    curve = solve_perception_tradeoff(p, table, 0.3, perceptions=[0.0, 0.05, 0.5], divergence="kl")
    for limit in (0.01, 0.2, 1.0):
        point = solve_perception_distortion(p, table, 0.3, perception=limit, divergence="kl")
        found = curve.rate(limit)
        assert found.lower - SUMS <= point.rate
        assert point.rate - point.gap <= found.upper + SUMS
    with pytest.raises(ValueError, match="perceptions must be at least one number"):
        solve_perception_tradeoff(p, table, 0.3, perceptions=[])


def test_where_anything_may_be_said_it_is_rate_distortion():
    random = np.random.default_rng(0)
    p, table = random.dirichlet(np.ones(7)), random.random((7, 7))
    np.fill_diagonal(table, 0.0)
    plain = solve_slope(p, table, 0.2)
    for name, limit in (("tv", 1.0), ("kl", 1e3)):
        point = solve_perception(p, table, 0.2, perception=limit, divergence=name)
        check(p, table, limit, name, point)
        assert abs(point.value - plain.value) <= GAP


@pytest.mark.parametrize("beta", [0.005, 0.1])
def test_perfect_perception_is_transport_as_sinkhorn_finds_it(beta):
    x = np.linspace(0, 1, 12)
    p = np.random.default_rng(1).dirichlet(np.ones(12))
    table = (x[:, None] - x) ** 2
    a = b = np.ones(12)
    kernel = np.exp(-table / beta)
    for _ in range(20_000):
        b = 1 / ((p * a) @ kernel)
        a = 1 / (kernel @ (p * b))
    value = beta * float(p @ np.log(a * b))
    for name in ("tv", "kl"):
        point = solve_perception(p, table, beta, perception=0.0, divergence=name)
        check(p, table, 0.0, "tv", point)
        assert abs(point.value - value) <= 1e-9
        assert point.marginal == pytest.approx(p, abs=1e-14)


def test_both_ends_of_the_curve():
    p = np.array([0.5, 0.3, 0.2])
    zero = solve_perception_rate(p, 1 - np.eye(3), 0.0, perception=0.0)
    assert (zero.rate, zero.beta) == (0.0, math.inf)
    assert zero.distortion == pytest.approx(1 - p @ p)  # drawn from p, blindly
    half = solve_perception_rate(p, 1 - np.eye(3), 0.0, perception=0.5)
    assert half.marginal.tolist() == [1.0, 0.0, 0.0]
    none = solve_perception_distortion(p, 1 - np.eye(3), 0.0, perception=0.1)
    assert none.rate == pytest.approx(entropy(p), abs=GAP)
    assert "gain nothing" in solve_perception_rate(p, 1 - np.eye(3), 9.0, perception=0.1).note
    apart = np.array([[1.0, 0, 2], [0, 1, 2], [2, 2, 0.5]])  # each is best told as another
    asked = 0.3
    point = solve_perception_distortion(p, apart, asked, perception=0.0)
    check(p, apart, 0.0, "tv", point)
    assert point.distortion == pytest.approx(asked)
    with pytest.raises(ValueError, match="at least the least distortion"):
        solve_perception_distortion(p, apart, 0.25, perception=0.0)


# -- judges ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "limit"), [("tv", 0.1), ("tv", 0.02), ("kl", 0.05), ("kl", 1.0)])
def test_cvxpy_finds_the_same(name, limit):
    random = np.random.default_rng(3)
    p, table, beta = random.dirichlet(np.ones(5)), random.random((5, 5)), 0.3
    p[3] = 0.0
    p /= p.sum()
    point = solve_perception(p, table, beta, perception=limit, divergence=name)
    check(p, table, limit, name, point)
    q = cvxpy.Variable((5, 5), nonneg=True)
    r = p @ q
    rate = sum(p[x] * cvxpy.sum(cvxpy.rel_entr(q[x], r)) for x in range(5) if p[x] > 0)
    mean = cvxpy.sum(cvxpy.multiply(p[:, None] * table, q))
    used = p > 0
    apart = cvxpy.norm1(p - r) / 2 if name == "tv" else cvxpy.sum(cvxpy.rel_entr(p[used], r[used]))
    limits = [cvxpy.sum(q, axis=1) == 1, apart <= limit]
    program = cvxpy.Problem(cvxpy.Minimize(mean / beta + rate), limits)
    program.solve(solver="CLARABEL")
    assert abs(point.value / beta - program.value) <= CVXPY


@given(st.integers(0, 10**6), st.sampled_from([0.01, 0.1, 1.0]), st.sampled_from(["tv", "kl"]))
@example(2000, 0.01, "tv")  # distortions of 1e5 nats, whose rounding took the rest of the gap
@SOME
def test_no_channel_that_keeps_the_limit_is_below_the_bound(seed, beta, name):
    random = np.random.default_rng(seed)
    n = random.integers(1, 7)
    p, table = random.dirichlet(np.full(n, 0.5)), random.random((n, n))
    if random.random() < 0.5:
        p, table = (p > 0.1) * p, table + 1e3
        p = p / p.sum()
    table[np.arange(n), (np.arange(n) + 1) % n] = np.inf if n > 2 else 1.0
    other = random.dirichlet(np.ones(n), size=n)
    other[np.isinf(table)] = 0.0
    other = 0.5 * other / other.sum(axis=1, keepdims=True) + 0.5 * np.eye(n)
    limit = max(float(delta(p, p @ other, name)), 1e-3)
    point = solve_perception(p, table, beta, perception=limit, divergence=name, gap=1e-7)
    check(p, table, limit, name, point, gap=1e-7)
    mean = float((p[:, None] * other * np.where(other > 0, table, 0)).sum())
    assert point.bound <= mean + beta * mutual_information(p, other) + 1e-11
    assert point.bound <= solve_perception(p, table, beta, perception=0.0, gap=1e-7).value + 1e-11
    assert solve_slope(p, table, beta).bound <= point.value + 1e-11


# -- input -----------------------------------------------------------------------------------------


def test_counts_and_labels():
    p = pd.Series([7, 3], index=["a", "b"])
    table = pd.DataFrame(HAMMING, index=["a", "b"], columns=["a", "b"])
    point = solve_perception(p, table, 0.5, perception=0.0, normalise=True)
    assert point.value == solve_perception([0.7, 0.3], HAMMING, 0.5, perception=0.0).value
    with pytest.raises(ValueError, match="distortion must have its columns in the order"):
        solve_perception(p, table[["b", "a"]], 0.5, perception=0.0, normalise=True)


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (([0.5, 0.5], [[0.0], [1.0]], 1.0), {}, r"distortion must have shape (2, 2), got (2, 1)"),
        (([1.0], [[np.inf]], 1.0), {}, "distortion must have a finite entry"),
        (([0.5, 0.5], [[np.inf, 0], [0, 1]], 1.0), {}, "distortion must allow a letter itself"),
        (([0.5, 0.5], HAMMING, 0.0), {}, "beta must be a finite number above 0"),
        (([0.5, 0.5], HAMMING, 1.0), {"perception": -0.1}, "perception must be"),
        (([0.5, 0.5], HAMMING, 1.0), {"divergence": "w2"}, "divergence must be one of tv, kl"),
    ],
)
def test_bad_input_is_one_line(arguments, options, words):
    with pytest.raises(ValueError, match="must") as caught:
        solve_perception(*arguments, **({"perception": 0.1} | options))
    assert words in str(caught.value)
