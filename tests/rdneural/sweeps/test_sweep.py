"""Sweeps: what is done stays done, what fails is recorded, what breaks is mended; where one stands.

Most runs here train nothing; those of the first part do.
"""

import csv
import json
import shutil
import subprocess
from dataclasses import replace
from functools import partial

import pytest
import torch
from filelock import FileLock

from rdneural.machine.executors import WorkerDied
from rdneural.records.layout import CHECKPOINT, FAILED, PLAN, PULLED, RESULT, RUNS, TABLE
from rdneural.records.table import TIMES, check_row, read_table, row_of, write_table
from rdneural.runs import run as runs
from rdneural.runs.run import run_training, write_result
from rdneural.sweeps import cost as sweep_cost
from rdneural.sweeps import job as sweep_job
from rdneural.sweeps import sweep
from rdneural.sweeps.cost import Cost, describe_cost, estimate, known_cost
from rdneural.sweeps.job import Job, carry_out, is_locked
from rdneural.sweeps.plan import extend_plan, read_plan
from rdneural.sweeps.results import is_finished, read_failure, share_done, steps_behind
from rdneural.sweeps.status import sweep_status
from rdneural.sweeps.sweep import Workers, run_sweep
from rdneural.training import loop as training
from rdneural.training.checkpoints import read_numbers
from rdneural.training.learner import DivergedError
from rdtheory.results import read_json, result_head, write_json
from tests.make.runs import (
    COMMAND,
    STEPS,
    few_images,
    kept,
    made_result,
    no_training,
    one_line,
    one_row,
    plan,
    stopped,
    timeless,
    train_nothing,
)

SILENT = {"say": lambda line: None}
PAIR = ["beta-0.5_---_seed-0", "beta-1_---_seed-0"]


