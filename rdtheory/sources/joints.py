r"""Joint distributions of two letters: textbook pairs, tables in files, and pairs of labels.

A joint is p(x, y), (n, m): a row for each x, what is described, and a column for each y, what it is
described for, as `rdtheory.bottleneck` has them.

Sources: Wyner and Ziv (1973) for the doubly symmetric pair; Chechik, Globerson, Tishby and Weiss,
"Information bottleneck for Gaussian variables" (2005); Alemi et al. (2018), for the toy source.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rdtheory.checks import (
    Array,
    check_array,
    check_count,
    check_joint,
    check_number,
    names_of,
    normalised,
)
from rdtheory.information import binary_entropy
from rdtheory.results import SEPARATORS, read_arrays, read_text, split_lines
from rdtheory.shown import Shown
from rdtheory.sources.files import read_table
from rdtheory.sources.image_classes import image_classes
from rdtheory.sources.images import named_image_source
from rdtheory.toy.source import toy_source

REACH = 4.0
"""Standard deviations to which a Gaussian pair reaches each way."""

POINTS, MOST = 15, 1000
"""Of each of a Gaussian pair, unless told otherwise, and at most."""

ENTRIES = 4_000_000
"""Most entries of a table."""

TABLES = (".csv", ".npy", ".npz")

EXAMPLES = "dsbs:0.1, gaussian:0.8, toy, labels:PAIRS.csv, images:bars:4x4"


@dataclass(frozen=True, eq=False, repr=False)
class Joint(Shown):
    """A joint distribution with the names of its letters.

    Parameters
    ----------
    name : how results call it
    table : (n, m) p(x, y)
    x_letters, y_letters : what the letters are called, n and m texts

    Examples
    --------
    >>> counted(["cat", "cat", "dog"], ["purrs", "sleeps", "barks"]).table.shape
    (2, 3)
    """

    name: str
    table: Array
    x_letters: tuple[str, ...]
    y_letters: tuple[str, ...]

    @classmethod
    def numbered(cls, name: str, table: Any, *, normalise: bool = False) -> "Joint":  # noqa: ANN401
        """Return the joint of a table; letters have its labels, or numbers.

        Labels are as of pandas, numbers from 0. With `normalise` the table may
        be counts. Raises `ValueError` where it is no distribution.
        """
        rows, columns = names_of(table, 0), names_of(table, 1)
        found = check_joint("joint", normalised("joint", table) if normalise else table)
        names = [range(size) if had is None else had
                 for size, had in zip(found.shape, (rows, columns), strict=True)]  # fmt: skip
        return cls(name, found, tuple(map(str, names[0])), tuple(map(str, names[1])))


def symmetric_pair(p: float) -> Joint:
    r"""Return the doubly symmetric pair: a fair bit, and it flipped with chance p.

    Its information curve is known by Mrs. Gerber's lemma: `gerber_relevance`.

    Source: Wyner and Ziv (1973), doi:10.1109/TIT.1973.1055107.

    Examples
    --------
    >>> symmetric_pair(0.1).table
    array([[0.45, 0.05],
           [0.05, 0.45]])
    """
    p = check_number("p", p, low=0.0, high=1.0)
    return Joint.numbered(f"dsbs:{p:.12g}", [[(1 - p) / 2, p / 2], [p / 2, (1 - p) / 2]])


def gaussian_pair(rho: float, points: int = POINTS) -> Joint:
    r"""Return two normals of correlation rho on a grid.

    It has so many points each, to 4 deviations. For the continuous pair the
    greatest I(T; Y) at I(X; T) = R is -1/2 log(1 - rho^2 (1 - exp(-2 R))).
    Raises `ValueError` where rho is outside (-1, 1).

    Source: Chechik, Globerson, Tishby and Weiss, "Information bottleneck for
    Gaussian variables", *Journal of Machine Learning Research* 6 (2005).

    Examples
    --------
    >>> gaussian_pair(0.8, 5).table.shape
    (5, 5)
    """
    rho = check_number("rho", rho, low=-1.0, high=1.0)
    if abs(rho) == 1.0:
        raise ValueError(f"rho must be between -1 and 1, got {rho:g}")
    points = check_count("points", points, low=2)
    if points > MOST:
        raise ValueError(f"points must be an integer of at most {MOST}, got {points}")
    line = np.linspace(-REACH, REACH, points)
    square = line[:, None] ** 2 + line**2 - 2.0 * rho * np.outer(line, line)
    table = np.exp(-square / (2.0 * (1.0 - rho**2)))
    names = tuple(f"{place:.4g}" for place in line)
    more = "" if points == POINTS else f":{points}"
    return Joint(f"gaussian:{rho:.12g}{more}", table / table.sum(), names, names)


def toy_pair() -> Joint:
    r"""Return the paper's toy source and its hidden class, p(x, z\*), (30, 2).

    Examples
    --------
    >>> toy_pair().table.shape
    (30, 2)
    """
    source = toy_source()
    table = (source.p_class[:, None] * source.p_x_given_class).T
    return Joint.numbered("toy", table)


def counted(x: Sequence[Any], y: Sequence[Any], name: str = "labels") -> Joint:
    r"""Return the joint of pairs of labels: p(x, y) is a share of the pairs.

    Letters are sorted, numbers by size. It is the empirical law, whose I(X; Y)
    is above that of what was sampled, by (n - 1) (m - 1) / 2 N nats or so for N
    pairs.

    Parameters
    ----------
    x, y : N labels each, of any kind that is printed, such as clusters and
        classes
    name : how results call it

    Raises
    ------
    ValueError
        where there are no labels, or not as many of one as of the other.

    Examples
    --------
    >>> found = counted(["cat", "dog", "cat", "cat"], [1, 0, 1, 0])
    >>> found.x_letters, found.y_letters, found.table.tolist()
    (('cat', 'dog'), ('0', '1'), [[0.25, 0.5], [0.25, 0.0]])
    """
    if len(x) != len(y):
        raise ValueError(f"labels must be as many for y as for x, {len(x)}, got {len(y)}")
    if len(x) == 0:
        raise ValueError("labels must be at least one pair, got none")
    (x_letters, rows), (y_letters, columns) = _numbered(x), _numbered(y)
    if len(x_letters) * len(y_letters) > ENTRIES:
        rule = f"labels must be of at most {ENTRIES} pairs of letters"
        raise ValueError(f"{rule}, got {len(x_letters)} x {len(y_letters)}")
    table = np.zeros((len(x_letters), len(y_letters)))
    np.add.at(table, (rows, columns), 1.0)
    return Joint(name, table / len(x), x_letters, y_letters)


def _numbered(labels: Sequence[Any]) -> tuple[tuple[str, ...], list[int]]:
    """Return the sorted letters that labels are, as text, and which letter each is."""
    texts = [str(label).strip() for label in labels]
    letters = sorted(set(texts), key=_order)
    place = {letter: k for k, letter in enumerate(letters)}
    return tuple(letters), [place[text] for text in texts]


def _order(text: str) -> tuple[bool, float, str]:
    """Return by what letters are sorted: numbers by size, then other texts."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    return (True, 0.0, text) if math.isnan(number) else (False, number, text)


