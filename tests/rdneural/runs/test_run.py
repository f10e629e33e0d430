"""A run's directory: what is left there, measured again, drawn again, and refused."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from rdneural.data import SPLITS, ImageData, of_run
from rdneural.machine.device import autocast, peak_memory_mib
from rdneural.measures import pictures
from rdneural.measures.images import as_tensor, spread_subset
from rdneural.measures.pictures import MEAN_OF, draw_pictures
from rdneural.measures.rates import measure, terms_of
from rdneural.measures.splits import measure_splits
from rdneural.records.layout import CHECKPOINT
from rdneural.records.settings import RunSettings
from rdneural.runs import again
from rdneural.runs.again import evaluate_run, sample_run
from rdneural.runs.run import run_training
from rdneural.runs.stored import load_model, read_run
from rdneural.training.checkpoints import Checkpoint, read_checkpoint, write_checkpoint
from rdneural.training.learner import DivergedError
from rdneural.training.loop import train
from rdneural.training.options import LoopOptions
from rdtheory.results import read_arrays
from tests.tolerances import STANDARD_ERRORS

FLOAT32 = 1e-5
"""Relative; other batch sizes sum the same float32 numbers in another order."""

PICTURES = ("data", "reconstruction", "reconstruction_mean", "generation", "generation_mean")
MEASURES = (
    "rate", "rate_se", "distortion", "distortion_se", "elbo", "elbo_se", "images",
    "latent_samples",
)  # fmt: skip
RESULT = {
    "data", "warning", "device", "model", "preset", "parameters", "beta", "target_rate",
    "final_beta", "epochs", "images_per_second", "peak_memory_mib", *SPLITS,
}  # fmt: skip


def _made(counts=(300, 60, 80), *, side=4, name="made"):
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


@pytest.fixture(autouse=True)
def made(monkeypatch):
    """Let every name of data stand for images made here."""
    data = _made()
    monkeypatch.setattr(of_run, "load_images", lambda *_, **__: data)
    return data


def _settings(**changed) -> RunSettings:
    chosen = {"dataset": "mnist", "preset": "tiny", "epochs": 1.0, "batch": 20, "warm_up": 2,
              "learning_rate": 4e-3, "seed": 3}  # fmt: skip
    if "target_rate" not in changed:
        chosen["beta"] = 1.0
    return RunSettings(**(chosen | changed))


def _finish(place, settings, **how):
    return run_training(settings, place, **how)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return a run's directory and its result."""
    place = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as context:
        context.setattr(of_run, "load_images", lambda *_, **__: _made())
        return place, _finish(place, _settings())


@pytest.fixture
def copied(finished, tmp_path):
    """Return a copy of that directory, to be spoilt."""
    place = tmp_path / "copied"
    place.mkdir()
    for path in finished[0].iterdir():
        (place / path.name).write_bytes(path.read_bytes())
    return place


# -- what a run leaves -------------------------------------------------------------------------


def test_a_run_leaves_its_files_and_nothing_else(finished):
    place, _ = finished
    names = {path.name for path in place.iterdir()}
    assert names == {CHECKPOINT, "history.csv", "samples.npz", "run.json"}


def test_the_result_has_all_its_entries(finished, made):
    _, found = finished
    assert set(found) >= RESULT
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["data"] == "made"
    assert found["warning"] == "made: never comparable"
    assert (found["beta"], found["target_rate"], found["final_beta"]) == (1.0, None, 1.0)
    assert found["epochs"] == 1.0
    for split in SPLITS:
        part = found[split]
        assert tuple(part) == MEASURES
        assert part["images"] == len(made.split(split))
        assert part["latent_samples"] == 1
        assert part["elbo"] == pytest.approx(part["rate"] + part["distortion"], rel=1e-12)
        assert all(part[f"{name}_se"] > 0 for name in ("rate", "distortion", "elbo"))
    assert found["images_per_second"] > 0
    assert found["images_per_second"] == pytest.approx(300 / found["training_seconds"])