@pytest.fixture(autouse=True)
def few(monkeypatch, tmp_path):
    few_images(monkeypatch)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A sweep of two real runs."""
    place = tmp_path_factory.mktemp("sweep") / "swept"
    with pytest.MonkeyPatch.context() as context:
        few_images(context)
        tally = run_sweep(place, plan(), **SILENT)
    assert (tally.done, tally.busy, tally.failed) == (PAIR, [], {})
    return place


@pytest.fixture
def copied(swept, tmp_path):
    return shutil.copytree(swept, tmp_path / "copied")


def lines_of(place, *asked, **how):
    """Run a sweep; return what it said."""
    said = []
    run_sweep(place, *asked, say=said.append, **how)
    return said


def interrupt(run, place, after):
    """Leave what a run leaves that was killed after so many steps."""
    directory = place / RUNS / run.name

    class Killed(BaseException):
        pass

    def train(*given, **how):
        training.train(*given, **stopped(how, after))
        raise Killed

    with pytest.MonkeyPatch.context() as context:
        context.setattr(runs, "train", train)
        with pytest.raises(Killed):
            run_training(run.settings, directory)
    assert steps_behind(directory) == after


# -- real runs ---------------------------------------------------------------------------------


def test_a_sweep_leaves_its_plan_its_table_and_what_each_run_leaves_alone(swept, tmp_path):
    run = plan()[1]
    result = run_training(run.settings, tmp_path / "alone")
    found = read_json(swept / RUNS / run.name / RESULT, command="bars:4x4")
    assert found["settings"] == run.settings.as_dict()
    assert {k: v for k, v in found.items() if k in result and k not in TIMES} == {
        k: v for k, v in result.items() if k not in TIMES
    }
    names = {path.name for path in (tmp_path / "alone").iterdir()} | {RESULT}
    assert {path.name for path in (swept / RUNS / run.name).iterdir()} - {".lock"} == names
    assert read_plan(swept) == plan()
    assert [row["run"] for row in read_table(swept)] == PAIR
    assert all(row["complete"] and row["steps"] == STEPS for row in read_table(swept))
    for row, planned in zip(read_table(swept), plan(), strict=True):
        check_row(row, planned.settings, swept)


def test_finished_runs_are_never_repeated(copied):
    def left():
        return {name: was for name, was in kept(copied).items() if name != TABLE}

    before, table = left(), (copied / TABLE).read_bytes()
    with no_training():
        for asked in (plan(), ()):
            tally = run_sweep(copied, asked, **SILENT)
            assert (tally.done, tally.failed) == ([], {})
    assert left() == before
    assert (copied / TABLE).read_bytes() == table


def test_other_lists_run_what_is_new_alone(copied, monkeypatch):
    before = kept(copied / RUNS)
    begun = train_nothing(monkeypatch)
    run_sweep(copied, plan(betas=[1, 2]), **SILENT)
    assert begun == ["beta-2_---_seed-0"]
    assert [row["run"] for row in read_table(copied)] == [*PAIR, "beta-2_---_seed-0"]
    after = kept(copied / RUNS)
    assert {name: after[name] for name in before} == before


def test_a_run_that_was_killed_goes_on_to_the_numbers_of_an_unbroken_one(swept, tmp_path):
    place = tmp_path / "killed"
    extend_plan(place, plan())
    interrupt(plan()[1], place, after=2)
    began = []
    real = training.train

    def train(settings, images, valid, place, **how):
        began.append(steps_behind(place))
        return real(settings, images, valid, place, **how)

    with pytest.MonkeyPatch.context() as context:
        context.setattr(runs, "train", train)
        run_sweep(place, **SILENT)
    assert began == [0, 2]
    assert timeless(place) == timeless(swept)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[-50] ^= 4
    path.write_bytes(bytes(content))


def fill_with_garbage(path):
    path.write_bytes(b"\x07" * 1000)


@pytest.mark.parametrize("spoil", [truncate, flip_a_bit, fill_with_garbage])
def test_a_broken_checkpoint_is_set_aside_and_the_run_trained_anew(swept, copied, spoil):
    directory = copied / RUNS / PAIR[0]
    (directory / RESULT).unlink()
    spoil(directory / CHECKPOINT)
    broken = (directory / CHECKPOINT).read_bytes()
    said = lines_of(copied)
    assert said[0].startswith(f"{PAIR[0]}: {directory / CHECKPOINT} must ")
    assert said[0].endswith(f"it is kept as {CHECKPOINT}.broken-1, and the run trained again")
    assert "\n" not in said[0]
    assert (directory / f"{CHECKPOINT}.broken-1").read_bytes() == broken
    assert timeless(copied) == timeless(swept)


@pytest.mark.parametrize(
    "spoil", [truncate, fill_with_garbage, lambda path: path.write_text(
        json.dumps({k: v for k, v in json.loads(path.read_text()).items() if k != "steps"}))],
)  # fmt: skip
def test_a_broken_result_is_set_aside_and_measured_anew_without_training(
    swept, copied, spoil, monkeypatch
):
    monkeypatch.setattr(training, "take_step", None)
    directory = copied / RUNS / PAIR[1]
    spoil(directory / RESULT)
    checkpoint = (directory / CHECKPOINT).read_bytes()
    for number in (1, 2):
        said = lines_of(copied)
        assert said[0].startswith(f"{PAIR[1]}: {directory / RESULT} must ")
        assert said[0].endswith(f"kept as run.json.broken-{number}, and the run measured again")
        assert said[1].startswith(f"{PAIR[1]}: R ")
        assert len(said) == 2
        assert timeless(copied) == timeless(swept)
        spoil(directory / RESULT)
    assert (directory / CHECKPOINT).read_bytes() == checkpoint


def test_a_row_whose_directory_is_gone_stays_until_the_run_is_run_again(swept, copied):
    shutil.rmtree(copied / RUNS / PAIR[0])
    rows = read_table(copied)
    with no_training():
        said = lines_of(copied, plan(betas=[1]))  # of another run
    assert said == [
        f"{PAIR[0]}: its directory is gone; the table keeps its row until it is run again"
    ]
    assert read_table(copied) == rows
    assert lines_of(copied)[0] == said[0]
    assert timeless(copied) == timeless(swept)
    assert (copied / RUNS / PAIR[0] / RESULT).exists()


def test_batched_runs_go_on_together_wherever_their_checkpoints_are(copied, tmp_path, swept):
    # as a kill between two saves leaves them, and a bit that flipped since they were grouped
    place = tmp_path / "killed"
    asked = plan(betas=[0.5, 1, 2, 3])
    extend_plan(place, asked)
    for run, after in zip(asked, (1, 2, 2), strict=False):
        interrupt(run, place, after=after)
    flip_a_bit(place / RUNS / asked[2].name / CHECKPOINT)
    outcomes = carry_out(Job(tuple(asked), place))
    assert [(outcome.name, outcome.state) for outcome in outcomes] == [
        (run.name, "done") for run in asked
    ]
    assert [len(outcome.notes) for outcome in outcomes] == [0, 0, 1, 0]
    run_sweep(place, **SILENT)
    assert [row["run"] for row in read_table(place)] == [run.name for run in asked]
    for row, alone in zip(read_table(place), read_table(swept), strict=False):
        assert row["test_elbo"] == pytest.approx(alone["test_elbo"], rel=1e-3)


def test_a_batch_of_broken_runs_is_trained_anew(copied):
    for name in PAIR:
        fill_with_garbage(copied / RUNS / name / RESULT)
        fill_with_garbage(copied / RUNS / name / CHECKPOINT)
    said = lines_of(copied, workers=Workers(batched=2))
    assert sum("broken-1" in line for line in said) == 4
    assert [row["run"] for row in read_table(copied)] == PAIR


# -- a disk that is full -----------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path):
    """A small file system of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(place)]
    try:
        done = subprocess.run(mounting, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount on this machine")
    if done.returncode:
        pytest.skip(f"a disk to fill cannot be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk, *, free):
    """Fill a disk but for `free` bytes."""
    (disk / "room").write_bytes(bytes(free))
    with (disk / "ballast").open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(4096))
        except OSError:
            pass
    (disk / "room").unlink()


@pytest.mark.parametrize(("free", "named"), [(0, TABLE), (32_768, CHECKPOINT)])
def test_a_full_disk_is_one_line_and_with_room_the_same_command_goes_on(
    run, disk, swept, free, named
):
    place = disk / "sweep"
    command = [*COMMAND, "--models=---", "--betas", "0.5,1", "--out", place]
    first = run(*command[:-4], "--betas", "0.5", "--out", place)
    assert first.exit_code == 0, first.stderr
    interrupt(plan()[1], place, after=2)
    extend_plan(place, plan())
    before = kept(place / RUNS)
    fill(disk, free=free)
    one_line(run(*command), "No space left on device", f"{named}'")
    assert kept(place / RUNS) == before
    assert [row["run"] for row in read_table(place)] == PAIR[:1]
    subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
    last = run(*command)
    assert last.exit_code == 0, last.stderr
    assert timeless(place) == timeless(swept)
    after = kept(place / RUNS)
    assert {k: v for k, v in after.items() if PAIR[0] in k} == {
        k: v for k, v in before.items() if PAIR[0] in k
    }


# -- runs that fail ----------------------------------------------------------------------------

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
        return made_result(settings, final_beta=float("inf") if settings.beta == 1 else 2.0)

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


# -- what is refused ---------------------------------------------------------------------------


def test_two_sweeps_in_one_directory_are_refused(copied):
    before = kept(copied)
    with FileLock(copied / ".lock"), no_training():
        with pytest.raises(ValueError, match="one sweep at a time, got another at work") as caught:
            run_sweep(copied, plan(betas=[7]), **SILENT)
        assert "\n" not in str(caught.value)
    assert kept(copied) == before


def test_a_run_that_another_process_has_is_left_to_it(tmp_path, monkeypatch):
    place, asked = tmp_path / "s", plan(betas=[1, 2])
    monkeypatch.setattr(sweep_job, "locked", partial(sweep_job.locked, patience=0.0))
    begun = train_nothing(monkeypatch)
    directory = place / RUNS / asked[0].name
    directory.mkdir(parents=True)
    with FileLock(directory / ".lock"):
        assert is_locked(directory)
        said = []
        tally = run_sweep(place, asked, say=said.append)
    assert not is_locked(directory)
    assert (tally.busy, tally.done) == ([asked[0].name], [asked[1].name])
    assert begun == [asked[1].name]
    assert said[0] == f"{asked[0].name}: busy: another process works on it"


def test_a_run_done_by_another_process_meanwhile_is_not_run_again(tmp_path, monkeypatch):
    run_sweep_place, asked = tmp_path / "s", plan(betas=[1, 2])
    begun = train_nothing(monkeypatch)
    run_sweep(run_sweep_place, asked, **SILENT)
    outcomes = carry_out(Job(tuple(asked), run_sweep_place))
    assert [outcome.state for outcome in outcomes] == ["done", "done"]
    assert len(begun) == 2


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"clip": 5.0}, "clip must be that of"),
        ({"epochs": 2.0}, "epochs must be that of"),
        ({"betas": [3], "dataset": "bars:3x3"}, "dataset must be that of"),
        ({"betas": [3], "preset": "quick"}, "data must be those of the other runs in"),
    ],
)
def test_other_settings_or_data_are_refused_and_nothing_changes(copied, asked, words, monkeypatch):
    if "preset" in asked:  # the same source, as if it was drawn anew
        monkeypatch.setattr(sweep, "load_data", _renamed(sweep.load_data))
    before = kept(copied)
    with pytest.raises(ValueError, match=words) as caught, no_training():
        run_sweep(copied, plan(**asked), **SILENT)
    assert "\n" not in str(caught.value)
    assert kept(copied) == before


