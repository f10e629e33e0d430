"""The commands mnist, omniglot, evaluate and sample, as a user runs them."""

import csv
import json
from pathlib import Path

import pytest

from rdneural.data import SPLITS, load
from rdneural.models.build import FAMILIES
from rdneural.runs import run as runs
from tests.conftest import ROOT
from tests.make.commands import FILES, HEAD, SAME, SHORT, read_result

pytestmark = pytest.mark.usefixtures("undrawn")  # the run that all share is drawn

RUN = HEAD | {
    "data", "warning", "device", "model", "parameters", "beta", "target_rate", "final_beta",
    "images_per_second", *SPLITS,
}  # fmt: skip
WARNING = "never comparable with the paper's data"

PLACES = load.MNIST_URL, load.OMNIGLOT_URL


# -- what a run leaves and prints --------------------------------------------------------------


def test_a_run_leaves_its_files(finished):
    place, _ = finished
    assert {path.name for path in place.iterdir()} == FILES
    for name in ("samples.png", "curves.png"):
        assert (place / name).read_bytes().startswith(b"\x89PNG")


def test_the_result_has_all_its_entries(finished):
    found = read_result(finished[0])
    assert set(found) >= RUN
    assert found["command"] == "mnist"
    assert found["seed"] == found["settings"]["seed"] == 5
    assert found["seconds"] > 0
    assert found["data"].startswith("mnist5k")
    assert WARNING in found["warning"]
    assert {"python", "torch", "numpy", "safetensors", "rdlatent"} <= set(found["versions"])
    asked = {"preset": "tiny", "model": "---", "beta": 1.0, "epochs": 0.2, "data": "mnist5k"}
    asked |= {"device": "cpu", "precision": "float32"}
    assert found["settings"] == found["settings"] | asked
    assert [found[split]["images"] for split in SPLITS] == [2000, 60, 60]


