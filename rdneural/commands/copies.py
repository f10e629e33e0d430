"""The file of --json, a copy of the result: what it may lie beside, and what it may replace."""

from pathlib import Path

from rdneural.commands.kinds import kind_of
from rdneural.commands.place import check_file


def check_copy(path: Path, *, overwrite: bool) -> None:
    """Refuse a file for a copy of the result that is in the way or cannot be written.

    With `overwrite` a copy may take the place of another; nothing that a command reads, and no
    result in its own directory, is one.
    """
    from rdtheory.results import refuse_existing

    if path.exists() and not path.is_file():
        raise ValueError(f"--json must be a file, got {path}")
    if not path.parent.is_dir():
        raise ValueError(f"--json must be in a directory that is there, got {path}")
    refuse_existing(path, overwrite=overwrite)
    kind = kind_of(path.parent)
    if kind is not None and path.name in result_names():
        raise ValueError(_outside(path, path.parent, f"the directory of {kind}"))
    if not _is_copy(path):
        raise ValueError(f"--json must be a new file or replace one in JSON, got {path}")
    check_file("--json", path)


def check_outside(path: Path, place: Path, command: str) -> None:
    """Refuse a copy of the result under a name that results have in their own directory."""
    from rdtheory.results import result_name

    own = {result_name(command), *result_names()}
    if path.parent.resolve() == place.resolve() and path.name in own:
        raise ValueError(_outside(path, place, "the directory of the results"))


def result_names() -> set[str]:
    """Return the names of all files that runs, curves, sweeps and measurements leave."""
    from rdneural.records import layout

    values = list(vars(layout).values())
    names = [value for value in values if isinstance(value, str)]
    names += [name for value in values if isinstance(value, tuple) for name in value]
    return {name for name in names if "." in name[:-1] and " " not in name}


def _outside(path: Path, place: Path, what: str) -> str:
    return f"--json must be outside {place}, {what}, which has {path.name} itself, got {path}"


def _is_copy(path: Path) -> bool:
    """Return whether nothing is lost with a file: there is none, it is empty, or in JSON."""
    try:
        with path.open("rb") as stream:
            return stream.read(64).lstrip()[:1] in (b"", b"{")
    except OSError:
        return not path.exists()
