"""What cannot be gone on with is refused in one line."""

import pytest
import torch

from rdneural.records.layout import CHECKPOINT
from rdneural.records.settings import RunSettings
from rdneural.training.checkpoints import Checkpoint, read_checkpoint, write_checkpoint
from tests.make.trainings import (
    TRAIN,
    assert_same_checkpoint,
    assert_same_model,
    small_settings,
    train_small,
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("beta", 2.0),
        ("batch", 9),
        ("learning_rate", 1e-3),
        ("schedule", "linear"),
        ("optimiser", "muon"),
        ("warm_up", 0),
        ("clip", 1.0),
        ("normalise_gradients", True),
        ("ema", 0.9),
        ("patience", 2),
        ("precision", "bfloat16"),
        ("seed", 1),
        ("model", "--v"),
        ("preset", "quick"),
        ("dataset", "omniglot"),
        ("anneal", 1.0),
        ("free_bits", 1.0),
    ],
)
def test_resuming_with_other_settings_is_one_line(tmp_path, name, value):
    train_small(tmp_path, small_settings(), stop_after=2)
    kept = (tmp_path / CHECKPOINT).read_bytes()
    changed = RunSettings(**(small_settings().as_dict() | {name: value}))
    side = changed.sizes.side
    images = TRAIN if side == 4 else torch.zeros(8, 1, side, side, dtype=torch.uint8)
    with pytest.raises(ValueError, match=name) as caught:
        train_small(tmp_path, changed, images=images, valid=images[:2], resume=True)
    message = str(caught.value)
    assert "\n" not in message
    assert str(value) in message
    assert (tmp_path / CHECKPOINT).read_bytes() == kept


def without_images(path):
    """Make a checkpoint one of those that did not keep the digest of their images."""
    stored = read_checkpoint(path)
    numbers = {name: value for name, value in stored.numbers.items() if name != "images"}
    write_checkpoint(path, Checkpoint(stored.tensors, numbers))


def test_images_are_known_by_their_digest_and_where_there_is_none_by_their_place(tmp_path):
    path = tmp_path / CHECKPOINT
    train_small(tmp_path, small_settings(data="/a"), stop_after=2)
    with pytest.raises(ValueError, match=r"data must hold the images of .* to resume, got other"):
        train_small(tmp_path, small_settings(data="/a"), images=1 - TRAIN, resume=True)
    train_small(tmp_path, small_settings(data="/moved"), resume=True, stop_after=3)
    without_images(path)
    kept = path.read_bytes()
    with pytest.raises(ValueError, match=r"data must be that of .* to resume, /moved, got /b"):
        train_small(tmp_path, small_settings(data="/b"), resume=True)
    assert path.read_bytes() == kept
    train_small(tmp_path, small_settings(data="/moved/../moved/"), resume=True)


def test_a_rate_in_place_of_a_beta_is_one_line(tmp_path):
    train_small(tmp_path, small_settings(), stop_after=2)
    with pytest.raises(ValueError, match="beta must be that of"):
        train_small(tmp_path, small_settings(target_rate=1.0), resume=True)


def test_resuming_nothing_is_one_line(tmp_path):
    with pytest.raises(ValueError, match="must be a readable checkpoint") as caught:
        train_small(tmp_path, small_settings(), resume=True)
    assert "\n" not in str(caught.value)
    assert str(tmp_path / CHECKPOINT) in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_resuming_a_truncated_checkpoint_is_one_line(tmp_path, share):
    path = tmp_path / CHECKPOINT
    train_small(tmp_path, small_settings(), stop_after=2)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match="must be a readable checkpoint") as caught:
        train_small(tmp_path, small_settings(), resume=True)
    assert "\n" not in str(caught.value)


def test_resuming_a_finished_run_makes_no_step(tmp_path, unbroken, watched):
    place, whole = unbroken
    (tmp_path / CHECKPOINT).write_bytes((place / CHECKPOINT).read_bytes())
    again = train_small(tmp_path, small_settings(model="-+-"), resume=True)
    assert not watched
    assert again.progress == whole.progress
    assert_same_model(whole, again)


def test_a_run_begun_anew_ignores_the_checkpoint_that_is_there(tmp_path, unbroken):
    place, whole = unbroken
    train_small(tmp_path, small_settings(), stop_after=2)
    assert_same_model(whole, train_small(tmp_path, small_settings(model="-+-")))
    assert_same_checkpoint(place, tmp_path)
