"""The picture of `information`: what a result holds, where it belongs."""

import json

import pytest

from figures import information
from tests.make.figures_files import csv_rows, is_picture, refuses_to_overwrite
from tests.make.figures_information import ESTIMATES, make_information, make_split


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "information.json").write_text(json.dumps(make_information()))
    return tmp_path


def test_the_numbers_lie_beside_the_picture(directory):
    refuses_to_overwrite(information.draw, directory / "information.png")
    (path,) = information.draw(directory, overwrite=True)
    assert is_picture(path)
    rows = csv_rows(path)
    assert [row["split"] for row in rows] == ["train", "test"]
    for row in rows:
        for name, (value, error) in ESTIMATES.items():
            if name != "distortion":
                assert float(row[name]) == value
                assert float(row[f"{name}_se"]) == error
    assert float(rows[1]["ceiling"]) == 9.2103


def test_points_band_and_ceiling_are_where_the_numbers_are(directory):
    panels = information.picture(make_information()).axes
    for axes, ceiling in zip(panels, (10.8198, 9.2103), strict=True):
        points = {float(line.get_xdata()[0]) for line in axes.lines if len(line.get_xdata()) == 1}
        assert {24.5, 9.125, 21.5, 18.5} <= points
        assert any(list(line.get_xdata()) == [ceiling] * 2 for line in axes.lines)
        band = axes.patches[0].get_extents().transformed(axes.transData.inverted())
        assert (band.x0, band.x1) == pytest.approx((9.125, 21.5))


def test_a_run_that_was_stopped_early_is_called_unfinished():
    early = {"steps": 3, "planned_steps": 8, "trained": False}
    texts = information.picture(make_information(unfinished=early)).texts
    assert "unfinished: 3 of 8 steps" in [text.get_text() for text in texts]


def test_a_bound_far_away_is_named_at_the_edge():
    wide = make_split(50_000, 10.8198, population_upper=4321.0)
    axes = information.picture(make_information(train=wide)).axes[0]
    assert axes.get_xlim()[1] < 100
    assert any("4321" in text.get_text() for text in axes.texts)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"train": None}, "must hold the split train, got None"),
        ({"test": make_split(10, 2.3, rate="much")}, "finite number as test: rate, got 'much'"),
        ({"test": make_split(10, 2.3, rate_se=-1.0)}, "test: rate_se of at least 0, got -1.0"),
        ({"train": {"images": 5}}, "finite number as train: ceiling, got None"),
        ({"command": "toy"}, "must be a result of `information`, got 'toy'"),
    ],
)
def test_a_broken_file_is_one_line(changed, message, tmp_path):
    (tmp_path / "information.json").write_text(json.dumps(make_information(**changed)))
    with pytest.raises(ValueError, match=message) as error:
        information.draw(tmp_path)
    assert str(tmp_path) in str(error.value)
    assert "\n" not in str(error.value)
