"""The cells of printed tables."""

import re


def cells_of(line: str) -> list[str]:
    return re.split(r"\s{2,}", line.strip())


def row_of(text: str, name: str) -> list[str]:
    """Return the cells of the one line that begins with a name."""
    (found,) = (each for each in map(cells_of, text.splitlines()) if each[0] == name)
    return found
