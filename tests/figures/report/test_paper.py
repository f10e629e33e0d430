"""The points of the paper beside our nearest runs, and which may be compared."""

from math import log

import pytest

from figures.report.paper import nearest, paper_table, why_not
from tests.make.figures_page import FULL, write_page
from tests.make.sweeps_table import make_row

POINT = {"dataset": "mnist", "model": "-+v", "beta": 1.0, "anneal": "yes", "elbo": 80.3}


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        (FULL, None),
        (FULL | {"beta": 1.04}, None),
        ({"epochs": 0.4}, "quick size, 0.4 epochs"),
        (FULL | {"preset": "quick"}, "quick size, 200 epochs"),
        (FULL | {"complete": False, "epochs": 150.0}, "150 of the paper's 200 epochs"),
        (FULL | {"epochs": 5.0, "epochs_asked": 5.0}, "5 of the paper's 200 epochs"),
        (FULL | {"data": "mnist5k"}, "other images (mnist5k)"),
        (FULL | {"data": "omniglot"}, "other images (omniglot)"),
        (FULL | {"beta": 1.1}, "another β"),
        (FULL | {"warning": "a stand-in"}, "a stand-in"),
        ({"data": "mnist5k", "epochs": 0.4}, "other images (mnist5k), quick size, 0.4 epochs"),
    ],
)
def test_only_what_the_paper_ran_is_comparable(entries, reason):
    assert why_not(make_row("-+v", **entries), POINT) == reason


def test_the_nearest_run_has_the_papers_model_and_the_nearest_beta():
    rows = [
        make_row("---", 1.0), make_row("-+v", 0.1), make_row("-+v", 0.8),
        make_row("-+v", target_rate=6.0), make_row("-+v", 5.0),
    ]  # fmt: skip
    assert nearest(rows, POINT) == 2
    assert nearest(rows, POINT | {"beta": 0.29}) == 2  # nearer by the logarithm
    assert abs(log(0.29 / 0.1)) > abs(log(0.8 / 0.29))
    assert nearest(rows, POINT | {"model": "+++"}) is None


def test_of_equal_betas_a_comparable_run_comes_first_then_an_annealed_one():
    rows = [make_row("-+v"), make_row("-+v", anneal=1.0), make_row("-+v", **FULL)]
    assert nearest(rows, POINT) == 2
    assert nearest(rows[:2], POINT) == 1
    assert nearest(rows[:2], POINT | {"anneal": "no"}) == 0


def test_for_the_papers_best_the_best_of_ours_stands():
    rows = [make_row("---"), make_row("+++", 0.5, rate=10.0, distortion=69.0), make_row("-+v")]
    assert nearest(rows, POINT | {"model": None, "beta": None}) == 1


def test_a_difference_is_printed_only_where_runs_are_comparable(small):
    near = make_row("-+v", 1.0, rate=6.0, distortion=75.0, **FULL)
    page = write_page(small([near, make_row("-+v", 0.1), make_row("---", 1.0, **FULL)]))
    lines = {line["its β"][1]: line for line in page.table(0)}
    assert lines[1.0]["comparable"][0] == "yes"
    assert lines[1.0]["R + D: ours less its"] == ("0.70 ± 0.21", pytest.approx(0.7))
    assert lines[1.0]["our R"] == ("6.00 ± 0.05", 6.0)
    assert lines[1.0]["its R"] == ("6.2", 6.2)
    assert lines[0.1]["comparable"][0] == "no: quick size, 2 epochs"
    assert lines[1.1]["comparable"][0] == "no: another β"
    for beta in (0.1, 0.15, 1.1):
        assert lines[beta]["R + D: ours less its"] == ("not printed", None)
    assert lines[None]["our run"][0] == near["run"]
    assert lines[None]["comparable"][0] == "yes"


def _lines(*rows):
    """The lines of the table beside the paper, before they are on a page."""
    found = paper_table(rows)
    names = [name for name, _ in found["header"]]
    return [dict(zip(names, line, strict=True)) for line in found["lines"]]


def test_a_point_that_we_have_no_run_of_says_so():
    lines = _lines(make_row("---"))
    assert [line["comparable"][0] for line in lines if line["model"][0] == "-+v"] == [
        "no: no such run"
    ] * 4


@pytest.mark.parametrize(
    ("data", "verdict"),
    [("omniglot", "yes"), ("omniglot-drawings", "no: other images (omniglot-drawings)")],
)
def test_omniglot_stands_beside_the_papers_omniglot(data, verdict):
    (line,) = _lines(make_row("-+v", data=data, **FULL), make_row("---", data=data, **FULL))
    assert line["its R + D"].number == 90.37
    assert line["comparable"].text == verdict


def test_other_data_have_no_table_beside_the_paper(small):
    page = write_page(small(data="bars:4x4"))
    assert len(page.tables) == 1
    assert "paper" not in [a.get("id") for a in page.all("section")]
