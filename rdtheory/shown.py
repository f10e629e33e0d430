"""How what the library returns is printed: a line or a small table, whatever it holds.

`Shown` gives a dataclass (with `repr=False`) a line of its numbers, arrays by their shapes, and a
table of them in a notebook. `short_signature` leaves annotations out of what `help` shows.
"""

import html
import inspect
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

F = TypeVar("F")

LONG = 40
"""Letters of a text that is shown whole."""


class Text(str):
    """Text that is shown without quotation marks."""

    __slots__ = ()

    __repr__ = str.__str__


class Shown:
    """A dataclass that is printed in a line, and as a small table in a notebook."""

    def shown(self) -> dict[str, Any]:
        """Return what is shown, by name."""
        return {
            one.name: getattr(self, one.name)
            for one in fields(self)  # type: ignore[arg-type]
            if one.repr
        }

    def __repr__(self) -> str:
        parts = [f"{name}={short(value)}" for name, value in self.shown().items()]
        return f"{type(self).__name__}({', '.join(parts)})"

    def _repr_html_(self) -> str:
        rows = [(name, short(value)) for name, value in self.shown().items()]
        return html_table(type(self).__name__, (), rows)


class ShownCurve(Shown):
    """A certified curve of solved points, printed as a title and a table of some of them.

    Its owner has `points` (each with a `gap`), `width` and `converged`, and says the title and what
    is in the cells.
    """

    points: tuple[Any, ...]
    width: float
    converged: bool

    def table(self, *, units: str = "nats", most: int = 8) -> str:
        """Return at most so many of the points as a table, evenly spread."""
        return text_table(*self._cells(units, most))

    @property
    def max_gap(self) -> float:
        """Largest certified gap of a point, in nats."""
        return max(point.gap for point in self.points)

    @property
    def _counted(self) -> str:
        return f"{len(self.points)} point{'s' * (len(self.points) != 1)}"

    def _known(self, unit: str) -> str:
        return f"known within {self.width:.1e} {unit}" + ", not converged" * (not self.converged)

    def _title(self) -> str:
        raise NotImplementedError

    def _cells(self, units: str, most: int) -> tuple[list[str], list[list[str]]]:
        """Return the header and the rows of a table of at most so many points."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{self._title()}\n{self.table()}"

    def _repr_html_(self) -> str:
        return html_table(self._title(), *self._cells("nats", 8))


def short(value: Any) -> str:  # noqa: ANN401  (whatever a result holds)
    """Return a value in few letters: numbers with six digits, arrays by their shape.

    Examples
    --------
    >>> short(np.eye(3)), short(0.1 + 0.2), short((1, 2)), short([Shown()] * 9)
    ('(3, 3) floats', '0.3', '(1, 2)', '9 Shown')
    >>> short(np.array([0.5, 0.25])), short("a" * 50)
    ('[0.5 0.25]', "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...'")
    """
    if isinstance(value, Text):
        return str(value)
    if isinstance(value, np.ndarray):
        if value.ndim == 1 and value.size <= 4 and value.dtype.kind in "fiub":
            return f"[{' '.join(short(one) for one in value.tolist())}]"
        kind = {"f": "floats", "i": "integers", "b": "booleans"}.get(value.dtype.kind, "entries")
        return f"{value.shape} {kind}"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        if len(value) <= 2 and all(isinstance(one, int | float | str) for one in value):
            return f"({', '.join(short(one) for one in value)})"
        return f"{len(value)} {type(value[0]).__name__}" if value else "none"
    if callable(value):
        return getattr(value, "__name__", type(value).__name__)
    text = repr(value)
    end = text[-1] if isinstance(value, str) else ""
    return text if len(text) <= LONG or isinstance(value, Shown) else f"{text[: LONG - 2]}...{end}"


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return columns of text, flush right.

    Examples
    --------
    >>> print(text_table(["a", "bc"], [["10", "2"]]))
     a  bc
    10   2
    """
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in (header, *rows)
    ]
    return "\n".join(lines)


def html_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a small table for a notebook."""

    def row(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    head = f"<thead>{row(header, 'th')}</thead>" if header else ""
    body = "".join(row(cells, "td") for cells in rows)
    return f"<table><caption>{html.escape(title)}</caption>{head}<tbody>{body}</tbody></table>"


def few(many: Sequence[Any], most: int) -> list[Any]:
    """Return at most so many of a sequence, evenly spread, its first and last among them.

    Examples
    --------
    >>> few(range(100), 4)
    [0, 33, 66, 99]
    """
    if len(many) <= most:
        return list(many)
    return [many[round(k * (len(many) - 1) / (most - 1))] for k in range(most)]


def short_signature(named: F) -> F:
    """Leave annotations out of what `help` shows of a function or a class, so that it fits a line.

    They stay where type checkers look; units and shapes are in the docstring.
    """
    parameters = list(inspect.signature(named).parameters.values())  # type: ignore[arg-type]
    return with_signature(named, parameters)


def with_signature(named: F, parameters: list[inspect.Parameter]) -> F:
    """Show parameters without their annotations as the signature of a function or a class."""
    bare = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in parameters]
    named.__signature__ = inspect.Signature(bare)  # type: ignore[attr-defined]
    return named
