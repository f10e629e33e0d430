"""More epochs on a run: it goes on as a run of so many epochs would from where it stands."""

from dataclasses import replace

import pytest

from rdneural.records.layout import RESULT
from rdneural.runs.run import run_training
from rdtheory.results import read_json
from tests.make.runs import SMALL, STEPS, few_images
from tests.make.runs import plan as planned
from tests.make.trainings import EPOCH, TRAIN, assert_same_model, small_settings, train_small


def test_while_the_rate_is_constant_a_longer_run_is_the_one_that_was_asked_for_at_once(tmp_path):
    short = small_settings(schedule="linear", ema=0.0, epochs=2.0)  # constant up to the middle
    longer = replace(short, epochs=4.0)
    whole = train_small(tmp_path / "whole", longer)
    train_small(tmp_path / "more", short, stop_after=EPOCH)
    assert_same_model(whole, train_small(tmp_path / "more", longer, resume=True))


@pytest.mark.parametrize("schedule", ["cosine", "linear"])
def test_the_learning_rate_is_that_of_the_longer_training(tmp_path, schedule):
    short = small_settings(schedule=schedule, epochs=2.0)
    train_small(tmp_path / "more", short)
    found = train_small(tmp_path / "more", replace(short, epochs=4.0), resume=True)
    whole = train_small(tmp_path / "whole", replace(short, epochs=4.0))
    assert found.progress.step == whole.progress.step == 4 * EPOCH
    rates = {row["step"]: row["learning_rate"] for row in whole.progress.history}
    later = [row for row in found.progress.history if row["step"] > 2 * EPOCH]
    assert later
    for row in later:
        assert row["learning_rate"] == rates[row["step"]]


def test_a_run_that_lost_its_patience_has_all_of_it_again(tmp_path):
    settings = small_settings(epochs=60.0, batch=16, learning_rate=2e-2, ema=0.0, patience=3)
    few = TRAIN[:16]
    first = train_small(tmp_path, settings, images=few)
    longer = replace(settings, epochs=90.0)
    found = train_small(tmp_path, longer, images=few, resume=True)
    assert first.progress.stopped_early
    assert found.progress.step >= first.progress.step + 3
    losses = [r["valid_distortion"] + r["valid_rate"] for r in found.progress.history]
    best = len(losses) - 1 - found.progress.validations_since_best
    assert losses[best] == min(losses) == found.progress.best_loss


def test_fewer_epochs_than_a_run_has_behind_it_are_refused(tmp_path):
    train_small(tmp_path, small_settings(epochs=3.0))
    with pytest.raises(ValueError, match="epochs must be at least those that"):
        train_small(tmp_path, small_settings(epochs=2.0), resume=True)


def test_the_result_of_the_fewer_epochs_is_kept_beside(tmp_path, monkeypatch):
    few_images(monkeypatch)
    [run, *_] = planned()
    first = run_training(run.settings, tmp_path)
    assert first["steps"] == STEPS
    found = run_training(replace(run.settings, epochs=2.0), tmp_path, resume=True)
    assert found["steps"] == 2 * STEPS
    kept = read_json(tmp_path / "run.epochs-1.json", command=SMALL["dataset"])
    assert kept["steps"] == STEPS
    assert read_json(tmp_path / RESULT, command=SMALL["dataset"])["steps"] == 2 * STEPS
