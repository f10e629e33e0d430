"""A number with its standard error, and how such numbers are compared."""

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rdtheory.stratified import draw_strata, stratified_mean

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True)
class Estimate:
    """An estimate and its standard error; an exact number has the error 0.

    Sums and differences take the errors for independent.

    Examples
    --------
    >>> difference = Estimate(3.0, 0.3) - Estimate(1.0, 0.4)
    >>> difference.value, difference.se, difference.in_errors
    (2.0, 0.5, 4.0)
    """

    value: float
    se: float = 0.0

    def __str__(self) -> str:
        """Return the number and its error, two digits after the point."""
        return f"{self.value:.2f} ± {self.se:.2f}"

    def __add__(self, other: "Estimate") -> "Estimate":
        return Estimate(self.value + other.value, math.hypot(self.se, other.se))

    def __sub__(self, other: "Estimate") -> "Estimate":
        return Estimate(self.value - other.value, math.hypot(self.se, other.se))

    def scaled(self, factor: float) -> "Estimate":
        """Return `factor` times the number."""
        return Estimate(factor * self.value, abs(factor) * self.se)

    @property
    def error(self) -> float:
        """The standard error, `se`."""
        return self.se

    @property
    def in_errors(self) -> float:
        """The number in standard errors: of an exact one infinitely many, or none if it is 0."""
        if self.se > 0:
            return self.value / self.se
        return math.copysign(math.inf, self.value) if self.value else 0.0

    def as_dict(self, name: str) -> dict[str, float]:
        """Return the entries `name` and `name_se`."""
        return {name: self.value, f"{name}_se": self.se}


def flat(found: "DataclassInstance") -> dict[str, Any]:
    """Return the fields of a dataclass as tables have them: an `Estimate` x as `x` and `x_se`."""
    entries: dict[str, Any] = {}
    for field in fields(found):
        value = getattr(found, field.name)
        entries |= value.as_dict(field.name) if field.type is Estimate else {field.name: value}
    return entries


def columns_of(kind: type["DataclassInstance"]) -> tuple[str, ...]:
    """Return the names that `flat` gives to the fields of a dataclass."""
    return tuple(
        name
        for field in fields(kind)
        for name in ((field.name, f"{field.name}_se") if field.type is Estimate else (field.name,))
    )


@dataclass(frozen=True, eq=False)
class Draws:
    """Letters drawn by strata, those of a stratum next to each other, and the strata's weights."""

    letters: Tensor  # (S,)
    weights: npt.NDArray[np.float64]  # (S / 2,)

    def mean(self, values: Tensor) -> Estimate:
        """Return the mean over the source of values (S,), one for each letter drawn."""
        pairs = values.double().view(-1, 2).cpu().numpy()
        return Estimate(*stratified_mean(pairs, self.weights))


def draw_letters(p_x: npt.ArrayLike, samples: int, *, seed: int) -> Draws:
    """Draw about `samples` letters of a source (X,) by strata (`rdtheory.stratified`)."""
    letters, weights = draw_strata(p_x, samples, seed=seed)
    return Draws(torch.from_numpy(letters.ravel()), weights)


def plain(values: Tensor) -> Estimate:
    """Return the mean of independent values; of a single one the error is 0, being unknown."""
    values, count = values.double(), len(values)
    error = values.std().item() / math.sqrt(count) if count > 1 else 0.0
    return Estimate(values.mean().item(), error)
