"""The figure of usefulness: drawn from its table alone, with the plateau of the stated rule."""

import csv

import numpy as np
import pytest

from figures import usefulness
from figures.choice.semantic import class_kept_from, plateau
from figures.usefulness import NUMBERS, TEXTS
from rdtheory.results import write_rows
from tests.make.figures_files import is_picture, refuses_to_overwrite
from tests.make.figures_usefulness import make_row, make_rows


def write(directory, rows):
    write_rows(directory / "usefulness.csv", (*TEXTS, *NUMBERS), rows)
    return directory


@pytest.fixture(scope="module")
def panels():
    """The panels of all made-up rows."""
    return usefulness.picture(make_rows()).axes


def points(axes):
    """Return rate and height of every mark of a panel that has error bars."""
    bars = [container.lines[0] for container in axes.containers]
    return [(bar.get_xdata()[0], bar.get_ydata()[0]) for bar in bars]


def test_every_run_is_a_point_in_every_panel(panels):
    made = make_rows()
    names = ("linear_probe", "nearest_neighbours", "class_agreement", "pixel_agreement")
    for axes, name in zip(panels, names, strict=True):
        assert points(axes) == [(one["rate"], one[name]) for one in made]


def test_a_drawn_code_is_beside_its_mean_code():
    made = [make_row(linear_probe=0.9, drawn_linear_probe=0.3, rate=4.0)]
    panels = usefulness.picture(made).axes
    drawn = [(line.get_xdata(), line.get_ydata()) for line in panels[0].lines
             if line.get_marker() == "_" and len(line.get_xdata()) == 1]  # fmt: skip
    assert ([4.0], [0.3]) in [(list(x), list(y)) for x, y in drawn]
    assert not any(line.get_marker() == "_" and len(line.get_xdata()) == 1
                   for line in panels[2].lines)  # fmt: skip


def test_baselines_are_lines_where_the_table_says(panels):
    for axes, heights in zip(panels, [(0.5, 0.1), (0.5, 0.1), (0.97, 0.1), (0.7, 0.8, 0.9)],
                             strict=True):  # fmt: skip
        flat = {float(line.get_ydata()[0]) for line in axes.lines
                if list(line.get_xdata()) == [0, 1]}  # fmt: skip
        assert set(heights) == {round(height, 12) for height in flat}


def test_models_of_one_training_are_joined_by_rising_rate():
    made = [
        make_row(run="a", checkpoint="x", rate=9.0, pixel_agreement=0.9),
        make_row(run="b", checkpoint="y", rate=5.0, pixel_agreement=0.8),
        make_row(run="c", checkpoint="x", rate=2.0, pixel_agreement=0.7),
    ]
    figure = usefulness.picture(made)
    joined = [(list(line.get_xdata()), list(line.get_ydata())) for line in figure.axes[3].lines]
    assert ([2.0, 9.0], [0.7, 0.9]) in joined
    assert [text.get_text() for text in figure.legends[-1].texts].count("one training") == 1


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (make_rows(), "the shaded rates, 6.0 to 9.5 nats"),
        (make_rows()[2:3], "one run, at 6.0 nats"),
        (make_rows()[-1:], "no run of this table is"),
        (make_rows()[:2], "no run of this table is"),
    ],
)
def test_the_caption_states_rule_and_plateau(made, words):
    figure = usefulness.picture(made)
    caption = " ".join(text.get_text() for text in figure.texts)
    assert words in caption
    assert "class agreement at least 95%" in caption
    kept = class_kept_from(made)
    assert ("no run keeps the class" in caption) == (kept is None)
    for axes in figure.axes[2:]:
        upright = [line for line in axes.lines if list(line.get_ydata()) == [0, 1]]
        assert [line.get_xdata()[0] for line in upright] == ([] if kept is None else [kept])
    shaded = [patch for patch in figure.axes[2].patches if patch.get_alpha() == 0.15]
    assert len(shaded) == (0 if "no run" in words else 1)
    for patch in shaded:
        box = patch.get_extents().transformed(figure.axes[2].transData.inverted())
        low, high = plateau(made)
        assert 0 < box.x0 < low <= high < box.x1
        assert np.sqrt(box.x1) - np.sqrt(high) < 0.2


# -- files ------------------------------------------------------------------------------------


def test_the_picture_needs_the_table_alone(tmp_path):
    write(tmp_path, make_rows())
    before = (tmp_path / "usefulness.csv").read_bytes()
    refuses_to_overwrite(usefulness.draw, tmp_path / "usefulness.png")
    (path,) = usefulness.draw(tmp_path, overwrite=True)
    assert is_picture(path)
    assert (tmp_path / "usefulness.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ([], "must have at least one row, got none"),
        ([make_row(), make_row(labels="alphabet")], "rows of one labels, got digit and alphabet"),
        ([make_row(), make_row(classes=8)], "rows of one classes, got 10 and 8"),
        ([make_row(rate=None)], "finite number as rate, got None"),
        ([make_row(class_agreement_se=-0.1)], "class_agreement_se of at least 0"),
    ],
)
def test_a_broken_table_is_one_line(made, message, tmp_path):
    write(tmp_path, made)
    with pytest.raises(ValueError, match=message) as error:
        usefulness.draw(tmp_path)
    assert str(tmp_path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_table_is_one_line(tmp_path):
    with pytest.raises(ValueError, match="must be a readable table"):
        usefulness.draw(tmp_path)


def test_figure_and_table_read_what_csv_holds(tmp_path):
    write(tmp_path, make_rows())
    with (tmp_path / "usefulness.csv").open() as stream:
        models = [line["model"] for line in csv.DictReader(stream)]
    found = usefulness.read_table(tmp_path / "usefulness.csv")
    assert [one["model"] for one in found] == models
    assert found[2]["class_agreement"] == 0.93
