"""New directories for results, which no command beside this one takes."""

import itertools
from contextlib import suppress
from pathlib import Path

import click

RESULTS = Path("runs")
"""Where commands leave what they find, if they are not told."""


def claim(command: str, within: Path = RESULTS) -> Path:
    """Make a directory of a command's name and a new number; remove it if it stays empty."""
    if within != RESULTS and not within.is_dir():
        raise ValueError(f"{within} must be the directory of a run, got nothing there")
    within.mkdir(exist_ok=True)
    for number in itertools.count(1):
        place = within / f"{command}-{number}"
        try:
            place.mkdir()
            break
        except FileExistsError:
            continue

    def remove_if_empty() -> None:
        with suppress(OSError):
            place.rmdir()
            if within == RESULTS:
                within.rmdir()

    click.get_current_context().find_root().call_on_close(remove_if_empty)
    return place
