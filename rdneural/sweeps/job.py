"""One job of a sweep, done in whatever process: a run, or several as one batched model.

A job leaves a directory for each run: `run.json` where it is finished, `failed.json` where it
cannot be. While it works it holds the lock of each of its directories, which the operating system
takes back however the process ends.
"""

import re
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from rdneural.records.identity import IMAGES
from rdneural.records.layout import (
    CHECKPOINT,
    CURVE,
    FAILED,
    HISTORY_FILE,
    RESULT,
    RUNS,
    SAMPLES,
)
from rdneural.records.locks import BusyError, alone_in
from rdneural.records.sameness import check_same_settings
from rdneural.runs.run import run_training
from rdneural.runs.together import run_together
from rdneural.sweeps.board import boards
from rdneural.sweeps.curves import carry_out_curve
from rdneural.sweeps.plan import together
from rdneural.sweeps.planned import Planned
from rdneural.sweeps.results import load_result, steps_behind
from rdneural.training.checkpoints import read_checkpoint
from rdneural.training.options import LoopOptions, say_nothing
from rdtheory.results import result_head, write_json

WRITTEN = (RESULT, FAILED, CHECKPOINT, HISTORY_FILE, SAMPLES, CURVE)
"""Names of what a job writes in a run's directory."""

PATIENCE = 10.0
"""Seconds to wait for the lock of a run, which a process that was killed gives back at once."""


@dataclass(frozen=True)
class Job:
    """Runs to be carried out together in the directory of a sweep, and how."""

    runs: tuple[Planned, ...]
    place: Path
    pictures: int = 10
    checkpoint_seconds: float = 120.0
    tensorboard: bool = False
    bar: bool = False
    tell: Callable[[str], None] = say_nothing

    def options(self, on_row: Callable[..., None] | None) -> LoopOptions:
        """Return how the loop of its training is carried out."""
        return LoopOptions(
            self.checkpoint_seconds, bar=self.bar, on_row=on_row, tell=self.tell
        )  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """How a run ended: `done`, `failed` with a reason, or `busy` where another process has it.

    `notes` are lines about what was found and mended.
    """

    name: str
    state: str
    reason: str = ""
    notes: tuple[str, ...] = ()


def carry_out(job: Job) -> list[Outcome]:
    """Train, measure and draw the runs of a job, as far as that is not done yet.

    Whatever goes wrong with a run is written to its `failed.json`. What is wrong with the machine,
    a full disk for one, is raised: no other run would fare better.

    Raises
    ------
    OSError
        where files cannot be written.
    ValueError
        where a finished run was made with other settings.
    """
    outcomes: list[Outcome] = []
    mine: dict[Planned, tuple[str, ...]] = {}
    with ExitStack() as locks:
        for run in job.runs:
            place = job.place / RUNS / run.name
            try:
                locks.enter_context(alone_in(place, patience=PATIENCE))
            except BusyError:
                outcomes.append(Outcome(run.name, "busy", "another process works on it"))
                continue
            remove_leftovers(place)
            notes = tuple(f"{run.name}: {note}" for note in set_broken_aside(place, run))
            if run.curve is None and (place / RESULT).exists():
                outcomes.append(Outcome(run.name, "done", notes=notes))
            else:
                mine[run] = notes
        failures: dict[str, str] = {}
        steps = [steps_behind(job.place / RUNS / run.name) for run in mine]
        for runs in together(list(mine), steps, max(1, len(mine))):  # what was planned may be past
            failures |= _trained(runs, job)
    for run, notes in mine.items():
        state = "failed" if run.name in failures else "done"
        outcomes.append(Outcome(run.name, state, failures.get(run.name, ""), notes))
    return outcomes


def remove_leftovers(directory: Path, written: Iterable[str] = WRITTEN) -> None:
    """Remove what killed processes left half written of files of the names `written`.

    Whoever calls this is the only one who writes them; see `rdtheory.results.atomic_path`.
    """
    names = [Path(name) for name in written]
    halves = "|".join(rf"{re.escape(n.stem)}\.\d+{re.escape(n.suffix)}" for n in names)
    for path in directory.iterdir():
        if re.fullmatch(rf"\.({halves})", path.name):
            path.unlink(missing_ok=True)


def set_broken_aside(place: Path, run: Planned) -> list[str]:
    """Rename a result or a checkpoint that cannot be read; return a line about each.

    Raises
    ------
    ValueError
        where the result can be read and is of other settings.
    """
    notes = []
    for name in (RESULT if run.curve is None else CURVE, CHECKPOINT):
        path = place / name
        if not path.exists():
            continue
        try:
            if name == CHECKPOINT:
                read_checkpoint(path)
                continue
            kept = load_result(place, run)
        except ValueError as error:
            aside = next(a for n in count(1) if not (a := place / f"{name}.broken-{n}").exists())
            path.rename(aside)
            again = "trained" if name == CHECKPOINT else "measured"
            notes.append(f"{error}; it is kept as {aside.name}, and the run {again} again")
        else:
            check_same_settings(
                kept["settings"], run.asked(), path, by_content=IMAGES in kept
            )  # whose images the sweep has compared
            if run.curve is not None:
                continue  # it may have to be measured at other slopes
            break  # a finished run needs its checkpoint no more, and reading one takes its time
    return notes


def _trained(runs: list[Planned], job: Job) -> dict[str, str]:
    """Train runs, which leave their results; return the reasons of those that failed."""
    results: Sequence[dict[str, Any] | Exception]
    try:
        results = _alone(runs[0], job) if len(runs) == 1 else _batched(runs, job)
    except OSError:
        raise
    except Exception as error:  # whatever it is, the other runs of the sweep are to go on
        results = [error] * len(runs)
    failures = {}
    for run, result in zip(runs, results, strict=True):
        place = job.place / RUNS / run.name
        if isinstance(result, Exception):
            failures[run.name] = write_failure(place, run, result)
        else:
            (place / FAILED).unlink(missing_ok=True)
    return failures


def _alone(run: Planned, job: Job) -> Sequence[dict[str, Any] | Exception]:
    place = job.place / RUNS / run.name
    with boards([place], wanted=job.tensorboard) as write_row:
        options = job.options(None if write_row is None else partial(write_row, 0))
        if run.curve is not None:
            return [carry_out_curve(run, place, options)]
        result = run_training(
            run.settings, place, resume=(place / CHECKPOINT).exists(), overwrite=True,
            pictures=job.pictures, options=options,
        )  # fmt: skip
    return [result]


def _batched(runs: list[Planned], job: Job) -> Sequence[dict[str, Any] | Exception]:
    places = [job.place / RUNS / run.name for run in runs]
    with boards(places, wanted=job.tensorboard) as write_row:
        return run_together(
            [run.settings for run in runs], places,
            resume=(places[0] / CHECKPOINT).exists(), overwrite=True,
            pictures=job.pictures, options=job.options(write_row),
        )  # fmt: skip


def write_failure(place: Path, run: Planned, error: Exception) -> str:
    """Leave `failed.json` in a run's directory; return the reason it gives, one line."""
    kind = "" if isinstance(error, ValueError) and str(error) else f"{type(error).__name__}: "
    reason = kind + " ".join(str(error).split())[:500]
    head = result_head("failed", settings=run.asked(), seed=run.settings.seed, seconds=0.0)
    trace = "".join(traceback.format_exception(error))
    write_json(place / FAILED, head | {"reason": reason, "traceback": trace}, overwrite=True)
    return reason
