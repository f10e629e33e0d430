"""Settings of a run are refused by name, rule and value, and travel as JSON."""

import json
import math
import re
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest

from rdneural.records.names import DISCRETE, FAMILIES
from rdneural.records.recommended import DROPOUT, recommended, settings_on
from rdneural.records.settings import RunSettings
from rdneural.records.sizes import PRESETS, SIZES
from rdtheory.sources.images import named_image_source

GOOD = {"dataset": "mnist", "beta": 1.0}
AIMED = {"dataset": "mnist", "target_rate": 10.0}

UNKNOWN = "dataset must be one of mnist, omniglot, toy, bars, ising, templates, got {}"

NOT_ABOVE = [0.0, -1.0, math.nan, math.inf]
BELOW = [-1.0, math.nan, math.inf]
ROWS = [
    ({"model": "-+x"}, f"model must be one of {', '.join((*FAMILIES, *DISCRETE))}, got '-+x'"),
    ({"dataset": "cifar"}, UNKNOWN.format("'cifar'")),
    ({"dataset": ""}, UNKNOWN.format("''")),
    ({"dataset": "mnist:4x4"}, UNKNOWN.format("'mnist:4x4'")),
    ({"dataset": " toy"}, UNKNOWN.format("' toy'")),
    (
        {"dataset": "bars"},
        "source bars must have a size from 2x2 to 8x8, as in bars:4x4, got 'bars'",
    ),
    (
        {"dataset": "toy:4x4"},
        "source toy must have nothing more, as in toy, got 'toy:4x4'",
    ),
    (
        {"dataset": "templates:4x4:noise=0.5"},
        "noise must be in (0, 0.5), got 0.5",
    ),
    ({"preset": "huge"}, "preset must be one of tiny, quick, paper, got 'huge'"),
    ({"optimiser": "sgd"}, "optimiser must be one of adamw, muon, got 'sgd'"),
    ({"dim": 0}, "dim must be an integer of at least 1, got 0"),
    (
        {"dim": 4, "model": "split:8"},
        "dim must be left out for split:8, whose code has no other length than its own, got 4",
    ),
    ({"refine": -1}, "refine must be an integer of at least 0, got -1"),
    (
        {"refine": 2, "model": "bits-:8"},
        "refine must be 0 for bits-:8: the twelve families have means that can be refined, got 2",
    ),
    ({"orders": 0}, "orders must be a whole number from 1 to 8, got 0"),
    ({"orders": 9, "model": "-+-"}, "orders must be a whole number from 1 to 8, got 9"),
    *[
        (
            {"orders": 2, "model": model},
            f"orders must be 1 for {model}: a PixelCNN++ decoder that sees a code has several, "
            "got 2",
        )
        for model in ("--v", "bits-:8", "split:8")
    ],
    ({"schedule": "step"}, "schedule must be one of cosine, linear, got 'step'"),
    ({"precision": "int8"}, "precision must be one of float32, bfloat16, got 'int8'"),
    ({"beta": None}, "give exactly one of beta and target_rate, got None and None"),
    ({"target_rate": 3.0}, "give exactly one of beta and target_rate, got 1.0 and 3.0"),
    ({"batch": 0}, "batch must be finite and at least 1, got 0"),
    ({"batch": math.inf}, "batch must be finite and at least 1, got inf"),
    ({"ema": 1.0}, "ema must be below 1, got 1.0"),
    ({"penalty": 2.0}, "penalty needs target_rate, got penalty 2.0 without it"),
    *[
        ({name: value}, f"{name} must be finite and above 0, got {value}")
        for name in ("epochs", "learning_rate", "clip")
        for value in NOT_ABOVE
    ],
    *[
        ({name: value}, f"{name} must be finite and at least 0, got {value}")
        for name in ("beta", "anneal", "free_bits", "ema", "warm_up", "patience")
        for value in BELOW
    ],
]
AIMED_ROWS = [
    *[
        ({name: value}, f"{name} must be finite and above 0, got {value}")
        for name in ("target_rate", "penalty")
        for value in NOT_ABOVE
    ],
    ({"anneal": 1.0}, "anneal goes with beta, got it with target_rate"),
    ({"free_bits": 1.0}, "free_bits goes with beta, got it with target_rate"),
]