def _renamed(load):
    return lambda settings: replace(load(settings), name="bars of another kind")


def test_a_finished_run_of_other_settings_is_refused_though_its_plan_is_gone(copied):
    (copied / PLAN).unlink()
    with pytest.raises(ValueError, match=rf"clip must be that of {PAIR[0]} in .*{RESULT}, 100"):
        run_sweep(copied, plan(clip=5.0), **SILENT)
    assert not (copied / PLAN).exists()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({}, "must have a plan to go on with, got none"),
        ({"asked": plan(), "pictures": 0}, "pictures must be"),
    ],
)
def test_what_cannot_be_begun_leaves_no_directory(tmp_path, how, words):
    with pytest.raises(ValueError, match=words):
        run_sweep(tmp_path / "s", **how, **SILENT)
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"jobs": 0}, "jobs must be"),
        ({"batched": 0}, "batched must be"),
        ({"on": "there"}, "on must be here, ray or ray://ADDRESS, got 'there'"),
    ],
)
def test_ways_that_are_none_are_refused(how, words):
    with pytest.raises(ValueError, match=words):
        Workers(**how)


def test_rows_that_were_pulled_are_done_and_in_the_table(tmp_path, monkeypatch):
    place, asked = tmp_path / "s", plan(betas=[1, 2])
    row = one_row(made_result(asked[0].settings), asked[0], "far")
    pull_rows(place, [row])
    begun = train_nothing(monkeypatch)
    run_sweep(place, asked, **SILENT)
    assert begun == [asked[1].name]
    assert [(row["run"], row["origin"]) for row in read_table(place)] == [
        (asked[1].name, "here"), (asked[0].name, "far"),
    ]  # fmt: skip
    before = kept(place)
    with pytest.raises(ValueError, match=rf"clip must be that of .* in .*{PULLED}"):
        run_sweep(place, plan(betas=[1], clip=2.0), **SILENT)
    assert kept(place) == before
    assert is_finished(place, asked[0])


