"""What pages show, solved at few slopes, and the pages."""

import pytest

from figures.explore.page import write_page
from rdtheory.experiments.explore import explore_source
from rdtheory.experiments.explore_toy import explore_toy
from rdtheory.sources import erokhin, gaussian


@pytest.fixture(scope="session")
def toy():
    return explore_toy(betas=[0.5, 1.0], rates=[0.0, 0.5])


@pytest.fixture(scope="session")
def five(toy):
    """Five letters, and the toy."""
    return {"source": explore_source(erokhin([0.4, 0.25, 0.2, 0.1, 0.05]), slopes=8), "toy": toy}


@pytest.fixture(scope="session")
def grid(toy):
    """A Gaussian's grid, and the toy."""
    return {"source": explore_source(gaussian(41), slopes=6), "toy": toy}


@pytest.fixture(scope="session")
def pages(tmp_path_factory, five, grid):
    """Pages by name: of five letters in nats and in bits, and of a grid."""
    place = tmp_path_factory.mktemp("pages")
    write_page(place / "five.html", five, units="nats", overwrite=False)
    write_page(place / "bits.html", five, units="bits", overwrite=False)
    write_page(place / "grid.html", grid, units="nats", overwrite=False)
    return {name: place / f"{name}.html" for name in ("five", "bits", "grid")}
