"""Ways to carry out many tasks: in this process, in several, or on a cluster through Ray.

Each takes a function and tasks that can be pickled, and yields pairs of a task and what the
function returned, as they get ready. A worker that is killed takes nothing with it: its task is
tried again. An exception of the function ends it all, and so does closing the iterator.
"""

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from rdneural.machine.interruption import HANG_UP
from rdtheory.checks import check_count

TRIES = 3
"""Processes that a task may bring down before it is given up."""

GRACE = 60.0
"""Seconds that a process which is to stop has for a checkpoint."""

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True)
class WorkerDied:
    """What stands for a result where a task brought down every process that tried it."""

    reason: str = "its process was killed, for want of memory perhaps"


Done = Generator[tuple[Task, Result | WorkerDied], None, None]
"""What every way yields; to be closed by whoever leaves off early, so that workers stop."""


def in_turn(work: Callable[[Task], Result], tasks: Sequence[Task]) -> Done[Task, Result]:
    """Carry out tasks one after the other in this process."""
    for task in tasks:
        yield task, work(task)


def in_processes(
    work: Callable[[Task], Result], tasks: Sequence[Task], jobs: int
) -> Done[Task, Result]:
    """Carry out tasks in `jobs` processes at a time, which share the cores among them.

    Where a process dies, its task is tried again once the others have begun, up to `TRIES` times;
    then `WorkerDied` is in place of its result. The tasks of other processes are not disturbed.

    Raises
    ------
    RuntimeError
        where a process cannot even start.
    """
    check_count("jobs", jobs)
    _start_tracker()
    waiting = deque((task, 1) for task in tasks)
    idle: list[_Worker] = []
    at_work: dict[Connection, tuple[_Worker, Task, int]] = {}
    done: list[tuple[Task, Result | WorkerDied]] = []
    try:
        while True:
            while waiting and len(at_work) < jobs:
                worker = idle.pop() if idle else _Worker(work, jobs)
                task, tries = waiting.popleft()
                at_work[worker.end] = worker, task, tries
                worker.give(task)
            yield from done  # while the processes are at work again
            done = []
            if not at_work:
                break
            for end in wait(list(at_work)):
                assert isinstance(end, Connection)
                worker, task, tries = at_work[end]
                found = worker.answer()
                del at_work[end]
                if not isinstance(found, WorkerDied):
                    idle.append(worker)
                if isinstance(found, WorkerDied) and tries < TRIES:
                    waiting.append((task, tries + 1))
                else:
                    done.append((task, found))
    finally:
        for worker, _, _ in at_work.values():
            worker.process.terminate()  # a run in training leaves a checkpoint
        _stop([*idle, *(worker for worker, _, _ in at_work.values())])


def _start_tracker() -> None:
    """Start the process that Python counts semaphores in, which a hang-up is not to end."""
    if HANG_UP is None or threading.current_thread() is not threading.main_thread():
        return
    before = signal.signal(HANG_UP, signal.SIG_IGN)  # which a process hands on
    try:
        resource_tracker.ensure_running()
    finally:
        signal.signal(HANG_UP, before)


class _Worker:
    """A process that carries out one task after another until its pipe is closed."""

    def __init__(self, work: Callable[[Any], Any], jobs: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.end, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, work, jobs))
        self.process.start()
        theirs.close()  # so that the end of the process is the end of what can be read
        self.answers = 0

    def give(self, task: object) -> None:
        """Send a task; where the process is dead `answer` says so."""
        with suppress(OSError):
            self.end.send(task)

    def answer(self) -> Any:  # noqa: ANN401
        """Return what the function did, `WorkerDied` where the process is; raise what it raised."""
        try:
            result, error = self.end.recv()
        except (EOFError, OSError):
            self.end.close()
            self.process.join()
            code = self.process.exitcode or 0
            if code == 1 and not self.answers:  # Python's own, where it cannot import what it needs
                raise RuntimeError(
                    "a worker process must be able to start, got what it said on stderr"
                ) from None
            if code == -signal.SIGKILL:
                return WorkerDied()
            how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            return WorkerDied(f"its process ended with {how}")
        self.answers += 1
        if error is not None:
            raise error
        return result


def _stop(workers: Iterable[_Worker]) -> None:
    """Wait for processes to end, those that take too long by force."""
    workers = list(workers)
    for worker in workers:
        worker.end.close()
    deadline = time.monotonic() + GRACE
    for worker in workers:
        worker.process.join(max(0.0, deadline - time.monotonic()))
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()


def _serve(end: Connection, work: Callable[[Any], Any], jobs: int) -> None:
    """Carry out what comes through a pipe until nothing can come any more."""
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C at the terminal is the parent's alone, which then stops its workers
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    if torch := sys.modules.get("torch"):  # work that is done without it has no threads to share
        # never more than OMP_NUM_THREADS and the like allow
        torch.set_num_threads(min(torch.get_num_threads(), max(1, _cores() // jobs)))
    # either the parent closed its end, or is no more; or a run was told to stop, and has left its
    # checkpoint
    with suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            task = end.recv()
            try:
                end.send((work(task), None))
            except Exception as error:  # to be raised where the results are waited for
                end.send((None, _sendable(error)))


def _stop_with_parent() -> None:
    """Stop this process, with a checkpoint, once its parent is gone."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os.kill(os.getpid(), signal.SIGKILL)


def _sendable(error: Exception) -> Exception:
    """Return an exception that survives the way to another process, with its traceback as note."""
    trace = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # whatever its constructor makes of it
        return RuntimeError(trace)
    error.add_note(trace)
    return error


def _cores() -> int:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
