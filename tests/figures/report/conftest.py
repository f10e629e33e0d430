"""Pages about made-up sweeps, for tests that read them and for a browser."""

from itertools import count

import pytest
from matplotlib.figure import Figure
from PIL import Image

from figures.choice.choose import samples_of
from figures.parts.reading import read_table
from figures.report import report
from tests.make.figures_page import make_rows
from tests.make.sweeps_table import make_row, make_sweep


@pytest.fixture(scope="session")
def directory(tmp_path_factory):
    """A sweep and its page, where pictures are stand-ins, each of another width."""
    directory = tmp_path_factory.mktemp("sweep")
    rows = make_sweep(directory, make_rows(), side=8)
    samples_of(directory, rows[-1]).unlink()
    widths = count(3)
    with pytest.MonkeyPatch.context() as context:
        context.setattr(
            Figure, "savefig",
            lambda _, path, **__: Image.new("L", (next(widths), 2)).save(path, "png"),
        )  # fmt: skip
        report.report(directory)
    return directory


@pytest.fixture(scope="session")
def rows(directory):
    """The rows of the page's table, as they are read."""
    return read_table(directory)


@pytest.fixture
def small(tmp_path):
    """Two runs and stand-ins for the figures, so that none is drawn."""

    def make(rows=None, **entries):
        rows = rows or [make_row("-+v", 1.0, **entries), make_row("---", 0.1, **entries)]
        make_sweep(tmp_path, rows)
        for name in report.LOOKS:
            Image.new("L", (3, 2)).save(tmp_path / f"{name}.png")
        return tmp_path

    return make
