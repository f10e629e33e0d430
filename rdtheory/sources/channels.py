r"""Textbook channels, and channels and costs that a user brings in a file.

A channel is W(y|x), a distribution over m outputs for each of n inputs; its capacity is

    C = max I(X; Y)  over the distributions p(x) of the input,

in nats. The named channels carry their closed form, where one is known.

Sources: Shannon, *A mathematical theory of communication* (1948); Gallager (1968), section 4.5;
Cover and Thomas (2006), chapter 7; Smith, "The information capacity of amplitude- and
variance-constrained scalar Gaussian channels" (1971).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import entr, ndtr

from rdtheory.checks import Array, check_array, check_conditional, check_count, check_number
from rdtheory.shown import Shown
from rdtheory.sources.files import read_table

ENTRIES = 25_000_000
"""Most entries of a named channel's table."""

REACH = 6.0
"""Standard deviations beyond the amplitude from which on outputs of a Gaussian channel are one."""

INPUTS, OUTPUTS = 1001, 2000
"""Of a Gaussian channel, unless told otherwise: an odd number of inputs has 0 among them."""

FILES = (".csv", ".npy")


@dataclass(frozen=True, eq=False, repr=False)
class Channel(Shown):
    """A finite channel.

    Parameters
    ----------
    name : how results call it; of a named channel the text that `named_channel`
        reads
    rows : (n, m) W(y|x), rows sum to 1
    inputs : (n,) coordinates of the letters x
    capacity : C in nats, or None where no closed form is known

    Examples
    --------
    >>> channel = Channel.numbered("mine", [[0.9, 0.1], [0.2, 0.8]])
    >>> channel.rows.shape
    (2, 2)
    """

    name: str
    rows: Array
    inputs: Array
    capacity: float | None = None

    @classmethod
    def numbered(cls, name: str, rows: Any, capacity: float | None = None) -> "Channel":  # noqa: ANN401  (as numpy takes it)
        """Return a channel whose letters are numbered from 0."""
        table = check_array("channel", rows, ndim=2)
        table = check_conditional("channel", rows, shape=table.shape)
        return cls(name, table, np.arange(table.shape[0], dtype=np.float64), capacity)


def symmetric(m: int, p: float) -> Channel:
    r"""Return the channel of m >= 2 letters that errs with chance p.

    Then every other letter is as likely. C = log m - h(p) - p log(m - 1).
    Raises `ValueError` where m or p is out of range.

    Examples
    --------
    >>> round(symmetric(2, 0.11).capacity, 6)  # half a bit
    0.346632
    """
    m, p = _check_letters("m", m), check_number("p", p, low=0.0, high=1.0)
    rows = np.full((m, m), p / (m - 1))
    np.fill_diagonal(rows, 1.0 - p)
    return Channel.numbered(
        f"symmetric:{m}:{p:.12g}", rows, math.log(m) - float(entr(rows[0]).sum())
    )


def bsc(p: float) -> Channel:
    """Return the binary symmetric channel, which flips a bit with chance p.

    Its capacity is log 2 - h(p).

    Source: Shannon (1948), doi:10.1002/j.1538-7305.1948.tb01338.x.

    Examples
    --------
    >>> round(bsc(0.11).capacity, 6)  # nearly log 2 / 2
    0.346632
    """
    found = symmetric(2, p)
    return Channel(f"bsc:{p:.12g}", found.rows, found.inputs, found.capacity)


def bec(p: float) -> Channel:
    r"""Return the binary erasure channel: a bit is lost with probability p.

    That it is lost is said. C = (1 - p) log 2. Raises `ValueError` where p is
    outside [0, 1].

    Source: Cover and Thomas (2006), doi:10.1002/047174882X, section 7.1.5.

    Examples
    --------
    >>> bec(0.25).rows
    array([[0.75, 0.25, 0.  ],
           [0.  , 0.25, 0.75]])
    """
    p = check_number("p", p, low=0.0, high=1.0)
    rows = [[1.0 - p, p, 0.0], [0.0, p, 1.0 - p]]
    return Channel.numbered(f"bec:{p:.12g}", rows, (1.0 - p) * math.log(2.0))


