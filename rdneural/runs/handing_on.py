"""Hand a model on: a run or a curve whose weights have seven bits, measured as it is then."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rdneural.data.images import ImageData
from rdneural.machine.device import keep_freed_memory
from rdneural.measures.images import as_tensor, spread_subset
from rdneural.measures.rates import measure
from rdneural.measures.splits import measure_splits
from rdneural.models.build import LatentModel
from rdneural.models.conditioned import ConditionedModel
from rdneural.records.curves import CurveSettings
from rdneural.records.identity import WEIGHTS, read_result
from rdneural.records.layout import CHECKPOINT, CURVE, HISTORY, HISTORY_FILE, RESULT
from rdneural.records.places import check_own_place
from rdneural.runs.curve import measure_point
from rdneural.runs.run import write_result
from rdneural.runs.stored import elsewhere, images_of, is_curve, load_model, read_points
from rdneural.training.averaging import copy_into
from rdneural.training.checkpoints import (
    Checkpoint,
    digest_of_weights,
    read_checkpoint,
    write_checkpoint,
)
from rdneural.training.curve import load_curve
from rdneural.training.rounding import rounded, unrounded, weights_in
from rdneural.training.state import settings_of, write_history
from rdtheory.checks import check_count
from rdtheory.results import read_rows, refuse_existing, write_json

KEPT_NUMBERS = ("settings", "images", "objective")
"""What a checkpoint tells besides weights that are for use alone."""

OF_HANDING_ON = ("data", "binarise", "split_seed", "device", "test_images")
"""What can be asked of it besides the places."""

COMPARED = 1_000
"""Test images on which a model is held against what it was before its weights were rounded."""

HEAD = ("command", "settings", "versions", "seed", "seconds")
"""Entries that every result has (`rdtheory.results.result_head`)."""


def hand_on(
    directory: Path,
    place: Path,
    *,
    data: str | None = None,
    binarise: str | None = None,
    split_seed: int | None = None,
    device: str = "auto",
    test_images: int | None = None,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Leave a finished run, or curve, in `place` with weights of seven bits; return its result.

    Its checkpoint is a tenth or less of what it was, and training cannot go on from it. The
    result is that of the directory, with R and D measured anew, in float32, of the weights as they
    are now. `handed_on` in it has the `bytes` of the checkpoint and the `rise` of R + D, by which
    rounding costs on `COMPARED` test images, of a curve the greatest of those at its slopes.

    Parameters
    ----------
    directory, place
        of the run or the curve, and where it is to be.
    data, binarise, split_seed, device
        as of `rdneural.runs.again.evaluate_run`; the images must be those of the training.
    test_images
        test images measured, spread over all of them; all where None.
    overwrite
        whether `place` may hold results already.

    Raises
    ------
    FileExistsError
        where `place` holds a result and `overwrite` is not asked for.
    ValueError
        where the directory holds no finished run or curve, `place` is the same or of something
        else, or data are not usable or others.
    """
    if test_images is not None:
        check_count("test_images", test_images)
    if place.resolve() == directory.resolve():
        raise ValueError(f"place must be another than that of the run, got {place}")
    curved = is_curve(directory)
    name = CURVE if curved else RESULT
    check_own_place(place, name)
    for file in (name, CHECKPOINT, HISTORY_FILE):
        refuse_existing(place / file, overwrite=overwrite)
    if not (directory / name).exists():
        raise ValueError(f"{directory} must be of a finished run or curve, got no {name} there")
    found = read_points(directory) if curved else read_result(directory / name, None)
    stored = read_checkpoint(directory / CHECKPOINT)
    settings = settings_of(stored, directory / CHECKPOINT)
    here = elsewhere(
        settings, data=data, device=device, precision="float32", binarise=binarise,
        split_seed=split_seed,
    )  # fmt: skip
    images = images_of(directory, here, data=None)
    history = read_rows(directory / HISTORY_FILE, HISTORY)
    keep_freed_memory()
    kept = rounded(weights_in(stored))
    if curved:
        model, asked = load_curve(directory)
        asked = replace(asked, run=here)
        measured, rise = _of_curve(model.to(here.device), asked, kept, found, images, test_images)
    else:
        plain, _ = load_model(directory)
        measured, rise = _of_run(plain.to(here.device), kept, found, images, test_images)
    numbers = {name: stored.numbers[name] for name in KEPT_NUMBERS if name in stored.numbers}
    place.mkdir(parents=True, exist_ok=True)
    (place / name).unlink(missing_ok=True)  # from here on nothing takes long
    write_checkpoint(place / CHECKPOINT, Checkpoint(kept.tensors, kept.numbers | numbers))
    found |= measured | {
        WEIGHTS: digest_of_weights(unrounded(kept)),
        "handed_on": {"bytes": (place / CHECKPOINT).stat().st_size, "rise": rise},
    }
    if curved:
        write_history(place, history)
        write_json(place / CURVE, found, overwrite=True)
        return found
    rest = {key: value for key, value in found.items() if key not in HEAD}
    return write_result(place, settings, rest, seconds=found["seconds"], history=history)


def _round(model: LatentModel, kept: Checkpoint) -> None:
    """Let a model have the weights that are kept."""
    copy_into(model.state_dict(keep_vars=True), unrounded(kept))


def _of_run(
    model: LatentModel,
    kept: Checkpoint,
    found: Mapping[str, Any],
    images: ImageData,
    test_images: int | None,
) -> tuple[dict[str, Any], float]:
    """Round a run's model; return what is measured of it then, and the rise of R + D."""
    few = spread_subset(as_tensor(images.test), COMPARED).to(next(model.parameters()).device)
    before = measure(model, few).elbo
    _round(model, kept)
    rise = measure(model, few).elbo - before
    counts = {split: found[split]["images"] for split in ("train", "valid")}
    measured = measure_splits(model, images, counts=counts | {"test": test_images})
    return {split: values.as_dict() for split, values in measured.items()}, rise


def _of_curve(
    model: ConditionedModel,
    asked: CurveSettings,
    kept: Checkpoint,
    found: Mapping[str, Any],
    images: ImageData,
    test_images: int | None,
) -> tuple[dict[str, Any], float]:
    """Round a curve's model; return its points then, and the greatest rise of R + D."""
    few = spread_subset(as_tensor(images.test), COMPARED).to(asked.run.device)
    slopes = [point["beta"] for point in found["points"]]
    before = [measure(model.at(beta), few).elbo for beta in slopes]
    _round(model, kept)
    rises = [measure(model.at(b), few).elbo - e for b, e in zip(slopes, before, strict=True)]
    points = [
        measure_point(
            model, point["beta"], images, asked, target_rate=point.get("target_rate"),
            test_images=test_images,
        )
        for point in found["points"]
    ]  # fmt: skip
    return {"points": points}, max(rises)
