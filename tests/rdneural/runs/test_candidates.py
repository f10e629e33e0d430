"""Candidates: each as long as asked, kept in a table, and not trained twice."""

import json
import math

import pytest

from rdneural.data import load_images
from rdneural.runs import candidates
from rdneural.runs.candidates import Candidate, chosen_candidates, train_candidates

FEW = {"pixel_features": 8, "pixel_levels": 1}


def test_a_table_grows_by_what_it_has_not(tmp_path, monkeypatch):
    data = load_images("mnist", "mnist5k")
    first = [
        Candidate("one", FEW, batch=16, dropout=0.1),
        Candidate("two", FEW | {"pixel_orders": 2}, batch=16),
    ]
    rows = train_candidates(first, data, tmp_path, seconds=1.0, test_images=50)
    assert [row["candidate"] for row in rows] == ["one", "two"]
    assert rows[0]["epochs"] * len(data.train) / rows[0]["images_per_second"] >= 1.0  # CPU seconds
    for row in rows:
        assert row["test"] < 28**2 * math.log(2)  # better than to know nothing
    assert rows[0]["images"] == 50

    trained = []

    def train_nothing(candidate, data, *, seconds, seed, **how):
        trained.append(candidate.name)
        return rows[0] | {"candidate": candidate.name, "seconds": seconds, "seed": seed}

    monkeypatch.setattr(candidates, "train_candidate", train_nothing)
    both = [*first, Candidate("other", FEW)]
    found = train_candidates(both, data, tmp_path, seconds=1.0)
    assert (trained, found[:2]) == (["other"], rows)
    train_candidates(both, data, tmp_path, seconds=1.0, overwrite=True)
    train_candidates(first, data, tmp_path, seconds=2.0)
    train_candidates(first, data, tmp_path, seconds=1.0, seed=1)
    assert trained == ["other", "one", "two", "other", "one", "two", "one", "two"]


def test_the_command_goes_on_and_its_result_has_all_rows(run, tmp_path, monkeypatch):
    row = dict.fromkeys(candidates.COLUMNS, 1.0) | {"device": "CPU", "data": "mnist5k"}
    monkeypatch.setattr(
        candidates, "train_candidate",
        lambda one, data, **how: row | {"candidate": one.name, "seconds": 240.0, "seed": 0},
    )  # fmt: skip
    words = ("bench", "candidates", "--data", "mnist5k", "--out", tmp_path, "--only")
    for name in ("batch-32", "float32"):
        assert run(*words, name).exit_code == 0
    found = json.loads((tmp_path / "bench-candidates.json").read_text())
    assert [one["candidate"] for one in found["rows"]] == ["batch-32", "float32"]


def test_candidates_are_chosen_by_name():
    assert [one.name for one in chosen_candidates("batch-32, float32")] == ["batch-32", "float32"]
    assert chosen_candidates(None) == list(candidates.CANDIDATES)
    with pytest.raises(ValueError, match="got 'batch-33'"):
        chosen_candidates("batch-33")
