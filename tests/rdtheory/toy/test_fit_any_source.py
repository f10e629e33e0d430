"""Fits of any small source: the bound that no model passes, and what a restart does not see."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rdtheory import Search, entropy, fit_beta, fit_target_distortion, fit_target_rate
from tests.make.theory_fits import everything
from tests.strategies import PROOF, models, pmfs
from tests.tolerances import IDENTITY, ON_TARGET, RECOMPUTED, ROUNDING, TIGHT_EXCESS

# -- the certificate ------------------------------------------------------------------------------


@PROOF
@given(models(), st.floats(0.0, 1.0), st.floats(0.0, 3.0))
def test_no_model_is_below_the_bound_of_a_slope_or_a_penalty(model, share, weight):
    bound = min(weight, 1.0) * model.entropy
    assert bound <= model.distortion + (weight * model.rate if weight else 0.0) + IDENTITY
    target = share * model.entropy
    bound = min(weight, 1.0) * (model.entropy - target)
    penalty = weight * abs(model.rate - target) if weight else 0.0
    assert bound <= model.distortion + penalty + IDENTITY


@pytest.mark.parametrize(("weight", "bound"), [(0.0, 0.0), (0.5, 0.2), (1.0, 0.4), (2.0, 0.4)])
@pytest.mark.filterwarnings("ignore:.*did not converge:RuntimeWarning")  # the bound needs no fit
def test_bound_of_a_penalty_is_flat_or_on_target(weight, bound):
    p_x = [0.2, 0.3, 0.5]
    target = entropy(p_x) - 0.4
    options = Search(restarts=1, rounds=1)
    best = fit_target_rate(p_x, target, penalty=weight, codes=3, options=options).best
    assert best.bound == pytest.approx(bound, abs=ROUNDING)


small_sources = st.integers(2, 5).flatmap(pmfs)
searches = st.builds(
    Search,
    restarts=st.just(2),
    seed=st.integers(0, 9),
    rounds=st.integers(1, 3),
    start=st.sampled_from(["trained", "small", "ordered"]),
    scale=st.sampled_from([0.01, 1.0, 10.0]),
    steps=st.sampled_from([1, 200]),
)
certificate_cases = given(
    p_x=small_sources, codes=st.integers(2, 4), share=st.floats(0.0, 1.0), options=searches
)


# converged or not, with codes enough or too few: the bound is a theorem about every model
@settings(PROOF, max_examples=25)
@certificate_cases
@pytest.mark.filterwarnings("ignore:.*did not converge:RuntimeWarning")
def test_bound_is_below_the_value_of_every_slope_and_every_penalty_fit(p_x, codes, share, options):
    target = 0.5 * entropy(p_x)
    for result in (
        fit_beta(p_x, 2 * share, codes=codes, options=options),
        fit_target_rate(p_x, target, penalty=2 * share, codes=codes, options=options),
    ):
        assert all(fit.bound <= fit.value + IDENTITY for fit in result.fits)


@settings(PROOF, max_examples=25)
@certificate_cases
@pytest.mark.filterwarnings("ignore:.*did not converge:RuntimeWarning")
def test_bound_is_below_the_value_of_every_rate_fit_and_a_converged_one_is_on_target(
    p_x, codes, share, options
):
    target = share * entropy(p_x)
    result = fit_target_rate(p_x, target, codes=codes, options=options)
    assert all(fit.bound <= fit.value + IDENTITY for fit in result.fits)
    misses = [abs(fit.model.rate - target) for fit in result.fits if fit.converged]
    assert max(misses, default=0.0) <= ON_TARGET + RECOMPUTED


@settings(PROOF, max_examples=25)
@certificate_cases
@pytest.mark.filterwarnings("ignore:.*did not converge:RuntimeWarning")
def test_bound_is_below_the_value_of_every_distortion_fit(p_x, codes, share, options):
    result = fit_target_distortion(p_x, share * entropy(p_x), codes=codes, options=options)
    assert all(fit.bound <= fit.value + IDENTITY for fit in result.fits)


@pytest.mark.parametrize("start", ["trained", "small", "ordered"])
@pytest.mark.parametrize("rare", [0.0, 1e-200, 1e-12])
def test_a_source_of_hardly_any_entropy_can_be_fitted(rare, start):
    options = Search(restarts=2, start=start)
    result = fit_target_rate([1 - rare, rare], 0.0, codes=2, options=options)
    assert result.converged == 2
    assert max(fit.model.excess for fit in result.fits) <= TIGHT_EXCESS


# a restart that has converged must rest while the others go on
@settings(PROOF, max_examples=25)
@certificate_cases
@pytest.mark.filterwarnings("ignore:.*did not converge:RuntimeWarning")
def test_a_restart_of_any_source_does_not_depend_on_their_number(p_x, codes, share, options):
    target = share * entropy(p_x)
    one, three = (
        fit_target_rate(p_x, target, codes=codes, options=replace(options, restarts=n, rounds=5))
        for n in (1, 3)
    )
    assert everything(one.fits[0]) == everything(three.fits[0])