def test_the_history_file_holds_the_history(finished):
    place, _ = finished
    lines = (place / "history.csv").read_text().splitlines()
    progress = read_checkpoint(place / CHECKPOINT).numbers["progress"]
    history = progress["history"]
    assert lines[0] == ",".join(history[0])
    assert len(lines) == len(history) + 1
    for line, row in zip(lines[1:], history, strict=True):
        np.testing.assert_allclose(np.array(line.split(","), float), list(row.values()), rtol=1e-9)


def test_parameters_are_counted(finished):
    model, _ = load_model(finished[0])
    assert finished[1]["parameters"] == sum(p.numel() for p in model.parameters())


def test_memory_is_positive_and_what_the_system_says(finished):
    assert finished[1]["peak_memory_mib"] > 10  # Python and torch alone have more
    before = peak_memory_mib("cpu")
    held = np.ones(40 * 2**17)  # 40 MiB, written to
    after = peak_memory_mib("cpu")
    assert held.nbytes == 40 * 2**20
    assert before <= after < before + 400


def test_a_target_rate_is_in_the_result(tmp_path):
    found = _finish(tmp_path, _settings(target_rate=1.0))
    assert found["target_rate"] == 1.0
    assert found["beta"] is None
    assert found["final_beta"] > 0
    assert evaluate_run(tmp_path)["final_beta"] == found["final_beta"]


def test_an_existing_checkpoint_is_refused_before_any_work(finished, monkeypatch):
    place, _ = finished
    kept = (place / CHECKPOINT).read_bytes()
    monkeypatch.setattr(of_run, "load_images", None)  # calling it would be work
    with pytest.raises(FileExistsError, match="overwrite, or --resume") as caught:
        run_training(_settings(), place)
    assert "\n" not in str(caught.value)
    assert (place / CHECKPOINT).read_bytes() == kept


def test_overwriting_gives_what_a_new_directory_gets(copied, finished, tmp_path):
    again = run_training(_settings(), copied, overwrite=True)
    for split in SPLITS:
        assert again[split] == finished[1][split]
    other = run_training(_settings(seed=4), copied, overwrite=True)
    assert other["test"] != again["test"]


@pytest.mark.parametrize("name", ["history.csv", "samples.npz"])
def test_other_files_of_the_user_s_are_not_silently_overwritten(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(FileExistsError, match=name):
        run_training(_settings(), tmp_path)
    assert (tmp_path / name).read_text() == "mine"


MEASURED_TIMES = {"seconds", "training_seconds", "images_per_second", "peak_memory_mib"}


def test_a_run_that_was_broken_off_is_resumed_to_the_same_result(tmp_path, finished, made):
    settings = _settings()
    images = as_tensor(made.train), as_tensor(made.valid)
    train(settings, *images, tmp_path, options=LoopOptions(stop_after=7))
    found = run_training(settings, tmp_path, resume=True)
    for name in set(finished[1]) - MEASURED_TIMES:
        assert found[name] == finished[1][name]
    with np.load(tmp_path / "samples.npz") as a, np.load(finished[0] / "samples.npz") as b:
        assert all(np.array_equal(a[name], b[name]) for name in PICTURES)


def test_a_run_is_not_resumed_on_other_images(tmp_path, made, monkeypatch):
    # what "auto" finds may change: the stand-in at first, the published files once there is a net
    train(
        _settings(), as_tensor(made.train), as_tensor(made.valid), tmp_path,
        options=LoopOptions(stop_after=7),
    )  # fmt: skip
    other = _made((400, 60, 80), name="published")
    monkeypatch.setattr(of_run, "load_images", lambda *_, **__: other)
    _refused(lambda: run_training(_settings(), tmp_path, resume=True), "data")


def test_divergence_leaves_no_result(tmp_path):
    with pytest.raises(DivergedError):
        run_training(_settings(learning_rate=1e30, warm_up=0, epochs=3), tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.name != CHECKPOINT]


# -- measured again ----------------------------------------------------------------------------


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
        {"patience": 1, "epochs": 5.0, "learning_rate": 0.05, "ema": 0.0},
    ],
    ids=str,
)
def test_evaluate_finds_it_for_other_runs_too(tmp_path, changed):
    found = _finish(tmp_path, _settings(**changed))
    again = evaluate_run(tmp_path)
    for split in SPLITS:
        assert again[split] == found[split]


