"""What no code is beyond: the largest c(s), contraction, the first critical slope, other judges."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from rdtheory import mutual_information, solve_slope
from rdtheory.bottleneck import bottleneck, critical_beta, first_beta
from rdtheory.bottleneck.contraction import contraction
from rdtheory.bottleneck.peak import ENCLOSED, peak
from rdtheory.bottleneck.problem import Problem
from rdtheory.solver.convex_program import solve_convex_program
from tests.make.theory_joints import binary_pair, random_joint
from tests.strategies import PROOF, conditionals, plain_mass, pmfs
from tests.tolerances import IDENTITY

ENCLOSURE = 2e-8
"""Nats between a code and its bound: `ENCLOSED`, and as much for a code that is not settled."""


def simplex(step):
    """All distributions of three outcomes on a grid."""
    k = np.arange(step + 1)
    a, b = (axis.ravel() for axis in np.meshgrid(k, k))
    a, b = a[a + b <= step], b[a + b <= step]
    return np.c_[a, b, step - a - b] / step


def erasures(e):
    """A fair bit that is lost with chance e."""
    return np.array([[1 - e, e, 0.0], [0.0, e, 1 - e]]) / 2


# -- the largest c(s) -----------------------------------------------------------------------------


@settings(PROOF, max_examples=30)
@given(conditionals(3, 3, plain_mass), pmfs(3), st.floats(0.05, 1.0))
def test_the_largest_value_is_between_what_is_found_and_the_bound(rows, masses, beta):
    with np.errstate(divide="ignore"):
        log_w = np.log(masses)
        found, most, place = peak(log_w, rows, beta, np.eye(3))
        grid = np.log(np.maximum(simplex(60), 1e-300))
        tried = logsumexp(grid @ rows.T / beta + log_w, axis=1)
    assert tried.max() <= most + IDENTITY
    assert found <= most
    exponents = rows @ np.log(np.maximum(place, 1e-300)) / beta + log_w
    assert found == pytest.approx(logsumexp(exponents), abs=1e-9)
    assert place.sum() == pytest.approx(1.0, abs=IDENTITY)


@pytest.mark.parametrize("outcomes", [2, 3, 4])
@pytest.mark.parametrize("beta", [0.02, 0.2, 0.9])
def test_a_single_term_is_largest_at_its_own_letter(outcomes, beta):
    row = np.random.default_rng(outcomes).dirichlet(np.ones(outcomes))
    found, most, place = peak(np.zeros(1), row[None], beta, np.eye(outcomes))
    exact = float(row @ np.log(row)) / beta
    assert found <= exact + IDENTITY
    assert exact <= most + IDENTITY
    assert beta * (most - found) <= 1.001 * ENCLOSED
    assert place == pytest.approx(row, abs=0.01)


# -- other judges: the bottleneck is a rate-distortion problem whose outputs are all s ------------


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("beta", [0.05, 0.2])
def test_codes_are_as_good_as_a_rate_distortion_code_with_a_grid_of_decoders(seed, beta):
    joint = random_joint(seed, (5, 3))
    p_x = joint.sum(axis=1)
    found = bottleneck(joint, beta, starts=4)
    own = found.encoder.T @ joint
    own /= own.sum(axis=1, keepdims=True)
    decoders = np.concatenate([np.maximum(simplex(40), 1e-12), own])
    distortion = -(joint / p_x[:, None]) @ np.log(decoders / decoders.sum(axis=1)[:, None]).T
    judge = solve_slope(p_x, distortion, beta)
    assert found.gap <= ENCLOSURE
    assert found.bound <= judge.value + IDENTITY
    assert judge.bound <= found.value + IDENTITY
    assert found.value <= judge.value + ENCLOSURE  # other decoders do not help


def test_cvxpy_finds_no_better_code_with_the_decoders_that_were_found():
    joint = random_joint(7, (6, 4))
    p_x = joint.sum(axis=1)
    found = bottleneck(joint, 0.15, starts=4)
    decoders = found.encoder.T @ joint
    distortion = -(joint / p_x[:, None]) @ np.log(decoders / decoders.sum(axis=1, keepdims=True)).T
    judge = solve_convex_program(p_x, distortion, 0.15)
    assert judge.bound <= found.value + IDENTITY
    assert found.value <= judge.value + ENCLOSURE
    assert found.bound <= judge.value


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("shape", [(4, 7), (7, 4), (3, 3), (9, 2)])
def test_up_to_three_dimensions_the_best_code_is_proved(seed, shape):
    joint = random_joint(seed, shape)
    for share in (0.15, 0.5, 0.9):
        found = bottleneck(joint, share * first_beta(joint)[0], starts=2)
        assert found.gap <= ENCLOSURE
        assert found.rate > 0.0


def test_letters_on_a_segment_are_enclosed_whatever_their_number():
    share = np.linspace(0.0, 1.0, 9)[:, None]
    joint = (share * [0.5, 0.2, 0.1, 0.1, 0.1] + (1 - share) * [0.1, 0.2, 0.2, 0.1, 0.4]) / 9
    assert bottleneck(joint, 0.02, starts=2).gap <= ENCLOSURE


def test_a_code_that_all_starts_miss_is_found_where_the_bound_says_that_one_is_missing():
    joint = np.array([[0.98 * 0.9, 0.98 * 0.1], [0.02 * 0.5, 0.02 * 0.5]])
    low, high = first_beta(joint)
    assert critical_beta(joint) < 0.9 * low  # a transition of first order
    found = bottleneck(joint, 0.999 * low, starts=1)
    assert found.rate > 0.0
    assert found.gap <= ENCLOSURE
    assert bottleneck(joint, 1.001 * high).rate == 0.0


def test_no_distribution_is_above_the_bound_in_forty_digits():
    joint, beta = random_joint(11, (4, 3)), 0.13
    found = bottleneck(joint, beta, starts=2)
    p_x = joint.sum(axis=1)
    own = found.encoder.T @ joint
    tried = np.random.default_rng(0).dirichlet(np.ones(3), size=100)
    near = (1.0 - 1e-5) * own / own.sum(axis=1)[:, None] + 1e-5 * tried[: len(own)]
    with mpmath.workdps(40):
        masses = [mpmath.mpf(mass) for mass in own.sum(axis=1)]
        powers = [[mpmath.mpf(q) / mpmath.mpf(mass) / mpmath.mpf(beta) for q in row]
                  for row, mass in zip(joint, p_x, strict=True)]  # fmt: skip

        def like(s, x):  # exp(-a(x, s) / beta)
            parts = zip(s, powers[x], strict=True)
            return mpmath.fprod(mpmath.mpf(one) ** power for one, power in parts)

        letters = range(len(p_x))
        z = [sum(mass * like(row / row.sum(), x) for row, mass in zip(own, masses, strict=True))
             for x in letters]  # fmt: skip
        paid = -sum(p_x[x] * mpmath.log(z[x]) for x in letters)
        most = paid - mpmath.mpf(found.bound) / mpmath.mpf(beta)  # log c that the bound allows
        for s in (*tried, *near):
            c = sum(p_x[x] * like(s, x) / z[x] for x in letters)
            assert mpmath.log(c) <= most + 1e-12
        assert 0.0 < most < 1e-6


# -- contraction and the first critical slope -----------------------------------------------------


@pytest.mark.parametrize("a", [0.0, 0.02, 0.1, 0.3, 0.5])
def test_a_flipped_bit_contracts_by_its_squared_correlation(a):
    exact = (1 - 2 * a) ** 2
    assert exact <= contraction(2 * binary_pair(a)) <= exact + 2e-9
    low, high = first_beta(binary_pair(a))
    assert low - IDENTITY <= exact <= high + IDENTITY
    assert high - low <= 2e-6


@pytest.mark.parametrize("e", [0.05, 0.4, 0.9])
def test_an_erased_bit_keeps_the_share_that_is_not_lost_at_every_slope(e):
    assert contraction(2 * erasures(e)) == pytest.approx(1 - e, abs=2e-9)
    low, high = first_beta(erasures(e))
    assert low - 1e-9 <= 1 - e <= high + 1e-9
    found = bottleneck(erasures(e), 0.9 * (1 - e))
    assert found.relevance == pytest.approx((1 - e) * found.rate, abs=1e-9)
    assert found.rate == pytest.approx(np.log(2), abs=1e-6)  # all of a line is worth keeping
    assert found.gap <= ENCLOSURE


@settings(PROOF, max_examples=30)
@given(
    st.integers(1, 5).flatmap(lambda n: st.tuples(pmfs(n), conditionals(n, 3), conditionals(n, 2)))
)
def test_no_code_has_more_than_the_first_slope_or_the_contraction_of_its_rate(drawn):
    p_x, rows, encoder = drawn
    told = mutual_information(p_x, encoder)
    kept = mutual_information((p_x[:, None] * encoder).T @ rows)
    problem = Problem(p_x[:, None] * rows)
    assert kept <= problem.contraction * told + 1e-10
    high = first_beta(p_x[:, None] * rows)[1]
    assert kept <= high * told + 2e-7  # what `first_beta` leaves open
    assert critical_beta(p_x[:, None] * rows) <= high + 1e-9


def test_letters_that_are_told_apart_for_sure_do_not_contract():
    assert contraction(np.array([[1.0, 0.0], [0.0, 1.0]])) == 1.0
    assert contraction(np.array([[0.3, 0.7]])) == 0.0
    almost = contraction(np.array([[1e-33, 1.0], [0.8, 0.2]]))  # best in a share of 1 - 3e-17
    assert almost == pytest.approx(0.8, abs=2e-9)
    assert first_beta([[0.2, 0.3], [0.2, 0.3]]) == (0.0, 0.0)
