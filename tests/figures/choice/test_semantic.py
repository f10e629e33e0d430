"""Which codes keep the class and not the strokes: the stated rule."""

import pytest

from figures.choice.semantic import class_kept_from, is_semantic, keeps_class_alone, plateau
from tests.make.figures_usefulness import make_row, make_rows


def test_the_plateau_spans_the_runs_that_keep_the_class_and_not_the_strokes():
    made = make_rows()
    assert plateau(made) == (6.0, 9.5)
    assert plateau(made[::-1]) == (6.0, 9.5)
    assert plateau(made[:-1]) == (6.0, 9.5)
    assert plateau(made[-1:]) is None
    assert plateau(made[2:3]) == (6.0, 6.0)


@pytest.mark.parametrize(
    ("changed", "alone"),
    [
        ({"class_agreement": 0.9501, "pixel_agreement": 0.85}, True),
        ({"class_agreement": 0.9499, "pixel_agreement": 0.85}, False),
        ({"class_agreement": 1.0, "pixel_agreement": 0.8999}, True),
        ({"class_agreement": 1.0, "pixel_agreement": 0.9001}, False),
    ],
)
def test_both_halves_of_the_rule_count(changed, alone):
    assert keeps_class_alone(make_row(classifier=1.0, **changed)) is alone


@pytest.mark.parametrize(
    ("rate", "told", "exact", "semantic"),
    [
        (2.0, 1.16, None, True),
        (2.0, 1.14, None, False),  # less than half of the class
        (2.4, 1.19, None, False),  # less than half of the rate
        (2.4, 0.9, 1.21, True),  # what is known exactly counts
        (2.4, 1.3, 1.19, False),
    ],
)
def test_a_semantic_code_tells_half_of_the_class_and_little_else(rate, told, exact, semantic):
    nats = {"drawn_label_nats": told, "class_information": exact, "label_entropy": 2.3}
    assert is_semantic(make_row(rate=rate, **nats)) is semantic
    assert is_semantic(make_row(rate=rate)) is None


def test_the_class_is_kept_from_the_least_rate_of_those_that_keep_it():
    made = make_rows()
    assert class_kept_from(made) == 6.0
    assert class_kept_from(made[::-1]) == 6.0
    assert class_kept_from(made[4:]) == 60.0  # strokes are kept there, too
    assert class_kept_from(made[:2]) is None
