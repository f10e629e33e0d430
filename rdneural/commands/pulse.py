"""Long work is never silent: a first line that says what runs, then a line now and then."""

import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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


@contextmanager
def bar_of_shares(label: str, tell: Callable[[str], None]) -> Iterator[Callable[[float], None]]:
    """Yield what takes shares of work that are done, and shows them as a bar in a terminal.

    Elsewhere `tell` is called with a line. After the work each warning is said, as one line.
    """
    hidden = not sys.stderr.isatty()  # where an error is to be the only line
    begun = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with click.progressbar(length=1000, label=label, file=sys.stderr, hidden=hidden) as bar:
            done = 0.0

            def progress(share: float) -> None:
                nonlocal done
                before, done = round(1000 * done), done + share
                bar.update(round(1000 * done) - before)
                left = (time.perf_counter() - begun) * (1 - done) / max(done, 1e-9)
                tell(f"{label}, {done:.0%} done, {left:.0f} s left" if hidden else "")

            tell(label if hidden else "")
            yield progress
    for warning in caught:
        click.echo(f"warning: {warning.message}", err=True)


def say(line: str) -> None:
    """Print a line on stderr, above the progress bar of a run if there is one."""
    if "tqdm" in sys.modules:
        from tqdm import tqdm

        tqdm.write(line, file=sys.stderr)
    else:
        click.echo(line, err=True)
