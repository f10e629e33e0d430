"""Models trained on a source that can be enumerated, and held against the exact theory."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rdneural.machine.device import one_thread
from rdneural.machine.executors import WorkerDied, in_processes, in_turn
from rdneural.records.asked import target_outcome
from rdneural.records.layout import CHECKPOINT, RESULT, VALIDATED
from rdneural.records.locks import alone_in
from rdneural.records.names import Discrete, chosen_families, discrete_of
from rdneural.records.recommended import EPOCHS, anneal_of
from rdneural.records.sameness import check_same_settings
from rdneural.records.settings import RunSettings
from rdneural.records.sizes import SIZES
from rdneural.runs.run import refuse_results, run_training
from rdneural.runs.stored import load_model
from rdneural.theory.mass import MOST_PIXELS
from rdneural.theory.position import Position, locate
from rdneural.theory.verdict import judge
from rdneural.training.defaults import complete_settings
from rdneural.training.options import LoopOptions
from rdtheory.checks import check_count, check_seed
from rdtheory.results import read_json, result_head, write_json
from rdtheory.sources.images import ImageSource, named_image_source

PRESET = "tiny"

LEARNING_RATE = 1e-2
"""Recommended for the sources."""


@dataclass(frozen=True)
class Task:
    """A model to train and to evaluate, and where."""

    settings: RunSettings
    place: Path
    samples: int
    resume: bool
    overwrite: bool
    bar: bool

    @property
    def asked(self) -> dict[str, Any]:
        """What a row that is already there must have been made with."""
        return self.settings.as_dict() | {"samples": self.samples}


def run_validation(
    source: str,
    place: Path,
    *,
    models: str = "all",
    betas: Sequence[float] = (),
    target_rates: Sequence[float] = (),
    samples: int = 8192,
    epochs: float | None = None,
    anneal: float | None = None,
    seed: int = 0,
    jobs: int = 1,
    resume: bool = False,
    overwrite: bool = False,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """Train families on a source at slopes and target rates, evaluate them, return the result.

    Each model has a directory of its own below `place`, with all that a run leaves. With `resume`
    models that are finished are taken as they are, and a half-trained one goes on.

    Parameters
    ----------
    source
        name of the source (`rdtheory.sources.images.named_image_source`).
    models
        names of families with commas between them, or "all".
    betas, target_rates
        slopes, and rates in nats; at least one of either.
    samples
        codes drawn for the exact evaluation.
    epochs, anneal
        of training, in passes over 50,000 images; what is recommended where None.
    jobs
        processes that share the work, each on one thread of the processor.

    Raises
    ------
    FileExistsError
        where a model's directory holds a run and neither `resume` nor `overwrite` is asked for.
    ValueError
        where an argument is out of its range or unknown, or a directory holds something else.
    """
    check_count("jobs", jobs)
    check_count("samples", samples, low=2)
    if samples % 2:
        raise ValueError(f"samples must be even, got {samples}")
    if any(beta <= 0 for beta in betas):  # no trade-off, and no frontier to be held against
        raise ValueError(f"beta must be above 0, got {min(betas)}")
    epochs = EPOCHS if epochs is None else epochs
    anneal = anneal_of(epochs) if anneal is None else anneal
    enumerated = _source(source)
    families = chosen_families(models)
    for family in families:
        if (discrete_of(family) or Discrete("", 0)).size > MOST_PIXELS:
            raise ValueError(f"model must have at most {MOST_PIXELS} bits here, got {family}")
    tasks = [
        Task(
            complete_settings(
                dataset=enumerated.name, model=family, preset=PRESET, device="cpu",
                precision="float32", seed=check_seed(seed), learning_rate=LEARNING_RATE,
                epochs=epochs, **asked,
            ),
            place / setting / family.replace(":", "-"), samples, resume, overwrite, jobs == 1,
        )
        for setting, asked in _settings(betas, target_rates, anneal)
        for family in families
    ]  # fmt: skip
    if not resume:
        for task in tasks:
            refuse_results(task.place, overwrite=overwrite)
    rows: dict[Task, dict[str, Any]] = {}
    for task, row in _carried_out(tasks, jobs):
        rows[task] = row
        if progress is not None:
            progress(1 / len(tasks))
    return {
        "source": enumerated.name,
        "letters": len(enumerated.images),
        "entropy": enumerated.entropy,
        "models": [rows[task] for task in tasks],
    }


def _source(name: str) -> ImageSource:
    """Return the source, if its images fit."""
    source, side = named_image_source(name), SIZES[PRESET].side
    if source.side > side:
        raise ValueError(
            f"source must have images of at most {side}x{side} pixels, got {source.name}"
        )
    return source


def _settings(
    betas: Sequence[float], target_rates: Sequence[float], anneal: float
) -> list[tuple[str, dict[str, float]]]:
    """Return a directory name and the settings of each slope and each target rate."""
    if not (betas or target_rates):
        raise ValueError("give at least one of beta and target_rate, got neither")
    slopes = [(f"beta-{beta:g}", {"beta": beta, "anneal": anneal}) for beta in betas]
    targets = [(f"rate-{rate:g}", {"target_rate": rate}) for rate in target_rates]
    return slopes + targets


def _carried_out(tasks: list[Task], jobs: int) -> Iterator[tuple[Task, dict[str, Any]]]:
    """Yield tasks with their rows, as they get ready."""
    work = in_turn(validated_row, tasks) if jobs == 1 else in_processes(validated_row, tasks, jobs)
    with closing(work) as done:
        for task, row in done:
            if isinstance(row, WorkerDied):
                raise ChildProcessError(f"{task.place} cannot be validated: {row.reason}")
            yield task, row


@one_thread()  # of images of 16 pixels
def validated_row(task: Task) -> dict[str, Any]:
    """Train and evaluate a model, or take the row that is there; leave it in `validated.json`.

    `ValueError` where another process works in its directory.
    """
    with alone_in(task.place):
        return _validated_row(task)


def _validated_row(task: Task) -> dict[str, Any]:
    settings, path = task.settings, task.place / VALIDATED
    if task.resume and path.exists():
        stored = read_json(path, command=VALIDATED)
        check_same_settings(stored["settings"], task.asked, path)
        row: dict[str, Any] = stored["row"]
        return row
    if task.resume and (task.place / RESULT).exists():
        run = read_json(task.place / RESULT, command=settings.dataset)
        check_same_settings(run["settings"], settings.as_dict(), task.place / RESULT)
    else:
        path.unlink(missing_ok=True)  # of what is trained anew, where it is to be replaced
        resume = task.resume and (task.place / CHECKPOINT).exists()
        run = run_training(
            settings, task.place, resume=resume, overwrite=task.overwrite or task.resume,
            options=LoopOptions(bar=task.bar),
        )  # fmt: skip
    begun = time.perf_counter()
    model, _ = load_model(task.place)
    source = settings.source
    assert source is not None
    beta = run["final_beta"]
    found, verdict = judge(model, source, beta=beta, samples=task.samples, seed=settings.seed)
    position = locate(model, source, found, seed=settings.seed)
    row = {
        "model": settings.model,
        "beta": settings.beta,
        "target_rate": settings.target_rate,
        "final_beta": beta,
        **target_outcome(settings.target_rate, found.rate.value, found.rate.se),
        "entropy": found.entropy,
        "entropy_se": 0.0,
        **found.rate.as_dict("rate"),
        **found.distortion.as_dict("distortion"),
        **found.mutual_information.as_dict("mutual_information"),
        **found.marginal_gap.as_dict("marginal_gap"),
        **found.decoder_gap.as_dict("decoder_gap"),
        **found.excess.as_dict("excess"),
        **found.gaps.as_dict("gaps"),
        "samples": found.samples,
        **_costs(position),
        "steps": run["steps"],
        "seconds": run["seconds"] + time.perf_counter() - begun,
        "verdict": verdict,
    }
    head = result_head(VALIDATED, settings=task.asked, seed=settings.seed, seconds=row["seconds"])
    write_json(path, head | {"row": row}, overwrite=True)
    return row


def _costs(position: Position) -> dict[str, Any]:
    """Return a model's place among the exact curves as JSON has it."""
    return {
        **position.encoder_cost.as_dict("encoder_cost"),
        **position.marginal_cost.as_dict("marginal_cost"),
        **position.decoder_cost.as_dict("decoder_cost"),
        "decoder_frontier": position.frontier.as_dict(),
    }
