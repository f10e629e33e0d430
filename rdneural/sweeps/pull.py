"""Bring the runs of two machines together: finished runs of another sweep, or its rows alone."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rdneural.records.layout import HERE, PULLED, RESULT, RUNS, TABLE
from rdneural.records.locks import alone_in
from rdneural.records.settings import RunSettings
from rdneural.records.sizes import SIZES
from rdneural.records.table import check_row, read_table, row_of, write_table
from rdneural.sweeps.plan import Planned, extend_plan, extended_plan, name_of, read_plan
from rdneural.sweeps.results import collect, load_result, pulled_rows
from rdtheory.results import result_head, write_json


def pull(source: Path, place: Path, *, origin: str | None = None) -> dict[str, Any]:
    """Take the finished runs of another sweep, which come with its directories, or as rows alone.

    Parameters
    ----------
    source
        directory of a sweep, copied from another machine, or a `table.csv`; or any directory with
        the `run.json` of single runs in it or at any depth below it, of which rows are made, or one
        such file.
    place
        directory of the sweep that takes them in.
    origin
        what the table calls where they come from; the name of the source's directory where None.

    Returns
    -------
    dict
        `taken`, `copied` (those of them that came with their directory) and `kept`, names of runs;
        a run that is finished here is kept as it is.

    Raises
    ------
    ValueError
        where the source is no sweep or no table, or a run of the same name has other settings or
        other data, the origin is "here" or no name, or a sweep is at work in `place`.
    """
    if source.name == RESULT:
        source = source.parent
    if not source.exists():
        raise ValueError(f"{source} must be a directory with runs, or a {TABLE}, got nothing there")
    table = source / TABLE if source.is_dir() else source
    origin = origin or table.parent.resolve().name
    if origin == HERE or not origin.isprintable():
        raise ValueError(f"origin must be a name other than {HERE!r}, got {origin!r}")
    loose = source.is_dir() and not table.exists()
    theirs = _rows_of_runs(source) if loose else read_table(table)
    with alone_in(place):
        return _pulled(theirs, table, place, origin, named=source if loose else table)


def _pulled(
    theirs: list[dict[str, Any]], table: Path, place: Path, origin: str, *, named: Path
) -> dict[str, Any]:
    plan = read_plan(place)
    settings = {run.name: run.settings for run in plan}
    ours = {row["run"]: row for row in collect(place, plan)}
    data = {row["data"] for row in ours.values()}
    sizes = {_size_of(row): row["preset"] for row in ours.values()}
    for row in theirs:
        side = _size_of(row)
        if sizes and side not in sizes:
            raise ValueError(
                f"preset must have images as large as those of the runs in {place}, "
                f"{min(sizes.values())}, got {row['preset']} in {named}"
            )
        if row["run"] in settings:
            check_row(row, settings[row["run"]], named)
        if data - {row["data"]}:
            raise ValueError(
                f"data must be those of the runs in {place}, {min(data)}, got {row['data']}"
            )
    taken = [row | {"origin": origin} for row in theirs if row["run"] not in ours]
    planned = {run.name: run for run in read_plan(table.parent)}
    strange = [planned[row["run"]] for row in taken if row["run"] in planned.keys() - settings]
    extended_plan(place, strange)  # before anything is copied
    copied = [
        row["run"] for row in taken
        if row["run"] in planned and _copy(table.parent / RUNS / row["run"], place / RUNS)
    ]  # fmt: skip
    rows = pulled_rows(place) | {row["run"]: row for row in taken}
    head = result_head("pull", settings={}, seed=0, seconds=0.0)
    write_json(place / PULLED, head | {"rows": list(rows.values())}, overwrite=True)
    extend_plan(place, [planned[name] for name in copied if name not in settings])
    write_table(place, collect(place, read_plan(place)))
    return {
        "taken": [row["run"] for row in taken],
        "copied": copied,
        "kept": [row["run"] for row in theirs if row["run"] in ours],
    }


def _size_of(row: Mapping[str, Any]) -> int | str:
    """Return how large the images of a row are: a side, or the frame of own ones."""
    return row["frame"] or SIZES[row["preset"]].side


def _rows_of_runs(directory: Path) -> list[dict[str, Any]]:
    """Return the rows of the runs in and below a directory that is no sweep's."""
    rows: dict[str, dict[str, Any]] = {}
    for path in sorted(directory.rglob(RESULT)):
        try:
            result = json.loads(path.read_text())
            settings = RunSettings(**result["settings"])
            run = Planned(name_of(settings), settings)
            row = row_of(run.name, HERE, load_result(path.parent, run))
        except (OSError, LookupError, TypeError, ValueError) as error:
            raise ValueError(f"{path} must be the result of a run, got {error!r}") from error
        if run.name in rows:
            raise ValueError(f"runs below {directory} must differ, got {run.name} twice")
        rows[run.name] = row
    if not rows:
        raise ValueError(f"{directory} must have a {TABLE}, or a {RESULT} below it, got none")
    return list(rows.values())


def _copy(directory: Path, runs: Path) -> bool:
    """Copy a finished run, whole or not at all; return whether it was there and had room."""
    place = runs / directory.name
    if place.exists() or not (directory / RESULT).exists():
        return False
    runs.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=runs, prefix=".") as temporary:
        copied = Path(temporary) / directory.name
        shutil.copytree(directory, copied, ignore=shutil.ignore_patterns(".*"))
        copied.rename(place)
    return True
