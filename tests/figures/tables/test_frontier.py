"""The table of an exact curve, from small mappings made by hand."""

import pytest

from figures.tables import frontier_table
from tests.make.figures_text import cells_of


def _curve(points=1, **changed):
    point = {
        "rate": 0.25, "distortion": 0.116979984, "gap": 2.3e-10, "support": [0, 3],
        "iterations": 22, "converged": True,
    }  # fmt: skip
    found = {
        "points": [point | {"beta": 1 / (k + 2)} for k in range(points)],
        "width": None,
        "closed_form_error": None,
        "closed_form_exact": True,
    }
    return found | changed


def test_a_point_of_a_curve_is_one_row_and_nothing_else():
    lines = frontier_table(_curve()).splitlines()
    assert len(lines) == 3
    assert cells_of(lines[0])[:4] == ["beta", "R (nats)", "D", "gap (nats)"]
    assert cells_of(lines[2]) == ["0.5", "0.25000000", "0.11697998", "2.3e-10", "2", "22", "yes"]


def test_a_slope_that_is_infinite_or_not_reached_says_so():
    found = _curve()
    found["points"][0] |= {"beta": None, "converged": False}
    cells = cells_of(frontier_table(found).splitlines()[2])
    assert cells[0] == "inf"
    assert cells[-1] == "no"


@pytest.mark.parametrize(("points", "shown"), [(24, 24), (25, 13), (48, 24), (49, 17)])
def test_a_long_curve_is_thinned_evenly_and_says_so(points, shown):
    lines = frontier_table(_curve(points)).splitlines()
    assert cells_of(lines[2])[0] == "0.5"
    if shown == points:
        assert len(lines) == 2 + points
    else:
        assert len(lines) == 2 + shown + 1
        assert lines[-1] == f"({shown} of {points} points shown)"


@pytest.mark.parametrize(
    ("exact", "of"),
    [(True, "the closed form"), (False, "the continuous source's, at D above the grid's")],
)
def test_a_curve_says_how_well_it_is_known(exact, of):
    found = _curve(width=2.14e-4, closed_form_error=3.3e-16, closed_form_exact=exact)
    assert frontier_table(found).splitlines()[3:] == [
        "the curve is known within 2.1e-04 in distortion everywhere",
        f"largest difference from {of}: 3.3e-16 nats",
    ]
