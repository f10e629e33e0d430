"""What was asked and what came out: targets met and missed, slopes had, what is not to be had."""

from math import inf, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdneural.records.asked import (
    OUTCOME,
    check_attainable,
    check_target_rates,
    most_rate,
    outcome_of,
    outcome_of_row,
    slope_reached,
    target_outcome,
)
from rdneural.records.layout import TABLE
from rdneural.records.recommended import anneal_of, check_asked, check_grid
from rdneural.records.settings import RunSettings
from rdneural.records.table import STORED, read_table, write_table
from rdneural.training.curve import make_settings
from rdtheory.results import write_rows
from tests.make.sweeps_table import make_row
from tests.strategies import PROOF

MNIST = {"dataset": "mnist", "preset": "tiny", "device": "cpu", "precision": "float32"}


# -- met or missed -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "rate", "error", "met"),
    [
        (2.0, 2.09, 0.01, True),  # 0.1 nats
        (2.0, 1.88, 0.01, False),
        (2.0, 1.88, 0.05, True),  # three standard errors
        (40.0, 40.39, 0.01, True),  # 1 %
        (40.0, 39.5, 0.01, False),
        (5.0, 0.6, 0.04, False),
    ],
)
def test_a_target_is_met_within_a_tenth_of_a_nat_a_hundredth_or_its_errors(
    target, rate, error, met
):
    found = target_outcome(target, rate, error)
    assert found["target_met"] is met
    assert found["target_miss"] == pytest.approx(rate - target)


@given(st.floats(0.01, 500), st.floats(-1, 500), st.floats(0, 5))
@PROOF
def test_a_target_is_met_whenever_it_would_be_with_a_smaller_miss(target, rate, error):
    found = target_outcome(target, rate, error)
    nearer = target_outcome(target, target + (rate - target) / 2, error)
    assert nearer["target_met"] or not found["target_met"]
    assert target_outcome(target, target, 0.0)["target_met"]
    assert found["target_miss"] == rate - target


def test_nothing_is_said_where_no_rate_was_asked_for():
    assert target_outcome(None, 3.0, 0.1) == {"target_met": None, "target_miss": None}


# -- diverged ----------------------------------------------------------------------------------


def outcome(rate, distortion, *, beta=1.0, target=None, preset="tiny", error=0.1):
    return outcome_of(
        preset=preset, target_rate=target, final_beta=beta, rate=rate, rate_se=error,
        distortion=distortion,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rate", "distortion", "beta", "diverged"),
    [
        (0.0, 16 * log(2), 1.0, False),  # fair coins
        (5.0, 20.0, 1.0, False),
        (0.0, 200.0, 1.0, True),
        (1.5e16, 8.0, 1.0, True),
        (3.0, 8.5e8, 20.0, True),
        (300.0, 1.0, 0.0, False),  # a rate that costs nothing may be large
        (1e7, 1.0, 0.0, True),
        (300.0, 1.0, 1.0, True),
    ],
)
def test_what_is_far_worse_than_coins_has_diverged(rate, distortion, beta, diverged):
    assert outcome(rate, distortion, beta=beta)["diverged"] is diverged


def test_what_diverged_meets_no_target_however_large_its_errors():
    found = outcome(1e16, 1e16, target=5.0, error=1e17)
    assert (found["diverged"], found["target_met"]) == (True, False)


# -- rows of tables ----------------------------------------------------------------------------


def test_tables_that_do_not_say_it_get_the_columns_from_rates_and_targets(tmp_path):
    rows = [
        make_row(target_rate=20.0, rate=20.15), make_row(target_rate=5.0, rate=4.0, seed=1),
        make_row(beta=1.0), make_row(beta=2.0, rate=1.0, distortion=1e9),
    ]  # fmt: skip
    write_rows(tmp_path / TABLE, STORED, [{n: row[n] for n in STORED} for row in rows])
    read = read_table(tmp_path)
    assert [[row[name] for name in OUTCOME] for row in read] == [
        [True, pytest.approx(0.15), False], [False, -1.0, False], [None, None, False],
        [None, None, True],
    ]  # fmt: skip
    write_table(tmp_path, read)
    assert read_table(tmp_path) == read
    assert "target_met,target_miss,diverged" in (tmp_path / TABLE).read_text()


def test_a_row_without_rates_says_nothing():
    assert outcome_of_row(make_row() | {"test_rate": None}) == dict.fromkeys(OUTCOME)


