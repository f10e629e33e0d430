import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory import entropy, kl_divergence, mutual_information
from rdtheory.solver.blahut_arimoto import blahut_arimoto
from rdtheory.solver.certificate import certify
from tests.strategies import PROOF, plain_mass, pmfs, positive
from tests.tolerances import ROUNDING, SIX_DIGITS

GAP = 1e-9
"""The default gap, in nats."""

SAME_GAP = 1e-13
"""The kernel and the log domain each round c(y) = 1 + gap by about m parts in 2.2e-16, and a path
of 40 iterations by as much again in each."""

LARGEST = 1e-12
"""Relative. How far the Lagrangian may seem to rise where it has stopped falling."""

HAMMING = 1.0 - np.eye(2)
CRITICAL = 1 / math.log(7 / 3)
"""Slope at which the rate of the Bernoulli(0.3) source under Hamming distortion reaches 0."""


def coin(p):
    return -p * math.log(p) - (1 - p) * math.log(1 - p)


def uniform_hamming(m, beta):
    """D, R and D + beta R of the uniform source over m letters (Cover and Thomas, problem 10.5)."""
    misses = (m - 1) * math.exp(-1 / beta)
    d = misses / (1 + misses)
    r = math.log(m) - coin(d) - d * math.log(m - 1)
    return d, r, d + beta * r


def random_problem(seed, n=6, m=8):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(n)), rng.exponential(size=(n, m)), 0.3


def path(p_x, distortion, beta, steps):
    """The marginals of the first iterations, one warm start after the other."""
    marginals = [np.full(len(distortion[0]), 1 / len(distortion[0]))]
    for _ in range(steps):
        with pytest.warns(RuntimeWarning, match="max_iterations"):
            found = blahut_arimoto(
                p_x, distortion, beta, gap=0.0, max_iterations=1, marginal=marginals[-1]
            )
        marginals.append(found.marginal)
    return marginals


@st.composite
def problems(draw):
    """Sources with letters of no mass and non-square tables with pairs that are forbidden."""
    n, m = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    entries = st.one_of(st.floats(0.0, 10.0), st.just(math.inf))
    rows = st.lists(entries, min_size=m, max_size=m).filter(lambda row: min(row) < math.inf)
    table = draw(st.lists(rows, min_size=n, max_size=n))
    return draw(pmfs(n, plain_mass)), np.array(table), draw(st.floats(0.1, 10.0))


# -- closed forms ---------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.1, 0.3, 0.45, 0.5])
@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
def test_bernoulli_source(p, share):
    d = share * p
    beta = 1 / math.log((1 - d) / d)
    closed = d + beta * (coin(p) - coin(d))
    found = blahut_arimoto([1 - p, p], HAMMING, beta)
    assert found.bound - ROUNDING <= closed <= found.value + ROUNDING
    assert found.value - found.bound <= beta * GAP + ROUNDING
    assert found.distortion == pytest.approx(d, abs=SIX_DIGITS)
    assert found.rate == pytest.approx(coin(p) - coin(d), abs=SIX_DIGITS)
    assert found.marginal[1] == pytest.approx((p - d) / (1 - 2 * d), abs=SIX_DIGITS)


@pytest.mark.parametrize("m", [2, 3, 10])
@pytest.mark.parametrize("beta", [0.05, 0.3, 1.0, 5.0])
def test_uniform_source_from_a_skew_start(m, beta):
    d, r, closed = uniform_hamming(m, beta)
    start = np.arange(1, m + 1) / (m * (m + 1) / 2)
    found = blahut_arimoto(np.full(m, 1 / m), 1.0 - np.eye(m), beta, marginal=start)
    assert found.converged
    assert found.bound - ROUNDING <= closed <= found.value + ROUNDING
    assert found.gap <= GAP
    assert found.distortion == pytest.approx(d, abs=SIX_DIGITS)
    assert found.rate == pytest.approx(r, abs=SIX_DIGITS)


@pytest.mark.parametrize("beta", [0.1, 1.0, 1.4, 1.5, 2.0, 10.0])
def test_erasure_distortion(beta):
    """R(D) = (1 - D) log 2 is a line: all of it is sent where beta < 1 / log 2, else none."""
    table = [[0, math.inf, 1], [math.inf, 0, 1]]
    found = blahut_arimoto([0.5, 0.5], table, beta)
    closed = min(1.0, beta * math.log(2))
    assert found.bound - ROUNDING <= closed <= found.value + ROUNDING
    assert found.gap <= GAP


@pytest.mark.parametrize("beta", [1.3 * CRITICAL, 3 * CRITICAL])
def test_above_the_critical_slope_nothing_is_sent(beta):
    found = blahut_arimoto([0.7, 0.3], HAMMING, beta)
    assert found.bound - ROUNDING <= 0.3 <= found.value + ROUNDING
    assert found.rate <= SIX_DIGITS


