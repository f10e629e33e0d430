import math
from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rdtheory import (
    Fit,
    FitResult,
    Model,
    Search,
    entropy,
    family_model,
    fit_beta,
    fit_target_distortion,
    fit_target_rate,
    recovery,
    roughness,
    toy_source,
)
from tests.strategies import PROOF, models, pmfs
from tests.tolerances import (
    CERTIFIED,
    DIAGONAL_SLOPE,
    DISTANT,
    IDENTITY,
    LOOSE_GAP,
    OFF_TARGET,
    ON_TARGET,
    RECOMPUTED,
    RECOVERED,
    ROUNDING,
    TIGHT_EXCESS,
    UNREAD_CODE,
    WIDE_EXCESS,
)

SOURCE = toy_source()
H = SOURCE.entropy
FEW = Search(restarts=4)
BETAS = [0.5, 1.0, 2.0]
TIGHT_RATES = [0.0, 0.1, 0.3, 0.5, 0.6, 2.5, 3.0, H]
WIDE_RATES = [1.1, 1.5]  # the family itself ends 1e-5 above the diagonal: stopped early
DISTORTIONS = [0.5, 2.7, 3.0]


@cache
def at_beta(beta):
    return fit_beta(SOURCE.p_x, beta, options=FEW)


@cache
def at_rate(target):
    return fit_target_rate(SOURCE.p_x, target, options=FEW)


@cache
def at_wide_rate(target):
    with pytest.warns(RuntimeWarning, match="did not converge"):
        return fit_target_rate(SOURCE.p_x, target, options=Search(restarts=4, rounds=2))


@cache
def at_distortion(target):
    # a held distortion takes up to 23 rounds, so the default cap of 24 is near
    return fit_target_distortion(SOURCE.p_x, target, options=Search(restarts=4, rounds=60))


@cache
def at_smoothest_rate(target):
    return fit_target_rate(SOURCE.p_x, target, smoothest=True, options=FEW)


@cache
def by_penalty(weight):
    """Spread-out starts, one in four of which a penalty of 1 leaves far above the target.

    Stopped after three rounds, long before all of them settle.
    """
    options = Search(restarts=16, rounds=3, scale=1.0, attempts=1)
    with pytest.warns(RuntimeWarning, match="did not converge"):
        return fit_target_rate(SOURCE.p_x, 0.5, penalty=weight, options=options)


CONVERGED = [
    *(pytest.param(at_beta, beta, id=f"beta={beta}") for beta in BETAS),
    *(pytest.param(at_rate, rate, id=f"R={rate:.4g}") for rate in TIGHT_RATES),
    *(pytest.param(at_distortion, target, id=f"D={target}") for target in DISTORTIONS),
    pytest.param(at_smoothest_rate, 0.5, id="smoothest"),
]
STOPPED = [
    *(pytest.param(at_wide_rate, rate, id=f"R={rate}") for rate in WIDE_RATES),
    *(pytest.param(by_penalty, weight, id=f"penalty={weight}") for weight in (1.0, 2.0)),
]


# -- the certificate ------------------------------------------------------------------------------


@PROOF
@given(models(), st.floats(0.0, 3.0))
def test_no_model_has_less_distortion_plus_beta_rate_than_the_bound(model, beta):
    bound = min(beta, 1.0) * model.entropy
    assert bound <= model.distortion + (beta * model.rate if beta else 0.0) + IDENTITY


@PROOF
@given(models(), st.floats(0.0, 1.0), st.floats(0.0, 3.0))
def test_no_model_has_less_penalised_distortion_than_the_bound(model, share, weight):
    target = share * model.entropy
    bound = min(weight, 1.0) * (model.entropy - target)
    penalty = weight * abs(model.rate - target) if weight else 0.0
    assert bound <= model.distortion + penalty + IDENTITY


