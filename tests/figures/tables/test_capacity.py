"""The table of a channel, from small mappings made by hand."""

import pytest

from figures.tables import capacity_table
from tests.make.figures_text import cells_of


def make_found(points=1, **changed):
    point = {
        "capacity": 0.34657359, "gap": 2.3e-10, "support": [0, 2], "masses": [0.25, 0.75],
        "iterations": 8, "converged": True, "slope": 0.0,
    }  # fmt: skip
    found = {
        "points": [point | {"cost": float(k)} for k in range(points)],
        "inputs": [-1.0, 0.0, 1.0], "width": None, "closed_form": None,
    }  # fmt: skip
    return found | changed


def test_a_lone_input_is_a_row_in_nats_and_bits_and_its_letters():
    lines = capacity_table(make_found()).splitlines()
    assert cells_of(lines[0])[2:4] == ["C (nats)", "C (bits)"]
    assert cells_of(lines[2]) == [
        "0", "0", "0.34657359", "0.50000000", "2.3e-10", "2", "8", "yes",
    ]  # fmt: skip
    assert lines[3:] == ["best input: -1 with 0.250000, 1 with 0.750000"]


def test_a_slope_that_is_infinite_and_a_note_are_said():
    found = make_found()
    found["points"][0] |= {"slope": None, "converged": False, "note": "a gap of 1e-20 is not met"}
    lines = capacity_table(found).splitlines()
    assert cells_of(lines[2])[1] == "inf"
    assert cells_of(lines[2])[-1] == "no"
    assert lines[3] == "a gap of 1e-20 is not met"


def test_the_closed_form_is_that_of_no_cost():
    said = "difference from the closed form: 1.0e-08 nats"
    found = make_found(closed_form=0.34657360)
    assert capacity_table(found).splitlines()[-1] == said
    found["points"][0]["slope"] = 0.5
    assert said not in capacity_table(found)


@pytest.mark.parametrize(("points", "shown"), [(24, 24), (25, 13)])
def test_a_long_curve_is_thinned_evenly_and_says_how_well_it_is_known(points, shown):
    lines = capacity_table(make_found(points, width=2e-4)).splitlines()
    thinned = [f"({shown} of {points} points shown)"] * (shown < points)
    assert lines[2 + shown :] == [*thinned, "the curve is known within 2.0e-04 nats everywhere"]


def test_amplitudes_stand_beside_shannons_bound():
    found = make_found()
    found["points"][0] |= {"amplitude": 1.5, "shannon": 0.589, "places": [-1.5, 1.5]}
    del found["inputs"]
    lines = capacity_table(found).splitlines()
    assert cells_of(lines[0])[:2] == ["A", "Shannon's bound"]
    assert cells_of(lines[2])[:2] == ["1.5", "0.58900000"]
    assert lines[3] == "best input: -1.5 with 0.250000, 1.5 with 0.750000"
