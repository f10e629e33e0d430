"""Steps of the optimiser: schedule, clipping, normalised gradients."""

import math

import numpy as np
import pytest
import torch

from rdneural.training.learner import learning_rate_at
from tests.make.trainings import EVERY, STEPS, small_settings, train_small

FLOAT_SUM = 1e-5
"""Relative; a norm over some ten thousand float32 squares."""


@pytest.mark.parametrize(
    ("schedule", "shares"),
    [("cosine", {0: 1.0, 250: 0.5, 500: 0.0}), ("linear", {0: 1.0, 250: 1.0, 375: 0.5, 500: 0.0})],
)
def test_the_schedule_at_its_start_middle_and_end(schedule, shares):
    settings = small_settings(schedule=schedule, warm_up=0, learning_rate=0.5)
    for step, share in shares.items():
        expected = 0.5 * (0.01 + 0.99 * share)
        assert learning_rate_at(settings, step, 500) == pytest.approx(expected, rel=1e-12)
    rates = [learning_rate_at(settings, step, 500) for step in range(501)]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == pytest.approx(0.005)


def test_the_linear_schedule_falls_in_even_steps_from_the_middle_on():
    settings = small_settings(schedule="linear", warm_up=0)
    rates = np.array([learning_rate_at(settings, step, 100) for step in range(101)])
    assert np.ptp(rates[:51]) == pytest.approx(0, abs=1e-15)
    np.testing.assert_allclose(np.diff(rates[50:]), -0.99 * settings.learning_rate / 50)


@pytest.mark.parametrize("schedule", ["cosine", "linear"])
def test_warm_up_rises_evenly_to_the_schedule(schedule):
    with_it = small_settings(schedule=schedule, warm_up=9)
    without = small_settings(schedule=schedule, warm_up=0)
    shares = [learning_rate_at(with_it, k, 1000) / learning_rate_at(without, k, 1000)
              for k in range(20)]  # fmt: skip
    np.testing.assert_allclose(shares, [min(1, (k + 1) / 10) for k in range(20)])


@pytest.mark.parametrize("schedule", ["cosine", "linear"])
@pytest.mark.parametrize("steps", [1, 2, 7])
def test_short_runs_have_learning_rates_too(schedule, steps):
    settings = small_settings(schedule=schedule, warm_up=100)
    rates = [learning_rate_at(settings, step, steps) for step in range(steps)]
    assert all(0 < rate <= settings.learning_rate for rate in rates)


def _norm(gradients):
    return math.sqrt(sum(g.double().square().sum().item() for g in gradients))


def test_clipping_bounds_the_gradient_that_the_optimiser_sees(tmp_path, watched):
    found = train_small(tmp_path, small_settings(clip=0.05))
    norms = [_norm(gradients) for gradients, _, _ in watched]
    assert len(norms) == STEPS
    assert max(norms) <= 0.05 * (1 + FLOAT_SUM)
    # the history has the norms before
    assert min(row["gradient_norm"] for row in found.progress.history) > 0.05


def test_a_wide_clip_leaves_gradients_as_they_are(tmp_path, watched):
    found = train_small(tmp_path, small_settings(clip=1e9))
    norms = [_norm(gradients) for gradients, _, _ in watched]
    wide = list(watched)
    assert found.progress.history[0]["gradient_norm"] == pytest.approx(
        np.mean(norms[:EVERY]), rel=FLOAT_SUM
    )
    watched.clear()
    train_small(tmp_path / "other", small_settings(clip=1e8))
    for (a, *_), (b, *_) in zip(wide, watched, strict=True):
        assert all(map(torch.equal, a, b))


def test_clipping_keeps_the_direction(tmp_path, watched):
    train_small(tmp_path / "a", small_settings(clip=1e9), stop_after=1)
    train_small(tmp_path / "b", small_settings(clip=0.05), stop_after=1)
    (free, _, _), (clipped, _, _) = watched
    share = 0.05 / _norm(free)
    for a, b in zip(free, clipped, strict=True):
        torch.testing.assert_close(a * share, b, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("model", ["---", "-+v"])
def test_normalised_gradients_have_unit_norm_each(tmp_path, watched, model):
    found = train_small(tmp_path, small_settings(model=model, normalise_gradients=True, epochs=1))
    for gradients, _, _ in watched:
        for gradient in gradients:
            norm = gradient.double().norm().item()
            assert norm == pytest.approx(1.0, rel=1e-4) or norm == 0.0
    assert any(g.norm() > 0 for g in watched[0][0])
    assert all(row["gradient_norm"] > 0 for row in found.progress.history)


def test_updates_are_as_large_as_the_schedule_says(tmp_path, watched):
    settings = small_settings()
    found = train_small(tmp_path, settings)
    rates = [rate for _, rate, _ in watched]
    assert rates == [learning_rate_at(settings, step, STEPS) for step in range(STEPS)]
    by_step = {int(row["step"]): row["learning_rate"] for row in found.progress.history}
    assert all(rates[step - 1] == rate for step, rate in by_step.items())
    # Adam's first update is the learning rate times a sign
    assert watched[0][2] == pytest.approx(rates[0], rel=1e-3)