def z_channel(p: float) -> Channel:
    r"""Return the Z channel: 0 is read right, 1 as 0 with probability p.

    C = log(1 + (1 - p) p^(p / (1 - p))). Raises `ValueError` where p is outside
    [0, 1].

    Examples
    --------
    >>> round(math.exp(z_channel(0.5).capacity), 6)
    1.25
    """
    p = check_number("p", p, low=0.0, high=1.0)
    gain = (1.0 - p) * p ** (p / (1.0 - p)) if p < 1.0 else 0.0
    return Channel.numbered(f"z:{p:.12g}", [[1.0, 0.0], [p, 1.0 - p]], math.log1p(gain))


def typewriter(m: int) -> Channel:
    r"""Return the noisy typewriter: m >= 2 keys type a letter or the next one.

    Both have even odds, and the last key is followed by the first: C =
    log(m / 2).

    Source: Cover and Thomas (2006), doi:10.1002/047174882X, section 7.1.3.

    Examples
    --------
    >>> round(math.exp(typewriter(26).capacity), 6)  # every other key
    13.0
    """
    m = _check_letters("m", m)
    rows = 0.5 * (np.eye(m) + np.roll(np.eye(m), 1, axis=1))
    return Channel.numbered(f"typewriter:{m}", rows, math.log(m / 2))


def gaussian_channel(amplitude: float, *, inputs: int = INPUTS, outputs: int = OUTPUTS) -> Channel:
    r"""Return Y = X + N with |X| <= A and a unit normal N, on a grid.

    Outputs are bins. Inputs are equidistant on [-A, A], outputs equal bins of
    [-A - 6, A + 6] whose ends take the tails. Less than 1/2 log(1 + A^2),
    Shannon's bound for the power A^2, gets through; no closed form is known.
    Smith showed that the best input has finitely many values: two up to
    A = 1.6659, from where 0 is a third, which splits in two at A = 2.907.

    Raises `ValueError` where A is not positive or a number of letters out of
    range.

    Source: Smith (1971), doi:10.1016/S0019-9958(71)90346-9.

    Examples
    --------
    >>> channel = gaussian_channel(2.0, inputs=5, outputs=64)
    >>> channel.rows.shape, channel.inputs
    ((5, 64), array([-2., -1.,  0.,  1.,  2.]))
    """
    a = check_number("A", amplitude, low=1e-6, high=1e3)
    inputs = _check_letters("inputs", inputs, others=2)
    outputs = _check_letters("outputs", outputs, others=inputs)
    places = np.linspace(-a, a, inputs)
    edges = np.linspace(-a - REACH, a + REACH, outputs + 1)
    edges[[0, -1]] = -math.inf, math.inf
    away = edges - places[:, None]
    tail = ndtr(-np.abs(away))  # of whichever side is the smaller, so that far bins keep digits
    rows = np.diff(np.where(away > 0.0, -tail, tail), axis=1)
    rows[(away[:, :-1] <= 0.0) & (away[:, 1:] > 0.0)] += 1.0  # the bin that the input is in
    more = "" if (inputs, outputs) == (INPUTS, OUTPUTS) else f",inputs={inputs},outputs={outputs}"
    return Channel(f"gaussian:A={a:.12g}{more}", rows / rows.sum(axis=1, keepdims=True), places)


def _check_letters(name: str, value: int, *, others: int | None = None) -> int:
    """Return a number of letters, with those on the other side a table of a size that fits."""
    count = check_count(name, value, low=2)
    most = math.isqrt(ENTRIES) if others is None else ENTRIES // others
    if count > most:
        raise ValueError(f"{name} must be an integer of at most {most}, got {count}")
    return count


# -- channels by name, and from files -------------------------------------------------------------

