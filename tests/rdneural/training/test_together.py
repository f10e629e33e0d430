"""Models trained together become what they would be alone, whoever else is there."""

import pytest
import torch

from rdneural.models.build import FAMILIES, build_model
from rdneural.records.plan import Plan
from rdneural.training import together as batched
from rdneural.training.learner import Learner
from rdneural.training.loop import train
from rdneural.training.objectives import FixedBeta
from rdneural.training.options import LoopOptions
from rdneural.training.state import checkpoint_step
from rdneural.training.together import Together, train_together
from tests.make.batches import (
    EPOCH,
    MIXED,
    STEPS,
    TRAIN,
    VALID,
    assert_same_checkpoints,
    assert_same_models,
    batch_settings,
    mixed,
    places_of,
    train_alone,
    train_batch,
)
from tests.tolerances import ROUNDING

# -- together equals alone ---------------------------------------------------------------------


@pytest.mark.parametrize("model", FAMILIES)
def test_models_trained_together_become_what_they_are_alone(tmp_path, model):
    settings = mixed(model=model)[:2]  # all four, to the end, are below
    found = train_batch(tmp_path / "together", settings, stop_after=3)
    expected = train_alone(tmp_path / "alone", settings, stop_after=3)
    assert_same_models(found, expected)
    assert_same_checkpoints(tmp_path / "together", tmp_path / "alone", [0, 1])


