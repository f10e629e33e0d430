"""The commands mnist, omniglot, evaluate and sample, as a user runs them."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from rdneural.data import SPLITS, load
from rdneural.models.build import FAMILIES
from rdneural.records.layout import CHECKPOINT
from rdneural.runs import again
from rdneural.runs import run as runs
from rdneural.training import loop as training
from tests.conftest import ROOT
from tests.make.runs import stopped

pytestmark = pytest.mark.usefixtures("undrawn")  # the run that all share is drawn

HEAD = {"command", "settings", "versions", "seed", "seconds"}
RUN = HEAD | {
    "data", "warning", "device", "model", "parameters", "beta", "target_rate", "final_beta",
    "images_per_second", *SPLITS,
}  # fmt: skip
FILES = {
    "run.json", "history.csv", CHECKPOINT, "samples.npz", "samples.png", "curves.png", "curves.csv",
}  # fmt: skip
WARNING = "never comparable with the paper's data"
SHORT = ("--preset", "tiny", "--data", "mnist5k", "--epochs", "0.2", "--device", "cpu")
SAME = ("--precision", "float32")

PLACES = load.MNIST_URL, load.OMNIGLOT_URL


@pytest.fixture(autouse=True)
def offline(tmp_path, monkeypatch):
    """No test reads or fills the user's cache, or leaves this machine."""
    monkeypatch.setenv("RDLATENT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RDLATENT_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(load, "MNIST_URL", "http://127.0.0.1:1/")  # where nobody listens
    monkeypatch.setattr(load, "OMNIGLOT_URL", "http://127.0.0.1:1/")
    monkeypatch.chdir(tmp_path)


def _read(place: Path, name: str = "run.json") -> dict:
    return json.loads((place / name).read_text())


@pytest.fixture(scope="module")
def finished(tmp_path_factory, run):
    """Return the directory of a run and what the command printed."""
    place = tmp_path_factory.mktemp("commands") / "run"
    result = run("mnist", *SHORT, *SAME, "--beta", 1, "--seed", 5, "--out", place)
    assert result.exit_code == 0, result.stderr
    return place, result


@pytest.fixture
def copied(finished, tmp_path):
    place = tmp_path / "copied"
    place.mkdir()
    for path in finished[0].iterdir():
        (place / path.name).write_bytes(path.read_bytes())
    return place


# -- what a run leaves and prints --------------------------------------------------------------


def test_a_run_leaves_its_files(finished):
    place, _ = finished
    assert {path.name for path in place.iterdir()} == FILES
    for name in ("samples.png", "curves.png"):
        assert (place / name).read_bytes().startswith(b"\x89PNG")


def test_the_result_has_all_its_entries(finished):
    found = _read(finished[0])
    assert set(found) >= RUN
    assert found["command"] == "mnist"
    assert found["seed"] == found["settings"]["seed"] == 5
    assert found["seconds"] > 0
    assert found["data"].startswith("mnist5k")
    assert WARNING in found["warning"]
    assert {"python", "torch", "numpy", "safetensors", "rdlatent"} <= set(found["versions"])
    asked = {"preset": "tiny", "model": "---", "beta": 1.0, "epochs": 0.2, "data": "mnist5k"}
    asked |= {"device": "cpu", "precision": "float32"}
    assert found["settings"] == found["settings"] | asked
    assert [found[split]["images"] for split in SPLITS] == [2000, 500, 500]


def test_the_history_s_last_row_is_the_last_step(finished):
    found = _read(finished[0])
    with (finished[0] / "history.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert int(float(rows[-1]["step"])) == found["steps"] == round(0.2 * (4000 // 128))


def test_the_table_is_printed_with_its_unit_and_warning(finished):
    _, result = finished
    assert "nats" in result.stdout
    assert WARNING in result.stdout
    assert "mnist5k" in result.stdout
    for split in SPLITS:
        part = _read(finished[0])[split]
        row = next(line for line in result.stdout.splitlines() if line.split()[:1] == [split])
        assert f"{part['rate']:.2f} +- {part['rate_se']:.2f}" in row
        assert f"{part['elbo']:.2f} +- {part['elbo_se']:.2f}" in row


def test_messages_go_to_stderr(finished):
    place, result = finished
    assert str(place) in result.stderr
    assert str(place) not in result.stdout


def test_json_to_stdout_prints_run_json_alone(run, tmp_path):
    result = run("mnist", *SHORT, "--beta", 0.5, "--out", tmp_path / "a", "--json", "-")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == (tmp_path / "a" / "run.json").read_text()
    assert json.loads(result.stdout)["beta"] == 0.5


def test_json_path_gets_the_same_result(run, tmp_path):
    result = run("mnist", *SHORT, "--beta", 1, "--out", tmp_path / "a", "--json", "copy.json")
    assert result.exit_code == 0, result.stderr
    assert Path("copy.json").read_text() == (tmp_path / "a" / "run.json").read_text()


def test_a_target_rate_and_its_multiplier_are_stated(run, tmp_path):
    result = run("mnist", *SHORT, "--target-rate", 1.5, "--out", tmp_path / "a")
    assert result.exit_code == 0, result.stderr
    found = _read(tmp_path / "a")
    assert found["target_rate"] == found["settings"]["target_rate"] == 1.5
    assert found["beta"] is None
    assert found["final_beta"] > 0
    assert "target rate 1.5" in result.stdout
    assert f"{found['final_beta']:.4g}" in result.stdout


def test_evaluating_a_run_to_a_rate_prints_its_table(run, tmp_path):
    arguments = ["mnist", *SHORT, "--target-rate", 1.5, "--out", tmp_path / "a", "--json", "-"]
    assert run(*arguments).exit_code == 0
    result = run("evaluate", tmp_path / "a")
    assert result.exit_code == 0, result.stderr
    assert "target rate 1.5" in result.stdout


def test_one_seed_gives_one_result(run, tmp_path, finished):
    for name, seed in (("a", 5), ("b", 6)):
        arguments = [*SHORT, *SAME, "--beta", 1, "--seed", seed, "--out", tmp_path / name]
        assert run("mnist", *arguments).exit_code == 0
    first, same, other = _read(finished[0]), _read(tmp_path / "a"), _read(tmp_path / "b")
    assert all(first[split] == same[split] for split in SPLITS)
    assert not any(first[split] == other[split] for split in SPLITS)


def test_without_out_each_run_gets_a_directory_of_its_own(run):
    for _ in range(2):
        assert run("mnist", *SHORT, "--beta", 1).exit_code == 0
    assert sorted(path.name for path in Path("runs").iterdir()) == ["mnist-1", "mnist-2"]


def test_runs_that_are_under_way_together_do_not_share_a_directory(run, monkeypatch):
    # a second command is begun while the first one trains, as when seeds run side by side
    real, places = runs.train, []

    def begin_another(settings, images, valid, place, **how):
        places.append(place)
        if len(places) == 1:
            run("mnist", *SHORT, "--beta", 1, "--seed", 1)
        return real(settings, images, valid, place, **how)

    monkeypatch.setattr(runs, "train", begin_another)
    assert run("mnist", *SHORT, "--beta", 1, "--seed", 0).exit_code == 0
    assert len(places) == len(set(places)) == 2


def test_auto_without_data_or_network_falls_back_and_says_so(run, tmp_path):
    short = [word for word in SHORT if word not in ("--data", "mnist5k")]
    result = run("mnist", *short, "--beta", 1, "--out", tmp_path / "a")
    assert result.exit_code == 0, result.stderr
    assert WARNING in result.stdout
    assert _read(tmp_path / "a")["data"].startswith("mnist5k")


def test_the_warning_reaches_every_output(run, finished, tmp_path):
    place, trained = finished
    evaluated = run("evaluate", place, "--out", tmp_path / "e")
    sampled = run("sample", place, "--count", 2, "--out", tmp_path / "s")
    for result in (trained, evaluated, sampled):
        assert result.exit_code == 0, result.stderr
    assert WARNING in _read(tmp_path / "e", "evaluate.json")["warning"]
    assert WARNING in _read(tmp_path / "s", "sample.json")["warning"]
    assert WARNING in evaluated.stdout
    assert WARNING in sampled.stdout + sampled.stderr


@pytest.mark.parametrize("model", FAMILIES)
def test_every_family_trains(run, tmp_path, model):
    # six steps; both spellings of an option whose value begins with dashes
    spelling = (f"--model={model}",) if model.startswith("-") else ("--model", model)
    short = [*SHORT[:4], "--epochs", 0.05, "--batch", 32, "--device", "cpu"]
    result = run("mnist", *short, *SAME, "--beta", 1, *spelling, "--out", tmp_path / "a")
    assert result.exit_code == 0, result.stderr
    assert {path.name for path in (tmp_path / "a").iterdir()} == FILES
    found = _read(tmp_path / "a")
    assert found["model"] == found["settings"]["model"] == model
    assert found["steps"] == 6
    assert 0 < found["test"]["elbo"] < 16  # 16 log 2 = 11.1 is a coin a pixel
    assert f"model {model} " in result.stdout


def test_a_model_after_a_blank_is_read_too(run, tmp_path):
    result = run("mnist", *SHORT, "--beta", 1, "--model", "--v", "--out", tmp_path / "a")
    assert result.exit_code == 0, result.stderr
    assert _read(tmp_path / "a")["model"] == "--v"


@pytest.mark.parametrize(
    "options",
    [
        ["--beta", 1, "--anneal", 0.1, "--free-bits", 1, "--clip", 5, "--ema", 0.9],
        ["--target-rate", 2, "--penalty", 2, "--schedule", "linear", "--precision", "bfloat16"],
        ["--beta", 0, "--patience", 1, "--learning-rate", 0.01, "--batch", 500],
    ],
    ids=str,
)
def test_every_option_is_in_the_settings(run, tmp_path, options):
    result = run("mnist", *SHORT, *options, "--out", tmp_path / "a")
    assert result.exit_code == 0, result.stderr
    settings = _read(tmp_path / "a")["settings"]
    for name, value in zip(options[::2], options[1::2], strict=True):
        assert settings[name.removeprefix("--").replace("-", "_")] == value


def test_omniglot_trains_on_the_drawings(run, tmp_path):
    place = ROOT.parent / "shared/data"
    if not (place / "omniglot/images_background_small1.zip").is_file():
        pytest.skip("Lake's drawings are not on this machine")
    arguments = ["--preset", "tiny", "--beta", 1, "--epochs", 0.1, "--data", place]
    result = run("omniglot", *arguments, "--out", tmp_path / "a")
    assert result.exit_code == 0, result.stderr
    found = _read(tmp_path / "a")
    assert found["command"] == "omniglot"
    assert found["data"].startswith("omniglot-drawings")
    assert found["warning"]
    assert run("evaluate", tmp_path / "a", "--out", tmp_path / "e").exit_code == 0
    assert _read(tmp_path / "e", "evaluate.json")["test"] == found["test"]


# -- evaluate and sample -----------------------------------------------------------------------


def test_evaluate_measures_what_the_run_measured(run, finished, tmp_path):
    result = run(
        "evaluate", finished[0], "--train-images", 2000, "--out", tmp_path / "e",
        "--json", tmp_path / "copy",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    found, before = _read(tmp_path / "e", "evaluate.json"), _read(finished[0])
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


def test_sample_draws_more(run, finished, tmp_path):
    result = run("sample", finished[0], "--count", 7, "--out", tmp_path / "s", "--json", "-")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout) == _read(tmp_path / "s", "sample.json")
    assert set(json.loads(result.stdout)) >= HEAD | {"data", "warning", "model"}
    names = {path.name for path in (tmp_path / "s").iterdir()}
    assert names == {"sample.json", "samples.npz", "samples.png"}


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
        _one_line(run(*arguments), "exists: choose another place or pass --overwrite")
    assert all((copied / name).read_bytes() == content for name, content in kept.items())
    assert not (copied / "new").exists()


@pytest.mark.parametrize("name", ["curves.png", "curves.csv", "samples.png", "history.csv"])
def test_any_file_of_the_user_s_is_refused_before_any_work(run, tmp_path, name, monkeypatch):
    monkeypatch.setattr(training, "train", None)
    monkeypatch.setattr(runs, "train", None)
    place = tmp_path / "a"
    place.mkdir()
    (place / name).write_text("mine")
    _one_line(run("mnist", *SHORT, "--beta", 1, "--out", place), f"{name} exists")
    assert (place / name).read_text() == "mine"
    assert [path.name for path in place.iterdir()] == [name]


def test_overwrite_replaces_all_of_a_run(run, copied):
    result = run("mnist", *SHORT, *SAME, "--beta", 2, "--out", copied, "--overwrite")
    assert result.exit_code == 0, result.stderr
    assert _read(copied)["beta"] == 2.0
    assert {path.name for path in copied.iterdir()} == FILES


def test_a_checkpoint_alone_is_refused_with_a_hint(run, copied):
    for path in copied.iterdir():
        if path.name != CHECKPOINT:
            path.unlink()
    result = run("mnist", *SHORT, *SAME, "--beta", 1, "--seed", 5, "--out", copied)
    _one_line(result, "--overwrite, or --resume")


# -- resuming ----------------------------------------------------------------------------------


class Interrupt(Exception):  # noqa: N818
    """What stands for a kill."""


def _interrupted(run, monkeypatch, place, *arguments, after=3):
    """Run the command until it is broken off after some steps, with the checkpoint of the last."""
    real = training.train

    def train(*given, **how):
        real(*given, **stopped(how, after))
        raise Interrupt

    with monkeypatch.context() as context:
        context.setattr(runs, "train", train)
        result = run("mnist", *arguments, "--out", place)
    assert isinstance(result.exception, Interrupt)
    assert [path.name for path in place.iterdir()] == [CHECKPOINT]


@pytest.mark.parametrize("objective", [("--beta", 1), ("--target-rate", 1.5)], ids=str)
def test_an_interrupted_run_is_resumed_to_the_numbers_of_an_unbroken_one(
    run, tmp_path, monkeypatch, objective
):
    arguments = [*SHORT, *SAME, *objective, "--seed", 2]
    whole = run("mnist", *arguments, "--out", tmp_path / "whole", "--json", "-")
    assert whole.exit_code == 0, whole.stderr
    broken = tmp_path / "broken"
    _interrupted(run, monkeypatch, broken, *arguments)
    result = run("mnist", *arguments, "--out", broken, "--resume", "--json", "-")
    assert result.exit_code == 0, result.stderr
    assert {path.name for path in broken.iterdir()} == FILES
    a, b = _read(tmp_path / "whole"), _read(broken)
    timed = {"seconds", "training_seconds", "images_per_second", "peak_memory_mib"}
    for name in set(a) - timed:
        assert a[name] == b[name], name
    assert (broken / "samples.npz").exists()


@pytest.mark.slow
def test_a_run_that_was_killed_is_resumed(tmp_path):
    # a process of its own, killed without warning once it has left a checkpoint
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); from rdneural.training import state\n"
        "save = state.TrainingState.save\n"
        "def kill(*a): save(*a); os._exit(9)\n"
        "state.TrainingState.save = kill\n"
        "from cli import cli; cli(sys.argv[2:])"
    )
    arguments = ["mnist", *SHORT, *SAME, "--beta", "1", "--out", str(tmp_path / "a")]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT), *arguments],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 9, done.stderr
    assert [path.name for path in (tmp_path / "a").iterdir()] == [CHECKPOINT]
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), *arguments, "--resume"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "a").iterdir()} == FILES


