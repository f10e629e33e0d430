"""Every figure is a script of its own; it says in one line what is wrong and loads no networks."""

import runpy
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.make.figures_files import csv_rows
from tests.make.sweeps_table import make_row, make_sweep

FOLDER = ROOT / "figures"
SCRIPTS = sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))


@pytest.mark.parametrize("script", [f"{name}.py" for name in SCRIPTS] + ["report/__main__.py"])
def test_a_script_says_in_one_line_what_is_wrong(tmp_path, monkeypatch, capsys, script):
    monkeypatch.setattr(sys, "argv", [script, str(tmp_path)])
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(str(FOLDER / script), run_name="__main__")
    assert caught.value.code == 2
    said, error = capsys.readouterr()
    assert said == ""
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert str(tmp_path) in error
    assert not list(tmp_path.iterdir())


def _python(code, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


EXACT = """
import runpy, sys
sys.modules["torch"] = None  # importing it now fails, installed or not
import figures.bottleneck, figures.capacity, figures.figure2, figures.frontier, figures.recovery
from figures.tables import bench_table, bottleneck_table, capacity_table, frontier_table
from figures.tables import restarts_table, toy_table
try:
    runpy.run_module("figures.figure1", run_name="__main__")
except SystemExit as done:
    assert not done.code
print([m for m in sys.modules if m == "matplotlib.pyplot" or m.startswith("rdneural")])
"""


def test_a_script_draws_and_the_exact_ones_need_neither_pyplot_nor_rdneural(tmp_path):
    shutil.copy(FOLDER / "results" / "toy.json", tmp_path)
    done = _python(EXACT, tmp_path)
    assert done.stdout.splitlines() == [str(tmp_path / "figure1.png"), "[]"]
    assert (tmp_path / "figure1.png").read_bytes().startswith(b"\x89PNG")


NEURAL = """
import sys
from importlib import import_module
from pathlib import Path
for name in sys.argv[2:]:
    import_module(f"figures.{name}")
from figures import figure3, report, sweep, tables
figure3.draw = lambda *_, **__: []
sweep.draw(Path(sys.argv[1]))
[getattr(tables, name) for name in dir(tables)]
loaded = {m for m in sys.modules if m.startswith("rdneural.")}
print({"matplotlib.pyplot", "torch"} & set(sys.modules))
print([m for m in loaded if m.split(".")[1] != "records"])
"""


def test_the_others_need_records_alone_and_one_omniglot_run_makes_a_figure_and_notes(tmp_path):
    make_sweep(tmp_path, [make_row(rate=3.0, distortion=100.0, data="omniglot", warning="odd $")])
    done = _python(NEURAL, tmp_path, *SCRIPTS, "report.report")
    assert done.stdout.splitlines() == ["set()", "[]"]
    left_out = [line.split()[:3] for line in done.stderr.splitlines()]
    names = ("figure4a", "figure4b", "figure4c", "figure4d", "figure6")
    assert left_out == [["left", "out:", name] for name in names]
    assert [row["kind"] for row in csv_rows(tmp_path / "figure5")] == ["low-rate encoder"]
    assert sorted(path.name for path in tmp_path.glob("figure*")) == ["figure5.csv", "figure5.png"]