@pytest.mark.parametrize(
    ("beta", "final", "slope"),
    [(1.0, 1.0, None), (1.0, 0.0041, 0.0041), (None, 0.7, None), (0.0, 0.0, None), (1.0, 0.0, 0.0)],
)
def test_the_slope_that_a_run_had_is_told_where_it_is_another(beta, final, slope):
    assert slope_reached({"beta": beta, "final_beta": final}) == slope


# -- what cannot be ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "side", "entropy", "most"),
    [
        ("---", 28, None, 784 * log(2)),
        ("++v", 4, None, 16 * log(2)),
        ("---", 4, 3.4, 3.4),
        ("bits-:8", 28, None, 8 * log(2)),
        ("bits+:4096", 28, None, 784 * log(2)),
        ("split:10", 28, None, 10 * log(2)),
        ("coarse:7", 28, None, 49 * log(2)),
    ],
)
def test_no_rate_is_worth_more_than_images_and_codes_hold(model, side, entropy, most):
    assert most_rate(model, side, entropy)[0] == pytest.approx(most, rel=1e-15)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"target_rate": 1e6}, "target_rate must be at most 11.0904 nats, .* 4x4 pixels .* 1e.06"),
        ({"target_rate": 11.1}, "target_rate must be at most 11.0904"),
        ({"target_rate": 544, "preset": "quick"}, "at most 543.4274 nats"),
        ({"target_rate": 1.4, "model": "bits-:2"}, "at most 1.3863 nats, as much as codes of 2"),
        ({"target_rate": 4, "dataset": "bars:4x4"}, "at most 3.4012 nats"),
        ({"target_rate": 1e6, "penalty": 2.0}, "target_rate must be at most"),
        ({"beta": 1, "anneal": 5, "epochs": 0.02}, "anneal must be below the 0.02 epochs .* got 5"),
        ({"beta": 1, "anneal": 2.0, "epochs": 2.0}, "anneal must be below the 2 epochs"),
        ({"beta": 0.3, "anneal": 2.0}, "anneal must be below the 2 epochs .* beta 0.3, got 2"),
    ],
)  # fmt: skip
def test_what_no_training_can_give_is_refused_in_one_line(asked, words):
    with pytest.raises(ValueError, match=words) as caught:
        check_asked(**(MNIST | {"model": "---"} | asked))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "asked",
    [
        {"target_rate": 11.0}, {"target_rate": 543, "preset": "quick"}, {"beta": 1, "anneal": 1.9},
        {"target_rate": 1.38, "model": "bits-:2"}, {"target_rate": 3.4, "dataset": "bars:4x4"},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_just_possible_is_taken(asked):
    check_asked(**(MNIST | {"model": "---"} | asked))


def test_what_was_asked_before_is_read_and_not_asked_again():
    old = {"target_rate": 1e6}, {"beta": 1.0, "anneal": 5.0, "epochs": 0.02}
    for asked in old:
        settings = RunSettings("mnist", preset="tiny", **asked)  # as a checkpoint holds it
        with pytest.raises(ValueError, match="must be"):
            check_attainable(settings)


@pytest.mark.parametrize(
    ("lists", "words"),
    [
        ({"target_rates": [2, 12]}, "at most 11.0904"),
        ({"betas": [1], "anneals": [0, 3]}, "anneal must be below"),
        ({"models": "---,bits-:2", "target_rates": [2]}, "at most 1.3863"),
    ],
)
def test_every_run_of_a_grid_is_checked(lists, words):
    with pytest.raises(ValueError, match=words):
        check_grid(**(MNIST | {"models": "---"} | lists))
    check_grid(**MNIST, models="---,bits-:9", betas=[1], target_rates=[2], anneals=[0, 1], seeds=3)


@pytest.mark.parametrize(("rates", "words"), [([1, 4], "at most 3.4012"), ([0.0], "above 0"),
                                              ([inf], "finite")])  # fmt: skip
def test_rates_that_are_asked_of_curves_are_checked_alike(rates, words):
    run = make_settings(model="---", **(MNIST | {"dataset": "bars:4x4"})).run
    with pytest.raises(ValueError, match=f"target_rates must be .*{words}"):
        check_target_rates(rates, run)


@given(st.floats(1e-3, 300))
@PROOF
def test_recommended_annealing_is_over_before_training(epochs):
    assert anneal_of(epochs) < epochs
