"""The figure of a rate-distortion problem: of a curve, of a few points and of one."""

import math

import numpy as np
import pytest

from figures import frontier
from rdtheory.results import result_head, write_json
from tests.make.figures_files import csv_rows, is_picture, refuses_to_overwrite


def make_point(distortion, /, **changed):
    """A point of the fair coin's curve under Hamming distortion, where all is known."""
    entropy = -sum(p * math.log(p) for p in (distortion, 1 - distortion) if p > 0)
    slope = 1 / math.log((1 - distortion) / distortion) if 0 < distortion < 0.5 else None
    beta = 0.0 if distortion == 0 else slope
    return {
        "beta": beta, "rate": max(0.0, math.log(2) - entropy), "distortion": distortion,
        "gap": 1e-10, "support": [0, 1], "masses": [0.5, 0.5], "iterations": 7, "converged": True,
        "segment": None,
    } | changed  # fmt: skip


def make_frontier(*points, width=None, **changed):
    return result_head("frontier", settings={}, seed=0, seconds=1.0) | {
        "source": "bernoulli:0.5", "points": list(points), "width": width, "outputs": [0.0, 1.0],
        "max_gap": max(point["gap"] for point in points), "closed_form_error": None,
        "closed_form_exact": None, "seconds_solve": 0.1,
    } | changed  # fmt: skip


def words_of(figure):
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


POINTS = {
    "rate": [make_point(0.11)],
    "rate 0": [make_point(0.5, rate=0.0, support=[0], masses=[1.0], gap=0.0)],
    "steep": [make_point(0.5, rate=0.0, beta=100.0)],
    "least distortion": [make_point(0.0)],
    "two": [make_point(0.05), make_point(0.2)],
    "the same twice": [make_point(0.1), make_point(0.1)],
    "ends": [make_point(0.0), make_point(0.5)],
    "eight": [make_point(d) for d in np.linspace(0.02, 0.4, 8)],
    "hundred": [make_point(d) for d in np.linspace(0.001, 0.49, 100)],
    "negative": [make_point(0.1, distortion=-3.0)],
    "far": [make_point(0.1, distortion=1e8 + 0.1)],
    "straight": [make_point(0.1, segment=[0.1, 0.5])],
    "not converged": [make_point(0.1, converged=False), make_point(0.2)],
}


@pytest.mark.parametrize("name", POINTS)
def test_points_without_a_curve_are_drawn_with_what_they_prove(name):
    points = POINTS[name]
    figure = frontier.picture(make_frontier(*points))
    plane = figure.axes[0]
    dots = [line for line in plane.lines if line.get_marker() == "o"]
    drawn = {place for line in dots for place in zip(*line.get_data(), strict=True)}
    assert drawn == {(point["rate"], point["distortion"]) for point in points}
    (left, right), (low, high) = plane.get_xlim(), plane.get_ylim()
    for rate, distortion in drawn:
        assert left < rate < right
        assert low < distortion < high
    finite = [point for point in points if point["beta"] is not None]
    lines = [line for line in plane.lines if line.get_ls() == "--"]
    assert len(lines) == bool(finite)
    for line in lines:  # the greatest of all certified lines, through the points
        x, y = line.get_data()
        heights = [p["distortion"] + p["beta"] * (p["rate"] - p["gap"] - x) for p in finite]
        assert y == pytest.approx(np.max(heights, axis=0), rel=1e-12)
        assert x[0] == 0.0
        assert y[0] <= high
    words = " ".join(words_of(figure))
    assert ("time-sharing" in words) == (len({point["rate"] for point in points}) > 1)
    assert ("straight" in words) == (name == "straight")
    assert ("not converged" in words) == (name == "not converged")
    assert ("solved points" in words) == (len(points) > 3)


@pytest.mark.parametrize(
    ("name", "title", "line"),
    [
        ("rate", "bernoulli:0.5: one point within 1e-10 nats", "certified: D ≥ 0.2758 - 0.4783 R"),
        ("rate 0", "bernoulli:0.5: one point, exact", None),
        ("least distortion", "bernoulli:0.5: one point within 1e-10 nats", "certified: D ≥ 0"),
        ("two", "bernoulli:0.5: every point within 1e-10 nats", "of every point"),
        (
            "not converged",
            "bernoulli:0.5: every point within 1e-10 nats (1 not converged)",
            "every",
        ),
    ],
)
def test_a_point_is_said_in_numbers(name, title, line):
    figure = frontier.picture(make_frontier(*POINTS[name]))
    assert figure.axes[0].get_title() == title
    words = words_of(figure)
    assert sum("certified" in word for word in words) == (line is not None)
    assert line is None or any(line in word for word in words)


@pytest.mark.parametrize("name", ["rate", "rate 0", "ends", "two", "hundred"])
@pytest.mark.parametrize("source", ["coin", "file:" + "very/long/" * 20 + "name.npz"])
def test_nothing_lies_on_the_panels_or_on_each_other(name, source):
    figure = frontier.picture(make_frontier(*POINTS[name], source=source))
    figure.draw_without_rendering()
    assert not any(axes.get_legend() for axes in figure.axes)
    boxes = [axes.get_tightbbox() for axes in figure.axes]
    boxes += [legend.get_window_extent() for legend in figure.legends]
    for number, box in enumerate(boxes):
        assert box.count_overlaps(boxes[number + 1 :]) == 0
        assert box.x1 <= figure.bbox.x1 + 1


@pytest.mark.parametrize(("name", "stems"), [("rate", 1), ("rate 0", 1), ("ends", 2), ("two", 0)])
def test_the_outputs_of_few_slopes_are_masses_over_outputs(name, stems):
    panel = frontier.picture(make_frontier(*POINTS[name])).axes[1]
    assert (panel.get_ylabel() == "mass r(y)") == bool(stems)
    masses = [line.get_ydata() for line in panel.lines]
    assert [list(mass) for mass in masses] == [point["masses"] for point in POINTS[name][:stems]]


def test_a_curve_keeps_its_band_and_a_curve_of_one_point_is_a_point():
    curve = frontier.picture(make_frontier(*POINTS["hundred"], width=1e-3))
    labels = [text.get_text() for text in curve.axes[0].get_legend().get_texts()]
    assert labels == ["certified within 1.0e-03", "reached", "100 solved points"]
    point = frontier.picture(make_frontier(*POINTS["rate 0"], width=0.0))
    assert words_of(point) == ["R = 0, D = 0.5, β = ∞"]


def test_the_numbers_lie_beside_the_picture(tmp_path):
    write_json(tmp_path / "frontier.json", make_frontier(*POINTS["two"]))
    refuses_to_overwrite(frontier.draw, tmp_path / "frontier.png")
    (path,) = frontier.draw(tmp_path, overwrite=True)
    assert is_picture(path)
    rows = csv_rows(path)
    assert [float(row["distortion"]) for row in rows] == [0.2, 0.05]  # by rising rate
    assert [row["support"] for row in rows] == ["2", "2"]
