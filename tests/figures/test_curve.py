"""The figure of a curve: drawn from its result alone, wrong files named in one line."""

import numpy as np
import pytest

from figures import curve
from rdtheory.results import write_json
from tests.make.figures_curve import make_curve
from tests.make.figures_files import AGREE, csv_rows, is_picture, refuses_to_overwrite


def _write(directory, **changed):
    write_json(directory / "curve.json", make_curve(**changed), overwrite=True)
    return directory


@pytest.mark.parametrize("compared", [True, False])
def test_the_numbers_beside_the_picture_are_those_of_the_result(tmp_path, compared):
    _write(tmp_path, compared=compared)
    refuses_to_overwrite(curve.draw, tmp_path / "curve.png")
    (path,) = curve.draw(tmp_path, overwrite=True)
    assert is_picture(path)
    rows = csv_rows(path)
    result = make_curve(compared=compared)
    drawn = [p | p["test"] | {"source": "curve"} for p in result["points"]]
    if compared:
        drawn += [
            {n: r[f"run_{n}"] for n in curve.MEASURES}
            | {"source": r["run"], "beta": r["beta"], "target_rate": None}
            for r in result["comparison"]["rows"]
        ]
    assert [row["source"] for row in rows] == [one["source"] for one in drawn]
    for row, one in zip(rows, drawn, strict=True):
        for name in ("beta", *curve.MEASURES):
            assert float(row[name]) == pytest.approx(one[name], rel=AGREE)
        assert row["target_rate"] == ("" if one["target_rate"] is None else "13")


@pytest.mark.parametrize("compared", [True, False])
@pytest.mark.parametrize("points", [1, 4])
def test_the_legend_lies_below_the_panels(compared, points):
    result = make_curve(compared=compared)
    if not compared:
        result["points"] = result["points"][:points]
    figure = curve.picture(result)
    figure.draw_without_rendering()
    assert not any(axes.get_legend() for axes in figure.axes)
    labels = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    wanted = {(True, 1): 3, (True, 4): 3, (False, 1): 0, (False, 4): 2}[compared, points]
    assert len(labels) == wanted
    for legend in figure.legends:
        box = legend.get_window_extent()
        assert all(axes.get_tightbbox().y0 >= box.y1 for axes in figure.axes)


def test_one_point_is_no_wide_noise():
    result = make_curve(compared=False)
    result["points"] = result["points"][:1]
    plane, costs = curve.picture(result).axes
    for axes in (plane.xaxis, plane.yaxis, costs.yaxis):
        assert np.ptp(axes.get_view_interval()) >= 1.0


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"points": []}, "at least one point"),
        ({"points": [{"beta": 1.0}]}, "test"),
        ({"points": None}, "every entry"),
        ({"model": 3}, "text"),
        ({"epochs": "1"}, "finite number"),
        ({"comparison": {"rows": [{"beta": 1.0}]}}, "run_rate"),
    ],
)
def test_a_broken_result_is_named(tmp_path, changed, word):
    with pytest.raises(ValueError, match=rf"curve\.json must hold .*{word}"):
        curve.draw(_write(tmp_path, **changed))
    assert not (tmp_path / "curve.png").exists()


def test_a_result_of_another_command_is_refused(tmp_path):
    with pytest.raises(ValueError, match="must be a result of `curve`"):
        curve.draw(_write(tmp_path, command="mnist"))
