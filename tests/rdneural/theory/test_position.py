"""What encoder, marginal and decoder cost, against finite models and on models just trained.

Statistical tests fix their seed and allow four standard errors.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from rdneural.measures.estimates import Estimate
from rdneural.models.build import build_model
from rdneural.theory import position
from rdneural.theory.evaluation import as_images, evaluate
from rdneural.theory.position import locate
from rdtheory.solver.fixed_decoder import best_encoder, best_encoder_and_marginal
from rdtheory.sources.images import bars_and_stripes, named_image_source
from tests.make.models import (
    PAIRWISE_FAMILIES,
    SMALL,
    cell_model,
    lively,
    perfect_pixels,
    random_cells,
    some_logits,
    some_source,
)
from tests.tolerances import IDENTITY, STANDARD_ERRORS, WIDE_CODES

COSTS = ("encoder_cost", "marginal_cost", "decoder_cost")
SAMPLES = 1024

betas = pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])


@pytest.fixture
def quick(monkeypatch):
    """Fewer codes, and fewer letters than ising:3x3 has."""
    monkeypatch.setattr(position, "LETTERS", 64)
    monkeypatch.setattr(position, "PAIRS", {False: 2**12, True: 2**11})
    monkeypatch.setattr(position, "CODES_EACH", 8)


def placed(model, source, beta, *, seed=0, samples=SAMPLES):
    found = evaluate(model, source, beta=beta, samples=samples, seed=seed)
    return found, locate(model, source, found, seed=seed)


def value_of(finite, beta):
    return finite.distortion + beta * finite.rate


def assert_adds_up(found, place, source, beta):
    total = sum(getattr(place, name).value for name in COSTS)
    above = found.lagrangian.value - min(1.0, beta) * source.entropy
    assert total == pytest.approx(above, abs=IDENTITY)


# -- finite models --------------------------------------------------------------------------------


@pytest.mark.parametrize(("beta", "seed"), [(0.5, 0), (1.0, 1), (2.0, 2), (0.5, 2)])
def test_of_cells_every_cost_is_that_of_the_finite_model(monkeypatch, beta, seed):
    codes = 256
    monkeypatch.setattr(position, "CODES_EACH", codes)
    monkeypatch.setattr(position, "LETTERS", 128)
    source, draw = some_source(7, seed=seed), np.random.default_rng(seed)
    encoder, marginal = draw.dirichlet(np.full(4, 5.0), 7), draw.dirichlet(np.full(4, 2.0))
    neural, finite = cell_model(source, encoder, marginal, some_logits(4, seed=seed))
    found, place = placed(neural, source, beta, samples=4096)

    easiest = min(1.0, beta) * finite.entropy
    best = best_encoder(finite.p_x, finite.decoder, finite.marginal, beta)
    _, point = best_encoder_and_marginal(finite.p_x, finite.decoder, beta)
    with_marginal = value_of(best, beta)
    assert place.decoder_cost.value == pytest.approx(
        point.value - easiest, abs=place.frontier.gap + WIDE_CODES
    )
    assert place.decoder_cost.se == 0.0
    # K weights w overestimate the best encoder's value by about beta Var(w / F) / 2K
    variance = finite.p_x[:-1] @ ((best.encoder[:-1] ** 2 / encoder).sum(1) - 1)
    over = beta * variance / codes
    for cost, exact, low, high in (
        (place.marginal_cost, with_marginal - point.value, 0.0, over),
        (place.encoder_cost, value_of(finite, beta) - with_marginal, over, 0.0),
    ):
        allowed = STANDARD_ERRORS * cost.se + place.frontier.gap + WIDE_CODES
        assert exact - low - allowed <= cost.value <= exact + high + allowed
        assert cost.se < 0.1
    assert_adds_up(found, place, source, beta)


@betas
def test_an_encoder_that_is_best_costs_nothing(beta):
    """All weights are then equal, and the marginal's cost is exact."""
    source, _, finite = random_cells(5)
    best = best_encoder(finite.p_x, finite.decoder, finite.marginal, beta)
    neural, _ = cell_model(source, best.encoder[:-1], best.marginal, some_logits(4, seed=5))
    found, place = placed(neural, source, beta)
    _, point = best_encoder_and_marginal(finite.p_x, finite.decoder, beta)
    encoder, marginal = place.encoder_cost, place.marginal_cost
    assert abs(encoder.value) <= STANDARD_ERRORS * encoder.se + WIDE_CODES
    expected = value_of(best, beta) - point.value
    assert marginal.value == pytest.approx(expected, abs=place.frontier.gap + WIDE_CODES)
    assert_adds_up(found, place, source, beta)


