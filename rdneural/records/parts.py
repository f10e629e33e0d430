"""Own parts of a model as a run names them: the sign `o` in the family, and where each is."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rdneural.records.names import OWN_PART, PARTS, discrete_of


def with_own_parts(family: str, parts: Iterable[str]) -> str:
    """Return a family of which some parts are own ones.

    Examples
    --------
    >>> with_own_parts("-+v", ["encoder"]), with_own_parts("o+v", ["encoder"])
    ('o+v', 'o+v')
    """
    signs = dict(zip(PARTS, family, strict=True)) if len(family) == len(PARTS) else {}
    own = dict.fromkeys(parts, OWN_PART)
    if own and discrete_of(family) is not None:
        raise ValueError(f"model must be one of the twelve to have own parts, got {family!r}")
    return "".join((signs | own).values()) if own and signs else family


def place_of_part(text: str) -> str:
    """Return where a part is, as it is found from any directory: a file's path is made absolute.

    Examples
    --------
    >>> place_of_part("/tmp/./parts.py:Mine"), place_of_part("parts:Mine"), place_of_part("mine")
    ('/tmp/parts.py:Mine', 'parts:Mine', 'mine')
    """
    file, _, name = text.rpartition(":")
    return f"{Path(file).resolve()}:{name}" if file.endswith(".py") else text


def parts_asked(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a command is asked for, its family with `o` for the parts that are given."""
    given = {part: place_of_part(asked[part]) for part in PARTS if asked.get(part) is not None}
    return {**asked, **given, "model": with_own_parts(asked["model"], given)}
