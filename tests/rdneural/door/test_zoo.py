"""The zoo: each model is small, loads by its name, and is what its result says."""

import math
from dataclasses import replace

import pytest
import torch

import rdneural as rn
from rdneural.measures.images import as_tensor, spread_subset
from rdneural.measures.rates import measure
from rdneural.records.layout import CHECKPOINT
from rdneural.records.zoo import CAGES, PREFIX, found_place, zoo_names
from rdneural.runs.stored import images_of
from tests.make.data import REAL
from tests.make.measured import models_of_the_zoo
from tests.tolerances import STANDARD_ERRORS

IMAGES = 200


def test_models_are_small_and_each_is_the_family_that_it_is_listed_as():
    assert "split" in zoo_names()
    sizes = {f"{PREFIX}{name}": (CAGES / name / CHECKPOINT).stat().st_size for name in zoo_names()}
    assert {row["name"]: row["bytes"] for row in models_of_the_zoo()} == sizes
    assert max(sizes.values()) < 1_000_000
    assert sum(sizes.values()) < 10_000_000
    assert {row["name"]: rn.load(row["name"]).model.family for row in models_of_the_zoo()} == {
        row["name"]: row["model"] for row in models_of_the_zoo()
    }


@pytest.mark.parametrize("row", models_of_the_zoo(), ids=lambda row: row["name"])
def test_what_is_listed_was_measured_of_the_weights_that_are_there(row):
    """Of every fiftieth test image, within errors of the measurement of all."""
    if not (REAL / "mnist_static").is_dir():
        pytest.skip(f"the static binarised MNIST is not in {REAL}")
    run = rn.load(row["name"], beta=None if math.isnan(row["low"] or math.nan) else row["beta"])
    settings = replace(run.settings, data=str(REAL / "mnist_static"))
    test = as_tensor(images_of(run.place, settings, data=None).test)
    with torch.no_grad():
        found = measure(run.model, spread_subset(test, IMAGES))
    error = math.hypot(found.elbo_se, row["elbo_se"])
    assert abs(found.elbo - row["elbo"]) <= STANDARD_ERRORS * error


def test_what_the_zoo_has_not_is_said():
    with pytest.raises(ValueError, match=r"place must be one of zoo:.*, got 'zoo:dodo'"):
        found_place("zoo:dodo")
