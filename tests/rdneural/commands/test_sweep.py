"""The commands sweep, sweep status and sweep pull, as a user runs them."""

import json
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from rdneural.records.layout import FAILED, RUNS, TABLE
from rdneural.records.table import read_table
from rdneural.sweeps import sweep
from rdneural.sweeps.plan import read_plan
from rdneural.sweeps.status import STATES
from tests.make.runs import (
    COMMAND,
    few_images,
    kept,
    no_training,
    one_line,
    plan,
    timeless,
    train_nothing,
)

NOT_AS_ASKED = {"missed", "diverged", "short_of_beta"}
HEAD = {"command", "settings", "versions", "seed", "seconds"}
GRID = (*COMMAND, "--models=---", "--betas", "0.5,1")
PAIR = [run.name for run in plan()]


@pytest.fixture(autouse=True)
def few(monkeypatch, tmp_path):
    few_images(monkeypatch)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def swept(tmp_path_factory, run):
    """The directory of a sweep, and what the command printed."""
    place = tmp_path_factory.mktemp("commands") / "swept"
    with pytest.MonkeyPatch.context() as context:
        few_images(context)
        result = run(*GRID, "--out", place)
    assert result.exit_code == 0, result.stderr
    return place, result


@pytest.fixture
def copied(swept, tmp_path):
    return shutil.copytree(swept[0], tmp_path / "copied")


# -- sweep -------------------------------------------------------------------------------------


def test_a_sweep_prints_its_counts_and_says_where_its_table_is(swept):
    place, result = swept
    assert result.stdout == "2 runs: 2 done, 0 running, 0 waiting, 0 failed\n"
    lines = [line for line in result.stderr.splitlines() if line]
    assert [line.partition(":")[0] for line in lines[:2]] == PAIR
    assert lines[-1].endswith(f"{place}: results, {TABLE}")
    assert read_plan(place) == plan()
    assert [row["run"] for row in read_table(place)] == PAIR


def test_json_is_all_that_goes_to_stdout(run, copied):
    with no_training():
        result = run(*GRID, "--out", copied, "--json", "-")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert set(found) == HEAD | {*STATES, "total", "seconds_left", "runs", *NOT_AS_ASKED}
    assert found["command"] == "sweep"
    assert found["settings"]["betas"] == [0.5, 1.0]
    assert [found[state] for state in STATES] == [2, 0, 0, 0]
    assert found["runs"] == [{"run": name, "state": "done"} for name in PAIR]


def test_a_sweep_goes_on_without_lists(run, copied, swept):
    shutil.rmtree(copied / RUNS / PAIR[1])
    before = kept(copied / RUNS)
    result = run("sweep", "--out", copied)
    assert result.exit_code == 0, result.stderr
    assert timeless(copied) == timeless(swept[0])
    after = kept(copied / RUNS)
    assert {name: after[name] for name in before} == before


def test_without_out_each_sweep_gets_a_directory_of_its_own(run, monkeypatch):
    train_nothing(monkeypatch)
    for _ in range(2):
        assert run(*GRID).exit_code == 0
    assert sorted(path.name for path in Path("runs").iterdir()) == ["sweep-1", "sweep-2"]


def test_a_run_that_failed_gives_exit_code_1_until_it_is_retried(run, monkeypatch, tmp_path):
    with monkeypatch.context() as context:
        train_nothing(context, errors={PAIR[0]: MemoryError("9 GiB")})
        result = run(*GRID, "--out", "a")
        assert result.exit_code == 3
        assert result.stdout.splitlines() == [
            "2 runs: 1 done, 0 running, 0 waiting, 1 failed",
            f"failed: {PAIR[0]}: MemoryError: 9 GiB",
        ]
        assert "Traceback" not in result.output
        result = run("sweep", "--out", "a", "--json", "-")
        assert result.exit_code == 3
        assert json.loads(result.stdout)["runs"][0]["reason"] == "MemoryError: 9 GiB"
    train_nothing(monkeypatch)
    assert run("sweep", "--out", "a").exit_code == 3
    assert run("sweep", "--out", "a", "--retry-failed").exit_code == 0
    assert not list((tmp_path / "a").rglob(FAILED))


