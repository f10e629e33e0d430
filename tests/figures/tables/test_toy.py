"""The tables of `toy` and `recovery`, from small mappings made by hand."""

import pytest

from figures.tables import recovery_table, restarts_table, toy_table
from tests.make.figures_text import cells_of, row_of


def _restart(**changed):
    restart = {
        "rate": 0.5, "excess": 2e-7, "recovery": 0.25, "class0_mass": 0.7, "bayes_agreement": 0.9,
        "effective_codes": 2.0, "converged": True,
    }  # fmt: skip
    return restart | changed


@pytest.fixture
def toy_found():
    model = {
        "rate": 0.5, "distortion": 2.7177883, "mutual_information": 0.4999999, "excess": 1.25e-7,
        "marginal_gap": 0.0, "decoder_gap": 1.25e-7, "recovery": 0.378110,
    }  # fmt: skip
    restarts = [_restart(), _restart(converged=False), _restart(recovery=0.375)]
    return {
        "entropy": 3.217788332,
        "source_mutual_information": 0.5,
        "models": {"optimal": model, "target": model | {"recovery": 0.31}},
        "restarts": {"target": restarts},
    }


def test_the_toy_table_begins_with_the_source(toy_found):
    lines = toy_table(toy_found).splitlines()
    assert lines[0] == (
        "toy source: H = 3.217788 nats, I(x; z*) = 0.500000 nats; best of each fit:"
    )
    assert lines[1] == ""


def test_the_toy_table_has_a_row_for_each_model_and_counts_its_converged_restarts(toy_found):
    models, _ = toy_table(toy_found).split("\n\nover all restarts")
    measures = ["0.500000", "2.717788", "0.500000", "1.2e-07", "0.0e+00", "1.2e-07"]
    assert row_of(models, "optimal") == ["optimal", *measures, "0.3781", "-"]
    assert row_of(models, "target") == ["target", *measures, "0.3100", "2/3"]


def test_the_toy_table_ends_with_the_table_of_its_restarts(toy_found):
    restarts = restarts_table(toy_found["restarts"], "model")
    assert toy_table(toy_found).endswith("\n\n" + restarts)


def test_restarts_are_median_least_and_greatest():
    ways = {
        "L-BFGS alone": [_restart(rate=0.5 + k / 1000, excess=10.0**-k) for k in (7, 3, 4)],
        "trained": [_restart(converged=False)],
    }
    text = recovery_table({"ways": ways})
    lines = text.splitlines()
    assert lines[:2] == ["over all restarts, median [least, greatest]:", ""]
    assert cells_of(lines[2])[0] == "way of fitting"
    assert row_of(text, "L-BFGS alone") == [
        "L-BFGS alone", "0.5040 [0.5030, 0.5070]", "1e-04 [1e-07, 1e-03]", "0.250 [0.250, 0.250]",
        "0.70 [0.70, 0.70]", "0.90 [0.90, 0.90]", "2.0 [2.0, 2.0]", "3/3",
    ]  # fmt: skip
    assert row_of(text, "trained")[-1] == "0/1"
