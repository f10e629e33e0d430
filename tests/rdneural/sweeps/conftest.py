"""What tests of sweeps share: few images, and a sweep of two real runs."""

import shutil

import pytest

from rdneural.sweeps.sweep import run_sweep
from tests.make.runs import few_images, plan
from tests.make.sweeps import PAIR, SILENT


@pytest.fixture(autouse=True)
def few(monkeypatch, tmp_path):
    few_images(monkeypatch)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A sweep of two real runs."""
    place = tmp_path_factory.mktemp("sweep") / "swept"
    with pytest.MonkeyPatch.context() as context:
        few_images(context)
        tally = run_sweep(place, plan(), **SILENT)
    assert (tally.done, tally.busy, tally.failed) == (PAIR, [], {})
    return place


@pytest.fixture
def copied(swept, tmp_path):
    return shutil.copytree(swept, tmp_path / "copied")
