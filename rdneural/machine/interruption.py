"""An interruption that waits for the end of a step, so that nothing is lost."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

HANG_UP = getattr(signal, "SIGHUP", None)
"""A terminal that is closed, where the system has that."""

SIGNALS = (signal.SIGINT, signal.SIGTERM, *(() if HANG_UP is None else (HANG_UP,)))


@dataclass
class Interruption:
    """Whether somebody asked to stop."""

    asked: bool = False


@contextmanager
def deferred_interruption() -> Iterator[Interruption]:
    """Note the first of each of `SIGNALS` within the block; a second acts at once.

    But for a hang-up, which a closed terminal and its shell send both, and which is ignored where
    it was (`nohup`).

    Only the main thread receives signals; elsewhere the block changes nothing.
    """
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    if before.get(HANG_UP) is signal.SIG_IGN:
        del before[HANG_UP]

    def note(number: int, frame: FrameType | None) -> None:
        interruption.asked = True
        if number != HANG_UP:
            signal.signal(number, before[signal.Signals(number)])

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in before:
        signal.signal(number, note)
    try:
        yield interruption
    finally:
        restore()
