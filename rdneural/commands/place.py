"""Directories for results, which no command beside this one takes."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

RESULTS = Path("runs")
"""Where commands leave what they find, if they are not told."""

PROBE = 64 * 1024
"""Bytes that are written and removed again, to see that there is room for any."""


def claim(command: str, within: Path = RESULTS) -> Path:
    """Make a directory of a command's name and a new number; remove it if it stays empty."""
    from rdneural.records.places import new_place

    if within != RESULTS and not within.is_dir():
        raise ValueError(f"{within} must be the directory of a run, got nothing there")
    try:
        _make(within)
        place = new_place(command, within)
    except OSError as error:
        raise ValueError(_unwritable(within, error)) from error
    _remove_if_empty_at_the_end(place)
    return place


def take(place: Path, *, locked: bool = True) -> None:
    """Take a directory for this command alone, until it ends; what it made of it goes if empty.

    Without `locked` it is only made and tried, for who holds its lock himself.

    Raises
    ------
    ValueError
        where it cannot be made or written, or another command is at work in it.
    """
    from rdneural.records.locks import alone_in

    if place.exists() and not place.is_dir():
        raise ValueError(f"--out must be a directory, got the file {place}")
    try:
        _make(place)
        if locked:
            click.get_current_context().find_root().with_resource(alone_in(place))
        probe(place)
    except OSError as error:
        raise ValueError(_unwritable(place, error)) from error


def refuse_another(place: Path, file: str) -> None:
    """Refuse a directory that holds what another command goes on with; `file` is the own result."""
    from rdneural.records.places import check_own_place

    check_own_place(place, file, "--out")


def refuse_results(place: Path, names: Sequence[str], *, overwrite: bool) -> None:
    """Refuse to overwrite files of these names, of which the first is the result."""
    from rdtheory.results import refuse_existing

    for name in names:
        try:
            refuse_existing(place / name, overwrite=overwrite)
        except FileExistsError as error:
            more = ", or --resume to go on with a run" if len(names) > 1 else ""
            raise FileExistsError(f"{error}{more}") from None


def check_begun(place: Path | None, names: Sequence[str]) -> None:
    """Refuse to go on with a directory that holds nothing to go on with: files of these names."""
    if place is None:
        raise ValueError("--resume needs --out, the directory to go on with")
    from rdneural.records.layout import CHECKPOINT

    begun = place.is_dir() and (CHECKPOINT not in names or any((place / n).exists() for n in names))
    if not begun:
        raise ValueError(f"--resume needs --out with a checkpoint to go on with, got {place}")


def check_reachable(place: Path) -> None:
    """Refuse a directory of which it cannot even be said whether it is there."""
    try:
        place.lstat()
    except (FileNotFoundError, NotADirectoryError):
        pass  # to be made, or refused where it cannot
    except OSError as error:
        raise ValueError(_unwritable(place, error)) from error


def probe(directory: Path) -> None:
    """Raise `OSError` where a directory has no room for a file, or takes none."""
    path = directory / f".probe.{os.getpid()}"
    try:
        path.write_bytes(bytes(PROBE))
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def check_file(option: str, path: Path) -> None:
    """Refuse a file that an option names where it cannot be written."""
    try:
        probe(path.parent)
    except OSError as error:
        reason = error.strerror or error
        raise ValueError(
            f"{option} must be a file that can be written, got {path}: {reason}"
        ) from (error)


def is_empty(place: Path) -> bool:
    """Return whether there is nothing in a directory, or but the lock."""
    from rdneural.records.layout import LOCK

    return not place.is_dir() or all(path.name == LOCK for path in place.iterdir())


def _unwritable(place: Path, error: OSError) -> str:
    reason = error.strerror or error
    return f"--out must be a directory that can be written, got {place}: {reason}"


def _make(place: Path) -> None:
    """Make a directory and those above it; remove what stays empty of them."""
    missing = [path for path in (place, *place.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        _remove_if_empty_at_the_end(path)


def _remove_if_empty_at_the_end(place: Path) -> None:
    def remove() -> None:
        from rdneural.records.layout import LOCK

        with suppress(OSError):
            if is_empty(place):
                (place / LOCK).unlink(missing_ok=True)
                place.rmdir()

    click.get_current_context().find_root().call_on_close(remove)
