"""The figure of a channel: of one input, of a capacity-cost curve, of many amplitudes."""

import math

import numpy as np
import pytest

from figures import capacity
from rdtheory.results import result_head, write_json
from tests.make.figures_files import csv_rows, is_picture, refuses_to_overwrite


def make_point(**changed):
    """A point of a bit that costs where it is one, without noise: C(B) = h(B)."""
    return {
        "capacity": math.log(2), "cost": 0.5, "slope": 0.0, "gap": 1e-10, "support": [0, 1],
        "masses": [0.5, 0.5], "iterations": 4, "converged": True,
    } | changed  # fmt: skip


def make_result(*points, **changed):
    head = result_head("capacity", settings={}, seed=0, seconds=1.0)
    lone = {"divergences": [math.log(2), math.log(2), 0.2], "bound": math.log(2)}
    return head | (lone if len(points) == 1 else {}) | {
        "channel": "mine.csv", "points": list(points), "inputs": [0.0, 1.0, 2.0],
        "max_gap": max(point["gap"] for point in points), "width": None, "closed_form": None,
        "seconds_solve": 0.1,
    } | changed  # fmt: skip


def make_curve():
    points = [make_point(cost=0.0, capacity=0.0, slope=None, support=[0], masses=[1.0])]
    for p in (0.05, 0.2, 0.35, 0.5):
        nats = -p * math.log(p) - (1 - p) * math.log(1 - p)
        slope = math.log((1 - p) / p)
        points.append(make_point(cost=p, capacity=nats, slope=slope, masses=[1 - p, p]))
    return make_result(*points, width=0.02)


def make_amplitudes():
    places = {1.0: [-1.0, 1.0], 2.0: [-2.0, 0.0, 2.0]}
    points = [
        make_point(amplitude=a, places=at, masses=[1 / len(at)] * len(at),
                   support=list(range(len(at))), shannon=0.5 * math.log1p(a * a), capacity=0.3 * a)
        for a, at in places.items()
    ]  # fmt: skip
    source = [{"beta": b, "places": [-b, b], "masses": [0.5, 0.5]} for b in (0.2, 1.0)]
    return make_result(*points, source={"name": "gaussian:401", "points": source})


def dots(axes):
    """Return all scattered places."""
    return {tuple(map(float, p)) for c in axes.collections for p in c.get_offsets()}


def test_an_input_is_drawn_with_what_proves_it():
    left, right = capacity.picture(make_result(make_point())).axes
    (line,) = left.lines
    assert [list(part) for part in line.get_data()] == [[0.0, 1.0], [0.5, 0.5]]
    assert left.get_title() == "mine.csv: C = 0.693147 nats within 1e-10"
    bound, others, sent = right.lines
    assert list(bound.get_ydata()) == [math.log(2)] * 2
    assert [list(part) for part in others.get_data()] == [[2.0], [0.2]]
    assert list(sent.get_xdata()) == [0.0, 1.0]
    low, high = right.get_ylim()
    assert low < 0.2 < math.log(2) < high


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"slope": 0.3, "cost": 0.25}, "mean cost 0.25"),
        ({"slope": None, "cost": 0.0}, "mean cost 0"),
        ({"converged": False}, "not converged"),
    ],
)
def test_a_title_says_the_cost_and_what_is_amiss(changed, words):
    figure = capacity.picture(make_result(make_point(**changed)))
    title = figure.axes[0].get_title().replace("\n", " ")
    assert words in title
    assert ("its cost" in figure.axes[1].get_title()) == ("slope" in changed)


@pytest.mark.parametrize(
    ("divergences", "bound"),
    [([0.0, 0.0, 0.0], 0.0), ([0.4, 0.4 - 1e-12, 0.4], 0.4), ([0.7, 0.7, None], 0.7),
     ([0.7, 0.7, -900.0], 0.7)],
)  # fmt: skip
def test_what_rounding_leaves_looks_like_nothing_and_no_letter_is_far_away(divergences, bound):
    result = make_result(make_point(), divergences=divergences, bound=bound)
    low, high = capacity.picture(result).axes[1].get_ylim()
    assert low < bound < high
    assert max(0.05 * bound, 0.01) <= high - low <= 2.0


def test_of_many_letters_divergences_are_a_line():
    inputs = np.linspace(-1, 1, 101)
    result = make_result(make_point(support=[0, 100]), inputs=inputs.tolist(),
                         divergences=(0.5 * inputs**2).tolist(), bound=0.5)  # fmt: skip
    _, every, sent = capacity.picture(result).axes[1].lines
    assert (every.get_linestyle(), every.get_marker()) == ("-", "None")
    assert list(sent.get_xdata()) == [-1.0, 1.0]


def test_a_curve_is_drawn_in_its_band_with_the_letters_in_use():
    figure = capacity.picture(make_curve())
    left, right = figure.axes
    (reached,) = left.lines
    costs, nats = reached.get_data()
    assert (np.diff(nats) >= 0).all()
    assert nats[-1] == pytest.approx(math.log(2))  # beyond the last point nothing more
    assert costs[-1] > 0.5
    texts = [text.get_text() for text in left.get_legend().get_texts()]
    assert texts == ["certified within 2.0e-02 nats", "reached", "5 solved points"]
    assert {(0.0, 0.0), (0.5, 0.0), (0.5, 1.0)} <= dots(right)
    assert (0.0, 1.0) not in dots(right)


def test_amplitudes_are_drawn_below_shannons_bound_with_inputs_and_outputs_that_split():
    first, middle, last = capacity.picture(make_amplitudes()).axes
    shannon, reached = first.lines
    assert list(shannon.get_ydata()) == [pytest.approx(0.5 * math.log(k)) for k in (2, 5)]
    assert list(reached.get_data()[1]) == pytest.approx([0.3, 0.6])
    assert dots(middle) == {(1, -1), (1, 1), (2, -2), (2, 0), (2, 2)}
    assert dots(last) == {(0.2, -0.2), (0.2, 0.2), (1, -1), (1, 1)}
    left, right = last.get_xlim()
    assert left > right  # beta falls


@pytest.mark.parametrize(
    "made", [make_result(make_point()), make_curve(), make_amplitudes()], ids=("one", "curve", "A")
)
def test_the_numbers_lie_beside_the_picture(tmp_path, made):
    write_json(tmp_path / "capacity.json", made)
    refuses_to_overwrite(capacity.draw, tmp_path / "capacity.png")
    (path,) = capacity.draw(tmp_path, overwrite=True)
    assert is_picture(path)
    rows = csv_rows(path)
    assert [float(row["capacity"]) for row in rows] == pytest.approx(
        [point["capacity"] for point in made["points"]], rel=1e-7
    )
    assert all(row["input"].count(":") == int(row["support"]) for row in rows)


@pytest.mark.parametrize("made", [make_result(make_point(), channel="very/long/" * 20),
                                  make_curve(), make_amplitudes()])  # fmt: skip
def test_nothing_lies_on_another_panel(made):
    figure = capacity.picture(made)
    figure.draw_without_rendering()
    boxes = [axes.get_tightbbox() for axes in figure.axes]
    for number, box in enumerate(boxes):
        assert box.count_overlaps(boxes[number + 1 :]) == 0
        assert box.x1 <= figure.bbox.x1 + 1
