"""Training: resumed equals unbroken bit for bit, seeds, divergence, patience, schedules."""

import math
import random

import numpy as np
import pytest
import torch

from rdneural.measures.rates import measure
from rdneural.models.build import build_model
from rdneural.records.layout import HISTORY
from rdneural.records.plan import VALIDATIONS
from rdneural.training import loop as training
from rdneural.training.learner import DivergedError
from tests.make.trainings import (
    EPOCH,
    STEPS,
    TRAIN,
    VALID,
    assert_same_checkpoint,
    kept_in,
    small_settings,
    train_small,
)

BEST_OF_NORMALS = 1.2043252
"""Least R + D on two opposite patterns of 16 pixels of a `---`: codes N(+-a, s^2) under N(0, 1) and
the best decoder whose pixels are independent, which has D = 16 E log(1 + exp(-2 a z / s^2)) and
R = (a^2 + s^2 - 1) / 2 - log s; minimised by quadrature at a = 0.9433, s = 0.3320. The entropy,
log 2 = 0.693, is out of the family's reach."""

NEAR_BEST = 0.6
"""Nats above the best of the family after 320 steps (found: 0.1 to 0.5, differing with the seed,
since a code that crosses over costs tens of nats); a model that ignores which of the two patterns
it sees has 16 log 2 = 11.1."""

NEAR_LOG2 = 0.15
"""Nats above log 2 of a PixelCNN++ after 160 steps."""


# -- seeds -------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["---", "++v"])
def test_one_seed_gives_one_run_and_another_another(tmp_path, model):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        train_small(tmp_path / name, small_settings(model=model, seed=seed, epochs=1))
    assert_same_checkpoint(tmp_path / "a", tmp_path / "b")
    tensors, others = kept_in(tmp_path / "a")[0], kept_in(tmp_path / "c")[0]
    settled = ("log_spread", "refinement")
    trained = [n for n in tensors if n.startswith("weights/") and not n.endswith(settled)]
    assert trained
    # biases of the decoder's end start at the data's mean, all else differs after some steps
    differ = [name for name in trained if not torch.equal(tensors[name], others[name])]
    assert differ == trained


def test_the_states_of_other_peoples_generators_are_left_as_they_were(tmp_path):
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002
    random.seed(3)
    before = torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002
    train_small(tmp_path, small_settings(epochs=1))
    assert torch.equal(torch.get_rng_state(), before[0])
    assert str(np.random.get_state()) == str(before[1])  # noqa: NPY002
    assert random.getstate() == before[2]


def test_so_they_are_where_training_fails(tmp_path):
    torch.manual_seed(3)
    before = torch.get_rng_state()
    with pytest.raises(DivergedError):
        train_small(tmp_path, small_settings(learning_rate=1e30, warm_up=0))
    assert torch.equal(torch.get_rng_state(), before)


def test_the_images_given_are_not_changed(tmp_path):
    images, valid = TRAIN.clone(), VALID.clone()
    train_small(tmp_path, small_settings(model="--v", epochs=1), images=images, valid=valid)
    assert torch.equal(images, TRAIN)
    assert torch.equal(valid, VALID)


