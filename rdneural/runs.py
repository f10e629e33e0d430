"""A run and the directory it leaves: train, measure, draw samples; measure or draw again later."""

import csv
import ctypes
import platform
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rdneural.averaging import copy_into
from rdneural.checkpoints import read_checkpoint
from rdneural.data import SPLITS, ImageData, load_images
from rdneural.data.enumerated import draw_images
from rdneural.defaults import pick_device
from rdneural.encoders import spread_of
from rdneural.learner import HISTORY, Trained, autocast
from rdneural.measure import Measured, measure, spread_subset
from rdneural.model import LatentModel, build_model
from rdneural.pictures import draw_pictures
from rdneural.seeding import check_seed, seeded
from rdneural.settings import RunSettings
from rdneural.state import CHECKPOINT, settings_of
from rdneural.training import train
from rdtheory.checks import check_count
from rdtheory.results import atomic_path, read_json, refuse_existing, write_arrays

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


def evaluate_run(
    directory: Path,
    *,
    data: str | None = None,
    samples: int = 1,
    train_images: int | None = None,
    precision: str | None = None,
    device: str = "auto",
    seed: int = 0,
) -> dict[str, Any]:
    """Measure a finished run again, on all images or on `train_images` of the training split.

    `data` and `precision` are those of the run where None.

    Raises
    ------
    ValueError
        where the directory holds no run, or data or a number are not usable.
    """
    check_count("samples", samples)
    if train_images is not None:
        check_count("train_images", train_images)
    check_seed(seed)
    result, model, settings = read_run(directory)
    settings = elsewhere(settings, data=data, device=device, precision=precision)
    images = load_data(settings)
    keep_freed_memory()
    measured = measure_splits(
        model.to(settings.device),
        images,
        settings,
        samples=samples,
        counts={"train": train_images},
        seed=seed,
    )
    return {
        "data": images.name,
        "warning": images.warning,
        "device": device_name(settings.device),
        "precision": settings.precision,
        **{name: result[name] for name in KEPT},
        **{split: found.as_dict() for split, found in measured.items()},
    }


def sample_run(
    directory: Path,
    place: Path,
    *,
    count: int,
    data: str | None = None,
    device: str = "auto",
    seed: int = 0,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Draw `count` reconstructions and generations from a finished run into `samples.npz`."""
    check_count("count", count)
    check_seed(seed)
    for name in ("samples.npz", "samples.png"):
        refuse_existing(place / name, overwrite=overwrite)
    _, model, settings = read_run(directory)
    settings = elsewhere(settings, data=data, device=device)
    images = load_data(settings)
    path = place / "samples.npz"
    write_pictures(
        model.to(settings.device), images, settings, path, count=count, seed=seed,
        overwrite=overwrite,
    )  # fmt: skip
    return {"data": images.name, "warning": images.warning, "model": settings.model}


KEPT = ("model", "preset", "parameters", "beta", "target_rate", "final_beta", "epochs")
"""Entries of `run.json` that a later measurement repeats."""


def read_run(directory: Path) -> tuple[dict[str, Any], LatentModel, RunSettings]:
    """Return the result, the model and the settings of a finished run.

    Raises
    ------
    ValueError
        where `run.json` or the checkpoint is missing, broken or incomplete.
    """
    model, settings = load_model(directory)
    path = directory / "run.json"
    result = read_json(path, command=settings.dataset)
    missing = [name for name in KEPT if name not in result]
    if missing:
        raise ValueError(f"{path} must hold {', '.join(KEPT)}, got no {missing[0]}")
    return result, model, settings


def elsewhere(
    settings: RunSettings, *, data: str | None, device: str, precision: str | None = None
) -> RunSettings:
    """Return the settings of a run on other data or another device."""
    changed = {"device": pick_device(device)}
    changed |= {} if data is None else {"data": data}
    changed |= {} if precision is None else {"precision": precision}
    return replace(settings, **changed)  # type: ignore[arg-type]


def load_data(settings: RunSettings) -> ImageData:
    """Return the images of a run, as small as its preset wants them."""
    if settings.source is not None:
        return draw_images(settings.source, settings.sizes.side)
    data = load_images(settings.dataset, settings.data, progress=True)
    side = settings.sizes.side
    return data if side == data.side else data.downsampled(side)


def load_model(place: Path) -> tuple[LatentModel, RunSettings]:
    """Return the model that a run's checkpoint keeps, and the run's settings."""
    path = place / CHECKPOINT
    stored = read_checkpoint(path)
    settings = settings_of(stored, path)
    with seeded(0):  # the numbers that it starts with are of no account
        model = build_model(settings.model, settings.sizes)
    weights = stored.group("best") or stored.group("average")
    copy_into(model.state_dict(keep_vars=True), weights)
    return model, settings


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


def as_tensor(images: np.ndarray) -> Tensor:
    """Return images (N, side, side) as a tensor (N, 1, side, side)."""
    return torch.from_numpy(np.ascontiguousarray(images))[:, None]


def keep_freed_memory() -> None:
    """Ask glibc to keep freed blocks; without it every layer's output is mapped in anew.

    Worth about a fifth of a PixelCNN's step on a CPU; `rdneural.bench.time_family` shows it, with
    `keep_memory` on and off in two processes.
    """
    if platform.libc_ver()[0] == "glibc":
        trim_threshold, mmap_threshold = -1, -3  # names of mallopt(3)
        libc = ctypes.CDLL(None)
        libc.mallopt(mmap_threshold, 2**30)
        libc.mallopt(trim_threshold, 2**31 - 1)


def peak_memory_mib(device: str) -> float:
    """Return the greatest memory in use so far: of the GPU, or of this process on a CPU."""
    if torch.device(device).type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kib / (2**20 if platform.system() == "Darwin" else 2**10)


def device_name(device: str) -> str:
    """Return what the device calls itself."""
    if torch.device(device).type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"CPU, {torch.get_num_threads()} threads"


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