@pytest.mark.parametrize("out", [(), ("--out", "new")])
def test_a_dry_run_lists_the_runs_and_writes_nothing_at_all(run, tmp_path, out):
    with no_training():
        result = run(*GRID, *out, "--dry-run", "--target-rates", "1", "--seeds", 2)
    assert result.exit_code == 0, result.stderr
    for seed in (0, 1):
        for end in ("beta-0.5", "beta-1", "rate-1"):
            assert f"{end}_---_seed-{seed} " in result.stdout
    assert "6 of 6 runs to make: " in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_of_a_begun_sweep_knows_what_is_finished(run, copied):
    before = kept(copied)
    arguments = [*GRID[:-1], "1,2", "--out", copied, "--dry-run"]
    result = run(*arguments, "--json", "-")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert set(found) == HEAD | {"runs", "total", "finished", "seconds"}
    assert [run["finished"] for run in found["runs"]] == [True, False]
    assert "1 of 2 runs to make: " in run(*arguments).stdout
    assert "0 of 2 runs to make: 0 s" in run("sweep", "--out", copied, "--dry-run").stdout
    one_line(run(*GRID, "--out", copied, "--dry-run", "--clip", 3), "clip must be that of")
    assert kept(copied) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "give --betas, --target-rates, or the --out of a sweep to go on with"),
        (("--betas", "1;2"), "betas must be like 0.1,0.5 or 0.1:10:12, got '1;2'"),
        (("--betas", ""), "betas must be like"),
        (("--betas", "0.1:10"), "betas must be like"),
        (("--betas", "0.1:10:1"), "betas must be like"),
        (("--target-rates", "many"), "target_rates must be like"),
        (("--betas", "1", "--anneal", "x"), "anneal must be like"),
        (("--betas", "1,1"), "must differ in their names"),
        (("--betas", "1,nan"), "beta must be finite"),
        (("--betas", "-1"), "beta must be finite and at least 0"),
        (("--target-rates", "0"), "target_rate must be finite and above 0"),
        (("--betas", "1", "--models", "++x"), "or a pattern, got '++x'"),
        (("--betas", "1", "--seeds", "0"), "seeds must be"),
        (("--betas", "1", "--data", "digits"), "dataset must be one of"),
        (("--betas", "1", "--jobs", "0"), "jobs must be"),
        (("--betas", "1", "--batched", "0"), "batched must be"),
        (("--betas", "1", "--on", "there"), "on must be here, ray or ray://ADDRESS"),
        (("--betas", "1", "--pictures", "0"), "pictures must be"),
        (("--betas", "1", "--seeds", "x"), "seeds"),
        (("--out", "nothing"), "nothing must have a plan to go on with, got none"),
        (("--out", "nothing", "--dry-run"), "nothing must have a plan to go on with, got none"),
        (("status", "--out", "nothing"), "must be the directory of a sweep"),
        (("pull", "nothing", "--out", "new"), "must be a directory with runs"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_input_is_one_line_and_leaves_nothing(run, tmp_path, arguments, words):
    with no_training():
        result = run("sweep", *arguments)
    one_line(result, words)
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_second_sweep_in_a_directory_is_one_line(run, copied):
    before = kept(copied)
    with FileLock(copied / ".lock"):
        one_line(run(*GRID, "--out", copied), "one command at a time, got another at work in it")
    assert kept(copied) == before


def test_other_settings_of_a_begun_run_are_one_line(run, copied):
    before = kept(copied)
    one_line(run(*GRID, "--out", copied, "--learning-rate", "0.1"), "learning_rate must be that of")
    assert kept(copied) == before


def test_a_json_file_is_refused_before_any_work(run, tmp_path):
    (tmp_path / "mine.json").write_text("mine")
    with no_training():
        one_line(run(*GRID, "--out", "a", "--json", "mine.json"), "mine.json exists")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.json"]
    assert (tmp_path / "mine.json").read_text() == "mine"


# -- status and pull ---------------------------------------------------------------------------


def test_the_status_is_printed_or_json_alone(run, copied):
    shutil.rmtree(copied / RUNS / PAIR[1])
    before = kept(copied)
    result = run("sweep", "status", "--out", copied)
    assert result.exit_code == 0, result.stderr
    first, second = result.stdout.splitlines()
    assert first == "2 runs: 1 done, 0 running, 1 waiting, 0 failed"
    assert second.startswith("time left: ")
    assert second.endswith(" s")
    result = run("sweep", "status", "--out", copied, "--json", "-")
    found = json.loads(result.stdout)
    assert set(found) == HEAD | {*STATES, "total", "seconds_left", "runs", *NOT_AS_ASKED}
    assert found["command"] == "sweep status"
    assert [found[state] for state in STATES] == [1, 0, 1, 0]
    assert found["seconds_left"] > 0
    assert kept(copied) == before


def test_pulling_prints_counts_or_json_alone(run, copied, monkeypatch):
    train_nothing(monkeypatch)
    assert run(*GRID[:-1], "1,2", "--out", "theirs").exit_code == 0
    result = run("sweep", "pull", "theirs", "--out", copied, "--origin", "gpu")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"{copied}: 1 taken, 1 copied, 1 kept\n"
    assert [row["origin"] for row in read_table(copied)] == ["here", "here", "gpu"]
    result = run("sweep", "pull", Path("theirs") / TABLE, "--out", "new", "--json", "-")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert set(found) == HEAD | {"taken", "copied", "kept"}
    assert found["copied"] == found["taken"] == [PAIR[1], "beta-2_---_seed-0"]
    one_line(run("sweep", "pull", "theirs", "--out", copied, "--origin", "here"), "origin must")


@pytest.mark.parametrize(
    ("given", "option", "missing"),
    [
        (["--epochs", "2"], "--epochs", "--betas or --target-rates"),
        (["--models", "---"], "--models", "--betas or --target-rates"),
        (["--target-rates", "2", "--anneal", "1"], "--anneal", "--betas"),
    ],
)
def test_options_that_would_mean_nothing_are_refused(run, given, option, missing):
    result = run("sweep", "--out", "a", *given)
    assert (result.exit_code, result.stderr) == (2, f"error: {option} must come with {missing}\n")
    assert not Path("a").exists()


def test_jobs_are_given_to_as_many_processes_as_are_asked_for(run, tmp_path, monkeypatch):
    given = []

    def in_turn(work, jobs, processes):
        given.append((len(jobs), processes))
        return sweep.in_turn(work, jobs)

    train_nothing(monkeypatch)
    monkeypatch.setattr(sweep, "in_processes", in_turn)
    result = run(*GRID, "--jobs", 2, "--out", tmp_path / "S")
    assert result.exit_code == 0, result.stderr
    assert given == [(2, 2)]