def test_resuming_with_another_beta_is_one_line(run, tmp_path, monkeypatch):
    _interrupted(run, monkeypatch, tmp_path / "a", *SHORT, *SAME, "--beta", 1)
    kept = (tmp_path / "a" / CHECKPOINT).read_bytes()
    result = run("mnist", *SHORT, *SAME, "--beta", 2, "--out", tmp_path / "a", "--resume")
    _one_line(result, "beta must be that of", "1.0", "got 2.0")
    assert (tmp_path / "a" / CHECKPOINT).read_bytes() == kept


def test_resuming_a_finished_run_changes_nothing_unasked(run, copied):
    kept = {path.name: path.read_bytes() for path in copied.iterdir()}
    arguments = ["mnist", *SHORT, *SAME, "--beta", 1, "--seed", 5, "--out", copied, "--resume"]
    _one_line(run(*arguments), "run.json exists")
    assert {path.name: path.read_bytes() for path in copied.iterdir()} == kept
    before = _read(copied)
    assert run(*arguments, "--overwrite").exit_code == 0
    assert all(_read(copied)[split] == before[split] for split in SPLITS)


# -- bad input: one line, exit code 2 ----------------------------------------------------------


def _one_line(result, *words):
    assert result.exit_code == 2, (result.exit_code, result.output, result.exception)
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.output
    assert result.stdout == ""
    for word in words:
        assert word in result.stderr


