"""What a directory is, by the files in it, and whether a command can take it; without torch."""

from pathlib import Path


def kind_of(directory: Path) -> str | None:
    """Return what a directory holds, as "a run" or "a sweep"; None where it is none of ours."""
    from rdneural.records import layout

    kinds = {
        layout.PLAN: "a sweep", layout.TABLE: "a sweep", layout.PULLED: "a sweep",
        layout.CURVE: "a curve", layout.VALIDATION: "a validation", layout.RESULT: "a run",
        layout.CHECKPOINT: "a run", layout.FAILED: "a run", layout.HISTORY_FILE: "a run",
        layout.USEFULNESS: "measurements", layout.DIAGONAL: "measurements",
    }  # fmt: skip
    return next((kind for name, kind in kinds.items() if (directory / name).is_file()), None)


def first_run(directory: Path) -> Path | None:
    """Return the directory of a run that lies in one of runs, or of a sweep, if there is any."""
    from rdneural.records.layout import CHECKPOINT, CURVE, RESULT, RUNS

    for within in (directory / RUNS, directory):
        names = {path.parent for name in (CHECKPOINT, RESULT) for path in within.glob(f"*/{name}")}
        runs = [name for name in names if not (name / CURVE).exists()]
        if runs:
            return min(runs)
    return None


def check_run(directory: Path, *, curves: bool = False) -> None:
    """Raise `ValueError` where a directory is not that of a run with a checkpoint that has a head.

    What it is instead is named, and which of the runs in it could be given. With `curves` it may be
    that of a curve.
    """
    from rdneural.records.identity import read_head
    from rdneural.records.layout import CHECKPOINT

    rule = f"{directory} must be the directory of a run, got"
    if not directory.is_dir():
        raise ValueError(f"{rule} {'a file' if directory.exists() else 'nothing there'}")
    if not (directory / CHECKPOINT).exists():
        kind, run = kind_of(directory), first_run(directory)
        if kind in (None, "a sweep") and run is not None:
            seen = f"that of {kind}" if kind else "one with runs in it"
            raise ValueError(f"{rule} {seen}: give one of its runs, like {run}")
        if kind not in (None, "a run"):
            raise ValueError(f"{rule} that of {kind}")
    head = read_head(directory / CHECKPOINT)
    if not curves and "beta_low" in (head.get("objective") or ()):
        raise ValueError(f"{rule} that of a curve")


def check_sweep(place: Path) -> None:
    """Raise `ValueError` where a directory is no sweep's, or its table cannot be read."""
    from rdneural.records.layout import PLAN, PULLED
    from rdneural.records.table import kept_rows

    if not any((place / name).exists() for name in (PLAN, PULLED)):
        kind = kind_of(place)
        seen = "no plan there" if place.is_dir() else "nothing there"
        seen = seen if kind in (None, "a sweep") else f"that of {kind}"
        raise ValueError(f"{place} must be the directory of a sweep, got {seen}")
    kept_rows(place)


def check_begun_sweep(
    place: Path, *, dataset: str | None, preset: str, frame: tuple[int, int] | None
) -> None:
    """Raise `ValueError` where a sweep cannot go on: its table is broken, or its images are others.

    A `dataset` of None asks for what the plan has; own images have a `frame`.
    """
    from rdneural.records.layout import PLAN
    from rdneural.records.own import words_of
    from rdneural.records.sameness import check_same_images
    from rdneural.records.sizes import SIZES
    from rdneural.records.table import kept_rows
    from rdtheory.results import read_json

    kept_rows(place)
    path = place / PLAN
    if dataset is None or not path.exists():
        return
    try:
        runs = [run["settings"] for run in read_json(path, command="sweep")["runs"]]
        known = [
            (run["dataset"], run["preset"], words_of(run.get("frame")))
            for run in runs if run["preset"] in SIZES
        ]  # fmt: skip
    except (LookupError, TypeError):
        return  # whoever reads the plan says what is wrong with it
    preset = "quick" if preset == "auto" else preset
    for theirs in known:
        check_same_images(theirs, (dataset, preset, words_of(frame)), path)


def sweep_of(directory: Path) -> Path:
    """Return the directory of a sweep, given it or its table, once that has rows.

    A table that is gone or empty is made anew of the runs that lie there. `ValueError` where it is
    no sweep's directory, or there are no runs to make it of.
    """
    from rdneural.records.layout import PLAN, PULLED, TABLE
    from rdneural.records.table import has_rows

    if directory.name == TABLE and directory.is_file():
        directory = directory.parent
    path, run = directory / TABLE, first_run(directory)
    if has_rows(directory):
        return directory
    rule = f"DIRECTORY must be that of a sweep, with {TABLE}, got"
    if (directory / PLAN).exists() or (directory / PULLED).exists():
        _make_table(directory)
    elif run is not None:
        away = f"remove {path}, and " if path.exists() else ""
        raise ValueError(
            f"{rule} {directory} with runs alone: {away}`sweep pull {directory} --out NEW` makes "
            f"a sweep of them"
        )
    elif not path.exists():
        kind = kind_of(directory)
        raise ValueError(f"{rule} {f'that of {kind}, ' if kind else ''}{directory}")
    return directory


def _make_table(place: Path) -> None:
    """Write the table of a sweep anew, of its runs, where any is finished."""
    from rdneural.records.locks import alone_in
    from rdneural.records.table import write_table
    from rdneural.sweeps.plan import read_plan
    from rdneural.sweeps.results import collect

    with alone_in(place):
        rows = collect(place, read_plan(place))
        if not rows:
            raise ValueError(f"{place} must have a run that is finished, got none")
        write_table(place, rows)
