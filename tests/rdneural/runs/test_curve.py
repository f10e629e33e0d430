"""Curves from one training: resumed equals unbroken, targets are met, comparisons add up."""

import json
import math

import pytest
import torch

from rdneural.measures.rates import measure
from rdneural.models.conditioned import ConditionedModel
from rdneural.records.layout import CHECKPOINT, LOCK
from rdneural.records.sizes import SIZES
from rdneural.records.table import row_of, write_table
from rdneural.runs.curve import (
    TARGET_TOLERANCE,
    OutOfReachError,
    find_beta,
    greatest_rise,
    mean_rate,
    run_curve,
)
from rdneural.runs.curve_comparison import (
    COMPARED,
    compare,
    cost_of,
    paired_difference,
    rows_to_compare,
)
from rdneural.sweeps.plan import make_plan
from rdneural.training.curve import (
    load_curve,
)
from rdtheory.results import read_rows
from tests.make.curves import SOURCE, curve_images, curve_settings
from tests.make.runs import few_images, made_result, one_line

QUICK = "templates:4x4:noise=0.05"
"""A source that is learnt within some hundred steps."""


# -- what a curve finds --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def curve(tmp_path_factory):
    """What a training of 240 steps leaves; its result was measured at five slopes and a rate."""
    place = tmp_path_factory.mktemp("curve")
    with pytest.MonkeyPatch.context() as context:
        few_images(context)
        settings = curve_settings(dataset=QUICK, epochs=40.0, learning_rate=8e-3, power=1.0)
        result = run_curve(settings, place, betas=[0.1, 0.5, 1.0, 4.0, 10.0], target_rates=[1.0])
    return place, settings, result


def test_the_rate_falls_with_beta_and_the_distortion_rises(curve):
    points = curve[2]["points"]
    assert len(points) == 6
    assert points[0]["beta"] == 0.1
    for low, high in zip(points, points[2:], strict=False):  # the target's may be near another
        rates, distortions = ([p["test"][n] for p in (low, high)] for n in ("rate", "distortion"))
        error = math.hypot(low["test"]["rate_se"], high["test"]["rate_se"])
        assert rates[1] < rates[0] + 3 * error
        assert distortions[1] > distortions[0] - 0.5
    assert points[0]["test"]["rate"] > points[-1]["test"]["rate"] + 1.0


def test_an_asked_rate_is_met_within_its_tolerance(curve):
    place, _, result = curve
    (point,) = [p for p in result["points"] if p["target_rate"] is not None]
    assert point["target_rate"] == 1.0
    model, _ = load_curve(place)
    images = curve_images(200, seed=5)
    ends = [mean_rate(model.at(beta), images) for beta in (model.high, model.low)]
    for share in (0.1, 0.5, 0.9):
        target = ends[0] + share * (ends[1] - ends[0])
        beta = find_beta(model, target, images)
        assert abs(mean_rate(model.at(beta), images) - target) <= TARGET_TOLERANCE * target
    with pytest.raises(ValueError, match=r"target_rate must be between .* got 1000"):
        find_beta(model, 1000.0, images)


def test_rates_within_reach_are_measured_and_others_named(curve, monkeypatch):
    place, settings, result = curve
    few_images(monkeypatch)
    again = run_curve(settings, place, betas=[1.0], target_rates=[4.55, 1.0, 1e-9], resume=True)
    assert [p["target_rate"] for p in again["points"] if p["target_rate"]] == [1.0]
    out = again["out_of_reach"]
    assert [rate["target_rate"] for rate in out] == [4.55, 1e-9]
    for rate in out:
        assert rate["least"] < rate["most"]
        assert not rate["least"] <= rate["target_rate"] <= rate["most"]
    assert result["out_of_reach"] == []
    met = next(p for p in again["points"] if p["target_rate"])
    assert met["target_miss"] == met["test"]["rate"] - 1.0
    assert all(p["target_met"] is None for p in again["points"] if not p["target_rate"])