@pytest.mark.parametrize("beta", BETAS)
def test_bound_of_a_slope_is_its_corner_of_the_diagonal(beta):
    assert at_beta(beta).best.bound == pytest.approx(min(beta, 1.0) * H, abs=ROUNDING)


@pytest.mark.parametrize("target", TIGHT_RATES)
def test_bound_at_a_rate_is_the_diagonal(target):
    assert at_rate(target).best.bound == pytest.approx(H - target, abs=ROUNDING)


@pytest.mark.parametrize("target", DISTORTIONS)
def test_bound_at_a_distortion_is_the_diagonal(target):
    assert at_distortion(target).best.bound == pytest.approx(H - target, abs=ROUNDING)


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
def test_bound_is_below_the_value_of_every_slope_fit(p_x, codes, share, options):
    result = fit_beta(p_x, 2 * share, codes=codes, options=options)
    assert all(fit.bound <= fit.value + IDENTITY for fit in result.fits)


@settings(PROOF, max_examples=25)
@certificate_cases
@pytest.mark.filterwarnings("ignore:.*did not converge:RuntimeWarning")
def test_bound_is_below_the_value_of_every_penalty_fit(p_x, codes, share, options):
    target = 0.5 * entropy(p_x)
    result = fit_target_rate(p_x, target, penalty=2 * share, codes=codes, options=options)
    assert all(fit.bound <= fit.value + IDENTITY for fit in result.fits)


@settings(PROOF, max_examples=25)
@certificate_cases
@pytest.mark.filterwarnings("ignore:.*did not converge:RuntimeWarning")
def test_bound_is_below_the_value_of_every_rate_fit(p_x, codes, share, options):
    result = fit_target_rate(p_x, share * entropy(p_x), codes=codes, options=options)
    assert all(fit.bound <= fit.value + IDENTITY for fit in result.fits)


@settings(PROOF, max_examples=25)
@certificate_cases
@pytest.mark.filterwarnings("ignore:.*did not converge:RuntimeWarning")
def test_bound_is_below_the_value_of_every_distortion_fit(p_x, codes, share, options):
    result = fit_target_distortion(p_x, share * entropy(p_x), codes=codes, options=options)
    assert all(fit.bound <= fit.value + IDENTITY for fit in result.fits)


@settings(PROOF, max_examples=25)
@certificate_cases
@pytest.mark.filterwarnings("ignore:.*did not converge:RuntimeWarning")
def test_a_converged_fit_of_any_source_is_on_target(p_x, codes, share, options):
    target = share * entropy(p_x)
    result = fit_target_rate(p_x, target, codes=codes, options=options)
    misses = [abs(fit.model.rate - target) for fit in result.fits if fit.converged]
    assert max(misses, default=0.0) <= ON_TARGET + RECOMPUTED


@pytest.mark.parametrize("start", ["trained", "small", "ordered"])
@pytest.mark.parametrize("rare", [0.0, 1e-200, 1e-12])
def test_a_source_of_hardly_any_entropy_can_be_fitted(rare, start):
    options = Search(restarts=2, start=start)
    result = fit_target_rate([1 - rare, rare], 0.0, codes=2, options=options)
    assert result.converged == 2
    assert max(fit.model.excess for fit in result.fits) <= TIGHT_EXCESS


# -- what a fit says of itself --------------------------------------------------------------------


@pytest.mark.parametrize(("fit_at", "number"), CONVERGED)
def test_every_restart_converges(fit_at, number):
    result = fit_at(number)
    assert result.converged == len(result.fits) == FEW.restarts


@pytest.mark.parametrize(("fit_at", "number"), CONVERGED)
def test_a_converged_fit_is_certified_or_stationary(fit_at, number):
    fits = [fit for fit in fit_at(number).fits if fit.converged]
    assert fits
    assert max(min(fit.gap, fit.stationarity) for fit in fits) <= CERTIFIED


