"""The picture and the table of `information`: what a result holds, where it belongs."""

import csv
import json

import pytest

from figures import information
from figures.tables import information_table
from rdtheory.results import result_head

ESTIMATES = {
    "rate": (24.5, 0.05),
    "distortion": (69.25, 0.2),
    "mutual_information": (9.125, 0.01),
    "population_lower": (9.125, 0.02),
    "population_upper": (21.5, 0.3),
    "entropy_estimate_minus_distortion": (18.5, 0.4),
}


def split(images, ceiling, **changed):
    numbers = {name: value for name, (value, _) in ESTIMATES.items()}
    numbers |= {f"{name}_se": error for name, (_, error) in ESTIMATES.items()}
    return {"images": images, "codes": 64, "ceiling": ceiling, **numbers, **changed}


def result(**changed):
    frontier = {
        "beta": 0.5, "images": 100, "codes": 200, "value": 80.5, "rate": 20.0, "distortion": 70.5,
        "gap": 1e-7, "halving": 0.25, "codes_used": 90, "seconds": 1.5,
        "model": 81.5, "model_se": 0.5, "held_out": 83.5, "held_out_se": 0.5,
        "held_out_model": 82.5, "held_out_model_se": 0.5,
        "encoder_and_marginal_cost": 1.0, "encoder_and_marginal_cost_se": 0.5,
    }  # fmt: skip
    return result_head("information", settings={}, seed=0, seconds=1.0) | {
        "data": "mnist", "warning": None, "model": "-+v", "preset": "quick", "beta": 0.5,
        "target_rate": None, "final_beta": 0.5, "beta_evaluated": 0.5,
        "train": split(50_000, 10.8198), "test": split(10_000, 9.2103),
        "code_length_bound": {"images": 20, "codes": 500, "nats": 87.75, "nats_se": 0.25},
        "entropy_estimate": {"from": "given", "nats": 86.5, "nats_se": 0.0},
        "encoder_cost": 0.75, "encoder_cost_se": 0.25, "decoder_frontier": frontier,
    } | changed  # fmt: skip


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "information.json").write_text(json.dumps(result()))
    return tmp_path


def test_the_numbers_lie_beside_the_picture(directory):
    (path,) = information.draw(directory)
    assert path.read_bytes().startswith(b"\x89PNG")
    with path.with_suffix(".csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["split"] for row in rows] == ["train", "test"]
    for row in rows:
        for name, (value, error) in ESTIMATES.items():
            if name != "distortion":
                assert float(row[name]) == value
                assert float(row[f"{name}_se"]) == error
    assert float(rows[1]["ceiling"]) == 9.2103


def test_points_band_and_ceiling_are_where_the_numbers_are(directory):
    panels = information.picture(result()).axes
    for axes, ceiling in zip(panels, (10.8198, 9.2103), strict=True):
        points = {float(line.get_xdata()[0]) for line in axes.lines if len(line.get_xdata()) == 1}
        assert {24.5, 9.125, 21.5, 18.5} <= points
        assert any(list(line.get_xdata()) == [ceiling] * 2 for line in axes.lines)
        band = axes.patches[0].get_extents().transformed(axes.transData.inverted())
        assert (band.x0, band.x1) == pytest.approx((9.125, 21.5))


def test_a_bound_far_away_is_named_at_the_edge():
    wide = split(50_000, 10.8198, population_upper=4321.0)
    axes = information.picture(result(train=wide)).axes[0]
    assert axes.get_xlim()[1] < 100
    assert any("4321" in text.get_text() for text in axes.texts)


def test_a_picture_is_not_overwritten_silently(directory):
    information.draw(directory)
    with pytest.raises(FileExistsError, match="pass --overwrite"):
        information.draw(directory)
    information.draw(directory, overwrite=True)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"train": None}, "must hold the split train, got None"),
        ({"test": split(10, 2.3, rate="much")}, "finite number as test: rate, got 'much'"),
        ({"test": split(10, 2.3, rate_se=-1.0)}, "test: rate_se of at least 0, got -1.0"),
        ({"train": {"images": 5}}, "finite number as train: ceiling, got None"),
        ({"command": "toy"}, "must be a result of `information`, got 'toy'"),
    ],
)
def test_a_broken_file_is_one_line(changed, message, tmp_path):
    (tmp_path / "information.json").write_text(json.dumps(result(**changed)))
    with pytest.raises(ValueError, match=message) as error:
        information.draw(tmp_path)
    assert str(tmp_path) in str(error.value)
    assert "\n" not in str(error.value)


# -- the table ---------------------------------------------------------------------------------


def test_the_table_has_every_bound_with_its_error():
    lines = information_table(result()).splitlines()
    assert lines[0] == "model -+v (quick) on data: mnist, beta 0.5"
    cells = {line[:25].strip(): line[25:].split() for line in lines[3:11]}
    assert cells["images N"] == ["50,000", "10,000"]
    assert cells["distortion D"] == ["69.25(20)", "69.25(20)"]
    assert cells["H^ - D, an estimate"] == ["18.50(40)", "18.50(40)"]
    assert cells["population's I, at least"] == ["9.125(20)", "9.125(20)"]
    assert cells["I_e of the N images"] == ["9.125(10)", "9.125(10)"]
    assert cells["its ceiling, log N"] == ["10.8198", "9.2103"]
    assert cells["population's I, at most"] == ["21.50(30)", "21.50(30)"]
    assert cells["and at most the rate R"] == ["24.500(50)", "24.500(50)"]


def test_the_table_says_what_the_parts_cost_and_what_is_an_estimate():
    text = information_table(result())
    for words in (
        "87.75(25)  20 test images, 500 codes each",
        "86.5000  given",
        "0.75(25)  of D + 0.5 R, the same test images",
        "81.50(50)  100 training images",
        "80.5000  200 codes, 90 in use, 1.5 s; certified to 1e-07; +0.25 with half the codes",
        "1.00(50)  the difference",
        "83.50(50)  the same test images",
    ):
        assert words in text


def test_a_warning_is_printed():
    assert "warning: shrunk" in information_table(result(warning="shrunk"))
