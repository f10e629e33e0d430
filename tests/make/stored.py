"""A finished run of made images, to be measured, copied and spoilt."""

import numpy as np
import pytest

from rdneural.data import ImageData
from rdneural.records.settings import RunSettings
from rdneural.runs.run import run_training

PICTURES = ("data", "reconstruction", "reconstruction_mean", "generation", "generation_mean")


def made_images(counts=(300, 60, 80), *, side=4, name="made"):
    """Return images in which the pixels of a half go together, so that a code is worth having."""
    rng = np.random.default_rng(5)
    splits = []
    for count in counts:
        upper = np.repeat(rng.random((count, 1, 1)) < 0.5, side, axis=2)
        halves = np.concatenate(
            [np.repeat(upper, side // 2, 1), np.repeat(~upper, side // 2, 1)], 1
        )
        splits.append((halves ^ (rng.random((count, side, side)) < 0.1)).astype(np.uint8))
    return ImageData(name, *splits, warning=f"{name}: never comparable")


def run_settings(**changed) -> RunSettings:
    chosen = {"dataset": "mnist", "preset": "tiny", "epochs": 1.0, "batch": 20, "warm_up": 2,
              "learning_rate": 4e-3, "seed": 3}  # fmt: skip
    if "target_rate" not in changed:
        chosen["beta"] = 1.0
    return RunSettings(**(chosen | changed))


def finish_small(place, settings, **how):
    return run_training(settings, place, **how)


def refused(action, *words, error=ValueError):
    with pytest.raises(error) as caught:
        action()
    message = str(caught.value)
    assert message
    assert "\n" not in message
    for word in words:
        assert str(word) in message
