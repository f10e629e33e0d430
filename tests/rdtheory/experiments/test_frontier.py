"""The `frontier` command and its library call: what they return, write, print and refuse."""

import csv
import json
import math

import numpy as np
import pytest

from figures import frontier as figure
from rdtheory.experiments.frontier import TABLE, closed_form_error, distortion_of, run_frontier
from rdtheory.solver.gibbs import Coordinates
from rdtheory.solver.slope import solve_slope
from rdtheory.sources.textbook import Source, gaussian, laplace, named_source

GAP = 1e-9
"""Default of --gap."""

CLOSED_FORM = 1e-8
"""What the command is asked to reach on textbook sources."""

PRINTED = 1e-7
"""Relative: digits that a CSV of a figure keeps."""

HEAD = {"command", "settings", "versions", "seed", "seconds"}
RESULT = {
    "source", "points", "max_gap", "width", "closed_form_error", "closed_form_exact", "outputs",
    "seconds_solve",
}  # fmt: skip
POINT = {
    "beta", "rate", "distortion", "gap", "support", "masses", "iterations", "converged", "segment",
}  # fmt: skip


# -- as a library ----------------------------------------------------------------------------------


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
    monkeypatch.setattr("rdtheory.experiments.frontier.TABLE", 0)
    made = run_frontier(source, betas=[0.3])
    for key in ("rate", "distortion"):
        # sums in another order, and R and D move by the root of their gap at most
        assert made["points"][0][key] == pytest.approx(table["points"][0][key], abs=1e-4)


# -- as a command ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def curve_directory(tmp_path_factory, run):
    """What `frontier --source bernoulli:0.3` leaves."""
    directory = tmp_path_factory.mktemp("frontier")
    done = run("frontier", "--source", "bernoulli:0.3", "--out", directory)
    assert done.exit_code == 0, done.stderr
    return directory


def stored(directory):
    return json.loads((directory / "frontier.json").read_text())


def test_the_result_has_all_its_entries(curve_directory):
    result = stored(curve_directory)
    assert set(result) == HEAD | RESULT
    assert result["command"] == "frontier"
    settings = {"source": "bernoulli:0.3", "gap": 1e-9, "width": None, "max_points": 500}
    assert result["settings"] == settings
    assert all(set(point) == POINT for point in result["points"])
    assert all(point["converged"] for point in result["points"])
    assert result["max_gap"] <= GAP
    assert result["closed_form_error"] <= CLOSED_FORM
    assert 0.0 < result["width"] <= 3e-4
    assert result["outputs"] == [0.0, 1.0]
    assert (curve_directory / "frontier.png").read_bytes().startswith(b"\x89PNG")


def test_the_points_of_a_curve_are_by_rising_rate_from_no_slope_to_slope_zero(curve_directory):
    points = stored(curve_directory)["points"]
    rates = [point["rate"] for point in points]
    assert rates == sorted(rates)
    assert (points[0]["beta"], points[-1]["beta"]) == (None, 0.0)


@pytest.mark.parametrize("name", ["bernoulli:0.3", "hamming:8"])
@pytest.mark.parametrize("asked", [("--betas", "0.1:1:5"), ("--rate", "0.2")], ids=str)
def test_the_command_meets_closed_forms(run, tmp_path, name, asked):
    done = run("frontier", "--source", name, *asked, "--out", tmp_path)
    assert done.exit_code == 0, done.stderr
    result = stored(tmp_path)
    assert result["closed_form_error"] <= CLOSED_FORM
    assert result["max_gap"] <= GAP


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0.5", [0.5]), ("2,0.1", [2.0, 0.1]), ("0.1:10:3", [0.1, 1.0, 10.0])],
)
def test_slopes_are_listed_or_spaced_evenly_in_the_logarithm(run, tmp_path, text, expected):
    done = run("frontier", "--source", "hamming:3", "--betas", text, "--out", tmp_path)
    assert done.exit_code == 0, done.stderr
    result = stored(tmp_path)
    assert [p["beta"] for p in result["points"]] == pytest.approx(expected, rel=1e-14)
    assert result["settings"]["betas"] == text


def test_a_distortion_is_met_and_its_gap_asked(run, tmp_path):
    done = run(
        "frontier", "--source", "uniform:40", "--distortion", 4, "--gap", 1e-6, "--out", tmp_path
    )
    assert done.exit_code == 0, done.stderr
    (point,) = stored(tmp_path)["points"]
    assert point["distortion"] == pytest.approx(4.0, abs=1e-12)
    assert point["gap"] <= 1e-6
    assert point["segment"][0] <= point["rate"] <= point["segment"][1]


def test_json_to_stdout_prints_nothing_else(run, tmp_path):
    done = run(
        "frontier", "--source", "bernoulli:0.3", "--rate", 0.25, "--out", tmp_path, "--json", "-"
    )
    assert done.exit_code == 0
    assert json.loads(done.stdout) == stored(tmp_path)


