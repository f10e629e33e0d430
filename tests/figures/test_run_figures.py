"""Figures of one training run: drawn from its files alone, wrong files named in one line."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from figures import curves, samples
from figures.parts.reading import IMAGES
from rdneural.records.layout import HISTORY
from rdtheory.results import result_head, write_arrays, write_json
from tests.conftest import ROOT

AGREE = 1e-7
"""Relative; the CSV keeps eight digits."""


def _history(rows: int) -> list[dict[str, float]]:
    rng = np.random.default_rng(1)
    history = []
    for row in range(rows):
        rate, distortion = 20 + 5 / (row + 1) + rng.random(), 70 + 400 / (row + 1) ** 2
        values = (100 * (row + 1), row + 1, row * 3.0, 0.5 * 2**row, 3e-4, 1.0)
        parts = (rate, distortion, rate + distortion, rate + 1, distortion + 1, rate + 2)
        history.append(dict(zip(HISTORY, values + parts, strict=True)))
    return history


def _make(directory: Path, *, rows: int = 4, n: int = 3, g: int = 2, s: int = 4, **entries) -> Path:
    part = {"rate": 20.5, "rate_se": 0.1, "distortion": 71.25, "distortion_se": 0.3}
    part |= {"elbo": 91.75, "elbo_se": 0.33, "images": 100, "latent_samples": 1}
    settings = {"model": "-+v", "preset": "small"}
    run = result_head("mnist", settings=settings, seed=0, seconds=1.0)
    run |= {"data": "mnist5k", "warning": None, "beta": 1.0, "target_rate": None, "test": part}
    write_json(directory / "run.json", run | entries, overwrite=True)
    with (directory / "history.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, HISTORY)
        writer.writeheader()
        writer.writerows(_history(rows))
    rng = np.random.default_rng(2)
    counts = dict.fromkeys(IMAGES, n) | {"generation": g, "generation_mean": g}
    images = {name: rng.random((count, s, s)) for name, count in counts.items()}
    write_arrays(directory / "samples.npz", images, overwrite=True)
    return directory


@pytest.fixture
def run_directory(tmp_path):
    return _make(tmp_path)


def _numbers(directory: Path, measure: str, part: str) -> list[float]:
    with (directory / "curves.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [float(r["value"]) for r in rows if (r["measure"], r["part"]) == (measure, part)]


def _is_picture(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 2000


def _edit(path: Path, **entries) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | entries))


def _refused(draw, directory: Path, *words: str) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        draw(directory)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message
    assert not list(directory.glob("*.png"))


def test_curves_hold_the_numbers_of_the_history(run_directory):
    assert curves.draw(run_directory) == [run_directory / "curves.png"]
    assert _is_picture(run_directory / "curves.png")
    history = _history(4)
    for measure in ("rate", "distortion", "elbo"):
        for part in ("train", "valid"):
            expected = [row[f"{part}_{measure}"] for row in history]
            assert _numbers(run_directory, measure, part) == pytest.approx(expected, rel=AGREE)
    assert _numbers(run_directory, "beta", "train") == [0.5, 1.0, 2.0, 4.0]
    assert _numbers(run_directory, "elbo", "test") == [91.75]
    assert _numbers(run_directory, "rate", "target") == []


def test_a_target_rate_and_a_warning_are_drawn(tmp_path):
    warning = "not the published data: R $x_1 is $5 " * 8
    _make(tmp_path, beta=None, target_rate=20, warning=warning, command="omniglot")
    curves.draw(tmp_path)
    samples.draw(tmp_path)
    assert _numbers(tmp_path, "rate", "target") == [20.0]


@pytest.mark.parametrize(("rows", "n", "g", "s"), [(1, 1, 1, 4), (2, 1, 3, 1), (60, 13, 12, 28)])
def test_small_and_large_runs_are_drawn(tmp_path, rows, n, g, s):
    _make(tmp_path, rows=rows, n=n, g=g, s=s)
    for draw in (curves.draw, samples.draw):
        [path] = draw(tmp_path)
        assert _is_picture(path)


def test_many_examples_stand_side_by_side_in_about_a_square():
    assert [samples._groups(count) for count in (1, 10, 11, 20, 24, 64)] == [1, 1, 2, 2, 2, 3]
    for count in range(11, 200):
        groups = samples._groups(count)
        assert 0.5 <= groups * 6 / -(-count // groups) <= 2.0


def test_the_sheet_shows_every_image_once():
    rng = np.random.default_rng(3)
    images = {name: rng.random((5, 4, 4)) for name in IMAGES}
    sheet, lefts = samples._sheet(images, 2, 3)
    for column, name in enumerate(IMAGES):
        for index, image in enumerate(images[name]):
            left = lefts[column + len(IMAGES) * (index // 3)]
            top = 1 + 5 * (index % 3)
            assert (sheet[top : top + 4, left : left + 4] == image).all()


@pytest.mark.parametrize("draw", [curves.draw, samples.draw])
def test_existing_pictures_are_refused(run_directory, draw):
    [path] = draw(run_directory)
    with pytest.raises(FileExistsError, match=rf"{path.name} exists"):
        draw(run_directory)
    draw(run_directory, overwrite=True)


@pytest.mark.parametrize("draw", [curves.draw, samples.draw])
@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"command": "toy"}, ("must be a result of `mnist` or `omniglot`", "'toy'")),
        ({"versions": {"format": 0}}, ("must have format",)),
        ({"test": {}}, ("every entry", "'rate'")),
        ({"test": None}, ("every entry",)),
        ({"settings": {"model": "-+v"}}, ("every entry", "'preset'")),
        ({"data": 5}, ("text", "5")),
        ({"target_rate": "20"}, ("a finite number", "'20'")),
        ({"beta": float("nan")}, ("a finite number", "nan")),
    ],
)
def test_a_wrong_run_file_is_named(run_directory, draw, entries, words):
    _edit(run_directory / "run.json", **entries)
    _refused(draw, run_directory, "run.json", *words)


@pytest.mark.parametrize("draw", [curves.draw, samples.draw])
def test_a_missing_or_truncated_run_file_is_named(run_directory, draw):
    path = run_directory / "run.json"
    path.write_text(path.read_text()[:-40])
    _refused(draw, run_directory, "run.json must hold a whole JSON object")
    path.unlink()
    _refused(draw, run_directory, "run.json must be a readable result file")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("valid_rate", "other", ("columns", "no valid_rate")),
        ("0.5", "much", ("finite numbers", "beta = 'much' in line 2")),
        ("0.5", "nan", ("finite numbers", "beta = 'nan' in line 2")),
        ("0.5", "", ("finite numbers", "beta = '' in line 2")),
        ("100,1,", "100,9,", ("epochs in order",)),
    ],
)
def test_a_wrong_history_is_named(run_directory, old, new, words):
    path = run_directory / "history.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    _refused(curves.draw, run_directory, "history.csv", *words)


def test_a_missing_truncated_or_empty_history_is_named(run_directory):
    path = run_directory / "history.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines)[: -len(lines[-1]) // 2])
    _refused(curves.draw, run_directory, "history.csv", "in line 5")
    path.write_text(lines[0] + "\n")
    _refused(curves.draw, run_directory, "history.csv", "at least one row")
    path.write_text("")
    _refused(curves.draw, run_directory, "history.csv", "columns")
    path.write_bytes(b"\xff\xfe\x00step")
    _refused(curves.draw, run_directory, "history.csv must be a readable history")
    path.unlink()
    _refused(curves.draw, run_directory, "history.csv must be a readable history")


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("data", np.zeros((3, 4, 5))),
        ("data", np.zeros((0, 4, 4))),
        ("data", np.float64(0.0)),
        ("reconstruction_mean", np.zeros((2, 4, 4))),
        ("generation", np.zeros((2, 5, 5))),
        ("generation_mean", np.zeros((2, 16))),
        ("generation_mean", np.full((2, 4, 4), np.nan)),
        ("reconstruction", np.full((3, 4, 4), 1.5)),
        ("reconstruction", np.full((3, 4, 4), "x")),
    ],
)
def test_wrong_images_are_named(run_directory, name, array):
    path = run_directory / "samples.npz"
    with np.load(path) as stored:
        images = dict(stored) | {name: array}
    write_arrays(path, images, overwrite=True)
    _refused(samples.draw, run_directory, "samples.npz", "must hold")


def test_a_missing_array_and_a_broken_or_missing_sample_file_are_named(run_directory):
    path = run_directory / "samples.npz"
    whole = path.read_bytes()
    write_arrays(path, {"data": np.zeros((1, 4, 4))}, overwrite=True)
    _refused(samples.draw, run_directory, "samples.npz must hold the arrays")
    path.write_bytes(whole[: len(whole) // 2])
    _refused(samples.draw, run_directory, "samples.npz must be a readable .npz file")
    path.unlink()
    _refused(samples.draw, run_directory, "samples.npz must be a readable .npz file")


def test_the_scripts_need_neither_pyplot_nor_the_networks(run_directory):
    code = (
        "import sys; from pathlib import Path; from figures import curves, samples;"
        f"d = Path({str(run_directory)!r}); curves.draw(d); samples.draw(d);"
        "print({'matplotlib.pyplot', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_a_script_says_in_one_line_what_is_wrong(run_directory):
    command = [sys.executable, "-m", "figures.samples", str(run_directory)]
    samples.draw(run_directory)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
