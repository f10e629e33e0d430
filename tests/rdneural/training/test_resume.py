"""A run that was broken off and gone on with equals one that was not, bit for bit."""

import numpy as np
import pytest
import torch

from tests.make.trainings import (
    STEPS,
    assert_same_checkpoint,
    assert_same_model,
    kept_in,
    small_settings,
    train_small,
)

OBJECTIVES = {
    "annealed": {"beta": 0.7, "anneal": 2.0},
    "target": {"target_rate": 1.5},
    "free bits": {"beta": 1.0, "free_bits": 2.0},
    "patience": {"beta": 1.0, "patience": 3},
    "penalty": {"target_rate": 1.5, "penalty": 2.0},
}


@pytest.mark.parametrize(
    ("objective", "model", "precision"),
    [  # each objective, each kind of model and either precision; none of them knows of the others
        ("annealed", "---", "float32"),
        ("target", "-+v", "float32"),
        ("free bits", "+-+", "float32"),
        ("patience", "---", "float32"),
        ("penalty", "-+v", "float32"),
        ("target", "+-+", "bfloat16"),
    ],
)
def test_a_run_broken_off_twice_equals_an_unbroken_one(tmp_path, objective, model, precision):
    # 11: in the middle of an epoch and just before a validation; 17: just after the next epoch's
    # first step and just before a validation
    settings = small_settings(model=model, precision=precision, **OBJECTIVES[objective])
    whole = train_small(tmp_path / "whole", settings)
    broken = tmp_path / "broken"
    train_small(broken, settings, stop_after=11)
    train_small(broken, settings, resume=True, stop_after=17)
    assert_same_model(whole, train_small(broken, settings, resume=True))
    assert_same_checkpoint(tmp_path / "whole", broken)


@pytest.mark.parametrize(
    "stops",
    [
        [STEPS],
        list(range(1, STEPS)),
    ],
    ids=str,
)
def test_it_does_not_matter_where_a_run_is_broken_off(tmp_path, unbroken, stops):
    place, whole = unbroken
    for number, step in enumerate(stops):
        train_small(tmp_path, small_settings(model="-+-"), stop_after=step, resume=number > 0)
        assert kept_in(tmp_path)[1]["progress"]["step"] == step
    resumed = train_small(tmp_path, small_settings(model="-+-"), resume=True)
    assert_same_model(whole, resumed)
    assert_same_checkpoint(place, tmp_path)


@pytest.mark.parametrize(
    "changed",
    [
        {"normalise_gradients": True, "schedule": "linear", "ema": 0.0},
        {"clip": 0.1, "beta": 0.0},
        {"batch": 67, "epochs": 25.0},
        {"model": "++v"},
        {"model": "-+-", "optimiser": "muon", "weight_decay": 0.1},
        {"model": "-+v", "orders": 3, "refine": 1},
    ],
    ids=str,
)
def test_other_settings_resume_as_well(tmp_path, changed):
    settings = small_settings(**changed)
    whole = train_small(tmp_path / "whole", settings)
    train_small(tmp_path / "broken", settings, stop_after=10)
    assert_same_model(whole, train_small(tmp_path / "broken", settings, resume=True))
    assert_same_checkpoint(tmp_path / "whole", tmp_path / "broken")


def test_a_checkpoint_more_or_less_changes_nothing(tmp_path, unbroken):
    place, whole = unbroken
    assert_same_model(
        whole, train_small(tmp_path, small_settings(model="-+-"), checkpoint_seconds=0.0)
    )
    assert_same_checkpoint(place, tmp_path)


def test_a_run_of_the_command_s_seed_does_not_depend_on_what_ran_before(tmp_path, unbroken):
    torch.manual_seed(12345)
    np.random.seed(12345)  # noqa: NPY002  (the global state is what must not matter)
    torch.rand(7)
    assert_same_model(unbroken[1], train_small(tmp_path, small_settings(model="-+-")))
