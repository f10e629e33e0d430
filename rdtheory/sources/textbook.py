r"""Textbook rate-distortion problems by name, and problems that a user brings in a file.

The named problems carry their closed form, where one is known; each subject has a file of its own.

Sources: Shannon, *Coding theorems for a discrete source with a fidelity criterion* (1959); Berger,
*Rate Distortion Theory* (1971); Cover and Thomas, *Elements of Information Theory* (2006), ch. 10.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rdtheory.sources.blocks import markov
from rdtheory.sources.files import read_problem
from rdtheory.sources.forbidden import exponential, named_erasure, one_sided
from rdtheory.sources.image_sets import named_image_set
from rdtheory.sources.noisy import indirect_coin, indirect_gaussian
from rdtheory.sources.scalar import (
    bernoulli,
    gaussian,
    hamming,
    laplace,
    shannon_lower_bound,
    uniform,
)
from rdtheory.sources.source import LETTERS, MEASURES, Source
from rdtheory.sources.symbol_errors import named_erokhin
from rdtheory.sources.vectors import named_vector

__all__ = [
    "FAMILIES",
    "LETTERS",
    "MEASURES",
    "Source",
    "bernoulli",
    "gaussian",
    "hamming",
    "laplace",
    "named_source",
    "shannon_lower_bound",
    "uniform",
]


@dataclass(frozen=True)
class Family:
    """Sources of one name.

    Parameters
    ----------
    make : the source of its numbers
    kinds : int or float of each number; the last is that of all further ones, too
    example : a name
    least, most : how many numbers there are
    """

    make: Callable[..., Source]
    kinds: tuple[type[int] | type[float], ...]
    example: str
    least: int = 1
    most: float = 1

    @property
    def rule(self) -> str:
        """How many numbers there must be, in words."""
        least = ("no", "one", "two", "three")[self.least]
        if self.most == self.least:
            return f"{least} number{'' if self.least == 1 else 's'}"
        return f"{least} or more numbers" if self.most > 2 else f"{least} or two numbers"


def _gaussian(n: int, variance: float = 1.0) -> Source:
    return gaussian(n, variance=variance)


def _laplace(n: int, variance: float = 2.0) -> Source:
    return laplace(n, variance=variance)


MANY = float("inf")

FAMILIES: dict[str, Family] = {
    "bernoulli": Family(bernoulli, (float,), "bernoulli:0.3"),
    "hamming": Family(hamming, (int,), "hamming:8"),
    "gaussian": Family(_gaussian, (int, float), "gaussian:1000", 1, 2),
    "laplace": Family(_laplace, (int, float), "laplace:200", 1, 2),
    "uniform": Family(uniform, (int,), "uniform:160"),
    "vector": Family(named_vector, (int, float), "vector:21:1:0.25", 2, MANY),
    "erokhin": Family(named_erokhin, (float,), "erokhin:0.5:0.3:0.2", 1, MANY),
    "markov": Family(markov, (int, float), "markov:8:0.25", 2, 2),
    "erasure": Family(named_erasure, (float,), "erasure:4", 1, MANY),
    "onesided": Family(one_sided, (float,), "onesided:0.5"),
    "exponential": Family(exponential, (int,), "exponential:400"),
    "indirect-coin": Family(indirect_coin, (float,), "indirect-coin:0.1"),
    "indirect-gaussian": Family(indirect_gaussian, (int, float), "indirect-gaussian:400:0.5", 2, 2),
}


IMAGES = "images:mnist5k:1000"


def named_source(text: str) -> Source:
    r"""Return the source that a text names: a family, or a user's file.

    The families are `bernoulli:P`, `hamming:M`, `gaussian:N` or
    `gaussian:N:VARIANCE`, `laplace:N` or `laplace:N:VARIANCE`, `uniform:K`,
    `vector:SIDE:V1:V2...`, `erokhin:P1:P2...`, `markov:LENGTH:CHANGE`,
    `erasure:M` or `erasure:P1:P2...`, `onesided:P`, `exponential:N`,
    `indirect-coin:Q` and `indirect-gaussian:N:NOISE`. `images:PLACE` or
    `images:PLACE:COUNT` is a set of images (`rdtheory.sources.image_sets`),
    `mnist5k` or a `.npy` or `.amat` file. A file ends in `.npz` (arrays `p_x`
    (n,) and `distortion` (n, m)) or in `.csv` (a line per letter: its mass,
    then its distortion to every output; a first line that does not start with a
    number is a header). Distortions may be negative or +inf. No pickle is ever
    loaded.

    Raises
    ------
    ValueError
        where the name is unknown, a number missing, wrong or out of range, the
        file unreadable or truncated, or what it holds no problem (see
        `Source`).

    Examples
    --------
    >>> named_source("bernoulli:0.3").p_x
    array([0.7, 0.3])
    """
    if not isinstance(text, str):
        raise TypeError(f"source must be text, got {type(text).__name__}")
    if Path(text).suffix.lower() in (".npz", ".csv"):
        return _from_file(Path(text))
    name, *numbers = text.split(":")
    if name == "images":
        if not 1 <= len(numbers) <= 2:
            raise ValueError(f"source images must have a place, as in {IMAGES}, got {text!r}")
        return named_image_set(*numbers)
    if name not in FAMILIES:
        known = ", ".join([*(family.example for family in FAMILIES.values()), IMAGES])
        raise ValueError(f"source must be like {known}, or a .npz or .csv file, got {text!r}")
    family = FAMILIES[name]
    if not family.least <= len(numbers) <= family.most:
        rule = f"source {name} must have {family.rule}, as in {family.example}"
        raise ValueError(f"{rule}, got {text!r}")
    return family.make(*map(partial(_number, name, text), range(len(numbers)), numbers))


def _number(name: str, text: str, place: int, number: str) -> Any:  # noqa: ANN401  (int or float)
    family = FAMILIES[name]
    kind = family.kinds[min(place, len(family.kinds) - 1)]
    noun = "an integer" if kind is int else "a number"
    try:
        return kind(number)
    except ValueError as error:
        raise ValueError(
            f"source {name} must have {noun}, as in {family.example}, got {text!r}"
        ) from error


def _from_file(path: Path) -> Source:
    p_x, distortion = read_problem(path)
    try:
        return Source.from_table(path.name, p_x, distortion)
    except (TypeError, ValueError) as error:  # in a file a wrong type is a wrong value
        raise ValueError(f"{path}: {error}") from error
