"""What lies in the directory of a sweep: results and failures of runs, and rows from elsewhere."""

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from rdneural.records.layout import CHECKPOINT, CURVE, FAILED, HERE, PULLED, RESULT, RUNS
from rdneural.records.table import (
    check_row,
    is_of,
    kept_rows,
    row_of,
    whole_row,
    write_table,
)
from rdneural.runs.stored import read_points
from rdneural.sweeps.curves import is_measured, rows_of, write_points
from rdneural.sweeps.planned import Planned
from rdneural.training.checkpoints import read_numbers
from rdneural.training.state import checkpoint_step
from rdtheory.results import read_json


def load_result(directory: Path, run: Planned) -> dict[str, Any]:
    """Return the result in a run's directory; `ValueError` where none is whole."""
    if run.curve is not None:
        return read_points(directory)
    path = directory / RESULT
    result = read_json(path, command=run.settings.dataset)
    try:
        row_of(run.name, HERE, result)
    except (LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise ValueError(f"{path} must hold what a run found, got {error!r}") from error
    return result


def read_result(directory: Path, run: Planned) -> dict[str, Any] | None:
    """Return the result in a run's directory, or None where there is none that is whole."""
    try:
        return load_result(directory, run)
    except ValueError:
        return None


def read_failure(directory: Path) -> str | None:
    """Return why a run failed, or None where it did not."""
    if not (directory / FAILED).exists():
        return None
    try:
        return str(read_json(directory / FAILED, command="failed")["reason"])
    except (ValueError, LookupError):
        return f"{FAILED} cannot be read"


def is_finished(
    place: Path, run: Planned, pulled: Mapping[str, Mapping[str, Any]], *, retry: bool = False
) -> bool:
    """Return whether a run is done, here or where it was `pulled` from, or failed for good.

    Raises
    ------
    ValueError
        where it was done with other settings.
    """
    directory = place / RUNS / run.name
    if run.name in pulled:
        check_row(pulled[run.name], run.settings, place / PULLED)
        return True
    result = read_result(directory, run)
    if result is not None and run.curve is not None:
        return is_measured(run, result, directory / CURVE)
    if result is not None:
        check_row(row_of(run.name, HERE, result), run.settings, directory / RESULT)
        return True
    return not retry and read_failure(directory) is not None


def steps_behind(directory: Path) -> int:
    """Return the steps that a run's checkpoint has made; 0 where there is none that can be read."""
    try:
        return checkpoint_step(directory)
    except ValueError:
        return 0


def share_done(directory: Path) -> float:
    """Return about which share of its training an unfinished run has behind it, by its history."""
    progress = _progress(directory)
    if not progress.get("history"):
        return 0.0
    row = progress["history"][-1]
    epochs = progress["step"] * row["epoch"] / row["step"]
    return min(1.0, float(epochs / progress["epochs"]))


def _progress(directory: Path) -> dict[str, Any]:
    try:
        numbers = read_numbers(directory / CHECKPOINT)
        return {**numbers["progress"], "epochs": numbers["settings"]["epochs"]}
    except (ValueError, LookupError, TypeError):
        return {}


def collect(place: Path, plan: Sequence[Planned]) -> list[dict[str, Any]]:
    """Return the rows of a sweep's table: of runs that are done, in the order of the plan.

    Rows that were pulled follow. Where a result is gone, the row that the table has of it is kept
    until there is another.
    """
    rows, pulled = _rows(place, plan)
    return [*rows.values(), *pulled.values()]


def _rows(
    place: Path, plan: Sequence[Planned]
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Return the rows of runs in the order of the plan, and those of runs that are not here."""
    pulled, kept = pulled_rows(place), kept_rows(place)
    rows = {}
    for run in plan:
        if run.curve is not None:  # whose points have a table of their own
            continue
        result = read_result(place / RUNS / run.name, run)
        if result is not None:
            origin = pulled[run.name]["origin"] if run.name in pulled else HERE
            rows[run.name] = row_of(run.name, origin, result)
        elif run.name in kept and is_of(kept[run.name], run.settings):
            rows[run.name] = kept[run.name]
    return rows, {name: row for name, row in pulled.items() if name not in rows}


class RowsOfSweep:
    """The rows of a sweep's tables while it is at work: read once, then kept up to date."""

    def __init__(self, place: Path, plan: Sequence[Planned]) -> None:
        self.place, self.order = place, [run.name for run in plan]
        self.rows, self.pulled = _rows(place, plan)
        self.points: dict[str, list[dict[str, Any]]] = {}
        for run in plan:
            result = None if run.curve is None else read_result(place / RUNS / run.name, run)
            if result is not None:
                self.take(run, result)

    def take(self, run: Planned, result: Mapping[str, Any]) -> None:
        """Take in the result of a run or a curve that is done."""
        if run.curve is None:
            self.rows[run.name] = row_of(run.name, HERE, result)
        else:
            self.points[run.name] = rows_of(run.name, result)

    def write(self) -> None:
        """Write `table.csv`: runs in the order of the plan, then those that were pulled.

        `points.csv` has the points of curves, where there are any.
        """
        ours = [self.rows[name] for name in self.order if name in self.rows]
        write_table(self.place, [*ours, *self.pulled.values()])
        write_points(self.place, [row for n in self.order for row in self.points.get(n, ())])

    @property
    def data(self) -> set[str]:
        """Names of the data of all rows."""
        of_runs = (*self.rows.values(), *self.pulled.values())
        return {row["data"] for row in (*of_runs, *chain.from_iterable(self.points.values()))}


def pulled_rows(place: Path) -> dict[str, dict[str, Any]]:
    """Return the rows that were pulled from other directories, by the names of their runs."""
    if not (place / PULLED).exists():
        return {}
    found = read_json(place / PULLED, command="pull")
    try:
        return {row["run"]: whole_row(row) for row in found["rows"]}
    except (LookupError, TypeError) as error:
        raise ValueError(f"{place / PULLED} must hold rows of a sweep, got {error!r}") from error
