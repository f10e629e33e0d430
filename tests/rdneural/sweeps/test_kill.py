"""A sweep that is killed again and again comes to the same table as one that is left alone."""

import multiprocessing
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from rdneural.records.layout import LOCK, PLAN, RESULT, RUNS, TABLE
from rdneural.sweeps.job import WRITTEN, remove_leftovers
from rdneural.sweeps.plan import make_plan
from rdneural.sweeps.results import steps_behind
from tests.make.same_sweeps import assert_same
from tests.make.work import small_sweep

KILLS = 10
OPTIONS = {"checkpoint_seconds": 0.05, "pictures": 2}


@pytest.fixture(scope="module")
def fork():
    """A context whose processes have torch and a sweep imported when they begin."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["rdneural.sweeps.sweep", "torch._dynamo"])  # for optimisers
    return context


@pytest.fixture(scope="module")
def plan():
    common = {
        "dataset": "bars:4x4", "preset": "tiny", "epochs": 5.0, "batch": 64, "device": "cpu",
        "precision": "float32",
    }  # fmt: skip
    return [
        *make_plan(models="---,-+-", betas=[0.5], **common),
        *make_plan(models="--v", betas=[0.5], **common),
        *make_plan(models="---", target_rates=[1.0], **common),
    ]


def _begin(fork, place, plan, **options):
    """Start a sweep in a process; return it once it has begun."""
    ours, theirs = fork.Pipe()
    process = fork.Process(target=small_sweep, args=(place, plan, theirs), kwargs=OPTIONS | options)
    process.start()
    theirs.close()
    ours.recv()
    ours.close()
    return process


@pytest.fixture(scope="module")
def undisturbed(fork, plan, tmp_path_factory):
    """The directory of a sweep that nobody kills, and the seconds that it takes."""
    place = tmp_path_factory.mktemp("undisturbed")
    process = _begin(fork, place, plan)
    begun = time.monotonic()
    process.join()
    assert process.exitcode == 0
    return place, time.monotonic() - begun


def _behind(place, plan):
    """Return the steps that the runs have behind them, and how many are finished."""
    places = [place / RUNS / run.name for run in plan]
    return sum(map(steps_behind, places)), sum((one / RESULT).exists() for one in places)


def test_only_what_killed_jobs_left_half_written_is_removed(tmp_path):
    halves = {f".{Path(name).stem}.123{Path(name).suffix}" for name in WRITTEN}
    assert {".checkpoint.123.safetensors", ".run.123.json"} < halves
    others = {
        *WRITTEN, LOCK, ".curves.123.png", ".run.json", ".run.123.json.bak", ".run.x.json",
        "run.123.json", "run.json.broken-1", ".prerun.123.json",
    }  # fmt: skip
    for name in halves | others:
        (tmp_path / name).touch()
    remove_leftovers(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == others


@pytest.mark.slow
def test_kills_change_nothing(fork, plan, undisturbed, tmp_path):
    reference, seconds = undisturbed
    draw = np.random.default_rng(20)
    kills, kept = 0, []
    place = tmp_path / "0"
    while kills < KILLS:
        before = _behind(place, plan)
        process = _begin(fork, place, plan)
        if kills % 2:  # at any moment, or once it has come further, however slow the machine is
            process.join(draw.uniform(0.0, seconds / 4))
        else:
            while process.is_alive() and _behind(place, plan) == before:
                process.join(0.01)
        process.kill()
        process.join()
        if process.exitcode == -signal.SIGKILL:
            kills += 1
            kept.append((place.name, *_behind(place, plan)))
        else:  # it was quicker than the kill: those to come hit a new one
            assert process.exitcode == 0
            assert_same(place, reference, plan)
            place = tmp_path / f"{kills}"
    assert kept == sorted(kept, key=lambda one: (int(one[0]), *one[1:]))  # nothing is ever lost
    assert len(set(kept)) >= KILLS // 2  # and there is more from life to life

    process = _begin(fork, place, plan)
    process.join()
    assert process.exitcode == 0
    assert_same(place, reference, plan)
    assert {path.name for path in place.glob("[!.]*")} == {PLAN, TABLE, RUNS}


DEATHS = (
    (1, "sweep"), (2, "table"), (3, "history"), (20, "checkpoint"), (23, "samples"), (4, "run"),
    (5, "table"), (2, "checkpoint"),
)  # fmt: skip
"""Of lives, one after the other: in the middle of which file each dies, by number and by name."""


@pytest.mark.slow
def test_a_kill_in_the_middle_of_writing_a_file_changes_nothing(fork, plan, undisturbed, tmp_path):
    reference, _ = undisturbed
    for number, name in DEATHS:
        before = set(tmp_path.glob("**/.*.*.*"))
        process = _begin(fork, tmp_path, plan, die_at=number, checkpoint_seconds=1e6)
        process.join()
        assert process.exitcode == -signal.SIGKILL
        (half,) = set(tmp_path.glob("**/.*.*.*")) - before
        assert half.name.split(".")[1] == name
    process = _begin(fork, tmp_path, plan)
    process.join()
    assert process.exitcode == 0
    assert_same(tmp_path, reference, plan)
