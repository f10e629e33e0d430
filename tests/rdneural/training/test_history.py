"""The history's file grows while training goes on, and no kill makes it another."""

import pytest

from rdneural.records.layout import CHECKPOINT, HISTORY_FILE
from rdneural.training.state import checkpoint_step
from tests.make.batches import batch_settings, places_of, train_batch
from tests.make.trainings import (
    EVERY,
    assert_same_checkpoint,
    history_in,
    small_settings,
    train_small,
)


class Kill(Exception):  # noqa: N818
    """What stands for a kill."""


class Watcher:
    """Who looks into places at each row, before it is written; dies at the row of a number."""

    def __init__(self, *places, dies_at=None):
        self.places, self.dies_at = places, dies_at
        self.told, self.seen = 0, []

    def __call__(self, *_):
        self.told += 1
        if self.told == self.dies_at:
            raise Kill
        found = [HISTORY_FILE, CHECKPOINT]
        there = [[(place / name).exists() for name in found] for place in self.places]
        assert all(history == checkpoint for history, checkpoint in there)  # both or neither
        self.seen.append([len(history_in(p)) if (p / HISTORY_FILE).exists() else 0
                          for p in self.places])  # fmt: skip


def test_each_row_is_there_to_be_seen_and_a_killed_run_comes_to_the_same_history(tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    watcher = Watcher(whole)
    train_small(whole, small_settings(), checkpoint_seconds=1e6, on_row=watcher)
    assert watcher.seen == [[k] for k in range(watcher.told)]
    assert len(history_in(whole)) == watcher.told
    killed = Watcher(broken, dies_at=6)
    with pytest.raises(Kill):
        train_small(broken, small_settings(), checkpoint_seconds=1e6, on_row=killed)
    assert history_in(broken) == history_in(whole)[:5]
    assert checkpoint_step(broken) == EVERY  # of the first row: what came after is made again
    train_small(broken, small_settings(), resume=True)
    assert_same_checkpoint(whole, broken)


def test_models_trained_together_have_histories_that_grow(tmp_path):
    watcher = Watcher(*places_of(tmp_path, 2))
    train_batch(
        tmp_path, [batch_settings(seed=k) for k in (0, 1)], checkpoint_seconds=1e6, on_row=watcher
    )
    assert watcher.seen == [[k // 2] * 2 for k in range(watcher.told)]
    assert [len(history_in(place)) for place in watcher.places] == [watcher.told // 2] * 2
