"""Own parts of a model as a run names them: the sign `o` in the family, and where each is."""

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rdneural.records.names import OWN_PART, PARTS, discrete_of, is_family


def with_own_parts(family: str, parts: Iterable[str]) -> str:
    """Return a family of which some parts are own ones.

    Examples
    --------
    >>> with_own_parts("-+v", ["encoder"]), with_own_parts("o+v", ["encoder"])
    ('o+v', 'o+v')
    """
    own = dict.fromkeys(parts, OWN_PART)
    if not own:
        return family
    if not is_family(family) or discrete_of(family) is not None:
        raise ValueError(f"model must be one of the twelve to have own parts, got {family!r}")
    return "".join((dict(zip(PARTS, family, strict=True)) | own).values())


def place_of_part(text: str) -> str:
    """Return where a part is, as it is found from any directory: a file's path is made absolute.

    Examples
    --------
    >>> place_of_part("/tmp/./parts.py:Mine"), place_of_part("parts:Mine"), place_of_part("mine")
    ('/tmp/parts.py:Mine', 'parts:Mine', 'mine')
    """
    file, _, name = text.rpartition(":")
    return f"{Path(file).resolve()}:{name}" if file.endswith(".py") else text


def check_named(part: str, text: str) -> None:
    """Raise `ValueError` where what a command is given cannot name a part, in no time.

    Examples
    --------
    >>> check_named("encoder", "mine.py")
    Traceback (most recent call last):
    ValueError: encoder must be module:Class or file.py:Class, got mine.py: name its class, \
mine.py:Class
    """
    file, _, name = text.rpartition(":")
    if not (file and name):
        hint = f": name its class, {text.rstrip(':')}:Class"
        raise ValueError(f"{part} must be module:Class or file.py:Class, got {text}{hint}")
    if file.endswith(".py") and not Path(file).is_file():
        raise ValueError(f"{part} must be in a file that is there, got {text}")
    if file.endswith(".py") and not _may_bind(Path(file), name.split(".")[0]):
        raise ValueError(f"{part} must be defined in its file, got {text}: it has no {name}")


def _may_bind(file: Path, name: str) -> bool:
    """Return whether a file, read and not run, may have a name: a word of its own says it can."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return True  # importing it says more
    words: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef() | ast.FunctionDef():
                words.add(node.name)
            case ast.Name():
                words.add(node.id)
            case ast.alias():
                words.add(node.asname or node.name.split(".")[0])
    return bool({name, "*", "__getattr__", "globals", "exec", "setattr"} & words)


def parts_asked(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a command is asked for, its family with `o` for the parts that are given.

    The family is its `model`, or its `models`, which must then be one. `ValueError` where something
    given cannot name a part.
    """
    given = {part: place_of_part(asked[part]) for part in PARTS if asked.get(part) is not None}
    name = "models" if "models" in asked else "model"
    return {**asked, **given, name: with_own_parts(asked[name], given)}
