"""The figure of a bottleneck: the information plane, values that split, an encoder."""

import math

import numpy as np
import pytest

from figures import bottleneck
from rdtheory.results import result_head, write_json
from rdtheory.sources.joints import gerber_relevance
from tests.make.figures_files import csv_rows, is_picture, refuses_to_overwrite

BIT = math.log(2)


def make_point(flips, **changed):
    """A code of a bit that is flipped once in ten times, that flips a share of its own."""
    noise = flips * 0.9 + (1 - flips) * 0.1
    rate = BIT + flips * math.log(flips) + (1 - flips) * math.log1p(-flips)
    relevance = gerber_relevance(0.1, rate)
    beta = 0.8 * math.log(1 / noise - 1) / math.log(1 / flips - 1)
    value = BIT - relevance + beta * rate
    return {
        "beta": beta, "tishby_beta": 1 / beta, "rate": rate, "relevance": relevance,
        "entropy": BIT, "value": value, "bound": value - 1e-8, "gap": 1e-8, "codes": 2,
        "masses": [0.5, 0.5], "places": [noise, 1 - noise], "starts": 8, "agreeing": 8,
        "proved": False, "converged": True,
    } | changed  # fmt: skip


def make_result(*flips, **changed):
    head = result_head("bottleneck", settings={}, seed=0, seconds=1.0)
    points = sorted((make_point(share) for share in flips), key=lambda point: point["rate"])
    return head | {
        "joint": "dsbs:0.1", "letters": {"x": ["0", "1"], "y": ["0", "1"]}, "entropy_x": BIT,
        "entropy_y": BIT, "information": gerber_relevance(0.1, BIT), "critical_beta": 0.64,
        "first_beta": [0.64, 0.64], "contraction": 0.64, "alpha": 1.0, "codes": 2, "distinct": 2,
        "points": points, "width": 1e-3, "beside": [], "target": None, "seconds_solve": 0.1,
        "splits": [{"few": 1, "many": 2, "low": 0.63, "high": 0.64}],
        "hard": [{"codes": 2, "rate": BIT, "relevance": gerber_relevance(0.1, BIT),
                  "proved": True}],
    } | changed  # fmt: skip


def make_target():
    rate = 0.5 * BIT
    target = {
        "axis": "rate", "rate": rate, "relevance": gerber_relevance(0.1, rate), "gap": 1e-7,
        "relevance_bound": gerber_relevance(0.1, rate) + 1e-7, "rate_bound": rate - 1e-7,
        "beta": 0.5, "tishby_beta": 2.0, "codes": 2,
    }  # fmt: skip
    return make_result(0.05, 0.11, 0.3, target=target, encoder=[[0.9, 0.1], [0.1, 0.9]],
                       width=None, splits=[])  # fmt: skip


def make_deterministic():
    points = [make_point(0.01), make_point(0.3)]
    return make_result(0.01, alpha=0.0, beside=points, points=points[:1])


def labelled(axes):
    """The artists of a panel by what the legend calls them."""
    return dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))


def test_the_plane_has_the_curve_and_what_no_code_exceeds():
    result = make_result(0.02, 0.1, 0.3)
    left, _ = bottleneck.picture(result).axes[:2]
    shown = labelled(left)
    rates, told = shown["reached by time-sharing"].get_data()
    assert told[0] == 0.0
    assert max(told) == pytest.approx(result["information"])  # by the map of X
    exact = [gerber_relevance(0.1, min(rate, BIT)) for rate in rates]
    assert (told <= np.array(exact) + 1e-9).all()
    found = shown["3 codes found"].get_offsets()
    assert [tuple(place) for place in found] == [
        (point["rate"], point["relevance"]) for point in result["points"]
    ]
    assert "certified: no code is here" in shown
    assert list(shown["I(T;Y) ≤ I(X;Y)"].get_ydata()) == [result["information"]] * 2
    assert list(shown["best maps of X with so many values"].get_xdata()) == [BIT]
    assert left.get_title() == "dsbs:0.1: the curve is known within 1e-03 nats"