BETA = ("--beta", "1")


@pytest.mark.parametrize("command", ["mnist", "omniglot"])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["--beta", "--target-rate"]),
        (["--beta", "1", "--target-rate", "2"], ["--beta", "--target-rate"]),
        ([*BETA, "--model", "xyz"], ["model", "xyz", "---"]),
        ([*BETA, "--model", ""], ["model", "''"]),
        ([*BETA, "--model=v--"], ["model", "v--"]),
        ([*BETA, "--preset", "huge"], ["preset", "huge", "tiny"]),
        ([*BETA, "--device", "tpu"], ["device", "tpu"]),
        ([*BETA, "--device", "cpu:"], ["device", "cpu:"]),
        ([*BETA, "--device", "cpu:x"], ["device", "cpu:x"]),
        ([*BETA, "--device", "cuda:x"], ["device", "cuda:x"]),
        ([*BETA, "--precision", "float16"], ["precision", "float16"]),
        ([*BETA, "--schedule", "step"], ["schedule", "step"]),
        (["--beta", "-1"], ["beta", "-1"]),
        (["--beta", "nan"], ["beta", "nan"]),
        (["--beta", "inf"], ["beta", "inf"]),
        (["--beta", "much"], ["beta", "much"]),
        (["--target-rate", "0"], ["target_rate", "0"]),
        (["--target-rate", "-2"], ["target_rate", "-2"]),
        (["--target-rate", "nan"], ["target_rate", "nan"]),
        (["--target-rate", "inf"], ["target_rate", "inf"]),
        (["--target-rate", "2", "--penalty", "0"], ["penalty", "0"]),
        (["--target-rate", "2", "--penalty", "nan"], ["penalty", "nan"]),
        (["--target-rate", "2", "--anneal", "1"], ["anneal"]),
        (["--target-rate", "2", "--free-bits", "1"], ["free_bits"]),
        ([*BETA, "--penalty", "2"], ["penalty"]),
        ([*BETA, "--anneal", "-1"], ["anneal", "-1"]),
        ([*BETA, "--free-bits", "-1"], ["free_bits", "-1"]),
        ([*BETA, "--epochs", "0"], ["epochs", "0"]),
        ([*BETA, "--epochs", "-1"], ["epochs", "-1"]),
        ([*BETA, "--epochs", "nan"], ["epochs", "nan"]),
        ([*BETA, "--epochs", "inf"], ["epochs", "inf"]),
        ([*BETA, "--batch", "0"], ["batch", "0"]),
        ([*BETA, "--batch", "2.5"], ["batch", "2.5"]),
        ([*BETA, "--learning-rate", "0"], ["learning_rate", "0"]),
        ([*BETA, "--learning-rate", "nan"], ["learning_rate", "nan"]),
        ([*BETA, "--learning-rate", "inf"], ["learning_rate", "inf"]),
        ([*BETA, "--clip", "0"], ["clip", "0"]),
        ([*BETA, "--clip", "nan"], ["clip", "nan"]),
        ([*BETA, "--ema", "1"], ["ema", "1"]),
        ([*BETA, "--ema", "-0.1"], ["ema", "-0.1"]),
        ([*BETA, "--ema", "nan"], ["ema", "nan"]),
        ([*BETA, "--patience", "-1"], ["patience", "-1"]),
        ([*BETA, "--seed", "-1"], ["seed", "-1"]),
        ([*BETA, "--seed", "1.5"], ["seed", "1.5"]),
        ([*BETA, "--seed", str(2**64)], ["seed", str(2**64)]),
        ([*BETA, "--data", "no/such/directory"], ["no/such/directory"]),
        ([*BETA, "--data", "."], ["data directory", "must hold"]),
        ([*BETA, "--resume"], ["--resume needs --out"]),
        ([*BETA, "--resume", "--out", "empty"], ["empty", "checkpoint"]),
        ([*BETA, "--colour", "red"], ["No such option"]),
    ],
    ids=str,
)
def test_bad_input_is_one_line_and_exit_code_2(run, tmp_path, command, arguments, words):
    short = ["--preset", "tiny", "--epochs", "0.01"]
    if "--data" not in arguments and command == "mnist":
        short += ["--data", "mnist5k"]
    if command == "omniglot" and "--data" not in arguments and "--resume" in arguments[-3:]:
        pytest.skip("without drawings the line is about the data")
    if command == "omniglot" and "--seed" in arguments:
        pytest.skip("without drawings the line is about the data")
    _one_line(run(command, *short, *arguments), *words)
    assert not [path for path in tmp_path.iterdir() if path.name != "cache"]


