"""The best encoder and marginal of a decoder, against finite problems and against other models.

Statistical tests fix their seed and allow four standard errors.
"""

import json
import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from rdneural.machine.seeding import mixed_seed, seeded
from rdneural.measures.estimates import plain
from rdneural.models.code_distributions import DiagonalNormal
from rdneural.theory import decoder_frontier as module
from rdneural.theory.aggregate import aggregated_posterior
from rdneural.theory.decoder_frontier import candidate_codes, decoder_frontier
from rdneural.theory.densities import decoder_table
from rdneural.theory.evaluation import as_images
from rdtheory import Model
from rdtheory.solver.fixed_decoder import best_encoder_and_marginal
from rdtheory.solver.slope import solve_slope
from rdtheory.sources.images import bars_and_stripes, named_image_source
from tests.make.models import (
    KnownDecoder,
    KnownEncoder,
    KnownMarginal,
    assembled,
    lively,
    log_probs,
    random_cells,
    some_logits,
    some_source,
    with_the_rest,
)
from tests.tolerances import CERTIFIED, IDENTITY, ROUNDING, STANDARD_ERRORS, WIDE_CODES

BARS = bars_and_stripes(4)

betas = pytest.mark.parametrize("beta", [0.3, 1.0, 2.0])
signs = pytest.mark.parametrize("sign", ["-", "+"])


def frontier_of(model, source, beta, *, codes=64, **options):
    """Return the frontier of a model's decoder on all images of a source."""
    images = as_images(source, model)
    posterior = aggregated_posterior(model, images, torch.tensor(source.p_x))
    p_x = options.pop("p_x", source.p_x)
    images = options.pop("images", images)
    return decoder_frontier(model, posterior, images, p_x, beta, codes=codes, **options)


def listed(model, source, *, codes=64, seed=0):
    """Return the list of codes that a frontier of this seed is solved on."""
    images = as_images(source, model)
    posterior = aggregated_posterior(model, images, torch.tensor(source.p_x))
    with seeded(mixed_seed(seed, "candidate codes")):
        return candidate_codes(posterior, model.marginal(model.encoder).double(), codes)


def tabulated(model, source, **options):
    """Return the decoder as a table of the listed codes, with one letter more for all the rest."""
    z = listed(model, source, **options)
    return with_the_rest(decoder_table(model.decoder, z, as_images(source, model)).exp().numpy())


# -- the value ------------------------------------------------------------------------------------


@betas
def test_a_decoder_that_ignores_the_code_has_its_surprise_at_no_rate(beta):
    source, logits = some_source(6), some_logits(1)
    model = lively("---")
    model.decoder = KnownDecoder(lambda z: torch.tensor(logits).expand(len(z), -1, -1, -1))
    found = frontier_of(model, source, beta)
    surprise = -source.p_x @ log_probs(logits, source.images)[0]
    assert found.value == pytest.approx(surprise, abs=IDENTITY)
    assert found.distortion == pytest.approx(surprise, abs=IDENTITY)
    assert found.rate == pytest.approx(0.0, abs=IDENTITY)
    assert found.halving == pytest.approx(0.0, abs=IDENTITY)


@pytest.mark.parametrize(("beta", "seed"), [(0.3, 0), (1.0, 1), (2.0, 2), (0.3, 2)])
def test_of_cells_it_is_the_frontier_of_the_finite_decoder(beta, seed):
    source, neural, finite = random_cells(seed)
    found = frontier_of(neural, source, beta, codes=256)  # which hold every cell many times
    best, point = best_encoder_and_marginal(finite.p_x, finite.decoder, beta)
    assert found.value == pytest.approx(point.value, abs=found.gap + WIDE_CODES)
    assert found.value == pytest.approx(found.distortion + beta * found.rate, abs=IDENTITY)
    assert best.distortion + beta * best.rate >= found.value - found.gap - WIDE_CODES
    assert found.halving == pytest.approx(0.0, abs=2 * found.gap + WIDE_CODES)


@signs
@betas
def test_it_is_the_frontier_of_the_table(sign, beta):
    model = lively(f"-{sign}-")
    found = frontier_of(model, BARS, beta, codes=48, seed=1)
    decoder = tabulated(model, BARS, codes=48, seed=1)
    _, point = best_encoder_and_marginal(np.append(BARS.p_x, 0.0), decoder, beta)
    assert found.value == pytest.approx(point.value, abs=found.gap + beta * point.gap + WIDE_CODES)
    assert 0 <= found.gap <= beta * CERTIFIED


