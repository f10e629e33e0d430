"""Tasks on a cluster, or on local processes, through Ray (extra `cluster`)."""

import math
import os
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from rdneural.machine.executors import GRACE, Done, Result, Task, WorkerDied
from rdtheory.checks import check_count, check_number

RETRIES = 3
"""Times that a task is tried again whose worker or node died; it goes on from its checkpoint."""


def on_ray(
    work: Callable[[Task], Result],
    tasks: Sequence[Task],
    address: str | None = None,
    *,
    jobs: int = 1,
    cpus: float = 1.0,
    gpus: float = 0.0,
) -> Done[Task, Result]:
    """Carry out tasks on Ray.

    All nodes must be able to import what `work` is made of, and to see the files it is about.

    Parameters
    ----------
    work, tasks
        as of `rdneural.machine.executors`; `work` is a function of a module.
    address
        of a cluster, such as `ray://host:10001` or `auto`; None starts Ray on this machine.
    jobs
        tasks at a time on a Ray started here; a cluster takes as many as it has room for.
    cpus, gpus
        of each task; may be fractions, such as a quarter of a GPU. With 0 GPUs a task may use
        those it finds, uncounted.

    Raises
    ------
    ImportError
        where Ray is not installed.
    ConnectionError
        where there is no cluster at the address.
    ValueError
        where no node that is there has the processors or GPUs that a task asks for.
    """
    check_count("jobs", jobs)
    if check_number("cpus", cpus) <= 0:
        raise ValueError(f"cpus must be above 0, got {cpus:g}")
    if check_number("gpus", gpus, low=0.0) > 1 and gpus % 1:
        raise ValueError(f"gpus must be whole where it is above 1, got {gpus:g}")
    ray = _ray()
    most = jobs if address is None else len(tasks)
    here = {"num_cpus": math.ceil(jobs * cpus), "include_dashboard": False}
    ray.init(
        address="local" if address is None else address,
        logging_level="error", log_to_driver=False, **(here if address is None else {}),
    )  # fmt: skip
    try:
        _check_room(ray.nodes(), cpus, gpus)
        remote = ray.remote(
            num_cpus=cpus, num_gpus=gpus, max_retries=RETRIES, retry_exceptions=False
        )(work)
        waiting, at_work = deque(tasks), dict[Any, Task]()
        done: list[tuple[Task, Result | WorkerDied]] = []
        try:
            while True:
                while waiting and len(at_work) < most:
                    at_work[remote.remote(waiting[0])] = waiting[0]
                    waiting.popleft()
                yield from done  # while the workers are at work again
                if not at_work:
                    break
                references, _ = ray.wait(list(at_work))
                done = [(at_work[one], _result(ray, one)) for one in references]
                for one in references:
                    del at_work[one]
        except BaseException:
            for one in at_work:
                ray.cancel(one)  # as Ctrl-C would: a run in training leaves a checkpoint
            if at_work:
                ray.wait(list(at_work), num_returns=len(at_work), timeout=GRACE)
            raise
    finally:
        ray.shutdown()


def _check_room(nodes: Sequence[dict[str, Any]], cpus: float, gpus: float) -> None:
    """Raise `ValueError` where a task would wait forever for a node that has what it asks for."""
    has = [node["Resources"] for node in nodes if node["Alive"]]
    if any(one.get("CPU", 0.0) >= cpus and one.get("GPU", 0.0) >= gpus for one in has):
        return
    found = ", ".join(f"{one.get('CPU', 0):g} and {one.get('GPU', 0):g}" for one in has)
    raise ValueError(
        f"cpus and gpus must be what a node of the cluster has, got {cpus:g} and {gpus:g}, where "
        f"the nodes have {found or 'nothing'}"
    )


def _result(ray: Any, reference: Any) -> Any:  # noqa: ANN401  (Ray has no types here)
    try:
        return ray.get(reference)
    except (
        ray.exceptions.WorkerCrashedError,
        ray.exceptions.NodeDiedError,
        ray.exceptions.OutOfMemoryError,
    ) as error:
        return WorkerDied(f"{WorkerDied.reason} ({type(error).__name__}, {RETRIES} retries)")
    except ray.exceptions.RayTaskError as error:  # its text is a whole traceback
        raise error.cause from error


def _ray() -> Any:  # noqa: ANN401
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent anywhere
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # 0 GPUs hide none
    try:
        import ray
    except ImportError as error:
        raise ImportError("Ray must be installed: pip install -e '.[cluster]'") from error
    return ray