def named_joint(text: str, *, normalise: bool = False) -> Joint:
    r"""Return the joint that a text names: a pair, a file, or pairs of labels.

    `dsbs:P` is the doubly symmetric pair, `gaussian:RHO[:N]` two normals, `toy`
    the paper's source with its hidden class. A file ends in `.csv` (a line for
    each x), `.npy` or `.npz` (an array `joint`). `labels:FILE.csv` has a pair
    x,y of labels in each line, below a heading `x,y` if there is one, and
    `labels:X.npy,Y.npy` the labels in two arrays (N,). `images:SOURCE` are the
    images of a source with their class (`rdtheory.sources.image_classes`).

    Parameters
    ----------
    text : the name
    normalise : whether the table of a file may be counts

    Raises
    ------
    ValueError
        where the name is unknown, a number is missing, wrong or out of range,
        the file unreadable, or what it holds no distribution.

    Examples
    --------
    >>> named_joint("dsbs:0.25").table.tolist()
    [[0.375, 0.125], [0.125, 0.375]]
    """
    if not isinstance(text, str):
        raise TypeError(f"joint must be text, got {type(text).__name__}")
    family, _, rest = text.partition(":")
    if family == "labels" and rest:
        return _of_labels(rest)
    if family == "images" and rest:
        return _of_images(rest)
    if Path(text).suffix.lower() in TABLES:
        return _of_table(Path(text), normalise)
    if text == "toy":
        return toy_pair()
    numbers = rest.split(":")
    try:
        if family == "dsbs" and len(numbers) == 1:
            return symmetric_pair(_number(float, numbers[0]))
        if family == "gaussian" and len(numbers) in (1, 2):
            count = [_number(int, numbers[1])] if len(numbers) == 2 else []
            return gaussian_pair(_number(float, numbers[0]), *count)
    except _NoNumberError as error:
        raise ValueError(f"joint must be like {EXAMPLES}, got {text!r}") from error
    raise ValueError(f"joint must be like {EXAMPLES}, or a .csv, .npy or .npz file, got {text!r}")


