"""What a command line can only mean, it does; what is wrong in it is what is named."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from rdneural.data import of_run
from rdneural.records.layout import CHECKPOINT, PLAN, RESULT, RUNS, TABLE
from rdneural.sweeps import sweep as sweeps
from rdneural.sweeps.plan import read_plan
from rdneural.training.checkpoints import Checkpoint, write_checkpoint
from tests.make.commands import one_error
from tests.make.light import light_validation
from tests.make.runs import COMMAND, few_images, kept, no_training, plan, train_nothing
from tests.make.stored import made_images

CURVE = ("curve", "--data", "bars:4x4", "--preset", "tiny", "--epochs", 1, "--batch", 64,
         "--device", "cpu", "--precision", "float32", "--betas", "0.5")  # fmt: skip
VALIDATE = ("validate", "--source", "bars:4x4", "--models=---", "--beta", 1, "--epochs", 0.5,
            "--samples", 64)  # fmt: skip

pytestmark = pytest.mark.usefixtures("undrawn")


@pytest.fixture(autouse=True)
def few(monkeypatch):
    few_images(monkeypatch)


def test_the_version_is_said(run):
    result = run("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("rdlatent ")
    assert result.stdout.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [("--out", "S", "status"), ("status", "--out", "S"), ("--json", "-", "--out", "S", "status"),
     ("--out", "S", "status", "--json", "-"), ("--out=S", "--json", "-", "status")],
)  # fmt: skip
def test_options_of_a_sweep_may_come_before_what_is_asked_of_it(run, swept, words):
    result = run("sweep", *words)
    assert result.exit_code == 0, result.stderr
    if "--json" in words:
        assert json.loads(result.stdout)["total"] == 2
    else:
        assert result.stdout.startswith("2 runs: 2 done")


@pytest.mark.parametrize(
    "words",
    [("--models=---", "--out", "S", "status"), ("--betas", 1, "status", "--out", "S"),
     ("--dry-run", "--out", "S", "pull", "S")],
)  # fmt: skip
def test_what_means_nothing_before_them_is_refused(run, swept, words):
    before = kept(swept)
    one_error(run("sweep", *words), f"{str(words[0]).partition('=')[0]} must come without")
    assert kept(swept) == before


@pytest.mark.parametrize("source", ["R", "R/run.json", "R/", "."])
def test_a_single_run_is_pulled(run, swept, tmp_path, source):
    name = plan()[0].name
    shutil.copytree(swept / RUNS / name, tmp_path / "R")
    shutil.move(swept, tmp_path.parent / f"{tmp_path.name}-elsewhere")
    result = run("sweep", "pull", source, "--out", "T")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "T: 1 taken, 0 copied, 0 kept\n"
    assert name in (tmp_path / "T" / TABLE).read_text()


def test_a_pulled_run_of_other_settings_or_another_preset_is_named(run, swept, tmp_path):
    shutil.copytree(swept / RUNS / plan()[0].name, tmp_path / "R")
    result = json.loads((tmp_path / "R" / RESULT).read_text())
    before = kept(swept)
    for name, value, said in (
        ("clip", 7.0, "clip must be that of"),
        ("preset", "quick", "preset must have images as large as those of the runs in"),
    ):
        changed = result | {"settings": result["settings"] | {name: value}}
        (tmp_path / "R" / RESULT).write_text(json.dumps(changed))
        one_error(run("sweep", "pull", "R", "--out", swept), said, str(value))
    assert kept(swept) == before


def test_a_sweep_of_another_preset_is_named(run, swept):
    before = kept(swept)
    asked = [*COMMAND, "--models=---", "--betas", 3, "--out", swept]
    asked[asked.index("tiny")] = "quick"
    words = ("preset must have images as large as", PLAN, "tiny (4x4), got quick (28x28)")
    with no_training():
        result = run(*asked)
    assert result.exit_code == 2
    assert all(word in result.stderr.splitlines()[-1] for word in words)
    assert kept(swept) == before


@pytest.mark.parametrize("named", ["nothing", "S/none.csv", "S/sweep.json", "S/runs/none"])
def test_a_report_is_of_the_directory_of_a_sweep(run, swept, named):
    one_error(run("report", named), "DIRECTORY must be that of a sweep", TABLE, named)


def test_a_report_of_a_table_is_that_of_its_sweep(run, swept, monkeypatch):
    found = []
    from figures.report import report

    monkeypatch.setattr(
        report, "report", lambda place, **_: (found.append(place), place / "report.html")[1]
    )
    for named in (swept, swept / TABLE, "S", "S/table.csv"):
        assert run("report", named).exit_code == 0
    assert [path.resolve() for path in found] == [swept] * 4


def test_a_report_of_a_run_with_another_s_checkpoint_is_refused(run, swept):
    first, second = plan()
    for planned in (first, second):
        numbers = {"settings": second.settings.as_dict()}
        path = swept / RUNS / planned.name / CHECKPOINT
        write_checkpoint(path, Checkpoint({"weights/a": torch.ones(1)}, numbers))
    words = (f"{first.name}/{RESULT}", "beta 0.5 beside a checkpoint of beta 1.0")
    one_error(run("report", swept), *words)
    assert not (swept / "report.html").exists()


@pytest.mark.parametrize(
    "name", ["mnist-5k", "MNIST5K", "mnist_5k", "mnist 5k", "mnist5", "mnst5k"]
)
def test_a_name_that_is_nearly_right_is_guessed(run, tmp_path, name):
    tiny = ("--preset", "tiny", "--epochs", 0.01)
    for command in (("mnist", "--beta", 1), ("curve",), ("sweep", "--betas", 1)):
        one_error(run(*command, *tiny, "--data", name), name, "(did you mean mnist")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["cats", "5", "x" * 50])
def test_a_name_that_is_nothing_like_one_is_not(run, name):
    result = run("mnist", "--beta", 1, "--preset", "tiny", "--data", name)
    one_error(result, name, "must be a directory")
    assert "did you mean" not in result.stderr


@pytest.mark.parametrize(
    ("command", "other"),
    [(CURVE, ("--betas", "0.5,1")), (CURVE, ("--seed", 1)), (VALIDATE, ("--samples", 128))],
    ids=lambda words: words[0],
)
def test_a_finished_command_that_is_resumed_shows_its_result(
    run, tmp_path, monkeypatch, command, other
):
    light_validation(monkeypatch)
    first = run(*command, "--out", "a")
    assert first.exit_code == 0, first.stderr
    before = kept(tmp_path / "a")
    again = run(*command, "--out", "a", "--resume")
    assert again.exit_code == 0, again.stderr
    assert again.stdout == first.stdout
    assert "a is finished" in again.stderr
    assert kept(tmp_path / "a") == before
    one_error(run(*command, *other, "--out", "a", "--resume"), other[0].strip("-"), "--overwrite")
    assert kept(tmp_path / "a") == before


def test_a_sweep_goes_on_where_its_images_are_now(run, tmp_path, monkeypatch):
    def load(dataset, where, **_):
        data = made_images()
        other = (Path(where) / "kind").read_text() == "two"
        return type(data)("made", 1 - data.train, data.valid, data.test) if other else data

    for name, kind in (("a", "one"), ("c", "two")):
        Path(name).mkdir()
        (Path(name) / "kind").write_text(kind)
        (Path(name) / "binarized_mnist_train.amat").touch()  # a place of published images
    monkeypatch.setattr(of_run, "load_images", load)
    grid = ("sweep", "--preset", "tiny", "--epochs", 0.3, "--batch", 20, "--device", "cpu",
            "--precision", "float32", "--models=---", "--pictures", 1)  # fmt: skip
    first = run(*grid, "--data", "a", "--betas", 1, "--out", "S")
    assert first.exit_code == 0, first.stderr
    Path("a").rename("moved")
    before = kept(Path("S"))
    words = ("data must hold the images of the runs in S", "c")
    refused = run(*grid, "--data", "c", "--betas", "1,2", "--out", "S")
    assert refused.exit_code == 2
    assert all(word in refused.stderr.splitlines()[-1] for word in words)
    assert kept(Path("S")) == before
    with monkeypatch.context() as context:
        train_nothing(context)
        for more in (("--data", "moved/", "--betas", "1,2"), ("--data", "./moved")):
            command = [*grid, *more] if "--betas" in more else ["sweep", *more]
            result = run(*command, "--out", "S")
            assert result.exit_code == 0, result.stderr
            data = {run.settings.data for run in read_plan(Path("S"))}
            assert data == {str(tmp_path / "moved")}
    assert sweeps.read_result(Path("S") / RUNS / "beta-2_---_seed-0", read_plan(Path("S"))[1])