@betas
def test_no_encoder_and_marginal_on_the_list_do_better(beta):
    model, draw = lively("--v"), np.random.default_rng(2)
    found = frontier_of(model, BARS, beta, codes=32)
    decoder, p_x = tabulated(model, BARS, codes=32), np.append(BARS.p_x, 0.0)
    for concentration in (0.02, 0.3, 10.0):
        for _ in range(20):
            encoder = draw.dirichlet(np.full(32, concentration), len(p_x))
            marginal = draw.dirichlet(np.full(32, 5.0))
            other = Model(p_x, encoder, marginal, decoder)
            assert found.value - found.gap <= other.distortion + beta * other.rate + IDENTITY


@signs
@pytest.mark.parametrize("beta", [0.1, 1.0, 10.0])
def test_it_is_never_below_the_infinite_family(sign, beta):
    found = frontier_of(lively(f"+{sign}+"), BARS, beta, codes=32)
    assert found.value >= min(1.0, beta) * BARS.entropy
    assert found.rate >= 0
    assert found.distortion >= 0


@betas
def test_the_gap_is_that_of_the_solver_in_nats_of_the_value(monkeypatch, beta):
    points = []

    def solve(*arguments, **options):
        points.append(solve_slope(*arguments, **options))
        return points[-1]

    monkeypatch.setattr(module, "solve_slope", solve)
    found = frontier_of(lively("---"), BARS, beta, codes=32, gap=0.1)
    assert found.gap == beta * points[0].gap
    assert found.value - found.gap == pytest.approx(points[0].bound, abs=ROUNDING)
    tight = frontier_of(lively("---"), BARS, beta, codes=32)
    assert found.value - found.gap - ROUNDING <= tight.value <= found.value + tight.gap + ROUNDING


def test_a_larger_beta_has_a_larger_value_and_no_larger_rate():
    found = [frontier_of(lively("---"), BARS, beta, codes=32) for beta in (0.1, 0.3, 1.0, 3.0)]
    for small, large in pairwise(found):
        assert small.value <= large.value + small.gap + large.gap
        assert small.rate >= large.rate - 1e-4  # the gap leaves the rate free by about its root


# -- the codes ------------------------------------------------------------------------------------


@betas
def test_fewer_codes_do_no_better(beta):
    for seed in range(5):
        found = frontier_of(lively("---"), BARS, beta, codes=16, seed=seed)
        assert found.halving >= -found.gap - ROUNDING


def test_halving_is_the_value_of_every_other_code():
    model = lively("---")
    found = frontier_of(model, BARS, 0.5, codes=16)
    decoder, p_x = tabulated(model, BARS, codes=16), np.append(BARS.p_x, 0.0)
    _, half = best_encoder_and_marginal(p_x, decoder[::2], 0.5)
    assert found.value + found.halving == pytest.approx(half.value, abs=2 * found.gap)


def test_codes_used_carry_mass():
    source, neural, finite = random_cells(0)
    found = frontier_of(neural, source, 0.5, codes=200)
    _, point = best_encoder_and_marginal(finite.p_x, finite.decoder, 0.5)
    assert len(point.support) <= found.codes_used <= 200
    assert (found.images, found.codes, found.beta) == (7, 200, 0.5)


@pytest.mark.parametrize("count", [4, 5, 7, 64, 101])
@pytest.mark.parametrize("family", ["---", "+-v", "--+"])
def test_as_many_codes_are_listed_as_are_asked_for(family, count):
    z = listed(lively(family), BARS, codes=count)
    assert z.shape == (count, 4)
    assert z.dtype == torch.float64
    assert len(z.unique(dim=0)) == count  # no mode twice


def test_codes_are_modes_and_draws_of_both_distributions():
    """The images' codes are far below, the marginal's far above."""
    source = some_source(6)
    mean = -1000.0 + 10 * np.arange(6.0)[:, None] * np.ones((1, 4))
    marginal = DiagonalNormal(torch.full((4,), 1000.0).double(), torch.ones(4).double())
    model = assembled(
        KnownEncoder(source.images, mean, np.ones_like(mean)),
        KnownDecoder(lambda z: torch.tensor(some_logits(1)).expand(len(z), -1, -1, -1)),
        KnownMarginal(marginal),
    )
    for count, modes in ((5, 2), (6, 6), (7, 6), (8, 6), (101, 6)):
        z = listed(model, source, codes=count)
        is_mode = (z[:, None] == torch.tensor(mean)).all(-1).any(1)
        above = z[:, 0] > 0
        assert is_mode.sum() == modes
        assert modes + 1 >= count or not is_mode[:modes].all()  # in random order
        assert (~is_mode & ~above).sum() == (count - modes) // 2
        assert above.sum() == count - modes - (count - modes) // 2