def test_patience_with_a_target_rate_works_or_is_one_line(run, tmp_path):
    result = run("mnist", *SHORT, "--target-rate", 2, "--patience", 2, "--out", tmp_path / "a")
    if result.exit_code != 0:
        _one_line(result, "patience")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("device", ["cuda", "cuda:0"])
def test_a_gpu_that_is_not_there_is_one_line(run, finished, device):
    _one_line(run("mnist", *SHORT, "--beta", 1, "--device", device), "device", device)
    for command in ("evaluate", "sample"):
        _one_line(run(command, finished[0], "--device", device), "device", device)


def test_omniglot_without_data_or_network_is_one_line(run, tmp_path):
    _one_line(run("omniglot", "--preset", "tiny", "--beta", 1), "omniglot", "--data DIR")
    assert not (tmp_path / "runs").exists()


def test_omniglot_has_no_stand_in(run):
    _one_line(run("omniglot", "--preset", "tiny", "--beta", 1, "--data", "mnist5k"), "mnist5k")


def test_a_directory_of_results_that_is_a_file_is_refused_before_any_work(
    run, tmp_path, monkeypatch
):
    (tmp_path / "file").write_text("mine")
    monkeypatch.setattr(runs, "train", None)  # hours, and then nowhere to put it
    _one_line(run("mnist", *SHORT, "--beta", 1, "--out", tmp_path / "file"), "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_divergence_is_one_line(run, tmp_path):
    arguments = [*SHORT, "--beta", 1, "--learning-rate", 1e38, "--epochs", 1]
    _one_line(run("mnist", *arguments, "--out", tmp_path / "a"), "at step", "learning_rate")
    assert not (tmp_path / "a" / "run.json").exists()


SPOILT = {
    "nothing there": lambda place: [path.unlink() for path in place.iterdir()],
    "no checkpoint": lambda place: (place / CHECKPOINT).unlink(),
    "no run.json": lambda place: (place / "run.json").unlink(),
    "run.json cut": lambda place: (place / "run.json").write_text(
        (place / "run.json").read_text()[:300]
    ),
    "run.json empty": lambda place: (place / "run.json").write_text(""),
    "run.json of another command": lambda place: (place / "run.json").write_text(
        (place / "run.json").read_text().replace('"command": "mnist"', '"command": "toy"')
    ),
    "run.json of another format": lambda place: (place / "run.json").write_text(
        (place / "run.json").read_text().replace('"format": 1', '"format": 7')
    ),
    "run.json without entries": lambda place: (place / "run.json").write_text(
        '{"command": "mnist", "versions": {"format": 1}}'
    ),
    "checkpoint cut": lambda place: (place / CHECKPOINT).write_bytes(
        (place / CHECKPOINT).read_bytes()[:5000]
    ),
    "checkpoint empty": lambda place: (place / CHECKPOINT).write_bytes(b""),
    "checkpoint of something else": lambda place: (place / CHECKPOINT).write_bytes(b"x" * 999),
}


@pytest.mark.parametrize("command", ["evaluate", "sample"])
@pytest.mark.parametrize("fault", SPOILT)
def test_a_directory_that_holds_no_run_is_one_line(run, copied, command, fault):
    SPOILT[fault](copied)
    before = {path.name for path in copied.iterdir()}
    _one_line(run(command, copied, "--data", "mnist5k"), str(copied))
    assert {path.name for path in copied.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["evaluate"], ["DIRECTORY"]),
        (["evaluate", "none"], ["none"]),
        (["sample", "none"], ["none"]),
        (["evaluate", "RUN", "--samples", "0"], ["samples", "0"]),
        (["evaluate", "RUN", "--samples", "x"], ["samples", "x"]),
        (["evaluate", "RUN", "--train-images", "-1"], ["train_images", "-1"]),
        (["evaluate", "RUN", "--precision", "half"], ["precision", "half"]),
        (["evaluate", "RUN", "--device", "cpu:"], ["device", "cpu:"]),
        (["evaluate", "RUN", "--data", "nowhere"], ["nowhere"]),
        (["evaluate", "RUN", "--seed", "-1"], ["seed", "-1"]),
        (["evaluate", "RUN", "--seed", str(2**64)], ["seed"]),
        (["sample", "RUN", "--count", "0"], ["count", "0"]),
        (["sample", "RUN", "--count", "-1"], ["count", "-1"]),
        (["sample", "RUN", "--data", "nowhere"], ["nowhere"]),
        (["sample", "RUN", "--seed", "-1"], ["seed", "-1"]),
        (["sample", "RUN", "--device", "tpu"], ["device", "tpu"]),
    ],
    ids=str,
)
def test_bad_input_of_evaluate_and_sample_is_one_line(run, copied, arguments, words):
    before = {path.name for path in copied.iterdir()}
    _one_line(run(*[copied if word == "RUN" else word for word in arguments]), *words)
    assert {path.name for path in copied.iterdir()} == before


# -- help --------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["mnist", "omniglot", "evaluate", "sample"])
def test_help_names_an_example_and_defaults(run, command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"python cli.py {command} " in result.stdout
    assert "[default: " in result.stdout
    for option in ("--json", "--out", "--seed", "--overwrite"):
        assert option in result.stdout


@pytest.mark.parametrize("command", ["mnist", "omniglot"])
def test_help_of_training_names_units(run, command):
    text = run(command, "--help").stdout
    assert "nats per image" in text
    for option, unit in (
        ("--target-rate", "NATS"),
        ("--anneal", "EPOCHS"),
        ("--free-bits", "NATS"),
    ):
        assert f"{option} {unit}" in text


def test_the_example_of_the_help_names_a_family_that_is_read(run, tmp_path):
    assert "--model=-+v --target-rate 20" in run("mnist", "--help").stdout
    arguments = ["--model=-+v", "--target-rate", 2, "--out", tmp_path / "v"]
    assert run("mnist", *SHORT, *arguments, "--json", "-").exit_code == 0
