"""The table of a curve, from a result made by hand."""

from figures.tables import curve_table
from tests.make.figures_curve import make_curve


def test_the_table_has_every_point_and_every_run():
    text = curve_table(make_curve())
    assert "-+v (quick) on data: mnist" in text
    assert "R falls wherever beta rises." in text
    for cell in ("100.00 +- 0.10", "13", "+0.25 +- 0.20", "-0.50 +- 0.20", "390 steps"):
        assert cell in text
    assert "greatest difference is +0.25 nats" in text
    text = curve_table(
        make_curve(compared=False, rate_falls=False, greatest_rise=0.012, warning="few images")
    )
    assert "R rises with beta by 0.012 nats somewhere." in text
    assert "warning: few images" in text
    assert "curve - run" not in text


def test_rates_that_were_missed_or_cannot_be_reached_are_named():
    found = make_curve(compared=False)
    found["points"][1]["target_rate"] = 9.0
    found["out_of_reach"] = [{"target_rate": 500.0, "least": 0.21, "most": 99.5}]
    text = curve_table(found)
    assert "9, missed by +3.99 nats" in text
    assert "R = 500 cannot be reached: this curve has from 0.21 to 99.5 nats" in text
    assert "missed" not in curve_table(make_curve())
