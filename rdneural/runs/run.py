"""A run and the directory it leaves: train, measure, draw samples, and write `run.json`."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rdneural.data.images import ImageData
from rdneural.data.of_run import load_data
from rdneural.machine.device import autocast, device_name, keep_freed_memory, peak_memory_mib
from rdneural.measures.images import as_tensor, grey_of, spread_subset
from rdneural.measures.pictures import draw_samples
from rdneural.measures.splits import measure_splits
from rdneural.models.build import LatentModel
from rdneural.records.asked import check_attainable, outcome_of_result
from rdneural.records.identity import IMAGES, WEIGHTS
from rdneural.records.layout import (
    CHECKPOINT,
    HISTORY_FILE,
    RESULT,
    RUN_OUTPUTS,
    SAMPLES,
)
from rdneural.records.settings import RunSettings
from rdneural.runs.own_check import check_own_parts
from rdneural.training.checkpoints import check_goes_on
from rdneural.training.learner import Trained
from rdneural.training.loop import train
from rdneural.training.options import PLAIN, LoopOptions
from rdneural.training.state import write_history
from rdtheory.checks import Array, check_count
from rdtheory.results import (
    read_json,
    refuse_existing,
    result_head,
    write_arrays,
    write_json,
)

VALIDATION_IMAGES, STOPPING_IMAGES = 250, 1_000
"""Validation images of each row of the history; more where the rows say when to stop."""

PICTURES = 10
"""Reconstructions, and generations, that a run draws."""

MOST_PICTURES = 10_000
"""More would take hours, and more memory than there is, when the training is over."""


def check_pictures(count: int) -> None:
    """Raise `ValueError` where so many pictures cannot be drawn."""
    if check_count("pictures", count) > MOST_PICTURES:
        raise ValueError(f"pictures must be at most {MOST_PICTURES}, got {count}")


def run_training(
    settings: RunSettings,
    place: Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    pictures: int = PICTURES,
    options: LoopOptions = PLAIN,
) -> dict[str, Any]:
    """Train as the settings say; leave `run.json` and all that goes with it; return its content.

    `pictures` is how many reconstructions, and generations, are drawn; a PixelCNN takes its time.

    With `resume` the epochs may be more than the run was begun with, finished or not. It then goes
    on from the step where it stands as a run of so many epochs would: its learning rate follows the
    schedule of the longer training, and so rises at first; the result of the fewer is kept as
    `run.epochs-N.json`.

    Raises
    ------
    FileExistsError
        where `place` holds a run and neither `resume` nor `overwrite` is asked for.
    ValueError
        where data or the checkpoint are not usable, no training could give what is asked for, or
        training diverges.
    """
    check_pictures(pictures)
    if not resume:
        check_attainable(settings)
        refuse_results(place, overwrite=overwrite)
    keep_freed_memory()
    options.tell("reading the images")
    data = load_data(settings)
    if not resume:
        check_own_parts(settings, as_tensor(data.train))
    if resume:
        check_goes_on(place / CHECKPOINT)
        set_shorter_aside(place, settings)
    elif overwrite:
        remove_results(place)
    valid = STOPPING_IMAGES if settings.patience else VALIDATION_IMAGES
    trained = train(
        settings, as_tensor(data.train), spread_subset(as_tensor(data.valid), valid), place,
        grey=grey_of(data), resume=resume, options=options,
    )  # fmt: skip
    return finish_run(settings, place, data, trained, pictures=pictures, options=options)


def finish_run(
    settings: RunSettings,
    place: Path,
    data: ImageData,
    trained: Trained,
    *,
    pictures: int = PICTURES,
    batched: int = 1,
    options: LoopOptions = PLAIN,
) -> dict[str, Any]:
    """Measure what was trained; leave history, samples and result; return the result.

    `batched` is how many models were trained together, this one among them.
    """
    begun = time.perf_counter()
    progress, plan = trained.progress, trained.plan
    with autocast(settings):
        options.tell("measuring R and D")
        measured = measure_splits(trained.model, data)
        options.tell("drawing samples")
        samples = draw_samples(trained.model, data, count=pictures)
    found = {
        "batched": batched,
        "data": data.name,
        "warning": "; ".join(filter(None, [data.warning, density_note(trained.model)])) or None,
        "device": device_name(settings.device),
        "model": settings.model,
        "preset": settings.preset,
        **of_own(settings),
        "parameters": trained.model.size(),
        "beta": settings.beta,
        "target_rate": settings.target_rate,
        "final_beta": trained.final_beta,
        "log_spread": trained.log_spread,
        "epochs": progress.step / plan.epoch_steps,
        "steps": progress.step,
        "planned_steps": plan.steps,
        "stopped_early": progress.stopped_early,
        IMAGES: trained.images,
        WEIGHTS: trained.weights,
        "training_seconds": progress.training_seconds,
        "images_per_second": progress.step * plan.batch / progress.training_seconds,
        "peak_memory_mib": peak_memory_mib(settings.device),
        **{split: found.as_dict() for split, found in measured.items()},
    }
    seconds = progress.seconds + time.perf_counter() - begun
    return write_result(
        place, settings, found, seconds=seconds, history=progress.history, samples=samples
    )


def of_own(settings: RunSettings) -> dict[str, Any]:
    """Return what a result says of own images besides their name: how large they are."""
    return {} if settings.frame is None else {"frame": list(settings.frame)}


def density_note(model: LatentModel) -> str | None:
    """Return what is to be said of R and D where pixels have densities and no probabilities."""
    if not model.differential:
        return None
    return "pixels have densities: D is differential, may be negative, and depends on their unit"


def write_result(
    place: Path,
    settings: RunSettings,
    found: Mapping[str, Any],
    *,
    seconds: float,
    history: Sequence[Mapping[str, float]] = (),
    samples: Mapping[str, Array] | None = None,
) -> dict[str, Any]:
    """Leave `run.json` and what goes with it, in place of what is there; return its content.

    Whether a target rate was met, and whether training diverged, is added to what was `found`.

    Raises
    ------
    ValueError
        where a number of it is not finite.
    """
    write_history(place, history)
    if samples is not None:
        write_arrays(place / SAMPLES, samples, overwrite=True)
    head = result_head(
        settings.dataset, settings=settings.as_dict(), seed=settings.seed, seconds=seconds
    )
    result = head | dict(found) | outcome_of_result(found)
    write_json(place / RESULT, result, overwrite=True)  # last: what has one is finished
    return result


def set_shorter_aside(place: Path, settings: RunSettings) -> None:
    """Rename the result of fewer epochs than a run goes on to, so that it lies beside as it is."""
    path = place / RESULT
    try:
        epochs = float(read_json(path, command=settings.dataset)["settings"]["epochs"])
    except (ValueError, LookupError, TypeError):
        return  # there is none, or none that could be told from another
    if epochs < settings.epochs:
        path.replace(place / f"{path.stem}.epochs-{epochs:g}{path.suffix}")


def remove_results(place: Path, result: str = RESULT) -> None:
    """Remove what is to go before other weights lie beside it: result, checkpoint and history."""
    for name in (result, CHECKPOINT, HISTORY_FILE):
        (place / name).unlink(missing_ok=True)


def refuse_results(place: Path, *, overwrite: bool) -> None:
    """Raise `FileExistsError` where a run would overwrite what nobody said it may."""
    for name in (RESULT, CHECKPOINT, *RUN_OUTPUTS):
        try:
            refuse_existing(place / name, overwrite=overwrite)
        except FileExistsError as error:
            raise FileExistsError(f"{error}, or --resume to go on with a run") from None
