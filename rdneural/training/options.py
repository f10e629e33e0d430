"""How a training is carried out, which changes nothing of what comes out of it."""

from collections.abc import Callable
from dataclasses import dataclass


def say_nothing(line: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class LoopOptions:
    """Options of a training loop.

    Attributes
    ----------
    checkpoint_seconds
        time between checkpoints: what a kill may cost.
    stop_after
        leave off after this step, as an interruption would, with a checkpoint.
    bar
        show a bar of the progress where stderr is a terminal.
    on_row
        called with each row of the history when it is made; where several models are trained
        together, with the number of the model before it.
    tell
        called now and then with a line that says what is being done, and how far it is.
    """

    checkpoint_seconds: float = 120.0
    stop_after: int | None = None
    bar: bool = True
    on_row: Callable[..., None] | None = None
    tell: Callable[[str], None] = say_nothing


PLAIN = LoopOptions()
