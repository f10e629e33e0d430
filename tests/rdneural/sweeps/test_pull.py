"""Runs of two machines brought together: as one sweep would have them, but for origin and times."""

import json
import shutil
from dataclasses import replace
from functools import partial

import pytest

from rdneural.records.layout import FAILED, PLAN, PULLED, RESULT, RUNS, TABLE
from rdneural.records.table import read_table, write_table
from rdneural.sweeps.plan import Planned, extend_plan, read_plan
from rdneural.sweeps.pull import pull
from rdneural.sweeps.status import sweep_status
from rdneural.sweeps.sweep import run_sweep
from rdtheory.results import read_json
from tests.make.runs import (
    few_images,
    kept,
    made_result,
    no_training,
    one_row,
    plan,
    timeless,
    train_nothing,
)

SILENT = {"say": lambda line: None}
FIRST, SHARED, LAST = (f"beta-{beta}_---_seed-0" for beta in (1, 2, 3))


@pytest.fixture(autouse=True)
def nothing_is_trained(monkeypatch):
    few_images(monkeypatch)
    train_nothing(monkeypatch)


@pytest.fixture
def ours(tmp_path):
    run_sweep(tmp_path / "ours", plan(betas=[1, 2]), **SILENT)
    return tmp_path / "ours"


@pytest.fixture
def theirs(tmp_path):
    run_sweep(tmp_path / "theirs", plan(betas=[2, 3]), **SILENT)
    return tmp_path / "theirs"


@pytest.fixture
def table(theirs, tmp_path):
    """The table of the other sweep, alone."""
    (tmp_path / "sent").mkdir()
    return shutil.copy(theirs / TABLE, tmp_path / "sent" / "gpu.csv")


def origins(place):
    return {row["run"]: row["origin"] for row in read_table(place)}


def test_directories_come_with_a_directory_and_rows_alone_with_a_table(ours, theirs, table):
    for source, copied in ((table, []), (theirs, [LAST])):
        place = shutil.copytree(ours, ours.parent / f"from {source.name}")
        before = kept(place / RUNS)
        found = pull(source, place)
        assert found == {"taken": [LAST], "copied": copied, "kept": [SHARED]}
        after = kept(place / RUNS)
        assert {name: after[name] for name in before} == before
        files = kept(theirs / RUNS / LAST) if copied else {}
        new = {k.removeprefix(f"{LAST}/"): v for k, v in after.items() if k.startswith(LAST)}
        assert {k: content for k, (content, _) in new.items()} == {
            k: content for k, (content, _) in files.items()
        }
        assert {path.name for path in (place / RUNS).iterdir()} == {FIRST, SHARED, *copied}
        assert [run.name for run in read_plan(place)] == [FIRST, SHARED, *copied]
        assert sweep_status(place)["done"] == 3


@pytest.mark.parametrize("alone", [True, False])
def test_the_merged_table_is_that_of_one_sweep_that_made_all(ours, theirs, table, tmp_path, alone):
    run_sweep(tmp_path / "one", plan(betas=[1, 2, 3]), **SILENT)
    pull(table if alone else theirs, ours)
    assert timeless(ours) == timeless(tmp_path / "one")
    assert origins(ours) == {FIRST: "here", SHARED: "here", LAST: "sent" if alone else "theirs"}
    with no_training():
        run_sweep(ours, plan(betas=[1, 2, 3]), **SILENT)
    assert timeless(ours) == timeless(tmp_path / "one")


def test_a_second_pull_changes_nothing(ours, theirs):
    pull(theirs, ours)
    before = {k: content for k, (content, _) in kept(ours).items()}
    assert pull(theirs, ours, origin="other") == {
        "taken": [], "copied": [], "kept": [SHARED, LAST],
    }  # fmt: skip
    after = {k: content for k, (content, _) in kept(ours).items()}
    assert after.keys() == before.keys()
    assert {k for k in after if after[k] != before[k]} <= {PULLED}
    rows = [json.loads(content[PULLED])["rows"] for content in (before, after)]
    assert rows[0] == rows[1]