# -- odd sizes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "count", "steps"),
    [
        ({"batch": 1000, "epochs": 3}, 67, 3),  # an epoch is one step
        ({"batch": 67, "epochs": 3}, 67, 3),
        ({"batch": 66, "epochs": 3}, 67, 3),
        ({"batch": 128, "epochs": 5}, 1, 5),
        ({"batch": 128, "epochs": 5, "model": "--v"}, 1, 5),  # one image, 500 pseudo-inputs
        ({"batch": 1, "epochs": 0.1}, 67, 7),
        ({"epochs": 0.01}, 67, 1),
        ({"epochs": 1e-9}, 67, 1),
        ({"epochs": 1.5}, 67, 12),
        ({"epochs": 1.3}, 67, 10),
    ],
    ids=str,
)
def test_batches_and_epochs_of_odd_sizes(tmp_path, changed, count, steps):
    settings = small_settings(**changed)
    found = train_small(tmp_path, settings, images=TRAIN[:count], valid=VALID[:1])
    assert found.plan.steps == found.progress.step == steps
    assert found.progress.history[-1]["step"] == steps
    epoch_steps = max(1, count // settings.batch)
    assert found.progress.history[-1]["epoch"] == steps / epoch_steps
    assert all(p.isfinite().all() for p in found.model.parameters())


def test_an_epoch_sees_every_image_once(tmp_path, monkeypatch):
    # 32 images that differ in the places of two pixels, in batches of 8: four steps an epoch
    images = torch.zeros(32, 1, 4, 4, dtype=torch.uint8)
    for k in range(32):
        images[k].view(-1)[[k % 16, (k % 16 + 1 + k // 16) % 16]] = 1
    seen = []

    def build(*arguments):
        model = build_model(*arguments)
        model.register_forward_pre_hook(
            lambda _, inputs: (
                seen.extend(map(tuple, inputs[0].flatten(1).int().tolist()))
                if torch.is_grad_enabled()
                else None
            )
        )
        return model

    monkeypatch.setattr(training, "build_model", build)
    train_small(tmp_path, small_settings(epochs=2.0), images=images)
    every = sorted(map(tuple, images.flatten(1).int().tolist()))
    first, second = seen[:32], seen[32:]
    assert sorted(first) == sorted(second) == every
    assert first != second


def test_an_epoch_that_was_broken_off_sees_every_image_once(tmp_path, monkeypatch):
    images = torch.zeros(16, 1, 4, 4, dtype=torch.uint8)
    images.view(16, 16).fill_diagonal_(1)
    seen = []

    def build(*arguments):
        model = build_model(*arguments)
        model.register_forward_pre_hook(
            lambda _, inputs: (
                seen.extend(inputs[0].flatten(1).argmax(1).tolist())
                if torch.is_grad_enabled()
                else None
            )
        )
        return model

    monkeypatch.setattr(training, "build_model", build)
    settings = small_settings(epochs=1.0, batch=2)
    for stop in (1, 4, 7):
        train_small(tmp_path, settings, images=images, stop_after=stop, resume=stop > 1)
    train_small(tmp_path, settings, images=images, resume=True)
    assert sorted(seen) == list(range(16))


# -- history -----------------------------------------------------------------------------------


@pytest.mark.parametrize("epochs", [0.01, 1.0, 1.625, STEPS / EPOCH])
def test_the_history_is_in_order_and_adds_up(tmp_path, epochs):
    found = train_small(tmp_path, small_settings(epochs=epochs))
    history = found.progress.history
    assert all(tuple(row) == HISTORY for row in history)
    steps = [row["step"] for row in history]
    assert steps == sorted(set(steps))
    assert steps[0] >= 1
    assert steps[-1] == found.plan.steps == found.progress.step
    seconds = [row["seconds"] for row in history]
    assert seconds == sorted(seconds)
    assert seconds[0] > 0
    for row in history:
        assert all(map(math.isfinite, row.values()))
        assert row["epoch"] == row["step"] / EPOCH
        for part in ("train", "valid"):
            total = row[f"{part}_rate"] + row[f"{part}_distortion"]
            assert row[f"{part}_elbo"] == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("steps", [1, 5, 12, 25, 40])
def test_there_are_twelve_validations_at_least_where_there_are_as_many_steps(tmp_path, steps):
    found = train_small(tmp_path, small_settings(epochs=steps / EPOCH))
    assert found.plan.steps == steps
    assert len(found.progress.history) >= min(steps, VALIDATIONS)


def test_train_columns_are_means_since_the_row_before(tmp_path, monkeypatch):
    seen = []

    def build(*arguments):
        model = build_model(*arguments)

        def note(*parts):
            if torch.is_grad_enabled():
                seen.append((parts[-1].rate.mean().item(), parts[-1].distortion.mean().item()))

        model.register_forward_hook(note)
        return model

    monkeypatch.setattr(training, "build_model", build)
    found = train_small(tmp_path, small_settings())
    start = 0
    for row in found.progress.history:
        rates, distortions = zip(*seen[start : int(row["step"])], strict=True)
        assert row["train_rate"] == pytest.approx(np.mean(rates), rel=1e-9)
        assert row["train_distortion"] == pytest.approx(np.mean(distortions), rel=1e-9)
        start = int(row["step"])


def test_annealed_betas_rise_from_nought_to_the_end(tmp_path):
    found = train_small(tmp_path, small_settings(beta=0.6, anneal=2.0))
    betas = [row["beta"] for row in found.progress.history]
    assert betas == sorted(betas)
    assert betas[0] < 0.6
    assert betas[-1] == found.final_beta == 0.6
    for row in found.progress.history:
        assert row["beta"] == pytest.approx(0.6 * min(1, row["step"] / (2 * EPOCH)), abs=0.6 / 16)


def test_the_final_beta_of_a_target_is_its_multiplier(tmp_path):
    found = train_small(tmp_path, small_settings(target_rate=1.5))
    state = kept_in(tmp_path)[1]["objective"]
    assert found.final_beta == math.exp(state["mean_log_multiplier"])


# -- progress ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_patterns():
    images = torch.zeros(256, 1, 4, 4, dtype=torch.uint8)
    images[::2, :, :2] = 1
    images[1::2, :, 2:] = 1
    return images


def test_training_comes_near_the_best_of_the_family(tmp_path, two_patterns):
    # beta rises slowly, since independent pixels first collapse at beta 1 and stay there long
    few = two_patterns[:32]
    settings = small_settings(epochs=80.0, learning_rate=1e-2, anneal=20.0)
    found = train_small(tmp_path, settings, images=few, valid=few)
    measured = measure(found.model, few, samples=32)
    above = measured.elbo - BEST_OF_NORMALS
    assert -5 * measured.elbo_se < above < NEAR_BEST


@pytest.mark.slow
@pytest.mark.usefixtures("onednn")
def test_a_target_is_reached_on_two_patterns(tmp_path, two_patterns):
    settings = small_settings(
        target_rate=0.3, epochs=20.0, batch=32, learning_rate=1e-2, model="-+-"
    )
    found = train_small(tmp_path, settings, images=two_patterns, valid=two_patterns)
    measured = measure(found.model, two_patterns, samples=16)
    assert abs(measured.rate - 0.3) <= 0.1  # the issue: 1% or 0.1 nats
    assert measured.elbo < math.log(2) + NEAR_LOG2
