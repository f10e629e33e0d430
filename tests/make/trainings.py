"""Trainings of a few steps on random images of 4x4 pixels, and how two are compared."""

from pathlib import Path

import numpy as np
import torch

from rdneural.records.layout import CHECKPOINT, HISTORY_FILE
from rdneural.records.settings import RunSettings
from rdneural.training.checkpoints import read_checkpoint
from rdneural.training.loop import train
from tests.make.runs import looped
from tests.make.same_sweeps import lines

STEPS, EPOCH, EVERY = 25, 8, 2
"""Of `small_settings`: 67 images in batches of 8, 25/8 epochs, a validation every second step."""


def random_images(count, *, seed=0):
    drawn = np.random.default_rng(seed).random((count, 1, 4, 4)) < 0.3
    return torch.from_numpy(drawn.astype(np.uint8))


TRAIN, VALID = random_images(67), random_images(20, seed=1)


def small_settings(**changed) -> RunSettings:
    chosen = {
        "dataset": "mnist", "preset": "tiny", "epochs": STEPS / EPOCH, "batch": 8, "warm_up": 4,
        "learning_rate": 4e-3,
    }  # fmt: skip
    if "target_rate" not in changed:
        chosen["beta"] = 1.0
    return RunSettings(**(chosen | changed))


def train_small(place, settings, *, images=TRAIN, valid=VALID, **how):
    return train(settings, images, valid, place, **looped(how))


def kept_in(place: Path):
    """Return tensors and numbers of a checkpoint, without the seconds, which no seed fixes."""
    stored = read_checkpoint(place / CHECKPOINT)
    progress = stored.numbers["progress"]
    del progress["seconds"], progress["training_seconds"]
    for row in progress["history"]:
        del row["seconds"]
    return stored.tensors, stored.numbers


def assert_same_checkpoint(a: Path, b: Path) -> None:
    """Assert that two trainings left the same, in checkpoint and history, but for seconds."""
    (tensors, numbers), (others, other_numbers) = kept_in(a), kept_in(b)
    assert numbers == other_numbers
    assert tensors.keys() == others.keys()
    for name, tensor in tensors.items():
        assert tensor.dtype == others[name].dtype
        assert torch.equal(tensor, others[name]), name
    assert history_in(a) == history_in(b)


def history_in(place: Path):
    """Return the rows of the history file, without the seconds."""
    return lines(place / HISTORY_FILE, without=["seconds"])


def assert_same_model(a, b) -> None:
    assert a.final_beta == b.final_beta
    weights, others = a.model.state_dict(), b.model.state_dict()
    assert weights.keys() == others.keys()
    for name, weight in weights.items():
        assert torch.equal(weight, others[name]), name


class Watched(torch.optim.AdamW):
    """Adam that writes down each step's gradients, learning rate and greatest update."""

    seen: list

    def step(self, closure=None):
        group = self.param_groups[0]
        before = [p.detach().clone() for p in group["params"]]
        gradients = [p.grad.clone() for p in group["params"]]
        super().step(closure)
        moved = max(
            (p - b).abs().max().item() for p, b in zip(group["params"], before, strict=True)
        )
        self.seen.append((gradients, group["lr"], moved))