def test_what_is_not_known_is_shaded_only_where_it_can_be_seen():
    assert "not known" in labelled(bottleneck.picture(make_result(0.02)).axes[0])
    many = make_result(1e-9, 1e-3, *np.linspace(0.01, 0.49, 40))
    assert "not known" not in labelled(bottleneck.picture(many).axes[0])


def test_values_split_as_the_slope_falls_and_tishbys_beta_is_above():
    figure = bottleneck.picture(make_result(0.02, 0.1, 0.3))
    right = figure.axes[1]
    places = {tuple(map(float, p)) for c in right.collections for p in c.get_offsets()}
    for point in make_result(0.02, 0.1, 0.3)["points"]:
        assert {(point["beta"], place) for place in point["places"]} <= places
    left_end, right_end = right.get_xlim()
    assert left_end > right_end  # beta falls
    (line,) = right.lines
    assert line.get_xdata()[0] == pytest.approx(0.635)
    assert right.get_ylabel() == "p(y = 1 | t) of the values t in use"
    above = right.child_axes[0]
    assert [label.get_text() for label in above.get_xticklabels()] == [
        f"{1 / mark:.3g}" for mark in right.get_xticks()
    ]


def test_a_target_is_marked_with_its_encoder_beside_in_bits():
    result = make_target() | {"shown": {"units": "bits"}}
    left, right = bottleneck.picture(result).axes[:2]
    shown = labelled(left)
    (star,) = (one for name, one in shown.items() if name.startswith("asked: "))
    assert star.get_xdata()[0] == pytest.approx(0.5)
    assert left.get_xlabel() == "rate I(X;T)  (bits)"
    assert left.get_title() == "dsbs:0.1: within 1e-07 bits of the best of that rate"
    (image,) = right.images
    assert image.get_array().tolist() == result["encoder"]
    assert right.get_title() == "its encoder; β = 0.5 (Tishby's 2)"


def test_codes_of_another_alpha_stand_beside_the_curve():
    left, right = bottleneck.picture(make_deterministic()).axes[:2]
    shown = labelled(left)
    assert "2 codes found" in shown  # of the bottleneck
    assert list(shown["codes at alpha = 0"].get_xdata()) == [make_point(0.01)["rate"]]
    assert right.get_title() == "values of T, larger dots for more mass"
    assert not right.lines  # splits are those of the bottleneck


@pytest.mark.parametrize(
    "made",
    [
        make_result(0.02, 0.1, 0.3), make_target(), make_deterministic(),
        make_result(0.1, encoder=[[0.9, 0.1], [0.1, 0.9]], width=None, splits=[]),
        make_result(0.1, 0.3, joint="very/long/" * 20, hard=[]),
    ],
    ids=["curve", "target", "alpha", "one", "name"],
)  # fmt: skip
def test_the_numbers_lie_beside_the_picture_and_no_panel_on_another(tmp_path, made):
    write_json(tmp_path / "bottleneck.json", made)
    refuses_to_overwrite(bottleneck.draw, tmp_path / "bottleneck.png")
    (path,) = bottleneck.draw(tmp_path, overwrite=True)
    assert is_picture(path)
    rows = csv_rows(path)
    listed = [*made["points"], *made["beside"], *filter(None, [made["target"]]), *made["hard"]]
    assert [float(row["relevance"]) for row in rows] == pytest.approx(
        [point["relevance"] for point in listed], rel=1e-7
    )
    figure = bottleneck.picture(made)
    figure.draw_without_rendering()
    left, right = (axes.get_tightbbox() for axes in figure.axes[:2])
    assert left.x1 <= right.x0
    assert max(box.x1 for box in (left, right)) <= figure.bbox.x1 + 1
    assert max(box.y1 for box in (left, right)) <= figure.bbox.y1 + 1
