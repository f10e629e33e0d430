"""Result files: JSON with a common head, arrays beside it, written atomically, read warily."""

import json
import os
import platform
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from rdtheory.checks import Array

FORMAT = 1
"""Version of the layout of result files; a reader refuses any other."""

PACKAGES = ("rdlatent", "numpy", "scipy", "numba")


def result_head(
    command: str,
    *,
    settings: Mapping[str, Any],
    seed: int,
    seconds: float,
    packages: tuple[str, ...] = PACKAGES,
) -> dict[str, Any]:
    """Return the entries that every result has, whatever its command.

    `versions` are those of the layout of result files, of Python, and of the packages named.

    Examples
    --------
    >>> sorted(result_head("toy", settings={}, seed=0, seconds=1.0))
    ['command', 'seconds', 'seed', 'settings', 'versions']
    """
    versions: dict[str, Any] = {"format": FORMAT, "python": platform.python_version()}
    versions.update({package: version(package) for package in packages})
    return {
        "command": command,
        "settings": dict(settings),
        "versions": versions,
        "seed": seed,
        "seconds": seconds,
    }


@contextmanager
def atomic_path(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its place once the block has succeeded.

    Raises `FileExistsError` where `path` exists and is not to be overwritten.
    """
    refuse_existing(path, overwrite=overwrite)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Raise `FileExistsError` where `path` exists and is not to be overwritten."""
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists: choose another place or pass --overwrite")


def write_json(path: Path, result: Mapping[str, Any], *, overwrite: bool = False) -> None:
    """Write a result as JSON; infinities and NaN have no place in it and raise `ValueError`."""
    with atomic_path(path, overwrite=overwrite) as temporary:
        temporary.write_text(dumps(result))


def dumps(result: Mapping[str, Any]) -> str:
    """Return a result as JSON text, one entry a line, ending in a newline."""
    return json.dumps(result, indent=2, allow_nan=False) + "\n"


def write_arrays(path: Path, arrays: Mapping[str, Array], *, overwrite: bool = False) -> None:
    """Write named arrays as a compressed `.npz`."""
    with atomic_path(path, overwrite=overwrite) as temporary:
        np.savez_compressed(temporary, **arrays)  # type: ignore[arg-type]


def read_json(path: Path, *, command: str) -> dict[str, Any]:
    """Read the result of a command back.

    Raises
    ------
    ValueError
        where the file is missing, unreadable, truncated, of another command or another format.
    """
    try:
        result = json.loads(path.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} must be a readable result file, got {error}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} must hold a whole JSON object, got {error}") from error
    if not isinstance(result, dict) or result.get("command") != command:
        found = result.get("command") if isinstance(result, dict) else type(result).__name__
        raise ValueError(f"{path} must be a result of `{command}`, got {found!r}")
    versions = result.get("versions")
    found = versions.get("format") if isinstance(versions, dict) else versions
    if found != FORMAT:
        raise ValueError(f"{path} must have format {FORMAT}, got {found!r}")
    return result


def read_arrays(path: Path, names: tuple[str, ...]) -> dict[str, Array]:
    """Read named arrays back; `ValueError` where the file or one of them is missing or broken."""
    try:
        # opened here, because np.load leaves a broken file open
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return {name: stored[name] for name in names}
    except KeyError as error:
        raise ValueError(f"{path} must hold the arrays {', '.join(names)}: {error}") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} must be a readable .npz file, got {error}") from error