def test_what_is_finished_here_is_kept_whatever_they_found(ours, theirs):
    row = next(row for row in read_table(ours) if row["run"] == SHARED)
    rows = [r | {"test_elbo": 99.5, "train_rate": 0.5} for r in read_table(theirs)]
    write_table(theirs, rows)
    pull(theirs, ours)
    assert next(r for r in read_table(ours) if r["run"] == SHARED) == row


def test_a_run_that_has_failed_or_begun_here_is_taken(ours, theirs, tmp_path):
    place = tmp_path / "unfinished"
    extend_plan(place, plan(betas=[2, 3]))
    (place / RUNS / SHARED).mkdir(parents=True)
    (place / RUNS / SHARED / FAILED).write_text("{}")
    (place / RUNS / LAST).mkdir()
    found = pull(theirs, place)
    assert found == {"taken": [SHARED, LAST], "copied": [], "kept": []}
    assert set(origins(place).values()) == {"theirs"}
    status = sweep_status(place)
    assert (status["done"], status["failed"], status["total"]) == (2, 0, 2)
    with no_training():
        run_sweep(place, **SILENT)


def test_the_origin_may_be_named_and_never_be_here(ours, theirs, tmp_path):
    before = kept(ours)
    for name in ("here", "a\rb", "a\nb"):
        with pytest.raises(ValueError, match="origin must be a name other than 'here', got"):
            pull(theirs, ours, origin=name)
    here = shutil.copytree(theirs, tmp_path / "here")
    with pytest.raises(ValueError, match="origin must"):
        pull(here, ours)
    assert kept(ours) == before
    pull(here, ours, origin="big gpu, far away")
    assert origins(ours)[LAST] == "big gpu, far away"
    run_sweep(ours, plan(betas=[4]), **SILENT)
    assert origins(ours)[LAST] == "big gpu, far away"


def test_runs_pulled_into_nothing_make_a_sweep_of_it(theirs, table, tmp_path):
    for source in (table, theirs):
        place = tmp_path / f"new from {source.name}"
        pull(source, place)
        assert timeless(place) == timeless(theirs)
        assert sweep_status(place)["done"] == 2
    with pytest.raises(ValueError, match="must have a plan"):
        run_sweep(tmp_path / "new from gpu.csv", **SILENT)
    with no_training():
        run_sweep(tmp_path / "new from theirs", **SILENT)


def test_the_place_of_their_files_and_their_device_may_be_other(ours, tmp_path):
    # the same grid on two machines: what has not begun here is made there
    extend_plan(ours, plan(betas=[3]))
    there = [
        Planned(run.name, replace(run.settings, device="cuda", data="their/data"))
        for run in plan(betas=[2, 3])
    ]
    run_sweep(tmp_path / "theirs", there, **SILENT)
    found = pull(tmp_path / "theirs", ours)
    assert found == {"taken": [LAST], "copied": [LAST], "kept": [SHARED]}
    assert read_plan(ours) == plan(betas=[1, 2, 3])
    assert read_json(ours / RUNS / LAST / RESULT, command="bars:4x4")["settings"]["data"]
    with no_training():
        run_sweep(ours, **SILENT)
    assert [row["run"] for row in read_table(ours)] == [FIRST, SHARED, LAST]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"betas": [2, 3], "clip": 5.0}, r"clip must be that of beta-2_.*csv, 5.0, got 100.0"),
        ({"betas": [2], "epochs": 2.0}, r"epochs_asked must be that of beta-2_"),
        ({"betas": [3], "dataset": "bars:3x3"}, "data must be those of the .* got bars:3x3"),
    ],
)
def test_other_settings_or_data_are_refused_and_nothing_changes(ours, tmp_path, asked, words):
    run_sweep(tmp_path / "other", plan(**asked), **SILENT)
    before = kept(ours)
    with pytest.raises(ValueError, match=words) as caught:
        pull(tmp_path / "other", ours)
    assert "\n" not in str(caught.value)
    assert kept(ours) == before


