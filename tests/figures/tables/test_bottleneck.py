"""The table of a bottleneck, from small mappings made by hand."""

import pytest

from figures.tables import bottleneck_table
from tests.make.figures_text import cells_of


def make_found(points=1, **changed):
    point = {
        "rate": 0.2, "relevance": 0.1, "entropy": 0.5, "gap": 1e-8, "codes": 2, "starts": 8,
        "agreeing": 7, "proved": False, "converged": True,
    }  # fmt: skip
    found = {
        "points": [
            point | {"beta": 1 / (k + 2), "tishby_beta": k + 2.0, "rate": 0.2 + 0.01 * k}
            for k in range(points)
        ],
        "target": None, "alpha": 1.0, "codes": 16, "distinct": 5, "information": 0.25,
        "entropy_x": 0.7, "entropy_y": 0.6, "first_beta": [0.64, 0.64], "contraction": 0.7,
        "splits": [], "width": None, "hard": [],
    }  # fmt: skip
    return found | changed


def test_a_code_is_a_row_with_both_betas_and_what_bounds_it_follows():
    lines = bottleneck_table(make_found()).splitlines()
    assert cells_of(lines[0])[:4] == ["beta", "Tishby's beta", "I(X;T) (nats)", "I(T;Y) (nats)"]
    assert cells_of(lines[2]) == ["0.5", "2", "0.200000", "0.100000", "2", "1.0e-08", "7/8", "yes"]
    assert lines[3] == (
        "I(X;Y) = 0.250000 nats, which no code exceeds; H(X) = 0.700000, H(Y) = 0.600000"
    )
    assert lines[4] == (
        "nothing is worth keeping from beta = 0.64 on (Tishby's below 1.5625); no code has I(T;Y) "
        "above 0.700000 I(X;T)"
    )
    assert len(lines) == 5


def test_what_is_open_proved_not_converged_or_of_no_slope_is_said():
    found = make_found(first_beta=[0.5, 0.8])
    found["points"][0] |= {"proved": True, "converged": False, "beta": 0.0, "tishby_beta": None}
    lines = bottleneck_table(found).splitlines()
    assert cells_of(lines[2])[:2] == ["0", "inf"]
    assert cells_of(lines[2])[-2:] == ["proved", "no"]
    assert "from beta = [0.5, 0.8] on (Tishby's below [1.25, 2])" in lines[4]
    nothing = make_found(first_beta=[0.0, 0.0], contraction=0.0)
    assert bottleneck_table(nothing).splitlines()[-1] == "X tells nothing about Y"


def test_of_another_alpha_the_entropy_is_told_and_the_curve_is_named():
    splits = [{"few": 1, "many": 2, "low": 0.6, "high": 0.64}]
    lines = bottleneck_table(make_found(alpha=0.0, width=1e-3, splits=splits)).splitlines()
    assert cells_of(lines[0])[4] == "H(T) (nats)"
    assert cells_of(lines[2])[4] == "0.500000"
    assert lines[5:] == [
        "values of T split at alpha = 1: 1 to 2 at 0.62",
        "the curve at alpha = 1 is known within 1.0e-03 nats everywhere",
    ]


@pytest.mark.parametrize(("points", "shown"), [(24, 24), (60, 24)])
def test_a_long_curve_is_thinned_evenly(points, shown):
    lines = bottleneck_table(make_found(points)).splitlines()
    thinned = [f"({shown} of {points} codes shown)"] * (shown < points)
    assert lines[2 + shown : 2 + shown + len(thinned)] == thinned


def test_one_code_at_many_slopes_is_one_row_and_a_cap_that_is_met_is_said():
    found = make_found(3, codes=2)
    for point in found["points"]:
        point["rate"] = 0.2
    lines = bottleneck_table(found).splitlines()
    assert cells_of(lines[2])[0] == "0.5"
    assert lines[3] == "T had at most 2 values (--codes)"


def test_a_target_has_its_bound_and_maps_their_relevance_in_bits():
    target = {
        "axis": "rate", "rate": 0.34657359, "relevance": 0.17328680, "relevance_bound": 0.34657359,
        "rate_bound": 0.17328680, "beta": 0.5, "tishby_beta": 2.0, "codes": 3,
    }  # fmt: skip
    hard = [{"codes": 2, "relevance": 0.34657359, "proved": True}]
    found = make_found(target=target, hard=hard, shown={"units": "bits"})
    lines = bottleneck_table(found).splitlines()
    assert cells_of(lines[2]) == ["0.500000", "0.250000", "0.5", "2", "3"]
    assert lines[3] == "no code of that rate has I(T;Y) above 0.500000 bits"
    assert lines[-1] == "best maps of X by number of values, proved: I(T;Y) of 2: 0.500000"
    found["target"]["axis"] = "relevance"
    lines = bottleneck_table(found).splitlines()
    assert lines[3] == "no code of that relevance has I(X;T) below 0.250000 bits"
    assert "nats" not in "".join(lines)
