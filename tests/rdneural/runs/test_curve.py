"""Curves from one training: resumed equals unbroken, targets are met, comparisons add up."""

import json
import math

import numpy as np
import pytest
import torch

from rdneural.measures.rates import measure
from rdneural.models.build import Terms
from rdneural.records.layout import CHECKPOINT
from rdneural.records.settings import RunSettings
from rdneural.records.table import row_of, write_table
from rdneural.runs.curve import TARGET_TOLERANCE, find_beta, greatest_rise, mean_rate, run_curve
from rdneural.runs.curve_comparison import (
    COMPARED,
    compare,
    cost_of,
    paired_difference,
    rows_to_compare,
)
from rdneural.sweeps.plan import make_plan
from rdneural.training.checkpoints import read_checkpoint
from rdneural.training.curve import (
    CurveObjective,
    CurveSettings,
    draw_log_betas,
    load_curve,
    make_settings,
    train_curve,
)
from rdneural.training.loop import train
from rdneural.training.options import LoopOptions
from rdtheory.results import read_rows
from tests.make.runs import few_images, made_result, one_line

SOURCE = "bars:4x4"
QUICK = "templates:4x4:noise=0.05"
"""A source that is learnt within some hundred steps."""

SMALL = {
    "dataset": SOURCE, "preset": "tiny", "device": "cpu", "precision": "float32", "batch": 32,
}  # fmt: skip
STEPS = 6
"""Of `_settings` on 96 images: 3 steps an epoch, 2 epochs, a validation after each step."""


def _settings(**changed):
    return make_settings(**(SMALL | {"model": "---", "epochs": 2.0} | changed))


def _images(count, seed=0):
    drawn = np.random.default_rng(seed).random((count, 1, 4, 4)) < 0.3
    return torch.from_numpy(drawn.astype(np.uint8))


TRAIN, VALID = _images(96), _images(20, seed=1)


def _kept(place):
    """Return tensors and numbers of a checkpoint, without the seconds, which no seed fixes."""
    stored = read_checkpoint(place / CHECKPOINT)
    progress = stored.numbers["progress"]
    del progress["seconds"], progress["training_seconds"]
    for row in progress["history"]:
        del row["seconds"]
    return stored.tensors, stored.numbers


# -- training ------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["---", "-+v"])
def test_a_curve_broken_off_twice_equals_an_unbroken_one(tmp_path, model):
    settings = _settings(model=model)
    whole = train_curve(settings, TRAIN, VALID, tmp_path / "whole")
    for number, stop in enumerate((1, 4, None)):
        broken = train_curve(
            settings,
            TRAIN,
            VALID,
            tmp_path / "broken",
            resume=number > 0,
            options=LoopOptions(stop_after=stop),
        )
    assert whole.progress.step == broken.progress.step == STEPS
    (tensors, numbers), (others, other_numbers) = map(
        _kept, (tmp_path / "whole", tmp_path / "broken")
    )
    assert numbers == other_numbers
    assert tensors.keys() == others.keys()
    assert all(torch.equal(tensor, others[name]) for name, tensor in tensors.items())


def test_a_loaded_curve_is_the_one_that_was_trained(tmp_path):
    settings = _settings(model="-+v", low=0.1, high=5.0, slopes=3, power=1.0)
    trained = train_curve(settings, TRAIN, VALID, tmp_path)
    model, kept = load_curve(tmp_path)
    assert kept == settings
    for beta in (0.1, 2.0):
        assert measure(model.at(beta), VALID) == measure(trained.model.at(beta), VALID)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"low": 0.01, "high": 100.0}, "beta_low must be 0.05 to resume, got 0.01"),
        ({"power": 0.0}, "power must be"),
        ({"slopes": 2}, "slopes must be 32 to resume, got 2"),
        ({"seed": 1}, "seed must be that of"),
    ],
)
def test_a_curve_is_not_gone_on_with_as_another(tmp_path, changed, message):
    train_curve(_settings(), TRAIN, VALID, tmp_path, options=LoopOptions(stop_after=1))
    with pytest.raises(ValueError, match=message):
        train_curve(_settings(**changed), TRAIN, VALID, tmp_path, resume=True)


def test_the_checkpoint_of_a_run_is_no_curve_s(tmp_path):
    run = RunSettings(dataset=SOURCE, preset="tiny", beta=1.0, epochs=1.0, batch=96)
    train(run, TRAIN, VALID, tmp_path)
    with pytest.raises(ValueError, match="must hold a curve"):
        load_curve(tmp_path)


