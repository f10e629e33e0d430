"""Streams may be closed, or close; a line may hang up: the work goes on, or can be gone on with."""

import errno
import io
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rdneural.commands import terminal
from rdneural.commands.terminal import Lasting, lasting_terminal
from rdneural.machine.interruption import deferred_interruption
from rdneural.records.layout import CHECKPOINT
from rdneural.training import loop
from tests.conftest import ROOT
from tests.make.commands import SAME, SHORT

WORK = """
import sys
from pathlib import Path
import click
from rdneural.commands.terminal import lasting_terminal
with lasting_terminal():
    with open("data", "w") as data:  # not in the place of a stream that is closed
        for _ in range(3):
            click.echo("a table", nl=True)
            click.echo("a message", err=True)
            print("told", file=sys.stderr, flush=True)
        assert data.fileno() > 2
    Path("done").write_text("done")
"""
FRONTIER = ("frontier", "--source", "bernoulli:0.3", "--rate", "0.2", "--out", "out")


def shell(line, place, *, unbuffered=False):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1" * unbuffered}
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"], cwd=place, env=environment, text=True,
        capture_output=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "streams",
    ["2>&-", ">&-", ">&- 2>&-", "<&- >&- 2>&-", "2>/dev/full", "2>&1 | true", "| true",
     "2> >(true)"],
)  # fmt: skip
@pytest.mark.parametrize("unbuffered", [False, True], ids=["buffered", "unbuffered"])
def test_work_is_done_whoever_listens(tmp_path, streams, unbuffered):
    command = shlex.join([sys.executable, "-c", WORK])
    done = shell(f"{command} {streams}", tmp_path, unbuffered=unbuffered)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert (tmp_path / "done").exists()
    assert (tmp_path / "data").read_text() == ""


@pytest.mark.parametrize("streams", ["2>&-", "--json - | head -1"])
def test_a_command_ends_as_ever(tmp_path, streams):
    command = shlex.join([sys.executable, str(ROOT / "cli.py"), *FRONTIER])
    done = shell(f"{command} {streams}", tmp_path)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"frontier.json", "frontier.png"}


def test_a_table_that_finds_no_room_is_said_and_the_results_are_kept(tmp_path):
    command = shlex.join([sys.executable, str(ROOT / "cli.py"), *FRONTIER])
    done = shell(f"{command} > /dev/full", tmp_path)
    assert done.returncode == 4
    last = done.stderr.splitlines()[-1]
    assert last.startswith("error: the results are saved, but could not be shown as well: ")
    assert "No space left on device" in last
    assert (tmp_path / "out" / "frontier.json").exists()


class Broken(io.StringIO):
    """A stream whose every write fails."""

    def __init__(self, number):
        super().__init__()
        self.number = number

    def write(self, text):
        raise OSError(self.number, os.strerror(self.number))

    def flush(self):
        self.write("")


@pytest.mark.parametrize("number", [errno.EPIPE, errno.EIO, errno.ENOSPC, errno.EBADF])
def test_which_errors_are_no_more_than_that_nobody_reads(number):
    told, table = Lasting(Broken(number), None), Lasting(Broken(number), terminal.GONE)
    assert told.write("line\n") == 5
    told.flush()
    if number in terminal.GONE:
        assert table.write("line\n") == 5
        table.flush()
    else:
        with pytest.raises(OSError, match=os.strerror(number)):
            table.write("line\n")
    table.end()


# -- a line that hangs up ------------------------------------------------------------------------


def test_a_hang_up_is_noted_however_often_and_ignored_where_it_was():
    with deferred_interruption() as interruption:
        assert not interruption.asked
        for _ in range(3):  # the terminal's, and the shell's
            os.kill(os.getpid(), signal.SIGHUP)
        assert interruption.asked
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with lasting_terminal(), deferred_interruption() as interruption:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not interruption.asked
    finally:
        signal.signal(signal.SIGHUP, before)


def test_elsewhere_it_is_as_a_ctrl_c():
    before = signal.getsignal(signal.SIGHUP)
    with pytest.raises(KeyboardInterrupt), lasting_terminal():
        os.kill(os.getpid(), signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) is before


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_who_hangs_up_finds_a_checkpoint_and_the_command_that_goes_on(
    run, undrawn, monkeypatch, number
):
    real, arguments = loop.take_step, ["mnist", *SHORT, *SAME, "--beta", 1]

    def take_step(learner, forward, x):
        real(learner, forward, x)
        if learner.progress.step == 2:
            os.kill(os.getpid(), number)

    with monkeypatch.context() as context:
        context.setattr(loop, "take_step", take_step)
        result = run(*arguments)
    assert result.exit_code == 1
    assert (Path("runs/mnist-1") / CHECKPOINT).exists()
    last = result.stderr.splitlines()[-1]
    said = "interrupted; what is done is in runs/mnist-1; go on with: python cli.py "
    assert last.startswith(said)
    again = run(*shlex.split(last.removeprefix(said)))
    assert again.exit_code == 0, again.stderr
    assert (Path("runs/mnist-1") / "run.json").exists()
