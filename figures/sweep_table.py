"""The table of a sweep, `table.csv`, as the figures read it: without torch, and warily."""

from pathlib import Path
from typing import Any

from figures.families import is_model
from figures.rd_plane import check_numbers
from rdtheory.results import read_rows

TABLE = "table.csv"
TEXTS = ("run", "data", "warning", "device", "model", "preset")
SETTINGS = ("beta", "target_rate", "anneal", "seed", "epochs_asked", "final_beta", "epochs")
SPLITS = ("train", "test")
MEASURES = ("rate", "rate_se", "distortion", "distortion_se", "elbo", "elbo_se")
MEASURED = tuple(f"{split}_{measure}" for split in SPLITS for measure in MEASURES)
COLUMNS = (*TEXTS, "complete", *SETTINGS, *MEASURED, "parameters", "training_seconds", "seconds")
"""What figures need; a table has more."""

Row = dict[str, Any]


def read_table(directory: Path) -> list[Row]:
    """Read the rows of the `table.csv` in a directory, one for each run that is finished.

    Raises
    ------
    ValueError
        where it is missing, broken or empty, or its rows are of different data.
    """
    path = directory / TABLE
    rows = read_rows(path, COLUMNS, texts=TEXTS)
    if not rows:
        raise ValueError(f"{path} must have at least one row, got none")
    for row in rows:
        if not is_model(row["model"]):
            raise ValueError(f"{path} must hold families of models only, got {row['model']!r}")
        check_numbers(path, {name: row[name] for name in MEASURED})
    data = sorted({str(row["data"]) for row in rows})
    if len(data) > 1:
        raise ValueError(f"{path} must be of one data set, got {' and '.join(data)}")
    return rows
