"""What cannot be trained together is refused in one line."""

import pytest

from rdneural.records.layout import CHECKPOINT
from rdneural.training.loop import train
from rdneural.training.state import checkpoint_step
from rdneural.training.together import VARYING, train_together
from tests.make.batches import (
    TRAIN,
    VALID,
    batch_settings,
    mixed,
    places_of,
    train_alone,
    train_batch,
)
from tests.make.runs import looped


def train_alone_in(place, settings, **how):
    return train(settings, TRAIN, VALID, place, **looped(how))


@pytest.mark.parametrize(
    ("settings", "count", "message"),
    [
        ([], 0, "settings and places must be as many, and one at least, got 0 and 0"),
        (
            [batch_settings()],
            2,
            "settings and places must be as many, and one at least, got 1 and 2",
        ),
        (
            [batch_settings(), batch_settings(epochs=2.0)],
            2,
            "epochs must be the same .* got 1.5 and 2.0",
        ),
        ([batch_settings(), batch_settings(model="--v")], 2, "model must be the same"),
        ([batch_settings(), batch_settings(device="cuda")], 2, "device must be the same"),
        ([batch_settings(patience=2)] * 2, 2, "patience must be 0 .* got 2"),
        ([batch_settings(compiled=True)] * 2, 2, "compiled must be off"),
        ([batch_settings(model="bits-:4")] * 2, 2, "model must be one of .* got 'bits-:4'"),
    ],
)
def test_what_cannot_be_trained_together_is_refused_in_one_line(tmp_path, settings, count, message):
    with pytest.raises(ValueError, match=message) as caught:
        train_together(settings, TRAIN, VALID, places_of(tmp_path, count))
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_one_place_for_two_is_refused(tmp_path):
    with pytest.raises(ValueError, match="places must differ"):
        train_together([batch_settings()] * 2, TRAIN, VALID, [tmp_path / "a", tmp_path / "a"])


def test_every_setting_may_differ_that_is_said_to(tmp_path):
    values = {"beta": 0.1, "target_rate": 1.0, "anneal": 1.0, "free_bits": 1.0, "seed": 1}
    values["penalty"] = 2.0
    assert sorted(values) == sorted(VARYING)


def test_checkpoints_of_different_steps_are_refused(tmp_path):
    settings = mixed()[:2]
    for chosen, place, stop in zip(settings, places_of(tmp_path, 2), (2, 3), strict=True):
        train_alone_in(place, chosen, stop_after=stop)
    with pytest.raises(ValueError, match=r"checkpoints of one step .* got steps 2, 3"):
        train_batch(tmp_path, settings, resume=True)


def test_a_missing_checkpoint_is_refused_and_another_s_too(tmp_path):
    settings = mixed()[:2]
    train_alone(tmp_path, settings[:1], stop_after=2)
    with pytest.raises(ValueError, match="must be a readable checkpoint"):
        train_batch(tmp_path, settings, resume=True)
    with pytest.raises(ValueError, match="beta must be that of"):
        train_batch(tmp_path, [settings[1]], resume=True)


def test_the_step_of_a_checkpoint(tmp_path):
    assert checkpoint_step(tmp_path) == 0
    train_alone_in(tmp_path, batch_settings(), stop_after=3)
    assert checkpoint_step(tmp_path) == 3
    (tmp_path / CHECKPOINT).write_bytes(b"none")
    with pytest.raises(ValueError, match="must be a readable checkpoint"):
        checkpoint_step(tmp_path)
