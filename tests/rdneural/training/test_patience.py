"""Patience stops a run early and keeps the best."""

import pytest

from rdneural.machine.device import autocast
from rdneural.measures.rates import measure
from rdneural.records.settings import RunSettings
from tests.make.trainings import (
    TRAIN,
    VALID,
    assert_same_checkpoint,
    assert_same_model,
    small_settings,
    train_small,
)


def _overfitted(**changed):
    """Return settings under which the validation gets worse before the end."""
    return small_settings(epochs=60.0, batch=16, learning_rate=2e-2, ema=0.0, patience=3, **changed)


@pytest.mark.parametrize("beta", [1.0, 0.3])
def test_patience_stops_early_and_keeps_the_best(tmp_path, beta):
    settings = _overfitted(beta=beta)
    few = TRAIN[:16]
    found = train_small(tmp_path, settings, images=few)
    losses = [r["valid_distortion"] + beta * r["valid_rate"] for r in found.progress.history]
    assert found.progress.stopped_early
    assert found.progress.step < found.plan.steps == 60
    best = min(range(len(losses)), key=losses.__getitem__)
    assert best == len(losses) - 1 - settings.patience
    measured = measure(found.model, VALID, seed=settings.seed)
    assert measured.distortion + beta * measured.rate == min(losses)
    assert measured.elbo == found.progress.history[best]["valid_elbo"]


def test_patience_that_never_runs_out_keeps_the_best_as_well(tmp_path):
    settings = _overfitted(precision="bfloat16")
    settings = RunSettings(**(settings.as_dict() | {"patience": 1000}))
    found = train_small(tmp_path, settings, images=TRAIN[:16])
    assert not found.progress.stopped_early
    assert found.progress.step == found.plan.steps
    with autocast(settings):
        measured = measure(found.model, VALID, seed=settings.seed)
    assert measured.elbo == min(row["valid_elbo"] for row in found.progress.history)
    assert measured.elbo < found.progress.history[-1]["valid_elbo"]


def test_an_early_stopped_run_resumes_to_the_same_model_without_a_step(tmp_path):
    settings = _overfitted()
    found = train_small(tmp_path, settings, images=TRAIN[:16])
    again = train_small(tmp_path, settings, images=TRAIN[:16], resume=True)
    assert again.progress == found.progress
    assert_same_model(found, again)


def test_an_early_stop_broken_off_equals_one_that_was_not(tmp_path):
    settings = _overfitted()
    found = train_small(tmp_path / "whole", settings, images=TRAIN[:16])
    broken = tmp_path / "broken"
    for back in (4, 2, 1):  # within the patience that ran out
        stop = found.progress.step - back
        train_small(broken, settings, images=TRAIN[:16], stop_after=stop, resume=broken.exists())
    again = train_small(broken, settings, images=TRAIN[:16], resume=True)
    assert_same_model(found, again)
    assert_same_checkpoint(tmp_path / "whole", broken)


def test_patience_with_a_target_rate_is_refused_or_works(tmp_path):
    # what is best of a run to a rate is not said, so a line that says so would do
    try:
        settings = small_settings(target_rate=1.5, patience=2)
    except ValueError as error:
        assert "patience" in str(error)  # noqa: PT017
        return
    train_small(tmp_path, settings)


def test_the_slope_of_the_weights_that_are_kept_is_that_at_which_they_were_trained(tmp_path):
    settings = RunSettings(**(_overfitted(beta=1.0).as_dict() | {"anneal": 55.0}))
    found = train_small(tmp_path, settings, images=TRAIN[:16])
    losses = [r["valid_distortion"] + r["valid_rate"] for r in found.progress.history]
    best = min(range(len(losses)), key=losses.__getitem__)
    assert found.final_beta == found.progress.history[best]["beta"] < 1.0
