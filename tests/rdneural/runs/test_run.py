"""A run's directory: what is left there, measured again, drawn again, and refused."""

import json

import numpy as np
import pytest

from rdneural.data import SPLITS, of_run
from rdneural.machine.device import peak_memory_mib
from rdneural.measures.images import as_tensor
from rdneural.records.layout import CHECKPOINT, HISTORY_FILE
from rdneural.runs.again import evaluate_run
from rdneural.runs.run import run_training
from rdneural.runs.stored import load_model
from rdneural.training.checkpoints import read_checkpoint
from rdneural.training.learner import DivergedError
from rdneural.training.loop import train
from rdneural.training.options import LoopOptions
from tests.make.stored import PICTURES, finish_small, made_images, refused, run_settings

MEASURES = (
    "rate", "rate_se", "distortion", "distortion_se", "elbo", "elbo_se", "images",
    "latent_samples",
)  # fmt: skip
RESULT = {
    "data", "warning", "device", "model", "preset", "parameters", "beta", "target_rate",
    "final_beta", "epochs", "images_per_second", "peak_memory_mib", *SPLITS,
}  # fmt: skip


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
    found = finish_small(tmp_path, run_settings(target_rate=1.0))
    assert found["target_rate"] == 1.0
    assert found["beta"] is None
    assert found["final_beta"] > 0
    again = evaluate_run(tmp_path)
    assert again["final_beta"] == found["final_beta"]
    for one in (found, again):
        assert one["target_miss"] == one["test"]["rate"] - 1.0
        assert one["target_met"] == (
            abs(one["target_miss"]) <= max(0.1, 3 * one["test"]["rate_se"])
        )
        assert one["diverged"] is False
    assert json.loads((tmp_path / "run.json").read_text())["target_met"] == found["target_met"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [({"target_rate": 12.0}, "target_rate must be at most 11.0904"),
     ({"anneal": 1.0}, "anneal must be below the 1 epochs")],
)  # fmt: skip
def test_what_cannot_be_is_refused_before_anything_is_read_or_written(
    tmp_path, monkeypatch, asked, words
):
    monkeypatch.setattr(of_run, "load_images", None)  # calling it would be work
    with pytest.raises(ValueError, match=words):
        run_training(run_settings(**asked), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_an_existing_checkpoint_is_refused_before_any_work(finished, monkeypatch):
    place, _ = finished
    kept = (place / CHECKPOINT).read_bytes()
    monkeypatch.setattr(of_run, "load_images", None)  # calling it would be work
    with pytest.raises(FileExistsError, match="overwrite, or --resume") as caught:
        run_training(run_settings(), place)
    assert "\n" not in str(caught.value)
    assert (place / CHECKPOINT).read_bytes() == kept


def test_overwriting_gives_what_a_new_directory_gets(copied, finished, tmp_path):
    again = run_training(run_settings(), copied, overwrite=True)
    for split in SPLITS:
        assert again[split] == finished[1][split]
    other = run_training(run_settings(seed=4), copied, overwrite=True)
    assert other["test"] != again["test"]


@pytest.mark.parametrize("name", ["history.csv", "samples.npz"])
def test_other_files_of_the_user_s_are_not_silently_overwritten(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(FileExistsError, match=name):
        run_training(run_settings(), tmp_path)
    assert (tmp_path / name).read_text() == "mine"


MEASURED_TIMES = {"seconds", "training_seconds", "images_per_second", "peak_memory_mib"}


def test_a_run_that_was_broken_off_is_resumed_to_the_same_result(tmp_path, finished, made):
    settings = run_settings()
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
        run_settings(), as_tensor(made.train), as_tensor(made.valid), tmp_path,
        options=LoopOptions(stop_after=7),
    )  # fmt: skip
    other = made_images((400, 60, 80), name="published")
    monkeypatch.setattr(of_run, "load_images", lambda *_, **__: other)
    refused(lambda: run_training(run_settings(), tmp_path, resume=True), "data")


def test_divergence_leaves_no_result(tmp_path):
    with pytest.raises(DivergedError):
        run_training(run_settings(learning_rate=1e30, warm_up=0, epochs=3), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} <= {CHECKPOINT, HISTORY_FILE}
