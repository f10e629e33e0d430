"""Usefulness of runs: their table, what is kept of it, and the command."""

import csv
import json
import math
from dataclasses import replace

import pytest

from rdneural.data import of_run
from rdneural.measures.estimates import columns_of
from rdneural.measures.usefulness import Baselines, Usefulness, usefulness_of
from rdneural.runs import usefulness as usefulness_run
from rdneural.runs.run import run_training
from rdneural.runs.subjects import Subject, find_subjects
from rdneural.runs.usefulness import UsefulnessOptions, measure_runs, read_table
from rdtheory.information import greatest_accuracy
from tests.conftest import ROOT
from tests.make.labelled import CLASSES, SETTINGS, judge, made_labelled
from tests.make.runs import one_line
from tests.tolerances import STANDARD_ERRORS


@pytest.fixture(scope="module")
def made_world():
    """Let the digits be quarters, of 4x4 pixels, and the classifier one that knows them."""
    labelled = made_labelled(noise=0.05)
    with pytest.MonkeyPatch.context() as context:
        context.setattr(of_run, "load_images", lambda *_, **__: labelled.images)
        context.setattr(usefulness_run, "load_labelled", lambda *_: labelled)
        context.setattr(usefulness_run, "train_classifier", lambda *_, **__: judge())
        yield context


@pytest.fixture(scope="module")
def sweep(made_world, tmp_path_factory):
    """A sweep of two finished runs, one that was pulled without its checkpoint, one begun."""
    place = tmp_path_factory.mktemp("useful") / "sweep"
    for name, model in (("one", "---"), ("two", "-+-")):
        settings = replace(SETTINGS, model=model, epochs=2.0, batch=60, precision="float32")
        run = place / "runs" / name
        run_training(settings, run, pictures=1)
    for name, file in (("pulled", "run.json"), ("begun", "checkpoint.safetensors")):
        (place / "runs" / name).mkdir()
        (place / "runs" / name / file).write_text("{}")
    return place


@pytest.fixture
def no_measuring(made_world):
    with pytest.MonkeyPatch.context() as context:
        context.setattr(usefulness_run, "usefulness_of", None)
        yield


def test_runs_of_a_sweep_without_a_checkpoint_or_result_are_left_out(sweep):
    found, left_out = find_subjects([sweep])
    assert found == {name: Subject(sweep / "runs" / name) for name in ("one", "two")}
    assert left_out == ["begun", "pulled"]
    assert find_subjects([sweep / "runs" / "two", sweep / "runs" / "two"])[0].keys() == {"two"}


def test_a_run_that_is_named_must_be_whole(sweep, tmp_path):
    with pytest.raises(ValueError, match=r"got no checkpoint\.safetensors there"):
        find_subjects([sweep / "runs" / "pulled"])
    with pytest.raises(ValueError, match=r"got no run\.json there"):
        find_subjects([tmp_path / "nowhere"])
    (tmp_path / "runs" / "one").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"run\.json and checkpoint\.safetensors, got none among"):
        find_subjects([tmp_path])
    for file in ("run.json", "checkpoint.safetensors"):
        (tmp_path / "runs" / "one" / file).write_text("{}")
    with pytest.raises(ValueError, match="names of their own, got one in"):
        find_subjects([sweep, tmp_path])


def test_the_command_leaves_a_table_and_its_picture(run, sweep, tmp_path):
    out = tmp_path / "out"
    result = run("usefulness", sweep, "--device", "cpu", "--out", out)
    assert result.exit_code == 0, (result.stderr, result.exception)
    assert "2 (begun, pulled)" in result.stderr
    assert (out / "usefulness.png").read_bytes().startswith(b"\x89PNG")
    rows = read_table(out / "usefulness.csv")
    assert [row["run"] for row in rows] == ["one", "two"]
    assert [row["reconstructions"] for row in rows] == [160, 100]  # PixelCNN++ is slow
    for row in rows:
        assert (row["beta"], row["labelled"], row["labels"]) == (1.0, "quarters", "digit")
        for field in {*columns_of(Usefulness), *columns_of(Baselines)} - {"counts"}:
            assert math.isfinite(row[field])
        assert row["drawn_label_nats"] < row["rate"] + STANDARD_ERRORS * row["rate_se"]
        assert row["class_information"] is None
        assert row["counts"] == "100 100 100 100"
        most = float(greatest_accuracy(row["rate"] + STANDARD_ERRORS * row["rate_se"], CLASSES))
        assert row["class_agreement"] < most + STANDARD_ERRORS * row["class_agreement_se"]
    with (out / "usefulness.csv").open() as stream:
        assert next(csv.reader(stream))[:5] == ["run", "data", "model", "preset", "beta"]