def test_json_path_gets_the_same_result(run, tmp_path):
    path = tmp_path / "copy.json"
    done = run(
        "frontier", "--source", "hamming:3", "--rate", 0.2, "--out", tmp_path, "--json", path
    )
    assert done.exit_code == 0
    assert path.read_text() == (tmp_path / "frontier.json").read_text()


def test_the_table_says_what_was_found_and_how_sure_it_is(run, tmp_path):
    done = run("frontier", "--source", "bernoulli:0.3", "--rate", 0.25, "--out", tmp_path)
    assert "0.25000000" in done.stdout
    assert "gap (nats)" in done.stdout
    assert "largest difference from the closed form" in done.stdout


def test_a_curve_says_within_what_it_is_known(run, tmp_path):
    done = run("frontier", "--source", "hamming:3", "--width", 0.01, "--out", tmp_path)
    assert done.exit_code == 0
    assert "the curve is known within" in done.stdout
    assert stored(tmp_path)["width"] <= 0.01


def test_existing_results_are_refused_and_replaced_on_request(run, tmp_path):
    arguments = ["frontier", "--source", "hamming:3", "--rate", 0.2, "--out", tmp_path]
    assert run(*arguments).exit_code == 0
    refused = run(*arguments)
    assert refused.exit_code == 2
    assert "exists: choose another place or pass --overwrite" in refused.stderr
    assert run(*arguments, "--overwrite").exit_code == 0


# -- a user's own file -----------------------------------------------------------------------------

MINE = {"p_x": [0.7, 0.3], "distortion": [[0.0, 1.0], [1.0, 0.0]]}


def write_npz(directory):
    path = directory / "coin.npz"
    np.savez(path, **MINE)
    return path


def write_csv(directory):
    path = directory / "coin.csv"
    path.write_text("p_x,heads,tails\n0.7,0,1\n0.3,1,0\n")
    return path


