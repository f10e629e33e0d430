"""Images drawn from a source whose whole distribution is known: three fixed splits of it."""

import numpy as np
import pytest

from rdneural.data.enumerated import COUNTS, draw_images
from rdneural.records.layout import SPLITS
from rdtheory.sources.images import ImageSource, named_image_source


def counts_of(images, source):
    """Return how often each image of a source is among others, and how many are none of its."""
    numbers = {image.tobytes(): k for k, image in enumerate(source.images)}
    distinct, counts = np.unique(images.reshape(len(images), -1), axis=0, return_counts=True)
    found = np.zeros(len(source.images), np.int64)
    strangers = 0
    for image, count in zip(distinct, counts, strict=True):
        k = numbers.get(image.tobytes())
        if k is None:
            strangers += count
        else:
            found[k] = count
    return found, strangers


@pytest.mark.parametrize("name", ["toy", "bars:4x4", "ising:3x3", "templates:4x4"])
def test_images_come_as_often_as_they_are_likely(name):
    """Inside its interval an image has whole strata, two draws each; at either end less than two
    draws are its own or are not."""
    source = named_image_source(name)
    data = draw_images(source, source.side)
    for split in SPLITS:
        found, strangers = counts_of(data.split(split), source)
        assert strangers == 0
        assert found.sum() == COUNTS[split]
        assert (np.abs(found - COUNTS[split] * source.p_x) < 4).all()


def test_an_image_that_fills_its_strata_is_left_to_no_chance():
    images = np.zeros((4, 2, 2), np.uint8)
    images[1:, 0, 0], images[2:, 0, 1], images[3:, 1, 0] = 1, 1, 1
    source = ImageSource("quarters", images, np.full(4, 0.25))
    data = draw_images(source, 2)
    for split in SPLITS:
        found, _ = counts_of(data.split(split), source)
        assert found.tolist() == [COUNTS[split] // 4] * 4


def test_the_data_have_the_name_of_the_source_and_as_many_images_as_mnist():
    data = draw_images(named_image_source("ising:3x3:temperature=2"), 4)
    assert data.name == "ising:3x3:temperature=2"
    assert data.warning is None
    assert {split: len(data.split(split)) for split in SPLITS} == {
        "train": 50_000,
        "valid": 10_000,
        "test": 10_000,
    }


def test_the_splits_are_fixed_and_differ():
    source = named_image_source("ising:3x3")
    first, again = draw_images(source, 4), draw_images(source, 4)
    for split in SPLITS:
        np.testing.assert_array_equal(first.split(split), again.split(split))
    assert (first.valid != first.test).any()  # two draws, not one


@pytest.mark.parametrize("side", [3, 4, 8])
def test_images_are_padded_below_and_to_the_right(side):
    source = named_image_source("ising:3x3")
    found = draw_images(source, side).valid
    assert found.shape[1:] == (side, side)
    assert found[:, :3, :3].any()
    assert not found[:, 3:].any()
    assert not found[:, :, 3:].any()
    np.testing.assert_array_equal(found[:, :3, :3], draw_images(source, 3).valid)


def test_images_larger_than_asked_for_are_refused():
    with pytest.raises(ValueError, match=r"^data must fit 4x4 pixels, got bars:5x5$"):
        draw_images(named_image_source("bars:5x5"), 4)
