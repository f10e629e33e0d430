"""Numbers with standard errors: their arithmetic, and means over letters drawn by strata.

Statistical tests fix their seeds and allow four standard errors.
"""

import json
import math
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from rdneural.measures.estimates import Estimate, columns_of, draw_letters, flat, plain
from tests.tolerances import ROUNDING, STANDARD_ERRORS

FEW = np.array([0.5, 0.25, 0.125, 0.125])
MANY = np.random.default_rng(0).dirichlet(np.ones(300))


# -- arithmetic -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "value", "se"),
    [
        (Estimate(3.0, 0.3) + Estimate(1.0, 0.4), 4.0, 0.5),
        (Estimate(3.0, 0.3) - Estimate(1.0, 0.4), 2.0, 0.5),
        (Estimate(3.0, 0.3) - Estimate(1.0), 2.0, 0.3),
        (Estimate(3.0) - Estimate(1.0), 2.0, 0.0),
        (Estimate(3.0, 0.3).scaled(2.0), 6.0, 0.6),
        (Estimate(3.0, 0.3).scaled(-2.0), -6.0, 0.6),
        (Estimate(3.0, 0.3).scaled(0.0), 0.0, 0.0),
    ],
)
def test_errors_add_up_as_those_of_independent_numbers(found, value, se):
    assert (found.value, found.se) == pytest.approx((value, se), abs=ROUNDING)


def test_the_errors_of_sums_and_differences_are_those_of_independent_draws():
    first, second = np.random.default_rng(1).normal([[1.0], [2.0]], [[0.3], [0.4]], (2, 20_000))
    for found in (Estimate(1.0, 0.3) + Estimate(2.0, 0.4), Estimate(1.0, 0.3) - Estimate(2.0, 0.4)):
        drawn = first + second if found.value > 0 else first - second
        allowed = STANDARD_ERRORS / math.sqrt(2 * drawn.size)
        assert drawn.std() / found.se == pytest.approx(1.0, abs=allowed)
        assert abs(drawn.mean() - found.value) <= STANDARD_ERRORS * found.se / math.sqrt(drawn.size)


@pytest.mark.parametrize(
    ("estimate", "in_errors"),
    [
        (Estimate(1.0, 0.25), 4.0),
        (Estimate(-1.0, 0.25), -4.0),
        (Estimate(0.0, 0.25), 0.0),
        (Estimate(1e-300), math.inf),
        (Estimate(-1e-300), -math.inf),
        (Estimate(0.0), 0.0),
        (Estimate(-0.0), 0.0),
    ],
)
def test_a_number_in_errors(estimate, in_errors):
    assert estimate.in_errors == in_errors


def test_a_number_that_is_none_has_no_place_in_errors():
    assert math.isnan(Estimate(math.nan, 0.1).in_errors)
    assert not abs(Estimate(math.nan, 0.1).in_errors) <= 3  # so that a check may say "not within"


def test_entries_have_the_name_and_go_through_json():
    entries = Estimate(1.5, 0.25).as_dict("rate")
    assert entries == {"rate": 1.5, "rate_se": 0.25}
    assert list(entries) == ["rate", "rate_se"]
    assert json.loads(json.dumps(entries)) == entries


def test_an_exact_number_has_no_error():
    assert Estimate(2.0) == Estimate(2.0, 0.0)


@dataclass(frozen=True)
class Found:
    images: int
    rate: Estimate
    chance: float


def test_a_table_has_a_number_and_its_error_in_the_order_of_the_fields():
    entries = flat(Found(3, Estimate(2.0, 0.5), 0.1))
    assert entries == {"images": 3, "rate": 2.0, "rate_se": 0.5, "chance": 0.1}
    assert tuple(entries) == columns_of(Found)


# -- means of independent values ------------------------------------------------------------------


def test_a_plain_mean_has_the_textbook_s_error():
    values = torch.tensor([1.0, 2.0, 4.0, 9.0])
    found = plain(values)
    assert found.value == 4.0
    assert found.se == pytest.approx(math.sqrt((9 + 4 + 0 + 25) / 3 / 4), abs=ROUNDING)


def test_means_are_summed_in_float64():
    values = torch.full((100_000,), 0.1)  # ten times 0.1 is not 1 in float32
    assert plain(values).value == pytest.approx(values[0].item(), abs=ROUNDING)
    draws = draw_letters(FEW, 100_000, seed=0)
    found = draws.mean(torch.full((len(draws.letters),), 0.1))
    assert found.value == pytest.approx(values[0].item(), abs=ROUNDING)
    assert found.se == 0.0


# -- means over letters ---------------------------------------------------------------------------


@pytest.mark.parametrize("samples", [8, 32, 1000])
def test_of_few_letters_each_is_drawn_as_often_as_it_is_likely(samples):
    draws = draw_letters(FEW, samples, seed=0)
    assert draws.letters.dtype == torch.int64
    assert draws.weights.shape == (len(draws.letters) // 2,)
    values = torch.tensor([3.0, -1.0, 7.0, 0.5], dtype=torch.float64)
    found = draws.mean(values[draws.letters])
    assert found.value == pytest.approx(FEW @ values.numpy(), abs=ROUNDING)
    assert found.se == 0.0


@pytest.mark.parametrize(("p_x", "samples"), [(FEW, 64), (MANY, 64)], ids=["few", "many"])
def test_means_are_unbiased_and_their_errors_honest(p_x, samples):
    """Values are a function of the letter plus noise, drawn anew for each of 400 seeds."""
    function = torch.linspace(-1.0, 2.0, len(p_x), dtype=torch.float64)
    generator = torch.Generator().manual_seed(2)
    found = []
    for seed in range(400):
        draws = draw_letters(p_x, samples, seed=seed)
        noise = torch.randn(len(draws.letters), generator=generator, dtype=torch.float64)
        found.append(draws.mean(function[draws.letters] + noise))
    values = np.array([estimate.value for estimate in found])
    errors = np.array([estimate.se for estimate in found])
    truth = float(p_x @ function.numpy())
    assert abs(values.mean() - truth) <= STANDARD_ERRORS * values.std() / math.sqrt(len(found))
    # a sample variance of n normals is off by sqrt(2 / n), and 32 pairs' se^2 hardly varies beside
    allowed = STANDARD_ERRORS * math.sqrt(2 / len(found))
    assert (errors**2).mean() / values.var() == pytest.approx(1.0, abs=allowed)


def test_pairs_stand_next_to_each_other():
    draws = draw_letters(MANY, 10, seed=3)
    values = torch.arange(10.0)
    by_hand = sum((values[2 * k] - values[2 * k + 1]).item() ** 2 / 4 for k in range(5)) / 25
    found = draws.mean(values)
    assert found.value == pytest.approx(4.5, abs=ROUNDING)
    assert found.se == pytest.approx(math.sqrt(by_hand), abs=ROUNDING)


def test_letters_follow_from_their_seed():
    first, again, other = (draw_letters(MANY, 50, seed=seed) for seed in (4, 4, 5))
    assert torch.equal(first.letters, again.letters)
    assert not torch.equal(first.letters, other.letters)


def test_drawing_letters_leaves_torch_s_generator_alone():
    torch.manual_seed(6)
    before = torch.get_rng_state()
    draw_letters(MANY, 50, seed=7)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("samples", [0, 3])
def test_odd_numbers_of_letters_are_refused(samples):
    with pytest.raises(ValueError, match=r"^samples must be"):
        draw_letters(FEW, samples, seed=0)
