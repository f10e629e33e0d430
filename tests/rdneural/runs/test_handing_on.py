"""Runs and curves that are handed on: small, measured as they are, not to be trained."""

import pytest
import torch

from rdneural.data import SPLITS, of_run
from rdneural.door.curves import carried_out
from rdneural.records.layout import CHECKPOINT, CURVE, HISTORY_FILE, RESULT
from rdneural.runs.again import evaluate_run
from rdneural.runs.handing_on import hand_on
from rdneural.runs.stored import load_model, read_run
from rdneural.training.curve import load_curve
from rdneural.training.options import PLAIN
from rdneural.training.rounding import rounded, unrounded
from rdtheory.results import read_json
from tests.make.curves import curve_settings
from tests.make.stored import finish_small, made_images, refused, run_settings


@pytest.fixture(scope="module")
def handed(finished, tmp_path_factory):
    """The directory and the result of a run that was handed on."""
    place = tmp_path_factory.mktemp("handed") / "on"
    with pytest.MonkeyPatch.context() as context:
        context.setattr(of_run, "load_images", lambda *_, **__: made_images())
        return place, hand_on(finished[0], place)


@pytest.fixture(scope="module")
def curve(tmp_path_factory):
    """The directory of a curve of few steps."""
    place = tmp_path_factory.mktemp("curve")
    with pytest.MonkeyPatch.context() as context:
        context.setattr(of_run, "load_images", lambda *_, **__: made_images())
        settings = curve_settings(dataset="mnist", model="-+v")
        asked = {"betas": [0.5, 2.0], "target_rates": [], "test_images": None, "against": None}
        carried_out(settings, place, asked, options=PLAIN)
    return place


def test_what_is_handed_on_has_rounded_weights_and_what_is_measured_of_them(finished, handed):
    place, found = handed
    assert {path.name for path in place.iterdir()} == {RESULT, CHECKPOINT, HISTORY_FILE}
    before, after = load_model(finished[0])[0].state_dict(), load_model(place)[0].state_dict()
    expected = unrounded(rounded(before))
    assert all(torch.equal(after[name], expected[name]) for name in expected)
    again = evaluate_run(place, train_images=found["train"]["images"])
    assert all(again[split] == found[split] for split in SPLITS)
    rise = found["test"]["elbo"] - finished[1]["test"]["elbo"]  # of all: there are fewer than 1,000
    size = (place / CHECKPOINT).stat().st_size
    assert found["handed_on"] == {"bytes": size, "rise": pytest.approx(rise, abs=1e-9)}
    assert size < (finished[0] / CHECKPOINT).stat().st_size / 10
    for name in ("settings", "beta", "epochs", "images_digest", "training_seconds"):
        assert found[name] == finished[1][name]


def test_a_curve_is_handed_on_with_all_its_slopes(curve, tmp_path):
    before = read_json(curve / CURVE, command="curve")
    found = hand_on(curve, tmp_path / "on", test_images=40)
    assert found == read_json(tmp_path / "on" / CURVE, command="curve")
    assert [point["beta"] for point in found["points"]] == [0.5, 2.0]
    assert {point["test"]["images"] for point in found["points"]} == {40}
    whole = hand_on(curve, tmp_path / "whole")  # with all 80 test images, of which it tells
    pairs = zip(whole["points"], before["points"], strict=True)
    rise = max(now["test"]["elbo"] - then["test"]["elbo"] for now, then in pairs)
    assert found["handed_on"]["rise"] == pytest.approx(rise, abs=1e-9)
    weights = load_curve(curve)[0].state_dict()
    expected = unrounded(rounded(weights))
    kept = load_curve(tmp_path / "on")[0].state_dict()
    assert all(torch.equal(kept[name], expected[name]) for name in expected)


@pytest.mark.parametrize("beta", [None, 0.5, 3.0])
def test_a_curve_is_read_as_a_run_at_a_slope(curve, beta):
    result, model, settings = read_run(curve, beta=beta)
    slope = 1.0 if beta is None else beta
    assert settings.beta == result["beta"] == result["final_beta"] == slope
    plain = load_curve(curve)[0].at(slope).state_dict()
    assert all(torch.equal(value, plain[name]) for name, value in model.state_dict().items())
    points = {p["beta"]: p for p in read_json(curve / CURVE, command="curve")["points"]}
    assert ("test" in result) == (slope in points)
    if slope in points:
        assert result["test"].items() <= points[slope]["test"].items()
        assert evaluate_run(curve, beta=beta)["test"] == result["test"]


def test_a_slope_is_of_the_range_of_a_curve_and_of_no_run(curve, finished):
    refused(lambda: read_run(curve, beta=100.0), "beta must be in [0.05, 20], got 100")
    refused(lambda: read_run(finished[0], beta=1.0), "beta must be given for a curve alone, got 1")


def test_training_does_not_go_on_from_rounded_weights(handed):
    before = {path.name: path.read_bytes() for path in handed[0].iterdir()}
    refused(
        lambda: finish_small(handed[0], run_settings(epochs=2.0), resume=True),
        "must hold the state of a training, got weights alone",
    )
    assert {path.name: path.read_bytes() for path in handed[0].iterdir()} == before


def test_only_what_is_finished_is_handed_on_and_nothing_is_overwritten(copied, handed, tmp_path):
    refused(lambda: hand_on(copied, handed[0]), "exists", error=FileExistsError)
    refused(lambda: hand_on(copied, copied, overwrite=True), "place must be another than that")
    assert hand_on(copied, handed[0], overwrite=True) == handed[1]
    (copied / RESULT).unlink()
    refused(lambda: hand_on(copied, tmp_path / "on"), "must be of a finished run or curve")
    assert not (tmp_path / "on").exists()
