"""The figure of a validation: its numbers, its markers and bars, and wrong files in one line."""

import csv
import json
from itertools import product

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.container import ErrorbarContainer

from figures import validation
from figures.parts import bars
from figures.parts.look import DECODERS
from figures.parts.redraw import main
from figures.parts.style import SKY, VERMILION
from rdneural.records.names import FAMILIES
from rdtheory.results import result_head, write_json

AGREE = 1e-7
"""Relative; the CSV keeps eight digits."""
ENTROPY = 3.25
COSTS = {"encoder_cost": 0.05, "marginal_cost": 0.125, "decoder_cost": 0.25}


def _row(model="-+v", *, beta=None, target=None, rate=1.5, gaps=(0.125, 0.25), **entries):
    excess = sum(gaps) + 0.0123456789
    row = {"model": model, "beta": 1.0 if (beta, target) == (None, None) else beta}
    row |= {"target_rate": target, "final_beta": 0.75 if beta is None else beta}
    numbers = {
        "entropy": ENTROPY, "rate": rate, "distortion": ENTROPY - rate + excess,
        "mutual_information": rate - gaps[0], "marginal_gap": gaps[0], "decoder_gap": gaps[1],
        "excess": excess, "gaps": sum(gaps), **COSTS,
    }  # fmt: skip
    for k, (name, value) in enumerate(numbers.items()):
        row |= {name: value, f"{name}_se": 0.001 * k}
    frontier = {"images": 30, "codes": 2048, "rate": 1.25, "distortion": 2.125, "gap": 1.5e-10,
                "halving": 2.5e-4, "codes_used": 5}  # fmt: skip
    row |= {"samples": 2048, "decoder_frontier": frontier, "steps": 156, "seconds": 59.3}
    return row | {"verdict": "holds"} | entries


def _found(*rows):
    found = result_head("validate", settings={"source": "bars:4x4"}, seed=0, seconds=1.0)
    return found | {"source": "bars:4x4", "letters": 30, "entropy": ENTROPY, "models": list(rows)}


def _make(directory, *rows):
    write_json(directory / "validate.json", _found(*rows))
    return directory / "validate.json"


def _marker(axes, label):
    """Return the marker of the one model with a label, and the half-lengths of its errors."""
    (bars,) = (
        bars for bars in axes.containers
        if isinstance(bars, ErrorbarContainer) and bars.get_label() == label
    )  # fmt: skip
    line, _, errors = bars.lines
    lengths = [np.ptp(error.get_segments()[0], axis=0).max() / 2 for error in errors]
    return line, lengths


def _at(line):
    return float(line.get_xdata()[0]), float(line.get_ydata()[0])


def _bars(axes, y):
    """Return both ends of the bars in a row, in the order in which they were drawn."""
    bars = [
        bar for bar in axes.patches
        if bar.get_height() < 1 and abs(bar.get_y() + bar.get_height() / 2 - y) < 1e-9
    ]  # fmt: skip
    return np.sort([(bar.get_x(), bar.get_x() + bar.get_width()) for bar in bars])


def _texts(figure):
    return [text.get_text() for text in figure.texts]


# -- numbers -----------------------------------------------------------------------------------


