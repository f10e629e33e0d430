"""What tests of commands share: no network, no cache of the user's, and one finished run."""

from dataclasses import replace

import pytest

from rdneural.data import load
from rdneural.data.digits import load_mnist5k
from tests.make.commands import SAME, SHORT
from tests.make.runs import COMMAND, few_images, train_nothing


@pytest.fixture(scope="package", autouse=True)
def digits():
    """Let mnist5k be read once, and have fewer images to be measured on."""
    known = load_mnist5k()
    few = replace(known, valid=known.valid[:60], test=known.test[:60])
    with pytest.MonkeyPatch.context() as context:
        context.setattr(load, "load_mnist5k", lambda: few)
        yield few


@pytest.fixture(autouse=True)
def offline(tmp_path, monkeypatch):
    """No test reads or fills the user's cache, or leaves this machine."""
    monkeypatch.setenv("RDLATENT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RDLATENT_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(load, "MNIST_URL", "http://127.0.0.1:1/")  # where nobody listens
    monkeypatch.setattr(load, "OMNIGLOT_URL", "http://127.0.0.1:1/")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="package")
def finished(digits, tmp_path_factory, run):
    """Return the directory of a run and what the command printed."""
    place = tmp_path_factory.mktemp("commands") / "run"
    result = run("mnist", *SHORT, *SAME, "--beta", 1, "--seed", 5, "--out", place)
    assert result.exit_code == 0, result.stderr
    return place, result


@pytest.fixture
def copied(finished, tmp_path):
    place = tmp_path / "copied"
    place.mkdir()
    for path in finished[0].iterdir():
        (place / path.name).write_bytes(path.read_bytes())
    return place


@pytest.fixture
def swept(run, tmp_path, monkeypatch):
    """A sweep whose runs trained nothing."""
    few_images(monkeypatch)
    place = tmp_path / "S"
    with monkeypatch.context() as context:
        train_nothing(context)
        result = run(*COMMAND, "--models=---", "--betas", "0.5,1", "--out", place)
    assert result.exit_code == 0, result.stderr
    return place
