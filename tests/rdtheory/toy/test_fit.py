"""Fits of the toy source: what they say of themselves, and that they are where they were asked."""

import math
from functools import cache

import numpy as np
import pytest

from rdtheory import (
    Model,
    Search,
    family_model,
    fit_beta,
    fit_target_distortion,
    fit_target_rate,
    recovery,
    roughness,
    toy_source,
)
from tests.make.theory_fits import everything
from tests.tolerances import (
    CERTIFIED,
    DIAGONAL_SLOPE,
    DISTANT,
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
FEW = Search(restarts=3)
BETAS = [0.5, 1.0, 2.0]
TIGHT_RATES = [0.0, 0.1, 0.5, 0.6, 2.5, 3.0, H]
WIDE_RATES = [1.1, 1.5]  # the family itself ends 1e-5 above the diagonal: stopped early
DISTORTIONS = [0.5, 2.7]


@cache
def at_beta(beta):
    return fit_beta(SOURCE.p_x, beta, options=FEW)


@cache
def at_rate(target):
    return fit_target_rate(SOURCE.p_x, target, options=FEW)


@cache
def at_wide_rate(target):
    with pytest.warns(RuntimeWarning, match="did not converge"):
        return fit_target_rate(SOURCE.p_x, target, options=Search(restarts=3, rounds=2))


@cache
def at_distortion(target):
    # a held distortion takes up to 23 rounds, so the default cap of 24 is near
    return fit_target_distortion(SOURCE.p_x, target, options=Search(restarts=3, rounds=60))


@cache
def at_smoothest_rate(target):
    return fit_target_rate(SOURCE.p_x, target, smoothest=True, options=FEW)


@cache
def by_penalty(weight):
    """Spread-out starts, one in four of which a penalty of 1 leaves far above the target.

    Stopped after three rounds, long before all of them settle.
    """
    options = Search(restarts=8, rounds=3, scale=1.0, attempts=1)
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


# -- what a fit says of itself --------------------------------------------------------------------


def test_every_bound_is_on_the_diagonal():
    for beta in BETAS:
        assert at_beta(beta).best.bound == pytest.approx(min(beta, 1.0) * H, abs=ROUNDING)
    for fit_at, targets in ((at_rate, TIGHT_RATES), (at_distortion, DISTORTIONS)):
        for target in targets:
            assert fit_at(target).best.bound == pytest.approx(H - target, abs=ROUNDING)


@pytest.mark.parametrize(("fit_at", "number"), CONVERGED)
def test_every_restart_converges_certified_or_stationary_and_the_best_certified(fit_at, number):
    result = fit_at(number)
    assert result.converged == len(result.fits) == FEW.restarts
    assert all(fit.converged for fit in result.fits)
    assert max(min(fit.gap, fit.stationarity) for fit in result.fits) <= CERTIFIED
    assert -ON_TARGET <= result.best.gap <= CERTIFIED


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


@pytest.mark.parametrize("target", [0.1, 0.5, 0.6, 2.5, 3.0])
def test_slope_of_the_diagonal_is_one(target):
    slopes = [fit.slope for fit in at_rate(target).fits]
    np.testing.assert_allclose(slopes, 1.0, rtol=0, atol=DIAGONAL_SLOPE)


@pytest.mark.parametrize("beta", BETAS)
def test_slope_of_a_slope_fit_is_the_given_one(beta):
    assert {fit.slope for fit in at_beta(beta).fits} == {beta}
    assert {fit.miss for fit in at_beta(beta).fits} == {0.0}


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


# -- seeds and restarts ---------------------------------------------------------------------------


@pytest.mark.parametrize("target", [0.0, 0.5, 0.6, 2.5])
def test_one_seed_gives_a_restart_the_same_bits_whatever_their_number(target):
    fewer = fit_target_rate(SOURCE.p_x, target, options=Search(restarts=2))
    assert [everything(fit) for fit in fewer.fits] == [
        everything(fit) for fit in at_rate(target).fits[:2]
    ]


def test_another_seed_gives_other_parameters():
    other = fit_beta(SOURCE.p_x, 2.0, options=Search(restarts=3, seed=1))
    pairs = zip(other.fits, at_beta(2.0).fits, strict=True)
    assert not any(np.array_equal(one.parameters, two.parameters) for one, two in pairs)


def test_restarts_of_one_seed_differ():
    assert len({fit.parameters.tobytes() for fit in at_beta(2.0).fits}) == FEW.restarts


@pytest.mark.parametrize(("target", "start"), [(0.5, "trained"), (2.5, "ordered")])
def test_auto_trains_at_low_rates_and_orders_at_high_ones(target, start):
    named = fit_target_rate(SOURCE.p_x, target, options=Search(restarts=1, start=start))
    assert [everything(fit) for fit in named.fits] == [
        everything(fit) for fit in at_rate(target).fits[:1]
    ]
