"""Read runs back, finished or stopped early: result, model and settings."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from rdneural.data.folders import has_pictures
from rdneural.data.images import ImageData
from rdneural.data.named import naming
from rdneural.data.of_run import load_data
from rdneural.data.places import is_own_place
from rdneural.machine.device import pick_device
from rdneural.machine.seeding import seeded
from rdneural.measures.images import as_tensor
from rdneural.models.build import LatentModel, build_model
from rdneural.records.curves import MEASURED_SPLITS
from rdneural.records.identity import check_place, kept_images, kept_name
from rdneural.records.layout import CHECKPOINT, CURVE, RESULT
from rdneural.records.measured import Measured
from rdneural.records.own import OWN, content_of, words_of
from rdneural.records.plan import Plan, plan_of
from rdneural.records.settings import RunSettings
from rdneural.training.averaging import copy_into
from rdneural.training.checkpoints import digest_of_weights, read_checkpoint, read_numbers
from rdneural.training.curve import load_curve
from rdneural.training.learner import digest_of
from rdneural.training.loop import make_objective
from rdneural.training.rounding import weights_in
from rdneural.training.state import settings_of
from rdtheory.results import read_json

KEPT = ("model", "preset", "parameters", "beta", "target_rate", "final_beta", "epochs")
"""Entries of `run.json` that a later measurement repeats."""


def read_run(
    directory: Path, *, beta: float | None = None
) -> tuple[dict[str, Any], LatentModel, RunSettings]:
    """Return the result, the model and the settings of a run, or of a curve at a slope.

    Of one that was stopped early there is the checkpoint alone; what `KEPT` has of it that depends
    on the images, the epochs and the slope, is None until `unfinished` knows them. `beta` is the
    slope of a curve, 1 where None, or the nearest that it has; a run has its own.

    Raises
    ------
    ValueError
        where `run.json` or the checkpoint is missing, broken or incomplete, they are not of one
        run, or a slope is asked for that is not there.
    """
    if is_curve(directory):
        return read_slope(directory, beta)
    if beta is not None:
        raise ValueError(f"beta must be given for a curve alone, got {beta:g} for a run")
    model, settings = load_model(directory)
    path = directory / RESULT
    if not path.exists():
        size = sum(weight.numel() for weight in model.parameters())
        asked = {"model": settings.model, "preset": settings.preset, "parameters": size,
                 "beta": settings.beta, "target_rate": settings.target_rate}  # fmt: skip
        return dict.fromkeys(KEPT) | asked, model, settings
    result = read_json(path, command=settings.dataset)
    missing = [name for name in KEPT if name not in result]
    if missing:
        raise ValueError(f"{path} must hold {', '.join(KEPT)}, got no {missing[0]}")
    return result, model, settings


def is_curve(directory: Path) -> bool:
    """Return whether a directory holds a conditioned model; `ValueError` where nothing readable."""
    return "beta_low" in (read_numbers(directory / CHECKPOINT).get("objective") or ())


def read_slope(
    directory: Path, beta: float | None = None
) -> tuple[dict[str, Any], LatentModel, RunSettings]:
    """Return a curve at a slope as `read_run` returns a run: a plain model of its family.

    The result has `valid` and `test` where the curve was measured at this slope.
    """
    curve, asked = load_curve(directory)
    beta = min(max(1.0, curve.low), curve.high) if beta is None else beta
    if not curve.low <= beta <= curve.high:
        raise ValueError(f"beta must be in [{curve.low:g}, {curve.high:g}], got {beta:g}")
    found = read_points(directory) if (directory / CURVE).exists() else {}
    settings = replace(asked.run, beta=beta)
    result: dict[str, Any] = {
        "data": found.get("data", settings.data), "model": settings.model,
        "preset": settings.preset, "parameters": curve.size(), "beta": beta, "target_rate": None,
        "final_beta": beta, "epochs": found.get("epochs"),
    }  # fmt: skip
    for point in found.get("points", ()):
        if point["beta"] == beta:
            result |= {split: _measured(point[split]) for split in MEASURED_SPLITS}
    return result, curve.at(beta).eval(), settings


def read_points(directory: Path) -> dict[str, Any]:
    """Return the result in a curve's directory; `ValueError` where none is whole."""
    path = directory / CURVE
    found = read_json(path, command="curve")
    try:
        for point in sorted(found["points"], key=lambda point: point["beta"]):
            for split in MEASURED_SPLITS:
                _measured(point[split])
        dict(found["settings"])
    except (LookupError, TypeError, ValueError) as error:
        raise ValueError(f"{path} must hold what a curve found, got {error!r}") from error
    return found


def _measured(found: dict[str, Any]) -> dict[str, Any]:
    """Return what a run's result has of what a curve's has of a point."""
    return {field.name: found[field.name] for field in fields(Measured)}