@pytest.mark.parametrize("write", [write_npz, write_csv])
def test_a_users_file_is_solved_as_the_named_source(run, tmp_path, write):
    path = write(tmp_path)
    done = run("frontier", "--source", path, "--betas", 0.5, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    (point,) = stored(tmp_path / "out")["points"]
    coin = named_source("bernoulli:0.3")
    assert point["rate"] == pytest.approx(coin.closed_form(point["distortion"]), abs=GAP)
    assert stored(tmp_path / "out")["closed_form_error"] is None
    assert stored(tmp_path / "out")["source"] == path.name


def test_forbidden_pairs_in_a_file_are_solved(run, tmp_path):
    (tmp_path / "erasure.csv").write_text("0.5,0,inf,1\n0.5,inf,0,1\n")
    done = run(
        "frontier", "--source", tmp_path / "erasure.csv", "--rate", 0.3, "--out", tmp_path / "out"
    )
    assert done.exit_code == 0, done.stderr
    (point,) = stored(tmp_path / "out")["points"]
    assert point["distortion"] == pytest.approx(1 - 0.3 / math.log(2), abs=GAP)


def test_a_file_whose_curve_is_one_point_is_solved_and_drawn(run, tmp_path):
    (tmp_path / "equal.csv").write_text("0.5,1,1\n0.5,1,1\n")
    done = run("frontier", "--source", tmp_path / "equal.csv", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    (point,) = stored(tmp_path / "out")["points"]
    assert (point["rate"], point["distortion"]) == (0.0, 1.0)


# -- bad input: one line, exit code 2 --------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Missing option '--source'"),
        (["--source", "poisson:3"], "source must be like bernoulli:0.3"),
        (["--source", "bernoulli"], "source bernoulli must have one number"),
        (["--source", "bernoulli:2"], "p must be in [0, 1], got 2"),
        (["--source", "hamming:2.5"], "source hamming must have an integer"),
        (["--source", "gone.npz"], "gone.npz must be a readable .npz file"),
        (["--source", "gone.csv"], "gone.csv must be a readable .csv file"),
        (
            ["--source", "hamming:3", "--rate", "1", "--betas", "1"],
            "give one of --betas, --rate, --distortion, got betas, rate",
        ),
        (
            ["--source", "hamming:3", "--rate", "1", "--distortion", "1"],
            "give one of --betas, --rate, --distortion, got rate, distortion",
        ),
        (["--source", "hamming:3", "--betas", "a,b"], "betas must be like 0.1,0.5 or 0.1:10:12"),
        (["--source", "hamming:3", "--betas", ""], "betas must be like 0.1,0.5 or 0.1:10:12"),
        (["--source", "hamming:3", "--betas", "1:2"], "betas must be like 0.1,0.5 or 0.1:10:12"),
        (["--source", "hamming:3", "--betas", "1:2:1"], "betas must be like 0.1,0.5 or 0.1:10:12"),
        (["--source", "hamming:3", "--betas", "0:2:3"], "betas must be like 0.1,0.5 or 0.1:10:12"),
        (["--source", "hamming:3", "--betas", "1,-1"], "beta must be a finite number of at least"),
        (["--source", "hamming:3", "--betas", "nan"], "beta must be a finite number of at least"),
        (["--source", "hamming:3", "--rate", "-1"], "rate must be a finite number of at least 0"),
        (["--source", "hamming:3", "--rate", "nan"], "rate must be a finite number of at least 0"),
        (["--source", "hamming:3", "--rate", "much"], "'much' is not a valid float"),
        (["--source", "hamming:3", "--gap", "0"], "gap must be a finite number of at least 1e-15"),
        (["--source", "hamming:3", "--width", "-1"], "width must be a finite number of at least 0"),
        (
            ["--source", "hamming:3", "--distortion", "-0.1"],
            "must be at least the least distortion, 0, got -0.1",
        ),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(run, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    done = run("frontier", *arguments)
    assert done.exit_code == 2
    last = done.stderr.rstrip("\n").split("\n")[-1]
    assert last.startswith("error: ")
    assert words in last
    assert "Traceback" not in done.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.npz", b"PK\x03\x04 no archive", "must be a readable .npz file"),
        ("a.npz", b"", "must be a readable .npz file"),
        ("a.csv", b"", "must be a readable .csv file, got no line of numbers"),
        ("a.csv", b"0.5,0,1\n0.5,1\n", "must be a readable .csv file"),
        ("a.csv", b"0.5,0,1\n0.4,1,0\n", "p_x must sum to 1 within 1e-08"),
        ("a.csv", b"0.5,0,nan\n0.5,1,0\n", "distortion[0, 1] = nan"),
        ("a.csv", b"\xff\xfe\x00", "must be a readable .csv file"),
    ],
)
def test_a_bad_file_is_one_line_and_exit_code_2(run, tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    done = run("frontier", "--source", tmp_path / name, "--out", tmp_path / "out")
    assert done.exit_code == 2
    last = done.stderr.rstrip("\n").split("\n")[-1]
    assert last.startswith("error: ")
    assert words in last
    assert not (tmp_path / "out").exists()


def test_a_width_that_cannot_be_met_is_a_line_on_stderr(run, tmp_path):
    done = run("frontier", "--source", "bernoulli:0.3", "--width", 0, "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert "warning: width = " in done.stderr
    assert "raise max_points" in done.stderr


# -- the figure ------------------------------------------------------------------------------------


def rows_of(directory):
    with (directory / "frontier.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_figures_numbers_are_the_results(curve_directory):
    rows, points = rows_of(curve_directory), stored(curve_directory)["points"]
    assert len(rows) == len(points)
    for key in ("rate", "distortion", "gap"):
        seen = [float(row[key]) for row in rows]
        assert seen == pytest.approx([point[key] for point in points], rel=PRINTED)
    betas = [math.inf if point["beta"] is None else point["beta"] for point in points]
    assert [float(row["beta"]) for row in rows] == pytest.approx(betas, rel=PRINTED)
    assert [int(row["support"]) for row in rows] == [len(point["support"]) for point in points]
    assert [int(row["iterations"]) for row in rows] == [point["iterations"] for point in points]


def test_a_figure_redrawn_from_the_file_has_the_same_numbers(curve_directory, tmp_path):
    text = (curve_directory / "frontier.json").read_text()
    (tmp_path / "frontier.json").write_text(text)
    assert figure.draw(tmp_path) == [tmp_path / "frontier.png"]
    assert (tmp_path / "frontier.csv").read_text() == (curve_directory / "frontier.csv").read_text()


def test_existing_figures_are_refused(curve_directory):
    with pytest.raises(FileExistsError, match=r"frontier\.png exists"):
        figure.draw(curve_directory)


def test_a_directory_without_results_is_named(tmp_path):
    with pytest.raises(ValueError, match="must be a readable result file"):
        figure.draw(tmp_path)


def test_results_of_another_command_are_refused(tmp_path):
    (tmp_path / "frontier.json").write_text('{"command": "toy"}')
    with pytest.raises(ValueError, match="must be a result of `frontier`, got 'toy'"):
        figure.draw(tmp_path)


@pytest.mark.parametrize(
    "asked", [("--rate", 0.25), ("--rate", 0), ("--betas", "0.2,0.5"), ("--distortion", 0)], ids=str
)
def test_single_points_are_drawn_too(run, tmp_path, asked):
    done = run("frontier", "--source", "bernoulli:0.3", *asked, "--out", tmp_path)
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "frontier.png").read_bytes().startswith(b"\x89PNG")
    assert len(rows_of(tmp_path)) == len(stored(tmp_path)["points"])


def test_points_finer_than_the_grid_are_not_held_against_the_continuous_source():
    # at D far below the grid's step the continuous rate diverges, the finite one stays below H
    source = laplace(200)
    fine = run_frontier(source, betas=[1e-4])
    assert fine["points"][0]["distortion"] < 1e-6
    assert fine["closed_form_error"] == 0.0
    assert 0.0 < run_frontier(source, betas=[0.5])["closed_form_error"] < 0.1


def test_the_cap_on_points_is_an_option(run, tmp_path):
    result = run("frontier", "--source", "bernoulli:0.3", "--max-points", 5, "--out", tmp_path)
    assert result.exit_code == 0
    assert "raise max_points" in result.stderr
    assert len(json.loads((tmp_path / "frontier.json").read_text())["points"]) == 5
