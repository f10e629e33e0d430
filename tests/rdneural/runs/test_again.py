"""A finished run measured again."""

import math

import numpy as np
import pytest
import torch

from rdneural.data import SPLITS, of_run
from rdneural.measures.images import as_tensor
from rdneural.measures.pictures import draw_pictures
from rdneural.measures.rates import measure, terms_of
from rdneural.measures.splits import measure_splits
from rdneural.records.layout import RESULT
from rdneural.runs.again import evaluate_run
from rdneural.runs.stored import load_model
from rdneural.training.loop import train
from rdneural.training.options import LoopOptions
from tests.make.stored import finish_small, made_images, run_settings
from tests.tolerances import STANDARD_ERRORS


def test_evaluate_finds_what_the_run_found(finished):
    again = evaluate_run(finished[0])
    for split in SPLITS:
        assert again[split] == finished[1][split]
    for name in ("data", "warning", "model", "preset", "parameters", "beta", "final_beta"):
        assert again[name] == finished[1][name]


@pytest.mark.parametrize(
    "changed",
    [
        {"model": "-+v", "precision": "bfloat16"},
        {"model": "+-+", "target_rate": 1.0},
        {"patience": 1, "epochs": 5.0, "learning_rate": 0.05, "ema": 0.0, "refine": 2},
    ],
    ids=str,
)
def test_evaluate_finds_it_for_other_runs_too_and_where_only_their_result_is_missing(
    tmp_path, changed
):
    found = finish_small(tmp_path, run_settings(**changed))
    again = evaluate_run(tmp_path)
    for split in SPLITS:
        assert again[split] == found[split]
    (tmp_path / RESULT).unlink()  # as of a run that was killed when all its steps were made
    unmeasured = evaluate_run(tmp_path)
    steps = {name: found[name] for name in ("steps", "planned_steps")}
    assert unmeasured.pop("unfinished") == steps | {"trained": True}
    assert unmeasured == again


def test_how_far_a_stopped_run_was_does_not_depend_on_what_it_is_measured_on(
    tmp_path, made, monkeypatch
):
    images = as_tensor(made.train), as_tensor(made.valid)
    train(run_settings(), *images, tmp_path, options=LoopOptions(stop_after=7))
    monkeypatch.setattr(of_run, "load_images", lambda *_, **__: made_images((100, 60, 80)))
    found = evaluate_run(tmp_path, data="elsewhere")
    assert found["unfinished"] == {"steps": 7, "planned_steps": 15, "trained": False}
    assert found["epochs"] == pytest.approx(7 / 15)


def test_the_model_that_was_measured_is_the_one_kept(tmp_path, made):
    settings = run_settings(ema=0.9)
    trained = train(settings, as_tensor(made.train), as_tensor(made.valid), tmp_path)
    model, restored = load_model(tmp_path)
    assert restored == settings
    for (name, a), (other, b) in zip(
        trained.model.named_parameters(), model.named_parameters(), strict=True
    ):
        assert name == other
        assert torch.equal(a, b)
    a = terms_of(trained.model, as_tensor(made.test), seed=1)
    b = terms_of(model, as_tensor(made.test), seed=1)
    assert all(map(torch.equal, a, b))


def test_another_seed_is_another_draw_within_its_errors(finished):
    a, b = (evaluate_run(finished[0], seed=seed, samples=4)["test"] for seed in (0, 1))
    assert a != b
    # the images are the same, so the errors, which hold their choice too, are more than enough
    assert abs(a["elbo"] - b["elbo"]) < STANDARD_ERRORS * math.hypot(a["elbo_se"], b["elbo_se"])


def test_more_codes_agree_with_one_and_have_smaller_errors(finished):
    one = evaluate_run(finished[0])
    many = evaluate_run(finished[0], samples=32, seed=1)
    for split in SPLITS:
        assert many[split]["latent_samples"] == 32
        for name in ("rate", "distortion", "elbo"):
            error = math.hypot(one[split][f"{name}_se"], many[split][f"{name}_se"])
            assert abs(one[split][name] - many[split][name]) < STANDARD_ERRORS * error
    assert many["test"]["rate_se"] < one["test"]["rate_se"]


