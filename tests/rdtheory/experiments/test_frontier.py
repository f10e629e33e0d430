"""The library call of `frontier`: what it returns, and how far that is from closed forms."""

import math

import numpy as np
import pytest

from rdtheory.experiments.frontier import closed_form_error, run_frontier
from rdtheory.solver.door import TABLE, distortion_of
from rdtheory.solver.gibbs import Coordinates
from rdtheory.solver.slope import solve_slope
from rdtheory.sources.textbook import Source, gaussian, laplace, named_source
from tests.make.theory_results import CLOSED_FORM, GAP, POINT, RESULT


def test_slopes_are_solved_in_their_order():
    found = run_frontier(named_source("bernoulli:0.3"), betas=[0.5, 0.2, 3.0])
    assert [point["beta"] for point in found["points"]] == [0.5, 0.2, 3.0]
    assert set(found) == RESULT
    assert all(set(point) == POINT for point in found["points"])
    assert found["width"] is None


def test_a_point_of_the_result_is_the_solvers():
    coin = named_source("bernoulli:0.3")
    (stored,) = run_frontier(coin, betas=[0.5])["points"]
    point = solve_slope(coin.p_x, coin.distortion, 0.5)
    assert (stored["rate"], stored["distortion"], stored["gap"]) == (
        point.rate, point.distortion, point.gap,
    )  # fmt: skip
    assert stored["support"] == point.support.tolist()
    assert stored["masses"] == point.marginal.tolist()
    assert (stored["iterations"], stored["converged"]) == (point.iterations, True)


def test_the_point_of_no_rate_has_no_finite_slope():
    (point,) = run_frontier(named_source("bernoulli:0.3"), rate=0.0)["points"]
    assert point["beta"] is None
    assert (point["rate"], point["distortion"]) == (0.0, pytest.approx(0.3))


@pytest.mark.parametrize("name", ["bernoulli:0.3", "hamming:8"])
@pytest.mark.parametrize(
    "asked", [{"betas": [0.1, 0.5, 2.0]}, {"rate": 0.25}, {"distortion": 0.1}, {}], ids=str
)
def test_exact_closed_forms_are_met(name, asked):
    found = run_frontier(named_source(name), **asked)
    assert found["closed_form_exact"] is True
    assert found["closed_form_error"] <= CLOSED_FORM
    assert found["max_gap"] <= GAP
    assert found["max_gap"] == max(point["gap"] for point in found["points"])


def test_the_error_against_a_closed_form_is_the_largest_difference():
    coin = named_source("bernoulli:0.3")
    points = [solve_slope(coin.p_x, coin.distortion, beta, gap=1e-3) for beta in (0.2, 0.5, 0.9)]
    expected = max(abs(p.rate - coin.closed_form(p.distortion)) for p in points)
    assert closed_form_error(coin, points) == pytest.approx(expected, rel=1e-12)


def test_the_continuous_sources_closed_form_is_not_called_exact():
    found = run_frontier(gaussian(100), betas=[0.5])
    assert found["closed_form_exact"] is False
    assert GAP < found["closed_form_error"] < 1e-2


def test_where_the_closed_form_is_infinite_it_is_left_out():
    """The continuous Gaussian has no finite rate at D = 0, where the finite one ends."""
    found = run_frontier(gaussian(30), rate=100.0)
    assert found["points"][0]["distortion"] == 0.0
    assert found["closed_form_error"] == 0.0


def test_no_closed_form_is_no_error():
    found = run_frontier(named_source("uniform:20"), betas=[1.0])
    assert found["closed_form_error"] is None
    assert found["closed_form_exact"] is None


@pytest.mark.parametrize("asked", [{"betas": [0.1, 0.5, 2.0]}, {}], ids=str)
def test_shares_of_progress_add_up_to_one(asked):
    shares = []
    run_frontier(named_source("bernoulli:0.3"), **asked, progress=shares.append)
    assert sum(shares) == pytest.approx(1.0, abs=1e-9)


def test_large_distortions_are_made_on_the_fly():
    source = gaussian(math.isqrt(TABLE) + 1)
    assert isinstance(distortion_of(source), Coordinates)
    assert isinstance(distortion_of(gaussian(30)), np.ndarray)


def test_a_table_stays_a_table():
    source = Source.from_table("mine", [0.5, 0.5], [[0, 1], [1, 0]])
    assert isinstance(distortion_of(source), np.ndarray)


def test_a_table_and_coordinates_give_one_result(monkeypatch):
    source = gaussian(40)
    table = run_frontier(source, betas=[0.3])
    monkeypatch.setattr("rdtheory.solver.door.TABLE", 0)
    made = run_frontier(source, betas=[0.3])
    for key in ("rate", "distortion"):
        # sums in another order, and R and D move by the root of their gap at most
        assert made["points"][0][key] == pytest.approx(table["points"][0][key], abs=1e-4)


def test_points_finer_than_the_grid_are_not_held_against_the_continuous_source():
    # at D far below the grid's step the continuous rate diverges, the finite one stays below H
    source = laplace(200)
    fine = run_frontier(source, betas=[1e-4])
    assert fine["points"][0]["distortion"] < 1e-6
    assert fine["closed_form_error"] == 0.0
    assert 0.0 < run_frontier(source, betas=[0.5])["closed_form_error"] < 0.1
