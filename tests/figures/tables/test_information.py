"""The table of `information`, from a result made by hand."""

from figures.tables import information_table
from tests.make.figures_information import make_information


def test_the_table_has_every_bound_with_its_error():
    lines = information_table(make_information()).splitlines()
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
    text = information_table(make_information())
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
    assert "warning: shrunk" in information_table(make_information(warning="shrunk"))
