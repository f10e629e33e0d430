"""Curves in sweeps: trained as they are alone, gone on with, measured again, and in their turn."""

import shutil

import pytest

from rdneural.data.of_run import load_data
from rdneural.measures.images import as_tensor
from rdneural.records.identity import WEIGHTS
from rdneural.records.layout import CURVE, PLAN, POINTS, RUNS
from rdneural.runs.curve import run_curve
from rdneural.runs.stored import read_points
from rdneural.sweeps import curves as of_sweeps
from rdneural.sweeps.curves import COLUMNS, plan_curves
from rdneural.sweeps.plan import read_plan
from rdneural.sweeps.sweep import run_sweep
from rdneural.training.curve import train_curve
from rdneural.training.options import LoopOptions
from rdtheory.results import read_rows
from tests.make.runs import SMALL, STEPS, plan, train_nothing
from tests.make.sweeps import SILENT

TIMES = ("seconds", "training_seconds", "images_per_second")
TEXTS = ("run", "data", "warning", "device", "model", "preset")


def curves(models="---", betas=(0.5, 1.0), **changed):
    return plan_curves(**(SMALL | {"models": models, "betas": betas} | changed))


def points(place):
    rows = read_rows(place / POINTS, COLUMNS, texts=TEXTS)
    return [{k: v for k, v in row.items() if k not in TIMES} for row in rows]


def test_a_curve_that_was_stopped_becomes_what_it_is_alone(tmp_path):
    [run] = curves()
    alone = run_curve(run.curve.of(run.settings), tmp_path / "alone", betas=run.curve.betas)
    data = load_data(run.settings)
    train_curve(
        run.curve.of(run.settings), as_tensor(data.train), as_tensor(data.valid),
        tmp_path / "swept" / RUNS / run.name, options=LoopOptions(stop_after=STEPS - 1),
    )  # fmt: skip
    tally = run_sweep(tmp_path / "swept", [run], **SILENT)
    assert (tally.done, tally.failed) == ([run.name], {})
    found = read_points(tmp_path / "swept" / RUNS / run.name)
    assert found["points"] == alone["points"]
    rows = points(tmp_path / "swept")
    assert [row["beta"] for row in rows] == [0.5, 1.0]
    for row, point in zip(rows, alone["points"], strict=True):
        assert row["run"] == run.name
        for split in ("valid", "test"):
            for name in ("rate", "rate_se", "distortion", "elbo", "images"):
                assert row[f"{split}_{name}"] == point[split][name]


def test_a_clone_without_checkpoints_has_nothing_to_do(tmp_path, monkeypatch):
    [run] = curves()
    run_sweep(tmp_path / "first", [run], **SILENT)
    monkeypatch.setattr(of_sweeps, "run_curve", None)
    clone = tmp_path / "clone"
    (clone / RUNS / run.name).mkdir(parents=True)
    for name in (PLAN, f"{RUNS}/{run.name}/{CURVE}"):
        shutil.copy(tmp_path / "first" / name, clone / name)
    assert run_sweep(clone, **SILENT).done == []
    assert points(clone) == points(tmp_path / "first")


def test_a_curve_is_measured_at_more_slopes_without_more_training(tmp_path):
    run_sweep(tmp_path / "swept", curves(), **SILENT)
    [more] = curves(betas=(0.5, 1.0, 2.0))
    before = read_points(tmp_path / "swept" / RUNS / more.name)
    assert run_sweep(tmp_path / "swept", [more], **SILENT).done == [more.name]
    after = read_points(tmp_path / "swept" / RUNS / more.name)
    assert after[WEIGHTS] == before[WEIGHTS]
    assert [point["beta"] for point in after["points"]] == [0.5, 1.0, 2.0]
    assert after["points"][:2] == before["points"]
    with pytest.raises(ValueError, match="power must be that of"):
        run_sweep(tmp_path / "swept", curves(power=0.25), **SILENT)


def test_trainings_come_by_priority(tmp_path, monkeypatch):
    begun = train_nothing(monkeypatch)
    asked = [*plan(betas=(1.0,), priority=2), *plan(betas=(3.0, 0.5)), *plan(betas=(2.0,))]
    run_sweep(tmp_path / "swept", asked, only_plan=True, **SILENT)
    assert begun == []
    assert read_plan(tmp_path / "swept") == asked
    run_sweep(tmp_path / "swept", **SILENT)
    assert begun == [f"beta-{beta}_---_seed-0" for beta in ("3", "0.5", "2", "1")]


def test_a_plan_with_curves_reads_back_as_it_was(tmp_path):
    asked = [*curves("---,-+v", priority=1), *plan()]
    run_sweep(tmp_path / "swept", asked, only_plan=True, **SILENT)
    assert read_plan(tmp_path / "swept") == asked
    path = tmp_path / "swept" / PLAN
    path.write_text(path.read_text().replace('"power": 0.5', '"power": -1'))
    with pytest.raises(ValueError, match="must hold the runs of a sweep"):
        read_plan(tmp_path / "swept")
