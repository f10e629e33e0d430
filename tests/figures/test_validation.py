"""The figure of a validation: its numbers, its markers and bars, and wrong files in one line."""

import json
from itertools import product

import pytest
from matplotlib.colors import to_hex

from figures import validation
from figures.parts.bars import SLOT, height_of
from figures.parts.look import DECODERS
from figures.parts.style import VERMILION
from rdneural.records.names import FAMILIES
from rdtheory.results import write_json
from tests.make.figures_files import AGREE, csv_rows, is_picture, refused, refuses_to_overwrite
from tests.make.figures_validation import ENTROPY, make_model, make_validation, marker_of, place_of


def _make(directory, *rows):
    write_json(directory / "validate.json", make_validation(*rows))
    return directory / "validate.json"


def _texts(figure):
    return [text.get_text() for text in figure.texts]


def test_the_csv_holds_every_number_of_the_result_in_its_order(tmp_path):
    path = _make(
        tmp_path, make_model("-+v", beta=1.0),
        make_model("+--", target=2.0, verdict="broken: R, too low"),
        make_model("-+v", beta=0.5, encoder_cost=-0.0012345678),
    )  # fmt: skip
    refuses_to_overwrite(validation.draw, tmp_path / "validation.png")
    assert validation.draw(tmp_path, overwrite=True) == [tmp_path / "validation.png"]
    assert is_picture(tmp_path / "validation.png")
    found = json.loads(path.read_text())
    cells = csv_rows(tmp_path / "validation")
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


# -- the planes --------------------------------------------------------------------------------


def test_markers_are_where_the_models_are_with_their_errors():
    rows = [make_model("-+v", beta=0.5), make_model("+-+", beta=0.5, rate=0.25),
            make_model("-+v", target=2.0), make_model("---", target=2.0),
            make_model("++v", target=0.5)]  # fmt: skip
    plane, excess, *_ = validation.picture(make_validation(*rows)).axes
    labels = ("-+v, beta 0.5", "+-+, beta 0.5", "-+v, rate 2", "---, rate 2", "++v, rate 0.5")
    for axes, measure in ((plane, "distortion"), (excess, "excess")):
        for label, row in zip(labels, rows, strict=True):
            marker, lengths = marker_of(axes, label)
            assert place_of(marker) == (row["rate"], row[measure])
            assert lengths == pytest.approx([row["rate_se"], row[f"{measure}_se"]])
            colour = DECODERS[row["model"][1]][1]
            assert to_hex(marker.get_markeredgecolor()).upper() == colour
            assert marker.get_marker() == {"v": "v", "+": "s", "-": "o"}[row["model"][2]]
            hollow = marker.get_markerfacecolor() == "none"
            assert hollow == (row["model"][0] == "-")
        across = [line for line in axes.lines if list(line.get_ydata()) == [0, 1]]
        assert sorted(line.get_xdata()[0] for line in across) == [0.5, 2.0]  # rates asked for


def test_the_diagonal_is_exact_and_what_lies_below_is_shaded():
    figure = validation.picture(make_validation(make_model(rate=1.0)))
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
    row = make_model(beta=1.0, rate=rate, gaps=gaps)
    plane, excess, *_ = validation.picture(make_validation(row, make_model(target=5.0))).axes
    for axes, measure in ((plane, "distortion"), (excess, "excess")):
        (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
        assert left <= rate <= right
        assert low <= row[measure] <= high
        assert right >= 5.0


# -- broken models -----------------------------------------------------------------------------


def test_a_broken_model_is_crossed_and_named_everywhere():
    rows = [
        make_model("---"),
        make_model("+++", rate=0.5, verdict="broken: the marginal integrates to 2"),
    ]
    figure = validation.picture(make_validation(*rows))
    plane, excess, gaps, _ = figure.axes
    for axes, measure in ((plane, "distortion"), (excess, "excess")):
        (cross,) = (line for line in axes.lines if line.get_label() == "broken")
        assert place_of(cross) == (0.5, rows[1][measure])
        assert cross.get_color() == VERMILION
        (name,) = (text for text in axes.texts if text.get_text() != "infeasible")
        assert name.get_text() == "+++, beta 1"
    colours = {label.get_text(): label.get_color() for label in gaps.get_yticklabels()}
    assert colours["+++"] == VERMILION
    assert colours["---"] != VERMILION
    assert "H - D ≤ I_e ≤ R: 1 of 2 broken" in _texts(figure)
    assert "+++ at beta 1: the marginal integrates to 2" in _texts(figure)


def test_many_models_twelve_of_them_broken_are_drawn_on_a_higher_figure():
    settings = [{"beta": 0.5}, {"target": 1.0}]
    rows = [make_model(model, **asked) for asked, model in product(settings, FAMILIES)]
    for row in rows[:12]:
        row["verdict"] = "broken: it is"
    figure = validation.picture(make_validation(*rows))  # draws them all once, to place names
    plane, _, gaps, _ = figure.axes
    assert len(gaps.get_yticks()) == 24
    assert height_of(rows) - height_of(rows[:1]) == pytest.approx(SLOT * (26 - 2))
    assert figure.get_size_inches()[1] > height_of(rows) + validation.PLANES
    assert sum(line.get_label() == "broken" for line in plane.lines) == 12
    assert len(plane.texts) == 1 + validation.MOST_FAULTS  # the first are named
    assert f"and {12 - validation.MOST_FAULTS} more" in _texts(figure)


@pytest.mark.parametrize(
    ("count", "title", "caption"),
    [(1, "1 model", "the verdict holds"), (3, "3 models of 1 family", "all 3 verdicts hold")],
)
def test_the_heading_counts(count, title, caption):
    rows = [make_model(beta=1.0 + k) for k in range(count)]
    first, second = (line for line, *_ in validation._heading(make_validation(*rows), rows))
    assert first == f"bars:4x4: H = 3.2500 nats, {title}"
    assert second == f"H - D ≤ I_e ≤ R: {caption}"


# -- wrong files -------------------------------------------------------------------------------


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
    path.write_text(json.dumps(make_validation(make_model()) | entries))
    refused(validation.draw, tmp_path, str(path), *words)


@pytest.mark.parametrize("entry", ["source", "letters", "entropy", "models"])
def test_a_result_without_an_entry_is_named(tmp_path, entry):
    found = make_validation(make_model())
    del found[entry]
    (tmp_path / "validate.json").write_text(json.dumps(found))
    refused(validation.draw, tmp_path, "every entry of a validation", f"'{entry}'")


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
    path.write_text(json.dumps(make_validation(make_model(), make_model() | entries)))
    refused(validation.draw, tmp_path, str(path), *words)


@pytest.mark.parametrize("entry", list(make_model()))
def test_a_model_without_an_entry_is_named(tmp_path, entry):
    row = make_model()
    del row[entry]
    (tmp_path / "validate.json").write_text(json.dumps(make_validation(row)))
    refused(validation.draw, tmp_path, "every entry of a validation", f"'{entry}'")


def test_a_missing_or_truncated_result_is_named(tmp_path):
    refused(validation.draw, tmp_path, "validate.json must be a readable result file")
    path = _make(tmp_path, make_model())
    path.write_text(path.read_text()[:-40])
    refused(validation.draw, tmp_path, f"{path} must hold a whole JSON object")
