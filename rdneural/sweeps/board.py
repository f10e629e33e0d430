"""The history of runs for TensorBoard, written row by row as training goes on."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rdneural.records.layout import BOARD
from rdneural.sweeps.results import steps_behind

SCALARS = (
    "beta", "learning_rate", "gradient_norm",
    "train_rate", "train_distortion", "train_elbo", "valid_rate", "valid_distortion", "valid_elbo",
)  # fmt: skip

WriteRow = Callable[[int, dict[str, float]], None]
"""Takes the number of a run and a row of its history."""


@contextmanager
def boards(places: Sequence[Path], *, wanted: bool = True) -> Iterator[WriteRow | None]:
    """Yield what writes rows for TensorBoard beside runs, or None where that is not wanted.

    Of a run that is resumed the rows after its checkpoint are written again, in place of the first.

    Raises
    ------
    ImportError
        where TensorBoard is not installed.
    """
    if not wanted:
        yield None
        return
    check_tensorboard()
    from torch.utils.tensorboard import SummaryWriter

    with ExitStack() as closing:
        writers = [
            closing.enter_context(
                SummaryWriter(str(place / BOARD), purge_step=steps_behind(place) + 1)
            )
            for place in places
        ]

        def write_row(index: int, row: dict[str, float]) -> None:
            for name in SCALARS:
                writers[index].add_scalar(name, row[name], int(row["step"]))
            writers[index].flush()

        yield write_row


def check_tensorboard() -> None:
    """Raise `ImportError` with a line that helps where TensorBoard is not installed."""
    try:
        import tensorboard  # noqa: F401
    except ImportError as error:
        raise ImportError("TensorBoard must be installed: pip install tensorboard") from error