def test_distortion_far_above_beta_is_avoided_without_underflow():
    p = [0.2, 0.3, 0.5]
    found = blahut_arimoto(p, 1e6 * (1.0 - np.eye(3)), 1e-3)
    assert found.distortion == 0.0
    assert found.rate == pytest.approx(entropy(p), abs=GAP)


# -- the certificate ------------------------------------------------------------------------------


@PROOF
@given(problems())
def test_the_result_is_what_certify_says_of_its_marginal_and_its_channel_has_it(problem):
    found = blahut_arimoto(*problem, gap=1e-2)
    certificate = certify(*problem, found.marginal)
    for name in ("rate", "distortion", "value", "bound", "gap"):
        assert getattr(found, name) == pytest.approx(getattr(certificate, name), abs=ROUNDING)
    assert found.converged
    assert found.gap <= 1e-2
    assert found.history.shape == (found.iterations + 1,)
    assert found.history[-1] == pytest.approx(found.gap, abs=ROUNDING)
    p_x, table, _ = problem  # and its channel has that rate and that distortion
    assert found.channel.shape == table.shape
    np.testing.assert_allclose(found.channel.sum(axis=1), 1.0, atol=ROUNDING)
    costs = np.where(found.channel > 0, table, 0.0)
    assert p_x @ (found.channel * costs).sum(axis=1) == pytest.approx(found.distortion)
    pays = mutual_information(p_x, found.channel)
    pays += kl_divergence(p_x @ found.channel, found.marginal)
    assert pays == pytest.approx(found.rate, abs=1e3 * ROUNDING)


@pytest.mark.parametrize("seed", range(5))
def test_the_lagrangian_falls_and_the_history_bounds_how_far_it_has_to(seed):
    problem = random_problem(seed)
    beta = problem[-1]
    lagrangian = np.array([certify(*problem, r).value for r in path(*problem, 40)])
    assert (np.diff(lagrangian) <= LARGEST * lagrangian[:-1]).all()
    found = blahut_arimoto(*problem, gap=1e-6)
    shared = min(41, found.history.size)
    excess = (lagrangian[:shared] - found.bound) / beta  # at least (lagrangian - optimum) / beta
    assert (excess <= found.history[:shared] + found.gap + ROUNDING).all()


@pytest.mark.parametrize("seed", range(5))
def test_the_history_is_the_certified_gap_of_each_marginal(seed):
    problem = random_problem(seed)
    with pytest.warns(RuntimeWarning, match="max_iterations"):
        found = blahut_arimoto(*problem, gap=0.0, max_iterations=40)
    marginals = path(*problem, 40)
    gaps = [certify(*problem, r).gap for r in marginals]
    np.testing.assert_allclose(found.history, gaps, atol=SAME_GAP)
    np.testing.assert_allclose(found.marginal, marginals[-1], atol=SAME_GAP)


@pytest.mark.parametrize("seed", range(10))
def test_a_short_run_brackets_what_a_long_run_finds(seed):
    problem = random_problem(seed)
    short, long = blahut_arimoto(*problem, gap=1e-2), blahut_arimoto(*problem, gap=1e-6)
    assert short.bound <= long.value <= short.value
    assert long.bound <= long.value <= long.bound + problem[-1] * 1e-6
    assert short.iterations < long.iterations


@pytest.mark.parametrize("seed", range(5))
def test_every_start_leads_to_the_same_lagrangian(seed):
    problem = random_problem(seed)
    start = np.random.default_rng(seed).dirichlet(np.full(8, 0.5))
    one, other = (
        blahut_arimoto(*problem, gap=1e-6),
        blahut_arimoto(*problem, gap=1e-6, marginal=start),
    )
    assert abs(one.value - other.value) <= problem[-1] * 1e-6


# -- why it is not the only algorithm here --------------------------------------------------------


def test_it_crawls_near_the_critical_slope():
    near = blahut_arimoto([0.7, 0.3], HAMMING, CRITICAL / 1.0001, gap=1e-6)
    far = blahut_arimoto([0.7, 0.3], HAMMING, CRITICAL / 2, gap=1e-6)
    assert near.iterations > 1000  # 1152
    assert far.iterations < 40  # 24


def test_at_the_critical_slope_the_gap_falls_like_the_inverse_square():
    """There c(1) = 1 - K r(1) + ..., so r(1) falls like 1/k, and the gap is quadratic in it."""
    with pytest.warns(RuntimeWarning, match="max_iterations"):
        found = blahut_arimoto([0.7, 0.3], HAMMING, CRITICAL, max_iterations=8000)
    assert found.history[4000] / found.history[8000] == pytest.approx(4.0, rel=0.01)


def test_the_numbers_of_the_module_text():
    assert blahut_arimoto([0.7, 0.3], HAMMING, CRITICAL).iterations == pytest.approx(
        36240, rel=0.01
    )
    assert blahut_arimoto([0.7, 0.3], HAMMING, CRITICAL / 2).iterations == 39


# -- options and edges ----------------------------------------------------------------------------


