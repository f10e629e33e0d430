"""The command `capacity`: what it writes, prints and refuses, and its figure."""

import json
import math

import numpy as np
import pytest

from figures.capacity import picture
from figures.tables.capacity import capacity_table
from rdtheory.capacity.solve import solve_capacity
from rdtheory.experiments.capacity import run_amplitudes, run_capacity
from rdtheory.sources.channels import named_channel

GAP = 1e-9
HEAD = {"command", "settings", "versions", "seed", "seconds"}
RESULT = {"channel", "points", "inputs", "max_gap", "width", "closed_form", "seconds_solve"}
LONE = {"divergences", "bound"}
POINT = {
    "capacity", "cost", "slope", "gap", "support", "masses", "iterations", "converged",
}  # fmt: skip
SMALL = "gaussian:A=2,inputs=41,outputs=120"

pytestmark = pytest.mark.usefixtures("undrawn")


def stored(directory):
    return json.loads((directory / "capacity.json").read_text())


@pytest.fixture
def solve(run, tmp_path):
    """Run the command, and return its result and what it printed."""

    def solve(*arguments):
        done = run("capacity", *arguments, "--out", tmp_path / "out")
        assert done.exit_code == 0, done.stderr
        return stored(tmp_path / "out"), done.stdout

    return solve


def test_a_channel_alone_has_a_result_a_table_and_a_picture(solve, tmp_path):
    result, printed = solve("--channel", "z:0.2")
    assert set(result) == HEAD | RESULT | LONE
    assert result["command"] == "capacity"
    assert result["settings"] == {"channel": "z:0.2", "gap": 1e-9}
    (point,) = result["points"]
    assert set(point) == POINT
    assert point["capacity"] == pytest.approx(result["closed_form"], abs=GAP)
    assert (point["slope"], result["width"]) == (0.0, None)
    assert "best input: 0 with 0.564336, 1 with 0.435664" in printed
    assert "difference from the closed form" in printed
    assert (tmp_path / "out" / "capacity.png").read_bytes().startswith(b"\x89PNG")
    assert len((tmp_path / "out" / "capacity.csv").read_text().splitlines()) == 2


def test_the_point_is_the_solvers_and_no_letter_is_above_its_bound(solve):
    result, _ = solve("--channel", SMALL, "--cost", "square", "--budget", 0.5)
    channel = named_channel(SMALL)
    point = solve_capacity(channel.rows, channel.inputs**2, 0.5)
    (found,) = result["points"]
    assert (found["capacity"], found["cost"], found["slope"]) == (
        point.capacity, point.cost, point.slope,
    )  # fmt: skip
    assert found["support"] == point.support.tolist()
    assert found["masses"] == point.input[point.support].tolist()
    assert max(result["divergences"]) == pytest.approx(result["bound"], abs=1e-4)
    told = np.array(result["divergences"])[point.support] @ point.input[point.support]
    assert told == pytest.approx(point.value, abs=1e-12)
    assert result["settings"]["cost"] == "square"


def test_a_letter_that_would_tell_without_end_has_none_in_the_file(solve, tmp_path):
    np.save(tmp_path / "rows.npy", np.eye(3))
    result, _ = solve("--channel", tmp_path / "rows.npy", "--cost", "0,0,1", "--budget", 0)
    assert result["divergences"] == [pytest.approx(math.log(2)), pytest.approx(math.log(2)), None]
    assert result["points"][0]["slope"] is None
    assert result["bound"] == pytest.approx(math.log(2))


def test_a_slope_is_solved(solve):
    result, _ = solve("--channel", "symmetric:4:0", "--cost", "1,2,3,4", "--slope", 0.7)
    (point,) = result["points"]
    value = point["capacity"] - 0.7 * point["cost"]
    assert value == pytest.approx(math.log(sum(math.exp(-0.7 * c) for c in (1, 2, 3, 4))), abs=GAP)
    assert result["bound"] == pytest.approx(value, abs=2 * GAP)


def test_a_curve_is_by_rising_cost_and_says_within_what_it_is_known(solve):
    result, printed = solve("--channel", "bsc:0.1", "--cost", "0,1", "--curve")
    costs = [point["cost"] for point in result["points"]]
    assert costs == sorted(costs)
    assert set(result) == HEAD | RESULT
    assert 0 < result["width"] <= 1e-3 * math.log(2)
    assert "the curve is known within" in printed
    assert "points shown)" in printed


def test_amplitudes_are_solved_in_turn_beside_a_source(solve, monkeypatch):
    monkeypatch.setattr("rdtheory.experiments.capacity.BETAS", np.array([0.5, 3.0]))
    result, printed = solve("--channel", "gaussian", "--amplitudes", "1,2")
    assert [point["places"] for point in result["points"]] == [[-1, 1], [-2, 0, 2]]
    assert [point["shannon"] for point in result["points"]] == [
        pytest.approx(0.5 * math.log(1 + a * a)) for a in (1, 2)
    ]
    assert all(point["capacity"] < point["shannon"] for point in result["points"])
    assert [len(point["places"]) > 1 for point in result["source"]["points"]] == [True, False]
    assert result["settings"]["amplitudes"] == "1,2"
    assert "Shannon's bound" in printed