@pytest.mark.parametrize(
    ("given", "message"),
    [(GOOD | row, message) for row, message in ROWS]
    + [(AIMED | row, message) for row, message in AIMED_ROWS],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_setting_out_of_bounds_is_named_with_its_rule_and_value(given, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        RunSettings(**given)


def test_patience_without_beta_is_refused():
    with pytest.raises(ValueError, match="patience"):
        RunSettings(**AIMED, patience=3)


def test_a_negative_seed_is_refused():
    with pytest.raises(ValueError, match="seed"):
        RunSettings(**GOOD, seed=-1)


@pytest.mark.parametrize("name", ["batch", "seed"])
def test_counts_are_whole_numbers(name):
    with pytest.raises((ValueError, TypeError), match=name):
        RunSettings(**GOOD, **{name: 12.5})


@pytest.mark.parametrize(
    "given",
    [
        GOOD | {"beta": 0.0},
        GOOD | {"beta": 10},
        GOOD | {"ema": 0.0},
        GOOD | {"epochs": 0.01},
        GOOD | {"batch": 1, "warm_up": 0, "patience": 5},
        GOOD | {"anneal": 3.0, "free_bits": 2.0},
        AIMED | {"penalty": 1.0},
        AIMED,
        GOOD | {"dataset": "toy"},
        AIMED | {"dataset": "ising:3x3:temperature=1.50"},
    ],
    ids=str,
)
def test_settings_within_bounds_are_taken_and_go_through_json(given):
    settings = RunSettings(**given)
    found = json.loads(json.dumps(settings.as_dict()))
    assert RunSettings(**found) == settings
    assert list(found) == [field.name for field in fields(RunSettings)]
    assert {name: found[name] for name in given} == given


def test_settings_cannot_be_changed_and_are_checked_when_replaced():
    settings = RunSettings(**GOOD)
    with pytest.raises(FrozenInstanceError):
        settings.batch = 3
    assert replace(settings, batch=3).batch == 3
    with pytest.raises(ValueError, match=r"^batch must be"):
        replace(settings, batch=0)


@pytest.mark.parametrize(
    "dataset",
    ["toy", "bars:4x4", "ising:3x3", "ising:2x2:temperature=2:coupling=-1", "templates:3x3"],
)
def test_a_data_set_may_be_a_source_that_can_be_enumerated(dataset):
    found, expected = RunSettings(dataset, beta=1.0).source, named_image_source(dataset)
    assert found.name == expected.name
    np.testing.assert_array_equal(found.images, expected.images)
    np.testing.assert_array_equal(found.p_x, expected.p_x)


@pytest.mark.parametrize("dataset", ["mnist", "omniglot"])
def test_images_of_the_world_are_no_source(dataset):
    assert RunSettings(dataset, beta=1.0).source is None


@pytest.mark.parametrize("dataset", [None, 3, ["toy"]], ids=str)
def test_a_data_set_that_is_no_text_is_refused(dataset):
    with pytest.raises((TypeError, ValueError), match=r"^dataset must be"):
        RunSettings(dataset, beta=1.0)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("model", FAMILIES)
@pytest.mark.parametrize("goal", [{"beta": 1.0}, {"target_rate": 10.0}], ids=["beta", "rate"])
def test_recommended_settings_are_settings(preset, model, goal):
    advised = recommended(preset, model)
    settings = RunSettings("mnist", model=model, preset=preset, **goal, **advised)
    assert {name: settings.as_dict()[name] for name in advised} == advised
    assert settings.sizes is SIZES[preset]


@pytest.mark.parametrize("model", FAMILIES)
def test_the_paper_s_training_is_as_design_md_says(model):
    advised = recommended("paper", model)
    expected = {
        "epochs": 200.0,
        "learning_rate": 3e-4,
        "schedule": "linear",
        "normalise_gradients": True,
    }
    assert {name: advised[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("preset", "model", "message"),
    [
        ("huge", "---", "preset must be one of tiny, quick, paper, got 'huge'"),
        ("tiny", "-+", f"model must be one of {', '.join((*FAMILIES, *DISCRETE))}, got '-+'"),
    ],
)
def test_nothing_is_recommended_for_unknown_names(preset, model, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        recommended(preset, model)


@pytest.mark.parametrize(
    ("model", "preset", "epochs", "share"),
    [
        ("-+-", "quick", 4.0, DROPOUT),
        ("split:98", "quick", 15.0, DROPOUT),
        ("-+-", "quick", 3.9, 0.0),
        ("---", "quick", 40.0, 0.0),
        ("-+-", "paper", 200.0, 0.0),
    ],
)
def test_long_trainings_of_small_pixelcnns_are_advised_to_drop_out(model, preset, epochs, share):
    asked = {"dataset": "mnist", "model": model, "preset": preset, "precision": "float32"}
    found = settings_on("cpu", beta=1.0, epochs=epochs, **asked)
    assert found.dropout == share
    assert settings_on("cpu", beta=1.0, epochs=epochs, dropout=0.3, **asked).dropout == 0.3


def test_several_orders_need_no_dropout():
    asked = {"dataset": "mnist", "model": "-+-", "preset": "quick", "precision": "float32"}
    assert settings_on("cpu", beta=1.0, epochs=12.0, orders=8, **asked).dropout == 0.0
