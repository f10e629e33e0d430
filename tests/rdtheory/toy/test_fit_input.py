"""How a fit picks its best, reports its progress, and refuses what is wrong."""

import math

import numpy as np
import pytest

from rdtheory import (
    Fit,
    FitResult,
    Model,
    Search,
    fit_beta,
    fit_target_distortion,
    fit_target_rate,
    toy_source,
)
from tests.tolerances import ROUNDING

SOURCE = toy_source()


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
