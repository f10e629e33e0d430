"""What is asked of a training in Python, as the settings of a run."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from rdneural.data.kept import kept_images_of
from rdneural.data.named import naming
from rdneural.models.own_parts import found_part, named_part
from rdneural.records.likelihoods import BERNOULLI
from rdneural.records.names import PARTS
from rdneural.records.own import rule_for
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


@dataclass(frozen=True, eq=False)
class AskedImages:
    """The images of a training, as they are asked for in Python.

    Attributes
    ----------
    data
        a name, a place, arrays or a data set.
    where, binarise, split_seed, name
        as of `rdneural.data.named.naming`.
    likelihood
        of pixels, which says what grey values are to be; None for zeros and ones.
    """

    data: Any
    where: str
    binarise: str | None
    split_seed: int
    name: str
    likelihood: str | None

    def named(self, place: Path | None = None, *, overwrite: bool = False) -> dict[str, Any]:
        """Return the entries of `RunSettings` that name them.

        Where they lie nowhere they are kept in `place` beside what is made of them, so that it can
        be gone on with in another process.
        """
        data = self.data
        if place is not None and not isinstance(data, str | os.PathLike):
            data = kept_images_of(data, place, self.name, overwrite=overwrite)
        return naming(
            data, where=self.where, binarise=rule_for(self.likelihood or BERNOULLI, self.binarise),
            split_seed=self.split_seed, name=self.name,
        )  # fmt: skip


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