FAMILIES: dict[str, tuple[Callable[..., Channel], tuple[type, ...], str]] = {
    "bsc": (bsc, (float,), "bsc:0.1"),
    "bec": (bec, (float,), "bec:0.3"),
    "z": (z_channel, (float,), "z:0.2"),
    "symmetric": (symmetric, (int, float), "symmetric:8:0.1"),
    "typewriter": (typewriter, (int,), "typewriter:27"),
}
GAUSSIAN = "gaussian:A=2"


def named_channel(text: str) -> Channel:
    r"""Return the channel that a text names: a family, or a user's file.

    The families are `bsc:P`, `bec:P`, `z:P`, `symmetric:M:P`, `typewriter:M`
    and `gaussian:A=A`, which also takes `inputs=N` and `outputs=M` behind
    commas. A file ends in `.csv` (a line for each input: the probabilities of
    its outputs) or in `.npy` (an array (n, m)).

    Raises
    ------
    ValueError
        where the name is unknown, a number missing, wrong or out of range, the
        file unreadable or truncated, or what it holds no channel.

    Examples
    --------
    >>> named_channel("z:0.25").rows
    array([[1.  , 0.  ],
           [0.25, 0.75]])
    """
    if not isinstance(text, str):
        raise TypeError(f"channel must be text, got {type(text).__name__}")
    path = Path(text)
    if path.suffix.lower() in FILES:
        try:
            return Channel.numbered(path.name, read_table(path))
        except TypeError as error:  # in a file a wrong type is a wrong value
            raise ValueError(f"{path}: {error}") from error
    family, *numbers = text.split(":")
    if family == "gaussian":
        return gaussian_channel(**_gaussian_options(text))
    if family not in FAMILIES:
        known = ", ".join([*(example for *_, example in FAMILIES.values()), GAUSSIAN])
        raise ValueError(f"channel must be like {known}, or a .csv or .npy file, got {text!r}")
    make, kinds, example = FAMILIES[family]
    try:
        values = [kind(number) for kind, number in zip(kinds, numbers, strict=True)]
    except ValueError as error:
        raise ValueError(f"channel {family} must be like {example}, got {text!r}") from error
    return make(*values)


def _gaussian_options(text: str) -> dict[str, Any]:
    """Return the arguments of `gaussian_channel` that a text like `gaussian:A=2,inputs=501` has."""
    kinds = {"A": float, "inputs": int, "outputs": int}
    found: dict[str, Any] = {}
    try:
        for part in text.partition(":")[2].split(","):
            name, _, number = part.partition("=")
            found[name] = kinds[name](number)
        found["amplitude"] = found.pop("A")
    except (KeyError, ValueError) as error:
        rule = f"channel gaussian must be like {GAUSSIAN} or {GAUSSIAN},inputs=501,outputs=1000"
        raise ValueError(f"{rule}, got {text!r}") from error
    return found


def named_cost(text: str, channel: Channel) -> Array:
    r"""Return what each letter of a channel costs, (n,).

    `square` is x^2 of the letter's coordinate, the power of a Gaussian channel;
    else numbers with commas between them, or a `.csv` or `.npy` file of as many
    numbers as the channel has inputs.

    Raises `ValueError` where the text is none of these, or there is another
    number of them.

    Examples
    --------
    >>> square = named_cost("square", gaussian_channel(2.0, inputs=3))
    >>> square, named_cost("0,1.5", bsc(0.1))
    (array([4., 0., 4.]), array([0. , 1.5]))
    """
    if text == "square":
        return np.square(channel.inputs)
    if Path(text).suffix.lower() in FILES:
        costs = np.ravel(read_table(Path(text)))
    else:
        try:
            costs = np.array([float(number) for number in text.split(",")])
        except ValueError as error:
            rule = "cost must be square, numbers like 0,1,2 or a .csv or .npy file"
            raise ValueError(f"{rule}, got {text!r}") from error
    try:
        costs = check_array("cost", costs, ndim=1)
    except TypeError as error:  # in a file a wrong type is a wrong value
        raise ValueError(f"{text}: {error}") from error
    if costs.size != channel.inputs.size:
        raise ValueError(f"cost must have one entry per input, {channel.inputs.size}, "
                         f"got {costs.size}")  # fmt: skip
    return costs
