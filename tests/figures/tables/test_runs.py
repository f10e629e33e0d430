"""The table of a training run, from a small mapping made by hand."""

import pytest

from figures.tables import run_table
from tests.make.figures_text import cells_of


@pytest.fixture
def run_found():
    measured = {
        "rate": 19.996, "rate_se": 0.021, "distortion": 61.5, "distortion_se": 0.333,
        "elbo": 81.496, "elbo_se": 0.3, "images": 10000, "latent_samples": 1,
    }  # fmt: skip
    return {
        "model": "-+v", "preset": "paper", "data": "mnist", "beta": 0.5, "target_rate": None,
        "final_beta": 0.5, "warning": None,
        "train": measured, "valid": measured, "test": measured | {"latent_samples": 8},
    }  # fmt: skip


def test_a_run_has_each_split_with_its_standard_errors(run_found):
    lines = run_table(run_found).splitlines()
    assert lines[0] == "model -+v (paper) on data: mnist, beta 0.5"
    assert cells_of(lines[1]) == ["nats per image", "R", "D", "R + D", "images", "codes each"]
    cells = ["20.00 +- 0.02", "61.50 +- 0.33", "81.50 +- 0.30", "10000"]
    assert [cells_of(line) for line in lines[3:]] == [
        ["train", *cells, "1"],
        ["valid", *cells, "1"],
        ["test", *cells, "8"],
    ]


def test_a_run_to_a_rate_names_it_and_the_slope_found_there(run_found):
    asked = {"beta": None, "target_rate": 20.0, "final_beta": 0.987654}
    first = run_table(run_found | asked).splitlines()[0]
    assert first == "model -+v (paper) on data: mnist, target rate 20, final beta 0.9877"


def test_the_warning_of_a_run_is_a_line_above_its_table(run_found):
    plain = run_table(run_found).splitlines()
    warned = run_table(run_found | {"warning": "5,000 digits"}).splitlines()
    assert warned == [plain[0], "warning: 5,000 digits", *plain[1:]]


def test_a_target_is_said_to_be_met_or_by_how_much_it_was_missed(run_found):
    asked = {"beta": None, "target_rate": 20.0, "final_beta": 0.9}
    assert run_table(run_found | asked).splitlines()[1] == (
        "target rate 20: met, by +0.00 nats on test images"
    )
    off = run_found["test"] | {"rate": 23.5}
    text = run_table(run_found | asked | {"test": off})
    assert "warning: target rate 20: missed by +3.50 nats on test images" in text
    own = run_table(run_found | asked | {"log_spread": None})
    assert "no log_spread by which to settle the rate" in own
    assert "settle" not in run_table(run_found | asked | {"log_spread": 0.0})


def test_a_run_that_never_had_its_beta_is_not_called_by_it(run_found):
    text = run_table(run_found | {"beta": 1.0, "final_beta": 0.0041})
    first, second, *_ = text.splitlines()
    assert first.endswith("beta 0.0041 at the end (1 asked for)")
    assert second == "warning: training ended before its beta had risen to 1"


def test_training_that_diverged_is_said_to_have_in_a_table_no_wider_than_others(run_found):
    wild = run_found["test"] | {"rate": 1.5428869e16, "elbo": 1.5428869e16, "rate_se": 2e14}
    text = run_table(run_found | {"test": wild})
    assert "training diverged" in text
    assert "1.54e+16 +- 2.00e+14" in text
    assert max(map(len, text.splitlines()[2:])) < 110
    assert "diverged" not in run_table(run_found)
