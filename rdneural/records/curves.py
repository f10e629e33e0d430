"""What a curve is asked to be: settings of a run, and the slopes that it is trained for."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rdneural.records.names import FAMILIES, is_autoregressive
from rdneural.records.settings import RunSettings
from rdtheory.checks import check_count

LOW, HIGH = 0.05, 20.0
"""Range of beta that a curve is trained on where none is asked for: twice that of interest."""

MEASURED_SPLITS = ("valid", "test")
"""Of whose images a curve's points are measured."""

NOT_OF_CURVES = ("target_rate", "penalty", "anneal", "free_bits", "patience", "compiled")
"""Settings of a run that a curve has no use for."""


SHARED = 4
"""Slopes in a batch of a PixelCNN++, whose weights are folded for each of them, or of a VampPrior,
which is encoded for each (`rdneural.models.conditioned`)."""


NUMBERS = ("beta_low", "beta_high", "slopes", "power", "widening")
"""Settings of a curve that a run has none of, by the names they have in results."""


@dataclass(frozen=True)
class CurveSettings:
    """Settings of a training of a whole curve.

    Attributes
    ----------
    run
        what a single run is asked as well; its `beta` is the middle of the range, in the logarithm.
    low, high
        the range of beta, drawn evenly in the logarithm.
    slopes
        different slopes in a batch, at most one for each image. A VampPrior is encoded once for
        each; `curve_of` says what is recommended.
    power
        an image at beta weighs (1 + beta)^-power.
    widening
        share of the training in which the range opens: it begins as `low` alone, where codes are
        cheap, and its upper end rises to `high`, evenly in the logarithm. Without it dear codes
        keep cheap ones from being learnt, on `bars:4x4` altogether.

    Raises
    ------
    ValueError
        where a number is not usable, or the run has a setting that curves have no use for.
    """

    run: RunSettings
    low: float = LOW
    high: float = HIGH
    slopes: int = 128
    power: float = 0.5
    widening: float = 0.5

    def __post_init__(self) -> None:
        if self.run.model not in FAMILIES:
            raise ValueError(f"model must be one of {', '.join(FAMILIES)}, got {self.run.model!r}")
        check_range(self.low, self.high)
        check_count("slopes", self.slopes)
        if not 0 <= self.power < math.inf:
            raise ValueError(f"power must be finite and at least 0, got {self.power}")
        if not 0 <= self.widening <= 1:
            raise ValueError(f"widening must be in [0, 1], got {self.widening}")
        if self.run.beta is None or not math.isclose(self.run.beta, middle(self.low, self.high)):
            raise ValueError(f"beta must be the middle of the range, got {self.run.beta}")
        for name in NOT_OF_CURVES:
            if getattr(self.run, name):
                raise ValueError(f"{name} is not for curves, got {getattr(self.run, name)}")

    def numbers(self) -> dict[str, float]:
        """Return what a run's settings do not hold, as a checkpoint keeps it."""
        values = (self.low, self.high, self.slopes, self.power, self.widening)
        return dict(zip(NUMBERS, values, strict=True))

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as JSON has them."""
        shown = self.run.as_dict()
        return {k: v for k, v in shown.items() if k not in ("beta", *NOT_OF_CURVES)} | (
            self.numbers()
        )


def curve_of(
    run: RunSettings, low: float, high: float, *, slopes: int | None = None,
    power: float | None = None, widening: float | None = None,
) -> CurveSettings:  # fmt: skip
    """Return the settings of the curve of a run at the middle of a range; None is recommended."""
    if slopes is None:
        shared = is_autoregressive(run.model) or run.model.endswith("v")
        slopes = SHARED if shared else run.batch
    given: dict[str, Any] = {"power": power, "widening": widening}
    chosen = {name: value for name, value in given.items() if value is not None}
    return CurveSettings(run, low, high, slopes, **chosen)


def middle(low: float, high: float) -> float:
    """Return the middle of a range in the logarithm."""
    return math.sqrt(low * high)


def check_range(low: float, high: float) -> None:
    """Raise `ValueError` where beta has no range."""
    if not 0 < low < high < math.inf:
        raise ValueError(f"the range of beta must have 0 < low < high, got {low} and {high}")


def check_betas(betas: Sequence[float], low: float, high: float) -> None:
    """Raise `ValueError` where a slope is out of the range that the curve is trained on."""
    for beta in betas:
        if not low <= beta <= high:
            raise ValueError(
                f"betas must be in [{low:g}, {high:g}], the range of the training, got {beta:g}"
            )
