"""`frontier --continuous`: what it writes, prints and refuses."""

import json

import pytest

from rdtheory import solve_continuous
from rdtheory.experiments.continuous import run_continuous
from rdtheory.sources import gaussian


def test_a_named_source_is_solved_where_it_is(run, tmp_path, undrawn):
    asked = ("--source", "gaussian:50", "--continuous", "--betas", "2.5,0.5")
    done = run("frontier", *asked, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    (trace,) = json.loads((tmp_path / "out" / "frontier.json").read_text())["traces"]
    source = gaussian(50)
    last = trace["points"][-1]
    point = solve_continuous(source.letters, source.p_x, 0.5)
    assert last["rate"] == pytest.approx(point.rate, abs=1e-6)
    assert trace["splits"][0]["fewer"] == 1
    assert f"{last['distortion']:.9f}" in done.stdout
    assert "from 1 to 2 atoms" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sphere:2",), "source must be sphere:DIMENSION:VARIANCE, got 'sphere:2'"),
        (("sphere:2.5:0.1",), "dimension must be an integer, got 2.5"),
        (("uniform:1:0", "--betas", "1"), "high must be above low, got 0"),
        (("hamming:2", "--betas", "1"), "source must have squared or absolute error"),
        (("normal:1",), "betas must be given for normal:1, got none"),
        (("normal:1", "--rate", "1"), "--rate must be left out with --continuous, got both"),
    ],
)
def test_bad_input_is_told_in_a_line(run, tmp_path, arguments, said):
    source, *others = arguments
    done = run("frontier", "--source", source, "--continuous", *others, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_sphere_needs_no_slope_and_says_that_its_atoms_are_radii():
    (trace,) = run_continuous("sphere:3:0.1", gap=1e-4)["traces"]
    assert trace["spheres"]
    assert trace["points"][0]["beta"] == 0.1
    assert trace["points"][0]["atoms"] == [[pytest.approx(1.0, abs=1e-3)]]
