"""What is asked of a training in Python, as the settings of a run."""

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from rdneural.data.kept import kept_images_of
from rdneural.data.named import naming
from rdneural.models.own_parts import found_part, named_part
from rdneural.records.names import PARTS
from rdneural.records.parts import with_own_parts
from rdneural.records.settings import RunSettings
from rdneural.records.types import plain_types
from rdneural.training.defaults import complete_settings
from rdtheory.checks import did_you_mean

KNOWN = tuple(field.name for field in fields(RunSettings))

AUTOMATIC = ("preset", "device", "precision")
"""Settings that are chosen for the machine where they are None."""

ARGUMENTS = (
    "out", "resume", "overwrite", "name", "where", "pictures", "progress", "on_row", "tell",
    "checkpoint_seconds",
)  # fmt: skip
"""What may be meant besides settings."""


def check_names(
    given: Mapping[str, Any],
    *,
    more: tuple[str, ...] = (),
    instead: Mapping[str, str] | None = None,
    meant: tuple[str, ...] = (),
) -> None:
    """Raise `TypeError` where something is given that is no setting of a run, or of another type.

    `more` may be given besides, `instead` are settings that go by other names, `meant` what else
    is suggested.
    """
    for name in given:
        if instead and name in instead:
            raise TypeError(f"{name} must be given as {instead[name]}, got {name}={given[name]!r}")
        if name not in (*KNOWN, *more):
            near = did_you_mean(name, (*KNOWN, *more, *ARGUMENTS, *meant))
            known = "" if near else f": they are {', '.join((*KNOWN, *more))}"
            raise TypeError(f"settings must be those of a run, got {name!r}{near}{known}")
    plain_types(given)


def named_images(
    data: Any,  # noqa: ANN401  (a name, a place, arrays, a data set)
    place: Path | None,
    *,
    where: str = "auto",
    binarise: str | None = None,
    split_seed: int = 0,
    name: str = "images",
    overwrite: bool = False,
) -> dict[str, Any]:
    """Return the entries of `RunSettings` that name images.

    Images that are handed over, and lie nowhere, are kept in `place` beside what is made of them,
    so that it can be gone on with in another process.
    """
    if place is not None and not isinstance(data, str | os.PathLike):
        data = kept_images_of(data, place, name, overwrite=overwrite)
    return naming(data, where=where, binarise=binarise, split_seed=split_seed, name=name)


def named_parts(model: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of `RunSettings` that say the model: own parts by name, `o` for each.

    `ValueError` where one cannot be imported here.
    """
    parts = {part: named_part(part, given[part]) for part in PARTS if given.get(part) is not None}
    for part, name in parts.items():
        found_part(part, name)
    return {"model": with_own_parts(model, parts), **parts}


def settings_of(images: Mapping[str, Any], given: Mapping[str, Any]) -> RunSettings:
    """Return the settings of a run on named images: what is given, else what is recommended.

    Raises
    ------
    TypeError
        where something given is no setting.
    ValueError
        where a setting is not usable.
    """
    check_names(given)
    asked = {name: value for name, value in given.items() if value is not None}
    for name in AUTOMATIC:
        asked.setdefault(name, "auto")
    asked |= named_parts(asked.pop("model", "---"), asked)
    return complete_settings(**{**images, **asked})
