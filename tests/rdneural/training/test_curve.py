"""Training a whole curve: resumed equals unbroken, slopes and weights as they are defined."""

import math

import pytest
import torch

from rdneural.measures.rates import measure
from rdneural.models.build import Terms
from rdneural.records.curves import SHARED
from rdneural.records.layout import CHECKPOINT
from rdneural.records.settings import RunSettings
from rdneural.training.checkpoints import read_checkpoint
from rdneural.training.curve import (
    CurveObjective,
    CurveSettings,
    draw_log_betas,
    load_curve,
    train_curve,
)
from rdneural.training.loop import train
from rdneural.training.options import LoopOptions
from tests.make.curves import SOURCE, curve_images, curve_settings

STEPS = 6
"""Of `curve_settings` on 96 images: 3 steps an epoch, 2 epochs, a validation after each step."""
TRAIN, VALID = curve_images(96), curve_images(20, seed=1)


def kept_curve(place):
    """Return tensors and numbers of a checkpoint, without the seconds, which no seed fixes."""
    stored = read_checkpoint(place / CHECKPOINT)
    progress = stored.numbers["progress"]
    del progress["seconds"], progress["training_seconds"]
    for row in progress["history"]:
        del row["seconds"]
    return stored.tensors, stored.numbers


@pytest.mark.parametrize("model", ["---", "-+v"])
def test_a_curve_broken_off_twice_equals_an_unbroken_one(tmp_path, model):
    settings = curve_settings(model=model)
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
        kept_curve, (tmp_path / "whole", tmp_path / "broken")
    )
    assert numbers == other_numbers
    assert tensors.keys() == others.keys()
    assert all(torch.equal(tensor, others[name]) for name, tensor in tensors.items())


def test_a_loaded_curve_is_the_one_that_was_trained(tmp_path):
    settings = curve_settings(model="-+v", low=0.1, high=5.0, slopes=3, power=1.0)
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
    train_curve(curve_settings(), TRAIN, VALID, tmp_path, options=LoopOptions(stop_after=1))
    with pytest.raises(ValueError, match=message):
        train_curve(curve_settings(**changed), TRAIN, VALID, tmp_path, resume=True)


def test_the_checkpoint_of_a_run_is_no_curve_s(tmp_path):
    run = RunSettings(dataset=SOURCE, preset="tiny", beta=1.0, epochs=1.0, batch=96)
    train(run, TRAIN, VALID, tmp_path)
    with pytest.raises(ValueError, match="must hold a curve"):
        load_curve(tmp_path)


def test_slopes_are_shared_where_each_is_dear():
    of = {name: curve_settings(model=name, slopes=None).slopes for name in ("---", "+-+", "+-v")}
    assert of == {"---": 32, "+-+": 32, "+-v": SHARED}
    assert curve_settings(model="-+-", slopes=None).slopes == SHARED


@pytest.mark.parametrize("slopes", [1, 3, 32, 1000])
def test_each_part_of_the_range_has_one_slope_and_its_share_of_images(slopes):
    settings = curve_settings(slopes=slopes)
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
    settings = curve_settings(widening=0.5)
    for done in (0.0, 0.1, 0.25, 0.5, 0.9):
        shares = draw_log_betas(settings, 1000, done=done) - math.log(settings.low)
        shares /= math.log(settings.high / settings.low)
        reach = min(1.0, done / 0.5)
        assert shares.max() <= reach + 1e-6  # float32
        assert shares.max() >= reach * (1 - 1 / 32) - 1e-6  # in the last of 32 parts


def test_the_loss_weighs_each_image_by_its_slope():
    settings = curve_settings(power=2.0)
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
        curve_settings(**changed)


def test_the_slope_of_the_run_is_the_middle_of_the_range():
    assert curve_settings(low=0.01, high=1.0).run.beta == pytest.approx(0.1)
    other = RunSettings(dataset=SOURCE, preset="tiny", beta=0.5)
    with pytest.raises(ValueError, match="beta must be the middle of the range"):
        CurveSettings(other, 0.01, 1.0)
