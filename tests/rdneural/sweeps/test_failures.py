"""Runs that fail are recorded, and the others go on."""

import json

import pytest
import torch

from rdneural.machine.executors import WorkerDied
from rdneural.records.layout import FAILED, RUNS
from rdneural.records.table import read_table
from rdneural.runs.run import write_result
from rdneural.sweeps import job as sweep_job
from rdneural.sweeps.results import read_failure
from rdneural.sweeps.status import sweep_status
from rdneural.sweeps.sweep import Workers, run_sweep
from rdneural.training.learner import DivergedError
from tests.make.runs import made_result, plan, train_nothing
from tests.make.sweeps import SILENT

ERRORS = {
    "memory": (MemoryError("9 GiB"), "MemoryError: 9 GiB"),
    "gpu": (torch.OutOfMemoryError("CUDA out of\n memory"), "OutOfMemoryError: CUDA out of memory"),
    "runtime": (RuntimeError("a kernel\nfailed"), "RuntimeError: a kernel failed"),
    "diverged": (DivergedError("training must stay finite"), "training must stay finite"),
    "assertion": (AssertionError(), "AssertionError: "),
    "silent": (ValueError(), "ValueError: "),
    "key": (KeyError("x"), "KeyError: 'x'"),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_a_run_that_raises_is_recorded_and_the_others_go_on(tmp_path, kind):
    error, reason = ERRORS[kind]
    asked = plan(betas=[1, 2, 3])
    bad = asked[1].name
    place = tmp_path / "s"
    with pytest.MonkeyPatch.context() as context:
        begun = train_nothing(context, errors={bad: error})
        said = []
        tally = run_sweep(place, asked, say=said.append)
        assert tally.failed == {bad: reason}
        assert tally.done == [asked[0].name, asked[2].name]
        assert said[1] == f"{bad}: failed: {reason}"
        found = json.loads((place / RUNS / bad / FAILED).read_text())
        assert found["reason"] == reason
        assert type(error).__name__ in found["traceback"]
        assert found["settings"] == asked[1].settings.as_dict()
        assert [row["run"] for row in read_table(place)] == tally.done
        run_sweep(place, **SILENT)  # without retry it is left alone
        assert begun == [run.name for run in asked]
        run_sweep(place, retry=True, **SILENT)
        assert begun == [*(run.name for run in asked), bad]
        assert read_failure(place / RUNS / bad) == reason
    with pytest.MonkeyPatch.context() as context:
        assert not train_nothing(context)
        assert run_sweep(place, retry=True, **SILENT).done == [bad]
    assert not (place / RUNS / bad / FAILED).exists()
    assert [row["run"] for row in read_table(place)] == [run.name for run in asked]


def test_a_result_that_is_not_finite_is_a_run_that_failed(tmp_path, monkeypatch):
    def run_training(settings, place, **how):
        found = made_result(settings, final_beta=float("inf") if settings.beta == 1 else 2.0)
        return write_result(place, settings, found, seconds=6.0)

    monkeypatch.setattr(sweep_job, "run_training", run_training)
    tally = run_sweep(tmp_path / "s", plan(betas=[1, 2]), **SILENT)
    assert list(tally.failed) == ["beta-1_---_seed-0"]
    assert "not JSON compliant" in tally.failed["beta-1_---_seed-0"]
    assert tally.done == ["beta-2_---_seed-0"]


@pytest.mark.parametrize("batched", [1, 2])
def test_real_training_that_diverges_is_recorded(tmp_path, batched):
    asked = plan(betas=[1e39, 1.0])
    tally = run_sweep(tmp_path / "s", asked, workers=Workers(batched=batched), **SILENT)
    assert tally.done == [asked[1].name]
    assert list(tally.failed) == [asked[0].name]
    reason = tally.failed[asked[0].name]
    assert reason.startswith("training must stay finite, got ")
    assert read_failure(tmp_path / "s" / RUNS / asked[0].name) == reason
    assert sweep_status(tmp_path / "s")["failed"] == 1


def test_an_error_of_the_disk_ends_the_sweep(tmp_path, monkeypatch):
    asked = plan(betas=[1, 2])
    train_nothing(monkeypatch, errors={asked[0].name: OSError(28, "No space left on device", "a")})
    with pytest.raises(OSError, match="No space left on device: 'a'"):
        run_sweep(tmp_path / "s", asked, **SILENT)
    assert not (tmp_path / "s" / RUNS / asked[0].name / FAILED).exists()
    assert sweep_status(tmp_path / "s")["waiting"] == 2


def test_a_run_that_brings_its_process_down_is_recorded_unless_it_was_done(tmp_path, monkeypatch):
    place, asked = tmp_path / "s", plan(betas=[1, 2])

    def die(self, jobs):
        for job in jobs:
            directory = place / RUNS / asked[0].name
            write_result(directory, asked[0].settings, made_result(asked[0].settings), seconds=6.0)
            yield job, WorkerDied("killed")

    monkeypatch.setattr(Workers, "carry_out", die)
    tally = run_sweep(place, asked, workers=Workers(batched=2), **SILENT)
    assert tally.done == [asked[0].name]
    assert tally.failed == {asked[1].name: "MemoryError: killed"}
