"""Sweeps: what is done stays done, what fails is recorded, what breaks is mended; where one stands.

Most runs here train nothing; those of the first part do.
"""

import json
import shutil

import pytest

from rdneural.records.layout import CHECKPOINT, RESULT, RUNS, TABLE
from rdneural.records.table import TIMES, check_row, read_table
from rdneural.runs import run as runs
from rdneural.runs.run import run_training
from rdneural.sweeps.job import Job, carry_out
from rdneural.sweeps.plan import extend_plan, read_plan
from rdneural.sweeps.results import steps_behind
from rdneural.sweeps.sweep import Workers, run_sweep
from rdneural.training import loop as training
from rdtheory.results import read_json
from tests.make.runs import STEPS, kept, no_training, plan, timeless, train_nothing
from tests.make.sweeps import PAIR, SILENT, fill_with_garbage, interrupt, truncate


def lines_of(place, *asked, **how):
    """Run a sweep; return what it said."""
    said = []
    run_sweep(place, *asked, say=said.append, **how)
    return said


# -- real runs ---------------------------------------------------------------------------------


def test_a_sweep_leaves_its_plan_its_table_and_what_each_run_leaves_alone(swept, tmp_path):
    run = plan()[1]
    result = run_training(run.settings, tmp_path / "alone")
    found = read_json(swept / RUNS / run.name / RESULT, command="bars:4x4")
    assert found["settings"] == run.settings.as_dict()
    assert {k: v for k, v in found.items() if k in result and k not in TIMES} == {
        k: v for k, v in result.items() if k not in TIMES
    }
    names = {path.name for path in (tmp_path / "alone").iterdir()} | {RESULT}
    assert {path.name for path in (swept / RUNS / run.name).iterdir()} - {".lock"} == names
    assert read_plan(swept) == plan()
    assert [row["run"] for row in read_table(swept)] == PAIR
    assert all(row["complete"] and row["steps"] == STEPS for row in read_table(swept))
    for row, planned in zip(read_table(swept), plan(), strict=True):
        check_row(row, planned.settings, swept)


def test_finished_runs_are_never_repeated(copied):
    def left():
        return {name: was for name, was in kept(copied).items() if name != TABLE}

    before, table = left(), (copied / TABLE).read_bytes()
    with no_training():
        for asked in (plan(), ()):
            tally = run_sweep(copied, asked, **SILENT)
            assert (tally.done, tally.failed) == ([], {})
    assert left() == before
    assert (copied / TABLE).read_bytes() == table


def test_other_lists_run_what_is_new_alone(copied, monkeypatch):
    before = kept(copied / RUNS)
    begun = train_nothing(monkeypatch)
    run_sweep(copied, plan(betas=[1, 2]), **SILENT)
    assert begun == ["beta-2_---_seed-0"]
    assert [row["run"] for row in read_table(copied)] == [*PAIR, "beta-2_---_seed-0"]
    after = kept(copied / RUNS)
    assert {name: after[name] for name in before} == before


def test_a_run_that_was_killed_goes_on_to_the_numbers_of_an_unbroken_one(swept, tmp_path):
    place = tmp_path / "killed"
    extend_plan(place, plan())
    interrupt(plan()[1], place, after=2)
    began = []
    real = training.train

    def train(settings, images, valid, place, **how):
        began.append(steps_behind(place))
        return real(settings, images, valid, place, **how)

    with pytest.MonkeyPatch.context() as context:
        context.setattr(runs, "train", train)
        run_sweep(place, **SILENT)
    assert began == [0, 2]
    assert timeless(place) == timeless(swept)


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[-50] ^= 4
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("spoil", [truncate, flip_a_bit, fill_with_garbage])
def test_a_broken_checkpoint_is_set_aside_and_the_run_trained_anew(swept, copied, spoil):
    directory = copied / RUNS / PAIR[0]
    (directory / RESULT).unlink()
    spoil(directory / CHECKPOINT)
    broken = (directory / CHECKPOINT).read_bytes()
    said = lines_of(copied)
    assert said[0].startswith(f"{PAIR[0]}: {directory / CHECKPOINT} must ")
    assert said[0].endswith(f"it is kept as {CHECKPOINT}.broken-1, and the run trained again")
    assert "\n" not in said[0]
    assert (directory / f"{CHECKPOINT}.broken-1").read_bytes() == broken
    assert timeless(copied) == timeless(swept)


@pytest.mark.parametrize(
    "spoil", [truncate, fill_with_garbage, lambda path: path.write_text(
        json.dumps({k: v for k, v in json.loads(path.read_text()).items() if k != "steps"}))],
)  # fmt: skip
def test_a_broken_result_is_set_aside_and_measured_anew_without_training(
    swept, copied, spoil, monkeypatch
):
    monkeypatch.setattr(training, "take_step", None)
    directory = copied / RUNS / PAIR[1]
    spoil(directory / RESULT)
    checkpoint = (directory / CHECKPOINT).read_bytes()
    for number in (1, 2):
        said = lines_of(copied)
        assert said[0].startswith(f"{PAIR[1]}: {directory / RESULT} must ")
        assert said[0].endswith(f"kept as run.json.broken-{number}, and the run measured again")
        assert said[1].startswith(f"{PAIR[1]}: R ")
        assert len(said) == 2
        assert timeless(copied) == timeless(swept)
        spoil(directory / RESULT)
    assert (directory / CHECKPOINT).read_bytes() == checkpoint


def test_a_row_whose_directory_is_gone_stays_until_the_run_is_run_again(swept, copied):
    shutil.rmtree(copied / RUNS / PAIR[0])
    rows = read_table(copied)
    with no_training():
        said = lines_of(copied, plan(betas=[1]))  # of another run
    assert said == [
        f"{PAIR[0]}: its directory is gone; the table keeps its row until it is run again"
    ]
    assert read_table(copied) == rows
    assert lines_of(copied)[0] == said[0]
    assert timeless(copied) == timeless(swept)
    assert (copied / RUNS / PAIR[0] / RESULT).exists()


def test_batched_runs_go_on_together_wherever_their_checkpoints_are(copied, tmp_path, swept):
    # as a kill between two saves leaves them, and a bit that flipped since they were grouped
    place = tmp_path / "killed"
    asked = plan(betas=[0.5, 1, 2, 3])
    extend_plan(place, asked)
    for run, after in zip(asked, (1, 2, 2), strict=False):
        interrupt(run, place, after=after)
    flip_a_bit(place / RUNS / asked[2].name / CHECKPOINT)
    outcomes = carry_out(Job(tuple(asked), place))
    assert [(outcome.name, outcome.state) for outcome in outcomes] == [
        (run.name, "done") for run in asked
    ]
    assert [len(outcome.notes) for outcome in outcomes] == [0, 0, 1, 0]
    run_sweep(place, **SILENT)
    assert [row["run"] for row in read_table(place)] == [run.name for run in asked]
    for row, alone in zip(read_table(place), read_table(swept), strict=False):
        assert row["test_elbo"] == pytest.approx(alone["test_elbo"], rel=1e-3)


def test_a_batch_of_broken_runs_is_trained_anew(copied):
    for name in PAIR:
        fill_with_garbage(copied / RUNS / name / RESULT)
        fill_with_garbage(copied / RUNS / name / CHECKPOINT)
    said = lines_of(copied, workers=Workers(batched=2))
    assert sum("broken-1" in line for line in said) == 4
    assert [row["run"] for row in read_table(copied)] == PAIR
