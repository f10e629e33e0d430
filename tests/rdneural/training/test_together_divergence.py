"""A model that diverges does no harm to those it is trained with."""

import math

import pytest

from rdneural.records.layout import CHECKPOINT
from rdneural.training import together as batched
from rdneural.training.checkpoints import read_checkpoint
from rdneural.training.learner import DivergedError, Learner
from rdneural.training.objectives import FixedBeta
from rdneural.training.state import checkpoint_step
from rdneural.training.together import train_together
from tests.make.batches import (
    STEPS,
    TRAIN,
    VALID,
    assert_same_checkpoints,
    assert_same_models,
    batch_settings,
    mixed,
    places_of,
    train_batch,
)


def _without(place, settings, missing, **how):
    places = places_of(place, len(settings))
    left = [k for k in range(len(settings)) if k != missing]
    chosen = [settings[k] for k in left], TRAIN, VALID, [places[k] for k in left]
    return train_together(*chosen, **how)


@pytest.mark.parametrize("model", ["---", "-+v"])
def test_one_that_diverges_at_once_does_not_harm_the_others(tmp_path, model):
    settings = mixed(model=model)
    settings[1] = batch_settings(model=model, beta=1e30)  # the norm of its gradient is infinite
    found = train_batch(tmp_path / "all", settings)
    assert isinstance(found[1], DivergedError)
    assert "at step 1:" in str(found[1])
    assert not (tmp_path / "all" / "1").exists()
    del found[1]
    assert_same_models(found, _without(tmp_path / "others", settings, 1))
    assert_same_checkpoints(tmp_path / "all", tmp_path / "others", [0, 2, 3])


class BadAt(FixedBeta):
    """A loss that is not a number at one step."""

    def __init__(self, step):
        super().__init__(1.0)
        self.bad = step

    def loss(self, rate, distortion):
        loss = super().loss(rate, distortion)
        return loss * math.nan if self.step + 1 == self.bad else loss


def test_one_that_diverges_later_keeps_its_checkpoint(tmp_path, monkeypatch):
    settings = mixed()
    make = batched.new_learner

    def new_learner(chosen, plan, *given):
        learner = make(chosen, plan, *given)
        if chosen is settings[2]:
            learner.objective = learner.state.objective = BadAt(4)
        return learner

    with monkeypatch.context() as context:
        context.setattr(batched, "new_learner", new_learner)
        found = train_batch(tmp_path / "all", settings, checkpoint_seconds=0.0)
    assert isinstance(found[2], DivergedError)
    assert "at step 4:" in str(found[2])
    assert [checkpoint_step(one) for one in places_of(tmp_path / "all")] == [STEPS, STEPS, 3, STEPS]
    tensors = read_checkpoint(tmp_path / "all" / "2" / CHECKPOINT).tensors
    assert all(tensor.isfinite().all() for tensor in tensors.values())
    del found[2]
    assert_same_models(found, _without(tmp_path / "others", settings, 2))
    assert_same_checkpoints(tmp_path / "all", tmp_path / "others", [0, 1, 3])


def test_one_that_only_a_validation_sees_diverge_is_set_aside_too(tmp_path, monkeypatch):
    settings = mixed()
    real = Learner.step

    def step(self, *seen):
        real(self, *seen)
        if self.settings is settings[0] and self.progress.step == 3:
            next(iter(self.average.averages.values())).fill_(math.inf)

    monkeypatch.setattr(Learner, "step", step)
    found = train_batch(tmp_path, settings)
    assert isinstance(found[0], DivergedError)
    assert "at step 3:" in str(found[0])
    assert [one.progress.step for one in found[1:]] == [STEPS] * 3


def test_all_may_diverge(tmp_path):
    found = train_batch(
        tmp_path, [batch_settings(learning_rate=1e30, warm_up=0, seed=k) for k in (0, 1)]
    )
    assert all(isinstance(one, DivergedError) for one in found)
    assert not any((place / CHECKPOINT).exists() for place in places_of(tmp_path, 2))