@pytest.mark.parametrize("seed", range(3))
def test_bounds_of_what_a_curve_has_are_the_right_way_up_even_untrained(seed):
    model, images = ConditionedModel("---", SIZES["tiny"], low=0.05, high=20.0), curve_images(50)
    torch.manual_seed(seed)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    with pytest.raises(OutOfReachError) as caught:
        find_beta(model, 1e5, images)
    assert caught.value.least <= caught.value.most < 1e5


def test_a_finished_curve_is_measured_anew_without_training(curve, monkeypatch):
    place, settings, result = curve
    few_images(monkeypatch)
    before = (place / CHECKPOINT).read_bytes()
    again = run_curve(settings, place, betas=[0.5], resume=True)
    assert (place / CHECKPOINT).read_bytes() == before
    (point,) = again["points"]
    assert point == next(p for p in result["points"] if p["beta"] == 0.5)
    assert again["training_seconds"] == result["training_seconds"]


@pytest.mark.parametrize(
    ("rates", "rise"), [((3.0, 2.0, 1.0), -1.0), ((3.0, 1.0, 1.5), 0.5), ((1.0,), 0.0)]
)
def test_the_greatest_rise_is_from_a_slope_to_the_next(rates, rise):
    points = [{"beta": k, "test": {"rate": rate}} for k, rate in enumerate(rates)]
    assert greatest_rise(points[::-1]) == rise


# -- comparison ----------------------------------------------------------------------------------


def row_at(slope, seed=0, **changed):
    (planned,) = make_plan(
        dataset=SOURCE, models="---", betas=[slope], seed=seed, preset="tiny", epochs=1.0,
        device="cpu", precision="float32",
    )  # fmt: skip
    result = made_result(planned.settings) | {"settings": planned.settings.as_dict()}
    return row_of(planned.name, "here", result) | changed


def point_at(beta, rate, distortion):
    test = {"rate": rate, "rate_se": 0.1, "distortion": distortion, "distortion_se": 0.3,
            "elbo": rate + distortion, "elbo_se": 0.4}  # fmt: skip
    cost, cost_se = cost_of(test, beta)
    return {"beta": beta, "test": test | {"cost": cost, "cost_se": cost_se}}


def test_a_comparison_s_numbers_from_a_made_table():
    measured = {"test_rate": 2.0, "test_rate_se": 0.3, "test_distortion": 7.0,
                "test_distortion_se": 0.4, "test_elbo": 9.0, "test_elbo_se": 0.5}  # fmt: skip
    rows = [
        row_at(beta, **measured, steps=30, batch=64, training_seconds=5.0) for beta in (0.5, 2.0)
    ]
    result = {
        "steps": 100,
        "images_seen": 3200,
        "training_seconds": 8.0,
        "points": [point_at(0.5, 3.0, 6.0), point_at(1.0, 9.0, 9.0), point_at(2.0, 1.0, 9.5)],
    }
    found = compare(result, rows, {rows[1]["run"]: (0.25, 0.05)})
    first, second = found["rows"]
    assert list(first) == list(COMPARED)
    # R and D of the run are uncorrelated (0.3, 0.4 make 0.5), those of the curve wholly so
    assert first["run_cost"] == pytest.approx(8.0)
    assert first["run_cost_se"] == pytest.approx(math.hypot(0.4, 0.5 * 0.3))
    assert first["curve_cost"] == pytest.approx(7.5)
    assert first["curve_cost_se"] == pytest.approx(0.3 + 0.5 * 0.1)
    assert first["difference"] == pytest.approx(-0.5)
    assert first["difference_se"] == pytest.approx(math.hypot(0.35, math.hypot(0.4, 0.15)))
    assert not first["paired"]
    assert (second["difference"], second["difference_se"], second["paired"]) == (0.25, 0.05, True)
    assert found["worst_difference"] == 0.25
    assert found["runs_training_seconds"] == 10.0
    assert found["runs_images_seen"] == 2 * 30 * 64
    assert (found["curve_training_seconds"], found["curve_images_seen"]) == (8.0, 3200)