def pull_rows(place, rows):
    head = result_head("pull", settings={}, seed=0, seconds=0.0)
    write_json(place / PULLED, head | {"rows": rows})


@pytest.mark.parametrize("rows", [3, [3], [{}], [{"run": "a"}], None])
def test_broken_pulled_rows_are_named(tmp_path, rows):
    pull_rows(tmp_path, rows)
    with pytest.raises(ValueError, match=rf"{PULLED} must hold rows of a sweep"):
        run_sweep(tmp_path, plan(), **SILENT)


@pytest.mark.parametrize("name", [TABLE, PLAN])
def test_a_broken_table_or_plan_is_named_and_nothing_changes(copied, name):
    truncate(copied / name)
    before = kept(copied)
    for act in (partial(run_sweep, **SILENT), sweep_status):
        with pytest.raises(ValueError, match=rf"{name} must") as caught, no_training():
            act(copied)
        assert "\n" not in str(caught.value)
    assert kept(copied) == before


def test_a_failure_that_cannot_be_read_is_one(tmp_path):
    extend_plan(tmp_path, plan())
    directory = tmp_path / RUNS / PAIR[0]
    directory.mkdir(parents=True)
    (directory / FAILED).write_text("half")
    assert is_finished(tmp_path, plan()[0])
    assert not is_finished(tmp_path, plan()[0], retry=True)
    assert sweep_status(tmp_path)["runs"][0]["reason"] == "failed.json cannot be read"