@betas
def test_an_encoder_and_a_marginal_that_are_best_cost_nothing(beta):
    source, _, finite = random_cells(6)
    best, _ = best_encoder_and_marginal(finite.p_x, finite.decoder, beta, gap=1e-10)
    used = best.marginal > 0
    neural, _ = cell_model(
        source, best.encoder[:-1, used], best.marginal[used], some_logits(4, seed=6)[used]
    )
    found, place = placed(neural, source, beta)
    for cost in (place.encoder_cost, place.marginal_cost):
        assert abs(cost.value) <= STANDARD_ERRORS * cost.se + 2 * place.frontier.gap + WIDE_CODES
    assert_adds_up(found, place, source, beta)


@pytest.mark.parametrize("letters", [512, 4])
def test_a_perfect_decoder_of_independent_pixels_costs_nothing(monkeypatch, letters):
    """R = 0 and D = H: nothing is left to chance, in images held out either."""
    monkeypatch.setattr(position, "LETTERS", letters)
    source, neural, _ = perfect_pixels()
    found, place = placed(neural, source, 1.0, samples=64)
    for name in COSTS:
        cost = getattr(place, name)
        assert abs(cost.value) < WIDE_CODES, name
        assert cost.se < WIDE_CODES, name
    assert (place.frontier.held_out is None) == (letters == 512)
    assert_adds_up(found, place, source, 1.0)


# -- the parts of other models --------------------------------------------------------------------


@betas
def test_what_is_changed_about_a_model_is_what_costs_more(beta):
    """A marginal further away costs the marginal, an encoder that is worse the encoder."""
    source, neural, finite = random_cells(2)
    logits = some_logits(4, seed=2)
    _, before = placed(neural, source, beta)
    worse_marginal = np.where(np.arange(4) == finite.marginal.argmin(), 0.94, 0.02)
    model, _ = cell_model(source, finite.encoder[:-1], worse_marginal, logits)
    _, after = placed(model, source, beta)
    assert after.decoder_cost.value == pytest.approx(before.decoder_cost.value, abs=1e-5)
    assert (after.marginal_cost - before.marginal_cost).in_errors > STANDARD_ERRORS
    worst = np.eye(4)[finite.decoder[:, :-1].argmin(0)]  # the cell that decodes a letter worst
    encoder = 0.9 * worst + 0.025
    model, _ = cell_model(source, encoder, finite.marginal, logits)
    _, after = placed(model, source, beta)
    assert after.decoder_cost.value == pytest.approx(before.decoder_cost.value, abs=1e-5)
    assert (after.encoder_cost - before.encoder_cost).in_errors > STANDARD_ERRORS


# -- models just trained --------------------------------------------------------------------------


def trained(family, source, beta):
    """Return a model after 20 steps: less than done, more than begun."""
    torch.manual_seed(1)
    model = build_model(family, SMALL)
    images, p_x = as_images(source, model), torch.from_numpy(source.p_x.copy())
    model.start_at(images)
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-2)
    first = model(images)
    for _ in range(20):
        terms = model(images[torch.multinomial(p_x, 64, replacement=True)])
        (terms.distortion + beta * terms.rate).mean().backward()
        optimiser.step()
        optimiser.zero_grad()
    last = model(images)
    cost = [(p_x * (terms.distortion + beta * terms.rate)).sum() for terms in (first, last)]
    assert cost[1] < cost[0]
    return model


