"""The figure of usefulness: drawn from its table alone, and a stated rule for the plateau."""

import csv

import numpy as np
import pytest

from figures import usefulness
from figures.choice.semantic import class_kept_from, is_semantic, plateau
from figures.usefulness import NUMBERS, TEXTS
from rdtheory.results import write_rows

SHARES = {name: 0.5 for name in NUMBERS}


def row(**changed):
    text = {"run": "r", "model": "-+v", "labelled": "made", "labels": "digit", "warning": None,
            "checkpoint": changed.get("run", "r")}  # fmt: skip
    numbers = dict.fromkeys(NUMBERS, 0.5) | {
        name: 0.01 for name in NUMBERS if name.endswith("_se")
    }  # fmt: skip
    counts = {"images": 1000, "probed": 5000, "reconstructions": 100, "classes": 10}
    known = {"chance": 0.1, "pixel_chance": 0.7, "pixel_same_class": 0.8, "classifier": 0.97,
             "rate": 20.0, "distortion": 70.0}  # fmt: skip
    return text | numbers | counts | known | changed


def rows():
    """An autodecoder, two semantic encoders, a syntactic one, and one that has lost the class."""
    return [
        row(run="a", model="-++", rate=0.1, class_agreement=0.11, pixel_agreement=0.71),
        row(run="b", model="---", rate=3.0, class_agreement=0.70, pixel_agreement=0.80),
        row(run="c", model="-+-", rate=6.0, class_agreement=0.93, pixel_agreement=0.82),
        row(run="d", model="bits-:32", rate=9.5, class_agreement=0.96, pixel_agreement=0.88),
        row(run="e", model="split:98", rate=60.0, class_agreement=0.97, pixel_agreement=0.97),
    ]


def write(directory, rows):
    write_rows(directory / "usefulness.csv", (*TEXTS, *NUMBERS), rows)
    return directory


def points(axes):
    """Return rate and height of every mark of a panel that has error bars."""
    bars = [container.lines[0] for container in axes.containers]
    return [(bar.get_xdata()[0], bar.get_ydata()[0]) for bar in bars]


def test_every_run_is_a_point_in_every_panel():
    made = rows()
    panels = usefulness.picture(made).axes
    names = ("linear_probe", "nearest_neighbours", "class_agreement", "pixel_agreement")
    for axes, name in zip(panels, names, strict=True):
        assert points(axes) == [(one["rate"], one[name]) for one in made]


def test_a_drawn_code_is_beside_its_mean_code():
    made = [row(linear_probe=0.9, drawn_linear_probe=0.3, rate=4.0)]
    panels = usefulness.picture(made).axes
    drawn = [(line.get_xdata(), line.get_ydata()) for line in panels[0].lines
             if line.get_marker() == "_" and len(line.get_xdata()) == 1]  # fmt: skip
    assert ([4.0], [0.3]) in [(list(x), list(y)) for x, y in drawn]
    assert not any(line.get_marker() == "_" and len(line.get_xdata()) == 1
                   for line in panels[2].lines)  # fmt: skip


def test_baselines_are_lines_where_the_table_says():
    panels = usefulness.picture(rows()).axes
    for axes, heights in zip(panels, [(0.5, 0.1), (0.5, 0.1), (0.97, 0.1), (0.7, 0.8, 0.9)],
                             strict=True):  # fmt: skip
        flat = {float(line.get_ydata()[0]) for line in axes.lines
                if list(line.get_xdata()) == [0, 1]}  # fmt: skip
        assert set(heights) == {round(height, 12) for height in flat}


def test_models_of_one_training_are_joined_by_rising_rate():
    made = [
        row(run="a", checkpoint="x", rate=9.0, pixel_agreement=0.9),
        row(run="b", checkpoint="y", rate=5.0, pixel_agreement=0.8),
        row(run="c", checkpoint="x", rate=2.0, pixel_agreement=0.7),
    ]
    figure = usefulness.picture(made)
    joined = [(list(line.get_xdata()), list(line.get_ydata())) for line in figure.axes[3].lines]
    assert ([2.0, 9.0], [0.7, 0.9]) in joined
    assert [text.get_text() for text in figure.legends[-1].texts].count("one training") == 1


# -- the plateau ------------------------------------------------------------------------------


def test_the_plateau_spans_the_runs_that_keep_the_class_and_not_the_strokes():
    made = rows()
    assert plateau(made) == (6.0, 9.5)
    assert plateau(made[::-1]) == (6.0, 9.5)
    assert plateau(made[:-1]) == (6.0, 9.5)
    assert plateau(made[-1:]) is None
    assert plateau(made[2:3]) == (6.0, 6.0)


