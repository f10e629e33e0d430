"""Figures: drawn from result files only, their numbers beside them, wrong files named."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from figures import figure1, figure2, recovery
from tests.conftest import ROOT

FILES = ("figure1.png", "figure2.png", "figure2_smoothest.png")


@pytest.fixture
def results(toy_directory, tmp_path):
    """The result files of `toy` alone, with no figure."""
    for name in ("toy.json", "models.npz"):
        shutil.copy(toy_directory / name, tmp_path / name)
    return tmp_path


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("name", FILES)
def test_the_command_draws_each_figure(toy_directory, name):
    assert (toy_directory / name).read_bytes().startswith(b"\x89PNG")


def test_figures_redrawn_from_the_files_have_the_same_numbers(toy_directory, results):
    figure1.draw(results)
    figure2.draw(results)
    for name in FILES:
        table = Path(name).with_suffix(".csv")
        assert (results / table).read_text() == (toy_directory / table).read_text()


def test_figure1_lists_every_restart_and_what_is_shown(toy_directory, toy_result):
    rows = _rows(toy_directory / "figure1.csv")
    assert len(rows) == 4 + 3 * 24
    shown = {row["model"]: row for row in rows if row["restart"] == "shown"}
    for name, model in toy_result["models"].items():
        assert float(shown[name]["rate"]) == pytest.approx(model["rate"], rel=1e-7)


def test_figure2_numbers_are_distributions(toy_directory):
    sums: dict[tuple[str, str, str], float] = {}
    for row in _rows(toy_directory / "figure2.csv"):
        across = row["second_index"]  # tables are stored as drawn: their columns sum to 1
        key = (row["model"], row["row"], row["curve"] + across)
        sums[key] = sums.get(key, 0.0) + float(row["value"])
    by_class = [value for key, value in sums.items() if key[2] in ("e_z0", "e_z1")]
    whole = [value for key, value in sums.items() if key[2] not in ("e_z0", "e_z1")]
    assert len(whole) == 3 * (3 + 1 + 3 * 30)
    assert whole == pytest.approx([1.0] * len(whole), abs=1e-6)
    assert by_class == pytest.approx([0.7, 0.3] * 3, abs=1e-6)


def test_existing_figures_are_refused(results):
    figure1.draw(results)
    with pytest.raises(FileExistsError, match=r"figure1\.png exists"):
        figure1.draw(results)
    figure1.draw(results, overwrite=True)


@pytest.mark.parametrize("draw", [figure1.draw, figure2.draw, recovery.draw])
def test_a_directory_without_results_is_named(draw, tmp_path):
    with pytest.raises(ValueError, match="must be a readable result file"):
        draw(tmp_path)


def test_results_of_another_format_are_refused(results):
    path = results / "toy.json"
    result = json.loads(path.read_text())
    result["versions"]["format"] = 0
    path.write_text(json.dumps(result))
    with pytest.raises(ValueError, match="must have format"):
        figure1.draw(results)


@pytest.mark.parametrize("name", ["figure1", "figure2"])
def test_figure_scripts_run_by_themselves(results, name):
    done = subprocess.run(
        [sys.executable, "-m", f"figures.{name}", str(results)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(p) for p in sorted(results.glob(f"{name}*.png"))]


def test_a_figure_script_says_in_one_line_what_is_wrong(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "figures.figure1", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


def test_importing_the_figures_leaves_matplotlib_alone():
    code = "import sys, figures.figure1, figures.figure2; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