@pytest.mark.parametrize(("fit_at", "number"), CONVERGED)
def test_the_best_fit_is_certified(fit_at, number):
    assert -ON_TARGET <= fit_at(number).best.gap <= CERTIFIED


@pytest.mark.parametrize(("fit_at", "number"), [*CONVERGED, *STOPPED])
def test_the_model_of_a_fit_is_that_of_its_parameters(fit_at, number):
    fit = fit_at(number).best
    model = family_model(fit.parameters, SOURCE.p_x)
    assert (model.rate, model.distortion) == (fit.model.rate, fit.model.distortion)


@pytest.mark.parametrize("beta", BETAS)
def test_value_of_a_slope_fit_is_the_objective_of_its_model(beta):
    for_each = [
        (fit.value, fit.model.distortion + beta * fit.model.rate) for fit in at_beta(beta).fits
    ]
    values, recomputed = zip(*for_each, strict=True)
    np.testing.assert_allclose(values, recomputed, rtol=0, atol=RECOMPUTED)


@pytest.mark.parametrize("weight", [1.0, 2.0])
def test_value_of_a_penalty_fit_is_the_objective_of_its_model(weight):
    fits = by_penalty(weight).fits
    recomputed = [fit.model.distortion + weight * abs(fit.model.rate - 0.5) for fit in fits]
    np.testing.assert_allclose([fit.value for fit in fits], recomputed, rtol=0, atol=RECOMPUTED)


@pytest.mark.parametrize(
    ("fit_at", "targets"), [(at_rate, TIGHT_RATES), (at_wide_rate, WIDE_RATES)]
)
def test_value_and_miss_of_a_rate_fit_are_those_of_its_model(fit_at, targets):
    fits = [(fit, target) for target in targets for fit in fit_at(target).fits]
    said = [(fit.value, fit.miss) for fit, _ in fits]
    misses = [fit.model.rate - target for fit, target in fits]
    recomputed = [
        (fit.model.distortion + abs(miss), miss)
        for (fit, _), miss in zip(fits, misses, strict=True)
    ]
    np.testing.assert_allclose(said, recomputed, rtol=0, atol=RECOMPUTED)


@pytest.mark.parametrize("target", DISTORTIONS)
def test_value_and_miss_of_a_distortion_fit_are_those_of_its_model(target):
    fits = at_distortion(target).fits
    said = [(fit.value, fit.miss) for fit in fits]
    misses = [fit.model.distortion - target for fit in fits]
    recomputed = [
        (fit.model.rate + abs(miss), miss) for fit, miss in zip(fits, misses, strict=True)
    ]
    np.testing.assert_allclose(said, recomputed, rtol=0, atol=RECOMPUTED)


@pytest.mark.parametrize("target", [0.1, 0.3, 0.5, 0.6, 2.5, 3.0])
def test_slope_of_the_diagonal_is_one(target):
    slopes = [fit.slope for fit in at_rate(target).fits]
    np.testing.assert_allclose(slopes, 1.0, rtol=0, atol=DIAGONAL_SLOPE)


@pytest.mark.parametrize("beta", BETAS)
def test_slope_of_a_slope_fit_is_the_given_one(beta):
    assert {fit.slope for fit in at_beta(beta).fits} == {beta}
    assert {fit.miss for fit in at_beta(beta).fits} == {0.0}


def stub(*, value, converged, miss=0.0):
    model = Model.from_encoder([0.5, 0.5], np.eye(2))
    return Fit(
        model=model,
        parameters=np.zeros(10),
        value=value,
        bound=0.25,
        slope=1.0,
        stationarity=0.0,
        miss=miss,
        iterations=1,
        converged=converged,
    )


def test_gap_is_value_minus_bound():
    assert stub(value=1.0, converged=True).gap == 0.75