# -- where a sweep stands ----------------------------------------------------------------------


def finish(place, run, **changed):
    made = made_result(run.settings, **changed)
    write_result(place / RUNS / run.name, run.settings, made, seconds=6.0)


def test_the_status_counts_and_names_the_state_of_each_run(tmp_path):
    asked = plan(betas=[1, 2, 3, 4, 5], epochs=4.0)
    extend_plan(tmp_path, asked)
    finish(tmp_path, asked[0], epochs=4.0, seconds=30.0, training_seconds=20.0)
    write_json(
        tmp_path / RUNS / asked[1].name / FAILED,
        result_head("failed", settings={}, seed=0, seconds=0.0) | {"reason": "for want of memory"},
    )
    interrupt(asked[2], tmp_path, after=2 * STEPS)
    directory = tmp_path / RUNS / asked[3].name
    directory.mkdir()
    far = plan("-+v", [9])[0]
    pull_rows(tmp_path, [one_row(made_result(far.settings), far, "far")])
    with FileLock(directory / ".lock"):
        found = sweep_status(tmp_path)
    assert {k: found[k] for k in ("done", "running", "waiting", "failed", "total")} == {
        "done": 2, "running": 1, "waiting": 2, "failed": 1, "total": 6,
    }  # fmt: skip
    assert found["runs"] == [
        {"run": asked[0].name, "state": "done"},
        {"run": asked[1].name, "state": "failed", "reason": "for want of memory"},
        {"run": asked[2].name, "state": "waiting", "share": 0.5},
        {"run": asked[3].name, "state": "running", "share": 0.0},
        {"run": asked[4].name, "state": "waiting", "share": 0.0},
        {"run": far.name, "state": "done"},
    ]
    # 4 epochs of 5 s, of one run only 2, and 10 s to measure each of three
    assert found["seconds_left"] == 20.0 * 2.5 + 10.0 * 3
    assert sweep_status(tmp_path)["running"] == 0


def test_the_time_left_is_shared_by_the_runs_at_work(tmp_path):
    asked = plan(betas=[1, 2, 3, 4])
    extend_plan(tmp_path, asked)
    finish(tmp_path, asked[0], seconds=30.0, training_seconds=20.0)
    finish(tmp_path, asked[1], seconds=50.0, training_seconds=40.0)
    assert sweep_status(tmp_path)["seconds_left"] == 2 * 40.0
    for run in asked[2:]:
        (tmp_path / RUNS / run.name).mkdir()
    with (
        FileLock(tmp_path / RUNS / asked[2].name / ".lock"),
        FileLock(tmp_path / RUNS / asked[3].name / ".lock"),
    ):
        assert sweep_status(tmp_path)["seconds_left"] == 40.0


def test_the_time_left_is_not_known_before_anything_like_it_is_finished(tmp_path):
    asked = plan(betas=[1, 2])
    extend_plan(tmp_path, asked)
    assert sweep_status(tmp_path)["seconds_left"] is None
    other = plan(betas=[3], preset="quick")[0]
    pull_rows(tmp_path, [one_row(made_result(other.settings), other, "far")])
    assert sweep_status(tmp_path)["seconds_left"] is None


def test_nothing_is_left_where_all_is_done_or_failed(swept):
    found = sweep_status(swept)
    assert (found["done"], found["total"], found["seconds_left"]) == (2, 2, 0.0)


