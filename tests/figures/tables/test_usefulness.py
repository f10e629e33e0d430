"""The table of usefulness, from rows made by hand."""

from figures.tables import usefulness_table
from tests.make.figures_usefulness import make_row, make_rows


def test_the_table_is_by_rate_and_judges_nothing_without_nats():
    text = usefulness_table({"rows": make_rows()[::-1]})
    lines = text.splitlines()
    assert "digit of 10; chance 10 %, pixels of two images 70.0 %, of one class 80.0 %" in lines[0]
    cells = [line.split() for line in lines[3:]]
    assert [line[0] for line in cells] == ["-++", "---", "-+-", "bits-:32", "split:98", "the"]
    assert [line[-1] for line in cells[:5]] == ["-"] * 5
    assert "nats" not in text
    assert "93.0(1.0)" in cells[2]
    assert "97.0(1.0)" in cells[5]  # the classifier's


def test_nats_have_columns_where_any_row_has_them():
    nats = {"label_nats": 1.9, "label_nats_se": 0.02, "drawn_label_nats": 1.25,
            "drawn_label_nats_se": 0.01, "label_entropy": 2.3, "pixels_label_nats": 1.8,
            "pixels_label_nats_se": 0.01}  # fmt: skip
    old, new = make_row(run="a", rate=1.0), make_row(run="b", rate=2.4, **nats)
    lines = usefulness_table({"rows": [new, old]}).splitlines()
    assert "drawn: nats" in lines[1]
    assert "I(Y;Z)" not in lines[1]
    assert lines[3].split()[-1] == "-"
    assert lines[4].split()[-1] == "yes"
    assert "1.250(10)" in lines[4]
    assert "1.900(20)" in lines[4]
