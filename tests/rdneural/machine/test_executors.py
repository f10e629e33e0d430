"""Tasks in processes, which may be killed; each pool imports torch anew, so there are few."""

import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rdneural.machine import executors
from rdneural.machine.executors import TRIES, WorkerDied, in_processes, in_turn
from tests.conftest import ROOT
from tests.make.work import fail, is_over, square, square_or_die, wait_until

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc"
)


def _started(directory, kind):
    """Return the numbers of the processes that began tasks of a kind, by the files they left."""
    return [int(path.name.rpartition("-")[2]) for path in directory.glob(f"{kind}-*")]


def test_in_turn_results_come_in_the_order_of_the_tasks():
    assert list(in_turn(square, [3, 1, 2])) == [(3, 9), (1, 1), (2, 4)]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_in_turn_an_exception_ends_it(error):
    def work(task):
        if task == 2:
            raise error
        return task

    results = in_turn(work, [1, 2, 3])
    assert next(results) == (1, 1)
    with pytest.raises(error):
        next(results)
    assert list(results) == []


def test_processes_at_a_time_are_a_whole_number():
    with pytest.raises(ValueError, match="jobs must be an integer of at least 1, got 0"):
        list(in_processes(square, [1], 0))


def test_no_tasks_need_no_process():
    assert list(in_processes(square, [], 2)) == []
    assert multiprocessing.active_children() == []


@pytest.mark.slow
def test_killed_tasks_are_tried_again_and_disturb_no_others(tmp_path):
    # in two processes: 1 is killed once, 3 always
    deaths = {0: 0, 1: 1, 2: 0, 3: TRIES, 4: 0}
    tasks = [(tmp_path, number, count) for number, count in deaths.items()]
    results = list(in_processes(square_or_die, tasks, 2))
    assert multiprocessing.active_children() == []

    assert len(results) == len(tasks)  # each exactly once
    found = {number: result for (_, number, _), result in results}
    assert found == {0: 0, 1: 1, 2: 4, 3: WorkerDied(), 4: 16}
    tries = {number: len(list(tmp_path.glob(f"{number}-*"))) for number in deaths}
    assert tries == {0: 1, 1: 2, 2: 1, 3: TRIES, 4: 1}  # nobody dies of another's death
    assert len(set(_started(tmp_path, "*"))) <= 2 + sum(deaths.values())  # others are kept


@needs_proc
def test_an_exception_ends_it_and_stops_the_workers(tmp_path):
    with pytest.raises(OSError, match="No space left") as raised:
        list(in_processes(fail, [(tmp_path, "sleep"), (tmp_path, "full"), (tmp_path, "never")], 2))
    assert raised.value.errno == errno.ENOSPC
    assert str(raised.value) == "[Errno 28] No space left on device: 'table.csv'"
    assert "in fail" in raised.value.__notes__[0]  # where it was raised
    assert multiprocessing.active_children() == []
    assert len(_started(tmp_path, "*")) == 2
    assert all(map(is_over, _started(tmp_path, "*")))
    assert _started(tmp_path, "never") == []


class OddError(Exception):
    """Cannot be pickled: it is made of more than its text."""

    def __init__(self, first, second):
        super().__init__(f"{first} {second}")


def test_an_exception_that_cannot_be_sent_is_sent_as_text():
    sent = executors._sendable(OddError("odd", "error"))
    assert type(sent) is RuntimeError
    assert "OddError: odd error" in str(sent)


def test_a_process_that_takes_too_long_to_stop_is_killed(monkeypatch):
    monkeypatch.setattr(executors, "GRACE", 0.2)
    worker = executors._Worker(_deaf, 1)
    worker.give(None)
    assert worker.end.poll(120)
    assert worker.answer() == "deaf from now on"
    worker.give(None)
    worker.process.terminate()
    executors._stop([worker])
    assert worker.process.exitcode == -signal.SIGKILL


def _deaf(_):
    if signal.getsignal(signal.SIGTERM) == signal.SIG_IGN:
        time.sleep(600)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return "deaf from now on"


def test_where_no_process_can_start_that_is_said_once(tmp_path):
    script = tmp_path / "unguarded.py"
    script.write_text(
        "from rdneural.machine.executors import in_processes\n"
        "from tests.make.work import square\n"
        "print(list(in_processes(square, [1, 2], 1)))\n"
    )
    done = _python(script)
    _, errors = done.communicate(timeout=120)
    assert done.returncode == 1
    assert errors.count("a worker process must be able to start") == 1
    assert "if __name__ == '__main__'" in errors  # what Python has to say


@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_worker_stops_with_a_checkpoint_when_its_parent_does(tmp_path, how):
    script = tmp_path / "parent.py"
    script.write_text(
        "import signal\n"
        "import sys\n"
        "from pathlib import Path\n"
        "from rdneural.sweeps.sweep import Workers, run_sweep\n"
        "from rdneural.sweeps.plan import make_plan\n"
        "from tests.make import work\n"
        "from rdneural.sweeps import sweep\n"
        "sweep.carry_out = work.small_job\n"
        "if __name__ == '__main__':\n"
        "    # a shell lets what it runs in the background ignore Ctrl-C\n"
        "    signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "    plan = make_plan(dataset='bars:4x4', models='---', betas=[0.5],\n"
        "                     preset='tiny', epochs=1e4, device='cpu', precision='float32')\n"
        "    run_sweep(Path(sys.argv[1]), plan, workers=Workers(jobs=2), checkpoint_seconds=1e6)\n"
    )
    place = tmp_path / "sweep"
    name = "beta-0.5_---_seed-0"
    with _python(script, str(place)) as parent:
        try:
            wait_until((place / "rows" / name).exists)
            (worker,) = (int(at.name) for at in (place / "pids" / name).iterdir())
            if how == signal.SIGINT:
                os.killpg(parent.pid, how)  # as a terminal does to all of a command's processes
            else:
                parent.kill()
            parent.communicate(timeout=120)
        finally:
            parent.kill()
    assert parent.returncode == -how
    wait_until(lambda: is_over(worker))
    found = {path.name for path in (place / "runs" / name).iterdir()}
    assert found == {".lock", "checkpoint.safetensors", "history.csv"}


def _python(script, *arguments):
    """Start a script in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, script, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
