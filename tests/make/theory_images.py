"""Sources of small images, and what is said of two of them."""

import numpy as np

LARGE_SUM = 1e-10
"""Relative. 65,536 terms, each a rounding off: 65,536 * 2.2e-16 = 1.5e-11 at the worst, and the
logarithm of a mass of up to 24 K = 240 nats is off by 5e-14."""

CORNER = np.array([[[0, 0], [0, 0]], [[1, 0], [0, 0]]], np.uint8)


def numbers_of(images):
    """The binary numbers that pixels make in raster order."""
    pixels = images.reshape(len(images), -1)
    return pixels @ 2 ** np.arange(pixels.shape[1] - 1, -1, -1)


def assert_same_source(one, other):
    """Assert that two sources have one name, one list of images and one law."""
    assert one.name == other.name
    np.testing.assert_array_equal(one.images, other.images)
    np.testing.assert_array_equal(one.p_x, other.p_x)