@pytest.mark.parametrize(
    ("changed", "semantic"),
    [
        ({"class_agreement": 0.9501, "pixel_agreement": 0.85}, True),
        ({"class_agreement": 0.9499, "pixel_agreement": 0.85}, False),
        ({"class_agreement": 1.0, "pixel_agreement": 0.8999}, True),
        ({"class_agreement": 1.0, "pixel_agreement": 0.9001}, False),
    ],
)
def test_both_halves_of_the_rule_count(changed, semantic):
    assert is_semantic(row(classifier=1.0, **changed)) is semantic


def test_the_class_is_kept_from_the_least_rate_of_those_that_keep_it():
    made = rows()
    assert class_kept_from(made) == 6.0
    assert class_kept_from(made[::-1]) == 6.0
    assert class_kept_from(made[4:]) == 60.0  # strokes are kept there, too
    assert class_kept_from(made[:2]) is None
    for given, places in ((made, [6.0]), (made[:2], [])):
        figure = usefulness.picture(given)
        for axes in figure.axes[2:]:
            upright = [line for line in axes.lines if list(line.get_ydata()) == [0, 1]]
            assert [line.get_xdata()[0] for line in upright] == places
        caption = " ".join(text.get_text() for text in figure.texts)
        assert ("no run keeps the class" in caption) == (not places)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (rows(), "the shaded rates, 6.0 to 9.5 nats"),
        (rows()[2:3], "one run, at 6.0 nats"),
        (rows()[-1:], "no run of this table is"),
    ],
)
def test_the_caption_states_rule_and_plateau(made, words):
    figure = usefulness.picture(made)
    caption = " ".join(text.get_text() for text in figure.texts)
    assert words in caption
    assert "class agreement at least 95%" in caption
    shaded = [patch for patch in figure.axes[2].patches if patch.get_alpha() == 0.15]
    assert len(shaded) == (0 if "no run" in words else 1)
    for patch in shaded:
        box = patch.get_extents().transformed(figure.axes[2].transData.inverted())
        low, high = plateau(made)
        assert 0 < box.x0 < low <= high < box.x1
        assert np.sqrt(box.x1) - np.sqrt(high) < 0.2


# -- files and the table ----------------------------------------------------------------------


def test_the_picture_needs_the_table_alone(tmp_path):
    write(tmp_path, rows())
    before = (tmp_path / "usefulness.csv").read_bytes()
    (path,) = usefulness.draw(tmp_path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "usefulness.csv").read_bytes() == before
    with pytest.raises(FileExistsError, match="pass --overwrite"):
        usefulness.draw(tmp_path)
    usefulness.draw(tmp_path, overwrite=True)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ([], "must have at least one row, got none"),
        ([row(), row(labels="alphabet")], "rows of one labels, got digit and alphabet"),
        ([row(), row(classes=8)], "rows of one classes, got 10 and 8"),
        ([row(rate=None)], "finite number as rate, got None"),
        ([row(class_agreement_se=-0.1)], "class_agreement_se of at least 0"),
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


def test_the_columns_are_those_that_the_command_writes():
    from rdneural.runs.usefulness import COLUMNS

    assert set((*TEXTS, *NUMBERS)) <= set(COLUMNS)
    assert len(set(COLUMNS)) == len(COLUMNS)


def test_the_table_is_by_rate_and_says_what_is_semantic():
    text = usefulness.table(rows()[::-1])
    lines = text.splitlines()
    assert "digit of 10; chance 10 %, pixels of two images 70.0 %, of one class 80.0 %" in lines[0]
    cells = [line.split() for line in lines[3:]]
    assert [line[0] for line in cells] == ["-++", "---", "-+-", "bits-:32", "split:98", "the"]
    assert [line[-1] for line in cells[:5]] == ["no", "no", "yes", "yes", "no"]
    assert "93.0(1.0)" in cells[2]
    assert "97.0(1.0)" in cells[5]  # the classifier's


def test_figure_and_table_read_what_csv_holds(tmp_path):
    write(tmp_path, rows())
    with (tmp_path / "usefulness.csv").open() as stream:
        models = [line["model"] for line in csv.DictReader(stream)]
    found = usefulness.read_table(tmp_path / "usefulness.csv")
    assert [one["model"] for one in found] == models
    assert found[2]["class_agreement"] == 0.93
