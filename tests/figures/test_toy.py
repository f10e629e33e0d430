"""Figures 1 and 2 and that of recovery: from result files alone, wrong files named."""

import json
import shutil

import numpy as np
import pytest

from figures import figure1, figure2, recovery
from rdtheory.model import Model
from tests.conftest import ROOT
from tests.make.figures_files import csv_rows, is_picture, refuses_to_overwrite

RESULTS = ROOT / "figures" / "results"
"""The main job, as it once ran."""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The result files of `toy` alone, and what is drawn from them."""
    place = tmp_path_factory.mktemp("toy")
    for name in ("toy.json", "models.npz"):
        shutil.copy(RESULTS / name, place / name)
    refuses_to_overwrite(figure1.draw, place / "figure1.png")
    paths = [*figure1.draw(place, overwrite=True), *figure2.draw(place)]
    assert [path.name for path in paths] == ["figure1.png", "figure2.png", "figure2_smoothest.png"]
    assert all(map(is_picture, paths))
    return place


@pytest.fixture(scope="module")
def result():
    return json.loads((RESULTS / "toy.json").read_text())


def test_a_figure_redrawn_from_the_files_has_the_same_numbers(drawn):
    assert (drawn / "figure1.csv").read_text() == (RESULTS / "figure1.csv").read_text()


def test_figure1_lists_every_restart_and_what_is_shown(drawn, result):
    rows = csv_rows(drawn / "figure1")
    assert len(rows) == 4 + 3 * 24
    shown = {row["model"]: row for row in rows if row["restart"] == "shown"}
    for name, model in result["models"].items():
        assert float(shown[name]["rate"]) == pytest.approx(model["rate"], rel=1e-7)


@pytest.mark.parametrize("name", ["figure2", "figure2_smoothest"])
def test_figure2_numbers_are_distributions(drawn, name):
    sums: dict[tuple[str, str, str], float] = {}
    for row in csv_rows(drawn / name):
        across = row["second_index"]  # tables are stored as drawn: their columns sum to 1
        key = (row["model"], row["row"], row["curve"] + across)
        sums[key] = sums.get(key, 0.0) + float(row["value"])
    halves = ("e_z0", "e_z1")
    by_class = [value for key, value in sums.items() if key[2] in halves]
    whole = [value for key, value in sums.items() if key[2] not in halves]
    assert len(whole) == 3 * (3 + 1 + 3 * 30)
    assert whole == pytest.approx([1.0] * len(whole), abs=1e-6)
    assert by_class == pytest.approx([0.7, 0.3] * 3, abs=1e-6)


def make_model(marginal, encoder):
    """A model of three letters and as many codes as the marginal has."""
    encoder = np.array(encoder)
    decoder = np.full((len(marginal), 3), 1 / 3)
    return Model(np.array([0.5, 0.25, 0.25]), encoder, np.array(marginal), decoder)


@pytest.mark.parametrize(
    ("marginal", "encoder", "expected"),
    [
        ([0.5, 0.5], [[1.0, 0.0]] * 3, [False, False]),  # m(z) has mass there
        ([1.0, 0.0], [[0.5, 0.5]] * 3, [False, False]),  # e(z) has
        ([1.0, 0.0], [[1.0, 0.0]] * 3, [False, True]),
        ([1 - 1e-9, 1e-9, 0.0], [[1 - 1e-9, 0.0, 1e-9]] * 3, [False, True, True]),
        ([0.98, 0.02], [[0.98, 0.02]] * 3, [False, False]),
    ],
)
def test_decoders_of_codes_without_mass_are_grey_and_said_to_be(marginal, encoder, expected):
    model = make_model(marginal, encoder)
    with np.errstate(divide="ignore", invalid="ignore"):
        figure, rows = figure2.picture({"target": model}, np.array([[0.7, 0.3]] * 3), {"beta": 1.0})
    assert list(figure2.unused(model)) == expected
    tables = [axes for axes in figure.axes if axes.images and "(" in axes.get_title()]
    assert [axes.get_title().partition(",")[0] for axes in tables] == [
        "e(z|x)",
        "d(x|z)",
        "p(x'|x)",
    ]
    for axes in tables:
        grey = np.ma.getmaskarray(axes.images[0].get_array())
        decoder = axes.get_title().startswith("d(x|z)")
        assert (grey == (expected if decoder else False)).all()
        assert ("codes of no mass" in axes.get_title()) == (decoder and any(expected))
    values = [row[-1] for row in rows if row[2] == "d(x|z)"]
    assert values == [1 / 3] * 3 * len(marginal)  # the numbers beside it are all there


def test_no_legend_of_figure2_lies_on_what_it_explains():
    models = {name: make_model([0.7, 0.3], [[0.7, 0.3]] * 3) for name in ("optimal", "target")}
    figure, _ = figure2.picture(models, np.array([[0.7, 0.3]] * 3), {"beta": 1.0})
    figure.draw_without_rendering()
    legends = [(axes, axes.get_legend()) for axes in figure.axes if axes.get_legend()]
    assert len(legends) == 2
    for axes, legend in legends:
        box, inside = legend.get_window_extent(), axes.get_window_extent()
        highest = max(patch.get_window_extent().y1 for patch in axes.patches)
        assert highest < box.y0
        assert inside.x0 <= box.x0
        assert box.x1 <= inside.x1


@pytest.mark.parametrize("draw", [figure1.draw, figure2.draw, recovery.draw])
def test_a_directory_without_results_is_named(draw, tmp_path):
    with pytest.raises(ValueError, match="must be a readable result file"):
        draw(tmp_path)


def test_results_of_another_format_are_refused(tmp_path, result):
    old = result | {"versions": result["versions"] | {"format": 0}}
    (tmp_path / "toy.json").write_text(json.dumps(old))
    with pytest.raises(ValueError, match="must have format"):
        figure1.draw(tmp_path)