def unfinished(directory: Path, settings: RunSettings, images: ImageData) -> dict[str, Any]:
    """Return what is to be said of a run that was stopped early; nothing of a finished one.

    It is `trained` where all steps are made and `run.json` alone is missing.
    """
    if (directory / RESULT).exists() or is_curve(directory):
        return {}
    path = directory / CHECKPOINT
    numbers = read_numbers(path)
    try:
        progress = numbers["progress"]
        plan = plan_of(settings, _trained_on(settings, progress) or len(images.train))
        steps = int(progress["step"])
        trained = steps >= plan.steps or bool(progress.get("stopped_early"))
        slope = _slope_of(settings, plan, numbers)
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise ValueError(f"{path} must hold the state of a run, got {error!r}") from error
    return {
        "unfinished": {"steps": steps, "planned_steps": plan.steps, "trained": trained},
        "epochs": steps / plan.epoch_steps,
        "final_beta": slope,
    }


def _trained_on(settings: RunSettings, progress: dict[str, Any]) -> int | None:
    """Return about how many images make a run's epoch, by its history; None before its first row.

    The images that it is measured on may be others, and another number.
    """
    if not progress["history"]:
        return None
    row = progress["history"][-1]
    return settings.batch * round(row["step"] / row["epoch"])


def _slope_of(settings: RunSettings, plan: Plan, numbers: dict[str, Any]) -> float | None:
    """Return the slope that the weights in a checkpoint were trained to, as their run would say it.

    Of a target rate there is none before the first row: it would be the one that training began
    with.
    """
    progress = numbers["progress"]
    if progress.get("best_loss") is not None:
        return float(progress["history"][-1 - progress["validations_since_best"]]["beta"])
    if settings.target_rate is not None and not progress["history"]:
        return None
    objective = make_objective(settings, plan)
    objective.restore(numbers["objective"])
    return objective.slope


def elsewhere(
    settings: RunSettings, *, data: str | None, device: str, precision: str | None = None,
    binarise: str | None = None, split_seed: int | None = None,
) -> RunSettings:  # fmt: skip
    """Return the settings of a run on other data or another device.

    Own images are made binary and split as the run's were, where nothing else is said. They, or
    published ones, may be measured by a model of the other, if they are as large.

    Raises
    ------
    ValueError
        where data are unknown or unusable, or not as large as the model's.
    """
    changed: dict[str, Any] = {"device": pick_device(device)}
    changed |= {} if precision is None else {"precision": precision}
    rule: dict[str, Any] = {"binarise": binarise, "split_seed": split_seed}
    rule = {name: value for name, value in rule.items() if value is not None}
    if settings.dataset != OWN and (data is None or not _is_own(data)):
        if rule:
            raise ValueError(f"{min(rule)} goes with own images, got {rule[min(rule)]}")
        if data is not None:
            changed["data"] = "auto" if data == settings.dataset else data
        return replace(settings, **changed)
    if data is None or _is_own(data):
        rule = {"binarise": settings.binarise, "split_seed": settings.split_seed} | rule
    named = rule if data is None else naming(data, **rule)
    found = replace(settings, **changed, **named)
    if found.sizes.shape != settings.sizes.shape:
        mine, other = words_of(settings.sizes.shape), words_of(found.sizes.shape)
        raise ValueError(f"data must have images of {mine} pixels, got {other} in {data}")
    return found


def _is_own(data: str) -> bool:
    """Return whether data are own images, and no directory with the files of published ones."""
    return is_own_place(data) and (not Path(data).is_dir() or has_pictures(Path(data)))


def images_of(directory: Path, settings: RunSettings, *, data: str | None) -> ImageData:
    """Return the images to measure a run on: its own, or those of `data`; `settings` name them.

    Raises
    ------
    ValueError
        where they are not usable, or no `data` were named and those that the run names are no
        longer what it was trained on.
    """
    images = load_data(settings)
    own = None if data is not None else kept_images(directory)
    if own is not None and own != digest_of(as_tensor(images.train)):
        raise ValueError(
            f"{directory} must be measured on the images it was trained on, got others "
            f"({images.name}, data {settings.data}): pass --data"
        )
    named = kept_name(directory) if data is None and settings.dataset == OWN else None
    if named is not None and content_of(named) != content_of(images.name):
        raise ValueError(
            f"{directory} must be measured on its images, {named}, got others for validation or "
            f"tests, {images.name}, in {settings.data}: pass --data"
        )
    return images


def load_model(place: Path) -> tuple[LatentModel, RunSettings]:
    """Return the model that a run's checkpoint keeps, and the run's settings.

    Raises
    ------
    ValueError
        where the checkpoint is missing or broken, or a `run.json` beside it is of another.
    """
    path = place / CHECKPOINT
    stored = read_checkpoint(path)
    settings = settings_of(stored, path)
    with seeded(0):  # the numbers that it starts with are of no account
        model = build_model(settings.model, settings.sizes, settings.own_parts)
    weights = weights_in(stored)
    check_place(place, digest_of_weights(weights))
    copy_into(model.state_dict(keep_vars=True), weights)
    return model.eval(), settings