def test_a_cap_that_is_hit_warns_and_still_proves_its_gap():
    with pytest.warns(
        RuntimeWarning, match=r"after 7 iterations, not 1\.0e-09: raise max_iterations"
    ):
        found = blahut_arimoto([0.7, 0.3], HAMMING, CRITICAL, max_iterations=7)
    assert not found.converged
    assert found.iterations == 7
    assert found.gap > GAP
    assert found.bound <= 0.3 <= found.value


def test_an_optimal_start_needs_no_iteration():
    found = blahut_arimoto([0.5, 0.5], HAMMING, 0.5, max_iterations=1)
    assert found.converged
    assert found.iterations == 0


def test_a_run_may_be_continued():
    problem = random_problem(3)
    with pytest.warns(RuntimeWarning, match="max_iterations"):
        first = blahut_arimoto(*problem, gap=1e-6, max_iterations=20)
    second = blahut_arimoto(*problem, gap=1e-6, marginal=first.marginal)
    whole = blahut_arimoto(*problem, gap=1e-6)
    assert first.iterations + second.iterations == whole.iterations
    np.testing.assert_allclose(second.marginal, whole.marginal, atol=SAME_GAP)


def test_no_output_is_lost_to_underflow():
    found = blahut_arimoto([0.7, 0.3], [[0, 1, 50], [1, 0, 50]], 0.05)
    assert found.marginal[2] < 1e-300
    again = blahut_arimoto([0.7, 0.3], [[50, 50, 0], [0, 0, 50]], 0.05, marginal=found.marginal)
    assert again.marginal[2] == pytest.approx(0.7, abs=SIX_DIGITS)


def test_letters_of_no_mass_change_nothing():
    p_x, table, beta = random_problem(0)
    one = blahut_arimoto(p_x, table, beta, gap=1e-6)
    wide = np.vstack([table[:2], np.full(8, math.inf), np.zeros(8), table[2:]])
    other = blahut_arimoto([*p_x[:2], 0, 0, *p_x[2:]], wide, beta, gap=1e-6)
    np.testing.assert_allclose(other.marginal, one.marginal, atol=SAME_GAP)
    np.testing.assert_allclose(other.channel[[2, 3]], [one.marginal] * 2, atol=SAME_GAP)
    assert other.iterations == one.iterations


def test_units_of_distortion_and_constants_by_row_do_not_matter():
    p_x, table, beta = random_problem(1)
    shift = np.arange(6.0)
    one = blahut_arimoto(p_x, table, beta, gap=1e-6)
    other = blahut_arimoto(p_x, 8 * (table + shift[:, None]), 8 * beta, gap=1e-6)
    np.testing.assert_allclose(other.marginal, one.marginal, atol=SAME_GAP)
    assert other.value == pytest.approx(8 * (one.value + p_x @ shift), rel=ROUNDING)


@PROOF
@given(pmfs(3, positive))
def test_one_output_leaves_no_choice(p_x):
    table = np.array([[1.0], [2.0], [4.0]])
    found = blahut_arimoto(p_x, table, 1.0)
    assert found.rate == 0.0
    assert found.distortion == pytest.approx(p_x @ table[:, 0])


ARGUMENTS = {"p_x": [0.7, 0.3], "distortion": HAMMING, "beta": 1.0}


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"p_x": [0.7, 0.2]}, "p_x must sum to 1"),
        ({"p_x": [1.7, -0.7]}, "p_x must not be negative"),
        ({"p_x": [math.nan, 1.0]}, "p_x must be finite"),
        ({"distortion": [[0, 1]]}, r"distortion must have shape \(2, any\)"),
        ({"distortion": [[0, math.nan], [1, 0]]}, "distortion must be a number above -inf"),
        ({"distortion": [[math.inf] * 2, [1, 0]]}, "distortion must have a finite entry"),
        ({"beta": 0.0}, "beta must be"),
        ({"beta": math.inf}, "beta must be"),
        ({"gap": -1e-9}, "gap must be"),
        ({"gap": math.nan}, "gap must be"),
        ({"max_iterations": 0}, "max_iterations must be an integer of at least 1"),
        ({"marginal": [1.0]}, "marginal must have one entry per output, 2, got 1"),
        ({"marginal": [1.0, 0.0]}, r"marginal must be positive, got marginal\[1\] = 0"),
        ({"marginal": [0.5, 0.6]}, "marginal must sum to 1"),
    ],
)
def test_wrong_values_are_named(wrong, rule):
    with pytest.raises(ValueError, match=rule):
        blahut_arimoto(**(ARGUMENTS | wrong))


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"p_x": "ab"}, "p_x must be an array of numbers"),
        ({"distortion": "ab"}, "distortion must be an array of numbers"),
        ({"beta": "1"}, "beta must be a number"),
        ({"max_iterations": 1.5}, "max_iterations must be an integer"),
    ],
)
def test_wrong_types_are_named(wrong, rule):
    with pytest.raises(TypeError, match=rule):
        blahut_arimoto(**(ARGUMENTS | wrong))