def test_runs_on_another_data_set_are_refused_though_none_is_finished_here(theirs, tmp_path):
    place = tmp_path / "begun"
    extend_plan(place, plan(betas=[1], dataset="bars:3x3"))
    before = kept(place)
    with pytest.raises(ValueError, match=r"dataset must be that of .* bars:3x3, got bars:4x4"):
        pull(theirs, place)
    assert kept(place) == before


@pytest.mark.parametrize("source", ["nowhere", "empty", "cut", "foreign"])
def test_what_is_no_sweep_is_named_and_nothing_is_made(theirs, tmp_path, source):
    (tmp_path / "empty").mkdir()
    for name in ("cut", "foreign"):
        (tmp_path / name).mkdir()
    text = (theirs / TABLE).read_text()
    (tmp_path / "cut" / TABLE).write_text(text[: len(text) // 2])
    (tmp_path / "foreign" / TABLE).write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=f"{source}.* must") as caught:
        pull(tmp_path / source, tmp_path / "new")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "new").exists()


def test_a_copy_that_is_broken_off_leaves_no_run(ours, theirs, monkeypatch):
    def break_off(source, target, **how):
        target.mkdir()
        (target / RESULT).write_text("half")
        raise OSError(28, "No space left on device", str(target / RESULT))

    before = kept(ours)
    monkeypatch.setattr(shutil, "copytree", break_off)
    with pytest.raises(OSError, match=r"No space left on device: .*run\.json"):
        pull(theirs, ours)
    assert kept(ours) == before
    assert {path.name for path in (ours / RUNS).iterdir()} == {FIRST, SHARED}
    monkeypatch.undo()
    assert pull(theirs, ours)["copied"] == [LAST]


def test_a_directory_without_its_result_comes_as_a_row(ours, theirs):
    (theirs / RUNS / LAST / RESULT).unlink()
    assert pull(theirs, ours)["copied"] == []
    assert origins(ours)[LAST] == "theirs"


def test_rows_of_many_places_stay_apart(ours, tmp_path):
    sources = []
    for beta in (5, 6):
        (run,) = plan(betas=[beta])
        place = tmp_path / f"machine {beta}"
        place.mkdir()
        write_table(place, [one_row(made_result(run.settings), run, "somewhere else")])
        sources.append(place)
    for source in sources:
        pull(source, ours)
    assert list(origins(ours).values()) == ["here", "here", "machine 5", "machine 6"]
    assert (ours / PLAN).exists()
    again = partial(pull, sources[0], ours)
    assert again()["kept"] == ["beta-5_---_seed-0"]


def test_single_runs_get_the_rows_that_a_sweep_would_give_them(theirs, ours, tmp_path):
    singles = tmp_path / "singles"
    for number, name in enumerate((SHARED, LAST)):
        (singles / f"run-{number}").mkdir(parents=True)
        shutil.copy(theirs / RUNS / name / RESULT, singles / f"run-{number}")
    found = pull(singles, ours)
    assert (found["taken"], found["kept"], found["copied"]) == ([LAST], [SHARED], [])
    rows = {row["run"]: row for row in read_table(ours)}
    (row,) = (row for row in read_table(theirs) if row["run"] == LAST)
    assert rows[LAST] == row | {"origin": "singles"}


def test_single_runs_that_are_broken_or_the_same_are_refused(theirs, ours, tmp_path):
    singles = tmp_path / "singles"
    for name in ("a", "b"):
        (singles / name).mkdir(parents=True)
        shutil.copy(theirs / RUNS / LAST / RESULT, singles / name)
    with pytest.raises(ValueError, match=f"must differ, got {LAST} twice"):
        pull(singles, ours)
    (singles / "b" / RESULT).write_text('{"settings": {}}')
    with pytest.raises(ValueError, match="must be the result of a run"):
        pull(singles, ours)
