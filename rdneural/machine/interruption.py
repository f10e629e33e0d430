"""An interruption that waits for the end of a step, so that nothing is lost."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Interruption:
    """Whether somebody asked to stop."""

    asked: bool = False


@contextmanager
def deferred_interruption() -> Iterator[Interruption]:
    """Note the first Ctrl-C, and the first termination, within the block; a second acts at once.

    Only the main thread receives signals; elsewhere the block changes nothing.
    """
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def note(number: int, frame: FrameType | None) -> None:
        interruption.asked = True
        signal.signal(number, before[signal.Signals(number)])

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in SIGNALS:
        signal.signal(number, note)
    try:
        yield interruption
    finally:
        restore()