def test_the_model_that_was_measured_is_the_one_kept(tmp_path, made):
    settings = _settings(ema=0.9)
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
    images = as_tensor(_made((8000, 1, 1)).train)
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
    other = _made(name="other")
    monkeypatch.setattr(
        of_run, "load_images", lambda _, where, **__: other if where == "elsewhere" else None
    )
    found = evaluate_run(finished[0], data="elsewhere")
    assert found["data"] == "other"
    assert found["warning"] == "other: never comparable"


def test_large_images_are_shrunk_for_a_tiny_model(tmp_path, monkeypatch):
    monkeypatch.setattr(of_run, "load_images", lambda *_, **__: _made(side=28))
    found = _finish(tmp_path, _settings())
    assert found["data"] == "made-4x4"
    assert "never comparable with full images" in found["warning"]
    assert evaluate_run(tmp_path)["test"] == found["test"]


# -- wrong directories: one ValueError line ----------------------------------------------------


def _refused(action, *words, error=ValueError):
    with pytest.raises(error) as caught:
        action()
    message = str(caught.value)
    assert message
    assert "\n" not in message
    for word in words:
        assert str(word) in message


DOORS = {
    "evaluate": evaluate_run,
    "sample": lambda place: sample_run(place, place / "drawn", count=2),
    "read": read_run,
}


@pytest.mark.parametrize("door", DOORS)
def test_a_directory_that_is_not_there(tmp_path, door):
    _refused(lambda: DOORS[door](tmp_path / "none"), tmp_path / "none")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
def test_a_truncated_checkpoint(copied, door, share):
    path = copied / CHECKPOINT
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    _refused(lambda: DOORS[door](copied), path)


@pytest.mark.parametrize("door", DOORS)
def test_a_checkpoint_of_another_format(copied, door):
    path = copied / CHECKPOINT
    stored = read_checkpoint(path)
    from safetensors.torch import save_file

    numbers = json.dumps(stored.numbers)
    save_file(stored.tensors, path, metadata={"format": "2", "numbers": numbers})
    _refused(lambda: DOORS[door](copied), path, "format")
    save_file(stored.tensors, path)  # somebody else's safetensors
    _refused(lambda: DOORS[door](copied), path, "format")


def _respell(path, change):
    stored = read_checkpoint(path)
    tensors, numbers = dict(stored.tensors), json.loads(json.dumps(stored.numbers))
    change(tensors, numbers)
    write_checkpoint(path, Checkpoint(tensors, numbers))


FOREIGN = {
    "no settings": lambda _, n: n.pop("settings"),
    "settings that are none": lambda _, n: n.update(settings=3),
    "an unknown setting": lambda _, n: n["settings"].update(colour="red"),
    "a setting less": lambda _, n: n["settings"].pop("dataset"),
    "a setting of another type": lambda _, n: n["settings"].update(epochs="many"),
    "an unknown model": lambda _, n: n["settings"].update(model="xyz"),
    "weights of another model": lambda _, n: n["settings"].update(model="-+v"),
    "weights of another size": lambda _, n: n["settings"].update(preset="quick"),
    "no weights": lambda t, _: t.clear(),
}


@pytest.mark.parametrize("door", ["evaluate", "resume"])
@pytest.mark.parametrize("change", FOREIGN)
def test_a_checkpoint_of_somebody_else(copied, change, door):
    _respell(copied / CHECKPOINT, FOREIGN[change])
    actions = {
        "evaluate": lambda: evaluate_run(copied),
        "resume": lambda: run_training(_settings(), copied, resume=True),
    }
    if door == "resume" and change == "no weights":
        change = "nothing"
    _refused(actions[door])


@pytest.mark.parametrize("part", ["objective", "progress"])
def test_resuming_from_numbers_that_lack_a_part(copied, part):
    _respell(copied / CHECKPOINT, lambda _, numbers: numbers.pop(part))
    _refused(lambda: run_training(_settings(), copied, resume=True), copied / CHECKPOINT)


