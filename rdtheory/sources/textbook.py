r"""Textbook rate-distortion problems, and problems that a user brings in a file.

A problem is a source p(x) over n letters, m outputs y to describe them by, and a distortion
d(x, y); its curve is

    R(D) = min I(X; Y)  over the channels p(y|x) with  E d(X, Y) <= D,

in nats. The named problems carry their closed form, where one is known.

Sources: Shannon, *Coding theorems for a discrete source with a fidelity criterion* (1959); Berger,
*Rate Distortion Theory* (1971); Cover and Thomas, *Elements of Information Theory* (2006), ch. 10.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.special import entr

from rdtheory.checks import (
    Array,
    check_array,
    check_choice,
    check_count,
    check_distortion,
    check_number,
    check_pmf,
    check_same_labels,
)
from rdtheory.sources.files import read_problem

MEASURES = ("squared", "absolute", "hamming", "table")

LETTERS = 1_000_000
"""Most letters of a named source."""

REACH_OF_NORMAL = 4.0
REACH_OF_WIDE = 8.0


@dataclass(frozen=True, eq=False)
class Source:
    r"""A finite rate-distortion problem.

    Parameters
    ----------
    name : how results call it; of a named source the text that `named_source` reads
    p_x : (n,) the source p(x)
    letters : (n,) coordinates of the letters x
    outputs : (m,) coordinates of the outputs y
    measure : "squared", (x - y)^2; "absolute", |x - y|; "hamming", [x != y]; or "table"
    table : (n, m) the distortion, for the measure "table" alone; +inf forbids an output
    closed_form : R(D) in nats, or None where it is not known
    exact : whether `closed_form` is that of this very finite problem; otherwise it is that of the
        continuous source that the problem discretises, near it only where D spans many letters

    Raises
    ------
    ValueError
        where p_x is not a distribution, the shapes do not fit, the measure is unknown, or the table
        holds NaN, -inf, or nothing but inf for a letter that has mass.

    Examples
    --------
    >>> source = Source("erasure", [0.5, 0.5], [0, 1], [0, 1, 2], "table",
    ...                 table=[[0, np.inf, 1], [np.inf, 0, 1]])
    >>> source.distortion
    array([[ 0., inf,  1.],
           [inf,  0.,  1.]])
    """

    name: str
    p_x: Array
    letters: Array
    outputs: Array
    measure: str
    table: Array | None = None
    closed_form: Callable[[float], float] | None = None
    exact: bool = False

    def __post_init__(self) -> None:
        check_choice("measure", self.measure, MEASURES)
        check_same_labels(
            ("p_x", self.p_x, 0), ("letters", self.letters, 0), ("table", self.table, 0)
        )
        check_same_labels(("outputs", self.outputs, 0), ("table", self.table, 1))
        parts = {
            "p_x": check_pmf("p_x", self.p_x),
            "letters": check_array("letters", self.letters, ndim=1),
            "outputs": check_array("outputs", self.outputs, ndim=1),
        }
        if parts["letters"].shape != parts["p_x"].shape:
            seen = f"{parts['p_x'].shape}, got {parts['letters'].shape}"
            raise ValueError(f"letters must have the shape of p_x, {seen}")
        if (self.table is not None) != (self.measure == "table"):
            seen = f"measure = {self.measure!r} and {'no' if self.table is None else 'a'} table"
            raise ValueError(f"table must be given for the measure 'table' alone, got {seen}")
        if self.table is not None:
            parts["table"] = check_distortion(self.table, parts["p_x"])
            if parts["table"].shape[1] != parts["outputs"].size:
                seen = f"{parts['table'].shape[1]}, got {parts['outputs'].size}"
                raise ValueError(f"outputs must have one entry per column of the table, {seen}")
        for name, part in parts.items():
            part.flags.writeable = False
            object.__setattr__(self, name, part)

    @classmethod
    def from_table(cls, name: str, p_x: npt.ArrayLike, distortion: npt.ArrayLike) -> "Source":
        """Return the problem of a distortion matrix (n, m), whose letters are numbered from 0."""
        check_same_labels(("p_x", p_x, 0), ("distortion", distortion, 0))
        p_x = check_pmf("p_x", p_x)
        table = check_distortion(distortion, p_x)
        letters, outputs = np.arange(table.shape[0]), np.arange(table.shape[1])
        return cls(name, p_x, letters, outputs, "table", table)  # type: ignore[arg-type]

    @cached_property
    def distortion(self) -> Array:
        """d(x, y), shape (n, m); made when first asked for, since it may be too large to make."""
        if self.table is not None:
            return self.table
        step = self.letters[:, None] - self.outputs
        if self.measure == "hamming":
            made = (step != 0).astype(np.float64)
        else:
            made = np.square(step) if self.measure == "squared" else np.abs(step)
        made.flags.writeable = False
        return made


# -- named problems -------------------------------------------------------------------------------


def bernoulli(p: float) -> Source:
    r"""Return the biased coin P(x = 1) = p under Hamming distortion.

    R(D) = h(p) - h(D) for D <= min(p, 1 - p), else 0, where h(q) = -q log q - (1 - q) log(1 - q);
    exact. Cover and Thomas, theorem 10.3.1. Raises `ValueError` where p is outside [0, 1].

    Examples
    --------
    >>> round(bernoulli(0.5).closed_form(0.11), 6)  # log 2 - h(0.11), half a bit
    0.346632
    """
    p = check_number("p", p, low=0.0, high=1.0)
    form = partial(_hamming_rate, _coin(p), 2, min(p, 1 - p))
    return _on_points(f"bernoulli:{p}", [1 - p, p], [0, 1], "hamming", form, exact=True)


def hamming(m: int) -> Source:
    r"""Return the uniform source of m >= 2 letters under Hamming distortion.

    R(D) = log m - h(D) - D log(m - 1) for D <= 1 - 1/m, else 0; exact. Cover and Thomas,
    problem 10.5. Raises `ValueError` where m is out of range.

    Examples
    --------
    >>> round(hamming(8).closed_form(0.0), 6)  # log 8
    2.079442
    """
    m = _check_letters("m", m)
    form = partial(_hamming_rate, math.log(m), m, 1 - 1 / m)
    return _on_points(f"hamming:{m}", np.full(m, 1 / m), np.arange(m), "hamming", form, exact=True)


def gaussian(n: int) -> Source:
    r"""Return the unit normal on n >= 2 equidistant points of [-4, 4] under squared error.

    p(x) is proportional to exp(-x^2/2), and the outputs are the points themselves. The closed form
    is that of the continuous source, R(D) = 1/2 log(1/D) for D <= 1, else 0: Cover and Thomas,
    theorem 10.3.2. Raises `ValueError` where n is out of range.

    Examples
    --------
    >>> round(gaussian(1000).closed_form(0.25), 6)  # log 2
    0.693147
    """
    n = _check_letters("n", n)
    points = np.linspace(-REACH_OF_NORMAL, REACH_OF_NORMAL, n)
    mass = np.exp(-(points**2) / 2)
    return _on_points(f"gaussian:{n}", mass / mass.sum(), points, "squared", _gaussian_rate)


def laplace(n: int) -> Source:
    r"""Return the Laplacian of scale 1 on n >= 2 equidistant points of [-8, 8], absolute error.

    p(x) is proportional to exp(-|x|), and the outputs are the points themselves. The closed form is
    that of the continuous source, R(D) = -log(lambda D) for D <= 1/lambda, else 0, with
    lambda = 1 one over the scale: Berger (1971), section 4.3. Raises `ValueError` where n is out of
    range.

    Examples
    --------
    >>> round(laplace(200).closed_form(0.5), 6)  # log 2
    0.693147
    """
    n = _check_letters("n", n)
    points = np.linspace(-REACH_OF_WIDE, REACH_OF_WIDE, n)
    mass = np.exp(-np.abs(points))
    return _on_points(f"laplace:{n}", mass / mass.sum(), points, "absolute", _laplace_rate)


def uniform(k: int) -> Source:
    r"""Return the uniform law on [-8, 8], cut into k >= 2 equal cells, under squared error.

    Letters and outputs are the midpoints of the cells. No closed form is known; see
    `shannon_lower_bound`. Raises `ValueError` where k is out of range.

    Examples
    --------
    >>> uniform(4).letters
    array([-6., -2.,  2.,  6.])
    """
    k = _check_letters("k", k)
    points = 2 * REACH_OF_WIDE / k * (np.arange(k) - (k - 1) / 2)
    return _on_points(f"uniform:{k}", np.full(k, 1 / k), points, "squared")


def shannon_lower_bound(distortion: float, *, cells: int | None = None) -> float:
    r"""Shannon's lower bound on R(D) of the uniform law on [-8, 8] under squared error, in nats.

        R(D) >= h(X) - max h(N) over E N^2 <= D  =  log 16 - 1/2 log(2 pi e D),

    or 0 where that is negative. As it stands it binds the continuous source alone: a finite source
    has R <= log k. With `cells` = k it binds `uniform(k)`: a uniform offset within the cell,
    independent of x and y, makes the midpoint continuous again without telling y anything more,
    and adds w^2/12 to the distortion with w = 16/k, so that R_k(D) >= R(D + w^2/12).

    Source: Shannon (1959); Berger (1971), section 4.3; Cover and Thomas, problem 10.8.

    Raises `ValueError` where the distortion is negative or `cells` out of range.

    Examples
    --------
    >>> round(shannon_lower_bound(1.0), 6), round(shannon_lower_bound(1.0, cells=160), 6)
    (1.35365, 1.353234)
    """
    distortion = check_number("distortion", distortion, low=0.0)
    if cells is not None:
        distortion += (2 * REACH_OF_WIDE / _check_letters("cells", cells)) ** 2 / 12
    if distortion == 0:
        return math.inf
    noise = 0.5 * math.log(2 * math.pi * math.e * distortion)
    return max(0.0, math.log(2 * REACH_OF_WIDE) - noise)


def _on_points(
    name: str,
    p_x: npt.ArrayLike,
    points: npt.ArrayLike,
    measure: str,
    closed_form: Callable[[float], float] | None = None,
    *,
    exact: bool = False,
) -> Source:
    return Source(name, p_x, points, points, measure, None, closed_form, exact)  # type: ignore[arg-type]


def _coin(q: float) -> float:
    return float(entr(q) + entr(1 - q))


def _hamming_rate(entropy: float, letters: int, most: float, distortion: float) -> float:
    distortion = check_number("distortion", distortion, low=0.0)
    if distortion >= most:
        return 0.0
    return max(0.0, entropy - _coin(distortion) - distortion * math.log(letters - 1))


def _gaussian_rate(distortion: float) -> float:
    return _laplace_rate(distortion) / 2


def _laplace_rate(distortion: float) -> float:
    distortion = check_number("distortion", distortion, low=0.0)
    return max(0.0, -math.log(distortion)) if distortion > 0 else math.inf


# -- sources by name, and from files --------------------------------------------------------------

FAMILIES: dict[str, tuple[Callable[..., Source], type[int] | type[float], str]] = {
    "bernoulli": (bernoulli, float, "bernoulli:0.3"),
    "hamming": (hamming, int, "hamming:8"),
    "gaussian": (gaussian, int, "gaussian:1000"),
    "laplace": (laplace, int, "laplace:200"),
    "uniform": (uniform, int, "uniform:160"),
}


def named_source(text: str) -> Source:
    r"""Return the source that a text names: a family with its number, or a user's file.

    The families are `bernoulli:P`, `hamming:M`, `gaussian:N`, `laplace:N` and `uniform:K`. A file
    ends in `.npz` (arrays `p_x` (n,) and `distortion` (n, m)) or in `.csv` (a line per letter: its
    mass, then its distortion to every output; a first line that does not start with a number is a
    header). Distortions may be negative or +inf. No pickle is ever loaded.

    Raises
    ------
    ValueError
        where the name is unknown, its number missing, wrong or out of range, the file unreadable
        or truncated, or what it holds no problem (see `Source`).

    Examples
    --------
    >>> named_source("bernoulli:0.3").p_x
    array([0.7, 0.3])
    """
    if not isinstance(text, str):
        raise TypeError(f"source must be text, got {type(text).__name__}")
    if Path(text).suffix.lower() in (".npz", ".csv"):
        return _from_file(Path(text))
    family, *numbers = text.split(":")
    if family not in FAMILIES:
        known = ", ".join(example for *_, example in FAMILIES.values())
        raise ValueError(f"source must be like {known}, or a .npz or .csv file, got {text!r}")
    make, kind, example = FAMILIES[family]
    noun = "an integer" if kind is int else "a number"
    if len(numbers) != 1:
        raise ValueError(f"source {family} must have one number, as in {example}, got {text!r}")
    try:
        number = kind(numbers[0])
    except ValueError as error:
        raise ValueError(
            f"source {family} must have {noun}, as in {example}, got {text!r}"
        ) from error
    return make(number)


def _from_file(path: Path) -> Source:
    p_x, distortion = read_problem(path)
    try:
        return Source.from_table(path.name, p_x, distortion)
    except (TypeError, ValueError) as error:  # in a file a wrong type is a wrong value
        raise ValueError(f"{path}: {error}") from error


def _check_letters(name: str, value: int) -> int:
    count = check_count(name, value, low=2)
    if count > LETTERS:
        raise ValueError(f"{name} must be an integer of at most {LETTERS}, got {count}")
    return count