def test_codes_depend_on_the_seed():
    z = listed(lively("---"), BARS, codes=64)
    assert torch.equal(z, listed(lively("---"), BARS, codes=64))
    assert not torch.equal(z, listed(lively("---"), BARS, codes=64, seed=1))


# -- other images ---------------------------------------------------------------------------------


def some_letters(count, *, seed):
    source = named_image_source("ising:3x3")
    letters = np.random.default_rng(seed).choice(512, count, p=source.p_x)
    return source, letters


@betas
def test_held_out_images_that_are_the_same_ones_have_the_value(beta):
    source, letters = some_letters(40, seed=3)
    model = lively("---").double()
    images = as_images(source, model)[letters]
    found = frontier_of(
        model, source, beta, images=images, p_x=np.full(40, 1 / 40), held_out=images
    )
    assert found.held_out.shape == (40,)
    assert found.held_out.dtype == torch.float64
    assert found.held_out.mean().item() == pytest.approx(found.value, abs=WIDE_CODES)


@betas
def test_held_out_images_have_no_less_than_their_own_least(beta):
    """The list of codes depends on the seed alone, so that theirs is the same."""
    source, letters = some_letters(120, seed=4)
    model, p_x = lively("---").double(), np.full(60, 1 / 60)
    images = as_images(source, model)
    first, second = images[letters[:60]], images[letters[60:]]
    found = frontier_of(model, source, beta, images=first, p_x=p_x, held_out=second)
    theirs = frontier_of(model, source, beta, images=second, p_x=p_x)
    assert found.held_out.mean().item() >= theirs.value - theirs.gap - WIDE_CODES
    assert theirs.held_out is None


@betas
def test_held_out_images_are_no_better_described_than_the_infinite_family_can(beta):
    source, letters = some_letters(600, seed=5)
    model = lively("---")
    images = as_images(source, model)
    found = frontier_of(
        model, source, beta, images=images[letters[:300]], p_x=np.full(300, 1 / 300),
        held_out=images[letters[300:]],
    )  # fmt: skip
    surprise = -min(1.0, beta) * torch.tensor(np.log(source.p_x))[letters[300:]]
    assert plain(found.held_out - surprise).in_errors >= -STANDARD_ERRORS


@betas
def test_of_cells_held_out_images_have_the_nats_of_the_best_marginal(beta):
    source, neural, finite = random_cells(1)
    images = as_images(source, neural)
    found = frontier_of(neural, source, beta, codes=256, gap=1e-10, held_out=images)
    best, _ = best_encoder_and_marginal(finite.p_x, finite.decoder, beta, gap=1e-10)
    expected = -beta * np.log(best.marginal @ best.decoder[:, :-1] ** (1 / beta))
    # the marginal is known by the root of its gap
    np.testing.assert_allclose(found.held_out, expected, rtol=0, atol=1e-3)
    assert source.p_x @ found.held_out.numpy() == pytest.approx(found.value, abs=WIDE_CODES)


# -- numbers as JSON has them, seeds, what is refused ---------------------------------------------


def test_numbers_go_through_json_without_the_images_of_others():
    model = lively("---")
    found = frontier_of(model, BARS, 1.0, codes=8, held_out=as_images(BARS, model))
    entries = found.as_dict()
    assert "held_out" not in entries
    assert json.loads(json.dumps(entries)) == entries
    assert replace(found, held_out=None).as_dict() == entries


@pytest.mark.parametrize("family", ["---", "++v"])
def test_a_seed_reproduces_and_generators_are_left_alone(family):
    model = lively(family)
    torch.manual_seed(6)
    state = torch.get_rng_state()
    first, again, other = (frontier_of(model, BARS, 0.5, codes=16, seed=s) for s in (7, 7, 8))
    assert first == again
    assert first.value != other.value
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("codes", "beta", "message"),
    [
        (3, 1.0, "codes must be an integer of at least 4, got 3"),
        (8, 1e-310, "beta must be a finite number of at least 2.23e-308, below which floats lose "
         "digits, got 1e-310"),
        (8, -1.0, "beta must be a finite number above 0, got -1"),
        (8, math.nan, "beta must be a finite number above 0, got nan"),
    ],
)  # fmt: skip
def test_numbers_out_of_range_are_refused(codes, beta, message):
    with pytest.raises(ValueError, match="^" + message.replace(".", r"\.") + "$"):
        frontier_of(lively("---"), BARS, beta, codes=codes)


def test_masses_that_do_not_fit_are_refused():
    with pytest.raises(
        ValueError, match=r"^distortion must have shape \(29, any\), got \(30, 8\)$"
    ):
        frontier_of(lively("---"), BARS, 1.0, codes=8, p_x=np.full(29, 1 / 29))
