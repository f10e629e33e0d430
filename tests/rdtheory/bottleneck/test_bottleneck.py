"""One slope of the bottleneck: closed forms, every code of a grid, self-consistency."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq, linprog
from scipy.special import entr

from rdtheory import entropy, mutual_information
from rdtheory.bottleneck import bottleneck, critical_beta
from rdtheory.bottleneck.search import descend
from tests.make.theory_joints import binary_pair, gaussian_pair, random_joint
from tests.strategies import PROOF, conditionals, plain_mass, pmfs
from tests.tolerances import IDENTITY

TOLERANCE = 1e-6
"""Default of `tolerance`, the share of q(t|x) that a last round may still move."""

VALUE = 1e-8
"""Nats: the value is flat at a stationary point inside the simplex, so 1e-6 of q(t|x) leaves 1e-12
over a rate of convergence that is 1e-4 at the slowest here."""

BOUNDARY = 1e-6
"""Nats where the optimum has q(t|x) = 0: the value then rises linearly in what is left there."""

ENCLOSURE = 1e-6
"""Nats of gap where the p(y|x) lie on a segment: 1e-8 by design, more only near a bifurcation,
where the lower bound runs out of intervals."""

POINT = 1e-5
"""Nats of rate and relevance at given slope. A value off by VALUE moves them by about the root of
VALUE times the curve's curvature at worst; these curves are strictly convex at the slopes used."""

GRID = 3e-5
"""Nats between a Gaussian pair and 41 points each on [-5, 5]: the tails left out hold 6e-7 of the
mass, with 25 times the variance each, and 14 to 20 codes quantise a Gaussian code."""

FLAT = 1e-3
"""Nats of rate at given slope on that grid, where the value is flat and its descent stops early."""


def h(v):
    return float(entr(v) + entr(1 - v))


def value_of(joint, encoder, beta):
    """H(Y|T) + beta I(X; T) from entropies alone."""
    p_ty, p_x = encoder.T @ joint, joint.sum(axis=1)
    seen = entr(p_ty).sum() - entr(p_ty.sum(axis=1)).sum()
    return seen + beta * mutual_information(p_x / p_x.sum(), encoder)


def one_round(joint, encoder, beta):
    """The self-consistent equations as Tishby et al. write them."""
    p_x = joint.sum(axis=1)
    p_t, p_ty = p_x @ encoder, encoder.T @ joint
    ratio = (joint / p_x[:, None])[:, None, :] / (p_ty / p_t[:, None])[None]
    divergence = ((joint / p_x[:, None])[:, None, :] * np.log(ratio)).sum(axis=2)
    new = p_t * np.exp(-divergence / beta)
    return new / new.sum(axis=1, keepdims=True)


