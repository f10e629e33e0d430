"""Measure a run again, or draw more from it: a finished one, or one that was stopped early."""

from pathlib import Path
from typing import Any

from rdneural.machine.device import autocast, device_name, keep_freed_memory
from rdneural.measures.pictures import draw_samples
from rdneural.measures.splits import measure_splits
from rdneural.records.asked import outcome_of_result
from rdneural.records.layout import CHECKPOINT, SAMPLES
from rdneural.runs.run import of_own
from rdneural.runs.stored import KEPT, elsewhere, images_of, read_run, unfinished
from rdneural.training.checkpoints import has_weights_alone
from rdtheory.checks import check_count, check_seed
from rdtheory.results import refuse_existing, write_arrays


def evaluate_run(
    directory: Path,
    *,
    beta: float | None = None,
    data: str | None = None,
    binarise: str | None = None,
    split_seed: int | None = None,
    samples: int = 1,
    train_images: int | None = None,
    precision: str | None = None,
    device: str = "auto",
    seed: int = 0,
) -> dict[str, Any]:
    """Measure a run again, on all images or on `train_images` of the training split.

    One that was stopped early is measured as it was left, and the result says how far it was. Of a
    curve it is the model at slope `beta`, 1 where None.

    `data`, `precision` and, of own images, `binarise` and `split_seed` (`rdneural.data.own`) are
    those of the run where None.

    Raises
    ------
    ValueError
        where the directory holds no run, or data or a number are not usable.
    """
    check_count("samples", samples)
    if train_images is not None:
        check_count("train_images", train_images)
    check_seed(seed)
    result, model, settings = read_run(directory, beta=beta)
    settings = elsewhere(
        settings, data=data, device=device, precision=precision, binarise=binarise,
        split_seed=split_seed,
    )  # fmt: skip
    images = images_of(directory, settings, data=data)
    early = unfinished(directory, settings, images)
    keep_freed_memory()
    model.to(settings.device)
    with autocast(settings):
        measured = measure_splits(
            model, images, samples=samples, counts={"train": train_images}, seed=seed
        )
    found = {
        "data": images.name,
        "warning": images.warning,
        "device": device_name(settings.device),
        "precision": settings.precision,
        **{name: result[name] for name in KEPT},
        **of_own(settings),
        **early,
        **{split: values.as_dict() for split, values in measured.items()},
    }
    return found | outcome_of_result(found)


def sample_run(
    directory: Path,
    place: Path,
    *,
    count: int,
    beta: float | None = None,
    data: str | None = None,
    binarise: str | None = None,
    split_seed: int | None = None,
    device: str = "auto",
    seed: int = 0,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Draw `count` reconstructions and generations from a run into `samples.npz`.

    Of a model that was handed on, whose images are not at hand while no others are named, it draws
    generations alone, and the result's `warning` says so. `beta` is the slope of a curve.
    """
    check_count("count", count)
    check_seed(seed)
    for name in (SAMPLES, "samples.png"):
        refuse_existing(place / name, overwrite=overwrite)
    result, model, settings = read_run(directory, beta=beta)
    settings = elsewhere(
        settings, data=data, device=device, binarise=binarise, split_seed=split_seed
    )
    early: dict[str, Any] = {}
    images, warning = None, None
    try:
        images = images_of(directory, settings, data=data)
    except ValueError:
        if data is not None or not has_weights_alone(directory / CHECKPOINT):
            raise
        warning = "no reconstructions: the images of the training are not here; pass --data"
    else:
        warning, early = images.warning, unfinished(directory, settings, images)
    with autocast(settings):
        arrays = draw_samples(model.to(settings.device), images, count=count, seed=seed)
    write_arrays(place / SAMPLES, arrays, overwrite=overwrite)
    name = images.name if images is not None else result["data"]
    return {"data": name, "warning": warning, **{name: result[name] for name in KEPT}, **early}
