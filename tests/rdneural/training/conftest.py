"""What tests of training share: a run that was never broken off, and a watched optimiser."""

import pytest
import torch

from tests.make.trainings import Watched, small_settings, train_small


@pytest.fixture(scope="package", autouse=True)
def plain_convolutions():
    """Leave out oneDNN, which takes half as long again for eight images of 4x4 pixels."""
    before = torch.backends.mkldnn.enabled
    torch._C._set_mkldnn_enabled(False)
    yield
    torch._C._set_mkldnn_enabled(before)


@pytest.fixture
def onednn():
    """Take it where images are many."""
    torch._C._set_mkldnn_enabled(True)
    yield
    torch._C._set_mkldnn_enabled(False)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    place = tmp_path_factory.mktemp("unbroken")
    return place, train_small(place, small_settings(model="-+-"))


@pytest.fixture
def watched(monkeypatch):
    monkeypatch.setattr(Watched, "seen", [], raising=False)
    monkeypatch.setattr(torch.optim, "AdamW", Watched)
    return Watched.seen