def quiet(*arguments, **options):
    """A search whose warning of slow convergence is beside the point."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="the best code", category=RuntimeWarning)
        return bottleneck(*arguments, **options)


joints = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda s: pmfs(s[0] * s[1]).map(lambda p: p.reshape(s))
)  # zeros, empty letters, masses down to 1e-200
slopes = st.one_of(st.floats(0.0, 1.2), st.sampled_from([0.0, 1e-9, 1.0]))


# -- closed forms ---------------------------------------------------------------------------------


@pytest.mark.parametrize("a", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9, 0.98])
def test_binary_pair_is_on_the_curve_of_mrs_gerbers_lemma(a, share):
    beta = share * (1 - 2 * a) ** 2

    def slope(v):  # dI(T; Y)/dI(X; T) of a code that flips a share v
        noise = a * (1 - v) + v * (1 - a)
        return (1 - 2 * a) * math.log(1 / noise - 1) / math.log(1 / v - 1)

    v = brentq(lambda v: slope(v) - beta, 1e-300, 0.5 - 1e-9, xtol=1e-300, rtol=1e-15)
    relevance = math.log(2) - h(a * (1 - v) + v * (1 - a))
    found = bottleneck(binary_pair(a), beta)
    assert found.rate == pytest.approx(math.log(2) - h(v), abs=POINT)
    assert found.relevance == pytest.approx(relevance, abs=POINT)
    exact = math.log(2) - relevance + beta * (math.log(2) - h(v))
    assert found.value == pytest.approx(exact, abs=VALUE)
    assert found.bound <= exact + IDENTITY
    assert found.gap < ENCLOSURE


@pytest.mark.parametrize(("rho", "beta"), [(0.6, 0.2), (0.8, 0.25), (0.8, 0.5), (-0.8, 0.4)])
def test_gaussian_pair_is_on_the_curve_of_chechik_et_al(rho, beta):
    left = beta * (1 - rho**2) / (rho**2 * (1 - beta))  # exp(-2 I(X; T)) at that slope
    rate, relevance = -0.5 * math.log(left), -0.5 * math.log(1 - rho**2 * (1 - left))
    joint = gaussian_pair(rho)
    found = bottleneck(joint, beta, codes=20, starts=2, tolerance=3e-5)
    known = entropy(joint.sum(axis=0))
    assert found.value == pytest.approx(known - relevance + beta * rate, abs=GRID)
    assert found.rate == pytest.approx(rate, abs=FLAT)
    assert found.relevance == pytest.approx(relevance, abs=FLAT)


@pytest.mark.parametrize("beta", [0.0, 0.01, 0.5, 0.95])
def test_a_map_of_x_is_kept_whole_at_every_slope_below_one(beta):
    p_x, image = np.array([0.1, 0.2, 0.3, 0.15, 0.25]), [0, 1, 1, 2, 0]
    joint = p_x[:, None] * np.eye(3)[image]
    found = bottleneck(joint, beta)
    known = entropy(joint.sum(axis=0))
    assert found.rate == pytest.approx(known, abs=BOUNDARY)
    assert found.relevance == pytest.approx(known, abs=BOUNDARY)
    assert found.encoder.shape == (5, 3)
    assert found.bound == pytest.approx(beta * known, abs=IDENTITY)  # data processing proves it
    assert found.gap <= BOUNDARY


@pytest.mark.parametrize("beta", [1.0, 1.5, 1e6])
def test_nothing_is_kept_from_slope_one_on(beta):
    found = bottleneck(random_joint(0, (4, 3)), beta)
    assert (found.rate, found.relevance, found.encoder.shape) == (0.0, 0.0, (4, 1))
    assert found.gap == 0.0


def test_all_is_kept_for_nothing():
    joint = random_joint(1, (4, 3))
    found = bottleneck(joint, 0.0)
    p_x = joint.sum(axis=1)
    assert found.rate == pytest.approx(entropy(p_x), abs=IDENTITY)
    kept = mutual_information(p_x, joint / p_x[:, None])
    assert found.relevance == pytest.approx(kept, abs=IDENTITY)


def test_independent_pair_keeps_nothing():
    found = bottleneck(np.outer([0.2, 0.8], [0.3, 0.3, 0.4]), 0.1)
    assert (found.rate, found.relevance) == (0.0, 0.0)


# -- against every code of a grid -----------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("beta", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("letters", [2, 3])
def test_no_mixture_of_posteriors_on_a_grid_is_better(seed, beta, letters):
    joint = random_joint(seed, (letters, 3))
    p_x = joint.sum(axis=1)
    ticks = np.linspace(0, 1, 1001 if letters == 2 else 41)
    grid = np.array(np.meshgrid(*[ticks] * (letters - 1))).reshape(letters - 1, -1).T
    grid = np.c_[grid, 1 - grid.sum(axis=1)]
    grid = np.vstack([np.clip(grid[grid[:, -1] > -1e-9], 0, 1), p_x])
    cost = entr(grid @ (joint / p_x[:, None])).sum(axis=1) - beta * entr(grid).sum(axis=1)
    best = linprog(cost, A_eq=grid.T, b_eq=p_x).fun + beta * entropy(p_x)
    found = bottleneck(joint, beta)
    assert found.value <= best + VALUE
    assert found.bound <= best + VALUE
    if letters == 2:
        assert found.gap < ENCLOSURE


@PROOF
@given(joints, slopes, st.data())
def test_no_code_is_below_the_bound(joint, beta, data):
    encoder = data.draw(conditionals(joint.shape[0], 3, plain_mass))
    bound = quiet(joint, beta, starts=2, max_iterations=300).bound
    assert bound <= value_of(joint, encoder, beta) + IDENTITY


def test_first_order_transition_lies_above_the_critical_slope():
    joint = np.array([[0.98 * 0.9, 0.98 * 0.1], [0.02 * 0.5, 0.02 * 0.5]])
    found = bottleneck(joint, 1.02 * critical_beta(joint))
    assert found.rate > 0.05  # certainly better than keeping nothing, which is a local minimum
    assert found.value < entropy(joint.sum(axis=0)) - 1e-5
    assert found.gap < ENCLOSURE
    assert 0 < found.agreeing < found.starts


# -- critical slope -------------------------------------------------------------------------------


@pytest.mark.parametrize("a", [0.0, 0.02, 0.1, 0.3, 0.5])
def test_critical_slope_of_the_binary_pair(a):
    assert critical_beta(binary_pair(a)) == pytest.approx((1 - 2 * a) ** 2, abs=IDENTITY)


@pytest.mark.parametrize("rho", [0.3, -0.6, 0.8])
def test_critical_slope_of_the_gaussian_pair(rho):
    assert critical_beta(gaussian_pair(rho, end=6.0)) == pytest.approx(rho**2, abs=1e-6)


@PROOF
@given(joints)
def test_critical_slope_is_a_symmetric_share(joint):
    share = critical_beta(joint)
    assert 0.0 <= share <= 1.0
    assert critical_beta(joint.T) == pytest.approx(share, abs=1e-10)


def test_critical_slope_of_one_letter_is_zero():
    assert critical_beta([[0.4, 0.6]]) == 0.0


@pytest.mark.parametrize("seed", range(5))
def test_something_is_kept_below_the_critical_slope(seed):
    joint = random_joint(seed, (4, 3))
    found = bottleneck(joint, 0.95 * critical_beta(joint))
    assert found.value < entropy(joint.sum(axis=0)) - 1e-6
    assert found.rate > 0.0


# -- what a result must satisfy -------------------------------------------------------------------


@PROOF
@given(joints, slopes)
def test_data_processing(joint, beta):
    found = quiet(joint, beta, starts=3, max_iterations=500)
    p_x, p_y = joint.sum(axis=1), joint.sum(axis=0)
    shared = entropy(p_x / p_x.sum()) + entropy(p_y / p_y.sum()) - entropy(joint.ravel())
    assert 0.0 <= found.relevance <= min(found.rate, shared) + 1e-10
    assert found.rate <= entropy(p_x / p_x.sum()) + IDENTITY
    assert found.value <= entropy(p_y / p_y.sum()) + IDENTITY  # the code that keeps nothing
    assert found.bound <= found.value + IDENTITY
    assert found.value == pytest.approx(value_of(joint, found.encoder, beta), abs=1e-10)
    assert found.encoder.sum(axis=1) == pytest.approx(1.0, abs=IDENTITY)
    assert found.encoder.shape[1] <= joint.shape[0]
    assert 0 <= found.agreeing <= found.starts == 3


@pytest.mark.parametrize("seed", range(3))
def test_self_consistent_equations_hold(seed):
    joint = random_joint(seed, (5, 4))
    found = bottleneck(joint, 0.2)
    moved = np.abs(one_round(joint, found.encoder, 0.2) - found.encoder).max()
    assert found.converged
    assert moved == pytest.approx(found.stationarity, abs=IDENTITY)
    assert moved <= TOLERANCE


@pytest.mark.parametrize("seed", range(5))
def test_no_iteration_raises_the_value(seed):
    joint = random_joint(seed, (6, 4))
    kernel_input = joint.sum(axis=1), joint / joint.sum(axis=1, keepdims=True)
    values = []
    for cap in range(1, 60):
        encoder = np.random.default_rng(seed).dirichlet(np.ones(6), size=6)[None].copy()
        descend(
            encoder, np.empty(1), np.empty(1, dtype=np.int64), *kernel_input, 0.1, 1.0, 0.0, cap
        )
        values.append(value_of(joint, encoder[0], 0.1))
    assert (np.diff(values) <= IDENTITY).all()
    assert values[-1] < values[0]


@pytest.mark.parametrize("seed", range(3))
def test_names_of_letters_do_not_matter(seed):
    joint = random_joint(seed, (5, 4))
    random = np.random.default_rng(seed)
    rows, columns = random.permutation(5), random.permutation(4)
    found = bottleneck(joint, 0.15)
    assert bottleneck(joint[rows], 0.15).encoder == pytest.approx(found.encoder[rows], abs=1e-9)
    assert bottleneck(joint[:, columns], 0.15).value == pytest.approx(found.value, abs=VALUE)


def test_split_empty_and_equal_letters_change_nothing():
    joint = random_joint(3, (4, 3))
    split = np.vstack([0.3 * joint[:1], np.zeros(3), joint[1:], 0.7 * joint[:1]])
    split = np.insert(split, 1, 0.0, axis=1)
    whole, parts = bottleneck(joint, 0.15), bottleneck(split, 0.15)
    assert parts.value == pytest.approx(whole.value, abs=VALUE)
    assert parts.rate == pytest.approx(whole.rate, abs=POINT)
    assert np.array_equal(parts.encoder[0], parts.encoder[5])
    assert parts.encoder[1] == pytest.approx(split.sum(axis=1) @ parts.encoder, abs=IDENTITY)


def test_codes_are_limited_and_none_is_double():
    joint = random_joint(4, (6, 5))
    free = bottleneck(joint, 0.02)
    tight = bottleneck(joint, 0.02, codes=2)
    assert tight.encoder.shape[1] == 2 < free.encoder.shape[1] <= 6
    assert free.value < tight.value
    decoder = free.encoder.T @ joint
    decoder /= decoder.sum(axis=1, keepdims=True)
    apart = np.abs(decoder[:, None] - decoder[None]).max(axis=2) + np.eye(len(decoder))
    assert apart.min() > 1e-4
    assert bottleneck(joint, 0.02, codes=50).encoder.shape[1] <= 6


def test_forbidden_outcomes_stay_forbidden():
    joint = np.array([[0.3, 0.0, 0.0], [0.1, 0.2, 0.0], [0.0, 0.0, 0.4]])
    found = bottleneck(joint, 0.01)
    p_ty = found.encoder.T @ joint
    certain = p_ty[:, 2] > 0
    assert (p_ty[certain, :2] == 0).all()  # an infinite divergence gets no mass at all
    assert np.isfinite(found.value)
