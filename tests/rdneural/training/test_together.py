"""Models trained together become what they would be alone, whoever else is there."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from rdneural.data import ImageData, load
from rdneural.models.build import FAMILIES, build_model
from rdneural.records.layout import CHECKPOINT
from rdneural.records.plan import Plan
from rdneural.records.settings import RunSettings
from rdneural.runs.bench import time_batched
from rdneural.runs.run import run_training
from rdneural.runs.together import run_together
from rdneural.training import together as batched
from rdneural.training.checkpoints import read_checkpoint
from rdneural.training.learner import DivergedError, Learner
from rdneural.training.loop import train
from rdneural.training.objectives import FixedBeta
from rdneural.training.options import LoopOptions
from rdneural.training.state import checkpoint_step
from rdneural.training.together import VARYING, Together, train_together
from tests.make.runs import looped
from tests.tolerances import ALONE, ROUNDING, SETTLED

STEPS, EPOCH = 6, 4
"""Of `_settings`: 67 images in batches of 16, 1.5 epochs, so a validation after every step."""


def _images(count, *, seed=0):
    drawn = np.random.default_rng(seed).random((count, 1, 4, 4)) < 0.3
    return torch.from_numpy(drawn.astype(np.uint8))


TRAIN, VALID = _images(67), _images(20, seed=1)

MIXED = (
    {"beta": 0.7, "anneal": 1.0, "seed": 1},
    {"target_rate": 1.5, "seed": 2},
    {"beta": 1.0, "free_bits": 2.0},
    {"target_rate": 2.0, "penalty": 2.0, "seed": 5},
)
"""One model of each objective."""


def _settings(**changed) -> RunSettings:
    chosen = {
        "dataset": "mnist", "preset": "tiny", "epochs": STEPS / EPOCH, "batch": 16, "warm_up": 2,
        "learning_rate": 4e-3,
    }  # fmt: skip
    if "target_rate" not in changed:
        chosen["beta"] = 1.0
    return RunSettings(**(chosen | changed))


def _mixed(**changed):
    return [_settings(**(one | changed)) for one in MIXED]


def _places(place: Path, count: int = len(MIXED)):
    return [place / str(k) for k in range(count)]


def _together(place, settings, **how):
    return train_together(settings, TRAIN, VALID, _places(place, len(settings)), **looped(how))


def _alone(place, settings, **how):
    places = _places(place, len(settings))
    return [train(s, TRAIN, VALID, p, **looped(how)) for s, p in zip(settings, places, strict=True)]


def _alone_in(place, settings, **how):
    return train(settings, TRAIN, VALID, place, **looped(how))


def _assert_near(found, expected, name):
    limit = SETTLED if name.endswith("log_spread") else ALONE
    error = (found.double() - expected.double()).abs().max().item()
    assert error <= limit * max(1.0, expected.abs().max().item()), (name, error)


def _assert_same_checkpoints(a: Path, b: Path, numbers=(0, 1, 2, 3)) -> None:
    """Compare weights, averages, Adam's state, objective, history, but for times."""
    for k in numbers:
        found, expected = (read_checkpoint(place / str(k) / CHECKPOINT) for place in (a, b))
        assert found.tensors.keys() == expected.tensors.keys()
        for name, tensor in expected.tensors.items():
            assert found.tensors[name].dtype == tensor.dtype
            _assert_near(found.tensors[name], tensor, name)
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


def _assert_same_models(found, expected) -> None:
    for one, other in zip(found, expected, strict=True):
        assert one.steps == other.steps
        assert one.final_beta == pytest.approx(other.final_beta, rel=ALONE)
        weights, others = one.model.state_dict(), other.model.state_dict()
        assert weights.keys() == others.keys()
        for name, weight in weights.items():
            _assert_near(weight, others[name], name)


# -- together equals alone ---------------------------------------------------------------------


@pytest.mark.parametrize("model", FAMILIES)
def test_models_trained_together_become_what_they_are_alone(tmp_path, model):
    settings = _mixed(model=model)[:2]  # all four, to the end, are below
    found = _together(tmp_path / "together", settings, stop_after=3)
    expected = _alone(tmp_path / "alone", settings, stop_after=3)
    _assert_same_models(found, expected)
    _assert_same_checkpoints(tmp_path / "together", tmp_path / "alone", [0, 1])


