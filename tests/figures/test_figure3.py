"""Figure 3: its curves are what they claim to be, and its CSV is the table with true flags."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figures import figure3
from figures.choice.kinds import kind_of, least_elbo
from figures.figure3 import NAMES
from figures.parts.curve_points import curves_of, read_curves
from figures.parts.heading import describe_runs
from figures.parts.reading import MEASURES, read_table
from figures.parts.style import BLACK
from rdneural.sweeps.curves import write_points
from tests.make.figures_files import AGREE, csv_rows, is_picture, refused, refuses_to_overwrite
from tests.make.sweeps_table import MODELS, grid, make_row, make_sweep

coordinates = st.integers(0, 12).map(lambda n: n / 4)  # so that points tie
planes = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=12)


def _dominated(point: tuple[float, float], points: list[tuple[float, float]]) -> bool:
    return any(r <= point[0] and d <= point[1] and (r, d) != point for r, d in points)


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
    assert least_elbo(table) == min(row["test_elbo"] for row in rows)
    for name in NAMES:
        assert is_picture(tmp_path / f"{name}.png")
        cells = csv_rows(tmp_path / name)
        assert tuple(cells[0]) == figure3.HEADER
        assert [c["run"] for c in cells] == [row["run"] for row in rows]
        for cell, row in zip(cells, table, strict=True):
            for column in (*figure3.SETTINGS, *(f"test_{m}" for m in figure3.MEASURES)):
                value = row[column]
                if isinstance(value, float | int) and not isinstance(value, bool):
                    assert float(cell[column]) == pytest.approx(value, rel=AGREE)
                else:
                    assert cell[column] == ("" if value is None else str(value).lower())
            assert cell["kind"] == kind_of(row["test_rate"], row["test_distortion"])
    assert csv_rows(tmp_path / "figure3a") == csv_rows(tmp_path / "figure3b")


def test_one_run_is_drawn_beside_the_papers(tmp_path):
    row = make_row("++v", rate=0.0, distortion=81.0, preset="paper", epochs_asked=200.0)
    make_sweep(tmp_path, [row], samples=False)
    figure3.draw(tmp_path)
    (cells,) = csv_rows(tmp_path / "figure3b")
    assert all(_flag(cells, name) for name in figure3.FLAGS[1:])


def test_the_papers_points_are_seen_beside_runs_on_its_data():
    rows = [make_row(), make_row("-+v", preset="paper")]
    points = figure3._paper_points(rows)
    assert {point["test_rate"] for point in points} == {0.0004, 6.2, 120.3, 156.0, 0.0}
    assert figure3._paper_points([row | {"data": "mnist5k"} for row in rows]) == []
    assert figure3._paper_points([rows[0], rows[1] | {"warning": "not the published"}]) == []


def test_points_of_curves_are_models_as_runs_are(tmp_path):
    make_sweep(tmp_path, [make_row("-+v", rate=5.0, distortion=80.0)], samples=False)
    runs = read_table(tmp_path)
    points = [
        runs[0] | {"run": f"curve_{model}", "model": model, "beta": beta}
        | dict.fromkeys([f"valid_{m}" for m in MEASURES], 1.0)
        | {"test_rate": rate, "test_distortion": 80.0 - rate, "test_elbo": 80.0}
        for model in ("---", "+-v") for beta, rate in ((1.0, 4.0), (2.0, 2.0))
    ]  # fmt: skip
    write_points(tmp_path, points)
    curves = read_curves(tmp_path, "mnist")
    found = curves_of([*runs, *curves])
    assert [[p["test_rate"] for p in of_one] for of_one in found] == [[2.0, 4.0]] * 2
    assert [row["model"] for row, *_ in found] == ["+-v", "---"]
    assert "1 run and 2 curves of 3 models" in describe_runs([*runs, *curves])
    figure3.draw(tmp_path)
    cells = csv_rows(tmp_path / "figure3a")
    assert [_flag(row, "on_front") for row in cells].count(True) == 2  # of four, two are equal
    with pytest.raises(ValueError, match=r"points\.csv must be of the runs' data, 'omniglot'"):
        read_curves(tmp_path, "omniglot")


def test_rows_fall_into_the_sorts_that_there_are():
    rows = [make_row(model) for model in ("---", "-+v", "++v")]
    assert figure3.by_part(rows, "encoder") == {"-": [0, 1], "+": [2]}
    assert figure3.by_part(rows, "decoder") == {"-": [0], "+": [1, 2]}
    assert figure3.by_part(rows, "marginal") == {"-": [0], "v": [1, 2]}


@given(planes)
@settings(deadline=None, max_examples=10)
def test_no_line_of_figure3b_saws_and_the_runs_of_the_front_are_dots(points):
    rows = [make_row("-+v", rate=r, distortion=80 + d, seed=i) for i, (r, d) in enumerate(points)]
    (axes,) = figure3._skew(rows).axes
    lines = [line for line in axes.lines if line.get_ls() == "-" and len(line.get_xdata()) > 1]
    for line in lines:  # the hull is the only one: R + D is convex in R along it
        x, y = line.get_data()
        assert (np.diff(x) >= 0).all()
        slopes = np.diff(y)[np.diff(x) > 1e-9] / np.diff(x)[np.diff(x) > 1e-9]
        assert (np.diff(slopes) >= -1e-6).all()
    (dots,) = (line for line in axes.lines if line.get_color() == BLACK and line.get_ls() == "None"
               and line.get_marker() == "o")  # fmt: skip
    front = figure3.front_of(rows)
    assert dots.get_xdata() == pytest.approx(front.rate)
    assert dots.get_ydata() == pytest.approx(front.rate + front.distortion)


SETS = {
    "one": [make_row("-+v", rate=0.0)],
    "deconvolutions": grid(("---", "+-v"), (0.1, 1.0, 5.0)),
    "discrete": [make_row(m, rate=9.0 * k) for k, m in enumerate(("bits-:256", "split:98"), 1)],
    "hundred": [*grid(MODELS, (0.1, 0.3, 1.0, 3.0), 2), make_row("bits+:4096", rate=4.0)],
    "high": [make_row("--+", rate=90.0, distortion=200.0), make_row("++v", rate=1.0)],
}


@pytest.mark.parametrize("name", SETS)
def test_no_legend_of_figure3a_lies_on_runs_or_titles(name):
    figure = figure3._planes(SETS[name])
    figure.draw_without_rendering()
    whole = figure.bbox.padded(1.0)
    boxes = []
    for axes in figure.axes:
        inside = axes.get_window_extent()
        for legend in filter(None, [axes.get_legend()]):
            box = legend.get_window_extent()
            assert box.y0 >= inside.y1 - 1
            assert whole.x0 <= box.x0
            assert box.x1 <= whole.x1
            boxes.append(box)
        boxes.append(axes._left_title.get_window_extent())
    for number, box in enumerate(boxes):
        assert box.count_overlaps(boxes[number + 1 :]) == 0


@pytest.mark.parametrize("name", [f"{name}.{end}" for name in NAMES for end in ("png", "csv")])
def test_an_existing_file_is_refused(tmp_path, name):
    refuses_to_overwrite(figure3.draw, tmp_path / name)


def test_a_missing_or_empty_table_is_named(tmp_path):
    refused(figure3.draw, tmp_path, "table.csv must be a readable table")
    make_sweep(tmp_path, [])
    refused(figure3.draw, tmp_path, "table.csv", "at least one row")


@pytest.mark.parametrize(("rate", "marked"), [(20.1, False), (23.0, True)])
def test_runs_that_missed_their_target_are_in_the_legend_and_the_numbers(
    tmp_path, monkeypatch, rate, marked
):
    entries = []
    monkeypatch.setattr(figure3, "add_legend", lambda figure, lines, models: entries.extend(lines))
    make_sweep(tmp_path, [make_row(), make_row(target_rate=20.0, rate=rate)], samples=False)
    figure3.draw(tmp_path)
    assert [label for _, label in entries].count("missed its target rate") == 2 * marked
    rows = csv_rows(tmp_path / "figure3a")
    assert [row["target_met"] for row in rows] == ["", str(not marked).lower()]
