"""The figure of many runs: the numbers of each, their order, and wrong directories in one line."""

import json
from itertools import product
from pathlib import Path

import pytest

from figures import rd_plane
from rdneural.records.asked import outcome_of_result
from rdneural.records.names import FAMILIES
from rdtheory.results import result_head, write_json
from tests.make.figures_files import AGREE, csv_rows, is_picture, refused, refuses_to_overwrite


def _part(rate: float, distortion: float) -> dict[str, float]:
    part = {"rate": rate, "rate_se": 0.11, "distortion": distortion, "distortion_se": 0.31}
    return part | {"elbo": rate + distortion, "elbo_se": 0.33, "images": 100, "latent_samples": 1}


def _make(
    directory: Path, model: str = "-+v", *, seed: int = 0, rate: float = 20.5,
    distortion: float = 71.25, preset: str = "quick", target: float | None = None, **entries,
) -> Path:  # fmt: skip
    settings = {"model": model, "preset": preset}
    run = result_head("mnist", settings=settings, seed=seed, seconds=1.0)
    run |= {"data": "mnist5k", "warning": None, "model": model, "preset": preset}
    run |= {"beta": 1.0 if target is None else None, "target_rate": target, "final_beta": 0.75}
    run |= {"epochs": 12.5, "training_seconds": 912.34567, "images_per_second": 651.23456}
    run |= {"peak_memory_mib": 905.25, "parameters": 12345678}
    run |= {"train": _part(rate + 0.5, distortion - 1), "test": _part(rate, distortion)}
    write_json(directory / "run.json", run | entries)
    return directory


def test_the_csv_holds_every_run_in_the_order_of_its_path(tmp_path):
    _make(tmp_path / "b" / "deep", "---", seed=3, rate=25.125, distortion=64.5, target=25)
    _make(tmp_path / "c", command="omniglot", peak_memory_mib=None)
    _make(tmp_path / "a", rate=-0.0012345678, distortion=80.5)
    refuses_to_overwrite(rd_plane.draw, tmp_path / "rd_plane.png")
    assert rd_plane.draw(tmp_path, overwrite=True) == [tmp_path / "rd_plane.png"]
    assert is_picture(tmp_path / "rd_plane.png")
    rows = csv_rows(tmp_path / "rd_plane")
    assert [row["run"] for row in rows] == ["a", "b/deep", "c"]
    assert tuple(rows[0]) == rd_plane.HEADER
    for row in rows:
        run = json.loads((tmp_path / row["run"] / "run.json").read_text())
        assert (row["model"], row["preset"]) == (run["model"], run["preset"])
        assert row["data"] == "mnist5k"
        expected = {name: run[name] for name in ("seed", *rd_plane.COSTS)}
        for split, measure in product(("train", "test"), rd_plane.MEASURES):
            expected[f"{split}_{measure}"] = run[split][measure]
        outcome = outcome_of_result(run)
        expected["target_miss"] = outcome.pop("target_miss")
        assert {name: row.pop(name) for name in outcome} == {
            name: "" if value is None else str(value).lower() for name, value in outcome.items()
        }
        assert len(expected) + 4 == len(row)
        for name, value in expected.items():
            if value is None:
                assert row[name] == ""
            else:
                assert float(row[name]) == pytest.approx(value, rel=AGREE)
    assert [row["beta"] for row in rows] == ["1", "", "1"]
    assert [row["target_rate"] for row in rows] == ["", "25", ""]


def test_runs_are_read_in_order_with_their_place(tmp_path):
    for name in ("10", "9", "9/x"):
        _make(tmp_path / name)
    runs = rd_plane.read_runs(tmp_path)
    assert [run["run"] for run in runs] == ["10", "9", "9/x"]
    assert runs[0]["test"]["elbo"] == 91.75


@pytest.mark.parametrize(
    ("rate", "distortion", "target"),
    [(-0.001, 80.0, None), (300.0, 4.0, 250)],
)
def test_a_single_run_is_drawn(tmp_path, rate, distortion, target):
    warning = "not the published data: R $x_1 is $5 " * 8
    _make(tmp_path, rate=rate, distortion=distortion, target=target, warning=warning)
    rd_plane.draw(tmp_path)
    assert is_picture(tmp_path / "rd_plane.png")
    assert [row["run"] for row in csv_rows(tmp_path / "rd_plane")] == ["."]


