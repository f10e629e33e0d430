"""The figure of curves beside each other: side information, perception, quantisers."""

import numpy as np
import pytest

from figures import beyond, frontier
from rdtheory.experiments.beyond import HULL, run_perception, run_quantiser, run_side, tables_of
from rdtheory.results import result_head, write_json
from rdtheory.sources.joints import symmetric_pair
from rdtheory.sources.textbook import bernoulli, gaussian
from tests.make.figures_files import csv_rows, is_picture, refuses_to_overwrite

HEAD = result_head("frontier", settings={}, seed=0, seconds=1.0)


@pytest.fixture(scope="module")
def side():
    return HEAD | run_side(bernoulli(0.5), symmetric_pair(0.1).table, width=0.02)


def test_every_point_of_every_curve_is_in_the_table_and_none_crosses(side, tmp_path):
    write_json(tmp_path / "frontier.json", side)
    (path,) = beyond.draw(tmp_path)
    assert is_picture(path)
    rows = csv_rows(path.with_suffix(".csv"))
    assert len(rows) == sum(len(curve["points"]) for curve in side["curves"])
    nobody, decoder, both = (line.get_xydata() for line in beyond.picture(side).axes[0].lines)
    there = np.linspace(0.0, 0.4, 30)
    heights = [np.interp(there, *line.T) for line in (both, decoder, nobody)]
    assert (np.diff(heights, axis=0) >= -0.02).all()
    refuses_to_overwrite(beyond.draw, path)


def test_a_plain_figure_of_it_says_what_to_run(side, tmp_path):
    write_json(tmp_path / "frontier.json", side)
    with pytest.raises(ValueError, match=r"has curves: draw it by python -m figures\.beyond"):
        frontier.draw(tmp_path)
    write_json(tmp_path / "frontier.json", HEAD | {"points": []}, overwrite=True)
    with pytest.raises(ValueError, match="got a plain frontier"):
        beyond.draw(tmp_path)


def test_perceptions_are_in_the_order_of_their_curves():
    found = run_perception(bernoulli(0.3), [0.1, 0.0], divergence="kl", width=0.02)
    (axes,) = beyond.picture(found | {"shown": {"units": "bits", "over": "distortion"}}).axes
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["P = 0", "P = 0.1", "no limit: R(D)"]
    assert axes.get_legend().get_title().get_text() == "KL(p‖r) ≤ P nats"
    assert axes.get_ylabel() == "rate R  (bits)"


def test_quantisers_are_above_the_curve_by_a_quarter_of_a_bit():
    found = run_quantiser(gaussian(400), asked={"betas": [0.1, 0.05]})
    plane, more = beyond.picture(found | {"shown": {"units": "bits"}}).axes
    above, high = (line.get_ydata() for line in more.lines)
    assert above == pytest.approx(high[0], abs=0.01)
    assert high[0] == pytest.approx(0.2546, abs=1e-4)
    assert plane.get_yscale() == "log"
    assert HULL in tables_of(found)
