"""Sweeps on a Ray that is started on this machine."""

import errno
import multiprocessing
import os
import signal
import sys
import threading

import pytest

from rdneural.data import enumerated
from rdneural.machine import ray as cluster
from rdneural.machine.executors import WorkerDied
from rdneural.machine.ray import on_ray
from rdneural.records.layout import CHECKPOINT, HISTORY_FILE, RESULT, RUNS
from rdneural.sweeps import sweep
from rdneural.sweeps.job import Job
from rdneural.sweeps.plan import make_plan
from rdneural.sweeps.sweep import Workers, run_sweep
from tests.conftest import ROOT
from tests.make import work as made_work
from tests.make.same_sweeps import assert_same
from tests.make.work import is_over, small_job, small_job_or_fail, square, square_or_die, wait_until

COMMON = {
    "dataset": "bars:4x4", "preset": "tiny", "batch": 64, "device": "cpu", "precision": "float32",
}  # fmt: skip


SECONDS = 500
"""That Ray may take for what a test asks of it."""


PLAN = [
    *make_plan(models="-+-", betas=[0.5], epochs=5.0, **COMMON),
    *make_plan(models="--v", target_rates=[1.0], epochs=5.0, **COMMON),
]
SWEPT = {"checkpoint_seconds": 0.05, "pictures": 2}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Return a directory, and what was found there, with one Ray for all that needs one.

    It is a process of its own, where Ray's threads and signal handlers end with it.
    """
    pytest.importorskip("ray", reason="Ray is not installed")
    place = tmp_path_factory.mktemp("ray")
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))  # Ray hands on no sys.path
        process = context.Process(target=_send, args=(theirs, place))
        process.start()
        theirs.close()
        try:
            assert ours.poll(SECONDS), f"all of it takes more than {SECONDS} s"
            return place, ours.recv()
        finally:
            process.join(30)  # to shut Ray down
            process.kill()
            process.join()
            ours.close()


def _send(end, place):
    import ray

    with pytest.MonkeyPatch.context() as patch:
        start, stop = ray.init, ray.shutdown
        patch.setattr(ray, "init", lambda **asked: ray.is_initialized() or start(**asked))
        patch.setattr(ray, "shutdown", lambda: None)
        found = {
            work: work(place / work.__name__)
            for work in (_squares_and_a_killer, _sweep_with_a_killed_worker, _job_that_fails)
        }
        stop()
    end.send({work.__name__: result for work, result in found.items()})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"jobs": 0}, "jobs must be an integer of at least 1, got 0"),
        ({"cpus": 0.0}, "cpus must be above 0, got 0"),
        ({"cpus": float("nan")}, "cpus must be .*, got nan"),
        ({"gpus": -1.0}, "gpus must be .*, got -1"),
        ({"gpus": 1.5}, "gpus must be whole where it is above 1, got 1.5"),
    ],
)
def test_what_a_task_asks_for_is_checked_before_ray_starts(options, message, monkeypatch):
    monkeypatch.setattr(cluster, "_ray", lambda: pytest.fail("Ray was started"))
    with pytest.raises(ValueError, match=message):
        list(on_ray(square, [1], **options))


def test_without_ray_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ImportError, match=r"^Ray must be installed: pip install -e '.\[cluster\]'"):
        list(on_ray(square, [1]))


def _node(cpus, gpus=None, *, alive=True):
    has = {"CPU": cpus} if gpus is None else {"CPU": cpus, "GPU": gpus}
    return {"Alive": alive, "Resources": has}


def test_a_node_must_have_all_that_a_task_asks_for():
    cluster._check_room([_node(8.0), _node(1.0, 2.0)], 1.0, 0.25)
    nodes = [_node(8.0), _node(1.0, 2.0), _node(8.0, 8.0, alive=False)]
    with pytest.raises(ValueError, match=r"got 2 and 0.25, where the nodes have 8 and 0, 1 and 2$"):
        cluster._check_room(nodes, 2.0, 0.25)
    with pytest.raises(ValueError, match=r"got 1 and 0, where the nodes have nothing$"):
        cluster._check_room([], 1.0, 0.0)


def _sweep_with_a_killed_worker(place):
    """Return whether the victim was finished when it was killed, and the tally of the sweep."""
    victim = PLAN[0].name
    finished = []

    def kill():
        wait_until((place / RUNS / victim / CHECKPOINT).exists, seconds=SECONDS)
        (process,) = (place / "pids" / victim).iterdir()
        os.kill(int(process.name), signal.SIGKILL)
        finished.append((place / RUNS / victim / RESULT).exists())

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep, "carry_out", small_job)
        tally = run_sweep(place, PLAN, workers=Workers("ray", jobs=2), say=_nothing, **SWEPT)
    killer.join()
    return finished, tally, os.environ["RAY_USAGE_STATS_ENABLED"]


def _nothing(line):
    pass


@pytest.mark.slow
def test_a_sweep_whose_worker_is_killed_comes_to_the_same_table(found, tmp_path, monkeypatch):
    place = found[0] / "_sweep_with_a_killed_worker"
    finished, tally, statistics = found[1][place.name]
    assert finished == [False]  # killed in the middle of the run
    assert len(list((place / "pids" / PLAN[0].name).iterdir())) == 2
    assert (sorted(tally.done), tally.failed) == (sorted(run.name for run in PLAN), {})
    assert statistics == "0"

    for split, count in made_work.COUNTS.items():
        monkeypatch.setitem(enumerated.COUNTS, split, count)
    run_sweep(tmp_path, PLAN, say=_nothing, **SWEPT)
    assert_same(place, tmp_path, PLAN)


LONG = make_plan(models="---", betas=[0.5], epochs=1e4, **COMMON)


def _job_that_fails(place):
    """Return the error of a task that fails while a run is in training."""
    job = Job(tuple(LONG), place, checkpoint_seconds=1e6)
    try:
        list(on_ray(small_job_or_fail, [job, place], jobs=2))
    except OSError as error:
        return error.errno, str(error)
    return None


@pytest.mark.slow
def test_an_exception_ends_it_and_leaves_checkpoints(found):
    place = found[0] / "_job_that_fails"
    number, text = found[1][place.name]
    assert number == errno.ENOSPC
    assert text == "[Errno 28] No space left on device: 'table.csv'"
    (run,) = LONG
    (process,) = (place / "pids" / run.name).iterdir()
    wait_until(lambda: is_over(process.name))
    left = {path.name for path in (place / RUNS / run.name).iterdir()}
    assert left == {".lock", CHECKPOINT, HISTORY_FILE}


def _squares_and_a_killer(place):
    """Return what tasks end with, one of which kills all its workers, and Ray's nodes."""
    place.mkdir()
    nodes = []
    check_room = cluster._check_room

    def check_and_note(found, *asked):
        nodes.extend(found)
        check_room(found, *asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cluster, "RETRIES", 1)
        patch.setattr(cluster, "_check_room", check_and_note)
        tasks = [(place, 0, 0), (place, 1, 2), (place, 2, 1)]
        results = {task[1]: result for task, result in on_ray(square_or_die, tasks, jobs=2)}
    return results, nodes


@pytest.mark.slow
def test_a_task_that_kills_every_worker_does_not_stop_the_others(found):
    place = found[0] / "_squares_and_a_killer"
    results, nodes = found[1][place.name]
    assert results.keys() == {0, 1, 2}
    assert (results[0], results[2]) == (0, 4)
    assert isinstance(results[1], WorkerDied)
    assert "WorkerCrashedError, 1 retries" in results[1].reason
    assert len(list(place.glob("1-*"))) == 2
    cluster._check_room(nodes, 2.0, 0.0)  # Ray's own words for what it has
    for asked in ((3.0, 0.0), (1.0, 64.0)):
        with pytest.raises(ValueError, match="where the nodes have 2 and "):
            cluster._check_room(nodes, *asked)
