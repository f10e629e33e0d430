"""Figure 3: its curves are what they claim to be, and its CSV is the table with true flags."""

import csv
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figures import figure3
from figures.choice.kinds import kind_of, least_elbo
from figures.figure3 import NAMES
from figures.parts.reading import read_table
from figures.parts.redraw import main
from rdtheory.pareto import Front
from tests.make.sweeps_table import MODELS, grid, make_row, make_sweep

AGREE = 1e-7
"""Relative; the CSV keeps eight digits."""
coordinates = st.integers(0, 12).map(lambda n: n / 4)  # so that points tie
planes = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=12)


def _rows(directory: Path, name: str) -> list[dict[str, str]]:
    with (directory / f"{name}.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def _is_picture(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 2000


def _dominated(point: tuple[float, float], points: list[tuple[float, float]]) -> bool:
    return any(r <= point[0] and d <= point[1] and (r, d) != point for r, d in points)


@given(planes)
@settings(deadline=None)
def test_the_step_curve_falls_and_has_no_point_below_it(points):
    rate, distortion = zip(*points, strict=True)
    x, y = figure3.step_curve(Front.from_points(rate, distortion), 4.0, 5.0)
    assert (np.diff(x) >= 0).all()
    assert (np.diff(y) <= 0).all()
    assert ((np.diff(x) == 0) | (np.diff(y) == 0)).all()
    assert (x[-1], y[0]) == (4.0, 5.0)
    for r, d in points:  # the curve's lowest at r is its last corner that is not beyond r
        assert d >= y[np.flatnonzero(x <= r)[-1]]
    corners = set(zip(x.tolist(), y.tolist(), strict=True))
    assert {p for p in points if not _dominated(p, points)} <= corners


@given(planes)
@settings(deadline=None)
def test_the_hull_is_convex_and_nowhere_above_the_step_curve(points):
    rate, distortion = zip(*points, strict=True)
    front = Front.from_points(rate, distortion)
    slopes = np.diff(front.hull.distortion) / np.diff(front.hull.rate)
    assert (np.diff(slopes) > 0).all()
    across = np.linspace(front.rate[0], 4.0, 40)
    hull, _ = front.hull_distortion_at(across)
    assert (hull <= front.distortion_at(across) + 1e-12).all()


@given(planes, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=50)
def test_the_flags_say_who_is_dominated_by_whom(points, random):
    rows = [
        make_row(random.choice(MODELS), rate=r, distortion=d, seed=i)
        for i, (r, d) in enumerate(points)
    ]
    described = figure3.describe(rows)
    for part, place in (("encoder", 0), ("decoder", 1), ("marginal", 2)):
        for row, cells, point in zip(rows, described, points, strict=True):
            sign = row["model"][place]
            peers = [p for p, r in zip(points, rows, strict=True) if r["model"][place] == sign]
            if cells[f"on_{part}_front"] == "true":
                assert not _dominated(point, peers)
            elif not _dominated(point, peers):  # then an equal one stands for it
                assert peers.count(point) > 1
    on_front = {p for p, cells in zip(points, described, strict=True) if _flag(cells, "on_front")}
    assert on_front == {p for p in points if not _dominated(p, points)}
    assert all(_flag(cells, "on_front") for cells in described if _flag(cells, "on_hull"))


def _flag(cells: dict[str, str], name: str) -> bool:
    return {"true": True, "false": False}[cells[name]]


def test_the_csv_is_the_table(tmp_path):
    rows = grid(betas=(0.1, 1.0), seeds=1)
    rows += [make_row("-+v", target_rate=5.0, seed=3, complete=False, epochs=0.25)]
    rows += [make_row("---", 1.0, anneal=2.0, rate=-0.001, distortion=170.0)]
    rows = [row | {"data": "omniglot", "warning": "not R $x_1, $5 " * 20} for row in rows]
    make_sweep(tmp_path, rows, samples=False)
    assert figure3.draw(tmp_path) == [tmp_path / f"{name}.png" for name in NAMES]
    table = read_table(tmp_path)
    entropy = least_elbo(table)
    assert entropy == min(row["test_elbo"] for row in rows)
    for name in NAMES:
        assert _is_picture(tmp_path / f"{name}.png")
        cells = _rows(tmp_path, name)
        assert tuple(cells[0]) == figure3.HEADER
        assert [c["run"] for c in cells] == [row["run"] for row in rows]
        for cell, row in zip(cells, table, strict=True):
            for column in (*figure3.SETTINGS, *(f"test_{m}" for m in figure3.MEASURES)):
                value = row[column]
                if isinstance(value, float | int) and not isinstance(value, bool):
                    assert float(cell[column]) == pytest.approx(value, rel=AGREE)
                else:
                    assert cell[column] == ("" if value is None else str(value).lower())
            assert cell["kind"] == kind_of(row["test_rate"], row["test_distortion"], entropy)
    assert _rows(tmp_path, "figure3a") == _rows(tmp_path, "figure3b")


def test_one_run_is_drawn_beside_the_papers(tmp_path):
    row = make_row("++v", rate=0.0, distortion=81.0, preset="paper", epochs_asked=200.0)
    make_sweep(tmp_path, [row], samples=False)
    figure3.draw(tmp_path)
    (cells,) = _rows(tmp_path, "figure3b")
    assert all(_flag(cells, name) for name in figure3.FLAGS[1:])


def test_the_papers_points_are_seen_beside_its_own_experiment_only():
    paper = [make_row(m, preset="paper", epochs_asked=200.0) for m in ("-+v", "---")]
    points = figure3._paper_points(paper)
    assert {point["test_rate"] for point in points} == {0.0004, 6.2, 120.3, 156.0, 0.0}
    assert figure3._paper_points([*paper, make_row()]) == []
    assert figure3._paper_points([row | {"epochs_asked": 5.0} for row in paper]) == []
    assert figure3._paper_points([row | {"data": "mnist5k"} for row in paper]) == []
    assert figure3._paper_points([row | {"data": "omniglot"} for row in paper]) == []


def test_the_heading_says_what_was_trained_and_how_long():
    rows = [make_row(epochs=0.5, training_seconds=30.0), make_row("-+v", epochs=2.0)]
    words = "mnist, preset quick: 2 runs of 2 models, trained for 0.5 to 2 epochs"
    assert figure3.describe_runs(rows) == f"{words} (0.5 to 1.5 minutes)"
    rows = [make_row(epochs=1.0, training_seconds=60.0, complete=False, preset="paper")]
    words = "mnist, preset paper: 1 run of 1 model, trained for 1 epoch (1 minute)"
    assert figure3.describe_runs(rows) == f"{words}; 1 run cut short"


def test_rows_fall_into_the_sorts_that_there_are():
    rows = [make_row(model) for model in ("---", "-+v", "++v")]
    assert figure3.by_part(rows, "encoder") == {"-": [0, 1], "+": [2]}
    assert figure3.by_part(rows, "decoder") == {"-": [0], "+": [1, 2]}
    assert figure3.by_part(rows, "marginal") == {"-": [0], "v": [1, 2]}


@pytest.mark.parametrize("name", [f"{name}.{end}" for name in NAMES for end in ("png", "csv")])
def test_an_existing_file_is_refused(tmp_path, name):
    make_sweep(tmp_path, [make_row()], samples=False)
    (tmp_path / name).write_text("old")
    with pytest.raises(FileExistsError, match=rf"{name} exists"):
        figure3.draw(tmp_path)
    assert (tmp_path / name).read_text() == "old"


def test_a_wrong_directory_ends_in_one_line(tmp_path, monkeypatch, capsys):
    for words in ("table.csv must be a readable table", "at least one row"):
        monkeypatch.setattr(sys, "argv", ["figure3", str(tmp_path)])
        with pytest.raises(SystemExit) as caught:
            main(figure3.draw)
        assert caught.value.code == 2
        error = capsys.readouterr().err
        assert error.startswith("error: ")
        assert error.count("\n") == 1
        assert words in error
        make_sweep(tmp_path, [])
    assert not list(tmp_path.glob("figure3*"))
