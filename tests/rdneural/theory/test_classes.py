"""What codes tell of the class of enumerated images, against what can be said without them."""

import numpy as np
import pytest

from rdneural.machine.seeding import seeded
from rdneural.models.build import build_model
from rdneural.records.sizes import SIZES
from rdneural.theory.classes import class_information
from rdneural.theory.evaluation import as_images, evaluate
from rdtheory.bottleneck.problem import Problem
from rdtheory.sources.image_classes import image_classes
from rdtheory.sources.images import named_image_source
from tests.tolerances import STANDARD_ERRORS

SOURCE = named_image_source("templates:3x3")
POSTERIOR = image_classes(SOURCE).posterior
JOINT = SOURCE.p_x[:, None] * POSTERIOR


def told(family):
    with seeded(3):
        model = build_model(family, SIZES["tiny"])
    return model, class_information(model, SOURCE, POSTERIOR, samples=4096)


def test_pixels_tell_what_a_table_of_them_tells():
    _, whole = told("split:16")
    # each letter is a stratum, and its code is no chance: exact
    assert whole.value == pytest.approx(Problem(JOINT).information, abs=1e-9)
    model, half = told("split:7")
    codes = model.encode(as_images(SOURCE, model))[0].numpy()
    _, letter = np.unique(codes, axis=0, return_inverse=True)
    table = np.zeros((letter.max() + 1, 4))
    np.add.at(table, letter.ravel(), JOINT)
    assert half.value == pytest.approx(Problem(table).information, abs=1e-9)
    assert 0 < half.value < whole.value


def test_a_code_of_nothing_tells_nothing():
    _, found = told("split:0")
    assert (found.value, found.se) == (pytest.approx(0.0, abs=1e-12), pytest.approx(0.0, abs=1e-12))


@pytest.mark.parametrize("family", ["---", "bits-:6"])
def test_a_code_tells_no_more_of_the_class_than_of_the_image(family):
    model, found = told(family)
    information = evaluate(model, SOURCE, samples=4096).mutual_information
    least = information - found
    assert least.value > -STANDARD_ERRORS * least.se
    assert found.value > -STANDARD_ERRORS * found.se
