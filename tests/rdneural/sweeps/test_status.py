"""Where a sweep stands, and the time that is left."""

import pytest
from filelock import FileLock

from rdneural.records.layout import CHECKPOINT, FAILED, RUNS
from rdneural.runs.run import write_result
from rdneural.sweeps.plan import extend_plan
from rdneural.sweeps.results import share_done, steps_behind
from rdneural.sweeps.status import sweep_status
from rdneural.training.checkpoints import read_numbers
from rdtheory.results import result_head, write_json
from tests.make.runs import STEPS, kept, made_result, one_row, plan
from tests.make.sweeps import fill_with_garbage, interrupt, pull_rows


def finish(place, run, **changed):
    made = made_result(run.settings, **changed)
    write_result(place / RUNS / run.name, run.settings, made, seconds=6.0)


def test_the_status_counts_and_names_the_state_of_each_run(tmp_path):
    asked = plan(betas=[1, 2, 3, 4, 5], epochs=4.0)
    extend_plan(tmp_path, asked)
    finish(tmp_path, asked[0], epochs=4.0, seconds=30.0, training_seconds=20.0)
    write_json(
        tmp_path / RUNS / asked[1].name / FAILED,
        result_head("failed", settings={}, seed=0, seconds=0.0) | {"reason": "for want of memory"},
    )
    interrupt(asked[2], tmp_path, after=2 * STEPS)
    directory = tmp_path / RUNS / asked[3].name
    directory.mkdir()
    far = plan("-+v", [9])[0]
    pull_rows(tmp_path, [one_row(made_result(far.settings), far, "far")])
    with FileLock(directory / ".lock"):
        found = sweep_status(tmp_path)
    assert {k: found[k] for k in ("done", "running", "waiting", "failed", "total")} == {
        "done": 2, "running": 1, "waiting": 2, "failed": 1, "total": 6,
    }  # fmt: skip
    assert found["runs"] == [
        {"run": asked[0].name, "state": "done"},
        {"run": asked[1].name, "state": "failed", "reason": "for want of memory"},
        {"run": asked[2].name, "state": "waiting", "share": 0.5},
        {"run": asked[3].name, "state": "running", "share": 0.0},
        {"run": asked[4].name, "state": "waiting", "share": 0.0},
        {"run": far.name, "state": "done"},
    ]
    # 4 epochs of 5 s, of one run only 2, and 10 s to measure each of three
    assert found["seconds_left"] == 20.0 * 2.5 + 10.0 * 3
    assert sweep_status(tmp_path)["running"] == 0


def test_the_time_left_is_shared_by_the_runs_at_work(tmp_path):
    asked = plan(betas=[1, 2, 3, 4])
    extend_plan(tmp_path, asked)
    finish(tmp_path, asked[0], seconds=30.0, training_seconds=20.0)
    finish(tmp_path, asked[1], seconds=50.0, training_seconds=40.0)
    assert sweep_status(tmp_path)["seconds_left"] == 2 * 40.0
    for run in asked[2:]:
        (tmp_path / RUNS / run.name).mkdir()
    with (
        FileLock(tmp_path / RUNS / asked[2].name / ".lock"),
        FileLock(tmp_path / RUNS / asked[3].name / ".lock"),
    ):
        assert sweep_status(tmp_path)["seconds_left"] == 40.0


def test_the_time_left_is_not_known_before_anything_like_it_is_finished(tmp_path):
    asked = plan(betas=[1, 2])
    extend_plan(tmp_path, asked)
    assert sweep_status(tmp_path)["seconds_left"] is None
    other = plan(betas=[3], preset="quick")[0]
    pull_rows(tmp_path, [one_row(made_result(other.settings), other, "far")])
    assert sweep_status(tmp_path)["seconds_left"] is None


def test_nothing_is_left_where_all_is_done_or_failed(swept):
    found = sweep_status(swept)
    assert (found["done"], found["total"], found["seconds_left"]) == (2, 2, 0.0)


def test_a_directory_without_a_sweep_has_no_status(tmp_path):
    with pytest.raises(ValueError, match="must be the directory of a sweep, got no plan there"):
        sweep_status(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_the_status_writes_nothing(copied):
    before = kept(copied)
    sweep_status(copied)
    assert kept(copied) == before


def test_a_share_is_that_of_the_epochs(tmp_path):
    run = plan(betas=[1], epochs=2.0)[0]
    assert share_done(tmp_path) == 0.0
    interrupt(run, tmp_path, after=4)
    directory = tmp_path / RUNS / run.name
    assert read_numbers(directory / CHECKPOINT)["progress"]["step"] == 4
    assert share_done(directory) == pytest.approx(4 / (2 * STEPS), rel=1e-15)
    fill_with_garbage(directory / CHECKPOINT)
    assert (share_done(directory), steps_behind(directory)) == (0.0, 0)


def test_what_did_not_get_what_was_asked_is_named(tmp_path):
    asked = plan(betas=[1, 2, 3], target_rates=[0.5, 1.0])
    extend_plan(tmp_path, asked)
    part = made_result(asked[0].settings)["test"]
    finish(tmp_path, asked[0])
    finish(tmp_path, asked[1], final_beta=0.25)
    finish(tmp_path, asked[2], test=part | {"distortion": 1e6})
    finish(tmp_path, asked[3], test=part | {"rate": 0.55})
    finish(tmp_path, asked[4], test=part | {"rate": 3.5})
    found = sweep_status(tmp_path)
    assert found["missed"] == [
        {"run": asked[4].name, "target_rate": 1.0, "test_rate": 3.5, "target_met": False,
         "target_miss": 2.5}
    ]  # fmt: skip
    assert found["short_of_beta"] == [{"run": asked[1].name, "beta": 2, "final_beta": 0.25}]
    assert found["diverged"] == [{"run": asked[2].name}]
    assert found["done"] == 5