def test_the_csv_holds_every_number_of_the_result_in_its_order(tmp_path):
    path = _make(
        tmp_path, _row("-+v", beta=1.0), _row("+--", target=2.0, verdict="broken: R, too low"),
        _row("-+v", beta=0.5, encoder_cost=-0.0012345678),
    )  # fmt: skip
    assert validation.draw(tmp_path) == [tmp_path / "validation.png"]
    picture = (tmp_path / "validation.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    found = json.loads(path.read_text())
    with (tmp_path / "validation.csv").open(newline="") as stream:
        cells = list(csv.DictReader(stream))
    assert len(cells) == 3
    for row, model in zip(cells, found["models"], strict=True):
        frontier = model.pop("decoder_frontier")
        model |= {f"decoder_frontier_{name}": value for name, value in frontier.items()}
        model |= {"source": "bars:4x4", "letters": 30}
        assert set(row) == set(model)
        for name, value in model.items():
            if isinstance(value, str) or value is None:
                assert row[name] == (value or "")
            else:
                assert float(row[name]) == pytest.approx(value, rel=AGREE)


def test_an_existing_figure_is_refused(tmp_path):
    _make(tmp_path, _row())
    picture = tmp_path / "validation.png"
    picture.write_text("old")
    with pytest.raises(FileExistsError, match=r"validation\.png exists"):
        validation.draw(tmp_path)
    assert picture.read_text() == "old"
    validation.draw(tmp_path, overwrite=True)
    assert picture.read_bytes().startswith(b"\x89PNG")


# -- the planes --------------------------------------------------------------------------------


def test_markers_are_where_the_models_are_with_their_errors():
    rows = [_row("-+v", beta=0.5), _row("+-+", beta=0.5, rate=0.25), _row("-+v", target=2.0)]
    plane, excess, *_ = validation.picture(_found(*rows)).axes
    labels = ("-+v, beta 0.5", "+-+, beta 0.5", "-+v, rate 2")
    for axes, measure in ((plane, "distortion"), (excess, "excess")):
        for label, row in zip(labels, rows, strict=True):
            marker, lengths = _marker(axes, label)
            assert _at(marker) == (row["rate"], row[measure])
            assert lengths == pytest.approx([row["rate_se"], row[f"{measure}_se"]])
            colour = DECODERS[row["model"][1]][1]
            assert to_hex(marker.get_markeredgecolor()).upper() == colour
            assert marker.get_marker() == {"v": "v", "+": "s"}[row["model"][2]]
            hollow = marker.get_markerfacecolor() == "none"
            assert hollow == (row["model"][0] == "-")


def test_the_diagonal_is_exact_and_what_lies_below_is_shaded():
    figure = validation.picture(_found(_row(rate=1.0)))
    plane = figure.axes[0]
    (diagonal,) = (line for line in plane.lines if len(line.get_xdata()) == 2)
    assert diagonal.get_xdata() + diagonal.get_ydata() == pytest.approx([ENTROPY, ENTROPY])
    (shade,) = (patch for patch in plane.collections if type(patch).__name__.startswith("Fill"))
    corners = shade.get_paths()[0].vertices
    assert corners.sum(axis=1).max() == pytest.approx(ENTROPY)
    assert plane.get_xlim()[0] == 0
    assert plane.get_ylim()[0] == 0
    assert "infeasible" in [text.get_text() for text in plane.texts]


@pytest.mark.parametrize(("rate", "gaps"), [(-0.002, (0.0, -0.02)), (4.5, (1.0, 30.0))])
def test_every_model_is_within_the_axes(rate, gaps):
    row = _row(beta=1.0, rate=rate, gaps=gaps)
    plane, excess, *_ = validation.picture(_found(row, _row(target=5.0))).axes
    for axes, measure in ((plane, "distortion"), (excess, "excess")):
        (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
        assert left <= rate <= right
        assert low <= row[measure] <= high
        assert right >= 5.0


def test_target_rates_are_lines():
    rows = [_row(target=2.0), _row(beta=1.0), _row("---", target=2.0), _row(target=0.5)]
    plane, excess, *_ = validation.picture(_found(*rows)).axes
    for axes in (plane, excess):
        across = [line for line in axes.lines if list(line.get_ydata()) == [0, 1]]
        assert sorted(line.get_xdata()[0] for line in across) == [0.5, 2.0]


# -- broken models -----------------------------------------------------------------------------


def test_a_broken_model_is_crossed_and_named_everywhere():
    rows = [_row("---"), _row("+++", rate=0.5, verdict="broken: the marginal integrates to 2")]
    figure = validation.picture(_found(*rows))
    plane, excess, gaps, _ = figure.axes
    for axes, measure in ((plane, "distortion"), (excess, "excess")):
        (cross,) = (line for line in axes.lines if line.get_label() == "broken")
        assert _at(cross) == (0.5, rows[1][measure])
        assert cross.get_color() == VERMILION
        (name,) = (text for text in axes.texts if text.get_text() != "infeasible")
        assert name.get_text() == "+++, beta 1"
    colours = {label.get_text(): label.get_color() for label in gaps.get_yticklabels()}
    assert colours["+++"] == VERMILION
    assert colours["---"] != VERMILION
    assert "H - D ≤ I_e ≤ R: 1 of 2 broken" in _texts(figure)
    assert "+++ at beta 1: the marginal integrates to 2" in _texts(figure)


def test_many_broken_models_are_all_crossed_and_the_first_are_named():
    rows = [_row(model, verdict="broken: it is") for model in FAMILIES]
    figure = validation.picture(_found(*rows))
    plane = figure.axes[0]
    assert sum(line.get_label() == "broken" for line in plane.lines) == 12
    assert len(plane.texts) == 1 + validation.MOST_FAULTS
    assert f"and {12 - validation.MOST_FAULTS} more" in _texts(figure)


@pytest.mark.parametrize(
    ("count", "title", "caption"),
    [(1, "1 model", "the verdict holds"), (3, "3 models of 1 family", "all 3 verdicts hold")],
)
def test_the_heading_counts(count, title, caption):
    rows = [_row(beta=1.0 + k) for k in range(count)]
    first, second = _texts(validation.picture(_found(*rows)))[:2]
    assert first == f"bars:4x4: H = 3.2500 nats, {title}"
    assert second == f"H - D ≤ I_e ≤ R: {caption}"


# -- bars --------------------------------------------------------------------------------------


def test_bars_are_grouped_by_setting_and_stacked_to_the_sum_of_the_parts():
    rows = [_row("---", target=2.0), _row("+++", beta=1.0), _row("-+v", beta=0.5),
            _row("--v", beta=1.0)]  # fmt: skip
    *_, gaps, costs = validation.picture(_found(*rows)).axes
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
        marker, lengths = _marker(gaps, f"{row['model']}, {asked}")
        assert _at(marker) == (row["excess"], y)
        assert lengths == pytest.approx([row["excess_se"]])
    assert "0.3873(60)" in [text.get_text() for text in gaps.texts]


def test_a_negative_part_goes_left_with_its_error_and_does_not_shift_the_others():
    row = _row(gaps=(-0.01, 0.25), encoder_cost=-0.02, marginal_cost=-0.03)
    row |= {"encoder_cost_se": 0.015, "marginal_cost_se": 0.04}
    figure = validation.picture(_found(row))
    *_, gaps, costs = figure.axes
    assert _bars(gaps, 1) == pytest.approx(np.array([[-0.01, 0], [0, 0.25]]))
    ends = np.array([[-0.02, 0], [-0.05, -0.02], [0, 0.25]])
    assert _bars(costs, 1) == pytest.approx(ends)
    whiskers = [bars.lines[2][0].get_segments()[0][:, 0] for bars in costs.containers
                if isinstance(bars, ErrorbarContainer)]  # fmt: skip
    assert np.array(whiskers) == pytest.approx(np.array([[-0.035, -0.005], [-0.09, -0.01]]))
    assert costs.get_xlim()[0] < -0.09
    assert any("below 0" in text for text in _legends(figure))
    assert not any("below 0" in text for text in _legends(validation.picture(_found(_row()))))


def _legends(figure):
    return [
        text.get_text()
        for part in figure.subfigs
        for legend in part.legends
        for text in legend.get_texts()
    ]


def test_far_longer_bars_are_compressed_and_the_axis_says_so():
    near = [_row(model) for model in ("-+-", "-++", "-+v")]
    *_, gaps, _ = validation.picture(_found(*near)).axes
    assert gaps.get_xlabel() == "nats"
    *_, gaps, costs = validation.picture(_found(*near, _row("---", gaps=(0.5, 7.0)))).axes
    assert gaps.get_xlabel() == costs.get_xlabel()
    assert "compressed" in gaps.get_xlabel()
    assert gaps.get_xlim() == costs.get_xlim()
    assert gaps.get_xlim()[1] > 7.5
    (bar,) = (bar for bar in gaps.patches if bar.get_width() == 7.0)
    assert to_hex(bar.get_facecolor()).upper() == SKY
    ends = gaps.transData.transform([(0, 0), (0.425, 0), (7.5, 0)])[:, 0]
    assert (ends[1] - ends[0]) / (ends[2] - ends[0]) > 0.4


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
    assert bars.knee_of(np.array(lengths)) == (knee and pytest.approx(knee))


def test_sixty_models_are_drawn_on_a_higher_figure(tmp_path):
    settings = [{"beta": 0.5}, {"beta": 1.0}, {"beta": 2.0}, {"target": 1.0}, {"target": 2.0}]
    rows = [_row(model, **asked) for asked, model in product(settings, FAMILIES)]
    figure = validation.picture(_found(*rows))
    least = validation.picture(_found(rows[0])).get_size_inches()[1]
    assert figure.get_size_inches()[1] - least == pytest.approx(bars.SLOT * (65 - 2))
    assert len(figure.axes[2].get_yticks()) == 60
    _make(tmp_path, *rows)
    validation.draw(tmp_path)
    assert (tmp_path / "validation.png").read_bytes().startswith(b"\x89PNG")


# -- wrong files -------------------------------------------------------------------------------


def _refused(directory, *words):
    with pytest.raises(ValueError, match="must") as caught:
        validation.draw(directory)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message
    assert not list(directory.glob("validation*"))


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"command": "toy"}, ("must be a result of `validate`", "'toy'")),
        ({"source": 3}, ("text as source", "3")),
        ({"entropy": float("nan")}, ("a finite number as entropy", "nan")),
        ({"entropy": 0.0}, ("an entropy above 0", "0.0")),
        ({"models": []}, ("at least one model",)),
        ({"models": None}, ("every entry",)),
        ({"models": [3]}, ("every entry",)),
        ({"models": {"model": "-+v"}}, ("every entry",)),
    ],
)
def test_a_wrong_result_is_named(tmp_path, entries, words):
    path = tmp_path / "validate.json"
    path.write_text(json.dumps(_found(_row()) | entries))
    _refused(tmp_path, str(path), *words)


