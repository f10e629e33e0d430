"""Verdicts in a quarter of the time."""

from functools import partial

import pytest

from rdneural.theory import verdict
from rdneural.theory.mass import total_mass


@pytest.fixture
def light(monkeypatch):
    """Integrate densities by a quarter of the samples: their errors are twice as large."""
    monkeypatch.setattr(verdict, "total_mass", partial(total_mass, samples=1024))