@pytest.mark.parametrize(
    ("fits", "best"),
    [
        ([(2.0, True), (1.0, True), (3.0, True)], 1),
        ([(2.0, True), (1.0, False), (3.0, True)], 0),
        ([(2.0, False), (1.0, False), (3.0, False)], 1),
        ([(2.0, False), (1.0, False), (3.0, True)], 2),
    ],
)
def test_best_is_the_converged_fit_of_least_value_or_the_least_of_all(fits, best):
    result = FitResult(tuple(stub(value=v, converged=c) for v, c in fits))
    assert result.best is result.fits[best]
    assert result.converged == sum(c for _, c in fits)


def test_best_of_fits_that_did_not_converge_is_not_the_one_that_ignores_its_target():
    on_target = stub(value=2.7178, converged=False, miss=1e-16)
    off_target = stub(value=2.3825, converged=False, miss=0.44)  # D is low because R is high
    assert FitResult((off_target, on_target)).best is on_target


# -- at a slope -----------------------------------------------------------------------------------


def test_the_elbo_ends_within_a_certified_gap_of_the_best_conceivable():
    fits = at_beta(1.0).fits
    assert max(fit.gap for fit in fits) <= CERTIFIED
    assert min(fit.gap for fit in fits) >= -ROUNDING


def test_a_larger_beta_never_raises_the_rate():
    highest, lowest = zip(
        *(
            (max(rates), min(rates))
            for rates in ([fit.model.rate for fit in at_beta(beta).fits] for beta in BETAS)
        ),
        strict=True,
    )
    assert lowest[0] >= highest[1]
    assert lowest[1] >= highest[2]


@pytest.mark.parametrize(("beta", "rate"), [(0.5, H), (1.0, 0.0), (2.0, 0.0)])
def test_rate_is_all_below_a_slope_of_one_and_nothing_above(beta, rate):
    rates = [fit.model.rate for fit in at_beta(beta).fits]
    np.testing.assert_allclose(rates, rate, rtol=0, atol=UNREAD_CODE)


def test_a_free_rate_costs_no_distortion():
    best = fit_beta([0.2, 0.3, 0.5], 0.0, codes=3, options=FEW).best
    assert best.model.distortion <= CERTIFIED
    assert best.bound == 0.0


# -- at a rate ------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", TIGHT_RATES)
def test_a_converged_fit_meets_its_target_rate(target):
    rates = [fit.model.rate for fit in at_rate(target).fits if fit.converged]
    np.testing.assert_allclose(rates, target, rtol=0, atol=ON_TARGET)


@pytest.mark.parametrize("target", TIGHT_RATES)
def test_low_and_high_rates_are_reached_on_the_diagonal(target):
    assert at_rate(target).best.model.excess <= TIGHT_EXCESS
    assert max(fit.model.excess for fit in at_rate(target).fits) <= WIDE_EXCESS


@pytest.mark.parametrize("target", WIDE_RATES)
def test_rates_between_are_reached_near_the_diagonal(target):
    fits = at_wide_rate(target).fits
    np.testing.assert_allclose([f.model.rate for f in fits], target, rtol=0, atol=OFF_TARGET)
    assert max(fit.model.excess for fit in fits) <= WIDE_EXCESS


@pytest.mark.parametrize("target", [1.0, 2.0])
def test_too_few_codes_leave_a_gap_but_not_the_target(target):
    p_x = [0.1, 0.2, 0.3, 0.4]
    best = fit_target_rate(p_x, target / 2, codes=2, options=FEW).best
    assert best.model.rate == pytest.approx(target / 2, abs=ON_TARGET)
    assert best.model.mutual_information <= math.log(2) + ROUNDING


def test_too_few_codes_for_the_rate_leave_what_they_cannot_carry_as_excess():
    result = fit_target_rate([0.5, 0.25, 0.25], 1.0, codes=2, options=FEW)
    best = result.best
    assert best.converged
    assert best.model.rate == pytest.approx(1.0, abs=ON_TARGET)
    assert best.model.excess >= 1.0 - math.log(2)


