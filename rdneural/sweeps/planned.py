"""What a sweep is to train: a run with settings of its own, or a curve that has all slopes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rdneural.records.curves import CurveSettings
from rdneural.records.settings import RunSettings


@dataclass(frozen=True)
class Slopes:
    """What makes a curve of a run: the numbers of `CurveSettings`, and where it is measured."""

    low: float
    high: float
    slopes: int
    power: float
    widening: float
    betas: tuple[float, ...]

    def of(self, run: RunSettings) -> CurveSettings:
        """Return the settings of the curve whose other settings are those of a run."""
        return CurveSettings(run, self.low, self.high, self.slopes, self.power, self.widening)


@dataclass(frozen=True)
class Planned:
    """A training of a sweep.

    Attributes
    ----------
    name
        also that of its directory.
    settings
        of the run; of a curve, whose `beta` is the middle of its range.
    curve
        what makes it a curve, None of a run.
    priority
        those of a lower one come first.
    """

    name: str
    settings: RunSettings
    curve: Slopes | None = None
    priority: int = 0

    def asked(self) -> dict[str, Any]:
        """Return the settings that its result must have."""
        if self.curve is None:
            return self.settings.as_dict()
        return self.curve.of(self.settings).as_dict()

    def as_dict(self) -> dict[str, Any]:
        """Return the training as the plan's file has it."""
        entry: dict[str, Any] = {"name": self.name, "settings": self.settings.as_dict()}
        if self.curve is not None:
            entry["curve"] = asdict(self.curve) | {"betas": list(self.curve.betas)}
        return entry | ({"priority": self.priority} if self.priority else {})


def planned_of(entry: Mapping[str, Any]) -> Planned:
    """Return the training that an entry of a plan's file says.

    `LookupError`, `TypeError` or `ValueError` where it says none.
    """
    entry = dict(entry)
    curve = entry.get("curve")
    if curve is not None:
        curve = Slopes(**(curve | {"betas": tuple(map(float, curve["betas"]))}))
    found = Planned(
        entry["name"], RunSettings(**entry["settings"]), curve, int(entry.get("priority", 0))
    )
    found.asked()  # it must be a curve's settings, where it is one
    return found
