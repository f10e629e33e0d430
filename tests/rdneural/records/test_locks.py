"""The lock of a directory is one process's, and no longer than that lives."""

import signal
import subprocess
import sys

import pytest
from filelock import FileLock

from rdneural.records.layout import LOCK
from rdneural.records.locks import BusyError, alone_in, is_locked

HOLD = """
import sys
from pathlib import Path
from rdneural.records.locks import alone_in
with alone_in(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_refused_until_the_first_is_killed(tmp_path):
    place = tmp_path / "a" / "run"
    command = [sys.executable, "-c", HOLD, str(place)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        assert is_locked(place)
        for patience in (0.0, 0.05):
            with (
                pytest.raises(BusyError, match="one command at a time, got another") as caught,
                alone_in(place, patience=patience),
            ):
                pass
            assert str(place) in str(caught.value)
            assert "\n" not in str(caught.value)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert (place / LOCK).exists()  # which nobody removed, and which holds nothing
        assert not is_locked(place)
        with alone_in(place):
            assert is_locked(place)


def test_what_fails_within_gives_the_lock_back(tmp_path):
    with pytest.raises(ZeroDivisionError), alone_in(tmp_path):
        raise ZeroDivisionError
    assert not is_locked(tmp_path)
    assert not is_locked(tmp_path / "nowhere")
    with FileLock(tmp_path / LOCK):  # it is the lock that sweeps always had
        assert is_locked(tmp_path)