def test_the_mean_over_codes_is_that_of_the_codes(finished, made):
    model, _ = load_model(finished[0])
    image = as_tensor(made.test)[:1]
    together = measure(model, image, samples=400, seed=0)
    apart = measure(model, image.expand(400, 1, 4, 4), samples=1, seed=1)
    assert abs(together.elbo - apart.elbo) < STANDARD_ERRORS * math.sqrt(2) * apart.elbo_se
    assert abs(together.rate - apart.rate) < STANDARD_ERRORS * math.sqrt(2) * apart.rate_se


def test_errors_are_those_of_a_mean(finished, made):
    model, _ = load_model(finished[0])
    found = measure(model, as_tensor(made.test), seed=2)
    rate, distortion = (t.numpy() for t in terms_of(model, as_tensor(made.test), seed=2))
    for name, values in (("rate", rate), ("distortion", distortion), ("elbo", rate + distortion)):
        assert getattr(found, name) == pytest.approx(values.mean(), rel=1e-12)
        error = values.std(ddof=1) / math.sqrt(len(values))
        assert getattr(found, f"{name}_se") == pytest.approx(error, rel=1e-9)


def test_errors_shrink_as_the_root_of_the_number_of_images(finished):
    model, _ = load_model(finished[0])
    images = as_tensor(made_images((8000, 1, 1)).train)
    errors = [measure(model, images[:count], seed=0).elbo_se for count in (500, 2000, 8000)]
    # a spread known from 500 draws is itself off by about 1 / sqrt(1000) = 3%
    np.testing.assert_allclose(np.divide(errors[:-1], errors[1:]), 2.0, rtol=0.2)


def test_the_size_of_batches_is_only_a_matter_of_memory(made):
    # codes of each batch are drawn in turn, so the means agree within their errors, not exactly
    from rdneural.models.build import build_model
    from rdneural.records.sizes import SIZES

    torch.manual_seed(0)
    model = build_model("---", SIZES["tiny"])
    images = as_tensor(made.train)
    a, b = (measure(model, images, samples=8, batch=batch) for batch in (300, 7))
    assert a.images == b.images == 300
    assert abs(a.elbo - b.elbo) < STANDARD_ERRORS * math.hypot(a.elbo_se, b.elbo_se)


def test_train_images_limits_the_training_split_alone(finished):
    found = evaluate_run(finished[0], train_images=50)
    assert [found[split]["images"] for split in SPLITS] == [50, 60, 80]
    assert found["test"] == finished[1]["test"]
    assert evaluate_run(finished[0], train_images=10**6)["train"] == finished[1]["train"]


def test_precision_can_be_chosen(finished):
    found = evaluate_run(finished[0], precision="bfloat16")
    assert found["precision"] == "bfloat16"
    for split in SPLITS:
        difference = abs(found[split]["elbo"] - finished[1][split]["elbo"])
        assert 0 < difference < 0.05  # a mean over images of 8 bits of mantissa: 11 nats * 2^-8


def test_measuring_and_drawing_leave_the_generators_of_others_alone(finished, made):
    model, _ = load_model(finished[0])
    torch.manual_seed(5)
    before = torch.get_rng_state()
    measure_splits(model, made)
    draw_pictures(model, as_tensor(made.test), generations=3)
    assert torch.equal(torch.get_rng_state(), before)


def test_measuring_changes_no_file(copied):
    before = {path.name: path.read_bytes() for path in copied.iterdir()}
    evaluate_run(copied)
    assert {path.name: path.read_bytes() for path in copied.iterdir()} == before


def test_data_other_than_the_run_s_are_named(finished, monkeypatch):
    other = made_images(name="other")
    monkeypatch.setattr(
        of_run, "load_images", lambda _, where, **__: other if where == "elsewhere" else None
    )
    found = evaluate_run(finished[0], data="elsewhere")
    assert found["data"] == "other"
    assert found["warning"] == "other: never comparable"


def test_large_images_are_shrunk_for_a_tiny_model(tmp_path, monkeypatch):
    monkeypatch.setattr(of_run, "load_images", lambda *_, **__: made_images(side=28))
    found = finish_small(tmp_path, run_settings())
    assert found["data"] == "made-4x4"
    assert "never comparable with full images" in found["warning"]
    assert evaluate_run(tmp_path)["test"] == found["test"]
