"""Where atoms split as the slope falls: critical slopes, earlier first atoms, a judge on a grid."""

import cvxpy
import numpy as np
import pytest

from rdtheory import solve_continuous
from rdtheory.continuous.population import uniform
from rdtheory.continuous.trace import trace_atoms


@pytest.mark.parametrize(
    ("letters", "critical"), [([-1, 1], 2.0), ([[2, 1], [2, -1], [-2, 1], [-2, -1]], 8.0)]
)
def test_a_symmetric_source_first_splits_at_twice_its_largest_variance(letters, critical):
    trace = trace_atoms(letters, betas=[1.2 * critical, 0.8 * critical], width=0.02)
    (split,) = trace.splits
    assert trace.converged
    assert (split.fewer, split.more) == (1, 2)
    assert split.below <= critical <= split.above <= 1.02 * split.below


def test_an_atom_may_come_before_the_mean_stops_being_a_peak():
    letters, p = np.array([0.0, 10.0]), [0.95, 0.05]
    critical = 2 * 0.95 * 0.05 * 100
    point = solve_continuous(letters, p, 1.2 * critical)
    assert point.converged
    assert len(point.atoms) == 2
    assert point.value < 0.95 * 0.05 * 100 - 1e-3  # of the mean alone


def test_the_atoms_of_a_uniform_law_become_more_one_by_one_and_stay_symmetric():
    trace = trace_atoms(uniform(-1, 1), betas=[1.0, 0.2, 0.05], width=0.05)
    assert trace.converged
    assert [split.fewer for split in trace.splits] == [1, 2, 3, 4, 5]
    assert [split.more for split in trace.splits] == [2, 3, 4, 5, 6]
    assert trace.splits[0].below < 2 / 3 < trace.splits[0].above
    for point in trace.points:
        assert point.atoms[:, 0] == pytest.approx(-point.atoms[::-1, 0], abs=1e-3)


def test_cvxpy_on_a_fine_grid_finds_no_less():
    rng = np.random.default_rng(5)
    letters, p = rng.normal(size=8), rng.dirichlet(np.ones(8))
    beta = 0.3
    point = solve_continuous(letters, p, beta)
    grid = np.linspace(letters.min(), letters.max(), 1500)
    table = np.exp(-((letters[:, None] - grid) ** 2) / beta)
    r = cvxpy.Variable(grid.size, nonneg=True)
    judge = cvxpy.Problem(cvxpy.Minimize(-(p @ cvxpy.log(table @ r))), [cvxpy.sum(r) == 1])
    nats = judge.solve(solver=cvxpy.CLARABEL)
    assert point.bound / beta <= nats + 1e-8
    assert nats == pytest.approx(point.value / beta, abs=1e-5)


def test_slopes_must_be_given():
    with pytest.raises(ValueError, match="betas must be at least one slope, got none"):
        trace_atoms([0, 1], betas=[])
    with pytest.raises(ValueError, match="width must be"):
        trace_atoms([0, 1], betas=[1.0], width=0.0)
