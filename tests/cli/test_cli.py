"""The commands, as a user runs them: what they print, write, refuse."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.usefixtures("undrawn")  # the main job is drawn

HEAD = {"command", "settings", "versions", "seed", "seconds"}
MEASURES = {
    "rate", "distortion", "mutual_information", "excess", "marginal_gap", "decoder_gap",
    "recovery", "class0_mass", "bayes_agreement",
}  # fmt: skip


# -- what the issue of the toy model asks for --------------------------------------------------


def test_every_target_restart_meets_the_rate_and_the_bound(toy_result):
    restarts = toy_result["restarts"]["target"]
    assert len(restarts) == 24
    assert max(abs(r["rate"] - 0.5) for r in restarts) <= 1e-4
    assert max(r["excess"] for r in restarts) <= 1e-6
    assert all(r["converged"] for r in restarts)


def test_the_best_elbo_restart_meets_the_bound_and_ignores_its_code(toy_result):
    restarts = toy_result["restarts"]["elbo"]
    assert len(restarts) == 24
    assert min(r["excess"] for r in restarts) <= 1e-6
    assert toy_result["models"]["elbo"]["rate"] <= 1e-2


def test_target_fits_recover_the_class_and_the_smoothest_recovers_all_of_it(toy_result):
    recovered = {
        name: [r["recovery"] for r in restarts] for name, restarts in toy_result["restarts"].items()
    }
    assert np.median(recovered["target"]) >= 0.29
    assert np.median(recovered["elbo"]) <= 0.01
    # a draw from p(z*|x) has 0.378110
    assert min(recovered["smoothest"]) >= 0.37
    masses = [r["class0_mass"] for r in toy_result["restarts"]["smoothest"]]
    assert np.median(masses) == pytest.approx(0.7, abs=0.02)


def test_the_optimal_model_of_the_result_is_exact(toy_result):
    optimal = toy_result["models"]["optimal"]
    assert optimal["rate"] == pytest.approx(0.5, abs=1e-12)
    assert optimal["mutual_information"] == pytest.approx(0.5, abs=1e-12)
    assert optimal["excess"] <= 1e-15
    assert optimal["recovery"] == pytest.approx(0.378110, abs=5e-7)
    assert toy_result["entropy"] == pytest.approx(3.217788332, abs=5e-10)
    assert toy_result["source_mutual_information"] == pytest.approx(0.5, abs=1e-12)


def test_the_result_has_all_its_entries(toy_result):
    assert set(toy_result) >= HEAD | {"entropy", "source_mutual_information", "models", "restarts"}
    assert set(toy_result["models"]) == {"optimal", "elbo", "target", "smoothest"}
    assert all(set(model) >= MEASURES for model in toy_result["models"].values())
    for restarts in toy_result["restarts"].values():
        assert all(set(restart) >= MEASURES | {"converged", "gap"} for restart in restarts)
    assert toy_result["settings"]["target_rate"] == 0.5


@pytest.mark.parametrize("model", ["optimal", "elbo", "target", "smoothest"])
def test_the_sandwich_holds_in_the_result(toy_result, model):
    m = toy_result["models"][model]
    low, high = toy_result["entropy"] - m["distortion"], m["rate"]
    assert low - 1e-12 <= m["mutual_information"] <= high + 1e-12
    assert m["excess"] == pytest.approx(m["marginal_gap"] + m["decoder_gap"], abs=1e-15)


# -- output ------------------------------------------------------------------------------------


POINT = ("frontier", "--source", "bernoulli:0.3", "--rate", 0.25)
"""A command that is over at once; what is shared by all commands is asked of it."""


def test_json_to_stdout_prints_nothing_else(run, tmp_path):
    result = run(*POINT, "--out", tmp_path / "a", "--json", "-")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["command"] == "frontier"


def test_json_path_gets_the_same_result(run, tmp_path):
    path = tmp_path / "copy.json"
    result = run(*POINT, "--out", tmp_path / "a", "--json", path)
    assert result.exit_code == 0
    assert path.read_text() == (tmp_path / "a" / "frontier.json").read_text()


def test_without_out_each_run_gets_a_directory_of_its_own(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert run(*POINT).exit_code == 0
    assert sorted(p.name for p in Path("runs").iterdir()) == ["frontier-1", "frontier-2"]


def test_existing_results_are_refused_before_any_work_and_replaced_on_request(run, tmp_path):
    (tmp_path / "frontier.json").write_text("mine")
    refused = run(*POINT, "--out", tmp_path)
    assert refused.exit_code == 2
    assert "exists: choose another place or pass --overwrite" in refused.stderr
    assert (tmp_path / "frontier.json").read_text() == "mine"
    assert run(*POINT, "--out", tmp_path, "--overwrite").exit_code == 0
    assert json.loads((tmp_path / "frontier.json").read_text())["command"] == "frontier"


def test_penalty_one_is_the_papers_and_is_recorded(run, tmp_path):
    result = run("toy", "--restarts", 1, "--penalty", 1, "--out", tmp_path)
    assert result.exit_code == 0
    found = json.loads((tmp_path / "toy.json").read_text())
    assert found["settings"]["penalty"] == 1.0
    # flat on the diagonal above the target: at or above it, and on the bound
    assert all(r["rate"] >= 0.5 - 1e-6 for r in found["restarts"]["target"])
    assert all(r["gap"] <= 1e-5 for r in found["restarts"]["target"])


def test_a_cap_that_is_hit_is_a_line_on_stderr(run, tmp_path):
    result = run("toy", "--target-rate", 1.1, "--restarts", 1, "--out", tmp_path)
    assert result.exit_code == 0
    assert "warning:" in result.stderr
    assert "raise rounds" in result.stderr


@pytest.mark.slow
def test_recovery_tabulates_every_way(run, tmp_path):
    result = run("recovery", "--restarts", 1, "--out", tmp_path)
    assert result.exit_code == 0
    found = json.loads((tmp_path / "recovery.json").read_text())
    assert set(found) >= HEAD | {"ways"}
    assert all(len(restarts) == 1 for restarts in found["ways"].values())
    assert all(name in result.stdout for name in found["ways"])


# -- bad input: one line, exit code 2 ----------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["toy", "--target-rate", "5"], "target_rate must be in [0, H = 3.21778833] nats, got 5"),
        (["toy", "--target-rate", "-0.1"], "target_rate must be in [0, H = 3.21778833] nats, got"),
        (["toy", "--target-rate", "nan"], "target_rate must be in [0, H = 3.21778833] nats, got"),
        (["toy", "--target-rate", "much"], "'much' is not a valid float"),
        (["toy", "--beta", "-1"], "beta must be a finite number of at least 0, got -1"),
        (["toy", "--beta", "inf"], "beta must be a finite number of at least 0, got inf"),
        (["toy", "--penalty", "-2"], "penalty must be a finite number of at least 0, got -2"),
        (["toy", "--restarts", "0"], "restarts must be an integer of at least 1, got 0"),
        (["toy", "--seed", "-1"], "seed must be an integer of at least 0, got -1"),
        (["toy", "--restarts", "2.5"], "'2.5' is not a valid integer"),
        (["recovery", "--target-rate", "4"], "target_rate must be in [0, H = 3.21778833] nats"),
        (["toy", "--colour", "red"], "No such option"),
        (["tiger"], "No such command 'tiger'"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(run, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.output
    assert not list(tmp_path.iterdir())


def test_an_output_directory_that_is_a_file_is_one_line(run, tmp_path):
    (tmp_path / "file").write_text("")
    result = run("toy", "--restarts", 1, "--out", tmp_path / "file")
    assert result.exit_code == 2
    assert result.stderr.rstrip("\n").split("\n")[-1].startswith("error: ")


# -- imports -----------------------------------------------------------------------------------

WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None  # importing it now fails, installed or not
sys.path.insert(0, {root!r})
{code}
"""


