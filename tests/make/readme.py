"""The README as the tests read it."""

from tests.conftest import ROOT

TEXT = (ROOT / "README.md").read_text()