def test_rows_that_are_there_are_kept(run, sweep, tmp_path, no_measuring, made_world):
    table = tmp_path / "usefulness.csv"
    found, _ = find_subjects([sweep])
    with pytest.MonkeyPatch.context() as context:
        context.setattr(usefulness_run, "usefulness_of", usefulness_of)
        first = measure_runs({"one": found["one"]}, table, UsefulnessOptions(device="cpu"))
        again = measure_runs(found, table, UsefulnessOptions(device="cpu"))
    assert (first["measured"], first["kept"]) == (["one"], [])
    assert (again["measured"], again["kept"]) == (["two"], ["one"])
    assert again["rows"][0] == first["rows"][0]
    before = table.read_bytes()
    result = run("usefulness", sweep, "--device", "cpu", "--out", tmp_path, "--json", "-")
    assert result.exit_code == 0, result.stderr
    printed = json.loads(result.stdout)  # and nothing else
    assert (printed["command"], printed["measured"]) == ("usefulness", [])
    assert printed["rows"] == again["rows"]
    assert printed["left_out"] == ["begun", "pulled"]
    assert table.read_bytes() == before


def test_rows_of_other_counts_or_checkpoints_are_in_the_way(run, sweep, tmp_path):
    two = sweep / "runs" / "two"
    asked = ("usefulness", two, "--device", "cpu", "--out", tmp_path, "--reconstructions")
    assert run(*asked, 8).exit_code == 0
    one_line(run(*asked, 9), "two with reconstructions_asked 8 and not 9", "--overwrite")
    one_line(run(*asked, 8, "--seed", 1), "two with seed 0 and not 1")
    replaced = run(*asked, 9, "--overwrite")
    assert replaced.exit_code == 0, replaced.stderr
    table = tmp_path / "usefulness.csv"
    assert [row["reconstructions"] for row in read_table(table)] == [9]
    table.write_text(table.read_text().replace("sha256:", "sha256:0"))
    one_line(run(*asked, 9), "two with checkpoint sha256:0", "--overwrite")


def test_codes_of_a_source_tell_the_class_as_its_probes_do_and_exactly(made_world, tmp_path):
    settings = replace(SETTINGS, dataset="templates:3x3", model="bits-:4", epochs=0.3, batch=60,
                       learning_rate=0.01, precision="float32")  # fmt: skip
    run_training(settings, tmp_path / "one", pictures=1)
    found, _ = find_subjects([tmp_path / "one"])
    asked = UsefulnessOptions(device="cpu", images=200, reconstructions=20)
    (row,) = measure_runs(found, tmp_path / "t.csv", asked)["rows"]
    assert (row["labelled"], row["labels"], row["classes"]) == ("templates:3x3", "class", 4)
    assert 0.1 < row["class_information"] < 4 * math.log(2)
    error = math.hypot(row["drawn_label_nats_se"], row["class_information_se"])
    above = row["drawn_label_nats"] - row["class_information"]
    assert -0.1 - STANDARD_ERRORS * error < above < STANDARD_ERRORS * error
    with pytest.raises(ValueError, match="labels of a source must be class, got 'digit'"):
        measure_runs(found, tmp_path / "u.csv", replace(asked, labels="digit"))


def test_tables_of_before_nats_are_read():
    rows = read_table(ROOT / "figures" / "results" / "usefulness-omniglot" / "usefulness.csv")
    assert rows[0]["drawn_label_nats"] is None
    assert rows[0]["linear_probe"] > 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--images", 0), ("images must be", "got 0")),
        (("--reconstructions", -3), ("reconstructions must be", "got -3")),
        (("--seed", -1), ("seed must be", "got -1")),
        (("--json", __file__), ("exists", "--overwrite")),
    ],
)
def test_bad_options_are_one_line(run, sweep, tmp_path, options, words):
    one_line(run("usefulness", sweep / "runs" / "one", "--out", tmp_path / "o", *options), *words)
    assert not (tmp_path / "o").exists()


def test_a_broken_table_is_one_line(run, sweep, tmp_path):
    (tmp_path / "usefulness.csv").write_text("run,rate\n")
    one_line(run("usefulness", sweep, "--out", tmp_path), "must have the columns")


def test_a_run_on_images_without_labels_is_refused(tmp_path, sweep):
    with pytest.MonkeyPatch.context() as context:
        from rdneural.data.labels import load_labelled

        context.setattr(usefulness_run, "load_labelled", load_labelled)
        found = {"one": Subject(sweep / "runs" / "one")}
        with pytest.raises(ValueError, match="labels must be one of digit, got 'alphabet'"):
            measure_runs(
                found, tmp_path / "t.csv", UsefulnessOptions(labels="alphabet", device="cpu")
            )
    assert not (tmp_path / "t.csv").exists()