def assert_costs_are_none_negative(place, *, slack):
    for name in COSTS:
        cost = getattr(place, name)
        assert cost.value >= -STANDARD_ERRORS * cost.se - slack, name
        assert math.isfinite(cost.se), name


@pytest.mark.parametrize(
    ("source_name", "family", "beta"),
    [
        ("bars:4x4", "---", 0.3),
        ("bars:4x4", "-+v", 1.0),
        ("ising:3x3", "+-+", 2.0),
    ],
)
def test_no_part_of_a_trained_model_costs_less_than_nothing(quick, family, beta, source_name):
    source = named_image_source(source_name)
    model = trained(family, source, beta)
    found, place = placed(model, source, beta)
    assert_adds_up(found, place, source, beta)
    # another list of codes might have a lower value by about what half of them lose
    assert_costs_are_none_negative(place, slack=place.frontier.halving + place.frontier.gap)
    assert place.beta == place.frontier.beta == beta
    held_out = place.frontier.held_out
    if source_name == "ising:3x3":
        assert held_out.shape == (64,)
        assert place.frontier.images == 64
        assert place.decoder_cost.se > 0
    else:
        assert held_out is None
        assert place.frontier.images == 30
        expected = place.frontier.value - min(1.0, beta) * source.entropy
        assert place.decoder_cost == Estimate(expected)


# -- letters, codes, seeds ------------------------------------------------------------------------


@pytest.mark.parametrize("family", PAIRWISE_FAMILIES)
def test_every_family_has_a_place(quick, family):
    source = bars_and_stripes(4)
    found, place = placed(lively(family), source, 1.0, samples=128)
    assert_adds_up(found, place, source, 1.0)
    assert place.frontier.codes == {"-": 2**12, "+": 2**11}[family[1]] // 30
    assert place.decoder_cost.value >= -place.frontier.gap


@betas
def test_letters_drawn_by_chance_have_the_cost_of_all(monkeypatch, beta):
    """The frontier solved on all 512 letters, and on 128 of them and tried on 128 others."""
    source, model = named_image_source("ising:3x3"), lively("---")
    monkeypatch.setattr(position, "MOST_CODES", 16)
    monkeypatch.setattr(position, "CODES_EACH", 2)
    found, whole = placed(model, source, beta, samples=256)
    assert whole.frontier.held_out is None
    monkeypatch.setattr(position, "LETTERS", 128)
    some = locate(model, source, found)
    assert some.frontier.codes == whole.frontier.codes == 16
    cost = some.decoder_cost
    assert (
        cost.value >= whole.decoder_cost.value - STANDARD_ERRORS * cost.se - whole.frontier.halving
    )
    assert_adds_up(found, some, source, beta)


def test_a_seed_reproduces_and_generators_are_left_alone(quick):
    source, model = named_image_source("ising:3x3"), lively("--v")
    found = evaluate(model, source, samples=64)
    torch.manual_seed(2)
    state = torch.get_rng_state()
    first, again, other = (locate(model, source, found, seed=seed) for seed in (3, 3, 4))
    for name in ("beta", *COSTS):
        assert getattr(first, name) == getattr(again, name)
    assert first.frontier.as_dict() == again.frontier.as_dict()
    assert torch.equal(first.frontier.held_out, again.frontier.held_out)
    for name in COSTS:
        assert getattr(first, name) != getattr(other, name)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_slope_is_the_one_that_the_model_was_evaluated_at(quick):
    source, model = bars_and_stripes(4), lively("---")
    found = evaluate(model, source, beta=0.7, samples=64)
    assert locate(model, source, found).beta == 0.7
    with pytest.raises(ValueError, match=r"^beta must be"):
        locate(model, source, replace(found, beta=0.0))
