"""Sums over letters on a line by blocks are those over letters in space."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory.continuous.gauss import bounds, mixture
from rdtheory.continuous.line import bounds_on_line, mixture_on_line
from tests.strategies import PROOF

TINY = 1e-20
"""What letters may add that one of the two leaves out: they are below exp(-80)."""
SUMS = 1e-11
"""Relative: sums of bumps whose exponents, of some hundred, are rounded in another order."""


@PROOF
@given(st.integers(1, 3000), st.integers(0, 10**6), st.floats(-2, 2), st.booleans())
def test_mixtures_and_bounds_are_the_same(n, seed, size, ordered):
    rng = np.random.default_rng(seed)
    x, y, s = rng.normal(size=n), rng.normal(size=5), 10.0**size
    x = np.sort(x) if ordered else x
    log_w = np.log(rng.dirichlet(np.ones(5)))
    found, exact = mixture_on_line(x, y, log_w, s), mixture(x[:, None], y[:, None], log_w, s)
    for one, other in zip(found, exact, strict=True):
        assert one == pytest.approx(other, rel=SUMS, abs=SUMS)
    a = -np.logaddexp(exact[0], -50.0) - np.log(n)  # as with a floor below q
    centres, halves = rng.normal(size=6), 10.0 ** rng.uniform(-3, 0.5, size=6)
    found = bounds_on_line(centres, halves, x, a, s)
    exact = bounds(centres[:, None], halves[:, None], x[:, None], a, s)
    for one, other in zip(found, exact, strict=True):
        assert one == pytest.approx(other, rel=SUMS, abs=TINY)
