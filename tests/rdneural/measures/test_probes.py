"""Probes of codes against what can be computed, and the bound of what a rate can tell."""

import math

import numpy as np
import pytest
from scipy.special import ndtr

from rdneural.measures.probes import FOLDS, linear_probe, nearest_neighbours, share
from tests.tolerances import STANDARD_ERRORS

PROBES = pytest.mark.parametrize("probe", [linear_probe, nearest_neighbours])


def blobs(count=1200, *, distance, dim=3, seed=0):
    """Two classes, equally likely, of unit normals whose means are so far apart."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    codes = rng.normal(size=(count, dim))
    codes[:, 0] += distance * (labels - 0.5)
    return codes, labels


# -- probes -----------------------------------------------------------------------------------


def test_a_linear_probe_of_two_normals_is_as_good_as_bayes():
    codes, labels = blobs(4000, distance=2.0)
    found = linear_probe(codes, labels)
    # the best rule is linear and right with probability Phi(distance / 2)
    assert abs(found.value - ndtr(1.0)) < STANDARD_ERRORS * found.se
    assert found.se == pytest.approx(math.sqrt(ndtr(1.0) * ndtr(-1.0) / 4000), rel=0.05)


def test_neighbours_find_what_no_line_parts():
    codes, labels = blobs(1200, distance=12.0)
    inner = codes[:, 0] > 0  # now one class is on both sides of the other
    codes[:, 0] = np.where(inner, codes[:, 0] - 6, 6 + codes[:, 0] * np.sign(codes[:, 1]) * 2)
    assert nearest_neighbours(codes, labels).value > 0.95
    assert linear_probe(codes, labels).value < 0.8


@PROBES
def test_labels_that_codes_do_not_tell_are_guessed_by_chance(probe):
    codes, _ = blobs(1500, distance=0.0)
    labels = np.random.default_rng(1).integers(3, size=1500)
    found = probe(codes, labels)
    assert abs(found.value - 1 / 3) < STANDARD_ERRORS * found.se


@PROBES
@pytest.mark.parametrize("dim", [0, 2])
def test_a_code_that_never_varies_is_worth_the_most_frequent_class(probe, dim):
    labels = np.repeat([0, 1], [700, 300])
    assert probe(np.zeros((1000, dim)), labels).value <= 0.7
    if probe is linear_probe:
        assert probe(np.zeros((1000, dim)), labels).value == 0.7


def test_a_linear_probe_sees_no_scale_and_neighbours_see_no_rotation():
    codes, labels = blobs(600, distance=1.5)
    scaled = codes * [1e-3, 1.0, 1e4] + [5.0, 0.0, -7.0]
    assert linear_probe(scaled, labels) == linear_probe(codes, labels)
    turned, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))
    assert nearest_neighbours(7.5 * codes @ turned, labels) == nearest_neighbours(codes, labels)


def test_neighbours_are_not_misled_by_coordinates_that_hardly_vary():
    codes, labels = blobs(600, distance=4.0, dim=2)
    unused = 1e-4 * np.random.default_rng(2).normal(size=(600, 30))
    alone, beside = (nearest_neighbours(c, labels) for c in (codes, np.hstack([codes, unused])))
    assert abs(alone.value - beside.value) <= 2 / 600  # a tie or two


@PROBES
def test_the_order_of_images_matters_no_more_than_the_folds(probe):
    codes, labels = blobs(600, distance=2.0)
    order = np.random.default_rng(3).permutation(600)
    one, other = probe(codes, labels), probe(codes[order], labels[order])
    assert abs(one.value - other.value) < STANDARD_ERRORS * one.se
    assert probe(codes, labels) == one


@PROBES
@pytest.mark.parametrize(
    ("codes", "labels", "message"),
    [
        (np.zeros(4), np.arange(4), "codes must"),
        (np.full((20, 2), np.nan), np.arange(20) % 2, "codes must"),
        (np.zeros((20, 2)), np.arange(19) % 2, r"one for each of 20 codes, got shape \(19,\)"),
        (np.zeros((20, 2)), np.arange(20) // 4, f"{FOLDS} images of each class or more, got 4"),
    ],
)
def test_what_probes_refuse(probe, codes, labels, message):
    with pytest.raises(ValueError, match=message):
        probe(codes, labels)


# -- shares -----------------------------------------------------------------------------------


def test_the_error_of_a_share_is_binomial_and_never_nothing():
    rng = np.random.default_rng(0)
    shares = [share(draw) for draw in rng.random((4000, 100)) < 0.8]
    spread = np.std([one.value for one in shares])
    # the standard deviation of 4,000 draws is known to 1 / sqrt(8,000) of itself
    assert np.mean([one.se for one in shares]) == pytest.approx(spread, rel=4 / math.sqrt(8000))
    assert share([True] * 200).value == 1.0
    assert 1 / 400 < share([True] * 200).se < 1 / 100


def test_a_share_needs_something_to_count():
    with pytest.raises(ValueError, match="number of images"):
        share([])
