"""The figure of atoms: on a line, in the plane, of spheres."""

import pytest

from figures import continuous
from rdtheory.continuous.trace import trace_atoms
from rdtheory.experiments.continuous import as_trace, result_of
from rdtheory.results import result_head, write_json
from tests.make.figures_files import csv_rows, is_picture, refuses_to_overwrite


@pytest.fixture(scope="module")
def result():
    made = []
    for letters in ([-1, 1], [[1, 0], [-1, 0], [0, 3]]):
        trace = trace_atoms(letters, betas=[6.0, 1.0, 0.5], width=0.1)
        made.append(as_trace("mine", trace, letters))
    head = result_head("continuous", settings={}, seed=0, seconds=1.0)
    return head | result_of(made)


def test_every_atom_is_in_the_picture_and_in_the_table(result, tmp_path):
    write_json(tmp_path / "continuous.json", result)
    (path,) = continuous.draw(tmp_path)
    assert is_picture(path)
    points = [point for trace in result["traces"] for point in trace["points"]]
    rows = csv_rows(path.with_suffix(".csv"))
    assert [int(row["atoms"]) for row in rows] == [len(point["atoms"]) for point in points]
    assert [row["rigorous"] for row in rows] == ["true"] * len(points)
    first, second = continuous.picture(result).axes[:2]
    line, plane = result["traces"]
    assert len(first.collections) == len(line["points"])
    assert len(first.lines) == len(line["splits"])
    assert len(second.collections) == 1 + len(plane["points"])
    refuses_to_overwrite(continuous.draw, path)


def test_spheres_estimates_and_what_is_not_met_are_said(result):
    trace = result["traces"][0]
    points = [point | {"rigorous": False, "converged": False} for point in trace["points"]]
    figure = continuous.picture({"traces": [trace | {"points": points, "spheres": True}]})
    title = figure.axes[0].get_title().replace("\n", " ")
    assert "spheres" in title
    assert "estimated within" in title
    assert f"{len(points)} not converged" in title
    assert figure.axes[0].get_ylabel() == "radius of spheres"


def test_a_frontier_without_atoms_is_refused(tmp_path):
    head = result_head("frontier", settings={}, seed=0, seconds=1.0)
    write_json(tmp_path / "frontier.json", head | {"points": []})
    with pytest.raises(ValueError, match="must hold a result with atoms"):
        continuous.draw(tmp_path)