def test_the_history_s_last_row_is_the_last_step(finished):
    found = read_result(finished[0])
    with (finished[0] / "history.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert int(float(rows[-1]["step"])) == found["steps"] == round(0.2 * (4000 // 128))


def test_the_table_is_printed_with_its_unit_and_warning(finished):
    _, result = finished
    assert "nats" in result.stdout
    assert WARNING in result.stdout
    assert "mnist5k" in result.stdout
    for split in SPLITS:
        part = read_result(finished[0])[split]
        row = next(line for line in result.stdout.splitlines() if line.split()[:1] == [split])
        assert f"{part['rate']:.2f} +- {part['rate_se']:.2f}" in row
        assert f"{part['elbo']:.2f} +- {part['elbo_se']:.2f}" in row


def test_messages_go_to_stderr(finished):
    place, result = finished
    assert str(place) in result.stderr
    assert str(place) not in result.stdout


def test_json_to_stdout_prints_run_json_alone(run, tmp_path):
    result = run("mnist", *SHORT, "--beta", 0.5, "--out", tmp_path / "a", "--json", "-")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == (tmp_path / "a" / "run.json").read_text()
    assert json.loads(result.stdout)["beta"] == 0.5


def test_json_path_gets_the_same_result(run, tmp_path):
    result = run("mnist", *SHORT, "--beta", 1, "--out", tmp_path / "a", "--json", "copy.json")
    assert result.exit_code == 0, result.stderr
    assert Path("copy.json").read_text() == (tmp_path / "a" / "run.json").read_text()


def test_a_target_rate_and_its_multiplier_are_stated(run, tmp_path):
    result = run("mnist", *SHORT, "--target-rate", 1.5, "--out", tmp_path / "a")
    assert result.exit_code == 0, result.stderr
    found = read_result(tmp_path / "a")
    assert found["target_rate"] == found["settings"]["target_rate"] == 1.5
    assert found["beta"] is None
    assert found["final_beta"] > 0
    assert "target rate 1.5" in result.stdout
    assert f"{found['final_beta']:.4g}" in result.stdout


def test_evaluating_a_run_to_a_rate_prints_its_table(run, tmp_path):
    arguments = ["mnist", *SHORT, "--target-rate", 1.5, "--out", tmp_path / "a", "--json", "-"]
    assert run(*arguments).exit_code == 0
    result = run("evaluate", tmp_path / "a")
    assert result.exit_code == 0, result.stderr
    assert "target rate 1.5" in result.stdout


def test_one_seed_gives_one_result(run, tmp_path, finished):
    for name, seed in (("a", 5), ("b", 6)):
        arguments = [*SHORT, *SAME, "--beta", 1, "--seed", seed, "--out", tmp_path / name]
        assert run("mnist", *arguments).exit_code == 0
    first, same, other = (
        read_result(finished[0]),
        read_result(tmp_path / "a"),
        read_result(tmp_path / "b"),
    )
    assert all(first[split] == same[split] for split in SPLITS)
    assert not any(first[split] == other[split] for split in SPLITS)


def test_runs_that_are_under_way_together_do_not_share_a_directory(run, monkeypatch):
    # a second command is begun while the first one trains, as when seeds run side by side
    real, places = runs.train, []

    def begin_another(settings, images, valid, place, **how):
        places.append(place)
        if len(places) == 1:
            run("mnist", *SHORT, "--beta", 1, "--seed", 1)
        return real(settings, images, valid, place, **how)

    monkeypatch.setattr(runs, "train", begin_another)
    assert run("mnist", *SHORT, "--beta", 1, "--seed", 0).exit_code == 0
    assert len(places) == len(set(places)) == 2


def test_auto_without_data_or_network_falls_back_and_says_so(run, tmp_path):
    short = [word for word in SHORT if word not in ("--data", "mnist5k")]
    result = run("mnist", *short, "--beta", 1, "--out", tmp_path / "a")
    assert result.exit_code == 0, result.stderr
    assert WARNING in result.stdout
    assert read_result(tmp_path / "a")["data"].startswith("mnist5k")


def test_the_warning_reaches_every_output(run, finished, tmp_path):
    place, trained = finished
    evaluated = run("evaluate", place, "--out", tmp_path / "e")
    sampled = run("sample", place, "--count", 2, "--out", tmp_path / "s")
    for result in (trained, evaluated, sampled):
        assert result.exit_code == 0, result.stderr
    assert WARNING in read_result(tmp_path / "e", "evaluate.json")["warning"]
    assert WARNING in read_result(tmp_path / "s", "sample.json")["warning"]
    assert WARNING in evaluated.stdout
    assert WARNING in sampled.stdout + sampled.stderr


@pytest.mark.parametrize("model", FAMILIES)
def test_every_family_trains(run, tmp_path, model):
    # six steps; both spellings of an option whose value begins with dashes
    spelling = (f"--model={model}",) if model.startswith("-") else ("--model", model)
    short = [*SHORT[:4], "--epochs", 0.05, "--batch", 32, "--device", "cpu"]
    result = run("mnist", *short, *SAME, "--beta", 1, *spelling, "--out", tmp_path / "a")
    assert result.exit_code == 0, result.stderr
    assert {path.name for path in (tmp_path / "a").iterdir()} == FILES
    found = read_result(tmp_path / "a")
    assert found["model"] == found["settings"]["model"] == model
    assert found["steps"] == 6
    assert 0 < found["test"]["elbo"] < 16  # 16 log 2 = 11.1 is a coin a pixel
    assert f"model {model} " in result.stdout


def test_a_model_after_a_blank_is_read_too(run, tmp_path):
    result = run("mnist", *SHORT, "--beta", 1, "--model", "--v", "--out", tmp_path / "a")
    assert result.exit_code == 0, result.stderr
    assert read_result(tmp_path / "a")["model"] == "--v"


@pytest.mark.parametrize(
    "options",
    [
        ["--beta", 1, "--anneal", 0.1, "--free-bits", 1, "--clip", 5, "--ema", 0.9],
        ["--target-rate", 2, "--penalty", 2, "--schedule", "linear", "--precision", "bfloat16"],
        ["--beta", 0, "--patience", 1, "--learning-rate", 0.01, "--batch", 500],
    ],
    ids=str,
)
def test_every_option_is_in_the_settings(run, tmp_path, options):
    result = run("mnist", *SHORT, *options, "--out", tmp_path / "a")
    assert result.exit_code == 0, result.stderr
    settings = read_result(tmp_path / "a")["settings"]
    for name, value in zip(options[::2], options[1::2], strict=True):
        assert settings[name.removeprefix("--").replace("-", "_")] == value


def test_omniglot_trains_on_the_drawings(run, tmp_path):
    place = ROOT.parent / "shared/data"
    if not (place / "omniglot/images_background_small1.zip").is_file():
        pytest.skip("Lake's drawings are not on this machine")
    arguments = ["--preset", "tiny", "--beta", 1, "--epochs", 0.1, "--data", place]
    result = run("omniglot", *arguments, "--out", tmp_path / "a")
    assert result.exit_code == 0, result.stderr
    found = read_result(tmp_path / "a")
    assert found["command"] == "omniglot"
    assert found["data"].startswith("omniglot-drawings")
    assert found["warning"]
    assert run("evaluate", tmp_path / "a", "--out", tmp_path / "e").exit_code == 0
    assert read_result(tmp_path / "e", "evaluate.json")["test"] == found["test"]
