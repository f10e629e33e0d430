"""What tests of pages share: a browser."""

import pytest

from tests.make.browser import chromium


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """A browser of a module's own; its tests are skipped where there is none."""
    with chromium(tmp_path_factory.mktemp("profile")) as session:
        yield session