@pytest.mark.parametrize("model", FAMILIES)
def test_terms_and_gradients_of_a_batch_are_those_of_each_model_in_float64(tmp_path, model):
    generator = torch.Generator().manual_seed(3)
    x = (torch.rand(3, 5, 1, 4, 4, generator=generator) < 0.3).double()
    noise = torch.randn(3, 5, 4, generator=generator, dtype=torch.float64)
    learners = []
    for _ in range(3):
        network = build_model(model, _settings().sizes).double()
        learners.append(
            Learner(
                _settings(), Plan(5, 1, 1, 1), network, FixedBeta(1.0), images="", place=tmp_path
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
    settings = _mixed(**changed)
    found = _together(tmp_path / "together", settings)
    _assert_same_models(found, _alone(tmp_path / "alone", settings))
    _assert_same_checkpoints(tmp_path / "together", tmp_path / "alone")


def test_in_bfloat16_only_the_last_bits_of_bfloat16_differ(tmp_path):
    settings = _mixed(precision="bfloat16", model="--v")
    found = _together(tmp_path / "together", settings)
    for one, other in zip(found, _alone(tmp_path / "alone", settings), strict=True):
        row, other_row = one.progress.history[-1], other.progress.history[-1]
        assert row["valid_elbo"] == pytest.approx(other_row["valid_elbo"], rel=2.0**-8)


def test_one_model_is_a_batch_too(tmp_path):
    settings = _mixed(model="+-+")[1:2]
    _together(tmp_path / "together", settings)
    _alone(tmp_path / "alone", settings)
    _assert_same_checkpoints(tmp_path / "together", tmp_path / "alone", [0])


def test_noise_is_what_the_model_alone_draws(tmp_path):
    model = build_model("+--", _settings().sizes)
    learner = Learner(
        _settings(seed=9), Plan(6, 1, 1, 1), model, FixedBeta(1.0), images="", place=tmp_path
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
    _together(tmp_path, _mixed(), stop_after=2)
    assert torch.equal(torch.get_rng_state(), before)


def test_models_that_are_trained_have_memory_of_their_own(tmp_path):
    for one in _together(tmp_path, _mixed(), stop_after=1):
        for name, weight in one.model.state_dict(keep_vars=True).items():
            size = weight.untyped_storage().nbytes()
            assert size == weight.numel() * weight.element_size(), name


# -- broken off and gone on with ---------------------------------------------------------------


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    place = tmp_path_factory.mktemp("unbroken")
    return place, _together(place, _mixed(model="+-+"))


def test_a_batch_broken_off_equals_an_unbroken_one_bit_for_bit(tmp_path, unbroken):
    place, whole = unbroken
    settings = _mixed(model="+-+")
    for stop in (3, EPOCH, STEPS - 1):
        _together(tmp_path, settings, stop_after=stop, resume=stop > 3)
        assert [checkpoint_step(one) for one in _places(tmp_path)] == [stop] * len(MIXED)
    again = _together(tmp_path, settings, resume=True)
    for one, other in zip(again, whole, strict=True):
        assert one.final_beta == other.final_beta
        weights = other.model.state_dict()
        for name, weight in one.model.state_dict().items():
            assert torch.equal(weight, weights[name]), name
    _assert_same_checkpoints(tmp_path, place)


def test_a_batch_is_gone_on_with_one_by_one(tmp_path, unbroken):
    place, whole = unbroken
    settings = _mixed(model="+-+")
    _together(tmp_path, settings, stop_after=3)
    _assert_same_models(_alone(tmp_path, settings, resume=True), whole)
    _assert_same_checkpoints(tmp_path, place)


def test_runs_broken_off_alone_are_gone_on_with_in_other_companies(tmp_path, unbroken):
    place, whole = unbroken
    settings, places = _mixed(model="+-+"), _places(tmp_path)
    _alone(tmp_path, settings, stop_after=3)
    found = {}
    for group in ([0, 3], [2, 1]):
        chosen = [settings[k] for k in group], TRAIN, VALID, [places[k] for k in group]
        found |= dict(zip(group, train_together(*chosen, resume=True), strict=True))
    _assert_same_models([found[k] for k in range(len(MIXED))], whole)
    _assert_same_checkpoints(tmp_path, place)


def test_a_finished_batch_makes_no_step(tmp_path, unbroken):
    place, whole = unbroken
    rows = []
    again = _together(place, _mixed(model="+-+"), resume=True, on_row=lambda *row: rows.append(row))
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
        _together(tmp_path, _mixed(), on_row=ask)
    assert [checkpoint_step(one) for one in _places(tmp_path)] == [4] * len(MIXED)


# -- divergence --------------------------------------------------------------------------------


def _without(place, settings, missing, **how):
    places = _places(place, len(settings))
    left = [k for k in range(len(settings)) if k != missing]
    chosen = [settings[k] for k in left], TRAIN, VALID, [places[k] for k in left]
    return train_together(*chosen, **how)


@pytest.mark.parametrize("model", ["---", "-+v"])
def test_one_that_diverges_at_once_does_not_harm_the_others(tmp_path, model):
    settings = _mixed(model=model)
    settings[1] = _settings(model=model, beta=1e30)  # the norm of its gradient is infinite
    found = _together(tmp_path / "all", settings)
    assert isinstance(found[1], DivergedError)
    assert "at step 1:" in str(found[1])
    assert not (tmp_path / "all" / "1").exists()
    del found[1]
    _assert_same_models(found, _without(tmp_path / "others", settings, 1))
    _assert_same_checkpoints(tmp_path / "all", tmp_path / "others", [0, 2, 3])


class BadAt(FixedBeta):
    """A loss that is not a number at one step."""

    def __init__(self, step):
        super().__init__(1.0)
        self.bad = step

    def loss(self, rate, distortion):
        loss = super().loss(rate, distortion)
        return loss * math.nan if self.step + 1 == self.bad else loss


def test_one_that_diverges_later_keeps_its_checkpoint(tmp_path, monkeypatch):
    settings = _mixed()
    make = batched.new_learner

    def new_learner(chosen, plan, *given):
        learner = make(chosen, plan, *given)
        if chosen is settings[2]:
            learner.objective = learner.state.objective = BadAt(4)
        return learner

    with monkeypatch.context() as context:
        context.setattr(batched, "new_learner", new_learner)
        found = _together(tmp_path / "all", settings, checkpoint_seconds=0.0)
    assert isinstance(found[2], DivergedError)
    assert "at step 4:" in str(found[2])
    assert [checkpoint_step(one) for one in _places(tmp_path / "all")] == [STEPS, STEPS, 3, STEPS]
    tensors = read_checkpoint(tmp_path / "all" / "2" / CHECKPOINT).tensors
    assert all(tensor.isfinite().all() for tensor in tensors.values())
    del found[2]
    _assert_same_models(found, _without(tmp_path / "others", settings, 2))
    _assert_same_checkpoints(tmp_path / "all", tmp_path / "others", [0, 1, 3])


def test_one_that_only_a_validation_sees_diverge_is_set_aside_too(tmp_path, monkeypatch):
    settings = _mixed()
    real = Learner.step

    def step(self, *seen):
        real(self, *seen)
        if self.settings is settings[0] and self.progress.step == 3:
            next(iter(self.average.averages.values())).fill_(math.inf)

    monkeypatch.setattr(Learner, "step", step)
    found = _together(tmp_path, settings)
    assert isinstance(found[0], DivergedError)
    assert "at step 3:" in str(found[0])
    assert [one.progress.step for one in found[1:]] == [STEPS] * 3


def test_all_may_diverge(tmp_path):
    found = _together(tmp_path, [_settings(learning_rate=1e30, warm_up=0, seed=k) for k in (0, 1)])
    assert all(isinstance(one, DivergedError) for one in found)
    assert not any((place / CHECKPOINT).exists() for place in _places(tmp_path, 2))


# -- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "count", "message"),
    [
        ([], 0, "settings and places must be as many, and one at least, got 0 and 0"),
        ([_settings()], 2, "settings and places must be as many, and one at least, got 1 and 2"),
        ([_settings(), _settings(epochs=2.0)], 2, "epochs must be the same .* got 1.5 and 2.0"),
        ([_settings(), _settings(model="--v")], 2, "model must be the same"),
        ([_settings(), _settings(device="cuda")], 2, "device must be the same"),
        ([_settings(patience=2)] * 2, 2, "patience must be 0 .* got 2"),
        ([_settings(compiled=True)] * 2, 2, "compiled must be off"),
        ([_settings(model="bits-:4")] * 2, 2, "model must be one of .* got 'bits-:4'"),
    ],
)
def test_what_cannot_be_trained_together_is_refused_in_one_line(tmp_path, settings, count, message):
    with pytest.raises(ValueError, match=message) as caught:
        train_together(settings, TRAIN, VALID, _places(tmp_path, count))
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_one_place_for_two_is_refused(tmp_path):
    with pytest.raises(ValueError, match="places must differ"):
        train_together([_settings()] * 2, TRAIN, VALID, [tmp_path / "a", tmp_path / "a"])


def test_every_setting_may_differ_that_is_said_to(tmp_path):
    values = {"beta": 0.1, "target_rate": 1.0, "anneal": 1.0, "free_bits": 1.0, "seed": 1}
    values["penalty"] = 2.0
    assert sorted(values) == sorted(VARYING)


def test_checkpoints_of_different_steps_are_refused(tmp_path):
    settings = _mixed()[:2]
    for chosen, place, stop in zip(settings, _places(tmp_path, 2), (2, 3), strict=True):
        _alone_in(place, chosen, stop_after=stop)
    with pytest.raises(ValueError, match=r"checkpoints of one step .* got steps 2, 3"):
        _together(tmp_path, settings, resume=True)


def test_a_missing_checkpoint_is_refused_and_another_s_too(tmp_path):
    settings = _mixed()[:2]
    _alone(tmp_path, settings[:1], stop_after=2)
    with pytest.raises(ValueError, match="must be a readable checkpoint"):
        _together(tmp_path, settings, resume=True)
    with pytest.raises(ValueError, match="beta must be that of"):
        _together(tmp_path, [settings[1]], resume=True)


def test_the_step_of_a_checkpoint(tmp_path):
    assert checkpoint_step(tmp_path) == 0
    _alone_in(tmp_path, _settings(), stop_after=3)
    assert checkpoint_step(tmp_path) == 3
    (tmp_path / CHECKPOINT).write_bytes(b"none")
    with pytest.raises(ValueError, match="must be a readable checkpoint"):
        checkpoint_step(tmp_path)


# -- rows and times ----------------------------------------------------------------------------


def test_rows_are_told_when_they_are_made_with_the_model_s_number(tmp_path):
    rows, own = [], []
    settings = _mixed()
    found = _together(tmp_path / "a", settings, on_row=lambda k, row: rows.append((k, dict(row))))
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
    found = _together(tmp_path, _mixed())
    (training_seconds,) = {one.progress.training_seconds for one in found}
    assert 0 < len(found) * training_seconds < found[0].progress.seconds


# -- runs --------------------------------------------------------------------------------------


@pytest.fixture
def made(monkeypatch):
    """Let every name of data stand for images made here."""
    data = ImageData(
        "made", TRAIN[:, 0].numpy(), VALID[:, 0].numpy(), VALID[:, 0].numpy(), warning=""
    )
    monkeypatch.setattr(of_run, "load_images", lambda *_, **__: data)


MEASURES = ("rate", "rate_se", "distortion", "distortion_se", "elbo", "elbo_se")


def test_runs_together_leave_and_return_what_runs_alone_do(tmp_path, made):
    settings = [*_mixed(model="--v")[:2], _settings(model="--v", beta=1e30)]
    rows = []
    found = run_together(
        settings,
        _places(tmp_path / "a", 3),
        pictures=2,
        options=LoopOptions(on_row=lambda *row: rows.append(row)),
    )
    assert isinstance(found[2], DivergedError)
    assert [number for number, _ in rows] == [0, 1] * STEPS
    for k in (0, 1):
        place, other_place = (tmp_path / name / str(k) for name in "ab")
        other = run_training(settings[k], other_place, pictures=2)
        assert found[k].keys() == other.keys()
        assert (found[k]["batched"], other["batched"]) == (3, 1)
        for split in ("train", "valid", "test"):
            for name in MEASURES:
                limit = ALONE if settings[k].target_rate is None else 4 * SETTLED  # dim is 4
                expected = pytest.approx(other[split][name], rel=limit, abs=limit)
                assert found[k][split][name] == expected
        for name in ("model", "beta", "target_rate", "steps", "epochs", "parameters", "data"):
            assert found[k][name] == other[name]
        for name in ("final_beta", "log_spread"):
            assert found[k][name] == pytest.approx(other[name], rel=ALONE, abs=SETTLED)
        seen = found[k]["steps"] * settings[k].batch
        assert found[k]["images_per_second"] == seen / found[k]["training_seconds"]
        names = sorted(path.name for path in place.iterdir())
        assert names == sorted(path.name for path in other_place.iterdir())
        with (place / "history.csv").open() as stream:
            assert len(list(csv.DictReader(stream))) == STEPS
    assert not (tmp_path / "a" / "2").exists()


def test_runs_together_are_gone_on_with(tmp_path, made):
    settings, places = _mixed()[:2], _places(tmp_path, 2)
    _together(tmp_path, settings, stop_after=4)
    with pytest.raises(FileExistsError, match="--resume"):
        run_together(settings, places, pictures=1)
    found = run_together(settings, places, resume=True, pictures=1)
    assert [one["steps"] for one in found] == [STEPS] * 2
    again = run_together(settings, places, overwrite=True, pictures=1)
    for one, other in zip(again, found, strict=True):
        assert one["test"] == other["test"]


# -- the benchmark -----------------------------------------------------------------------------


@pytest.mark.parametrize("target", [{"beta": 0.5}, {"target_rate": 1.0}], ids=str)
def test_times_and_rates_of_the_benchmark_fit_together(target):
    found = time_batched(_settings(**target), count=3, steps=2)
    for way in ("sequential", "batched"):
        per_second = found[f"{way}_images_per_second"]
        assert per_second == pytest.approx(3 * 16 / found[f"{way}_step_seconds"])
    assert found["ratio"] == pytest.approx(
        found["batched_images_per_second"] / found["sequential_images_per_second"]
    )


@pytest.mark.parametrize("name", ["count", "steps"])
def test_the_benchmark_refuses_none(name):
    with pytest.raises(ValueError, match=name):
        time_batched(_settings(), **({"count": 2, "steps": 2} | {name: 0}))
