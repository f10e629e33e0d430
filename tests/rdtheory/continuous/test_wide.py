"""Many dimensions: letters of a plane in R^40 have the plane's own certified optimum, anywhere."""

import numpy as np
import pytest

from rdtheory import solve_continuous


@pytest.mark.parametrize(
    ("beta", "measure"), [(4.0, "squared"), (1.0, "squared"), (0.25, "half_squared")]
)
def test_a_plane_in_forty_dimensions_is_that_plane(beta, measure):
    random = np.random.default_rng(0)
    plane, p = random.normal(size=(25, 2)), random.dirichlet(np.ones(25))
    axes = np.linalg.qr(random.normal(size=(40, 2)))[0].T
    middle = random.normal(size=40)
    exact = solve_continuous(plane, p, beta, measure=measure, gap=1e-8)
    point = solve_continuous(plane @ axes + middle, p, beta, measure=measure, gap=1e-7)
    assert (exact.rigorous, exact.converged) == (True, True)
    assert (point.rigorous, point.converged) == (False, True)
    # a point off the plane is further from every letter than its shadow on it
    assert -exact.gap <= (point.value - exact.value) / beta <= point.gap + 1e-12
    off = point.atoms - middle
    assert off == pytest.approx(off @ axes.T @ axes, abs=1e-4)
    assert point.rate == pytest.approx(exact.rate, abs=1e-3)
