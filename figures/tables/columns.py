"""How most tables look: columns of text as it is, aligned to the right."""

from collections.abc import Sequence
from typing import Any

from tabulate import tabulate


def columns(rows: Sequence[Sequence[Any]], header: Sequence[str]) -> str:
    """Return rows below their header, numbers printed as the cells spell them."""
    return tabulate(rows, header, disable_numparse=True, stralign="right")
