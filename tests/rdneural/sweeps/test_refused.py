"""What a sweep refuses, in one line, with nothing changed."""

from dataclasses import replace
from functools import partial

import pytest
from filelock import FileLock

from rdneural.records.layout import FAILED, PLAN, PULLED, RESULT, RUNS, TABLE
from rdneural.records.locks import is_locked
from rdneural.records.table import read_table
from rdneural.sweeps import job as sweep_job
from rdneural.sweeps import sweep
from rdneural.sweeps.job import Job, carry_out
from rdneural.sweeps.plan import extend_plan
from rdneural.sweeps.results import is_finished, pulled_rows
from rdneural.sweeps.status import sweep_status
from rdneural.sweeps.sweep import Workers, run_sweep
from tests.make.runs import kept, made_result, no_training, one_row, plan, train_nothing
from tests.make.sweeps import PAIR, SILENT, pull_rows, truncate


def test_two_sweeps_in_one_directory_are_refused(copied):
    before = kept(copied)
    with FileLock(copied / ".lock"), no_training():
        with pytest.raises(ValueError, match="one command at a time, got another") as caught:
            run_sweep(copied, plan(betas=[7]), **SILENT)
        assert "\n" not in str(caught.value)
    assert kept(copied) == before


def test_a_run_that_another_process_has_is_left_to_it(tmp_path, monkeypatch):
    place, asked = tmp_path / "s", plan(betas=[1, 2])
    monkeypatch.setattr(sweep_job, "PATIENCE", 0.0)
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
        ({"betas": [3], "preset": "quick"}, "preset must have images as large as those of the"),
        ({"betas": [3], "renamed": True}, "data must be those of the other runs in"),
        ({"betas": [3], "spoilt": True}, "data must hold the images of the runs in"),
    ],
)
def test_other_settings_or_data_are_refused_and_nothing_changes(copied, asked, words, monkeypatch):
    asked = dict(asked)
    if asked.pop("renamed", False):  # the same source, as if it was drawn anew
        monkeypatch.setattr(sweep, "load_data", renamed(sweep.load_data))
    if asked.pop("spoilt", False):
        monkeypatch.setattr(sweep, "load_data", negative(sweep.load_data))
    before = kept(copied)
    with pytest.raises(ValueError, match=words) as caught, no_training():
        run_sweep(copied, plan(**asked), **SILENT)
    assert "\n" not in str(caught.value)
    assert kept(copied) == before


def negative(load):
    def of(settings):
        data = load(settings)
        return replace(data, train=1 - data.train)

    return of


def renamed(load):
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
    assert is_finished(place, asked[0], pulled_rows(place))


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
    assert is_finished(tmp_path, plan()[0], {})
    assert not is_finished(tmp_path, plan()[0], {}, retry=True)
    assert sweep_status(tmp_path)["runs"][0]["reason"] == "failed.json cannot be read"
