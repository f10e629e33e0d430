"""How what was found looks in Python: a few lines, a table for notebooks, a DataFrame."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any


def lines_of(summary: Mapping[str, Any]) -> list[str]:
    """Return a line for each entry, names before.

    Examples
    --------
    >>> lines_of({"run": "runs/x", "R": 2.5})
    ['run  runs/x', 'R    2.5']
    """
    width = max(map(len, summary))
    return [f"{name:{width}}  {value}" for name, value in summary.items()]


def html_of(summary: Mapping[str, Any]) -> str:
    """Return a table of names and values as HTML."""
    rows = "".join(
        f'<tr><th style="text-align:left">{escape(name)}</th>'
        f'<td style="text-align:left">{escape(str(value))}</td></tr>'
        for name, value in summary.items()
    )
    return f"<table>{rows}</table>"


def table_of(rows: Sequence[Mapping[str, Any]]) -> Any:  # noqa: ANN401
    """Return rows as a `pandas.DataFrame` where pandas is there, else as a list of dicts."""
    try:
        import pandas as pd
    except ImportError:
        return [dict(row) for row in rows]
    return pd.DataFrame([dict(row) for row in rows])