# -- the paper's penalty --------------------------------------------------------------------------


def diagonal_model(kept):
    """Keep x with probability `kept`, else say nothing: R = I = kept H, excess 0."""
    encoder = np.hstack([kept * np.eye(30), np.full((30, 1), 1 - kept)])
    return Model.from_encoder(SOURCE.p_x, encoder)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("kept", [0.5, 0.6, 0.9, 1.0])
def test_a_penalty_of_one_is_flat_along_the_diagonal_above_its_target(kept, share):
    model = diagonal_model(kept)
    target = share * model.rate
    penalised = model.distortion + abs(model.rate - target)
    assert model.rate == pytest.approx(kept * H, abs=ROUNDING)
    assert penalised == pytest.approx(H - target, abs=ROUNDING)


@pytest.mark.parametrize("kept", [0.5, 0.6, 0.9, 1.0])
def test_a_penalty_of_two_rises_along_the_diagonal_above_its_target(kept):
    model = diagonal_model(kept)
    penalised = model.distortion + 2 * abs(model.rate - 0.5)
    assert penalised == pytest.approx(H - 0.5 + (model.rate - 0.5), abs=ROUNDING)


def test_a_penalty_of_one_lets_optimal_fits_end_above_the_target():
    above = [fit for fit in by_penalty(1.0).fits if fit.model.rate >= 0.5 + DISTANT]
    assert above
    assert max(fit.gap for fit in above) <= LOOSE_GAP


def test_a_penalty_of_two_holds_every_fit_to_the_target():
    rates = [fit.model.rate for fit in by_penalty(2.0).fits]
    np.testing.assert_allclose(rates, 0.5, rtol=0, atol=ON_TARGET)


# -- the smoothest optimal encoder ----------------------------------------------------------------


def test_every_smoothest_fit_recovers_the_hidden_class():
    found = [recovery(fit.model, SOURCE.posterior) for fit in at_smoothest_rate(0.5).fits]
    assert min(each.information for each in found) >= RECOVERED


def test_the_smoothest_fits_are_no_rougher_than_the_plain_one():
    plain = roughness(SOURCE.p_x, at_rate(0.5).best.model.encoder)
    smooth = [roughness(SOURCE.p_x, fit.model.encoder) for fit in at_smoothest_rate(0.5).fits]
    assert max(smooth) <= plain


def test_smoothness_costs_no_excess_and_no_rate():
    fits = at_smoothest_rate(0.5).fits
    np.testing.assert_allclose([f.model.rate for f in fits], 0.5, rtol=0, atol=ON_TARGET)
    assert at_smoothest_rate(0.5).best.model.excess <= TIGHT_EXCESS


# -- at a distortion ------------------------------------------------------------------------------


@pytest.mark.parametrize("target", DISTORTIONS)
def test_a_converged_fit_meets_its_target_distortion_on_the_diagonal(target):
    fits = at_distortion(target).fits
    np.testing.assert_allclose(
        [fit.model.distortion for fit in fits], target, rtol=0, atol=ON_TARGET
    )
    np.testing.assert_allclose(
        [fit.model.rate for fit in fits], H - target, rtol=0, atol=WIDE_EXCESS
    )


# -- seeds and restarts ---------------------------------------------------------------------------


def everything(fit):
    """All numbers of a fit, as bits; its model is made of its parameters."""
    found = {f.name: getattr(fit, f.name) for f in fields(fit) if f.name != "model"}
    return found | {"parameters": fit.parameters.tobytes()}


@pytest.mark.parametrize("target", [0.0, 0.5, 2.5])
def test_one_seed_gives_the_same_bits_twice(target):
    again = fit_target_rate(SOURCE.p_x, target, options=FEW)
    first = at_rate(target)
    assert [everything(fit) for fit in again.fits] == [everything(fit) for fit in first.fits]


