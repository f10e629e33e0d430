"""What a process has of its terminal: streams whose reader may leave, and a line that may hang up.

Whether anybody still reads what is said decides nothing about the work.
"""

import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, TextIO

GONE = (errno.EPIPE, errno.EIO)
"""Errors of a stream that nobody reads any more: a pipe that is closed, a terminal that is gone."""


class Lasting:
    """A text stream that is written to as before when its reader has gone; what is said is lost.

    Parameters
    ----------
    stream
        what is written to.
    errors
        numbers of the errors that mean no more than that; any where None.
    """

    def __init__(self, stream: TextIO, errors: tuple[int, ...] | None) -> None:
        self.stream, self.errors = stream, errors

    def write(self, text: str) -> int:
        """Write a text; return its length."""
        if text == "":  # which click writes to see what a stream takes, and takes no error for one
            return 0
        try:
            self.stream.write(text)
        except OSError as error:
            self._leave(error)
        return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        try:
            self.stream.flush()
        except OSError as error:
            self._leave(error)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (whatever else a stream has)
        return getattr(self.stream, name)

    def end(self) -> None:
        """Hand on what can be handed on, and let the rest go: it has been told of."""
        try:
            self.stream.flush()
        except OSError:
            self._let_go()

    def _leave(self, error: OSError) -> None:
        if self.errors is not None and error.errno not in self.errors:
            name = getattr(self.stream, "name", "stdout")
            raise OSError(error.errno, error.strerror, name) from error
        self._let_go()

    def _let_go(self) -> None:
        """Let what was written, and will be, go nowhere."""
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.stream.fileno())
            os.close(nowhere)


@contextmanager
def lasting_terminal() -> Iterator[None]:
    """Let a command end as it would where streams are closed, or close, before it does.

    A hang-up is a Ctrl-C, unless it is to be ignored (`nohup`). What is wrong with stdout but that
    nobody reads it, a full disk for one, is still an error; with stderr nothing is.
    """
    for number in range(3):  # or the next file that is opened would be in its place
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # it takes the lowest number that is free
            os.set_inheritable(opened, True)  # workers have streams, too
    before = sys.stdout, sys.stderr
    ours = (
        Lasting(sys.stdout or open(1, "w", closefd=False), GONE),  # noqa: SIM115
        Lasting(sys.stderr or open(2, "w", closefd=False), None),  # noqa: SIM115
    )
    sys.stdout, sys.stderr = ours
    try:
        with _hang_up_interrupts():
            yield
    finally:
        for stream in ours:
            stream.end()
        sys.stdout, sys.stderr = before


@contextmanager
def _hang_up_interrupts() -> Iterator[None]:
    number = getattr(signal, "SIGHUP", None)  # which not every system has
    here = threading.current_thread() is threading.main_thread()
    if number is None or not here or signal.getsignal(number) is not signal.SIG_DFL:
        yield
        return

    def interrupt(signal_number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(number, interrupt)
    try:
        yield
    finally:
        signal.signal(number, signal.SIG_DFL)