@pytest.mark.parametrize("entry", ["source", "letters", "entropy", "models"])
def test_a_result_without_an_entry_is_named(tmp_path, entry):
    found = _found(_row())
    del found[entry]
    (tmp_path / "validate.json").write_text(json.dumps(found))
    _refused(tmp_path, "every entry of a validation", f"'{entry}'")


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"model": "-+x"}, ("twelve models as model 2", "'-+x'")),
        ({"model": ["-", "+", "v"]}, ("twelve models as model 2",)),
        ({"rate": float("nan")}, ("a finite number as model 2: rate", "nan")),
        ({"excess": None}, ("a finite number as model 2: excess",)),
        ({"decoder_cost_se": -0.5}, ("model 2: decoder_cost_se of at least 0", "-0.5")),
        ({"decoder_frontier": {"images": 30}}, ("every entry", "'codes'")),
        ({"decoder_frontier": None}, ("every entry",)),
        ({"final_beta": float("inf")}, ("a finite number as model 2: final_beta", "inf")),
        ({"samples": True}, ("a finite number as model 2: samples", "True")),
        ({"target_rate": 2.0}, ("beta or target_rate, not both, of model 2",)),
        ({"beta": None}, ("beta or target_rate, not both, of model 2",)),
        ({"verdict": "fine"}, ("the verdict of model 2", "'fine'")),
        ({"verdict": None}, ("the verdict of model 2",)),
    ],
)
def test_a_wrong_model_is_named(tmp_path, entries, words):
    path = tmp_path / "validate.json"
    path.write_text(json.dumps(_found(_row(), _row() | entries)))
    _refused(tmp_path, str(path), *words)


@pytest.mark.parametrize("entry", list(_row()))
def test_a_model_without_an_entry_is_named(tmp_path, entry):
    row = _row()
    del row[entry]
    (tmp_path / "validate.json").write_text(json.dumps(_found(row)))
    _refused(tmp_path, "every entry of a validation", f"'{entry}'")


def test_a_missing_or_truncated_result_is_named(tmp_path):
    _refused(tmp_path, "validate.json must be a readable result file")
    path = _make(tmp_path, _row())
    path.write_text(path.read_text()[:-40])
    _refused(tmp_path, f"{path} must hold a whole JSON object")


def test_the_script_says_in_one_line_what_is_wrong(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["validation", str(tmp_path)])
    with pytest.raises(SystemExit) as caught:
        main(validation.draw)
    assert caught.value.code == 2
    message = capsys.readouterr().err
    assert message.startswith("error: ")
    assert message.count("\n") == 1
