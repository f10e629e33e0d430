"""What tests of runs share: images made here, and one finished run of them."""

import pytest

from rdneural.data import of_run
from tests.make.stored import finish_small, made_images, run_settings


@pytest.fixture(autouse=True)
def made(monkeypatch):
    """Let every name of data stand for images made here."""
    data = made_images()
    monkeypatch.setattr(of_run, "load_images", lambda *_, **__: data)
    return data


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return a run's directory and its result."""
    place = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as context:
        context.setattr(of_run, "load_images", lambda *_, **__: made_images())
        return place, finish_small(place, run_settings())


@pytest.fixture
def copied(finished, tmp_path):
    """Return a copy of that directory, to be spoilt."""
    place = tmp_path / "copied"
    place.mkdir()
    for path in finished[0].iterdir():
        (place / path.name).write_bytes(path.read_bytes())
    return place
