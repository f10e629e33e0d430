"""What functions are given in Python besides settings, and how errors say what else to give."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from numbers import Real
from typing import Any

from rdtheory.checks import did_you_mean

IN_PYTHON = (
    ("pass --overwrite, or --resume to go on", "overwrite=True, or resume=True to go on"),
    ("pass --overwrite", "overwrite=True"),
    ("pass --data", "give data"),
)  # fmt: skip
"""What the commands advise, and how it is said in Python."""


@contextmanager
def said_in_python() -> Iterator[None]:
    """Let errors advise arguments of Python where they would name options; it decorates, too.

    Examples
    --------
    >>> with said_in_python():
    ...     raise FileExistsError("x exists: choose another place or pass --overwrite")
    Traceback (most recent call last):
    FileExistsError: x exists: choose another place or overwrite=True
    """
    try:
        yield
    except (FileExistsError, ValueError) as error:
        said = str(error)
        for option, argument in IN_PYTHON:
            said = said.replace(option, argument)
        if said == str(error) or type(error) not in (FileExistsError, ValueError):
            raise
        raise type(error)(said) from None


def check_given(given: Mapping[str, Any], known: Collection[str], *, of: str) -> None:
    """Raise `TypeError` where something is given that a function does not take.

    Examples
    --------
    >>> check_given({"foo": 3}, ("codes", "seed"), of="information")
    Traceback (most recent call last):
    TypeError: information takes codes, seed, got 'foo'
    """
    for name in given:
        if name not in known:
            meant = did_you_mean(name, known)
            raise TypeError(f"{of} takes {', '.join(known)}, got {name!r}{meant}")


def numbers_of(name: str, given: Any) -> list[float]:  # noqa: ANN401
    """Return numbers as a list, of one number or of many; `TypeError` where they are none.

    Examples
    --------
    >>> numbers_of("betas", 1), numbers_of("betas", (0.5, 2))
    ([1.0], [0.5, 2.0])
    """
    several = [given] if isinstance(given, Real) else given
    try:
        found = [given] if isinstance(given, str) else list(several)
    except TypeError:
        found = [given]
    for one in found:
        if isinstance(one, bool) or not isinstance(one, Real):
            raise TypeError(f"{name} must be numbers, got {one!r}")
    return [float(one) for one in found]


def families_of(models: Any) -> str:  # noqa: ANN401
    """Return families with commas between them, as they are, or of a list of them.

    Examples
    --------
    >>> families_of(["---", "?+v"])
    '---,?+v'
    """
    if isinstance(models, str):
        return models
    try:
        found = list(models)
    except TypeError:
        found = []
    if not found or not all(isinstance(one, str) for one in found):
        raise TypeError(f"models must be names of families, got {models!r}")
    return ",".join(found)