def test_only_whole_runs_of_the_same_thing_are_compared(tmp_path):
    rows = [
        row_at(1.0), row_at(0.5), row_at(0.5, seed=1),
        row_at(2.0, model="-+-"), row_at(2.0, preset="quick"), row_at(2.0, data="mnist"),
        row_at(2.0, complete=False), row_at(2.0, anneal=1.0), row_at(2.0, free_bits=1.0),
        row_at(30.0), row_at(2.0, beta=None, target_rate=3.0),
    ]  # fmt: skip
    write_table(tmp_path, rows)
    found = rows_to_compare(tmp_path, curve_settings(), SOURCE)
    assert [(row["beta"], row["seed"]) for row in found] == [(0.5, 0), (0.5, 1), (1.0, 0)]
    with pytest.raises(ValueError, match=r"against must have a run of ---, tiny, on mnist5k"):
        rows_to_compare(tmp_path, curve_settings(), "mnist5k")


def test_a_paired_difference_is_that_of_image_by_image(curve):
    place, settings, _ = curve
    model, _ = load_curve(place)
    images = curve_images(50, seed=6)
    one, other = model.at(0.3), model.at(1.0)
    difference, error = paired_difference(settings, one, other, images, 0.7)
    a, b = (measure(m, images) for m in (one, other))
    costs = [m.distortion + 0.7 * m.rate for m in (a, b)]
    assert difference == pytest.approx(costs[0] - costs[1], rel=1e-6)
    assert error > 0
    assert paired_difference(settings, one, one, images, 0.7) == (0.0, 0.0)


# -- the command ---------------------------------------------------------------------------------

COMMAND = (
    "curve", "--data", SOURCE, "--preset", "tiny", "--device", "cpu", "--precision", "float32",
    "--batch", 32, "--epochs", 2,
)  # fmt: skip


def test_the_command_leaves_everything_and_compares(tmp_path, run, monkeypatch):
    few_images(monkeypatch)
    table, out = tmp_path / "sweep", tmp_path / "curve"
    write_table(table, [row_at(0.7), row_at(1.0)])
    result = run(
        *COMMAND, "--betas", "0.1,1", "--against", table / "table.csv", "--out", out,
        "--json", tmp_path / "copy.json",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert "curve - run" in result.stdout
    found = json.loads((out / "curve.json").read_text())
    assert found == json.loads((tmp_path / "copy.json").read_text())
    assert [point["beta"] for point in found["points"]] == [0.1, 0.7, 1.0]
    assert found["settings"]["beta_low"] == 0.05
    rows = read_rows(out / "comparison.csv", COMPARED, texts=("run",))
    assert rows == found["comparison"]["rows"]
    kept = {"checkpoint.safetensors", "comparison.csv", "curve.csv", "curve.json", "curve.png",
            "history.csv", LOCK}  # fmt: skip
    assert {path.name for path in out.iterdir()} == kept
    one_line(run(*COMMAND, "--out", out), "curve.json exists")
    again = run(*COMMAND, "--betas", "2", "--out", out, "--resume", "--overwrite")
    assert again.exit_code == 0, again.stderr
    assert "2 " in again.stdout


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("--model=abc",), ("model must be one of", "abc")),
        (("--model=coarse:2",), ("model must be one of",)),
        (("--data", "cats"), ("dataset must be one of", "cats")),
        (("--betas", "0.01"), ("betas must be in [0.05, 20]", "0.01")),
        (("--betas", "a"), ("betas must be like",)),
        (("--target-rates", "-1"), ("target_rates must be finite and above 0",)),
        (("--range", "1"), ("range must be like 0.05:20",)),
        (("--range", "2:1"), ("range of beta must have 0 < low < high",)),
        (("--power", "-1"), ("power must be",)),
        (("--slopes", "0"), ("slopes must be",)),
        (("--test-images", "0"), ("test_images must be",)),
        (("--against", "nothing.csv"), ("nothing.csv", "readable table")),
        (("--resume",), ("--resume needs --out",)),
    ],
)
def test_wrong_input_is_one_line(run, tmp_path, monkeypatch, asked, words):
    few_images(monkeypatch)
    place = () if "--resume" in asked else ("--out", tmp_path / "curve")
    one_line(run(*COMMAND, *asked, *place), *words)
    assert not (tmp_path / "curve").exists()
