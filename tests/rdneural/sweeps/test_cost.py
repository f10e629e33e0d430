"""What a sweep costs, and its table as runs end."""

import csv

import pytest

from rdneural.records.layout import RESULT, RUNS, TABLE
from rdneural.records.table import read_table, row_of, write_table
from rdneural.runs.run import write_result
from rdneural.sweeps import cost as sweep_cost
from rdneural.sweeps import job as sweep_job
from rdneural.sweeps.cost import Cost, describe_cost, estimate, known_cost
from rdneural.sweeps.sweep import run_sweep
from rdtheory.results import read_json
from tests.make.runs import kept, made_result, one_row, plan
from tests.make.sweeps import SILENT


def test_the_cost_is_that_of_the_rows_most_alike():
    runs = plan("---,-+-,--v,-+v", [1, 2])
    rows = [
        one_row(made_result(run.settings, training_seconds=t, seconds=t + 1.0), run)
        for run, t in zip(runs, (2.0, 4.0, 8.0), strict=False)
    ]
    models = [row["model"] for row in rows]
    assert models == ["---", "-+-", "--v"]
    of = {run.settings.model: known_cost(run.settings, rows) for run in runs}
    assert of["---"] == Cost(2.0, 1.0)
    assert of["-+v"] == Cost(4.0, 1.0)  # of its decoder
    assert known_cost(plan("++v", [1])[0].settings, rows[:1]) == Cost(2.0, 1.0)  # of its preset
    assert known_cost(plan("---", [1], preset="quick")[0].settings, rows) is None
    assert Cost(2.0, 1.0).of(10) == 21.0


def test_each_family_that_nothing_is_known_of_is_timed_once(monkeypatch):
    timed = []

    def timed_cost(settings):
        timed.append(settings.model)
        return Cost(10.0, 1.0)

    monkeypatch.setattr(sweep_cost, "timed_cost", timed_cost)
    runs = plan("---,-+-", [1, 2], epochs=3.0)
    rows = [one_row(made_result(runs[0].settings, epochs=3.0), runs[0])]
    seconds = estimate([run.settings for run in runs], rows, timed=True)
    assert timed == ["-+-"]
    assert seconds == [pytest.approx(6.0), 31.0] * 2
    assert estimate([run.settings for run in runs], []) == [None] * 4
    assert timed == ["-+-"]


def test_a_dry_run_says_what_would_be_run_or_what_is_refused(copied):
    before = kept(copied)
    found = describe_cost(copied, plan(betas=[1, 2]), jobs=2)
    assert [(run["run"], run["finished"]) for run in found["runs"]] == [
        ("beta-1_---_seed-0", True), ("beta-2_---_seed-0", False),
    ]  # fmt: skip
    assert (found["total"], found["finished"]) == (2, 1)
    rows = read_table(copied)
    mean = sum(row["seconds"] for row in rows) / 2
    assert found["runs"][1]["seconds"] == pytest.approx(mean)
    assert found["seconds"] == pytest.approx(mean / 2)
    assert describe_cost(copied, [])["finished"] == 2
    with pytest.raises(ValueError, match="clip must be that of"):
        describe_cost(copied, plan(clip=3.0))
    assert kept(copied) == before


def test_tensorboard_gets_every_row_of_the_history(tmp_path):
    event_accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator"
    )
    place = tmp_path / "s"
    (run,) = plan(betas=[1])
    assert run_sweep(place, [run], tensorboard=True, **SILENT).failed == {}
    events = event_accumulator.EventAccumulator(str(place / RUNS / run.name / "tensorboard"))
    events.Reload()
    with (place / RUNS / run.name / "history.csv").open(newline="") as stream:
        history = list(csv.DictReader(stream))
    seen = [(event.step, event.value) for event in events.Scalars("valid_elbo")]
    assert [step for step, _ in seen] == [int(float(row["step"])) for row in history]
    for (_, value), row in zip(seen, history, strict=True):
        assert value == pytest.approx(float(row["valid_elbo"]), rel=1e-6)


def test_a_table_is_kept_up_to_date_as_runs_end(tmp_path, monkeypatch):
    place, asked, seen = tmp_path / "s", plan(betas=[1, 2, 3]), []

    def run_training(settings, directory, **how):
        seen.append([row["run"] for row in read_table(place)])
        return write_result(directory, settings, made_result(settings), seconds=6.0)

    monkeypatch.setattr(sweep_job, "run_training", run_training)
    run_sweep(place, asked, **SILENT)
    names = [run.name for run in asked]
    assert seen == [names[:0], names[:1], names[:2]]
    assert [row["run"] for row in read_table(place)] == names
    rows = [
        row_of(run.name, "here", read_json(place / RUNS / run.name / RESULT, command="bars:4x4"))
        for run in asked
    ]
    write_table(tmp_path, rows)
    assert (tmp_path / TABLE).read_bytes() == (place / TABLE).read_bytes()
