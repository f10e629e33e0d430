"""Long work is never silent: a first line that says what runs, then a line now and then."""

import sys
import threading
import time

import click

FIRST = 0.5
"""Seconds after which the first line is said: input that is at fault ends in one line before."""

EVERY = 20.0
"""Seconds between the lines after it."""


class Pulse:
    """Says on stderr what a command is at, from a thread of its own.

    Parameters
    ----------
    head
        the first line: what runs, where its results will be, and about how long it takes.
    """

    def __init__(self, head: str) -> None:
        self.head, self.begun = head, time.monotonic()
        self.latest: str | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._thread.start()

    def tell(self, line: str) -> None:
        """Note what is being done, to be said when it is time; nothing where a bar says it."""
        self.latest = line

    def stop(self) -> None:
        """Say no more."""
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        if self._over.wait(FIRST):
            return
        say(self.head)
        while not self._over.wait(EVERY):
            if self.latest is None:
                what, seconds = self.head.partition(",")[0], time.monotonic() - self.begun
                say(f"{what}: at it for {seconds:.0f} s")
            elif self.latest:
                say(self.latest)


def say(line: str) -> None:
    """Print a line on stderr, above the progress bar of a run if there is one."""
    if "tqdm" in sys.modules:
        from tqdm import tqdm

        tqdm.write(line, file=sys.stderr)
    else:
        click.echo(line, err=True)
