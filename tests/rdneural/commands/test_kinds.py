"""What a directory is, is said where it is not what a command takes; lost tables are made anew."""

import codecs
import shutil

import pytest
from filelock import FileLock

from rdneural.commands import kinds
from rdneural.records.layout import CHECKPOINT, LOCK, PLAN, RESULT, RUNS, TABLE
from tests.make.commands import one_error
from tests.make.runs import kept, plan, timeless

READERS = ("evaluate", "sample", "information", "diagonal")
SWEPT = "must be the directory of a run, got that of a sweep: give one of its runs, like"

pytestmark = pytest.mark.usefixtures("undrawn")


@pytest.fixture
def pages(monkeypatch):
    """Pages are not written: the directories that they would be of."""
    from figures.report import report

    found = []
    monkeypatch.setattr(
        report, "report", lambda place, **_: (found.append(place), place / "report.html")[1]
    )
    return found


# -- commands that take a run ------------------------------------------------------------------


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize("more", [(), ("--out", "new"), ("--out", "S")], ids=str)
def test_a_sweep_is_no_run_and_its_runs_are_named(run, swept, command, more):
    before = kept(swept)
    one_error(run(command, swept, *more), f"{swept} {SWEPT} {swept / RUNS / plan()[0].name}")
    assert kept(swept) == before


@pytest.mark.parametrize("command", READERS)
def test_a_directory_of_runs_and_others_are_no_run_either(run, swept, tmp_path, command):
    words = "got one with runs in it: give one of its runs, like"
    one_error(run(command, swept / RUNS), f"{swept / RUNS} must", words)
    for name, kind in (("curve.json", "a curve"), ("validate.json", "a validation"),
                       ("usefulness.csv", "measurements")):  # fmt: skip
        place = tmp_path / name[:4]
        place.mkdir()
        (place / name).write_text("{}")
        one_error(
            run(command, place), f"{place} must be the directory of a run, got that of {kind}"
        )
    (tmp_path / "file").write_text("")
    one_error(run(command, tmp_path / "file"), "must be the directory of a run, got a file")
    one_error(run(command, tmp_path / "none"), "must be the directory of a run, got nothing there")


def test_a_curve_is_not_among_the_runs_that_are_named(swept):
    first, second = (swept / RUNS / one.name for one in plan())
    assert kinds.first_run(swept) == kinds.first_run(swept / RUNS) == first
    (first / "curve.json").write_text("{}")
    assert kinds.first_run(swept) == second
    assert kinds.first_run(first) is None


def test_of_several_runs_each_is_looked_at(run, copied, swept):
    one_error(run("diagonal", copied, swept), f"{swept} {SWEPT}")


# -- report ------------------------------------------------------------------------------------


def lose(place, how):
    path = place / TABLE
    heading = path.read_bytes().splitlines(keepends=True)[0]
    path.unlink()
    if how != "gone":
        path.write_bytes(
            {"empty": b"", "mark": codecs.BOM_UTF8, "wide mark": codecs.BOM_UTF16_LE,
             "blank": b"\r\n\r\n", "heading": heading, "commas": heading + b",,,,\r\n"}[how]
        )  # fmt: skip


LOST = ("gone", "empty", "mark", "wide mark", "blank", "heading", "commas")


@pytest.mark.parametrize("how", LOST)
@pytest.mark.parametrize("named", ["S", "S/table.csv"])
def test_a_table_that_is_lost_is_made_anew_of_the_runs(run, swept, pages, how, named):
    rows = timeless(swept)
    lose(swept, how)
    if how == "gone" and named != "S":
        one_error(run("report", named), "DIRECTORY must be that of a sweep", named)
        return
    result = run("report", named)
    assert result.exit_code == 0, result.stderr
    assert timeless(swept) == rows
    assert [page.resolve() for page in pages] == [swept]


@pytest.mark.parametrize("how", LOST)
def test_a_sweep_makes_it_anew_as_well(run, swept, how):
    rows = timeless(swept)
    lose(swept, how)
    assert run("sweep", "--out", swept).exit_code == 0
    assert timeless(swept) == rows


@pytest.mark.parametrize("how", ["gone", "mark"])
def test_without_a_plan_it_is_said_how_it_is_made(run, swept, pages, how):
    rows = timeless(swept)
    lose(swept, how)
    (swept / PLAN).unlink()
    words = ["with runs alone", f"`sweep pull {swept} --out NEW`"]
    words += [f"remove {swept / TABLE}, and"] if how == "mark" else []
    one_error(run("report", swept), *words)
    (swept / TABLE).unlink(missing_ok=True)
    assert run("sweep", "pull", swept, "--out", "new").exit_code == 0
    assert run("report", "new").exit_code == 0
    assert timeless(pages[0]) == rows


def test_there_is_nothing_to_make_it_of(run, swept, pages):
    lose(swept, "heading")
    shutil.rmtree(swept / RUNS)
    before = kept(swept)
    one_error(run("report", swept), f"{swept} must have a run that is finished, got none")
    assert kept(swept) == before


def test_a_sweep_at_work_makes_its_table_itself(run, swept, pages):
    lose(swept, "gone")
    with FileLock(swept / LOCK):
        one_error(run("report", swept), str(swept), "another at work in it")


def test_a_table_with_rows_is_left_as_it_is(run, swept, pages):
    lines = (swept / TABLE).read_bytes().splitlines(keepends=True)
    (swept / TABLE).write_bytes(b"".join(lines[:2]))
    before = kept(swept)
    assert run("report", swept).exit_code == 0
    assert kept(swept) == before


def test_a_run_is_no_sweep(run, swept):
    one = swept / RUNS / plan()[0].name
    words = "DIRECTORY must be that of a sweep, with table.csv, got that of a run"
    one_error(run("report", one), words, str(one))


def test_a_status_is_that_of_a_sweep(run, swept):
    one = swept / RUNS / plan()[0].name
    for named, seen in ((one, "that of a run"), (swept / RUNS, "no plan there"),
                        (swept / "none", "nothing there")):  # fmt: skip
        one_error(
            run("sweep", "status", "--out", named),
            f"{named} must be the directory of a sweep, got {seen}",
        )
    assert not (swept / "none").exists()
    (swept / PLAN).rename(swept / "kept.json")  # a table alone is none
    one_error(run("sweep", "status", "--out", swept), f"{swept} must", "got no plan there")
    (swept / "kept.json").rename(swept / PLAN)
    (swept / TABLE).write_text((swept / TABLE).read_text() + "1,2\n")
    one_error(run("sweep", "status", "--out", swept), "got 2 in line 4; remove it, and")


def test_kinds_are_told_by_files(tmp_path):
    assert kinds.kind_of(tmp_path) is None
    for name, kind in ((CHECKPOINT, "a run"), (RESULT, "a run"), ("curve.json", "a curve"),
                       (TABLE, "a sweep")):  # fmt: skip
        (tmp_path / name).write_text("")
        assert kinds.kind_of(tmp_path) == kind
