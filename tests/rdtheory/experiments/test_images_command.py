"""The command `bench images`: points that a rival cannot undercut, and what it refuses."""

import json

import numpy as np
import pytest

from tests.tolerances import ROUNDING

pytestmark = pytest.mark.usefixtures("undrawn")


def test_both_are_judged_alike_and_neither_is_below_the_other_s_bound(run, tmp_path):
    np.save(tmp_path / "set.npy", np.random.default_rng(0).integers(2, size=(40, 3, 4)))
    words = ("bench", "images", "--source", f"images:{tmp_path / 'set.npy'}:30", "--betas", "1:3:3")
    done = run(*words, "--out", tmp_path / "found")
    assert done.exit_code == 0, done.stderr
    assert "Blahut-Arimoto's gap" in done.stdout
    found = json.loads((tmp_path / "found" / "bench-images.json").read_text())
    assert (found["source"], found["images"]) == ("images:set.npy:30", 30)
    assert found["settings"] == {"source": "images:set.npy:30", "betas": "1:3:3", "gap": 1e-6}
    assert [row["beta"] for row in found["rows"]] == pytest.approx([3.0, 3**0.5, 1.0])
    for row in found["rows"]:
        assert row["gap"] <= 1e-6
        assert row["value"] == pytest.approx(row["rate"] + row["distortion"] / row["beta"])
        assert row["rival_value"] >= row["value"] - row["gap"] - ROUNDING
        assert row["value"] >= row["rival_value"] - row["rival_gap"] - ROUNDING


def test_free_reproductions_are_nowhere_worse_than_those_of_the_set(run, tmp_path):
    np.save(tmp_path / "grey.npy", np.random.default_rng(0).random(size=(25, 6, 7)))
    words = ("bench", "images", "--source", f"images:{tmp_path / 'grey.npy'}", "--betas", "3")
    done = run(*words, "--free", "1,5", "--out", tmp_path / "found")
    assert done.exit_code == 0, done.stderr
    assert "an estimate" in done.stdout
    rows = json.loads((tmp_path / "found" / "bench-images.json").read_text())["free"]
    assert [row["beta"] for row in rows] == [5.0, 1.0]
    for row in rows:
        assert row["gap"] <= 1e-6
        assert row["value"] == pytest.approx(row["rate"] + row["distortion"] / row["beta"])
        assert row["value"] <= row["set_value"]
    np.save(tmp_path / "binary.npy", np.eye(4, dtype=int))
    source = f"images:{tmp_path / 'binary.npy'}"
    done = run("bench", "images", "--source", source, "--betas", "1", "--free", "1")
    assert done.exit_code == 2
    assert "free reproductions must be of greys" in done.stderr


@pytest.mark.parametrize(
    ("source", "betas", "said"),
    [
        ("gaussian:10", "1,2", "--source must be images:PLACE or images:PLACE:COUNT"),
        ("images:none.npy", "1,2", "none.npy"),
        ("images:set.npy:5", "1,2", "count must be at most the 4 images"),
        ("images:set.npy", "0,1", "beta must be"),
    ],
)
def test_what_is_no_set_of_images_is_one_line(run, tmp_path, monkeypatch, source, betas, said):
    monkeypatch.chdir(tmp_path)
    np.save("set.npy", np.eye(4, dtype=int))
    done = run("bench", "images", "--source", source, "--betas", betas)
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: ")
