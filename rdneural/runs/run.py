"""A run and the directory it leaves: train, measure, draw samples; measure or draw again later."""

import csv
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rdneural.data import SPLITS, ImageData
from rdneural.data.load import load_data
from rdneural.machine.device import autocast, device_name, keep_freed_memory, peak_memory_mib
from rdneural.measures.images import as_tensor, spread_subset
from rdneural.measures.pictures import draw_pictures
from rdneural.measures.rates import measure
from rdneural.models.build import LatentModel
from rdneural.models.encoders import spread_of
from rdneural.records.layout import CHECKPOINT, HISTORY
from rdneural.records.measured import Measured
from rdneural.records.settings import RunSettings
from rdneural.training.learner import Trained
from rdneural.training.loop import train
from rdtheory.checks import check_count
from rdtheory.results import atomic_path, refuse_existing, write_arrays

PACKAGES = ("rdlatent", "torch", "numpy", "safetensors")
"""Packages whose versions a result records."""

OUTPUTS = ("history.csv", "samples.npz", "curves.png", "curves.csv", "samples.png")
"""What a run leaves, besides its result and its checkpoint."""

MEASURED_IMAGES = {"train": 2_000, "valid": 1_000, "test": None}
"""Images of each split that a run measures itself on, None for all; `evaluate` takes all."""

VALIDATION_IMAGES, STOPPING_IMAGES = 250, 1_000
"""Validation images of each row of the history; more where the rows say when to stop."""

PICTURES = 10
"""Reconstructions, and generations, that a run draws."""


def run_training(
    settings: RunSettings,
    place: Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    checkpoint_seconds: float = 120.0,
    pictures: int = PICTURES,
    progress: bool = True,
    on_row: Callable[[dict[str, float]], None] | None = None,
) -> dict[str, Any]:
    """Train as the settings say; leave checkpoint, history and samples; return the result.

    `pictures` is how many reconstructions, and generations, are drawn; a PixelCNN takes its time.
    `progress` is whether training shows a bar where stderr is a terminal. `on_row` is called with
    each row of the history when it is made.

    Raises
    ------
    FileExistsError
        where `place` holds a checkpoint and neither `resume` nor `overwrite` is asked for.
    ValueError
        where data or the checkpoint are not usable, or training diverges.
    """
    check_count("pictures", pictures)
    if not resume:
        refuse_results(place, overwrite=overwrite)
    keep_freed_memory()
    data = load_data(settings)
    images = {split: as_tensor(data.split(split)) for split in SPLITS}
    trained = train(
        settings,
        images["train"],
        spread_subset(images["valid"], STOPPING_IMAGES if settings.patience else VALIDATION_IMAGES),
        place,
        resume=resume,
        checkpoint_seconds=checkpoint_seconds,
        bar=progress,
        on_row=on_row,
    )
    return finish_run(settings, place, data, trained, pictures=pictures)


def finish_run(
    settings: RunSettings,
    place: Path,
    data: ImageData,
    trained: Trained,
    *,
    pictures: int = PICTURES,
    batched: int = 1,
) -> dict[str, Any]:
    """Measure what was trained; leave history and samples; return the run's result.

    `batched` is how many models were trained together, this one among them.
    """
    begun = time.perf_counter()
    _write_history(place / "history.csv", trained.progress.history)
    measured = measure_splits(trained.model, data, settings)
    write_pictures(
        trained.model, data, settings, place / "samples.npz", count=pictures, overwrite=True
    )
    seconds = trained.progress.seconds + time.perf_counter() - begun
    return {"seconds": seconds, "batched": batched} | _result(settings, data, trained, measured)


def refuse_results(place: Path, *, overwrite: bool) -> None:
    """Raise `FileExistsError` where a run would overwrite what nobody said it may."""
    for name in ("run.json", CHECKPOINT, *OUTPUTS):
        try:
            refuse_existing(place / name, overwrite=overwrite)
        except FileExistsError as error:
            raise FileExistsError(f"{error}, or --resume to go on with a run") from None


def measure_splits(
    model: LatentModel,
    data: ImageData,
    settings: RunSettings,
    *,
    samples: int = 1,
    counts: Mapping[str, int | None] = MEASURED_IMAGES,
    seed: int = 0,
) -> dict[str, Measured]:
    """Measure a model on every split, or on `counts` images of it, at the settings' precision."""
    found = {}
    for split in SPLITS:
        images = as_tensor(data.split(split))
        count = counts.get(split)
        if count is not None:
            images = spread_subset(images, count)
        with autocast(settings):
            found[split] = measure(model, images.to(settings.device), samples=samples, seed=seed)
    return found


def write_pictures(
    model: LatentModel,
    data: ImageData,
    settings: RunSettings,
    path: Path,
    *,
    count: int,
    seed: int = 0,
    overwrite: bool = False,
) -> None:
    """Write reconstructions of test images, and generations, for `figures.samples`."""
    images = spread_subset(as_tensor(data.test), count).to(settings.device)
    with autocast(settings):
        arrays = draw_pictures(model, images, generations=count, seed=seed)
    write_arrays(path, {k: v.astype(np.float64) for k, v in arrays.items()}, overwrite=overwrite)


def _write_history(path: Path, history: list[dict[str, float]]) -> None:
    with atomic_path(path, overwrite=True) as temporary, temporary.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, HISTORY, lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: f"{v:.10g}" for k, v in row.items()} for row in history)


def _result(
    settings: RunSettings, data: ImageData, trained: Trained, measured: dict[str, Measured]
) -> dict[str, Any]:
    progress = trained.progress
    spread = spread_of(trained.model.encoder)
    epoch_steps = max(1, len(data.train) // min(settings.batch, len(data.train)))
    batch = min(settings.batch, len(data.train))
    return {
        "data": data.name,
        "warning": data.warning,
        "device": device_name(settings.device),
        "model": settings.model,
        "preset": settings.preset,
        "parameters": trained.model.size(),
        "beta": settings.beta,
        "target_rate": settings.target_rate,
        "final_beta": trained.final_beta,
        "log_spread": None if spread is None else spread.item(),
        "epochs": progress.step / epoch_steps,
        "steps": progress.step,
        "stopped_early": progress.stopped_early,
        "training_seconds": progress.training_seconds,
        "images_per_second": progress.step * batch / progress.training_seconds,
        "peak_memory_mib": peak_memory_mib(settings.device),
        **{split: found.as_dict() for split, found in measured.items()},
    }
