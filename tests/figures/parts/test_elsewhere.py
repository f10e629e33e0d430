"""Models from elsewhere are drawn beside runs, named, and have no part in Ĥ or in fronts."""

import json

import pytest

from figures import figure3, rd_plane
from figures.choice.kinds import least_elbo
from figures.parts.elsewhere import read_elsewhere
from figures.parts.reading import MEASURES, read_table
from figures.report.report import report
from rdtheory.results import result_head, write_json
from tests.make.figures_files import csv_rows, refused
from tests.make.figures_run import make_run
from tests.make.sweeps_table import grid, make_sweep


def leave(directory, name="their VAE", **entries):
    """Leave a model from elsewhere as `MeasuredModel.save` does; R + D is below all runs'."""
    found = result_head("elsewhere", settings={}, seed=0, seconds=1.0)
    found |= {"name": name, "images": 50, "discrete": True, "data": "mnist"}
    found |= dict(zip(MEASURES, (12.0, 0.1, 60.0, 0.3, 72.0, 0.35), strict=True))
    path = directory / "elsewhere" / f"{name.replace(' ', '-')}.measured.json"
    path.parent.mkdir(exist_ok=True)
    write_json(path, found | entries)
    return path


@pytest.fixture
def sweep(tmp_path):
    make_sweep(tmp_path, grid(betas=(0.5, 1.0)), samples=False)
    leave(tmp_path)
    return tmp_path


def test_figure_3_draws_and_lists_it_and_its_curves_are_those_of_the_runs(sweep):
    rows = read_table(sweep)
    (point,) = points = read_elsewhere(sweep, "mnist")
    for figure in (figure3._planes(rows, points), figure3._skew(rows, points)):
        (found,) = [line for line in figure.axes[0].get_lines() if line.get_marker() == "h"]
        assert found.get_xdata()[0] == 12.0
        assert [text.get_text() for text in figure.axes[0].texts].count("their VAE") == 1
        legend = [text.get_text() for text in figure.legends[0].get_texts()]
        assert "measured from elsewhere: their VAE" in legend
    figure3.draw(sweep)
    *runs, last = csv_rows(sweep / "figure3a")
    assert (last["run"], last["model"]) == ("elsewhere/their-VAE.measured.json", "their VAE")
    assert float(last["test_elbo"]) == point["test_elbo"] == 72.0
    assert last["on_front"] == ""
    assert len(runs) == len(rows)
    assert least_elbo(rows) > 72.0


def test_the_report_names_it_and_keeps_its_figures(sweep):
    path = report(sweep)
    page = path.read_text()
    assert page.count("their VAE: R 12.00 ± 0.10, D 60.00 ± 0.30, R + D 72.00 ± 0.35") == 3
    assert page.count('<text x="10" y="-6">their VAE</text>') == 2
    path.unlink()
    assert "another state" not in report(sweep).read_text()
    path.unlink()
    leave(sweep, "another")
    assert "another state" in report(sweep).read_text()


def test_the_plane_of_runs_draws_and_lists_it(tmp_path):
    make_run(
        tmp_path / "a", train={name: 30.0 for name in MEASURES}, final_beta=1.0, epochs=1.0,
        training_seconds=1.0, images_per_second=1.0, peak_memory_mib=1.0, parameters=1,
        settings={"model": "-+v", "preset": "quick"}, data="mnist",
    )  # fmt: skip
    leave(tmp_path)
    rd_plane.draw(tmp_path)
    run, other = csv_rows(tmp_path / "rd_plane")
    assert run["run"] == "a"
    assert (other["model"], float(other["test_distortion"])) == ("their VAE", 60.0)
    assert other["train_rate"] == other["beta"] == ""


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"data": "mnist5k"}, ("of the data of the runs beside it, 'mnist', got 'mnist5k'",)),
        ({"rate": None}, ("a finite number as test_rate", "None")),
        ({"elbo_se": -1.0}, ("test_elbo_se of at least 0",)),
        ({"discrete": False}, ("must be of probabilities of pixels",)),
        ({"command": "toy"}, ("`elsewhere`",)),
    ],
)  # fmt: skip
def test_a_wrong_file_is_named(sweep, entries, words):
    path = sweep / "elsewhere" / "their-VAE.measured.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | entries))
    refused(figure3.draw, sweep, str(path), *words)
    content = json.loads(path.read_text())
    content.pop("name")
    path.write_text(json.dumps(content | {"command": "elsewhere"}))
    refused(figure3.draw, sweep, str(path), "every entry of a model", "'name'")
