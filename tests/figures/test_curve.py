"""The figure and table of a curve: drawn from its result alone, wrong files named in one line."""

import csv
import json
import subprocess
import sys

import pytest

from figures import curve
from figures.tables import curve_table
from rdtheory.results import result_head, write_json
from tests.conftest import ROOT

AGREE = 1e-7
"""Relative; the CSV keeps eight digits."""


def _measured(rate, distortion, beta):
    found = {"rate": rate, "distortion": distortion, "cost": distortion + beta * rate}
    return found | {f"{name}_se": 0.1 for name in found}


def _row(beta, rate, distortion, difference):
    sides = {"curve": _measured(rate, distortion, beta), "run": _measured(rate, distortion, beta)}
    row = {f"{side}_{name}": value for side in sides for name, value in sides[side].items()}
    counts = {"curve_steps": 10, "run_steps": 20, "run_training_seconds": 3.0}
    return row | counts | {
        "run": f"beta-{beta}", "seed": 0, "beta": beta, "difference": difference,
        "difference_se": 0.2,
    }  # fmt: skip


def _result(*, compared=True, **changed):
    points = [
        {"beta": b, "target_rate": t, "test": _measured(10 / b, 60 + 8 * b, b)}
        for b, t in ((0.1, None), (0.77, 13.0), (1.0, None), (10.0, None))
    ]
    found = result_head("curve", settings={}, seed=0, seconds=1.0)
    found |= {"data": "mnist", "warning": None, "model": "-+v", "preset": "quick", "epochs": 1.0,
              "steps": 390, "training_seconds": 7.0, "rate_falls": True, "greatest_rise": 0.0,
              "points": points}  # fmt: skip
    if compared:
        rows = [_row(0.1, 99.0, 61.0, 0.25), _row(1.0, 9.5, 68.5, -0.5)]
        found["comparison"] = {
            "rows": rows, "curve_training_seconds": 7.0, "runs_training_seconds": 6.0,
            "curve_images_seen": 100, "runs_images_seen": 200, "worst_difference": 0.25,
        }  # fmt: skip
    return found | changed


def _write(directory, **changed):
    write_json(directory / "curve.json", _result(**changed), overwrite=True)
    return directory


@pytest.mark.parametrize("compared", [True, False])
def test_the_numbers_beside_the_picture_are_those_of_the_result(tmp_path, compared):
    (path,) = curve.draw(_write(tmp_path, compared=compared))
    assert path.read_bytes().startswith(b"\x89PNG")
    with path.with_suffix(".csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    result = _result(compared=compared)
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


def test_the_table_has_every_point_and_every_run():
    text = curve_table(_result())
    assert "-+v (quick) on data: mnist" in text
    assert "R falls wherever beta rises." in text
    for cell in ("100.00 +- 0.10", "13", "+0.25 +- 0.20", "-0.50 +- 0.20", "390 steps"):
        assert cell in text
    assert "greatest difference is +0.25 nats" in text
    text = curve_table(
        _result(compared=False, rate_falls=False, greatest_rise=0.012, warning="few images")
    )
    assert "R rises with beta by 0.012 nats somewhere." in text
    assert "warning: few images" in text
    assert "curve - run" not in text


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


def test_a_figure_is_not_overwritten_unasked(tmp_path):
    curve.draw(_write(tmp_path))
    with pytest.raises(FileExistsError, match=r"curve\.png exists"):
        curve.draw(tmp_path)
    assert len(curve.draw(tmp_path, overwrite=True)) == 1


def test_the_script_names_what_is_wrong_in_one_line(tmp_path):
    (tmp_path / "curve.json").write_text(json.dumps({"command": "curve"}))
    found = subprocess.run(
        [sys.executable, "-m", "figures.curve", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 2
    assert found.stderr.startswith("error: ")
    assert "format" in found.stderr
    assert "Traceback" not in found.stderr
