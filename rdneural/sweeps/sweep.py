"""Sweeps: what is missing of a plan is run, wherever that may be, and can be killed at any moment.

All that is known of a sweep lies in the directories of its runs, each file written whole or not at
all, so that there is no state to get out of step: what has a `run.json` is done, and what has a
checkpoint goes on from it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rdneural.data.of_run import load_data
from rdneural.machine.executors import Done, WorkerDied, in_processes, in_turn
from rdneural.measures.images import as_tensor
from rdneural.records.identity import kept_images
from rdneural.records.layout import PLAN, POINTS, RESULT, RUNS, TABLE
from rdneural.records.locks import alone_in
from rdneural.records.settings import RunSettings
from rdneural.sweeps.board import check_tensorboard
from rdneural.sweeps.curves import line_of
from rdneural.sweeps.job import Job, Outcome, carry_out, remove_leftovers, write_failure
from rdneural.sweeps.plan import extended_plan, read_plan, together, write_plan
from rdneural.sweeps.planned import Planned
from rdneural.sweeps.results import (
    RowsOfSweep,
    is_finished,
    kept_rows,
    pulled_rows,
    read_result,
    steps_behind,
)
from rdneural.training.learner import digest_of
from rdneural.training.options import say_nothing
from rdtheory.checks import check_count


@dataclass(frozen=True)
class Workers:
    """Where the runs of a sweep are carried out, and how many at once.

    Attributes
    ----------
    on
        "here", "ray" (started on this machine) or the address of a cluster, `ray://host:port`.
    jobs
        processes at a time, or tasks of a Ray started here; 1 process is this one. A cluster takes
        what it has room for.
    batched
        runs of one architecture that are trained as one batched model.
    cpus, gpus
        of each job on Ray, fractions too.
    """

    on: str = "here"
    jobs: int = 1
    batched: int = 1
    cpus: float = 1.0
    gpus: float = 0.0

    def __post_init__(self) -> None:
        check_count("jobs", self.jobs)
        check_count("batched", self.batched)
        if self.on not in ("here", "ray") and not self.on.startswith("ray://"):
            raise ValueError(f"on must be here, ray or ray://ADDRESS, got {self.on!r}")

    @property
    def alone(self) -> bool:
        """Whether it is this process."""
        return self.on == "here" and self.jobs == 1

    def carry_out(self, jobs: Sequence[Job]) -> Done[Job, list[Outcome]]:
        """Carry out jobs; yield each with how it ended."""
        if self.alone:
            return in_turn(carry_out, jobs)
        if self.on == "here":
            return in_processes(carry_out, jobs, self.jobs)
        from rdneural.machine.ray import on_ray

        address = None if self.on == "ray" else self.on
        return on_ray(carry_out, jobs, address, jobs=self.jobs, cpus=self.cpus, gpus=self.gpus)


@dataclass
class Tally:
    """How the runs of a sweep ended this time, by name; `failed` with the reason."""

    done: list[str] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def take(self, outcome: Outcome) -> None:
        """Count a run."""
        if outcome.state == "failed":
            self.failed[outcome.name] = outcome.reason
        else:
            (self.done if outcome.state == "done" else self.busy).append(outcome.name)


def run_sweep(
    place: Path,
    asked: Sequence[Planned] = (),
    *,
    workers: Workers | None = None,
    retry: bool = False,
    only_plan: bool = False,
    pictures: int = 10,
    checkpoint_seconds: float = 120.0,
    tensorboard: bool = False,
    say: Callable[[str], None] = print,
    tell: Callable[[str], None] = say_nothing,
) -> Tally:
    """Run what is not done yet of the runs asked for, and keep the tables up to date.

    What has the lowest `priority` comes first, and in the order of the plan what has the same.

    Parameters
    ----------
    place
        directory of the sweep. What is in it stays: a finished run is never run again.
    asked
        runs, which are taken into the plan that is there; all of that plan where there are none.
    workers
        where, and how many at once.
    retry
        whether runs that failed are tried again.
    only_plan
        take the runs into the plan, and run none.
    pictures, checkpoint_seconds, tensorboard
        of each run.
    say
        takes a line about each run that ends, and about whatever was found broken and mended.
    tell
        takes lines that say what is being done, where that is in this process.

    Raises
    ------
    ValueError
        where another sweep works in the directory, the plan or the table is broken, the plan has
        a run of that name with other settings, or the data are not usable or other than those of
        its runs. The plan is then as it was.
    OSError
        where files cannot be written, as on a full disk.
    """
    workers = workers or Workers()
    check_count("pictures", pictures)
    if tensorboard:
        check_tensorboard()
    if not (asked or read_plan(place)):
        raise ValueError(f"{place} must have a plan to go on with, got none: give --betas")
    with alone_in(place):
        remove_leftovers(place, (TABLE, POINTS, PLAN))
        kept = read_plan(place)
        plan = extended_plan(place, asked, kept)
        names = {run.name for run in asked} or {run.name for run in plan}
        for line in _gone(place):
            say(line)
        pulled = pulled_rows(place)
        missing = [
            run
            for run in plan
            if run.name in names and not is_finished(place, run, pulled, retry=retry)
        ]
        missing.sort(key=lambda run: run.priority)
        rows = RowsOfSweep(place, plan)
        if missing:
            _check_data(place, rows.data, plan, missing)
        if plan != kept:  # nothing is wrong with what is asked
            write_plan(place, plan)
        steps = [steps_behind(place / RUNS / run.name) for run in missing]
        jobs = [
            Job(
                tuple(runs), place.resolve(), pictures, checkpoint_seconds, tensorboard,
                bar=workers.alone, tell=tell if workers.alone else say_nothing,
            )
            for runs in together(missing, steps, workers.batched)
        ]  # fmt: skip
        rows.write()
        if only_plan:
            return Tally()
        tally = Tally()
        planned = {run.name: run for run in plan}
        with closing(workers.carry_out(jobs)) as ended:  # workers stop, whatever happens here
            for job, found in ended:
                for outcome in _outcomes(job, found):
                    tally.take(outcome)
                    for note in outcome.notes:
                        say(note)
                    result = None
                    if outcome.state == "done":
                        run = planned[outcome.name]
                        result = read_result(place / RUNS / run.name, run)
                    if result is not None:
                        rows.take(run, result)
                    say(_line(place, outcome, result))
                rows.write()
        if tally.busy:  # what another process has finished meanwhile
            RowsOfSweep(place, plan).write()
        return tally


def _gone(place: Path) -> Iterator[str]:
    """Yield a line about each run of the table whose directory is no longer there."""
    for name in kept_rows(place):
        if not (place / RUNS / name).exists():
            yield f"{name}: its directory is gone; the table keeps its row until it is run again"


def _check_data(
    place: Path, known: set[str], plan: Sequence[Planned], missing: Sequence[Planned]
) -> None:
    """Raise `ValueError` where images are not usable, or not those of the runs of the plan.

    They are known by name, of the table's runs, and by digest, of what has begun here.
    """
    known = set(known)
    chosen = {_images_of(run.settings): run.settings for run in missing}
    digests = [kept_images(place / RUNS / run.name) for run in plan]
    begun = {digest for digest in digests if digest is not None}
    for settings in chosen.values():
        images = load_data(settings)
        found = images.name
        if known - {found}:
            raise ValueError(
                f"data must be those of the other runs in {place}, {min(known - {found})}, "
                f"got {found}"
            )
        if begun and digest_of(as_tensor(images.train)) not in begun:
            raise ValueError(
                f"data must hold the images of the runs in {place}, got other images of {found} "
                f"in {settings.data}"
            )
        known.add(found)


def _images_of(settings: RunSettings) -> tuple[Any, ...]:
    """Return what tells the images of one run from those of another of a sweep."""
    asked = settings.data, settings.binarise, settings.split_seed
    return (*asked, settings.sizes.side, settings.frame)


def _outcomes(job: Job, found: list[Outcome] | WorkerDied) -> list[Outcome]:
    if not isinstance(found, WorkerDied):
        return found
    outcomes = []
    for run in job.runs:
        place = job.place / RUNS / run.name
        if read_result(place, run) is not None:  # it was done before the process died
            outcomes.append(Outcome(run.name, "done"))
        else:
            reason = write_failure(place, run, MemoryError(found.reason))
            outcomes.append(Outcome(run.name, "failed", reason))
    return outcomes


def _line(place: Path, outcome: Outcome, result: Mapping[str, Any] | None) -> str:
    """Return what is said of a run that ended."""
    if result is None:
        reason = outcome.reason or f"its {RESULT} cannot be seen here: nodes must share {place}"
        return f"{outcome.name}: {outcome.state}: {reason}"
    if "points" in result:
        return line_of(outcome.name, result)
    test = result["test"]
    return (
        f"{outcome.name}: R {test['rate']:.2f}, D {test['distortion']:.2f}, "
        f"R + D {test['elbo']:.2f} on test images, {result['seconds']:.0f} s"
    )
