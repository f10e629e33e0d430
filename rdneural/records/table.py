"""The one tidy table of a sweep: a row for each finished run, made from its `run.json`.

Columns are the run's name, where it was made and whether all its epochs were; its settings; what
training says of itself; R, D and R + D of every split with their standard errors; and, by what test
images say, whether a target rate was met, by how many nats it was missed, and whether training
diverged (`rdneural.records.asked`). `pandas` reads it with `read_csv`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from rdneural.records.asked import OUTCOME, outcome_of_result, outcome_of_row
from rdneural.records.layout import HERE, SPLITS, TABLE
from rdneural.records.measured import Measured
from rdneural.records.own import words_of
from rdneural.records.plan import is_complete
from rdneural.records.settings import LATER, RunSettings
from rdtheory.results import MISSING, read_rows, read_text, write_rows

Row = dict[str, Any]
"""A row of a table, by the names of its columns."""

LEFT_OUT = ("dataset", "data", "device", "epochs")
"""Settings that have no column, or another name: `data` and `device` are what was found."""

SETTINGS = ("epochs_asked", *(f.name for f in fields(RunSettings) if f.name not in LEFT_OUT))
TIMES = ("seconds", "training_seconds", "images_per_second", "peak_memory_mib")
"""Columns that differ from one time to the next; everything else is a function of the settings."""

FOUND = ("parameters", "final_beta", "log_spread", "epochs", "steps", "stopped_early", *TIMES)
MEASURED = ("rate", "rate_se", "distortion", "distortion_se", "elbo", "elbo_se")
MEASURES = tuple(f"{split}_{field.name}" for split in SPLITS for field in fields(Measured))
STORED = (
    "run", "origin", "complete", "data", "warning", "device", *SETTINGS, *FOUND, *MEASURES,
)  # fmt: skip
"""Columns that a table must have; the others are made from these wherever a table is read."""

COLUMNS = (*STORED, *OUTCOME)
TEXTS = (
    "run", "origin", "data", "warning", "device", "model", "preset", "schedule", "precision",
    "frame", "binarise", "likelihood", "encoder", "decoder", "marginal", "optimiser",
)  # fmt: skip
"""Columns of text; the others hold numbers or truth values."""


COUNTS = (
    "parameters", "steps", *(f"{split}_images" for split in SPLITS),
    *(f.name for f in fields(RunSettings) if f.type in (int, int | None)),
)  # fmt: skip
"""Columns of whole numbers."""

NEEDED = (
    "epochs_asked", "seed", "epochs", "steps",
    *(f"{split}_{name}" for split in ("train", "test") for name in MEASURED),
)  # fmt: skip
"""Columns that hold a number in every row."""


def row_of(name: str, origin: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of a run, given the content of its `run.json`."""
    settings = _columns_of(result["settings"])
    return {
        "run": name,
        "origin": origin,
        "complete": is_complete(result),
        **{column: result[column] for column in ("data", "warning", "device")},
        **{column: settings[column] for column in SETTINGS},
        **{column: result[column] for column in FOUND},
        **{
            f"{split}_{field.name}": result[split][field.name]
            for split in SPLITS
            for field in fields(Measured)
        },
        **outcome_of_result(result),
    }


def _columns_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run's settings as a row has them."""
    settings = {**LATER, **settings}
    return settings | {"epochs_asked": settings["epochs"], "frame": words_of(settings["frame"])}


def whole_row(stored: Mapping[str, Any]) -> Row:
    """Return a row with all columns, given at least those that tables must have.

    Raises `LookupError` where one of these lacks, but for those that came later.
    """
    later = {name: value for name, value in LATER.items() if stored.get(name) is None}
    known = {**stored, **later}
    row = {name: _own(name, known[name]) for name in STORED}
    return row | outcome_of_row(row)


def _own(name: str, value: Any) -> Any:  # noqa: ANN401
    """Return what we write of what other tools made of it.

    They make 4.0 of 4 where some rows have none, and write `NaN` where there is no text.
    """
    if name in COUNTS and isinstance(value, float) and value.is_integer():
        return int(value)
    return None if name in TEXTS and str(value).lower() in MISSING else value


def write_table(place: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write `table.csv` in a sweep's directory, in place of one that is there."""
    write_rows(place / TABLE, COLUMNS, rows, overwrite=True)


def read_table(path: Path) -> list[dict[str, Any]]:
    """Read the rows of a table, given its path or its directory.

    Whether targets were met is worked out anew: tables of earlier versions do not say it.
    """
    file = path / TABLE if path.is_dir() else path
    rows = read_rows(file, STORED, texts=TEXTS, optional=LATER, needed=NEEDED)
    return [whole_row(row) for row in rows]


def has_rows(place: Path) -> bool:
    """Return whether the table of a sweep has any row; True where it cannot be read."""
    try:
        return bool(_rows_within(place / TABLE))
    except ValueError:
        return True


def kept_rows(place: Path) -> dict[str, Row]:
    """Return the rows of a sweep's table that were made there, by the names of their runs.

    One that is missing or empty has none. `ValueError` where it is broken.
    """
    try:
        rows = _rows_within(place / TABLE)
    except ValueError as error:
        raise ValueError(f"{error}; remove it, and it is made again of the runs") from error
    return {row["run"]: row for row in rows if row["origin"] == HERE}


def _rows_within(path: Path) -> list[Row]:
    """Return the rows of a table; none of one that is not there, or has not even a heading."""
    return read_table(path) if path.exists() and read_text(path).strip() else []


def is_of(row: Mapping[str, Any], settings: RunSettings) -> bool:
    """Return whether a row of a table is of a run with these settings."""
    asked = _columns_of(settings.as_dict())
    return all(row[column] == asked[column] for column in SETTINGS)


def check_row(row: Mapping[str, Any], settings: RunSettings, path: Path) -> None:
    """Raise `ValueError` where a row of a table is of other settings than a run's."""
    asked = _columns_of(settings.as_dict())
    for column in SETTINGS:
        if row[column] != asked[column]:
            raise ValueError(
                f"{column} must be that of {row['run']} in {path}, {row[column]}, "
                f"got {asked[column]}"
            )