@pytest.mark.parametrize("restarts", [1, 3])
@pytest.mark.parametrize("target", [0.0, 0.5, 0.6, 2.5])
def test_a_restart_does_not_depend_on_their_number(target, restarts):
    fewer = fit_target_rate(SOURCE.p_x, target, options=Search(restarts=restarts))
    more = at_rate(target).fits[:restarts]
    assert [everything(fit) for fit in fewer.fits] == [everything(fit) for fit in more]


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


def test_another_seed_gives_other_parameters():
    other = fit_beta(SOURCE.p_x, 2.0, options=Search(restarts=4, seed=1))
    pairs = zip(other.fits, at_beta(2.0).fits, strict=True)
    assert not any(np.array_equal(one.parameters, two.parameters) for one, two in pairs)


def test_restarts_of_one_seed_differ():
    assert len({fit.parameters.tobytes() for fit in at_beta(2.0).fits}) == FEW.restarts


@pytest.mark.parametrize(("target", "start"), [(0.5, "trained"), (2.5, "ordered")])
def test_auto_trains_at_low_rates_and_orders_at_high_ones(target, start):
    options = Search(restarts=2, start=start)
    named = fit_target_rate(SOURCE.p_x, target, options=options)
    auto = fit_target_rate(SOURCE.p_x, target, options=Search(restarts=2))
    assert [fit.parameters.tobytes() for fit in named.fits] == [
        fit.parameters.tobytes() for fit in auto.fits
    ]


# -- progress and warnings ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fit",
    [
        lambda report: fit_beta(SOURCE.p_x, 2.0, options=Search(restarts=1), progress=report),
        lambda report: fit_target_rate(
            SOURCE.p_x, 0.5, options=Search(restarts=1), progress=report
        ),
        lambda report: fit_target_rate(
            SOURCE.p_x, 0.5, smoothest=True, options=Search(restarts=1), progress=report
        ),
        lambda report: fit_target_distortion(
            SOURCE.p_x, 0.5, options=Search(restarts=1), progress=report
        ),
    ],
    ids=["beta", "rate", "smoothest", "distortion"],
)
def test_shares_of_progress_add_up_to_one(fit):
    shares = []
    fit(shares.append)
    assert min(shares) > 0.0
    assert sum(shares) == pytest.approx(1.0, abs=ROUNDING)


def test_shares_of_progress_add_up_to_one_at_the_cap():
    shares = []
    options = Search(restarts=1, rounds=2)
    with pytest.warns(RuntimeWarning, match="did not converge"):
        fit_target_rate(SOURCE.p_x, 1.5, options=options, progress=shares.append)
    assert sum(shares) == pytest.approx(1.0, abs=ROUNDING)
    assert len(shares) == 3  # the starts and two rounds


def test_a_cap_that_is_hit_warns_and_names_itself_at_the_callers_line():
    message = r"2 of 2 restarts did not converge in rounds=1: raise rounds"
    with pytest.warns(RuntimeWarning, match=message) as caught:
        result = fit_target_rate(SOURCE.p_x, 1.5, options=Search(restarts=2, rounds=1))
    assert result.converged == 0
    assert caught[0].filename == __file__


# -- wrong input ----------------------------------------------------------------------------------

