"""Commands on own images: one table, one place, and one line where they are not usable."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from rdneural.data import load
from rdneural.records.layout import CHECKPOINT, SPLITS
from rdneural.records.table import read_table
from rdneural.runs import run as runs
from rdneural.training import loop as training
from rdtheory.results import read_json
from tests.conftest import ROOT
from tests.make.commands import WITHOUT_TORCH, one_error, read_result
from tests.make.runs import few_images, stopped

pytestmark = pytest.mark.usefixtures("undrawn")

TINY = ("--preset", "tiny", "--device", "cpu", "--precision", "float32", "--batch", 16)
RATE = ("--beta", 1)
TIMED = {"seconds", "training_seconds", "images_per_second", "peak_memory_mib"}
NOISE = np.random.default_rng(0)
GREY = NOISE.random((80, 5, 3)).astype(np.float32)


@pytest.fixture
def images(tmp_path):
    """Grey images that are not square, with labels, and binary ones of another size."""
    np.save(tmp_path / "grey.npy", GREY)
    np.save(tmp_path / "labels.npy", np.arange(80) % 2)
    np.save(tmp_path / "binary.npy", NOISE.random((40, 4, 4)) < 0.5)
    return tmp_path


def test_a_run_is_found_again_by_its_content(run, images):
    grey = ("--data", "grey.npy", "--binarise", "threshold:0.5")
    result = run("train", *grey, *TINY, *RATE, "--epochs", 2, "--pictures", 3, "--out", "a")
    assert result.exit_code == 0, result.stderr
    found = read_result(images / "a")
    assert found["data"].startswith("grey (threshold:0.5, ")
    assert found["data"] in result.stdout
    assert "never comparable with the paper's data" in found["warning"]
    assert (found["frame"], found["settings"]["frame"]) == ([5, 3], [5, 3])
    assert 5 < found["test"]["distortion"] < 20  # of 15 pixels, and not of 64: 44 nats
    with np.load(images / "a" / "samples.npz") as samples:
        assert {samples[name].shape for name in samples} == {(3, 5, 3)}
    again = run("train", "--out", "a", "--resume")
    assert (again.exit_code, again.stdout) == (0, result.stdout), again.stderr
    (images / "grey.npy").rename(images / "moved.npy")
    for command in (("evaluate", "a"), ("train", "--out", "a", "--resume", "--epochs", 3)):
        one = run(*command)
        assert one.exit_code == 2
        line = one.stderr.splitlines()[-1]
        assert f"where they were, {images / 'grey.npy'}, got nothing there: pass --data" in line
    measured = run("evaluate", "a", "--data", "moved.npy", "--json", "-")
    assert measured.exit_code == 0, measured.stderr
    assert json.loads(measured.stdout)["test"] == found["test"]
    longer = run("train", "--data", "moved.npy", "--out", "a", "--resume", "--epochs", 3)
    assert longer.exit_code == 0, longer.stderr
    assert read_result(images / "a")["images_digest"] == found["images_digest"]
    np.save(images / "moved.npy", 1 - GREY)
    refused = run("train", "--data", "moved.npy", "--out", "a", "--resume", "--epochs", 4)
    assert refused.exit_code == 2
    assert "data must hold the images of" in refused.stderr


def test_a_run_is_measured_on_none_but_its_own_test_images(run, images):
    parts = {split: GREY[20 * k :][: 40 - 20 * (k > 0)] for k, split in enumerate(SPLITS)}
    np.savez(images / "parts.npz", **parts)
    asked = ("--data", "parts.npz", "--binarise", "sample", *TINY, *RATE, "--epochs", 0.5)
    made = run("train", *asked, "--pictures", 1, "--out", "p")
    assert made.exit_code == 0, made.stderr
    assert run("evaluate", "p").exit_code == 0
    np.savez(images / "parts.npz", **(parts | {"test": parts["test"][::-1]}))
    refused = run("evaluate", "p")
    assert refused.exit_code == 2
    assert "got others for validation or tests, parts (sample, " in refused.stderr


def test_a_source_is_trained_on_by_its_name(run, monkeypatch):
    few_images(monkeypatch)
    made = run("train", "--data", "bars:4x4", *TINY, *RATE, "--epochs", 1, "--out", "b")
    assert made.exit_code == 0, made.stderr
    again = run("train", "--out", "b", "--resume")
    assert (again.exit_code, again.stdout) == (0, made.stdout), again.stderr


def test_images_that_are_drawn_anew_are_gone_on_with_as_if_unbroken(run, images, monkeypatch):
    class Interrupt(Exception):  # noqa: N818
        pass

    def train(*given, real=training.train, **how):
        real(*given, **stopped(how, 7))
        raise Interrupt

    asked = ("train", "--data", "grey.npy", "--binarise", "resampled", *TINY, "--model=-+-",
             "--epochs", 3, "--target-rate", 1, "--split-seed", 2)  # fmt: skip
    whole = run(*asked, "--out", "whole")
    assert whole.exit_code == 0, whole.stderr
    with monkeypatch.context() as context:
        context.setattr(runs, "train", train)
        assert isinstance(run(*asked, "--out", "broken").exception, Interrupt)
    result = run("train", "--out", "broken", "--resume", "--device", "cpu")
    assert result.exit_code == 0, result.stderr
    a, b = read_result(images / "whole"), read_result(images / "broken")
    for name in set(a) - TIMED:
        assert a[name] == b[name], name


def test_a_sweep_has_one_set_of_own_images(run, images):
    grey = ("--data", "grey.npy", "--binarise", "sample")
    small = ("sweep", *TINY, "--models=---", "--epochs", 1, "--pictures", 2, "--out", "s")
    first = run(*small, *grey, "--betas", "1,4", "--batched", 2)
    assert first.exit_code == 0, first.stderr
    row, _ = read_table(images / "s")
    assert (row["frame"], row["binarise"], row["split_seed"]) == ("5x3", "sample", 0)
    assert row["data"].startswith("grey (sample, ")
    assert row["diverged"] is False
    again = run(*small, *grey, "--betas", "1,2")
    assert again.exit_code == 0, again.stderr
    assert len({row["data"] for row in read_table(images / "s")}) == 1
    for other, said in (
        (("--data", "binary.npy"), "images as large as those of the other runs in s/sweep.json, "
         "5x3, got 4x4"),
        (("--data", "mnist5k"), "dataset must be that of the other runs in s/sweep.json, own"),
        ((*grey[:2], "--binarise", "threshold:0.5"), "data must be those of the other runs in s"),
    ):  # fmt: skip
        refused = run(*small, *other, "--betas", 3)
        assert refused.exit_code == 2
        assert said in refused.stderr.splitlines()[-1]


def test_a_curve_of_own_images_goes_on_without_its_options(run, images):
    asked = ("--betas", "0.5,1", *TINY)
    first = run("curve", "--data", "binary.npy", "--epochs", 1, *asked, "--out", "c")
    assert first.exit_code == 0, first.stderr
    found = read_json(images / "c" / "curve.json", command="curve")
    assert found["data"].startswith("binary (")
    assert all(point["test"]["elbo"] < 16 for point in found["points"])
    (images / "c" / "curve.json").unlink()
    again = run("curve", "--betas", "0.5,1", "--resume", "--out", "c")
    assert again.exit_code == 0, again.stderr
    measured = read_json(images / "c" / "curve.json", command="curve")
    assert measured["points"] == found["points"]


def test_labels_are_beside_the_images_or_in_a_file(run, images):
    binary = np.load(images / "binary.npy")
    np.savez(images / "labelled.npz", images=binary, labels=np.arange(40) % 2)
    np.save(images / "few.npy", np.arange(40) % 20)
    np.save(images / "short.npy", np.arange(39))
    made = run("train", "--data", "labelled.npz", *TINY, *RATE, "--epochs", 1, "--out", "r")
    assert made.exit_code == 0, made.stderr
    for labels, said in (
        ("few.npy", "labels of few.npy must be of 2 classes or more, 5 images or more of each"),
        ("short.npy", "short.npy must have one label for each of 40 images, got shape (39,)"),
        ("none.npy", "none.npy must be a readable file, got No such file"),
    ):
        refused = run("usefulness", "r", "--labels", labels, "--out", "u")
        assert refused.exit_code == 2
        assert said in refused.stderr.splitlines()[-1]
    result = run("usefulness", "r", "--images", 8, "--reconstructions", 8, "--out", "u")
    assert result.exit_code == 0, result.stderr
    assert "class of 2" in result.stdout


@pytest.fixture
def few_digits(digits, monkeypatch):
    """Let mnist5k have a few of its images."""
    few = replace(digits, train=digits.train[:64])
    monkeypatch.setattr(load, "load_mnist5k", lambda: few)
    return few


@pytest.mark.parametrize("how", ["own by published", "published by own"])
def test_models_measure_images_of_others_that_are_as_large(run, few_digits, tmp_path, how):
    np.save(tmp_path / "digits.npy", NOISE.random((60, 28, 28)).astype(np.float32))
    own = ("--data", "digits.npy", "--binarise", "sample")
    quick = ("--preset", "quick", "--device", "cpu", "--precision", "float32", "--batch", 8)
    short = (*quick, *RATE, "--epochs", 0.2, "--pictures", 1, "--out", "r")
    if how == "own by published":
        made = run("mnist", "--data", "mnist5k", *short)
        measured = run("evaluate", "r", *own, "--train-images", 9, "--json", "-")
        name = "digits (sample, "
    else:
        made = run("train", *own, *short)
        measured = run("evaluate", "r", "--data", "mnist5k", "--train-images", 9, "--json", "-")
        name = "mnist5k"
    assert made.exit_code == 0, made.stderr
    assert measured.exit_code == 0, measured.stderr
    assert json.loads(measured.stdout)["data"].startswith(name)


def test_published_images_in_a_file_of_one_s_own_give_the_same_run(run, few_digits, tmp_path):
    np.savez(tmp_path / "own.npz", **{split: few_digits.split(split) for split in SPLITS})
    short = ("--preset", "quick", "--device", "cpu", "--precision", "float32", *RATE,
             "--epochs", 2, "--batch", 32, "--pictures", 2)  # fmt: skip
    for command, data, out in (("mnist", "mnist5k", "a"), ("train", "own.npz", "b")):
        made = run(command, "--data", data, *short, "--out", out)
        assert made.exit_code == 0, made.stderr
    one, other = read_result(tmp_path / "a"), read_result(tmp_path / "b")
    named = {"command", "settings", "data", "warning", "frame", *TIMED}
    assert {name: one[name] for name in one if name not in named} == {
        name: other[name] for name in other if name not in named
    }


REFUSED = [
    (("train", "--beta", "1"), "give --data, a place with images or the name of some"),
    (("train", "--data", "none.npy"), "data must be a name or a place with images, got 'none.npy'"),
    (("train", "--data", "minst"), "dataset must be one of mnist, omniglot, ",
     "mean mnist?), and no place with images"),
    (("train", "--data", "grey.npy"), "binarise must be sample, threshold:T or resampled for grey"),
    (("train", "--data", "grey.npy", "--binarise", "threshold:2"), "with T in (0, 1], got"),
    (("train", "--data", "binary.npy", "--binarise", "sample"), "binarise must be none for binary"),
    (("train", "--data", "grey.npy", "--binarise", "sample", "--target-rate", "11"),
     "target_rate must be at most 10.3972 nats, as much as images of 5x3 pixels can hold, got 11"),
    (("train", "--data", "grey.npy", "--binarise", "sample", "--model", "split:16"),
     "model must split off at most 15 pixels, got 'split:16'"),
    (("train", "--data", "nan.npy"), "nan must hold finite numbers, got NaN or infinity"),
    (("train", "--data", "one.npy"), "one must have 3 images or more, one for each split, got 1"),
    (("train", "--data", "same.npy"), "same must have pixels that differ, got 1 everywhere"),
    (("train", "--data", "empty"), "empty must hold pictures (.png, .jpg, .jpeg, ...), got none"),
    (("train", "--data", "mnist5k", "--split-seed", "1"), "split_seed goes with own images, got 1"),
    (("curve", "--data", "grey.npy"), "binarise must be sample, threshold:T or resampled for grey"),
    (("sweep", "--models=---", "--betas", "1", "--data", "grey.npy"), "binarise must be sample"),
    (("sweep", "--models=---", "--betas", "1", "--data", "grey.npy", "--data-from", "here"),
     "--data-from goes with published images, got it with grey.npy"),
]  # fmt: skip


def test_what_is_refused_is_one_line_without_torch(images):
    np.save(images / "nan.npy", np.where(GREY > 0.9, np.nan, GREY))
    np.save(images / "one.npy", np.eye(4)[None])
    np.save(images / "same.npy", np.ones((9, 4, 4)))
    (images / "empty").mkdir()
    ends = ("--beta", "--target-rate", "--betas")
    asked = [[*words, *(() if words[0] == "curve" or set(words) & set(ends) else ("--beta", "1"))]
             for words, *_ in REFUSED]  # fmt: skip
    found = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH], input=json.dumps(asked), text=True,
        capture_output=True, cwd=images, env={"PYTHONPATH": str(ROOT), "PATH": ""}, check=True,
    )  # fmt: skip
    answers = [json.loads(line) for line in found.stdout.splitlines()]
    assert len(answers) == len(REFUSED)
    for (words, *said), (code, stderr) in zip(REFUSED, answers, strict=True):
        assert code == 2, words
        assert stderr.startswith("error: ")
        assert stderr.count("\n") == 1, (words, stderr)
        for part in said:
            assert part in stderr, (words, stderr)


def test_a_run_that_cannot_be_read_is_one_line(run, images):
    (images / "r").mkdir()
    (images / "r" / CHECKPOINT).write_bytes(b"nonsense")
    one_error(run("train", "--out", "r", "--resume", *RATE), "give --data, a place with images")
