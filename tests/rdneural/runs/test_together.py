"""Runs that are made together leave what they leave alone."""

import csv

import pytest

from rdneural.data import ImageData, of_run
from rdneural.runs.run import run_training
from rdneural.runs.together import run_together
from rdneural.training.learner import DivergedError
from rdneural.training.options import LoopOptions
from tests.make.batches import STEPS, TRAIN, VALID, batch_settings, mixed, places_of, train_batch
from tests.tolerances import ALONE, SETTLED

MEASURES = ("rate", "rate_se", "distortion", "distortion_se", "elbo", "elbo_se")


@pytest.fixture
def made(monkeypatch):
    """Let every name of data stand for images made here."""
    data = ImageData(
        "made", TRAIN[:, 0].numpy(), VALID[:, 0].numpy(), VALID[:, 0].numpy(), warning=""
    )
    monkeypatch.setattr(of_run, "load_images", lambda *_, **__: data)


def test_runs_together_leave_and_return_what_runs_alone_do(tmp_path, made):
    settings = [*mixed(model="--v")[:2], batch_settings(model="--v", beta=1e30)]
    rows = []
    found = run_together(
        settings,
        places_of(tmp_path / "a", 3),
        pictures=2,
        options=LoopOptions(on_row=lambda *row: rows.append(row)),
    )
    assert isinstance(found[2], DivergedError)
    assert [number for number, _ in rows] == [0, 1] * STEPS
    for k in (0, 1):
        place, other_place = (tmp_path / name / str(k) for name in "ab")
        other = run_training(settings[k], other_place, pictures=2)
        assert found[k].keys() == other.keys()
        assert (found[k]["batched"], other["batched"]) == (3, 1)
        for split in ("train", "valid", "test"):
            for name in MEASURES:
                limit = ALONE if settings[k].target_rate is None else 4 * SETTLED  # dim is 4
                expected = pytest.approx(other[split][name], rel=limit, abs=limit)
                assert found[k][split][name] == expected
        for name in ("model", "beta", "target_rate", "steps", "epochs", "parameters", "data"):
            assert found[k][name] == other[name]
        for name in ("final_beta", "log_spread"):
            assert found[k][name] == pytest.approx(other[name], rel=ALONE, abs=SETTLED)
        seen = found[k]["steps"] * settings[k].batch
        assert found[k]["images_per_second"] == seen / found[k]["training_seconds"]
        names = sorted(path.name for path in place.iterdir())
        assert names == sorted(path.name for path in other_place.iterdir())
        with (place / "history.csv").open() as stream:
            assert len(list(csv.DictReader(stream))) == STEPS
    assert not (tmp_path / "a" / "2").exists()


def test_runs_together_are_gone_on_with(tmp_path, made):
    settings, places = mixed()[:2], places_of(tmp_path, 2)
    train_batch(tmp_path, settings, stop_after=4)
    with pytest.raises(FileExistsError, match="--resume"):
        run_together(settings, places, pictures=1)
    found = run_together(settings, places, resume=True, pictures=1)
    assert [one["steps"] for one in found] == [STEPS] * 2
    again = run_together(settings, places, overwrite=True, pictures=1)
    for one, other in zip(again, found, strict=True):
        assert one["test"] == other["test"]