def _of_images(text: str) -> Joint:
    source = named_image_source(text)
    classes = image_classes(source)
    letters = tuple("".join(map(str, image.ravel())) for image in source.images)
    table = source.p_x[:, None] * classes.posterior
    return Joint(f"images:{source.name}", table, letters, classes.names)


class _NoNumberError(ValueError):
    """A text that is no number of its kind."""


def _number(kind: Any, text: str) -> Any:  # noqa: ANN401  (float or int)
    try:
        return kind(text)
    except ValueError as error:
        raise _NoNumberError(text) from error


def _of_table(path: Path, normalise: bool) -> Joint:
    """Return the joint of a file with a table."""
    try:
        is_archive = path.suffix.lower() == ".npz"
        table = read_arrays(path, ("joint",))["joint"] if is_archive else read_table(path)
        if table.size > ENTRIES:
            raise ValueError(f"joint must have at most {ENTRIES} entries, got {table.size}")
        return Joint.numbered(path.name, table, normalise=normalise)
    except TypeError as error:  # in a file a wrong type is a wrong value
        raise ValueError(f"{path}: {error}") from error
    except ValueError as error:
        if "must sum to 1" in str(error):
            raise ValueError(f"{error}; counts are read with --normalise") from error
        raise


def _of_labels(places: str) -> Joint:
    """Return the joint of the pairs of labels in one file, or in two."""
    paths = [Path(place) for place in places.split(",")]
    name = "labels:" + ",".join(path.name for path in paths)
    if len(paths) == 2:
        x, y = (_labels(path) for path in paths)
        return counted(x, y, name)
    (path,) = paths if len(paths) == 1 else (Path(places),)
    if path.suffix.lower() != ".csv":
        raise ValueError(f"labels must be like PAIRS.csv or X.npy,Y.npy, got {places!r}")
    pairs = _pairs(path)
    return counted([x for x, _ in pairs], [y for _, y in pairs], name)


def _labels(path: Path) -> list[Any]:
    """Return the labels in a .npy file, or in a .csv file of one column."""
    if path.suffix.lower() == ".csv":
        lines = split_lines(path, read_text(path, ".csv file"), ",", what=".csv file")
        return [cells[0] for _, cells in lines]
    labels = read_table(path)
    if labels.ndim != 1 or labels.dtype.kind not in "biufUS":
        seen = f"shape {labels.shape} of {labels.dtype}"
        raise ValueError(f"{path} must be a 1-d array of labels, got {seen}")
    if labels.dtype.kind == "f":
        check_array(str(path), labels, ndim=1)
    return labels.tolist()


def _pairs(path: Path) -> list[tuple[str, str]]:
    """Return the pairs of a .csv file, below a heading `x,y` if there is one."""
    text = read_text(path, ".csv file")
    first = text.lstrip().splitlines()[0] if text.strip() else ""
    mark = next((mark for mark in SEPARATORS if mark in first), ",")
    found = []
    for number, cells in split_lines(path, text, mark, what=".csv file"):
        if len(cells) != 2:
            seen = f"{len(cells)} on line {number}"
            raise ValueError(f"{path} must have two labels on every line, got {seen}")
        found.append((cells[0].strip(), cells[1].strip()))
    heading = [cell.lower() for cell in found[0]] == ["x", "y"] if found else False
    return found[1:] if heading else found


def gerber_relevance(p: float, rate: float) -> float:
    r"""Return the greatest I(T; Y) of the doubly symmetric pair at a rate.

    This is at I(X; T) = rate, in nats. Mrs. Gerber's lemma: H(Y|T) >= h(p * v)
    where h(v) = H(X|T), p * v = p (1 - v) + v (1 - p). So it is
    log 2 - h(p * h^-1(log 2 - rate)). Above log 2 nothing more is gained.

    Source: Wyner and Ziv, "A theorem on the entropy of certain binary sequences
    and applications" (1973), doi:10.1109/TIT.1973.1055107, theorem 1.

    Examples
    --------
    >>> round(gerber_relevance(0.1, 0.5 * math.log(2)), 4)
    0.2098
    """
    p = check_number("p", p, low=0.0, high=1.0)
    left = math.log(2.0) - min(check_number("rate", rate, low=0.0), math.log(2.0))
    low, high = 0.0, 0.5
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if float(binary_entropy(middle)) < left else (low, middle)
    return max(0.0, math.log(2.0) - float(binary_entropy(p * (1.0 - high) + high * (1.0 - p))))
