"""Errors that say a number is out of a range print both with enough digits to see that it is."""

import math
import re

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from rdtheory import entropy, fit_target_rate, solve_distortion, solve_rate
from rdtheory.checks import check_number, told_apart
from rdtheory.solver.slope import warn_of_gap

NUMBER = r"(-?\d[^ \],]*)"

finite = st.floats(allow_nan=False, allow_infinity=False)
ways = st.sampled_from([-1.0, 1.0])


def told(call, pattern):
    """Return the numbers that an error names, as a reader takes them."""
    with pytest.raises(ValueError, match="got") as raised:
        call()
    found = re.search(pattern, str(raised.value))
    assert found, raised.value
    return [float(text) for text in found.groups()]


@given(finite, st.floats(1e-17, 1e3), ways)
@example(0.25, 1e-7, -1.0)
@example(0.1234567891, 1e-8, 1.0)
@example(0.0, 5e-324, -1.0)
def test_a_number_however_near_its_limit_is_seen_beyond_it(limit, share, way):
    number = limit + way * share * (abs(limit) or 1.0)
    assume(math.isfinite(number) and number != limit)
    if way < 0.0:
        pattern = f"x must be a finite number of at least {NUMBER}, got {NUMBER}$"
        low, seen = told(lambda: check_number("x", number, low=limit), pattern)
        assert seen < low
    else:
        rule = "at most the entropy, {high}"
        pattern = f"x must be at most the entropy, {NUMBER}, got {NUMBER}$"
        high, seen = told(lambda: check_number("x", number, high=limit, rule=rule), pattern)
        assert seen > high


@given(st.floats(-100.0, 100.0), st.floats(1e-3, 100.0), st.integers(0, 15), ways)
def test_of_two_limits_too(low, length, digits, way):
    high = low + length
    number = (low if way < 0.0 else high) + way * 10.0**-digits
    assume(not low <= number <= high)
    pattern = rf"x must be in \[{NUMBER}, {NUMBER}\], got {NUMBER}$"
    bottom, top, seen = told(lambda: check_number("x", number, low=low, high=high), pattern)
    assert bottom <= top
    assert not bottom <= seen <= top


@given(st.floats(0.01, 0.5), st.floats(0.5, 1.0), st.floats(3.0, 13.0))
def test_a_target_below_the_least_distortion_is_seen_below_it(low, high, exponent):
    table = np.array([[low, 2.0], [2.0, high]])
    least = float(table.min(axis=1) @ [0.5, 0.5])
    pattern = f"at least the least distortion, {NUMBER}, got {NUMBER}$"
    shown, seen = told(
        lambda: solve_distortion([0.5, 0.5], table, least * (1 - 10.0**-exponent)), pattern
    )
    assert seen < shown == pytest.approx(least, rel=1e-8)


@given(st.floats(1e-300, 1e300), st.floats(1e-17, 10.0))
@example(1e-9, 0.004)
def test_a_gap_that_is_hardly_missed_is_seen_above_the_asked_one(asked, share):
    found = asked * (1.0 + share)
    assume(asked < found < math.inf)
    above, limit = told_apart(found, asked)
    assert float(limit) < float(above)
    words = f"gap = {re.escape(above)} nats .*{re.escape(limit)}: "
    with pytest.warns(RuntimeWarning, match=words):
        warn_of_gap(found, asked, "raise max_slopes")


def test_short_numbers_stay_short():
    with pytest.raises(ValueError, match=r"^x must be in \[0, 1\], got 1\.5$"):
        check_number("x", 1.5, low=0.0, high=1.0)
    rule = "x must be a finite number of at least 1e-12, got"
    for value, text in ((math.nan, "nan"), (math.inf, "inf"), (-1 / 3, r"-0\.333333")):
        with pytest.raises(ValueError, match=f"^{rule} {text}$"):
            check_number("x", value, low=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: solve_distortion([0.5, 0.5], [[0.2, 1], [1, 0.3]], 0.2499999),
            r"target distortion must be at least the least distortion, 0\.25, got 0\.2499999",
        ),
        (
            lambda: solve_rate([0.5, 0.5], [[0, math.inf], [math.inf, 0]], math.log(2) - 1e-8),
            r"rate must be at least the least rate of any channel, 0\.693147181, got 0\.693147",
        ),
        (
            lambda: fit_target_rate([0.5, 0.5], math.log(2) + 1e-10),
            r"target_rate must be in \[0, H = 0\.693147181\] nats, got 0\.6931472",
        ),
        (
            lambda: entropy([0.5, 0.5 + 1.0001e-8]),
            r"p must sum to 1 within 1e-08, got p with sum 1\.000000010001",
        ),
    ],
)
def test_every_door_tells_them_apart(call, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        call()


def test_within_the_slack_a_number_is_taken():
    assert check_number("x", -1e-9, low=0.0, slack=1e-9) == -1e-9
    with pytest.raises(ValueError, match=r"^x must be a finite number of at least 0, got -2e-09$"):
        check_number("x", -2e-9, low=0.0, slack=1e-9)
