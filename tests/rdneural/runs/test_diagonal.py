"""`diagonal`: one trained model at all its rates, and the figure of it."""

import csv
import json

import numpy as np
import pytest

from figures import diagonal as figure
from rdneural.data import enumerated
from rdneural.records.asked import of_steps
from rdneural.records.layout import CHECKPOINT
from rdtheory.results import read_arrays

COMMON = (
    "--preset", "tiny", "--epochs", 1, "--batch", 64, "--device", "cpu", "--precision", "float32",
    "--pictures", 2, "--data", "bars:4x4",
)  # fmt: skip
COUNTS = {"train": 256, "valid": 64, "test": 96}


@pytest.fixture(scope="module")
def place(run, tmp_path_factory):
    """Trained runs of both kinds and of a family that is neither, and what `diagonal` leaves."""
    place = tmp_path_factory.mktemp("diagonal")
    with pytest.MonkeyPatch.context() as context:
        context.setattr(enumerated, "COUNTS", COUNTS)
        done = run(
            "sweep", "--models", "split:6,coarse:2,---", "--betas", 1, *COMMON,
            "--out", place / "sweep",
        )  # fmt: skip
        assert done.exit_code == 0, done.stderr
        done = run(
            "diagonal", *(place / "sweep" / "runs" / f"beta-1_{name}_seed-0"
                          for name in ("split-6", "coarse-2")),
            "--points", 5, "--pictures", 2, "--out", place / "sweep", "--device", "cpu",
        )  # fmt: skip
        assert done.exit_code == 0, done.stderr
    return place / "sweep"


def test_each_point_is_a_row_and_r_plus_d_is_the_same_for_a_run(place):
    points = figure.read_points(place / "diagonal.csv")
    assert [point["model"] for point in points] == [
        "split:0", "split:4", "split:8", "split:12", "split:16", "coarse:2", "coarse:4",
    ]  # fmt: skip
    for kind in ("split", "coarse"):
        own = [point for point in points if point["model"].startswith(kind)]
        assert len({round(point["elbo"], 6) for point in own}) == 1
        rates = [point["rate"] for point in own]
        assert rates == sorted(rates)
        assert own[-1]["distortion"] == 0
    for point in points:
        assert point["rate"] + point["distortion"] == pytest.approx(point["elbo"])
        assert point["images"] == 96
    stored = json.loads((place / "diagonal.json").read_text())
    assert stored["command"] == "diagonal"
    assert [row["model"] for row in stored["points"]] == [point["model"] for point in points]


def test_the_points_are_what_the_runs_measured_of_themselves(place):
    with (place / "table.csv").open(newline="") as stream:
        rows = {row["model"]: row for row in csv.DictReader(stream)}
    points = {point["model"]: point for point in figure.read_points(place / "diagonal.csv")}
    assert float(rows["coarse:2"]["test_rate"]) == pytest.approx(points["coarse:2"]["rate"])
    for model, kind in (("split:6", "split:0"), ("coarse:2", "coarse:2")):
        assert float(rows[model]["test_elbo"]) == pytest.approx(points[kind]["elbo"])


def test_reconstructions_keep_what_the_code_shows(place):
    found = read_arrays(place / "diagonal.npz", figure.PICTURES)
    assert found["models"].tolist() == ["split:4", "split:8", "split:12", "coarse:2"]
    assert found["code"].shape == found["reconstruction"].shape == (4, 2, 4, 4)
    for code, image in zip(found["code"][:3], found["reconstruction"][:3], strict=True):
        known = code != 0.5
        assert np.array_equal(code[known], image[known])
    blocks = found["reconstruction"][3].reshape(2, 2, 2, 2, 2).sum((2, 4))
    assert np.array_equal(found["code"][3][:, ::2, ::2], blocks >= 2)


def test_the_figure_is_drawn_again_from_the_files(place):
    assert (place / "diagonal.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(FileExistsError, match=r"diagonal.png exists"):
        figure.draw(place)
    assert figure.draw(place, overwrite=True) == [place / "diagonal.png"]


def test_the_sweep_s_figures_and_page_take_discrete_codes(place, run):
    done = run("report", place)
    assert done.exit_code == 0, done.stderr
    page = (place / "report.html").read_text()
    assert "split:K first pixels" in page
    assert "coarse:S small image" in page


def test_a_run_of_another_family_is_refused(place, run):
    other = place / "runs" / "beta-1_---_seed-0"
    done = run("diagonal", other, "--out", place.parent / "other", "--device", "cpu")
    assert done.exit_code == 2
    assert done.stderr == f"error: {other} must hold a run of split:K or coarse:S, got ---\n"


def test_runs_of_other_data_than_the_table_s_are_refused(place, tmp_path):
    (tmp_path / "diagonal.csv").write_text(
        (place / "diagonal.csv").read_text().replace("bars:4x4", "other")
    )
    (tmp_path / "table.csv").write_text((place / "table.csv").read_text())
    with pytest.raises(ValueError, match=r"must be of one data set, got .*other in diagonal.csv"):
        figure.draw(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("split:4", "-+v", "must hold split:K and coarse:S, got '-.v'"),
        ("split:4", "split", "must hold split:K and coarse:S, got 'split'"),
    ],
)
def test_a_broken_table_is_refused(place, tmp_path, old, new, message):
    text = (place / "diagonal.csv").read_text().replace(old, new)
    (tmp_path / "diagonal.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        figure.draw(tmp_path)


def test_a_run_that_was_stopped_early_is_measured_and_called_unfinished(
    run, place, tmp_path, monkeypatch
):
    monkeypatch.setattr(enumerated, "COUNTS", COUNTS)
    stopped = tmp_path / "stopped"
    stopped.mkdir()
    kept = place / "runs" / "beta-1_split-6_seed-0" / CHECKPOINT
    (stopped / CHECKPOINT).write_bytes(kept.read_bytes())
    done = run("diagonal", stopped, "--points", 2, "--pictures", 0, "--device", "cpu")
    assert done.exit_code == 0, done.stderr
    found = json.loads((stopped / "diagonal-1" / "diagonal.json").read_text())
    (early,) = found["unfinished_runs"]
    assert (early["run"], early["unfinished"]["trained"]) == ("stopped", True)
    assert {point["steps"] for point in found["points"]} == {early["unfinished"]["steps"]}
    assert f"stopped is {of_steps(early)}" in done.stdout
