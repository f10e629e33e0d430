"""Models that are trained together, on few images, and how they are held against those alone."""

from pathlib import Path

import numpy as np
import pytest
import torch

from rdneural.records.layout import CHECKPOINT
from rdneural.records.settings import RunSettings
from rdneural.training.checkpoints import read_checkpoint
from rdneural.training.loop import train
from rdneural.training.together import train_together
from tests.make.runs import looped
from tests.tolerances import ALONE, SETTLED

STEPS, EPOCH = 6, 4
"""Of `batch_settings`: 67 images in batches of 16, 1.5 epochs, so a validation after every step."""
MIXED = (
    {"beta": 0.7, "anneal": 1.0, "seed": 1},
    {"target_rate": 1.5, "seed": 2},
    {"beta": 1.0, "free_bits": 2.0},
    {"target_rate": 2.0, "penalty": 2.0, "seed": 5},
)
"""One model of each objective."""


def batch_images(count, *, seed=0):
    drawn = np.random.default_rng(seed).random((count, 1, 4, 4)) < 0.3
    return torch.from_numpy(drawn.astype(np.uint8))


TRAIN, VALID = batch_images(67), batch_images(20, seed=1)


def batch_settings(**changed) -> RunSettings:
    chosen = {
        "dataset": "mnist", "preset": "tiny", "epochs": STEPS / EPOCH, "batch": 16, "warm_up": 2,
        "learning_rate": 4e-3,
    }  # fmt: skip
    if "target_rate" not in changed:
        chosen["beta"] = 1.0
    return RunSettings(**(chosen | changed))


def mixed(**changed):
    return [batch_settings(**(one | changed)) for one in MIXED]


def places_of(place: Path, count: int = len(MIXED)):
    return [place / str(k) for k in range(count)]


def train_batch(place, settings, **how):
    return train_together(settings, TRAIN, VALID, places_of(place, len(settings)), **looped(how))


def train_alone(place, settings, **how):
    places = places_of(place, len(settings))
    return [train(s, TRAIN, VALID, p, **looped(how)) for s, p in zip(settings, places, strict=True)]


def assert_near(found, expected, name):
    limit = SETTLED if name.endswith("log_spread") else ALONE
    error = (found.double() - expected.double()).abs().max().item()
    assert error <= limit * max(1.0, expected.abs().max().item()), (name, error)


def assert_same_checkpoints(a: Path, b: Path, numbers=(0, 1, 2, 3)) -> None:
    """Compare weights, averages, Adam's state, objective, history, but for times."""
    for k in numbers:
        found, expected = (read_checkpoint(place / str(k) / CHECKPOINT) for place in (a, b))
        assert found.tensors.keys() == expected.tensors.keys()
        for name, tensor in expected.tensors.items():
            assert found.tensors[name].dtype == tensor.dtype
            assert_near(found.tensors[name], tensor, name)
        assert found.numbers["settings"] == expected.numbers["settings"]
        assert found.numbers["images"] == expected.numbers["images"]
        assert found.numbers["objective"] == pytest.approx(expected.numbers["objective"], rel=ALONE)
        progress, other = found.numbers["progress"], expected.numbers["progress"]
        assert progress["step"] == other["step"]
        assert progress["sums"] == pytest.approx(other["sums"], rel=ALONE)
        assert len(progress["history"]) == len(other["history"])
        for row, other_row in zip(progress["history"], other["history"], strict=True):
            del row["seconds"], other_row["seconds"]
            assert row == pytest.approx(other_row, rel=ALONE, abs=ALONE)


def assert_same_models(found, expected) -> None:
    for one, other in zip(found, expected, strict=True):
        assert one.plan == other.plan
        assert one.final_beta == pytest.approx(other.final_beta, rel=ALONE)
        weights, others = one.model.state_dict(), other.model.state_dict()
        assert weights.keys() == others.keys()
        for name, weight in weights.items():
            assert_near(weight, others[name], name)
