"""The table of usefulness, from rows made by hand."""

from figures.tables import usefulness_table
from tests.make.figures_usefulness import make_rows


def test_the_table_is_by_rate_and_says_what_is_semantic():
    text = usefulness_table({"rows": make_rows()[::-1]})
    lines = text.splitlines()
    assert "digit of 10; chance 10 %, pixels of two images 70.0 %, of one class 80.0 %" in lines[0]
    cells = [line.split() for line in lines[3:]]
    assert [line[0] for line in cells] == ["-++", "---", "-+-", "bits-:32", "split:98", "the"]
    assert [line[-1] for line in cells[:5]] == ["no", "no", "yes", "yes", "no"]
    assert "93.0(1.0)" in cells[2]
    assert "97.0(1.0)" in cells[5]  # the classifier's
