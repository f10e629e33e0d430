"""Results as pictures read them, without torch and warily: a sweep's table, runs, samples."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from figures.parts.sheet import squared
from rdneural.records import table
from rdneural.records.identity import check_own
from rdneural.records.layout import RESULT, TABLE
from rdneural.records.measured import Measured
from rdneural.records.names import is_family
from rdneural.records.settings import is_source
from rdneural.records.table import Row
from rdtheory.checks import Array
from rdtheory.results import array_names, read_arrays, read_json, result_name

COUNTS = ("images", "latent_samples")
MEASURES = tuple(field.name for field in fields(Measured) if field.name not in COUNTS)
"""R, D and R + D, each with its standard error."""
SHOWN = ("train", "test")
"""Of which images they are shown."""


def read_table(directory: Path) -> list[Row]:
    """Read the rows of the `table.csv` in a directory, one for each run that is finished.

    Raises
    ------
    ValueError
        where it is missing, broken or empty, or its rows are of different data.
    """
    path = directory / TABLE
    rows = table.read_table(path)
    if not rows:
        raise ValueError(f"{path} must have at least one row, got none")
    measured = [f"{split}_{measure}" for split in SHOWN for measure in MEASURES]
    for row in rows:
        if not is_family(row["model"]):
            raise ValueError(f"{path} must hold families of models only, got {row['model']!r}")
        check_numbers(path, {name: row[name] for name in measured})
    data = sorted({str(row["data"]) for row in rows})
    if len(data) > 1:
        raise ValueError(f"{path} must be of one data set, got {' and '.join(data)}")
    return rows


def tested(row: Row) -> dict[str, float]:
    """Return what a row says of test images, by the names of `MEASURES`."""
    return {name: row[f"test_{name}"] for name in MEASURES}


IMAGES = {
    "data": "data",
    "reconstruction": "sample",
    "reconstruction_mean": "average",
    "generation": "sample",
    "generation_mean": "average",
}
"""What a file of samples holds, and the heading of each column of images."""
HALVES = {
    "reconstruction": ("data", "reconstruction", "reconstruction_mean"),
    "generation": ("generation", "generation_mean"),
}
"""The columns under each half's heading; there are no reconstructions without images."""
COMMANDS = ("mnist", "omniglot", "own")
EARLY = ("steps", "planned_steps", "trained")
"""What is said of a run that was stopped early."""


def read_images(path: Path, *, alone: bool = False) -> dict[str, Array]:
    """Read the arrays of `IMAGES`, check them and return them, (count, size, size) in [0, 1].

    Images that are not square are made so (`figures.parts.sheet.squared`). Where the file has no
    `data`, and generations `alone` will do, they are all that is returned.
    """
    alone = alone and "data" not in array_names(path)
    halves = {half: names for half, names in HALVES.items() if not alone or half == "generation"}
    images = read_arrays(path, tuple(itertools.chain(*halves.values())))
    first = next(iter(images.values()))
    size = first.shape[1:] if first.ndim == 3 else (0, 0)
    for half, names in halves.items():
        count = len(images[half]) if images[half].ndim else 0
        for name in names:
            array = images[name]
            if array.shape != (count, *size) or not array.size:
                raise ValueError(
                    f"{path} must hold {', '.join(names)} of one shape (count, height, width) with "
                    f"the size of data, got {name} of shape {array.shape}"
                )
            if array.dtype.kind not in "bfiu" or not np.all((array >= 0) & (array <= 1)):
                raise ValueError(f"{path} must hold images in [0, 1], got others in {name}")
    return {name: squared(array) for name, array in images.items()}


def check_numbers(path: Path, measured: Mapping[str, Any]) -> None:
    """Check that what a file holds under these names are finite numbers, and errors at least 0."""
    for name, value in measured.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
            raise ValueError(f"{path} must hold a finite number as {name}, got {value!r}")
    for name in measured:
        if name.endswith("_se") and measured[name] < 0:
            raise ValueError(f"{path} must hold {name} of at least 0, got {measured[name]}")


def read_run(directory: Path) -> dict[str, Any]:
    """Read the `run.json` of a training run and check the entries that figures show.

    `ValueError` where one is missing, or the checkpoint beside it is another run's.
    """
    path = directory / RESULT
    try:
        command = json.loads(path.read_text())["command"]
    except (OSError, ValueError, LookupError, TypeError):
        command = None  # read_json says what is wrong
    known = command in COMMANDS or is_source(command)
    run = read_json(path, command=command if known else "` or `".join(COMMANDS))
    try:
        texts = [run["data"], run["settings"]["model"], run["settings"]["preset"]]
        numbers = [run["test"][name] for name in MEASURES]
        numbers += [run[name] for name in ("beta", "target_rate") if run[name] is not None]
        texts += [run["warning"]] if run["warning"] is not None else []
    except (LookupError, TypeError) as error:
        raise ValueError(f"{path} must hold every entry of a run, got {error!r}") from error
    for kind, values in ((str, texts), ((int, float), numbers)):
        for value in values:
            if not isinstance(value, kind) or (kind is not str and not np.isfinite(value)):
                what = "text" if kind is str else "a finite number"
                raise ValueError(f"{path} must hold {what} where it holds {value!r}")
    check_own(run, path)
    return run


def read_drawn(directory: Path) -> dict[str, Any]:
    """Read what `sample.json` says of the run that it drew from, as far as headings show it.

    Nothing was measured of it. `ValueError` where an entry is missing.
    """
    path = directory / result_name("sample")
    found = read_json(path, command="sample")
    try:
        run = {name: found[name] for name in ("data", "beta", "target_rate", "final_beta")}
        run["settings"] = {name: found[name] for name in ("model", "preset")}
        run["warning"] = found["warning"]
        early = {name: found["unfinished"][name] for name in EARLY} if "unfinished" in found else {}
    except (LookupError, TypeError) as error:
        raise ValueError(f"{path} must hold every entry of a sample, got {error!r}") from error
    return run | ({"unfinished": early} if early else {})
