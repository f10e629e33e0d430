"""The plan of a training: images in a batch, steps in an epoch and in all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rdneural.records.settings import RunSettings

VALIDATIONS = 12
"""Validations in a run, at least; a long run has one an epoch."""


@dataclass(frozen=True)
class Plan:
    """Images in a batch, steps in an epoch and in the run, and steps between validations."""

    batch: int
    epoch_steps: int
    steps: int
    validate_every: int


def plan_of(settings: RunSettings, images: int) -> Plan:
    """Return the plan of a run on so many training images.

    Examples
    --------
    >>> plan_of(RunSettings("mnist", beta=1.0, epochs=1.5, batch=128), 50_000)
    Plan(batch=128, epoch_steps=390, steps=585, validate_every=48)
    """
    batch = min(settings.batch, images)
    epoch_steps = images // batch
    steps = max(1, round(settings.epochs * epoch_steps))
    return Plan(batch, epoch_steps, steps, min(epoch_steps, max(1, steps // VALIDATIONS)))


def is_complete(result: Mapping[str, Any]) -> bool:
    """Return whether a result is of a run that made all steps it was asked for, or need not."""
    asked = result.get("planned_steps")
    if asked is None:  # earlier results do not say
        epoch_steps = round(result["steps"] / result["epochs"])
        asked = max(1, round(result["settings"]["epochs"] * epoch_steps))
    return bool(result["stopped_early"] or result["steps"] >= asked)