@pytest.mark.parametrize("slopes", [1, 3, 32, 1000])
def test_each_part_of_the_range_has_one_slope_and_its_share_of_images(slopes):
    settings = _settings(slopes=slopes)
    logs = draw_log_betas(settings, 32)
    parts = min(slopes, 32)
    shares = (logs - math.log(settings.low)) / math.log(settings.high / settings.low)
    numbers = (shares * parts).floor().long()
    counts = torch.bincount(numbers, minlength=parts)
    assert counts.tolist() == [
        -(-32 * (k + 1) // parts) - -(-32 * k // parts) for k in range(parts)
    ]
    assert len(logs.unique()) == parts


def test_a_range_that_opens_begins_at_its_low_end_and_is_whole_in_time():
    settings = _settings(widening=0.5)
    for done in (0.0, 0.1, 0.25, 0.5, 0.9):
        shares = draw_log_betas(settings, 1000, done=done) - math.log(settings.low)
        shares /= math.log(settings.high / settings.low)
        reach = min(1.0, done / 0.5)
        assert shares.max() <= reach + 1e-6  # float32
        assert shares.max() >= reach * (1 - 1 / 32) - 1e-6  # in the last of 32 parts


def test_the_loss_weighs_each_image_by_its_slope():
    settings = _settings(power=2.0)
    terms = Terms(rate=torch.tensor([3.0, 5.0]), distortion=torch.tensor([10.0, 20.0]))
    found = CurveObjective(settings).loss_of(terms, torch.tensor([1.0, 3.0]).log())
    expected = ((10 + 3) / 4 + (20 + 15) / 16) / (1 / 4 + 1 / 16)
    assert found.item() == pytest.approx(expected, rel=1e-6)  # float32


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"low": 3.0, "high": 2.0}, "range of beta must have 0 < low < high, got 3.0 and 2.0"),
        ({"power": -1.0}, "power must be finite and at least 0, got -1.0"),
        ({"slopes": 0}, "slopes must be"),
        ({"widening": 1.5}, r"widening must be in \[0, 1\], got 1.5"),
        ({"free_bits": 1.0}, "free_bits is not for curves, got 1.0"),
        ({"patience": 2}, "patience is not for curves, got 2"),
        ({"compiled": True}, "compiled is not for curves, got True"),
    ],
)
def test_unusable_settings_are_named(changed, message):
    with pytest.raises(ValueError, match=message):
        _settings(**changed)


def test_the_slope_of_the_run_is_the_middle_of_the_range():
    assert _settings(low=0.01, high=1.0).run.beta == pytest.approx(0.1)
    other = RunSettings(dataset=SOURCE, preset="tiny", beta=0.5)
    with pytest.raises(ValueError, match="beta must be the middle of the range"):
        CurveSettings(other, 0.01, 1.0)


# -- what a curve finds --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def curve(tmp_path_factory):
    """What a training of 240 steps leaves; its result was measured at five slopes and a rate."""
    place = tmp_path_factory.mktemp("curve")
    with pytest.MonkeyPatch.context() as context:
        few_images(context)
        settings = _settings(dataset=QUICK, epochs=40.0, learning_rate=8e-3, power=1.0)
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
    images = _images(200, seed=5)
    ends = [mean_rate(model.at(beta), images) for beta in (model.high, model.low)]
    for share in (0.1, 0.5, 0.9):
        target = ends[0] + share * (ends[1] - ends[0])
        beta = find_beta(model, target, images)
        assert abs(mean_rate(model.at(beta), images) - target) <= TARGET_TOLERANCE * target
    with pytest.raises(ValueError, match=r"target_rate must be between .* got 1000"):
        find_beta(model, 1000.0, images)


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


def _row(slope, seed=0, **changed):
    (planned,) = make_plan(
        dataset=SOURCE, models="---", betas=[slope], seed=seed, preset="tiny", epochs=1.0,
        device="cpu", precision="float32",
    )  # fmt: skip
    result = made_result(planned.settings) | {"settings": planned.settings.as_dict()}
    return row_of(planned.name, "here", result) | changed


def _point(beta, rate, distortion):
    test = {"rate": rate, "rate_se": 0.1, "distortion": distortion, "distortion_se": 0.3,
            "elbo": rate + distortion, "elbo_se": 0.4}  # fmt: skip
    cost, cost_se = cost_of(test, beta)
    return {"beta": beta, "test": test | {"cost": cost, "cost_se": cost_se}}


def test_a_comparison_s_numbers_from_a_made_table():
    measured = {"test_rate": 2.0, "test_rate_se": 0.3, "test_distortion": 7.0,
                "test_distortion_se": 0.4, "test_elbo": 9.0, "test_elbo_se": 0.5}  # fmt: skip
    rows = [_row(beta, **measured, steps=30, batch=64, training_seconds=5.0) for beta in (0.5, 2.0)]
    result = {
        "steps": 100,
        "images_seen": 3200,
        "training_seconds": 8.0,
        "points": [_point(0.5, 3.0, 6.0), _point(1.0, 9.0, 9.0), _point(2.0, 1.0, 9.5)],
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
        _row(1.0), _row(0.5), _row(0.5, seed=1),
        _row(2.0, model="-+-"), _row(2.0, preset="quick"), _row(2.0, data="mnist"),
        _row(2.0, complete=False), _row(2.0, anneal=1.0), _row(2.0, free_bits=1.0),
        _row(30.0), _row(2.0, beta=None, target_rate=3.0),
    ]  # fmt: skip
    write_table(tmp_path, rows)
    found = rows_to_compare(tmp_path, _settings(), SOURCE)
    assert [(row["beta"], row["seed"]) for row in found] == [(0.5, 0), (0.5, 1), (1.0, 0)]
    with pytest.raises(ValueError, match=r"against must have a run of ---, tiny, on mnist5k"):
        rows_to_compare(tmp_path, _settings(), "mnist5k")


def test_a_paired_difference_is_that_of_image_by_image(curve):
    place, settings, _ = curve
    model, _ = load_curve(place)
    images = _images(50, seed=6)
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
    write_table(table, [_row(0.7), _row(1.0)])
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
            "history.csv"}  # fmt: skip
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
