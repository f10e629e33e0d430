"""The figure of usefulness: drawn from its table alone, with the plateau of the stated rule."""

import csv

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from cli import cli
from figures import usefulness
from figures.choice.semantic import class_kept_from, plateau
from figures.parts.best import best_up_to
from figures.parts.label_nats import LATER
from figures.parts.shares import shares_of
from figures.usefulness import NUMBERS, TEXTS
from rdtheory.information import greatest_accuracy
from rdtheory.results import write_rows
from tests.make.figures_files import is_picture, refuses_to_overwrite
from tests.make.figures_usefulness import make_row, make_rows, with_nats
from tests.strategies import PROOF, pmfs


def write(directory, rows):
    write_rows(directory / "usefulness.csv", (*TEXTS, *NUMBERS), rows)
    return directory


SORTS = ("deconvolution", "PixelCNN++", "discrete code")


def grid_of(figure, sorts):
    """Return the panels of a figure, a line for each share, a column for each sort."""
    return np.array(figure.axes).reshape(4, sorts)


@pytest.fixture(scope="module")
def panels():
    """The panels of all made-up rows, of all three sorts."""
    return grid_of(usefulness.picture(make_rows()), 3)


def points(axes):
    """Return rate and height of every mark of a panel that has error bars."""
    bars = [container.lines[0] for container in axes.containers]
    return [(bar.get_xdata()[0], bar.get_ydata()[0]) for bar in bars]


def lines_of(axes, label):
    return [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines
            if line.get_label() == label]  # fmt: skip


def test_every_run_is_a_point_in_every_share_of_its_own_column(panels):
    made = make_rows()
    columns = [[made[1]], [made[0], made[2]], made[3:]]
    names = ("drawn_linear_probe", "drawn_nearest_neighbours", "class_agreement", "pixel_agreement")
    for line, name in zip(panels, names, strict=True):
        for axes, own in zip(line, columns, strict=True):
            assert points(axes) == [(one["rate"], one[name]) for one in own]
    counts = ("1 model", "2 models", "2 models")
    for axes, sort, count in zip(panels[0], SORTS, counts, strict=True):
        assert axes.get_title("left") == f"{sort}: {count}"


def test_a_mean_code_is_beside_its_drawn_code():
    made = [make_row(linear_probe=0.9, drawn_linear_probe=0.3, rate=4.0)]
    panels = usefulness.picture(made).axes
    assert points(panels[0]) == [(4.0, 0.3)]
    means = [[(list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines
              if line.get_marker() == "_"] for axes in panels]  # fmt: skip
    assert means == [[([4.0], [0.9])], [([4.0], [0.5])], [], []]


def test_the_best_of_every_sort_is_in_every_column_and_rises(panels):
    made = make_rows()
    for axes in panels[2]:
        assert lines_of(axes, "best PixelCNN++") == [([0.1, 6.0], [0.11, 0.93])]
        assert lines_of(axes, "best deconvolution") == [([3.0], [0.70])]
        assert lines_of(axes, "best discrete code") == [([9.5, 60.0], [0.96, 0.97])]
    for name in ("class_agreement", "pixel_agreement"):
        rates, values = best_up_to(made + made[::-1], name)
        assert (np.diff(rates) > 0).all()
        assert (np.diff(values) > 0).all()
        for row in made:
            assert (
                max(v for r, v in zip(rates, values, strict=True) if r <= row["rate"]) >= row[name]
            )


def test_baselines_are_lines_where_the_table_says_and_are_named_beside_the_panels(panels):
    heights = [(0.5, 0.1), (0.5, 0.1), (0.97, 0.1), (0.7, 0.8, 0.9)]
    for line, wanted in zip(panels, heights, strict=True):
        for axes in line:
            flat = {float(line.get_ydata()[0]) for line in axes.lines
                    if list(line.get_xdata()) == [0, 1]}  # fmt: skip
            assert set(wanted) == {round(height, 12) for height in flat}
        assert sum(text.get_position()[0] == 1.02 for text in line[-1].texts) == len(wanted)


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
        (make_rows(), "6.0 to 9.5 nats (shaded)"),
        (make_rows()[2:3], "one model, at 6.0 nats"),
        (make_rows()[-1:], "no model is"),
        (make_rows()[:2], "no model is"),
    ],
)
def test_the_caption_states_rule_and_plateau(made, words):
    figure = usefulness.picture(made)
    caption = " ".join(text.get_text() for text in figure.texts)
    assert words in caption
    assert "class at least 95%" in caption
    grid = grid_of(figure, len(usefulness.by_sort(made)))
    kept = class_kept_from(made)
    named = [text.get_text() for axes in grid[2] for text in axes.texts]
    assert named.count(f"class kept from {kept or 0:.1f} nats") == (kept is not None)
    for axes in grid[2:].flat:
        upright = [line for line in axes.lines if list(line.get_ydata()) == [0, 1]]
        assert [line.get_xdata()[0] for line in upright] == ([] if kept is None else [kept])
        shaded = [patch for patch in axes.patches if patch.get_alpha() == 0.15]
        assert len(shaded) == (0 if "no model" in words else 1)
        for patch in shaded:
            box = patch.get_extents().transformed(axes.transData.inverted())
            low, high = plateau(made)
            assert 0 < box.x0 < low <= high < box.x1
            assert np.sqrt(box.x1) - np.sqrt(high) < 0.2


MANY = [
    make_row(run=str(k), checkpoint=str(k % 9), model=model, rate=k**1.5 / 10, class_agreement=v,
             drawn_linear_probe=v, drawn_nearest_neighbours=v, pixel_agreement=0.7 + 0.3 * v)
    for k in range(100)
    for model in [("---", "+-v", "-++", "++v", "split:98")[k % 5]]
    for v in [k / (10 + k)]
]  # fmt: skip


