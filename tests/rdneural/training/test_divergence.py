"""Training that diverges stops in one line, and its last good checkpoint stays."""

import math

import pytest
import torch

from rdneural.models.build import Terms, build_model
from rdneural.records.layout import CHECKPOINT, HISTORY_FILE
from rdneural.training import loop as training
from rdneural.training.checkpoints import read_checkpoint
from rdneural.training.learner import DivergedError
from rdneural.training.objectives import FixedBeta
from tests.make.trainings import (
    EPOCH,
    EVERY,
    STEPS,
    assert_same_checkpoint,
    assert_same_model,
    kept_in,
    small_settings,
    train_small,
)


class BadAt(FixedBeta):
    """A loss that is not a number at one step."""

    def __init__(self, step, value=math.nan):
        super().__init__(1.0)
        self.bad, self.value = step, value

    def loss(self, rate, distortion):
        loss = super().loss(rate, distortion)
        return loss * self.value if self.step + 1 == self.bad else loss


def diverges(place, settings, *, step, **how):
    with pytest.raises(DivergedError) as caught:
        train_small(place, settings, **how)
    message = str(caught.value)
    assert "\n" not in message
    assert f"step {step}:" in message
    return message


@pytest.mark.parametrize(
    ("step", "normalise", "value"),
    [
        (1, False, math.nan),
        (EVERY, True, math.inf),
        (EVERY + 1, False, math.inf),
        (STEPS, True, math.nan),
    ],
)
def test_a_loss_that_is_not_finite_stops_the_run(tmp_path, monkeypatch, step, normalise, value):
    settings = small_settings(normalise_gradients=normalise)
    monkeypatch.setattr(training, "make_objective", lambda *_: BadAt(step, value))
    message = diverges(tmp_path, settings, step=step, checkpoint_seconds=0.0)
    assert str(tmp_path) in message
    assert (tmp_path / CHECKPOINT).exists() == (step > 1)


def test_the_last_good_checkpoint_is_kept_and_resumed_from(tmp_path, monkeypatch):
    settings = small_settings()
    whole = train_small(tmp_path / "whole", settings)
    broken = tmp_path / "broken"
    with monkeypatch.context() as context:
        context.setattr(training, "make_objective", lambda *_: BadAt(12))
        first = diverges(broken, settings, step=12, checkpoint_seconds=0.0)
        tensors, numbers = kept_in(broken)
        assert numbers["progress"]["step"] == 11
        assert all(tensor.isfinite().all() for tensor in tensors.values())
        # the same fault again: the same line, and the checkpoint stays as it is
        assert diverges(broken, settings, step=12, resume=True) == first
        assert kept_in(broken)[1] == numbers
    assert {path.name for path in broken.iterdir()} == {CHECKPOINT, HISTORY_FILE}
    assert_same_model(whole, train_small(broken, settings, resume=True))
    assert_same_checkpoint(tmp_path / "whole", broken)


@pytest.mark.parametrize("term", ["rate", "distortion"])
def test_a_model_that_gives_nan_stops_the_run(tmp_path, monkeypatch, term):
    calls = []

    def spoilt(model, _, terms):
        if torch.is_grad_enabled():
            calls.append(1)
        if len(calls) != 5:
            return terms
        parts = {"rate": terms.rate, "distortion": terms.distortion}
        return Terms(**(parts | {term: parts[term] * math.nan}))

    def build(*arguments):
        model = build_model(*arguments)
        model.register_forward_hook(spoilt)
        return model

    monkeypatch.setattr(training, "build_model", build)
    message = diverges(tmp_path, small_settings(), step=5)
    assert f"{term} nan" in message


def test_a_huge_learning_rate_diverges_in_one_line(tmp_path):
    settings = small_settings(learning_rate=1e30, warm_up=0)
    with pytest.raises(DivergedError, match=r"at step \d+: lower learning_rate") as caught:
        train_small(tmp_path, settings)
    assert "\n" not in str(caught.value)


def test_divergence_that_a_validation_sees_first_names_the_step_too(tmp_path):
    # twelve steps or fewer are validated one by one, so the first bad update meets a validation
    settings = small_settings(learning_rate=1e30, warm_up=0, epochs=1)
    with pytest.raises(DivergedError, match=r"at step \d+"):
        train_small(tmp_path, settings)


@pytest.mark.parametrize("epochs", [1, STEPS / EPOCH])
def test_what_diverges_by_an_update_leaves_a_checkpoint_to_go_on_from(tmp_path, epochs):
    settings = small_settings(epochs=epochs)
    train_small(tmp_path, settings, stop_after=2)
    kept = (tmp_path / CHECKPOINT).read_bytes()
    with pytest.raises(ValueError, match="finite"):
        train_small(
            tmp_path / "other", small_settings(learning_rate=1e30, warm_up=0, epochs=epochs)
        )
    # nothing that is not finite may ever be in a checkpoint
    left = tmp_path / "other" / CHECKPOINT
    if left.exists():
        assert all(t.isfinite().all() for t in read_checkpoint(left).tensors.values())
    assert (tmp_path / CHECKPOINT).read_bytes() == kept


def test_the_line_speaks_of_a_kept_checkpoint_only_where_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "make_objective", lambda *_: BadAt(2))
    message = diverges(tmp_path, small_settings(), step=2)  # before any checkpoint was due
    assert not (tmp_path / CHECKPOINT).exists()
    assert "checkpoint is kept" not in message