def _without_torch(code: str, *arguments: str) -> subprocess.CompletedProcess:
    script = WITHOUT_TORCH.format(root=str(ROOT), code=code)
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False
    )


ONE = ("toy", "--restarts", "1", "--seed", "5", "--out")


def test_toy_never_imports_torch_and_one_seed_gives_one_result_in_any_process(run, tmp_path):
    places = [tmp_path / "there", tmp_path / "here"]
    code = f"import rdtheory, cli; cli.cli({[*ONE, str(places[0])]})"
    done = _without_torch(code)
    assert done.returncode == 0, done.stderr
    assert (places[0] / "figure1.png").exists()
    assert run(*ONE, places[1]).exit_code == 0
    there, here = (json.loads((place / "toy.json").read_text()) for place in places)
    assert there.pop("seconds") > 0 < here.pop("seconds")
    differ = {name for name in there if there[name] != here[name]}
    assert differ <= {"versions"}  # of what is loaded, and this process has more


@pytest.mark.parametrize(
    ("code", "status", "before"),
    [
        ("import rdneural.records.table; from rdneural.models import build", 1, "ImportError: "),
        ("import rdneural.records.table; from rdneural.runs.run import run_training", 1,
         "ImportError: "),
        ("import cli; cli.cli(['mnist', '--beta', '1', '--data', 'mnist5k'])", 2, "error: "),
    ],
)  # fmt: skip
def test_what_needs_torch_says_in_one_line_that_it_is_missing(tmp_path, code, status, before):
    done = _without_torch(f"import os; os.chdir({str(tmp_path)!r}); {code}")
    assert done.returncode == status
    expected = f"{before}rdneural needs torch: pip install -e '.[neural]'"
    assert done.stderr.strip().split("\n")[-1] == expected


def test_the_command_line_imports_nothing_heavy_before_a_command_runs():
    code = "import cli; print(sorted({'numpy', 'numba', 'matplotlib'} & set(sys.modules)))"
    done = _without_torch(code)
    assert done.stdout.strip() == "[]"


def test_help_names_units_defaults_and_an_example(run):
    text = run("toy", "--help").output
    assert "NATS" in text
    assert "[default: 0.5]" in text
    assert "python cli.py toy --target-rate 0.5" in text