@pytest.mark.parametrize(
    ("made", "sorts"),
    [
        (make_rows(), 3),
        (MANY, 3),
        ([make_row(rate=0.0, labels="very long " * 9, labelled="m" * 99)], 1),
        ([make_row(model="bits+:4096", warning="never comparable " * 20)], 1),
        ([make_row(model="---", pixel_same_class=0.70001), make_row(model="coarse:4")], 2),
        ([with_nats(make_row(model="---", rate=9.0), told=2.2, exact=2.25)], 1),
    ],
)
def test_no_words_lie_on_each_other_and_all_are_within_the_figure(made, sorts):
    figure = usefulness.picture(made)
    assert len(figure.axes) == (5 if usefulness.has_nats(made[0]) else 4) * sorts
    assert sum(len(points(axes)) for axes in figure.axes[: sorts if sorts > 1 else 1]) == len(made)
    figure.draw_without_rendering()
    words = [text for axes in figure.axes for text in axes.texts if text.get_text()]
    boxes = [text.get_window_extent() for text in (*words, *figure.texts, *figure.legends)]
    for number, box in enumerate(boxes):
        assert box.count_overlaps(boxes[number + 1 :]) == 0
        assert figure.bbox.padded(1.0).containsx(box.x0)
        assert figure.bbox.padded(1.0).containsx(box.x1)


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


@given(st.integers(2, 12).flatmap(pmfs), st.floats(0.0, 3.0))
@PROOF
def test_the_drawn_bound_is_one_for_all_classes_of_that_largest_share(p, rate):
    rows = [{"chance": p.max(), "counts": None}]
    drawn = greatest_accuracy(rate, shares_of(rows))
    assert drawn >= greatest_accuracy(rate, p) - 1e-9


OMNIGLOT = "480 440 480 940 800 520 840 340"


def test_counts_make_the_drawn_bound_that_of_the_data():
    rows = [{"chance": 940 / 4840, "counts": None}, {"chance": 940 / 4840, "counts": OMNIGLOT}]
    drawn = greatest_accuracy([0.0, 0.25, 0.5], shares_of(rows))
    np.testing.assert_allclose(drawn, [0.19421, 0.44153, 0.56898], atol=1e-5)


@pytest.mark.parametrize("counts", ["1 2 3", "5 5 5 5 5 5 5 5 5 -1", "a", " ".join("0" * 10)])
def test_counts_that_are_not_those_of_the_classes_are_one_line(tmp_path, counts):
    write(tmp_path, [make_row(counts=counts)])
    with pytest.raises(ValueError, match="must have in counts the images of each of 10 classes"):
        usefulness.draw(tmp_path)


def test_rows_of_other_counts_are_other_data(tmp_path):
    write(tmp_path, [make_row(counts="1 " * 9 + "1"), make_row(run="b", counts="2 " * 9 + "2")])
    with pytest.raises(ValueError, match="rows of one counts"):
        usefulness.draw(tmp_path)


# -- nats of the class ------------------------------------------------------------------------


def test_nats_of_the_class_have_a_panel_of_their_own_where_any_row_has_them():
    old, new = make_row(model="---", rate=3.0), make_row(run="b", model="---", rate=4.0)
    made = [old, with_nats(new, told=1.3)]
    figure = usefulness.picture(made)
    *shares, nats = figure.axes
    assert [len(points(axes)) for axes in shares] == [2] * 4
    assert points(nats) == [(4.0, 1.3)]  # and the mean code beside it
    assert ([4.0], [2.0]) in [(list(o.get_xdata()), list(o.get_ydata())) for o in nats.lines]
    (bound,) = [line for line in nats.lines if len(line.get_xdata()) == 400]
    np.testing.assert_allclose(bound.get_ydata(), np.minimum(bound.get_xdata(), 2.3))
    caption = " ".join(text.get_text() for text in figure.texts)
    assert "no more than twice these nats): none of 1 model." in caption
    assert "at 2.0 to 2.0 nats of 1 model." in " ".join(
        text.get_text() for text in usefulness.picture([with_nats(old | {"rate": 2.0})]).texts
    )


def test_the_certified_frontier_is_drawn_where_it_lies_beside_the_table(tmp_path):
    rows = [with_nats(make_row(labelled="bars:2x2", rate=0.5, classes=2), 0.2, exact=0.25)]
    write_rows(tmp_path / "usefulness.csv", (*TEXTS, *NUMBERS, *LATER), rows)
    assert usefulness.frontier_beside(tmp_path, rows) is None
    result = CliRunner().invoke(
        cli, ["bottleneck", "--joint", "images:bars:2x2", "--out", str(tmp_path)]
    )
    assert result.exit_code == 0, result.output
    curve = usefulness.frontier_beside(tmp_path, rows)
    panel = usefulness.picture(rows, curve).axes[4]
    most = [line for line in panel.lines if len(line.get_xdata()) == 400][1]
    # four images of six show their class, two are either: all that is to be told is told at
    # rate H(2/3, 1/3), and I(T; Y) <= 2/3 log 2
    assert most.get_ydata().max() == pytest.approx(2 / 3 * np.log(2), abs=1e-6)
    assert (most.get_ydata() <= most.get_xdata() + 1e-9).all()
    crosses = [line for line in panel.lines if line.get_marker() == "x"]
    assert [(list(x.get_xdata()), list(x.get_ydata())) for x in crosses] == [([0.5], [0.25])]
    (path,) = usefulness.draw(tmp_path)
    assert is_picture(path)
    with pytest.raises(ValueError, match="must be of the joint images:made, got images:bars:2x2"):
        usefulness.frontier_beside(tmp_path, [make_row()])
