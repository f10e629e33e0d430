"""Bjontegaard's rate difference: closed forms lie within its interval, and it is a difference."""

import math

import pytest
from scipy.integrate import quad

from rdtheory import binary_entropy, solve_frontier
from rdtheory.bjontegaard import bd_rate
from rdtheory.sources.textbook import bernoulli, hamming


@pytest.fixture(scope="module")
def curves():
    return {p: solve_frontier(bernoulli(p), width=1e-5) for p in (0.2, 0.3, 0.5)}


def exact(p, other, low, high, axis):
    """The mean over s of log R_other - log R_p, by quadrature of h(p) - h(D)."""

    def above(s):
        d = math.exp(s) if axis == "log" else s
        rates = [binary_entropy(one) - binary_entropy(d) for one in (p, other)]
        return math.log(rates[1] / rates[0])

    ends = (math.log(low), math.log(high)) if axis == "log" else (low, high)
    return math.expm1(quad(above, *ends, epsabs=1e-12)[0] / (ends[1] - ends[0]))


@pytest.mark.parametrize("axis", ["log", "linear"])
@pytest.mark.parametrize(("p", "other"), [(0.5, 0.3), (0.3, 0.2)])
def test_closed_forms_lie_within_the_interval(curves, p, other, axis):
    for low, high in ((0.01, 0.19), (0.1, 0.15)):
        found = bd_rate(curves[p], curves[other], distortions=(low, high), axis=axis)
        true = exact(p, other, low, high, axis)
        assert found.lower <= true <= found.upper
        assert abs(found.value - true) <= found.error <= 2e-3
        assert found.percent == 100 * found.value


def test_wider_curves_have_wider_intervals_that_still_hold(curves):
    rough = bd_rate(
        solve_frontier(bernoulli(0.5), width=1e-2), curves[0.3], distortions=(0.02, 0.2)
    )
    fine = bd_rate(curves[0.5], curves[0.3], distortions=(0.02, 0.2))
    assert rough.lower <= fine.lower <= fine.upper <= rough.upper
    assert rough.error > 3 * fine.error


def test_the_other_way_round_it_is_the_other_difference(curves):
    one, back = (bd_rate(curves[p], curves[q], distortions=(0.05, 0.15))
                 for p, q in ((0.5, 0.2), (0.2, 0.5)))  # fmt: skip
    assert (1 + one.value) * (1 + back.value) == pytest.approx(1.0, abs=1e-12)
    same = bd_rate(curves[0.3], curves[0.3])
    assert same.value == 0.0
    assert same.lower <= 0.0 <= same.upper


def test_without_distortions_those_of_both_are_taken(curves):
    found = bd_rate(curves[0.5], curves[0.2])
    low, high = found.distortions
    assert 0 < low < high < 0.2
    assert -1 < found.value < 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"axis": "psnr"}, "axis must be one of log, linear"),
        ({"distortions": (0.2, 0.1)}, r"distortions\[1\] must be"),
        ({"distortions": (0.0, 0.1)}, "distortions must be two rising numbers above 0"),
        ({"distortions": (0.1, 0.4)}, "other must have a rate above 0 at all distortions"),
        ({"steps": 1}, "steps must be"),
    ],
)
def test_bad_input_is_one_line(curves, options, words):
    with pytest.raises(ValueError, match=words):
        bd_rate(curves[0.5], curves[0.2], **options)


def test_curves_with_nothing_in_common_are_refused(curves):
    far = solve_frontier(hamming(3).p_x, 5.0 + hamming(3).distortion)
    with pytest.raises(ValueError, match="distortions must be common to both curves"):
        bd_rate(curves[0.5], far)
