"""The whole pipeline by its commands: a sweep of all models, its state, its figures, its page."""

import json
import math

import pytest

from figures.sweep import NAMES
from rdneural.data import enumerated
from rdneural.models.build import FAMILIES
from rdneural.records.names import PARTS
from rdneural.records.own import LATER_OF_OWN
from rdneural.records.table import COLUMNS, TEXTS, read_table
from tests.conftest import leave_undrawn

RUNS = [f"{end}_{model}_seed-0" for end in ("beta-1", "rate-1") for model in FAMILIES]


@pytest.fixture(scope="module")
def place(run, tmp_path_factory):
    """The directory of a sweep of all models on few images, with its figures and its page."""
    place = tmp_path_factory.mktemp("pipeline") / "sweep"
    with pytest.MonkeyPatch.context() as context:
        context.setattr(enumerated, "COUNTS", {"train": 128, "valid": 64, "test": 64})
        leave_undrawn(context)  # those of the runs; the sweep's figures are drawn
        done = run(
            "sweep", "--models", "all", "--betas", 1, "--target-rates", 1,
            "--data", "bars:4x4", "--preset", "tiny", "--epochs", 2, "--batch", 64,
            "--device", "cpu", "--precision", "float32", "--pictures", 4, "--out", place,
        )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    done = run("report", place)
    assert done.exit_code == 0, done.stderr
    return place


pytestmark = pytest.mark.slow


def test_every_run_is_a_row_of_finite_numbers(place):
    rows = read_table(place)
    assert [row["run"] for row in rows] == RUNS
    empty = ("warning", "penalty", "beta", "target_rate", "target_met", "target_miss", "dim",
             *LATER_OF_OWN, *PARTS)  # fmt: skip
    for row in rows:
        assert row["complete"] is True
        assert (row["data"], row["steps"], row["test_images"]) == ("bars:4x4", 4, 64)
        assert all(math.isfinite(row[name]) for name in COLUMNS if name not in (*TEXTS, *empty))
        assert all(row[name] for name in TEXTS if name not in empty)
        assert (row["beta"] is None) == (row["target_rate"] == 1.0)


def test_the_state_of_the_sweep_is_that_all_is_done(place, run):
    done = run("sweep", "status", "--out", place, "--json", "-")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert {k: found[k] for k in ("total", "done", "running", "waiting", "failed")} == {
        "total": len(RUNS), "done": len(RUNS), "running": 0, "waiting": 0, "failed": 0,
    }  # fmt: skip
    assert [one["run"] for one in found["runs"]] == RUNS
    assert found["seconds_left"] == 0


def test_every_figure_and_its_numbers_are_there(place):
    for name in NAMES:
        assert (place / f"{name}.png").read_bytes().startswith(b"\x89PNG"), name
        assert len((place / f"{name}.csv").read_text().splitlines()) > 1, name


def test_the_page_names_every_run_and_shows_every_figure(place):
    page = (place / "report.html").read_text()
    assert page.lstrip().startswith("<!DOCTYPE html>")
    for name in (*RUNS, *NAMES):
        assert name in page, name
    assert page.count("data:image/png;base64,") >= len(RUNS) + len(NAMES)


def test_nothing_is_done_twice(place, run):
    before = {path: path.stat().st_mtime_ns for path in place.glob("runs/*/*")}
    done = run("sweep", "--out", place)
    assert done.exit_code == 0, done.stderr
    assert {path: path.stat().st_mtime_ns for path in place.glob("runs/*/*")} == before
    done = run("report", place)
    assert done.exit_code == 2
    assert "report.html exists: choose another place or pass --overwrite" in done.stderr
