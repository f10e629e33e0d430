"""The lock of a directory: one command at a time leaves results in it.

The operating system frees it however a process ends; the file that stays behind holds nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from rdneural.records.layout import LOCK


class BusyError(ValueError):
    """Another process works in a directory."""


@contextmanager
def alone_in(directory: Path, *, patience: float = 0.0) -> Iterator[None]:
    """Hold the lock of a directory, which is made if it is not there.

    Parameters
    ----------
    directory
        where results are to be left.
    patience
        seconds to wait for the lock, which a process that was killed gives back at once.

    Raises
    ------
    BusyError
        where another process holds it.
    OSError
        where the directory cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    lock = FileLock(directory / LOCK)
    try:
        lock.acquire(timeout=patience)
    except Timeout:
        raise BusyError(
            f"{directory} must be the directory of one command at a time, got another at work in it"
        ) from None
    try:
        yield
    finally:
        lock.release()


def is_locked(directory: Path) -> bool:
    """Return whether a process works in a directory at this moment."""
    if not (directory / LOCK).exists():
        return False
    try:
        with alone_in(directory):
            return False
    except BusyError:
        return True
