"""The command `bottleneck`: what it writes, prints and refuses."""

import json
import math

import numpy as np
import pytest

from rdtheory import mutual_information
from rdtheory.bottleneck import bottleneck
from rdtheory.experiments.bottleneck import run_bottleneck
from rdtheory.sources.joints import gerber_relevance, named_joint
from tests.tolerances import IDENTITY

HEAD = {"command", "settings", "versions", "seed", "seconds"}
RESULT = {
    "joint", "letters", "entropy_x", "entropy_y", "information", "critical_beta", "first_beta",
    "contraction", "alpha", "codes", "distinct", "points", "splits", "width", "beside", "target",
    "hard", "seconds_solve",
}  # fmt: skip
POINT = {
    "beta", "tishby_beta", "rate", "relevance", "entropy", "value", "bound", "gap", "codes",
    "masses", "places", "starts", "agreeing", "proved", "converged",
}  # fmt: skip
BIT = ("--joint", "dsbs:0.1", "--starts", "1")

pytestmark = pytest.mark.usefixtures("undrawn")


def stored(directory):
    return json.loads((directory / "bottleneck.json").read_text())


@pytest.fixture
def search(run, tmp_path):
    """Run the command, and return its result and what it printed."""

    def search(*arguments):
        done = run("bottleneck", *arguments, "--out", tmp_path / "out", "--overwrite")
        assert done.exit_code == 0, done.stderr
        return stored(tmp_path / "out"), done.stdout

    return search


def test_a_curve_has_a_result_a_table_and_a_picture(search, tmp_path):
    result, printed = search(*BIT)
    assert set(result) == HEAD | RESULT
    assert result["settings"] == {"joint": "dsbs:0.1", "alpha": 1.0, "codes": None, "starts": 1}
    assert all(set(point) == POINT for point in result["points"])
    rates = [point["rate"] for point in result["points"]]
    assert rates == sorted(rates)
    assert result["points"][-1]["tishby_beta"] is None
    for point in result["points"]:
        assert point["relevance"] == pytest.approx(gerber_relevance(0.1, point["rate"]), abs=1e-8)
        assert sum(point["masses"]) == pytest.approx(1.0, abs=1e-9)
        assert np.dot(point["masses"], point["places"]) == pytest.approx(0.5, abs=1e-9)  # p(y = 1)
    (split,) = result["splits"]
    assert split["low"] <= 0.64 <= split["high"] + 1e-6
    assert result["first_beta"] == pytest.approx([0.64, 0.64], abs=2e-6)
    assert result["hard"] == [
        {"codes": 2, "rate": pytest.approx(math.log(2)), "proved": True,
         "relevance": pytest.approx(mutual_information(named_joint("dsbs:0.1").table))}
    ]  # fmt: skip
    assert "Tishby's beta" in printed
    assert "nothing is worth keeping from beta = 0.64 on (Tishby's below 1.5625)" in printed
    assert "the curve is known within" in printed
    assert "values of T split: 1 to 2 at 0.64" in printed
    assert (tmp_path / "out" / "bottleneck.png").read_bytes().startswith(b"\x89PNG")
    lines = (tmp_path / "out" / "bottleneck.csv").read_text().splitlines()
    assert len(lines) == 1 + len(result["points"]) + len(result["hard"])


def test_slopes_in_both_conventions_are_one(search):
    ours, printed = search(*BIT, "--betas", "0.25,0.5", "--encoder")
    theirs, _ = search(*BIT, "--tishby-beta", "4,2", "--encoder")
    assert ours["points"] == theirs["points"]
    assert [point["beta"] for point in ours["points"]] == [0.5, 0.25]  # by rising rate
    assert ours["settings"]["betas"] == "0.25,0.5"
    assert theirs["settings"]["tishby_beta"] == "4,2"
    found = bottleneck(named_joint("dsbs:0.1").table, 0.25, starts=1)
    point = ours["points"][1]
    assert point["value"] == pytest.approx(found.value, abs=1e-9)
    assert np.array(point["encoder"]).shape == (2, 2)
    assert ours["width"] is None
    assert "the curve" not in printed
    lone, _ = search(*BIT, "--betas", "0.25")
    assert np.array(lone["encoder"]) == pytest.approx(found.encoder, abs=1e-5)


