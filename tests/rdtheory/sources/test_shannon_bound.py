"""Shannon's lower bound on the uniform law and on its cells."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory import mutual_information
from rdtheory.sources.textbook import shannon_lower_bound, uniform
from tests.make.theory_channels import primal_and_dual
from tests.strategies import PROOF, channels
from tests.tolerances import ROUNDING


def test_the_bound_at_values_by_hand():
    unit = 256 / (2 * math.pi * math.e)  # where 16 = sqrt(2 pi e D)
    assert shannon_lower_bound(unit) == pytest.approx(0.0, abs=ROUNDING)
    assert shannon_lower_bound(unit / 16) == pytest.approx(math.log(4), abs=ROUNDING)
    assert shannon_lower_bound(256 / 12) == 0.0
    assert shannon_lower_bound(0.0) == math.inf
    assert uniform(16).closed_form is None


@pytest.mark.parametrize("k", [2, 16, 160])
def test_the_bound_of_cells_stays_a_fixed_part_below_their_entropy(k):
    expected = math.log(k) - 0.5 * math.log(2 * math.pi * math.e / 12)
    assert shannon_lower_bound(0.0, cells=k) == pytest.approx(expected, abs=ROUNDING)


@PROOF
@given(channels(bins=st.just(5), codes=st.just(5)))
def test_no_channel_of_cells_undercuts_their_bound(channel):
    source = uniform(5)
    _, encoder = channel
    distortion = float(source.p_x @ (encoder * source.distortion).sum(axis=1))
    told = mutual_information(source.p_x, encoder)
    assert told >= shannon_lower_bound(distortion, cells=5) - ROUNDING


@pytest.mark.parametrize("target", [0.01, 0.04, 0.25])
def test_fine_cells_come_near_their_bound(target):
    source = uniform(160)
    found, reached, bound = primal_and_dual(source, source.p_x, 1 / (2 * target))
    least = shannon_lower_bound(found, cells=160)
    # noise is not normal within two deviations of an end, where 4 sqrt(D) / 16 of the mass lies and
    # loses less than a nat; nor is it smooth unless w^2/12 is far below D
    assert least <= reached
    assert bound <= reached <= least + 4 * math.sqrt(target) / 16 + 0.1**2 / 12 / target
