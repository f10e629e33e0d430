"""The Ising model against transfer matrices, its definition, symmetries and thermodynamics."""

import math
from itertools import product

import numpy as np
import pytest

from rdtheory.sources.images import (
    CRITICAL_TEMPERATURE,
    bernoulli_mixture,
    ising,
    ising_log_partition,
)
from tests.make.theory_images import LARGE_SUM, assert_same_source, numbers_of
from tests.tolerances import ROUNDING

ising_sides = pytest.mark.parametrize("side", [2, 3, 4])
strengths = pytest.mark.parametrize("strength", [-2.0, -0.3, 0.0, 0.1, 0.44, 1.0, 10.0])


def transfer_matrix_log_partition(side, strength):
    """log Z of Kramers and Wannier (1941): row after row, weights summed over what came before.

    Z = 1' V (T V)^(side - 1) 1, where V holds the bonds within a row and T those between two.
    """
    rows = np.array(list(product([-1, 1], repeat=side)))
    within = np.exp(strength * (rows[:, 1:] * rows[:, :-1]).sum(axis=1))
    between = np.exp(strength * rows @ rows.T)
    weights = within
    for _ in range(side - 1):
        weights = within * (between @ weights)
    return math.log(weights.sum())


def neighbours_product(image):
    """sum_(i, j neighbours) s_i s_j by the definition, bond by bond."""
    side = len(image)
    total = 0
    for i, j in product(range(side), repeat=2):
        for below, right in [(i + 1, j), (i, j + 1)]:
            if below < side and right < side:
                total += 1 if image[i][j] == image[below][right] else -1
    return total


@ising_sides
@strengths
def test_the_partition_function_is_that_of_the_transfer_matrix(side, strength):
    expected = transfer_matrix_log_partition(side, strength)
    found = ising_log_partition(side, coupling=strength, temperature=1.0)
    assert found == pytest.approx(expected, rel=LARGE_SUM)
    assert ising_log_partition(side, coupling=2 * strength, temperature=2.0) == found


@strengths
def test_the_ring_of_four_has_a_closed_form(strength):
    z = (2 * math.cosh(strength)) ** 4 + (2 * math.sinh(strength)) ** 4
    found = ising_log_partition(2, coupling=strength, temperature=1.0)
    assert found == pytest.approx(math.log(z), rel=ROUNDING)


@pytest.mark.parametrize("strength", [1e3, -1e3, 1e250])
@ising_sides
def test_in_great_cold_two_images_are_left(side, strength):
    bonds = 2 * side * (side - 1)  # log Z = log(2 exp(K bonds)) but for exp(-4 K)
    found = ising_log_partition(side, coupling=strength, temperature=1.0)
    assert found == pytest.approx(math.log(2) + abs(strength) * bonds, rel=ROUNDING)


@pytest.mark.parametrize("side", [2, 3])
@pytest.mark.parametrize("strength", [-0.3, 0.44, 2.0])
def test_ising_masses_are_those_of_the_definition(side, strength):
    source = ising(side, coupling=strength, temperature=1.0)
    weights = [math.exp(strength * neighbours_product(image)) for image in source.images.tolist()]
    np.testing.assert_allclose(source.p_x, np.array(weights) / math.fsum(weights), rtol=LARGE_SUM)


@ising_sides
def test_images_are_in_the_order_of_their_numbers(side):
    for source in (ising(side), bernoulli_mixture(np.full((1, side, side), 0.3))):
        np.testing.assert_array_equal(numbers_of(source.images), np.arange(2 ** (side**2)))


@ising_sides
def test_black_and_white_are_alike(side):
    p_x = ising(side).p_x
    np.testing.assert_allclose(p_x, p_x[::-1], rtol=ROUNDING)  # 1 - x has the last number less x's


@ising_sides
@pytest.mark.parametrize("coupling", [0.5, 1.0])
def test_an_antiferromagnet_is_a_ferromagnet_on_the_chessboard(side, coupling):
    chessboard = np.indices((1, side, side))[1:].sum(axis=0) % 2
    flipped = np.arange(2 ** (side**2)) ^ numbers_of(chessboard)
    anti = ising(side, coupling=-coupling, temperature=1.3)
    plain = ising(side, coupling=coupling, temperature=1.3)
    np.testing.assert_allclose(anti.p_x, plain.p_x[flipped], rtol=LARGE_SUM)
    assert anti.entropy == pytest.approx(plain.entropy, rel=LARGE_SUM)


@ising_sides
def test_in_great_heat_all_images_are_equally_likely(side):
    for source in (ising(side, temperature=1e9), ising(side, coupling=0.0)):
        np.testing.assert_allclose(source.p_x * 2 ** (side**2), 1.0, atol=1e-7)  # 2 * 24 K = 5e-8
        assert source.entropy == pytest.approx(side**2 * math.log(2), abs=LARGE_SUM)


@ising_sides
@strengths
def test_the_entropy_is_that_of_thermodynamics(side, strength):
    """H = log Z - K d log Z / d K, where d log Z / d K is the mean of the sum over neighbours."""
    source = ising(side, coupling=strength, temperature=1.0)
    spins = 2.0 * source.images - 1
    down = (spins[:, 1:] * spins[:, :-1]).sum(axis=(1, 2))
    right = (spins[:, :, 1:] * spins[:, :, :-1]).sum(axis=(1, 2))
    log_z = ising_log_partition(side, coupling=strength, temperature=1.0)
    expected = log_z - strength * float(source.p_x @ (down + right))
    assert source.entropy == pytest.approx(expected, abs=LARGE_SUM)


def test_at_the_critical_temperature_the_dual_of_the_coupling_is_itself():
    assert math.sinh(2 / CRITICAL_TEMPERATURE) == pytest.approx(1.0, abs=ROUNDING)
    default, told = ising(3), ising(3, coupling=1.0, temperature=CRITICAL_TEMPERATURE)
    assert_same_source(default, told)