@pytest.mark.parametrize("model", FAMILIES)
def test_terms_and_gradients_of_a_batch_are_those_of_each_model_in_float64(tmp_path, model):
    generator = torch.Generator().manual_seed(3)
    x = (torch.rand(3, 5, 1, 4, 4, generator=generator) < 0.3).double()
    noise = torch.randn(3, 5, 4, generator=generator, dtype=torch.float64)
    learners = []
    for _ in range(3):
        network = build_model(model, batch_settings().sizes).double()
        learners.append(
            Learner(
                batch_settings(),
                Plan(5, 1, 1, 1),
                network,
                FixedBeta(1.0),
                images="",
                place=tmp_path,
            )
        )
    expected = []
    for one, images, of_one in zip(learners, x, noise, strict=True):
        terms = one.model(images, of_one)
        gradients = torch.autograd.grad(
            (terms.distortion + 2 * terms.rate).mean(), list(one.model.parameters())
        )
        expected.append((terms.rate.detach(), terms.distortion.detach(), gradients))
    together = Together(learners)
    rates, distortions = together.terms(x, noise)
    (distortions + 2 * rates).mean(1).sum().backward()
    together.hand_out_gradients()
    for k, (rate, distortion, gradients) in enumerate(expected):
        torch.testing.assert_close(rates[k], rate, rtol=ROUNDING, atol=ROUNDING)
        torch.testing.assert_close(distortions[k], distortion, rtol=ROUNDING, atol=ROUNDING)
        parameters = learners[k].model.parameters()
        for parameter, gradient in zip(parameters, gradients, strict=True):
            assert parameter.grad.shape == gradient.shape
            torch.testing.assert_close(parameter.grad, gradient, rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize(
    "changed",
    [
        {"normalise_gradients": True, "schedule": "linear", "ema": 0.0},
        {"clip": 0.1, "weight_decay": 0.1},
        {"batch": 1000, "epochs": 6.0},
    ],
    ids=str,
)
def test_other_settings_do_as_well(tmp_path, changed):
    settings = mixed(**changed)
    found = train_batch(tmp_path / "together", settings)
    assert_same_models(found, train_alone(tmp_path / "alone", settings))
    assert_same_checkpoints(tmp_path / "together", tmp_path / "alone")


def test_in_bfloat16_only_the_last_bits_of_bfloat16_differ(tmp_path):
    settings = mixed(precision="bfloat16", model="--v")
    found = train_batch(tmp_path / "together", settings)
    for one, other in zip(found, train_alone(tmp_path / "alone", settings), strict=True):
        row, other_row = one.progress.history[-1], other.progress.history[-1]
        assert row["valid_elbo"] == pytest.approx(other_row["valid_elbo"], rel=2.0**-8)


def test_one_model_is_a_batch_too(tmp_path):
    settings = mixed(model="+-+")[1:2]
    train_batch(tmp_path / "together", settings)
    train_alone(tmp_path / "alone", settings)
    assert_same_checkpoints(tmp_path / "together", tmp_path / "alone", [0])


def test_noise_is_what_the_model_alone_draws(tmp_path):
    model = build_model("+--", batch_settings().sizes)
    learner = Learner(
        batch_settings(seed=9), Plan(6, 1, 1, 1), model, FixedBeta(1.0), images="", place=tmp_path
    )
    learner.progress.step = 7
    x = TRAIN[:6].float()
    torch.manual_seed(learner.step_seed)
    expected = model(x)
    found = model(x, batched.noise_of(learner, x[None]))
    assert torch.equal(found.rate, expected.rate)
    assert torch.equal(found.distortion, expected.distortion)


def test_torch_s_generator_is_left_as_it_was(tmp_path):
    torch.manual_seed(3)
    before = torch.get_rng_state()
    train_batch(tmp_path, mixed(), stop_after=2)
    assert torch.equal(torch.get_rng_state(), before)


def test_models_that_are_trained_have_memory_of_their_own(tmp_path):
    for one in train_batch(tmp_path, mixed(), stop_after=1):
        for name, weight in one.model.state_dict(keep_vars=True).items():
            size = weight.untyped_storage().nbytes()
            assert size == weight.numel() * weight.element_size(), name


# -- broken off and gone on with ---------------------------------------------------------------


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    place = tmp_path_factory.mktemp("unbroken")
    return place, train_batch(place, mixed(model="+-+"))


def test_a_batch_broken_off_equals_an_unbroken_one_bit_for_bit(tmp_path, unbroken):
    place, whole = unbroken
    settings = mixed(model="+-+")
    for stop in (3, EPOCH, STEPS - 1):
        train_batch(tmp_path, settings, stop_after=stop, resume=stop > 3)
        assert [checkpoint_step(one) for one in places_of(tmp_path)] == [stop] * len(MIXED)
    again = train_batch(tmp_path, settings, resume=True)
    for one, other in zip(again, whole, strict=True):
        assert one.final_beta == other.final_beta
        weights = other.model.state_dict()
        for name, weight in one.model.state_dict().items():
            assert torch.equal(weight, weights[name]), name
    assert_same_checkpoints(tmp_path, place)


def test_a_batch_is_gone_on_with_one_by_one(tmp_path, unbroken):
    place, whole = unbroken
    settings = mixed(model="+-+")
    train_batch(tmp_path, settings, stop_after=3)
    assert_same_models(train_alone(tmp_path, settings, resume=True), whole)
    assert_same_checkpoints(tmp_path, place)


def test_runs_broken_off_alone_are_gone_on_with_in_other_companies(tmp_path, unbroken):
    place, whole = unbroken
    settings, places = mixed(model="+-+"), places_of(tmp_path)
    train_alone(tmp_path, settings, stop_after=3)
    found = {}
    for group in ([0, 3], [2, 1]):
        chosen = [settings[k] for k in group], TRAIN, VALID, [places[k] for k in group]
        found |= dict(zip(group, train_together(*chosen, resume=True), strict=True))
    assert_same_models([found[k] for k in range(len(MIXED))], whole)
    assert_same_checkpoints(tmp_path, place)


def test_a_finished_batch_makes_no_step(tmp_path, unbroken):
    place, whole = unbroken
    rows = []
    again = train_batch(
        place, mixed(model="+-+"), resume=True, on_row=lambda *row: rows.append(row)
    )
    assert not rows
    for one, other in zip(again, whole, strict=True):
        assert one.progress == other.progress


def test_an_interruption_leaves_every_checkpoint(tmp_path, monkeypatch):
    class Asked:
        asked = False

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

    interruption = Asked()
    monkeypatch.setattr(batched, "deferred_interruption", lambda: interruption)

    def ask(number, row):
        interruption.asked = row["step"] == 4

    with pytest.raises(KeyboardInterrupt):
        train_batch(tmp_path, mixed(), on_row=ask)
    assert [checkpoint_step(one) for one in places_of(tmp_path)] == [4] * len(MIXED)


# -- rows and times ----------------------------------------------------------------------------


def test_rows_are_told_when_they_are_made_with_the_model_s_number(tmp_path):
    rows, own = [], []
    settings = mixed()
    found = train_batch(tmp_path / "a", settings, on_row=lambda k, row: rows.append((k, dict(row))))
    for k, one in enumerate(found):
        assert [row for number, row in rows if number == k] == one.progress.history
    alone = train(
        settings[0],
        TRAIN,
        VALID,
        tmp_path / "b",
        options=LoopOptions(on_row=lambda row: own.append(dict(row))),
    )
    assert own == alone.progress.history


def test_the_time_of_a_step_is_shared_out(tmp_path):
    found = train_batch(tmp_path, mixed())
    (training_seconds,) = {one.progress.training_seconds for one in found}
    assert 0 < len(found) * training_seconds < found[0].progress.seconds
