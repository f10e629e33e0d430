"""Fixtures shared by the tests of commands and figures."""

import gc
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from filelock import FileLock
from hypothesis import settings
from matplotlib.figure import Figure
from PIL import Image

from cli import cli
from rdneural.commands import pulse
from tests.strategies import PROOF

ROOT = Path(__file__).parent.parent
settings.register_profile("proof", PROOF)
settings.load_profile("proof")  # of every property test that says nothing else

MAIN_JOB = ("toy", "--target-rate", "0.5")
"""The README's main job, `python cli.py` and these."""

# a process for each core has one thread, and so do those that it starts; libraries read this when
# they are imported, which is later
for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Let nobody look for garbage among thousands of cases and libraries, all of which stay.

    It takes a third of the collection, and later some of every test that makes many objects.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def late():
    """Let first lines of commands come late: a slow machine prints what a fast one does."""
    with pytest.MonkeyPatch.context() as context:
        context.setattr(pulse, "FIRST", 1e6)
        yield


@pytest.fixture(scope="session")
def run():
    """Run the command line in this process."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, [str(argument) for argument in arguments])

    return run


def leave_undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pictures be of one pixel: drawing is half of a small run, and has tests of its own."""
    pixel = io.BytesIO()
    Image.new("L", (1, 1)).save(pixel, "png")

    def save(_, path, **options):
        path.write_bytes(pixel.getvalue())

    monkeypatch.setattr(Figure, "savefig", save)


@pytest.fixture
def undrawn(monkeypatch):
    """Leave pictures of one pixel."""
    leave_undrawn(monkeypatch)


@pytest.fixture(scope="session")
def main_job(tmp_path_factory) -> Path:
    """Where `MAIN_JOB` ran, as a user runs it, with what it printed in `stdout`.

    It takes half a minute, and so runs once for all the processes that share the tests.
    """
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    place = base / "main-job"
    with FileLock(base / "main-job.lock"):
        if not (place / "stdout").exists():
            place.mkdir(exist_ok=True)
            done = subprocess.run(
                [sys.executable, str(ROOT / "cli.py"), *MAIN_JOB], cwd=place, capture_output=True,
                text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            (place / "stdout").write_text(done.stdout)
    return place


@pytest.fixture(scope="session")
def toy_directory(main_job) -> Path:
    """What `toy` leaves with the paper's target and all 24 restarts."""
    return main_job / "runs" / "toy-1"


@pytest.fixture(scope="session")
def toy_result(toy_directory) -> dict:
    return json.loads((toy_directory / "toy.json").read_text())