COIN = [0.5, 0.5]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"restarts": 0}, r"restarts must be an integer of at least 1, got 0"),
        ({"seed": -1}, r"seed must be an integer of at least 0, got -1"),
        ({"rounds": 0}, r"rounds must be an integer of at least 1, got 0"),
        ({"gap": -1e-6}, r"gap must be a finite number of at least 0, got -1e-06"),
        ({"gap": math.nan}, r"gap must be a finite number of at least 0, got nan"),
        (
            {"start": "large"},
            r"start must be one of auto, trained, small, ordered, got 'large'",
        ),
        ({"scale": -1.0}, r"scale must be a finite number of at least 0, got -1"),
        ({"scale": math.inf}, r"scale must be a finite number of at least 0, got inf"),
        ({"steps": 0}, r"steps must be an integer of at least 1, got 0"),
        ({"learning_rate": -0.1}, r"learning_rate must be a finite number .* got -0\.1"),
    ],
)
def test_search_messages(option, message):
    with pytest.raises(ValueError, match=message):
        Search(**option)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"restarts": 1.5}, r"restarts must be an integer, got 1\.5"),
        ({"seed": "one"}, r"seed must be an integer, got 'one'"),
        ({"rounds": None}, r"rounds must be an integer, got None"),
        ({"gap": "small"}, r"gap must be a number, got 'small'"),
        ({"scale": None}, r"scale must be a number, got None"),
        ({"steps": 2e3}, r"steps must be an integer, got 2000\.0"),
        ({"learning_rate": [0.1, 0.2]}, r"learning_rate must be a number, got \[0\.1, 0\.2\]"),
    ],
)
def test_search_type_messages(option, message):
    with pytest.raises(TypeError, match=message):
        Search(**option)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit_beta([0.5, 0.6]), r"p_x must sum to 1 within 1e-08, got p_x with sum 1\.1"),
        (lambda: fit_beta([1.5, -0.5]), r"p_x must not be negative, got p_x\[1\] = -0\.5"),
        (lambda: fit_beta([COIN]), r"p_x must be a non-empty 1-d array, got shape \(1, 2\)"),
        (lambda: fit_beta([1.0]), r"p_x "),  # one bin has no positions
        (lambda: fit_beta(COIN, -0.5), r"beta must be a finite number of at least 0, got -0\.5"),
        (lambda: fit_beta(COIN, math.inf), r"beta must be a finite number of at least 0, got inf"),
        (lambda: fit_beta(COIN, math.nan), r"beta must be a finite number of at least 0, got nan"),
        (lambda: fit_beta(COIN, codes=1), r"codes must be an integer of at least 2, got 1"),
        (
            lambda: fit_target_rate(COIN, -0.1),
            r"target_rate must be in \[0, H = 0\.693147181\] nats, got -0\.1",
        ),
        (
            lambda: fit_target_rate(COIN, 0.7),
            r"target_rate must be in \[0, H = 0\.693147181\] nats, got 0\.7",
        ),
        (
            lambda: fit_target_rate(COIN, math.nan),
            r"target_rate must be in \[0, H = 0\.693147181\] nats, got nan",
        ),
        (
            lambda: fit_target_rate(COIN, 0.5, penalty=-1.0),
            r"penalty must be a finite number of at least 0, got -1",
        ),
        (
            lambda: fit_target_rate(COIN, 0.5, penalty=math.inf),
            r"penalty must be a finite number of at least 0, got inf",
        ),
        (lambda: fit_target_rate(COIN, 0.5, codes=0), r"codes must be an integer of at least 2"),
        (
            lambda: fit_target_distortion(COIN, 0.7),
            r"target_distortion must be in \[0, H = 0\.693147181\] nats, got 0\.7",
        ),
        (
            lambda: fit_target_distortion(COIN, -1),
            r"target_distortion must be in \[0, H = 0\.693147181\] nats, got -1",
        ),
    ],
)
def test_fit_messages(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit_beta("half"), r"p_x must be an array of numbers, got 'half'"),
        (lambda: fit_beta(COIN, "one"), r"beta must be a number, got 'one'"),
        (lambda: fit_beta(COIN, codes=2.5), r"codes must be an integer, got 2\.5"),
        (lambda: fit_target_rate(COIN, None), r"target_rate must be a number, got None"),
        (lambda: fit_target_rate(COIN, 0.5, penalty="two"), r"penalty must be a number, got 'two'"),
        (lambda: fit_target_distortion(COIN, [1, 2]), r"target_distortion must be a number, got"),
    ],
)
def test_fit_type_messages(call, message):
    with pytest.raises(TypeError, match=message):
        call()
