"""Timings of steps, alone and together."""

import pytest

from rdneural.runs.bench import time_batched
from tests.make.batches import batch_settings


@pytest.mark.parametrize("target", [{"beta": 0.5}, {"target_rate": 1.0}], ids=str)
def test_times_and_rates_of_the_benchmark_fit_together(target):
    found = time_batched(batch_settings(**target), count=3, steps=2)
    for way in ("sequential", "batched"):
        per_second = found[f"{way}_images_per_second"]
        assert per_second == pytest.approx(3 * 16 / found[f"{way}_step_seconds"])
    assert found["ratio"] == pytest.approx(
        found["batched_images_per_second"] / found["sequential_images_per_second"]
    )


@pytest.mark.parametrize("name", ["count", "steps"])
def test_the_benchmark_refuses_none(name):
    with pytest.raises(ValueError, match=name):
        time_batched(batch_settings(), **({"count": 2, "steps": 2} | {name: 0}))
