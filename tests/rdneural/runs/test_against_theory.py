"""The command validate: models trained on a source, evaluated, kept and taken up again."""

import csv
import json
import pickle

import pytest

from rdneural.models.build import FAMILIES, LatentModel
from rdneural.records.names import chosen_families
from rdneural.runs import against_theory as validation
from rdneural.runs.against_theory import VALIDATED, run_validation
from rdtheory.sources.images import named_image_source
from tests.conftest import leave_undrawn
from tests.make.light import light_validation

QUICK = ("--epochs", 0.5, "--anneal", 0, "--samples", 64)
ASKED = ("--source", "bars:2x2", "--models=---", "--beta", 1, "--target-rate", "0.5")
NUMBERS = (
    "rate", "distortion", "entropy", "mutual_information", "marginal_gap", "decoder_gap", "excess",
)  # fmt: skip


pytestmark = pytest.mark.usefixtures("light")


@pytest.fixture(scope="module")
def light(small_splits):
    """Few images and codes, and no picture drawn: what is found is tried elsewhere."""
    with pytest.MonkeyPatch.context() as context:
        light_validation(context)
        leave_undrawn(context)
        yield


@pytest.fixture(scope="module")
def finished(light, tmp_path_factory, run):
    """Return the directory of a short validation and what the command printed."""
    place = tmp_path_factory.mktemp("validate") / "run"
    result = run("validate", *ASKED, *QUICK, "--out", place)
    assert result.exit_code == 0, result.stderr
    return place, result


def _result(place):
    return json.loads((place / "validate.json").read_text())


def test_the_result_has_a_row_for_each_model_and_setting(finished):
    found = _result(finished[0])
    assert found["command"] == "validate"
    assert found["source"] == "bars:2x2"
    assert found["entropy"] == named_image_source("bars:2x2").entropy
    rows = found["models"]
    assert [(r["model"], r["beta"], r["target_rate"]) for r in rows] == [
        ("---", 1.0, None),
        ("---", None, 0.5),
    ]
    for row in rows:
        assert {*NUMBERS, *(f"{name}_se" for name in NUMBERS), "verdict"} <= set(row)
        assert row["entropy_se"] == 0.0
        assert row["verdict"] == "holds"


def test_the_costs_add_up_to_the_distance_from_the_infinite_family(finished):
    found = _result(finished[0])
    for row in found["models"]:
        beta = row["final_beta"]
        costs = sum(row[f"{part}_cost"] for part in ("encoder", "marginal", "decoder"))
        # the model's own D + beta R, of the codes that the row's R and D are of
        lagrangian = row["distortion"] + beta * row["rate"]
        assert costs == pytest.approx(lagrangian - min(1.0, beta) * found["entropy"], abs=1e-9)


