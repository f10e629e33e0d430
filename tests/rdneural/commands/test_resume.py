"""A command that was broken off is gone on with."""

import json

import pytest

from rdneural.data import SPLITS
from rdneural.records.asked import of_steps
from rdneural.records.layout import CHECKPOINT, HISTORY_FILE, LOCK
from rdneural.runs import curve as curves
from rdneural.runs import run as runs
from rdneural.training import loop as training
from rdneural.training.state import checkpoint_step
from rdtheory.results import read_json
from tests.make.commands import FILES, SAME, SHORT, one_error, read_result
from tests.make.runs import stopped

pytestmark = pytest.mark.usefixtures("undrawn")


class Interrupt(Exception):  # noqa: N818
    """What stands for a kill."""


def interrupted(run, monkeypatch, place, *arguments, after=3):
    """Run the command until it is broken off after some steps, with the checkpoint of the last."""
    real = training.train

    def train(*given, **how):
        real(*given, **stopped(how, after))
        raise Interrupt

    with monkeypatch.context() as context:
        context.setattr(runs, "train", train)
        result = run("mnist", *arguments, "--out", place)
    assert isinstance(result.exception, Interrupt)
    assert {path.name for path in place.iterdir()} == {CHECKPOINT, HISTORY_FILE, LOCK}


@pytest.mark.parametrize(
    ("objective", "again"), [(("--beta", 1), True), (("--target-rate", 1.5), False)], ids=str
)
def test_an_interrupted_run_is_resumed_to_the_numbers_of_an_unbroken_one(
    run, tmp_path, monkeypatch, objective, again
):
    arguments = [*SHORT, *SAME, *objective, "--seed", 2]
    whole = run("mnist", *arguments, "--out", tmp_path / "whole", "--json", "-")
    assert whole.exit_code == 0, whole.stderr
    broken = tmp_path / "broken"
    interrupted(run, monkeypatch, broken, *arguments)
    said = arguments if again else ["--device", "cpu"]  # it knows the others
    result = run("mnist", *said, "--out", broken, "--resume", "--json", "-")
    assert result.exit_code == 0, result.stderr
    assert {path.name for path in broken.iterdir()} == FILES
    a, b = read_result(tmp_path / "whole"), read_result(broken)
    timed = {"seconds", "training_seconds", "images_per_second", "peak_memory_mib"}
    for name in set(a) - timed:
        assert a[name] == b[name], name
    assert (broken / "samples.npz").exists()


def test_resuming_with_another_beta_is_one_line(run, tmp_path, monkeypatch):
    interrupted(run, monkeypatch, tmp_path / "a", *SHORT, *SAME, "--beta", 1)
    kept = (tmp_path / "a" / CHECKPOINT).read_bytes()
    result = run("mnist", *SHORT, *SAME, "--beta", 2, "--out", tmp_path / "a", "--resume")
    one_error(result, "beta must be that of", "1.0", "got 2.0")
    assert (tmp_path / "a" / CHECKPOINT).read_bytes() == kept


def test_resuming_a_finished_run_prints_its_table_and_changes_nothing_unasked(
    run, finished, copied
):
    kept = {path.name: path.read_bytes() for path in copied.iterdir()}
    arguments = ["mnist", *SHORT, *SAME, "--beta", 1, "--seed", 5, "--out", copied, "--resume"]
    again = run(*arguments)
    assert again.exit_code == 0, again.stderr
    assert again.stdout == finished[1].stdout
    assert "is finished" in again.stderr
    assert {path.name: path.read_bytes() for path in copied.iterdir()} == kept
    for option, other in (("--beta", 2), ("--epochs", 0.1), ("--seed", 6)):
        at = arguments.index(option) if option in arguments else None
        changed = [*arguments, option, other] if at is None else [*arguments]
        if at is not None:
            changed[at + 1] = other
        one_error(run(*changed), option.strip("-"), "run.json", "--overwrite")
    assert {path.name: path.read_bytes() for path in copied.iterdir()} == kept
    before = read_result(copied)
    assert run(*arguments, "--overwrite").exit_code == 0
    assert all(read_result(copied)[split] == before[split] for split in SPLITS)


@pytest.mark.parametrize("asked", [("--beta", 1), ("--target-rate", 0.5)])
def test_a_run_that_was_stopped_is_measured_as_it_was_left(run, monkeypatch, tmp_path, asked):
    place = tmp_path / "a"
    interrupted(run, monkeypatch, place, *SHORT, *SAME, *asked)
    monkeypatch.undo()
    done = run("evaluate", place, "--device", "cpu", "--json", "-")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    made = checkpoint_step(place)
    assert 0 < made == found["unfinished"]["steps"] < found["unfinished"]["planned_steps"]
    assert found["test"]["elbo"] > 0.0
    printed = run("evaluate", place, "--device", "cpu", "--out", tmp_path / "e").stdout
    assert f"unfinished: {made} of {found['unfinished']['planned_steps']} steps" in printed
    done = run("sample", place, "--count", 2, "--device", "cpu", "--out", tmp_path / "s")
    assert done.exit_code == 0, done.stderr
    assert "unfinished" in done.stderr
    assert read_result(tmp_path / "s", "sample.json")["unfinished"] == found["unfinished"]
    assert (tmp_path / "s" / "samples.png").exists()


def test_what_the_code_of_a_stopped_run_tells_is_called_unfinished(run, monkeypatch, tmp_path):
    place = tmp_path / "a"
    interrupted(run, monkeypatch, place, *SHORT, *SAME, "--beta", 1)
    small = ("--codes", 50, "--bound-images", 5, "--bound-codes", 5, "--frontier-images", 20,
             "--frontier-codes", 20)  # fmt: skip
    done = run("information", place, *small, "--device", "cpu", "--out", tmp_path / "i")
    assert done.exit_code == 0, done.stderr
    found = read_result(tmp_path / "i", "information.json")
    assert found["unfinished"]["steps"] == checkpoint_step(place)
    assert found["beta_evaluated"] == 1.0
    assert of_steps(found) in done.stdout.splitlines()
    assert (tmp_path / "i" / "information.png").exists()


def test_a_stopped_curve_goes_on_without_its_options(run, tmp_path, monkeypatch):
    def train_curve(*given, **how):
        real(*given, **stopped(how, 1))
        raise Interrupt

    real = curves.train_curve
    words = ["curve", "--data", "bars:4x4", "--model=--+", "--preset", "tiny", "--seed", 4,
             "--epochs", 0.02, "--range", "0.1:5", "--slopes", 4, "--betas", "0.5,1",
             "--device", "cpu"]  # fmt: skip
    with monkeypatch.context() as context:
        context.setattr(curves, "train_curve", train_curve)
        assert isinstance(run(*words, "--out", tmp_path / "a").exception, Interrupt)
    again = ("curve", "--resume", "--out", tmp_path / "a", "--betas", "0.5,1", "--device", "cpu",
             "--test-images", 20)  # fmt: skip
    result = run(*again)
    assert result.exit_code == 0, (result.stderr, result.exception)
    found = read_json(tmp_path / "a" / "curve.json", command="curve")
    asked = {"dataset": "bars:4x4", "model": "--+", "preset": "tiny", "epochs": 0.02,
             "beta_low": 0.1, "beta_high": 5.0, "slopes": 4}  # fmt: skip
    assert {name: found["settings"][name] for name in asked} == asked
    assert found["seed"] == 4
