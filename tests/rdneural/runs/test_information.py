"""The command information: what the code of a finished run tells, and what its parts cost."""

import json
import math

import pytest

from figures.tables import information_table
from rdneural.records.settings import RunSettings
from rdneural.runs import information
from rdneural.runs.information import Effort, describe_run
from rdneural.runs.run import run_training
from rdtheory.sources.images import named_image_source
from tests.tolerances import STANDARD_ERRORS

pytestmark = pytest.mark.usefixtures("small_splits")

SOURCE = "templates:3x3"
EPOCHS = 2.0  # 31 steps
SMALL = {"codes": 400, "bound_images": 30, "bound_codes": 20, "frontier_images": 40,
         "frontier_codes": 60}  # fmt: skip


@pytest.fixture(scope="module", params=["+-v", "-++"])
def directory(request, tmp_path_factory, small_splits):
    """Return the directory of a short run on a source whose entropy is known."""
    place = tmp_path_factory.mktemp("information") / "run"
    settings = RunSettings(
        SOURCE, model=request.param, preset="tiny", beta=0.5, epochs=EPOCHS, learning_rate=1e-2
    )
    run_training(settings, place, pictures=1)
    return place


@pytest.fixture(scope="module")
def found(directory):
    return describe_run(directory, effort=Effort(**SMALL), seed=3)


def test_the_bounds_stand_in_their_order(found):
    for split in ("train", "test"):
        numbers = found[split]
        assert numbers["ceiling"] == math.log(numbers["images"])
        assert numbers["mutual_information"] <= numbers["ceiling"]
        error = math.hypot(numbers["population_lower_se"], numbers["rate_se"])
        assert numbers["population_lower"] < numbers["rate"] + STANDARD_ERRORS * error
        assert numbers["population_lower"] <= numbers["population_upper"]


def test_the_code_length_is_above_the_entropy_that_is_known(found):
    entropy = named_image_source(SOURCE).entropy
    bound = found["code_length_bound"]
    # 30 images: their -log p*(x) alone varies by this much
    assert bound["nats"] > entropy - STANDARD_ERRORS * bound["nats_se"]
    assert found["entropy_estimate"]["from"] == "this model's bound"
    for split in ("train", "test"):
        difference = found[split]["entropy_estimate_minus_distortion"]
        assert difference == pytest.approx(bound["nats"] - found[split]["distortion"])


def test_the_best_is_no_worse_than_the_model(found):
    frontier = found["decoder_frontier"]
    assert found["encoder_cost"] > -STANDARD_ERRORS * found["encoder_cost_se"]
    cost, error = (frontier[f"encoder_and_marginal_cost{s}"] for s in ("", "_se"))
    assert cost == pytest.approx(frontier["model"] - frontier["value"])
    assert cost > -STANDARD_ERRORS * error
    assert frontier["gap"] <= 1e-6
    assert frontier["halving"] >= -frontier["gap"]
    assert (frontier["images"], frontier["codes"]) == (40, 60)
    assert frontier["value"] == pytest.approx(
        frontier["distortion"] + found["beta_evaluated"] * frontier["rate"]
    )


def test_a_better_code_length_stands_in_for_the_entropy(directory, found):
    given = describe_run(directory, effort=Effort(**SMALL), entropy_estimate=1.0, seed=3)
    assert given["entropy_estimate"] == {"from": "given", "nats": 1.0, "nats_se": 0.0}
    worse = describe_run(directory, effort=Effort(**SMALL), entropy_estimate=1e3, seed=3)
    assert worse["entropy_estimate"] == found["entropy_estimate"]
    assert worse == found | {"decoder_frontier": worse["decoder_frontier"]}  # but for seconds


def test_the_command_leaves_numbers_picture_and_table(directory, tmp_path, run):
    options = [f"--{name.replace('_', '-')}={value}" for name, value in SMALL.items()]
    result = run("information", directory, *options, "--out", tmp_path / "i", "--device", "cpu")
    assert result.exit_code == 0, result.stderr
    written = json.loads((tmp_path / "i" / "information.json").read_text())
    assert written["command"] == "information"
    assert written["settings"]["frontier_codes"] == 60
    assert {"train", "test", "decoder_frontier", "code_length_bound"} <= set(written)
    assert (tmp_path / "i" / "information.png").exists()
    assert "its ceiling, log N" in result.stdout
    again = run("information", directory, *options, "--out", tmp_path / "i")
    assert again.exit_code == 2
    assert "exists" in again.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--codes", 0), "codes must be an integer of at least 2, got 0"),
        (("--bound-codes", 0), "bound_codes must be an integer of at least 1, got 0"),
        (("--frontier-images", 1), "frontier_images must be an integer of at least 2, got 1"),
        (("--frontier-codes", 3), "frontier_codes must be an integer of at least 4, got 3"),
        (("--beta", 0), "beta must be a finite number of at least 1e-06, got 0"),
        (("--entropy-estimate", -1), "entropy_estimate must be a finite number of at least 0"),
        (("--seed", -1), "seed must be a whole number"),
    ],
)
def test_bad_input_is_one_line(options, message, directory, run, tmp_path):
    result = run("information", directory, *options, "--out", tmp_path / "new")
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "new").exists()


def test_a_directory_without_a_run_is_one_line(run, tmp_path):
    result = run("information", tmp_path)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_a_fixed_map_has_no_other_encoder_to_be_held_against(tmp_path):
    settings = RunSettings(SOURCE, model="coarse:2", preset="tiny", beta=0.5, epochs=EPOCHS)
    run_training(settings, tmp_path, pictures=1)
    found = describe_run(tmp_path, effort=Effort(**SMALL))
    assert found["decoder_frontier"] is None
    assert found["encoder_cost"] == pytest.approx(0.0, abs=1e-4)  # one code, float32 and 64
    assert "best for its decoder" not in information_table(found)
    test = found["test"]
    assert test["mutual_information"] <= math.log(16) + 1e-6  # 4 bits
    assert found["code_length_bound"]["nats"] == pytest.approx(
        test["rate"] + test["distortion"], abs=1e-3
    )


@pytest.mark.parametrize("final", [-1.0, 0.0])
def test_a_run_that_ended_at_no_trade_off_is_not_judged_there(tmp_path, monkeypatch, final):
    stored = {"final_beta": final}, None, RunSettings(SOURCE, preset="tiny", beta=0.5)
    monkeypatch.setattr(information, "read_run", lambda directory: stored)
    monkeypatch.setattr(information, "unfinished", lambda *_: {})
    with pytest.raises(ValueError, match=f"beta must be given for .*, got the slope {final:g}"):
        describe_run(tmp_path)
