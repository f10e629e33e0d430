"""Samples as a source."""

import numpy as np
import pytest

from rdtheory.solver.slope import solve_slope
from rdtheory.sources import empirical


@pytest.mark.parametrize("k", [None, 1, 3])
def test_equal_samples_are_one_letter_and_cost_the_same_as_many(k):
    generator = np.random.default_rng(5)
    samples = generator.integers(0, 3, 60 if k is None else (60, k))
    once, each = empirical(samples), empirical(samples, merge=False)
    assert len(once.letters) < len(each.letters) == 60
    assert each.p_x.tolist() == [1 / 60] * 60
    for x, p in zip(once.letters, once.p_x, strict=True):
        same = samples == x if k is None else (samples == x).all(axis=1)
        assert p == pytest.approx(same.mean())
    values = [solve_slope(source, beta=0.4).value for source in (once, each)]
    assert values[0] == pytest.approx(values[1], abs=2e-9)


def test_other_outputs_describe_the_samples():
    source = empirical([0.0, 1.0, 1.0, 3.0], outputs=[0.0, 2.0], measure="absolute")
    np.testing.assert_array_equal(source.distortion, [[0.0, 2.0], [1.0, 1.0], [3.0, 1.0]])


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        ([], r"samples must be a non-empty 1-d array"),
        ([[1.0], [np.nan]], r"samples must be finite, got samples\[1, 0\] = nan"),
        (np.zeros((2, 2, 2)), r"samples must be a non-empty 1-d array, got shape \(2, 2, 2\)"),
    ],
)
def test_wrong_samples_are_named(samples, message):
    with pytest.raises(ValueError, match=message):
        empirical(samples)
