"""Bars of the parts of models: stacked to their sums, errors where negative, one scale for all."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.container import ErrorbarContainer

from figures.parts.bars import draw_bars, height_of, is_spread, knee_of
from figures.parts.style import SKY, new_figure
from rdneural.records.names import FAMILIES
from tests.make.figures_validation import make_model, marker_of, place_of


def _draw(*rows):
    figure = new_figure(11.5, 4.0)
    draw_bars(figure, rows)
    return figure


def _bars(axes, y):
    """Return both ends of the bars in a row, in the order in which they were drawn."""
    bars = [
        bar for bar in axes.patches
        if bar.get_height() < 1 and abs(bar.get_y() + bar.get_height() / 2 - y) < 1e-9
    ]  # fmt: skip
    return np.sort([(bar.get_x(), bar.get_x() + bar.get_width()) for bar in bars])


def _legends(figure):
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_bars_are_grouped_by_setting_and_stacked_to_the_sum_of_the_parts():
    rows = [make_model("---", target=2.0), make_model("+++", beta=1.0), make_model("-+v", beta=0.5),
            make_model("--v", beta=1.0)]  # fmt: skip
    gaps, costs = _draw(*rows).axes
    assert [text.get_text() for text in gaps.get_yticklabels()] == ["-+v", "+++", "--v", "---"]
    places = gaps.get_yticks()
    assert list(places) == [1, 3, 4, 6]
    headings = [text.get_text() for text in gaps.texts if text.get_ha() == "right"]
    assert headings == ["beta 0.5", "beta 1", "target rate 2"]
    for y in places:
        assert _bars(gaps, y) == pytest.approx(np.array([[0, 0.125], [0.125, 0.375]]))
        ends = np.array([[0, 0.05], [0.05, 0.175], [0.175, 0.425]])
        assert _bars(costs, y) == pytest.approx(ends)
    for row, y in zip((rows[2], rows[1], rows[3], rows[0]), places, strict=True):
        asked = f"rate {row['target_rate']:g}" if row["beta"] is None else f"beta {row['beta']:g}"
        marker, lengths = marker_of(gaps, f"{row['model']}, {asked}")
        assert place_of(marker) == (row["excess"], y)
        assert lengths == pytest.approx([row["excess_se"]])
    assert "0.3873(60)" in [text.get_text() for text in gaps.texts]


def test_a_negative_part_goes_left_with_its_error_and_does_not_shift_the_others():
    row = make_model(gaps=(-0.01, 0.25), encoder_cost=-0.02, marginal_cost=-0.03)
    row |= {"encoder_cost_se": 0.015, "marginal_cost_se": 0.04}
    figure = _draw(row)
    gaps, costs = figure.axes
    assert _bars(gaps, 1) == pytest.approx(np.array([[-0.01, 0], [0, 0.25]]))
    ends = np.array([[-0.02, 0], [-0.05, -0.02], [0, 0.25]])
    assert _bars(costs, 1) == pytest.approx(ends)
    whiskers = [bars.lines[2][0].get_segments()[0][:, 0] for bars in costs.containers
                if isinstance(bars, ErrorbarContainer)]  # fmt: skip
    assert np.array(whiskers) == pytest.approx(np.array([[-0.035, -0.005], [-0.09, -0.01]]))
    assert costs.get_xlim()[0] < -0.09
    assert any("below 0" in text for text in _legends(figure))
    assert not any("below 0" in text for text in _legends(_draw(make_model())))


def test_far_longer_bars_are_compressed_and_the_axis_says_so():
    near = [make_model(model) for model in ("-+-", "-++", "-+v")]
    gaps, _ = _draw(*near).axes
    assert gaps.get_xlabel() == "nats"
    gaps, costs = _draw(*near, make_model("---", gaps=(0.5, 7.0))).axes
    assert gaps.get_xlabel() == costs.get_xlabel()
    assert "compressed" in gaps.get_xlabel()
    assert gaps.get_xlim() == costs.get_xlim()
    assert gaps.get_xlim()[1] > 7.5
    (bar,) = (bar for bar in gaps.patches if bar.get_width() == 7.0)
    assert to_hex(bar.get_facecolor()).upper() == SKY
    ends = gaps.transData.transform([(0, 0), (0.425, 0), (7.5, 0)])[:, 0]
    assert (ends[1] - ends[0]) / (ends[2] - ends[0]) > 0.4


def _spread_rows(settings):
    """Twelve families at each setting: the deconvolutions waste nats, the others ever less."""
    return [
        make_model(
            model, **asked, gaps=(1e-4 * 1.5 ** (5 * k + n), 8.0 / (1 + k) * (model[1] == "-"))
        )
        for n, model in enumerate(FAMILIES)
        for k, asked in enumerate(settings)
    ]


def test_bars_of_all_lengths_are_seen_on_a_root_scale_that_says_so():
    settings = [{"beta": 0.5}, {"beta": 1.0}, {"beta": 2.0}, {"target": 1.0}, {"target": 2.0}]
    rows = _spread_rows(settings)
    figure = new_figure(11.5, height_of(rows))
    draw_bars(figure, rows)
    figure.draw_without_rendering()
    gaps, costs = figure.axes
    for axes in (gaps, costs):
        assert axes.get_xlabel() == "nats, square-root scale"
        ticks = axes.get_xticks()
        assert {0.0, 1.0} <= set(ticks)
        labels = [tick.label1 for tick in axes.xaxis.get_major_ticks()]
        assert [text.get_text() for text in labels] == [f"{t:g}" for t in ticks]
        shown = [tick.label2.get_visible() for tick in axes.xaxis.get_major_ticks()]
        assert shown == [True] * len(ticks)  # at the top, too
        boxes = [text.get_window_extent() for text in labels]
        assert not any(box.count_overlaps(boxes[k + 1 :]) for k, box in enumerate(boxes))
    places = gaps.transData.transform([(v, 0) for v in (0.0, 0.02, 0.5, 8.0)])[:, 0]
    assert (places[1] - places[0]) / (places[3] - places[0]) == pytest.approx(np.sqrt(0.02 / 8))
    parts = len(rows) + len(settings)
    rules = [y for lines in gaps.collections if type(lines).__name__ == "LineCollection"
             and lines.get_transform() == gaps.get_yaxis_transform()
             for (_, y), _ in lines.get_segments()]  # fmt: skip
    assert rules == [13 * k - 0.5 for k in range(1, len(settings))]
    assert gaps.get_ylim() == (parts - 0.4, -0.6)
    words = [text.get_window_extent() for text in gaps.texts]
    assert not any(box.overlaps(costs.get_window_extent()) for box in words)


@pytest.mark.parametrize(
    ("lengths", "spread"),
    [([], False), ([0.0], False), ([1.0], False), ([0.1, 0.2, 1.0], False), ([1e-9, 1.0], True),
     ([0.001, 1.0, 1.0, 1.0], False), ([0.001, 0.01, 1.0, 1.0], True)],
)  # fmt: skip
def test_a_spread_is_of_many_bars_that_are_short_beside_the_longest(lengths, spread):
    assert is_spread(np.array(lengths)) == spread


@pytest.mark.parametrize(
    ("lengths", "knee"),
    [
        ([0.3], None),
        ([0.1, 0.3, 1.0], None),
        ([0.3, 0.5, 7.0], 0.6),
        ([9.9, 9.9, 99.0], 12.0),
        ([0.0, -0.1, 0.3], None),
        ([1e-4, 1e-4, 7.0], None),
        ([0.01, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5], None),
    ],
)
def test_the_scale_has_a_knee_above_a_crowd_far_below_the_longest(lengths, knee):
    assert knee_of(np.array(lengths)) == (knee and pytest.approx(knee))
