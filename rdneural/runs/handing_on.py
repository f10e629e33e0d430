"""Hand a model on: a run or a curve whose weights have eight bits, measured as it is then."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rdneural.data.images import ImageData
from rdneural.machine.device import keep_freed_memory
from rdneural.measures.splits import measure_splits
from rdneural.records.identity import WEIGHTS, read_result
from rdneural.records.layout import CHECKPOINT, CURVE, HISTORY, HISTORY_FILE, RESULT
from rdneural.records.places import check_own_place
from rdneural.records.settings import RunSettings
from rdneural.runs.curve import measure_point
from rdneural.runs.run import write_result
from rdneural.runs.stored import elsewhere, images_of, is_curve, load_model, read_points
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
    """Leave a finished run, or curve, in `place` with weights of eight bits; return its result.

    Its checkpoint is an eighth or less of what it was, and training cannot go on from it. The
    result is that of the directory, with R and D measured anew, in float32, of the weights as they
    are now. `handed_on` in it has the `bytes` of the checkpoint and the `rise` of R + D of the test
    images, of a curve the greatest of those at its slopes.

    Parameters
    ----------
    directory, place
        of the run or the curve, and where it is to be.
    data, binarise, split_seed, device
        as of `rdneural.runs.again.evaluate_run`.
    test_images
        test images measured, spread over all of them; all where None.
    overwrite
        whether `place` may hold results already.

    Raises
    ------
    FileExistsError
        where `place` holds a result and `overwrite` is not asked for.
    ValueError
        where the directory holds no finished run or curve, `place` is of something else, or data
        are not usable.
    """
    if test_images is not None:
        check_count("test_images", test_images)
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
    images = images_of(directory, here, data=data)
    history = read_rows(directory / HISTORY_FILE, HISTORY)
    keep_freed_memory()
    place.mkdir(parents=True, exist_ok=True)
    (place / name).unlink(missing_ok=True)
    kept = rounded(weights_in(stored))
    numbers = {name: stored.numbers[name] for name in KEPT_NUMBERS if name in stored.numbers}
    write_checkpoint(place / CHECKPOINT, Checkpoint(kept, numbers))
    measure = _measured_curve if curved else _measured_run
    measured, rise = measure(place, found, images, here, test_images)
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


def _measured_run(
    place: Path,
    found: Mapping[str, Any],
    images: ImageData,
    here: RunSettings,
    test_images: int | None,
) -> tuple[dict[str, Any], float]:
    """Return what is measured of the rounded run in `place`, and the rise of R + D."""
    model, _ = load_model(place)
    counts = {split: found[split]["images"] for split in ("train", "valid")}
    measured = measure_splits(model.to(here.device), images, counts=counts | {"test": test_images})
    rise = measured["test"].elbo - found["test"]["elbo"]
    return {split: values.as_dict() for split, values in measured.items()}, rise


def _measured_curve(
    place: Path,
    found: Mapping[str, Any],
    images: ImageData,
    here: RunSettings,
    test_images: int | None,
) -> tuple[dict[str, Any], float]:
    """Return the points of the rounded curve in `place`, and the greatest rise of R + D."""
    model, asked = load_curve(place)
    asked = replace(asked, run=replace(asked.run, device=here.device, precision=here.precision))
    model.to(here.device)
    points = [
        measure_point(
            model, before["beta"], images, asked, target_rate=before["target_rate"],
            test_images=test_images,
        )
        for before in found["points"]
    ]  # fmt: skip
    rises = (
        now["test"]["elbo"] - before["test"]["elbo"]
        for now, before in zip(points, found["points"], strict=True)
    )
    return {"points": points}, max(rises)
