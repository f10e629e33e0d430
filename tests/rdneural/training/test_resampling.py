"""Training images that are drawn anew in every epoch: of the seed and the epoch alone."""

import math

import pytest
import torch

from rdneural.training.resampling import images_of_epoch
from rdneural.training.together import train_together
from tests.make.runs import looped
from tests.make.trainings import (
    EPOCH,
    TRAIN,
    VALID,
    assert_same_checkpoint,
    assert_same_model,
    kept_in,
    small_settings,
    train_small,
)

GREY = torch.rand(len(TRAIN), 1, 4, 4, generator=torch.Generator().manual_seed(4))


@pytest.mark.parametrize("stop", [EPOCH, EPOCH + 3])
def test_resumed_equals_unbroken(tmp_path, stop):
    settings = small_settings(model="-+-")
    whole = train_small(tmp_path / "whole", settings, grey=GREY)
    train_small(tmp_path / "broken", settings, grey=GREY, stop_after=stop)
    resumed = train_small(tmp_path / "broken", settings, grey=GREY, resume=True)
    assert_same_model(whole, resumed)
    assert_same_checkpoint(tmp_path / "whole", tmp_path / "broken")


def test_it_is_another_training_than_on_images_drawn_once(tmp_path):
    settings = small_settings()
    train_small(tmp_path / "anew", settings, grey=GREY)
    train_small(tmp_path / "once", settings)
    anew, once = (kept_in(tmp_path / name) for name in ("anew", "once"))
    assert anew[1]["images"] == once[1]["images"]  # known by the one draw
    assert any(not torch.equal(anew[0][name], once[0][name]) for name in anew[0])


def test_grey_that_is_black_and_white_is_trained_on_as_it_is(tmp_path):
    settings = small_settings()
    train_small(tmp_path / "grey", settings, grey=TRAIN.float())
    train_small(tmp_path / "binary", settings)
    assert_same_checkpoint(tmp_path / "grey", tmp_path / "binary")


def test_models_together_draw_what_they_would_alone(tmp_path):
    all_settings = [small_settings(seed=seed) for seed in (0, 5)]
    places = [tmp_path / f"together-{one.seed}" for one in all_settings]
    train_together(
        all_settings, TRAIN, VALID, places, grey=GREY, **looped({"stop_after": EPOCH + 2})
    )
    for one, place in zip(all_settings, places, strict=True):
        alone = tmp_path / f"alone-{one.seed}"
        train_small(alone, one, grey=GREY, stop_after=EPOCH + 2)
        together, expected = kept_in(place)[0], kept_in(alone)[0]
        for name, tensor in expected.items():
            torch.testing.assert_close(together[name], tensor, rtol=1e-3, atol=1e-4)


def test_every_epoch_is_a_draw_with_the_grey_values():
    draws = torch.stack(
        [images_of_epoch(TRAIN, GREY, seed=7, epoch=e)[:, 0] for e in range(400)]
    ).double()
    wrong = (draws.mean(0) - GREY[:, 0]).abs()
    error = (GREY * (1 - GREY) / 400).sqrt()[:, 0].clamp_min(1 / 400)
    assert (wrong / error).max() < 5.5  # of 1,072 pixels; standard errors of the mean
    chance = (
        GREY * (1 - GREY)
    ).double().mean().item() * 2  # of a pixel to differ from epoch to epoch
    found = (draws[1:] != draws[:-1]).double().mean().item()
    assert found == pytest.approx(chance, abs=5 * math.sqrt(0.25 / draws[1:].numel()) * 1.5)
