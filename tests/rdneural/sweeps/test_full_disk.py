"""A disk that is full ends a sweep in one line."""

import subprocess

import pytest

from rdneural.records.layout import CHECKPOINT, RUNS
from rdneural.records.table import read_table
from rdneural.sweeps.plan import extend_plan
from tests.make.runs import COMMAND, kept, one_line, plan, timeless
from tests.make.sweeps import PAIR, interrupt


@pytest.fixture
def disk(tmp_path):
    """A small file system of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(place)]
    try:
        done = subprocess.run(mounting, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount on this machine")
    if done.returncode:
        pytest.skip(f"a disk to fill cannot be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk, *, free):
    """Fill a disk but for `free` bytes."""
    (disk / "room").write_bytes(bytes(free))
    with (disk / "ballast").open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(4096))
        except OSError:
            pass
    (disk / "room").unlink()


@pytest.mark.parametrize(("free", "named"), [(0, "sweep: "), (98_304, CHECKPOINT)])
def test_a_full_disk_is_one_line_and_with_room_the_same_command_goes_on(
    run, disk, swept, free, named
):
    place = disk / "sweep"
    command = [*COMMAND, "--models=---", "--betas", "0.5,1", "--out", place]
    first = run(*command[:-4], "--betas", "0.5", "--out", place)
    assert first.exit_code == 0, first.stderr
    interrupt(plan()[1], place, after=2)
    extend_plan(place, plan())
    before = kept(place / RUNS)
    fill(disk, free=free)
    one_line(run(*command), "No space left on device", named)
    assert kept(place / RUNS) == before
    assert [row["run"] for row in read_table(place)] == PAIR[:1]
    subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
    last = run(*command)
    assert last.exit_code == 0, last.stderr
    assert timeless(place) == timeless(swept)
    after = kept(place / RUNS)
    assert {k: v for k, v in after.items() if PAIR[0] in k} == {
        k: v for k, v in before.items() if PAIR[0] in k
    }