def test_a_directory_without_a_sweep_has_no_status(tmp_path):
    with pytest.raises(ValueError, match="must be the directory of a sweep, got no plan there"):
        sweep_status(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_the_status_writes_nothing(copied):
    before = kept(copied)
    sweep_status(copied)
    assert kept(copied) == before


def test_a_share_is_that_of_the_epochs(tmp_path):
    run = plan(betas=[1], epochs=2.0)[0]
    assert share_done(tmp_path) == 0.0
    interrupt(run, tmp_path, after=4)
    directory = tmp_path / RUNS / run.name
    assert read_numbers(directory / CHECKPOINT)["progress"]["step"] == 4
    assert share_done(directory) == pytest.approx(4 / (2 * STEPS), rel=1e-15)
    fill_with_garbage(directory / CHECKPOINT)
    assert (share_done(directory), steps_behind(directory)) == (0.0, 0)


# -- what a sweep costs ------------------------------------------------------------------------


def test_the_cost_is_that_of_the_rows_most_alike():
    runs = plan("---,-+-,--v,-+v", [1, 2])
    rows = [
        one_row(made_result(run.settings, training_seconds=t, seconds=t + 1.0), run)
        for run, t in zip(runs, (2.0, 4.0, 8.0), strict=False)
    ]
    models = [row["model"] for row in rows]
    assert models == ["---", "-+-", "--v"]
    of = {run.settings.model: known_cost(run.settings, rows) for run in runs}
    assert of["---"] == Cost(2.0, 1.0)
    assert of["-+v"] == Cost(4.0, 1.0)  # of its decoder
    assert known_cost(plan("++v", [1])[0].settings, rows[:1]) == Cost(2.0, 1.0)  # of its preset
    assert known_cost(plan("---", [1], preset="quick")[0].settings, rows) is None
    assert Cost(2.0, 1.0).of(10) == 21.0


def test_each_family_that_nothing_is_known_of_is_timed_once(monkeypatch):
    timed = []

    def timed_cost(settings):
        timed.append(settings.model)
        return Cost(10.0, 1.0)

    monkeypatch.setattr(sweep_cost, "timed_cost", timed_cost)
    runs = plan("---,-+-", [1, 2], epochs=3.0)
    rows = [one_row(made_result(runs[0].settings, epochs=3.0), runs[0])]
    seconds = estimate([run.settings for run in runs], rows, timed=True)
    assert timed == ["-+-"]
    assert seconds == [pytest.approx(6.0), 31.0] * 2
    assert estimate([run.settings for run in runs], []) == [None] * 4
    assert timed == ["-+-"]


def test_a_dry_run_says_what_would_be_run_or_what_is_refused(copied):
    before = kept(copied)
    found = describe_cost(copied, plan(betas=[1, 2]), jobs=2)
    assert [(run["run"], run["finished"]) for run in found["runs"]] == [
        ("beta-1_---_seed-0", True), ("beta-2_---_seed-0", False),
    ]  # fmt: skip
    assert (found["total"], found["finished"]) == (2, 1)
    rows = read_table(copied)
    mean = sum(row["seconds"] for row in rows) / 2
    assert found["runs"][1]["seconds"] == pytest.approx(mean)
    assert found["seconds"] == pytest.approx(mean / 2)
    assert describe_cost(copied, [])["finished"] == 2
    with pytest.raises(ValueError, match="clip must be that of"):
        describe_cost(copied, plan(clip=3.0))
    assert kept(copied) == before


def test_tensorboard_gets_every_row_of_the_history(tmp_path):
    event_accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator"
    )
    place = tmp_path / "s"
    (run,) = plan(betas=[1])
    assert run_sweep(place, [run], tensorboard=True, **SILENT).failed == {}
    events = event_accumulator.EventAccumulator(str(place / RUNS / run.name / "tensorboard"))
    events.Reload()
    with (place / RUNS / run.name / "history.csv").open(newline="") as stream:
        history = list(csv.DictReader(stream))
    seen = [(event.step, event.value) for event in events.Scalars("valid_elbo")]
    assert [step for step, _ in seen] == [int(float(row["step"])) for row in history]
    for (_, value), row in zip(seen, history, strict=True):
        assert value == pytest.approx(float(row["valid_elbo"]), rel=1e-6)


def test_a_table_is_kept_up_to_date_as_runs_end(tmp_path, monkeypatch):
    place, asked, seen = tmp_path / "s", plan(betas=[1, 2, 3]), []

    def run_training(settings, directory, **how):
        seen.append([row["run"] for row in read_table(place)])
        return made_result(settings)

    monkeypatch.setattr(sweep_job, "run_training", run_training)
    run_sweep(place, asked, **SILENT)
    names = [run.name for run in asked]
    assert seen == [names[:0], names[:1], names[:2]]
    assert [row["run"] for row in read_table(place)] == names
    rows = [
        row_of(run.name, "here", read_json(place / RUNS / run.name / RESULT, command="bars:4x4"))
        for run in asked
    ]
    write_table(tmp_path, rows)
    assert (tmp_path / TABLE).read_bytes() == (place / TABLE).read_bytes()