@pytest.mark.parametrize("door", ["evaluate", "read"])
@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", "\x00", '{"command": "toy"}', '{"command": "mnist"}',
        '{"command": "mnist", "versions": {"format": 99}}',
        '{"command": "mnist", "versions": []}',
    ],
)  # fmt: skip
def test_a_result_that_is_none(copied, door, text):
    (copied / "run.json").write_text(text)
    _refused(lambda: DOORS[door](copied), copied / "run.json")


def test_a_result_that_lacks_entries(copied):
    whole = json.loads((copied / "run.json").read_text())
    for name in ("parameters", "beta", "final_beta"):
        part = {key: value for key, value in whole.items() if key != name}
        (copied / "run.json").write_text(json.dumps(part))
        _refused(lambda: evaluate_run(copied), copied / "run.json", name)


def test_an_unfinished_run_is_refused_before_it_is_measured(copied, monkeypatch):
    (copied / "run.json").unlink()
    _refused(lambda: evaluate_run(copied), copied / "run.json")
    monkeypatch.setattr(again, "measure_splits", None)  # minutes, for a large run
    _refused(lambda: evaluate_run(copied), copied / "run.json")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"samples": 0}, ["samples", "0"]),
        ({"samples": -3}, ["samples", "-3"]),
        ({"train_images": 0}, ["train_images", "0"]),
        ({"precision": "half"}, ["precision", "half"]),
        ({"device": "tpu"}, ["device", "tpu"]),
        ({"device": "cuda:7"}, ["device", "cuda:7"]),
        ({"device": "cpu:x"}, ["device", "cpu:x"]),
        ({"seed": 2**64}, ["seed", str(2**64)]),
        ({"seed": -(2**64)}, ["seed", str(-(2**64))]),
    ],
    ids=str,
)
def test_numbers_that_are_not_usable(finished, changed, words):
    _refused(lambda: evaluate_run(finished[0], **changed), *words)


@pytest.mark.parametrize("changed", [{"samples": 1.5}, {"samples": "2"}])
def test_numbers_of_another_type(finished, changed):
    _refused(lambda: evaluate_run(finished[0], **changed), "samples", error=(TypeError, ValueError))


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_seeds_that_are_not_usable(tmp_path, seed):
    _refused(lambda: run_training(_settings(seed=seed), tmp_path), "seed", seed)


def test_a_device_that_is_not_there(tmp_path):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    _refused(lambda: run_training(_settings(device="tpu"), tmp_path), "device", "tpu")


# -- subsets -----------------------------------------------------------------------------------


@pytest.mark.parametrize("total", [1, 2, 7, 100, 50_000])
@pytest.mark.parametrize("count", [1, 2, 3, 7, 10, 99, 100, 1000])
def test_a_spread_subset_is_spread(total, count):
    images = torch.arange(total)
    found = spread_subset(images, count)
    assert len(found) == min(count, total)
    assert len(found.unique()) == len(found)
    assert found.tolist() == sorted(found.tolist())
    gaps = found.diff()
    if len(gaps):
        assert gaps.max() - gaps.min() <= 1
        assert total - found[-1] <= gaps.max() + 1  # it reaches the end as well


def test_a_spread_subset_that_wants_all_is_all():
    images = torch.arange(12).reshape(4, 3)
    assert torch.equal(spread_subset(images, 4), images)
    assert torch.equal(spread_subset(images, 9), images)


# -- pictures ----------------------------------------------------------------------------------


def _is_binary(array):
    return bool(np.isin(array, (0.0, 1.0)).all())


@pytest.mark.parametrize("count", [1, 24, 200])
def test_samples_have_the_promised_shapes_and_values(finished, tmp_path, made, count):
    found = sample_run(finished[0], tmp_path, count=count)
    assert found == {"data": "made", "warning": "made: never comparable", "model": "---"}
    arrays = read_arrays(tmp_path / "samples.npz", PICTURES)
    images = min(count, len(made.test))
    for name, array in arrays.items():
        drawn = count if name.startswith("generation") else images
        assert array.shape == (drawn, 4, 4), name
        assert ((array >= 0) & (array <= 1)).all()
    for name in ("data", "reconstruction", "generation"):
        assert _is_binary(arrays[name]), name
    for name in ("reconstruction_mean", "generation_mean"):
        np.testing.assert_allclose(
            arrays[name] * MEAN_OF, np.round(arrays[name] * MEAN_OF), atol=1e-5
        )
        assert count == 1 or not _is_binary(arrays[name])
    test = {image.tobytes() for image in made.test}
    assert all(image.astype(np.uint8).tobytes() in test for image in arrays["data"])


