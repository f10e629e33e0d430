"""Small networks are quickest on one thread, and results must not depend on how many there are."""

from unittest.mock import patch

import pytest
import torch

from rdneural.data import enumerated


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def small_splits():
    """Let sources have a few thousand images and not 70,000, all of which a run is measured on."""
    with patch.dict(enumerated.COUNTS, {"train": 2000, "valid": 500, "test": 500}):
        yield
