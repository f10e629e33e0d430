"""The command `frontier`: what it writes, prints and refuses, and its figure."""

import csv
import json
import math

import numpy as np
import pytest

from figures import frontier as figure
from rdtheory.sources.textbook import named_source
from tests.make.theory_results import CLOSED_FORM, GAP, POINT, RESULT

PRINTED = 1e-7
"""Relative: digits that a CSV of a figure keeps."""

HEAD = {"command", "settings", "versions", "seed", "seconds"}

pytestmark = pytest.mark.usefixtures("undrawn")  # all but the first, of the whole module


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
    assert point["segment"] is None  # the curve bends


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
        (["--source", "gone.npz"], "gone.npz must be a readable .npz file"),
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
        (["--source", "hamming:3", "--betas", "1,-1"], "beta must be a finite number above 0"),
        (["--source", "hamming:3", "--rate", "-1"], "rate must be a finite number of at least 0"),
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
        ("a.csv", b"0.5,0,1\n0.4,1,0\n", "p_x must sum to 1 within 1e-08"),
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


def test_a_width_that_cannot_be_met_within_the_points_is_a_line_on_stderr(run, tmp_path):
    arguments = ("--source", "bernoulli:0.3", "--width", 0, "--max-points", 5)
    done = run("frontier", *arguments, "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert "warning: width = " in done.stderr
    assert "raise max_points" in done.stderr
    assert len(stored(tmp_path)["points"]) == 5


def test_a_target_beyond_the_curve_is_said(run, tmp_path):
    done = run("frontier", "--source", "bernoulli:0.3", "--rate", 3, "--out", tmp_path)
    assert done.exit_code == 0, done.stderr
    (point,) = stored(tmp_path)["points"]
    assert point["note"] == "0.610864 nats reach the least distortion: 3 gain nothing more"
    assert point["note"] in done.stdout


# -- bits, R over D, the channel -------------------------------------------------------------------


def test_bits_are_read_printed_and_drawn_and_the_file_stays_in_nats(run, tmp_path):
    done = run("frontier", "--source", "bernoulli:0.3", "--bits", "--rate", 0.5, "--out", tmp_path)
    assert done.exit_code == 0, done.stderr
    result = stored(tmp_path)
    (point,) = result["points"]
    assert point["rate"] == pytest.approx(math.log(2) / 2)
    assert set(result) == HEAD | RESULT | {"shown"}
    assert result["settings"]["bits"] is True
    assert result["settings"]["rate"] == 0.5
    header, _, row, *_ = done.stdout.splitlines()
    assert "nats" not in done.stdout
    assert all(word in header for word in ("beta (per bit)", "R (bits)", "gap (bits)"))
    beta, rate, *_ = row.split()
    assert float(beta) == pytest.approx(point["beta"] * math.log(2), rel=1e-5)
    assert float(rate) == pytest.approx(0.5, abs=1e-8)
    left, right = figure.picture(result).axes
    assert left.get_xlabel() == "rate R  (bits)"
    assert "bits" in left.get_title()
    (marked,) = (one for one in left.lines if str(one.get_label()).startswith("R = "))
    assert marked.get_xdata()[0] == pytest.approx(0.5)
    assert right.get_ylabel() == "mass r(y)"


def test_slopes_per_bit_are_read_and_a_curve_is_drawn_as_r_over_d(run, tmp_path):
    done = run("frontier", "--source", "bernoulli:0.3", "--bits", "--betas", "0.2,0.5",
               "--out", tmp_path / "slopes")  # fmt: skip
    assert done.exit_code == 0, done.stderr
    betas = [point["beta"] for point in stored(tmp_path / "slopes")["points"]]
    assert betas == pytest.approx([0.2 / math.log(2), 0.5 / math.log(2)])
    done = run("frontier", "--source", "bernoulli:0.3", "--bits", "--over", "distortion",
               "--out", tmp_path / "curve")  # fmt: skip
    assert done.exit_code == 0, done.stderr
    result = stored(tmp_path / "curve")
    left, right = figure.picture(result).axes
    assert (left.get_xlabel(), left.get_ylabel()) == ("distortion D", "rate R  (bits)")
    assert right.get_xlabel() == "slope beta  (distortion per bit)"
    (form,) = (one for one in left.lines if one.get_label() == "closed form")
    source = named_source("bernoulli:0.3")
    exact = [source.closed_form(d) / math.log(2) for d in form.get_xdata()]
    np.testing.assert_allclose(form.get_ydata(), exact, atol=1e-12)


def test_the_channel_is_kept_where_asked_a_column_for_each_output_in_use(
    run, tmp_path, monkeypatch
):
    asked = ("frontier", "--source", "hamming:3", "--channel")
    done = run(*asked, "--distortion", 0.2, "--out", tmp_path / "one")
    assert done.exit_code == 0, done.stderr
    (point,) = stored(tmp_path / "one")["points"]
    rows = np.array(point["channel"])
    assert rows.shape == (3, len(point["support"]))
    np.testing.assert_allclose(rows, 0.1 + 0.7 * np.eye(3), atol=1e-4)
    assert np.trace(rows) / 3 == pytest.approx(1 - point["distortion"])
    done = run(*asked, "--out", tmp_path / "curve")
    for point in stored(tmp_path / "curve")["points"]:
        rows = np.array(point["channel"])
        np.testing.assert_allclose(rows.sum(axis=1), 1.0, atol=1e-12)
        np.testing.assert_allclose(rows.mean(axis=0), point["masses"], atol=1e-4)
    monkeypatch.setattr("rdtheory.experiments.frontier.NUMBERS", 3)
    done = run(*asked, "--out", tmp_path / "none")
    assert done.exit_code == 2
    assert "error: channel must have at most 3 numbers over all points, got" in done.stderr