def test_table_picture_and_numbers_are_left(finished):
    place, result = finished
    assert (place / "validation.png").read_bytes().startswith(b"\x89PNG")
    with (place / "validation.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["model"] for row in rows] == ["---", "---"]
    lines = result.stdout.splitlines()
    assert "H = 1.791759" in lines[0]
    header = lines[1]
    columns = ["R ", "D ", "H ", "H - D", "I_e", "excess", "marginal gap", "decoder gap"]
    places = [header.index(column) for column in columns]
    assert places == sorted(places)


def test_each_model_has_a_run_of_its_own(finished, run):
    place = finished[0] / "rate-0.5" / "---"
    assert {path.name for path in place.iterdir()} >= {
        VALIDATED,
        "run.json",
        "checkpoint.safetensors",
    }
    assert run("evaluate", place, "--device", "cpu").exit_code == 0


def test_finished_models_are_taken_as_they_are(finished, tmp_path, run, monkeypatch):
    place = tmp_path / "again"
    for path in finished[0].rglob(VALIDATED):
        target = place / path.relative_to(finished[0])
        target.parent.mkdir(parents=True)
        target.write_bytes(path.read_bytes())
    monkeypatch.setattr(validation, "run_training", None)  # it must not be called
    result = run("validate", *ASKED, *QUICK, "--out", place, "--resume")
    assert result.exit_code == 0, result.stderr
    assert _result(place)["models"] == _result(finished[0])["models"]


def test_a_trained_model_is_only_evaluated(finished, tmp_path, run, monkeypatch):
    place = tmp_path / "again"
    for path in finished[0].rglob("*"):
        if path.is_file() and path.name not in (VALIDATED, "validate.json"):
            target = place / path.relative_to(finished[0])
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    monkeypatch.setattr(validation, "run_training", None)
    result = run("validate", *ASKED, *QUICK, "--out", place, "--resume", "--json", "-")
    assert result.exit_code == 0, result.stderr
    for found, kept in zip(
        json.loads(result.stdout)["models"], _result(finished[0])["models"], strict=True
    ):
        assert {**found, "seconds": 0} == {
            **kept,
            "seconds": 0,
            "decoder_frontier": found["decoder_frontier"],
        }


def test_rows_of_other_settings_are_not_taken(finished, run):
    result = run(
        "validate", *ASKED, "--epochs", 0.5, "--anneal", 0, "--samples", 32, "--out", finished[0],
        "--resume", "--overwrite",
    )  # fmt: skip
    assert result.exit_code == 2
    assert "samples must be that of" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_model_trained_otherwise_is_not_evaluated(finished, tmp_path, run):
    place = tmp_path / "beta-1" / "---"
    place.mkdir(parents=True)
    for path in (finished[0] / "beta-1" / "---").iterdir():
        if path.name != VALIDATED:
            (place / path.name).write_bytes(path.read_bytes())
    result = run(
        "validate", "--source", "bars:2x2", "--models=---", "--beta", 1, *QUICK[2:],
        "--epochs", 0.75, "--out", tmp_path, "--resume",
    )  # fmt: skip
    assert result.exit_code == 2
    assert "epochs must be that of" in result.stderr
    assert "run.json to resume, 0.5, got 0.75" in result.stderr


def test_a_finished_validation_is_not_overwritten(finished, run):
    before = (finished[0] / "validate.json").read_bytes()
    result = run("validate", *ASKED, *QUICK, "--out", finished[0])
    assert result.exit_code == 2
    assert "exists" in result.stderr
    assert (finished[0] / "validate.json").read_bytes() == before


def test_runs_that_are_there_are_not_overwritten(finished, tmp_path, run):
    place = tmp_path / "other"
    (place / "beta-1" / "---").mkdir(parents=True)
    (place / "beta-1" / "---" / "checkpoint.safetensors").write_bytes(b"precious")
    result = run("validate", *ASKED, *QUICK, "--out", place)
    assert result.exit_code == 2
    assert "--resume" in result.stderr
    assert (place / "beta-1" / "---" / "checkpoint.safetensors").read_bytes() == b"precious"


def test_tasks_that_are_sent_to_processes_find_what_one_finds(finished, tmp_path, monkeypatch):
    """`machine.executors` starts the processes and has tests of that; here is what it is sent."""

    def sent(work, tasks, jobs):
        assert jobs == 2
        for task in tasks:
            yield task, pickle.loads(pickle.dumps(work))(pickle.loads(pickle.dumps(task)))

    monkeypatch.setattr(validation, "in_processes", sent)
    found = run_validation(
        "bars:2x2", tmp_path, models="---", betas=[1.0], samples=64, epochs=0.5, anneal=0.0,
        jobs=2,
    )  # fmt: skip
    (one,), other = found["models"], _result(finished[0])["models"][0]
    same = {name: one[name] for name in (*NUMBERS, "verdict", "encoder_cost")}
    assert same == {name: other[name] for name in same}


def test_a_broken_model_is_called_so_by_the_command(tmp_path, run, monkeypatch):
    whole = LatentModel.encode

    def rate_per_pixel(self, x):
        z, rate = whole(self, x)
        return z, rate / x[0].numel()

    monkeypatch.setattr(LatentModel, "encode", rate_per_pixel)
    result = run(
        "validate", "--source", "bars:2x2", "--models=---", "--beta", 0.1, *QUICK,
        "--samples", 2048, "--out", tmp_path / "v",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    (row,) = _result(tmp_path / "v")["models"]
    assert row["verdict"].startswith("broken: ")
    assert f"--- at beta 0.1: {row['verdict'].removeprefix('broken: ')}" in result.stdout


def test_all_families_are_chosen_by_all():
    assert chosen_families("all") == FAMILIES
    assert chosen_families("---, -+v") == ("---", "-+v")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--source", "bars:4x4"), "give --beta, --target-rate or both"),
        (("--source", "snow", "--beta", 1), "source must be like"),
        (("--source", "ising:9x9", "--beta", 1), "source ising must"),
        (("--source", "bars:4x4", "--beta", 0), "beta must be above 0, got 0"),
        (("--source", "bars:4x4", "--beta", "x"), "beta must be like"),
        (("--source", "bars:4x4", "--beta", 1, "--models=-+x"), "model must be one of"),
        (("--source", "bars:4x4", "--target-rate", -1), "target_rate must be finite and above 0"),
        (("--source", "bars:4x4", "--target-rate", 9), "target_rate must be at most 3.4012 nats"),
        (("--source", "bars:4x4", "--beta", 1, "--samples", 7), "samples must be even, got 7"),
        (("--source", "bars:4x4", "--beta", 1, "--samples", 0), "samples must be an integer"),
        (("--source", "bars:4x4", "--beta", 1, "--jobs", 0), "jobs must be an integer"),
        (("--source", "bars:8x8", "--beta", 1), "images of at most 4x4 pixels, got bars:8x8"),
        (("--source", "bars:4x4", "--beta", 1, "--resume"), "--resume needs --out"),
        (("--source", "bars:4x4", "--beta", 1, "--seed", -1), "seed must be a whole number"),
    ],
)
def test_bad_input_is_one_line(options, message, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run("validate", *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []
