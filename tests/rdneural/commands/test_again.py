"""`evaluate` and `sample`."""

import json

import pytest

from rdneural.data import SPLITS
from rdneural.records.layout import CHECKPOINT, LOCK, SAMPLES
from rdneural.records.zoo import CAGES
from rdneural.runs import again
from rdneural.runs import run as runs
from rdneural.training import loop as training
from rdtheory.results import read_arrays
from tests.make.commands import FILES, HEAD, SAME, SHORT, one_error, read_result

pytestmark = pytest.mark.usefixtures("undrawn")


def test_evaluate_measures_what_the_run_measured(run, finished, tmp_path):
    result = run(
        "evaluate", finished[0], "--train-images", 2000, "--out", tmp_path / "e",
        "--json", tmp_path / "copy",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    found, before = read_result(tmp_path / "e", "evaluate.json"), read_result(finished[0])
    assert set(found) >= HEAD | {"data", "warning", *SPLITS}
    assert found["command"] == "evaluate"
    assert all(found[split] == before[split] for split in SPLITS)
    assert (tmp_path / "copy").read_text() == (tmp_path / "e" / "evaluate.json").read_text()
    assert "codes each" in result.stdout


def test_evaluate_takes_its_options(run, finished, tmp_path):
    result = run(
        "evaluate", finished[0], "--samples", 3, "--train-images", 100, "--precision", "bfloat16",
        "--seed", 4, "--data", "mnist5k", "--device", "cpu", "--out", tmp_path / "e", "--json", "-",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert result.stdout == (tmp_path / "e" / "evaluate.json").read_text()
    assert found["seed"] == 4
    assert found["precision"] == "bfloat16"
    assert found["train"]["images"] == 100
    assert found["test"]["latent_samples"] == 3
    assert found["settings"]["samples"] == 3


@pytest.mark.parametrize(("command", "number"), [("evaluate", "evaluate"), ("sample", "sample")])
def test_each_call_gets_a_directory_of_its_own_within_the_run(run, copied, command, number):
    for _ in range(2):
        assert run(command, copied).exit_code == 0
    names = {path.name for path in copied.iterdir()} - FILES
    assert names == {f"{number}-1", f"{number}-2"}


def test_the_zoo_is_sampled_elsewhere_and_without_images(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RDLATENT_DATA", str(tmp_path))
    before = sorted(CAGES.rglob("*"))
    result = run("sample", "zoo:---_beta-1", "--count", 2)
    assert result.exit_code == 0, result.stderr
    assert "warning: no reconstructions: " in result.stderr
    found = read_arrays(tmp_path / "runs" / "sample-1" / SAMPLES, ("generation",))
    assert found["generation"].shape == (2, 28, 28)
    assert sorted(CAGES.rglob("*")) == before
    one_error(run("sample", "zoo:dodo"), "DIRECTORY must be one of zoo:", "got 'zoo:dodo'")


def test_sample_draws_more(run, finished, tmp_path):
    result = run("sample", finished[0], "--count", 7, "--out", tmp_path / "s", "--json", "-")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout) == read_result(tmp_path / "s", "sample.json")
    assert set(json.loads(result.stdout)) >= HEAD | {"data", "warning", "model"}
    names = {path.name for path in (tmp_path / "s").iterdir()}
    assert names == {"sample.json", "samples.npz", "samples.png", LOCK}


def test_existing_results_are_refused_before_any_work(run, copied, monkeypatch):
    kept = {path.name: path.read_bytes() for path in copied.iterdir()}
    monkeypatch.setattr(runs, "run_training", None)
    for name in ("evaluate_run", "sample_run"):
        monkeypatch.setattr(again, name, None)
    (copied / "evaluate.json").write_text("mine")
    (copied / "sample.json").write_text("mine")
    for arguments in (
        ["mnist", *SHORT, "--beta", 1, "--out", copied],
        ["mnist", *SHORT, "--beta", 1, "--out", copied / "new", "--json", copied / "run.json"],
        ["evaluate", copied, "--out", copied],
        ["sample", copied, "--out", copied],
    ):
        one_error(run(*arguments), "exists: choose another place or pass --overwrite")
    assert all((copied / name).read_bytes() == content for name, content in kept.items())
    assert not (copied / "new").exists()


@pytest.mark.parametrize("name", ["curves.png", "curves.csv", "samples.png", "history.csv"])
def test_any_file_of_the_user_s_is_refused_before_any_work(run, tmp_path, name, monkeypatch):
    monkeypatch.setattr(training, "train", None)
    monkeypatch.setattr(runs, "train", None)
    place = tmp_path / "a"
    place.mkdir()
    (place / name).write_text("mine")
    one_error(run("mnist", *SHORT, "--beta", 1, "--out", place), f"{name} exists")
    assert (place / name).read_text() == "mine"
    assert [path.name for path in place.iterdir()] == [name]


def test_overwrite_replaces_all_of_a_run(run, copied):
    result = run("mnist", *SHORT, *SAME, "--beta", 2, "--out", copied, "--overwrite")
    assert result.exit_code == 0, result.stderr
    assert read_result(copied)["beta"] == 2.0
    assert {path.name for path in copied.iterdir()} == FILES


def test_a_checkpoint_alone_is_refused_with_a_hint(run, copied):
    for path in copied.iterdir():
        if path.name != CHECKPOINT:
            path.unlink()
    result = run("mnist", *SHORT, *SAME, "--beta", 1, "--seed", 5, "--out", copied)
    one_error(result, "--overwrite, or --resume")