def test_a_rate_and_a_relevance_have_bounds_on_the_other(search):
    result, printed = search(*BIT, "--rate", 0.5, "--bits")
    target = result["target"]
    assert target["rate"] == pytest.approx(0.5 * math.log(2), abs=1e-9)
    exact = gerber_relevance(0.1, 0.5 * math.log(2))
    assert target["relevance"] <= exact + 1e-8 <= target["relevance_bound"] + 2e-8
    assert f"no code of that rate has I(T;Y) above {exact / math.log(2):.6f} bits" in printed
    assert result["shown"] == {"units": "bits"}
    assert result["settings"]["rate"] == 0.5
    assert "nats" not in printed
    result, printed = search(*BIT, "--relevance", exact)
    assert result["target"]["rate"] == pytest.approx(0.5 * math.log(2), abs=1e-6)
    assert "no code of that relevance has I(X;T) below" in printed
    assert np.array(result["encoder"]).sum(axis=1) == pytest.approx(1.0)


def test_deterministic_codes_stand_beside_the_curve(search, tmp_path):
    (tmp_path / "counts.csv").write_text("6,6\n0,2\n7,6\n2,3\n9,7\n")
    result, printed = search(
        "--joint", tmp_path / "counts.csv", "--normalise", "--alpha", 0, "--starts", 1,
    )  # fmt: skip
    assert all(point["proved"] and point["gap"] <= 1e-12 for point in result["points"])
    assert all(p["rate"] == pytest.approx(p["entropy"], abs=1e-9) for p in result["points"])
    assert len(result["beside"]) == len(result["points"])
    assert result["settings"]["normalise"] is True
    assert "H(T) (nats)" in printed
    assert "the curve at alpha = 1 is known within" in printed
    assert "proved" in printed
    told = [code["relevance"] for code in result["hard"]]
    assert told == sorted(told)
    assert told[-1] == pytest.approx(result["information"], abs=IDENTITY)


def test_json_to_stdout_prints_nothing_else(run, tmp_path):
    done = run("bottleneck", *BIT, "--betas", "0.3", "--out", tmp_path, "--json", "-")
    assert json.loads(done.stdout) == stored(tmp_path)


@pytest.mark.parametrize("asked", [{}, {"betas": [0.2, 0.4]}, {"rate": 0.1}, {"alpha": 0.5}])
def test_shares_of_progress_add_up_to_one(asked):
    shares = []
    run_bottleneck(named_joint("dsbs:0.2"), starts=1, slopes=3, progress=shares.append, **asked)
    assert sum(shares) == pytest.approx(1.0, abs=1e-9)


def test_letters_without_mass_and_independent_letters_are_no_trouble():
    table = np.outer([0.5, 0.0, 0.5], [0.25, 0.75])
    joint = named_joint("dsbs:0.5")
    for one in (joint, type(joint).numbered("independent", table)):
        result = run_bottleneck(one, starts=1, slopes=3)
        assert result["information"] <= IDENTITY
        assert all(point["codes"] == 1 for point in result["points"])
        assert result["width"] <= IDENTITY


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Missing option '--joint'"),
        (["--joint", "wire"], "joint must be like dsbs:0.1, gaussian:0.8, toy"),
        (["--joint", "gone.csv"], "gone.csv must be a readable .csv file"),
        ([*BIT, "--rate", "-1"], "rate must be a finite number of at least 0, got -1"),
        ([*BIT, "--relevance", "0.7"], "relevance must be in [0, 0.36806"),
        (
            [*BIT, "--rate", "1", "--betas", "0.1"],
            "give one of --betas, --tishby-beta, --rate, --relevance, got betas, rate",
        ),
        ([*BIT, "--betas", "0.1,x"], "betas must be like 0.1,0.5"),
        ([*BIT, "--betas", "-0.1"], "betas[0] must be a finite number of at least 0, got -0.1"),
        ([*BIT, "--tishby-beta", "0"], "tishby_betas[0] must be a finite number of at least"),
        ([*BIT, "--alpha", "1.5"], "alpha must be in [0, 1], got 1.5"),
        ([*BIT, "--alpha", "0", "--rate", "0.1"], "alpha must be 1 with --rate, got 0"),
        ([*BIT, "--codes", "0"], "codes must be an integer of at least 1, got 0"),
        ([*BIT, "--starts", "0"], "starts must be an integer of at least 1, got 0"),
        ([*BIT, "--seed", "-1"], "seed must be an integer of at least 0, got -1"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(run, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    result = run("bottleneck", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.split("\n")[-2].startswith("error: ")
    assert "Traceback" not in result.output
    assert not list(tmp_path.iterdir())