def test_twelve_models_and_several_targets_are_drawn(tmp_path):
    for model in FAMILIES:
        rate = 25.0 if model[1] == "-" else 0.5
        _make(tmp_path / "beta1" / model, model, rate=rate, distortion=90 - rate)
    for model, target, seed in product(("---", "-+v"), (2, 5.0, 10, 40), (0, 1)):
        place = tmp_path / f"{model}{target}{seed}"
        far = 60 / target + seed
        _make(place, model, seed=seed, rate=target + 0.1, distortion=85 - target + far,
              target=target, preset="paper" if seed else "quick")  # fmt: skip
    rd_plane.draw(tmp_path)
    assert is_picture(tmp_path / "rd_plane.png")
    assert len(csv_rows(tmp_path / "rd_plane")) == 12 + 16


def test_a_directory_without_runs_is_refused(tmp_path):
    refused(rd_plane.draw, tmp_path, str(tmp_path), "run.json", "got none")
    refused(rd_plane.draw, tmp_path / "missing", "missing", "got none")


def test_runs_on_different_data_are_refused(tmp_path):
    _make(tmp_path / "a")
    _make(tmp_path / "b")
    _make(tmp_path / "c", data="mnist_static")
    words = ("share their data", "'mnist5k' in b ", "'mnist_static' in c ", str(tmp_path))
    refused(rd_plane.draw, tmp_path, *words)


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"command": "frontier"}, ("must be a result of `mnist` or `omniglot`",)),
        ({"settings": {"model": "-+x", "preset": "quick"}}, ("twelve models", "'-+x'")),
        ({"settings": {"model": "-+v+", "preset": "quick"}}, ("twelve models", "'-+v+'")),
        ({"train": None}, ("every entry",)),
        ({"train": {"rate": 1.0}}, ("every entry", "'rate_se'")),
        ({"train": _part(1.0, 2.0) | {"rate": None}}, ("a finite number as train: rate", "None")),
        ({"test": _part(1.0, 2.0) | {"rate_se": -1.0}}, ("test: rate_se of at least 0", "-1.0")),
        ({"epochs": "12"}, ("a finite number as epochs", "'12'")),
        ({"parameters": float("inf")}, ("a finite number as parameters", "inf")),
        ({"seed": True}, ("a finite number as seed", "True")),
    ],
)
def test_a_wrong_run_is_named(tmp_path, entries, words):
    _make(tmp_path / "good")
    path = _make(tmp_path / "wrong") / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | entries))
    refused(rd_plane.draw, tmp_path, str(path), *words)


def test_a_truncated_or_incomplete_run_is_named(tmp_path):
    path = _make(tmp_path / "wrong") / "run.json"
    run = json.loads(path.read_text())
    path.write_text(path.read_text()[:-40])
    refused(rd_plane.draw, tmp_path, f"{path} must hold a whole JSON object")
    del run["images_per_second"]
    path.write_text(json.dumps(run))
    refused(rd_plane.draw, tmp_path, f"{path} must hold every entry", "'images_per_second'")


@pytest.mark.parametrize(("rate", "marked"), [(20.1, False), (23.0, True)])
def test_runs_that_missed_their_target_are_ringed_and_explained_only_where_there_are_any(
    tmp_path, monkeypatch, rate, marked
):
    rings, entries = [], []
    monkeypatch.setattr(rd_plane, "ring", lambda axes, x, y: rings.append((x, y)))
    monkeypatch.setattr(rd_plane, "add_legend", lambda figure, lines, models: entries.extend(lines))
    _make(tmp_path / "a", rate=rate, target=20.0)
    _make(tmp_path / "b", rate=5.0)
    rd_plane.draw(tmp_path)
    assert [x for x, _ in rings] == [rate] * 2 * marked
    assert ("missed its target rate" in [label for _, label in entries]) == marked
    [row, other] = csv_rows(tmp_path / "rd_plane")
    assert (row["target_met"], other["target_met"]) == (str(not marked).lower(), "")