def test_samples_of_one_seed_agree_and_of_another_do_not(finished, tmp_path):
    arrays = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        sample_run(finished[0], tmp_path / name, count=20, seed=seed)
        arrays.append(read_arrays(tmp_path / name / "samples.npz", PICTURES))
    a, b, c = arrays
    assert all(np.array_equal(a[name], b[name]) for name in PICTURES)
    assert np.array_equal(a["data"], c["data"])
    assert not any(np.array_equal(a[name], c[name]) for name in PICTURES[1:])


def test_existing_samples_are_refused_before_any_are_drawn(finished, tmp_path, monkeypatch):
    (tmp_path / "samples.npz").write_text("mine")
    _refused(lambda: sample_run(finished[0], tmp_path, count=2), error=FileExistsError)
    assert (tmp_path / "samples.npz").read_text() == "mine"
    sample_run(finished[0], tmp_path, count=2, overwrite=True)
    monkeypatch.setattr(pictures, "draw_pictures", None)
    _refused(lambda: sample_run(finished[0], tmp_path, count=2), error=FileExistsError)


@pytest.mark.parametrize("count", [0, -1])
def test_a_count_that_is_not_usable(finished, tmp_path, count):
    _refused(lambda: sample_run(finished[0], tmp_path, count=count), "count", count)


@pytest.mark.parametrize("model", ["---", "-+v", "++-", "+-+"])
def test_every_kind_of_model_makes_pictures(model):
    from rdneural.models.build import build_model
    from rdneural.records.sizes import SIZES

    torch.manual_seed(0)
    made = build_model(model, SIZES["tiny"])
    images = as_tensor(_made().test[:6])
    arrays = draw_pictures(made, images, generations=4, seed=0)
    assert tuple(arrays) == PICTURES
    assert [len(array) for array in arrays.values()] == [6, 6, 6, 4, 4]
    assert all(_is_binary(arrays[name]) for name in ("data", "reconstruction", "generation"))


def test_reconstructions_of_a_trained_model_are_nearer_than_generations(tmp_path):
    found = run_training(_settings(epochs=20.0, learning_rate=1e-2, beta=0.2), tmp_path)
    assert found["test"]["rate"] > 0.3
    arrays = read_arrays(tmp_path / "samples.npz", PICTURES)
    data = arrays["data"]
    other = np.roll(arrays["reconstruction_mean"], 1, axis=0)
    near = np.abs(arrays["reconstruction_mean"] - data).mean()
    assert near < np.abs(other - data).mean()


def test_the_mean_of_five_is_at_the_same_codes(tmp_path, made):
    # a code that decides the picture decides all five; then sample and mean agree nearly everywhere
    run_training(_settings(epochs=20.0, learning_rate=1e-2, beta=0.2), tmp_path)
    model, _ = load_model(tmp_path)
    arrays = draw_pictures(model, as_tensor(made.test), generations=200)
    for half in ("reconstruction", "generation"):
        one, mean = arrays[half], arrays[f"{half}_mean"]
        shuffled = np.roll(mean, 1, axis=0)
        assert np.abs(one - mean).mean() < 0.8 * np.abs(one - shuffled).mean()


def test_measuring_splits_is_measuring_each(finished, made):
    model, settings = load_model(finished[0])
    found = measure_splits(model, made, samples=2, counts={"train": 30}, seed=9)
    assert list(found) == list(SPLITS)
    expected = measure(model, as_tensor(made.test), samples=2, seed=9)
    assert found["test"].elbo == pytest.approx(expected.elbo, rel=FLOAT32)
    with autocast(replace(settings, precision="bfloat16")):
        half = measure_splits(model, made, samples=2, seed=9)
    assert half["test"].elbo != found["test"].elbo
