"""Work for the processes of tests, which import it by name, and so quickly: no library up here."""

import os
import signal
import threading
import time
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path, PurePath
from unittest.mock import patch

COUNTS = {"train": 256, "valid": 64, "test": 64}
"""Images of the splits of a source, so that a run takes a second."""


def wait_until(true, *, seconds=120.0):
    """Wait for what another process is to do."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_over(process):
    """Return whether no process of that number is at work."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"  # whoever adopted it has not asked for its exit code


def small_source():
    """Let sources have few images in this process."""
    from rdneural.data import enumerated

    enumerated.COUNTS.update(COUNTS)


def square(task):
    """Return the square of a number."""
    return task**2


def square_or_die(task):
    """Return the square of a number; `task` is (directory, number, deaths it is to die)."""
    directory, number, deaths = task
    tries = len(list(directory.glob(f"{number}-*")))
    (directory / f"{number}-{tries}-{os.getpid()}").touch()
    if tries < deaths:
        os.kill(os.getpid(), signal.SIGKILL)
    return number**2


def fail(task):
    """Raise what is asked for, or leave a file and sleep until it is stopped."""
    directory, kind = task
    (directory / f"{kind}-{os.getpid()}").touch()
    while kind == "sleep":
        time.sleep(0.01)
    while not list(directory.glob("sleep-*")):  # so that there is one to be stopped
        time.sleep(0.01)
    raise OSError(28, "No space left on device", "table.csv")


def small_job(job):
    """Carry out a job of a sweep on few images.

    Beside the runs are left the process's number, in `pids`, and, in `rows`, a file for each run
    that has a row of its history.
    """
    from rdneural.data import enumerated
    from rdneural.sweeps import job as sweep_job

    place = job.place / "pids" / job.runs[0].name
    place.mkdir(parents=True, exist_ok=True)
    (place / str(os.getpid())).touch()
    with patch.dict(enumerated.COUNTS, COUNTS), patch.object(sweep_job, "boards", _noting):
        return sweep_job.carry_out(job)


@contextmanager
def _noting(places, *, wanted):
    def write_row(index, row):
        noted = places[index].parents[1] / "rows"
        noted.mkdir(exist_ok=True)
        (noted / places[index].name).touch()

    yield write_row


def small_job_or_fail(task):
    """Carry out a job; fail once its training has begun, where `task` is its directory."""
    if not isinstance(task, PurePath):
        return small_job(task)
    while not list(task.glob("rows/*")):
        time.sleep(0.01)
    raise OSError(28, "No space left on device", "table.csv")


def small_sweep(place, plan, begun, *, die_at=0, **options):
    """Run a sweep on few images; say through a connection when it begins.

    With `die_at` it is killed in the middle of writing so many-th file.
    """
    from tqdm import tqdm

    from rdneural.sweeps.sweep import run_sweep

    tqdm.set_lock(threading.RLock())  # in place of a semaphore, which a kill would leave behind
    small_source()
    os.replace = partial(_replace, os.replace, count(1), die_at)
    begun.send(None)
    run_sweep(place, plan, say=lambda line: None, **options)


def _replace(replace, number, die_at, source, target):
    """Let a file take its place, but for one: half of it, and the process is gone."""
    if next(number) == die_at:
        os.truncate(source, os.path.getsize(source) // 2)
        os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)
