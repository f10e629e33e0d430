"""Fixtures shared by the tests of commands and figures."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import cli

# a process for each core has one thread, and so do those that it starts; libraries read this when
# they are imported, which is later
for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def run():
    """Run the command line in this process."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, [str(argument) for argument in arguments])

    return run


@pytest.fixture(scope="session")
def toy_directory(tmp_path_factory, run) -> Path:
    """What `toy` leaves with the paper's target and all 24 restarts."""
    directory = tmp_path_factory.mktemp("toy")
    result = run("toy", "--target-rate", "0.5", "--out", directory)
    assert result.exit_code == 0, result.stderr
    return directory


@pytest.fixture(scope="session")
def toy_result(toy_directory) -> dict:
    return json.loads((toy_directory / "toy.json").read_text())