def test_shares_of_progress_add_up_to_one(monkeypatch):
    monkeypatch.setattr("rdtheory.experiments.capacity.BETAS", np.array([0.5, 3.0]))
    shares = []
    run_amplitudes([0.5, 1.0], progress=shares.append)
    assert sum(shares) == pytest.approx(1.0, abs=1e-9)


def test_json_to_stdout_prints_nothing_else(run, tmp_path):
    done = run("capacity", "--channel", "bsc:0.1", "--out", tmp_path, "--json", "-")
    assert json.loads(done.stdout) == stored(tmp_path)


def test_a_library_call_refuses_what_does_not_go_together():
    channel = named_channel("bsc:0.1")
    with pytest.raises(ValueError, match="cost must be given with a curve, got none"):
        run_capacity(channel, curve=True)


# -- bad input: one line, exit code 2 --------------------------------------------------------------

BSC = ["--channel", "bsc:0.1"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Missing option '--channel'"),
        (["--channel", "wire"], "channel must be like bsc:0.1"),
        (["--channel", "gone.csv"], "gone.csv must be a readable .csv file"),
        ([*BSC, "--budget", "1"], "cost must be given with --budget, got none"),
        ([*BSC, "--curve"], "cost must be given with --curve, got none"),
        ([*BSC, "--cost", "0,1", "--budget", "-1"], "budget must be at least the least cost, 0"),
        ([*BSC, "--cost", "0,1", "--slope", "-1"], "slope must be a finite number of at least 0"),
        (
            [*BSC, "--cost", "0,1", "--slope", "1", "--curve"],
            "give one of --budget, --slope, --curve, got slope, curve",
        ),
        ([*BSC, "--cost", "0,1,2"], "cost must have one entry per input, 2, got 3"),
        ([*BSC, "--cost", "dear"], "cost must be square, numbers like 0,1,2 or a .csv or .npy"),
        ([*BSC, "--gap", "0"], "gap must be a finite number of at least 1e-15, got 0"),
        ([*BSC, "--amplitudes", "1"], "amplitudes must be of --channel gaussian, got 'bsc:0.1'"),
        (["--channel", "gaussian", "--amplitudes", "0"], "A must be in [1e-06, 1000], got 0"),
        (["--channel", "gaussian", "--amplitudes", "a"], "amplitudes must be like 0.1,0.5"),
        (
            ["--channel", "gaussian", "--amplitudes", "1", "--cost", "square"],
            "amplitudes must be given without cost",
        ),
        (["--channel", "gaussian"], "channel gaussian must be like gaussian:A=2"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(run, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    result = run("capacity", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.split("\n")[-2].startswith("error: ")
    assert "Traceback" not in result.output
    assert not list(tmp_path.iterdir())


# -- bits ------------------------------------------------------------------------------------------


def test_bits_are_read_printed_and_drawn_and_the_file_stays_in_nats(solve):
    result, printed = solve("--channel", "bsc:0.11", "--bits")
    assert set(result) == HEAD | RESULT | LONE | {"shown"}
    assert result["settings"]["bits"] is True
    (point,) = result["points"]
    assert point["capacity"] == pytest.approx(0.500084 * math.log(2), abs=1e-6)
    assert "nats" not in printed
    assert "C (bits)" in printed
    assert "0.50008404" in printed
    left, right = picture(result).axes
    assert "C = 0.500084 bits" in left.get_title()
    assert right.get_ylabel() == "D(W(·|x) || q)  (bits)"
    (bound,) = (one for one in right.lines if str(one.get_label()).startswith("bound"))
    assert bound.get_ydata()[0] == pytest.approx(0.500084, abs=1e-6)


def test_a_slope_in_bits_and_a_curve_in_bits(run, tmp_path):
    bit = run("capacity", "--channel", "bsc:0.1", "--cost", "0,1", "--slope", 0.5, "--bits",
              "--out", tmp_path / "bits")  # fmt: skip
    nat = run("capacity", "--channel", "bsc:0.1", "--cost", "0,1", "--slope", 0.5 * math.log(2),
              "--out", tmp_path / "nats")  # fmt: skip
    assert bit.exit_code == nat.exit_code == 0
    one, other = (stored(tmp_path / name)["points"] for name in ("bits", "nats"))
    assert one[0]["capacity"] == other[0]["capacity"]
    assert "slope (bits)" in bit.stdout
    done = run("capacity", "--channel", "bsc:0.1", "--cost", "0,1", "--curve", "--bits",
               "--out", tmp_path / "curve")  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert "bits everywhere" in done.stdout
    left, _ = picture(stored(tmp_path / "curve")).axes
    assert left.get_ylabel() == "capacity C  (bits)"
    assert left.lines[0].get_ydata().max() == pytest.approx(1 - 0.468996, abs=1e-5)
    many = run_amplitudes([1.0, 1.5]) | {"shown": {"units": "bits"}}
    assert picture(many).axes[0].get_ylabel() == "capacity C  (bits)"
    assert "Shannon's bound (bits)" in capacity_table(many)
