"""Numbers with their errors, and times, in words."""

import pytest

from figures.parts.words import compact, plus_minus
from rdtheory.words import duration


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.8987, 0.0081, "0.8987(81)"),
        (0.89874, 0.00814, "0.8987(81)"),
        (-7.68890449, 6.18e-4, "-7.68890(62)"),
        (1.5, 0.25, "1.50(25)"),
        (0.5, 0.0996, "0.50(10)"),
        (0.5, 0.996, "0.5(1.0)"),
        (12.345, 1.23, "12.3(1.2)"),
        (123.4, 12.3, "123(12)"),
        (1234.4, 123.0, "1230(120)"),
        (-0.0001, 0.01, "0.000(10)"),
        (3.0, 9.96, "3(10)"),
        (1.2345678, 1e-5, "1.234568(10)"),
        (0.75, 0.0, "0.7500"),
        (-1e-9, 0.0, "0.0000"),
        (0.75, 1e-17, "0.7500"),
    ],
)
def test_an_error_has_two_digits_in_parentheses(value, error, text):
    assert compact(value, error) == text


def test_tiny_negatives_are_nothing():
    assert plus_minus({"rate": -2e-5, "rate_se": 0.1}, "rate") == "0.00 +- 0.10"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "not known yet"),
        (0.0, "0 s"),
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (89, "1 min"),
        (3569, "59 min"),
        (3571, "1 h 00 min"),
        (3600 + 5 * 60, "1 h 05 min"),
        (100 * 3600.0, "100 h 00 min"),
    ],
)
def test_a_duration_is_in_the_unit_that_is_fit(seconds, text):
    assert duration(seconds) == text
