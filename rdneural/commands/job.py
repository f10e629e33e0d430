"""What every command repeats: where its results go, its clock, what it says while it works.

A command takes a `Job`, does its work and returns a `Done`, which names the tables and figures that
show it. The command line (`cli.finish`) saves, draws and prints.
"""

import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from rdneural.commands.copies import check_copy, check_outside
from rdneural.commands.kinds import check_run
from rdneural.commands.place import (
    RESULTS,
    check_begun,
    check_reachable,
    claim,
    is_empty,
    refuse_another,
    refuse_results,
    take,
)
from rdneural.commands.pulse import Pulse, bar_of_shares


@dataclass(frozen=True)
class Done:
    """What a command found, and how it is to be shown.

    Attributes
    ----------
    found, settings
        entries of the result.
    draw
        names of the figures, modules of `figures`, drawn from the place of the results.
    draw_options
        what they are told besides.
    redraw
        whether pictures that are there are replaced anyhow.
    table
        name of the function of `figures.tables` whose text is printed.
    text
        what is printed in place of a table.
    leaves
        names of files that are there now, besides the result and the figures.
    saved
        whether the result has been written by who owns it, with its head.
    exit_code
        of the process.
    """

    found: Mapping[str, Any]
    settings: Mapping[str, Any] = field(default_factory=dict)
    draw: tuple[str, ...] = ()
    draw_options: Mapping[str, Any] = field(default_factory=dict)
    redraw: bool = False
    table: str = ""
    text: str = ""
    leaves: tuple[str, ...] = ()
    saved: bool = False
    exit_code: int = 0


@dataclass
class Session:
    """One call of the command line: its arguments, and the job that it came to."""

    arguments: list[str]
    job: "Job | None" = None


@dataclass
class Job:
    """A command at work.

    Attributes
    ----------
    command, name
        its name, as results have it, and as it says it.
    seed, out, json_path, overwrite
        the options that commands share.
    place, file
        directory of the results, once it is known, and the name of the result in it.
    goes_on
        the option with which the command goes on where it was left, "" where it is the command
        itself; None where it begins anew.
    """

    command: str
    seed: int = 0
    out: Path | None = None
    json_path: Path | None = None
    overwrite: bool = False
    place: Path | None = None
    file: str = ""
    goes_on: str | None = None
    begun: float = field(default_factory=time.perf_counter)
    pulse: Pulse | None = None
    name: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.name = self.command
        root = click.get_current_context().find_root()
        if isinstance(root.obj, Session):
            root.obj.job = self

    @property
    def to_stdout(self) -> bool:
        """Whether the result is all that goes to stdout."""
        return str(self.json_path) == "-"

    @property
    def seconds(self) -> float:
        """Time since the command began."""
        return time.perf_counter() - self.begun

    def settle(
        self, file: str = "", *, within: Path = RESULTS, resume: bool = False,
        leaves: Sequence[str] = (), curves: bool = False,
    ) -> Path:  # fmt: skip
        """Return the directory of the results, held for this command alone until it ends.

        `file` is the result's name, by default the command's. With `resume` there must be a
        directory already, to go on with; else what would be overwritten is refused. Where none is
        asked for it is a new one, by default `within` that of the run that the command reads,
        or with `curves` of the curve; those of the zoo stay as they are.
        `leaves` are other files of one that leaves a checkpoint and has a directory of its own.
        """
        from rdneural.records.identity import check_place
        from rdneural.records.zoo import of_zoo
        from rdtheory.results import result_name

        if self.out is not None:
            check_reachable(self.out)
        if resume:
            check_begun(self.out, (file, *leaves))
        self.refuse_json()
        if within != RESULTS:
            check_run(within, curves=curves)
        for read in (self.out if resume else None, within if within != RESULTS else None):
            if read is not None:
                check_place(read)
        self.file = file or result_name(self.command)
        names = () if resume else (self.file, *leaves)
        if self.out is not None:
            if leaves:
                refuse_another(self.out, self.file)
            refuse_results(self.out, names, overwrite=self.overwrite)
        place = self.hold(self.out, within=RESULTS if of_zoo(within) else within)
        refuse_results(place, names, overwrite=self.overwrite)  # what came before it was held
        return place

    def hold(
        self, place: Path | None, *, within: Path = RESULTS, goes_on: str | None = None,
        locked: bool = True,
    ) -> Path:  # fmt: skip
        """Take the directory of the results, a new one for None; `locked` is as of `place.take`."""
        place = claim(self.command, within) if place is None else place
        check_reachable(place)
        take(place, locked=locked)
        if self.json_path is not None and not self.to_stdout:
            check_outside(self.json_path, place, self.command)
        self.place, self.goes_on = place, goes_on
        return place

    def refuse_json(self) -> None:
        """Refuse a file that --json would overwrite or cannot write, before any work is done."""
        if self.json_path is not None and not self.to_stdout:
            check_copy(self.json_path, overwrite=self.overwrite)

    def begin(self, what: str, about: str = "", *, goes_on: str | None = None) -> None:
        """Say what runs, where its results will be and about how long it takes; go on saying."""
        self.goes_on = goes_on
        where = "" if self.place is None else f", results in {self.place}"
        self.pulse = Pulse(f"{self.name}: {what}{where}{about and f'; about {about}'}")
        click.get_current_context().call_on_close(self.pulse.stop)

    def tell(self, line: str) -> None:
        """Note what is being done; it is said now and then."""
        if self.pulse is not None:
            self.pulse.tell(line and f"{self.name}: {line}")

    def progress(self, label: str) -> AbstractContextManager[Callable[[float], None]]:
        """Show shares of work as a bar in a terminal, and after it each warning as one line."""
        return bar_of_shares(label, self.tell)

    def interrupted(self, arguments: list[str]) -> str:
        """Return what is said when somebody stops it: what is kept, and how to go on."""
        if self.place is None or is_empty(self.place) or self.goes_on is None:
            return "interrupted; nothing is lost but the time"
        more = [] if self.out is not None else ["--out", str(self.place)]
        if self.goes_on and self.goes_on not in arguments:
            more.append(self.goes_on)
        command = shlex.join(["python", "cli.py", *arguments, *more])
        return f"interrupted; what is done is in {self.place}; go on with: {command}"
