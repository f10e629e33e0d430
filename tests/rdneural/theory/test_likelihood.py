"""The best encoder of a decoder and a marginal, against integrals over a line and finite sums.

Statistical tests fix their seed and allow four standard errors.
"""

import math
import re
from itertools import pairwise

import numpy as np
import pytest
import torch

from rdneural.measures.estimates import plain
from rdneural.models.code_distributions import DiagonalNormal, NormalMixture
from rdneural.theory import likelihood
from rdneural.theory.evaluation import as_images
from rdneural.theory.likelihood import importance_weighted
from rdtheory.solver.fixed_decoder import best_encoder
from rdtheory.sources.images import bars_and_stripes
from tests.make.models import (
    MARGINALS,
    PAIRWISE_FAMILIES,
    KnownDecoder,
    KnownEncoder,
    KnownMarginal,
    assembled,
    cell_model,
    line_model,
    lively,
    log_probs,
    random_cells,
    some_logits,
    some_source,
)
from tests.tolerances import IDENTITY, STANDARD_ERRORS, WIDE_CODES

REPEATS = 400

betas = pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
marginals = pytest.mark.parametrize("marginal_name", MARGINALS)


def letters_of(model, source):
    return as_images(source, model)


def repeated(line, letter, *, codes, beta, seed=0):
    """Return REPEATS independent bounds of one letter."""
    images = letters_of(line.neural, line.source)[[letter] * REPEATS]
    return importance_weighted(line.neural, images, codes=codes, beta=beta, seed=seed)


# -- against integrals over a line ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("marginal_name", "beta", "codes"),
    [*((name, beta, 4) for name in MARGINALS for beta in (0.5, 1.0, 2.0)), ("mixture", 0.5, 1)],
)
def test_the_mean_weight_is_the_integral(marginal_name, beta, codes):
    """exp(-bound / beta) is the mean of the weights, of expectation F(x) for every K."""
    line = line_model(marginal_name, scale=1.5)
    evidence = line.evidence(beta)
    for letter in range(4):
        bounds = repeated(line, letter, codes=codes, beta=beta, seed=letter)
        ratio = plain((-bounds / beta - evidence[letter]).exp())
        assert abs(ratio.value - 1) <= STANDARD_ERRORS * ratio.se
        assert ratio.se < 0.2


@betas
@marginals
def test_of_a_single_code_the_mean_is_distortion_and_rate(marginal_name, beta):
    line = line_model(marginal_name)
    for letter in range(4):
        found = plain(repeated(line, letter, codes=1, beta=beta, seed=letter))
        expected = line.distortion[letter] + beta * line.rate[letter]
        assert abs(found.value - expected) <= STANDARD_ERRORS * found.se


@betas
@marginals
def test_of_many_codes_it_is_the_value_of_the_best_encoder(marginal_name, beta):
    line = line_model(marginal_name, scale=1.0)
    images = letters_of(line.neural, line.source)
    found = importance_weighted(line.neural, images, codes=20_000, beta=beta)
    # log of a mean of K weights is off by (Var w / F^2 / K)^(1/2); weights vary as above
    assert np.abs(found.numpy() + beta * line.evidence(beta)).max() < 0.05 * beta


@betas
@marginals
def test_the_expectation_falls_with_the_codes(marginal_name, beta):
    line = line_model(marginal_name, scale=0.2)
    found = [plain(repeated(line, 0, codes=k, beta=beta, seed=k)) for k in (1, 4, 16, 64)]
    best = -beta * line.evidence(beta)[0]
    for few, more in pairwise(found):
        assert (few - more).in_errors >= -STANDARD_ERRORS
    assert (found[0] - found[-1]).in_errors > STANDARD_ERRORS
    assert found[-1].value >= best - STANDARD_ERRORS * found[-1].se


# -- against exact posteriors, of which all weights are equal -------------------------------------


@betas
@pytest.mark.parametrize("codes", [1, 3, 2049])
def test_a_decoder_that_ignores_the_code_has_its_surprise(beta, codes):
    source, logits = some_source(5), some_logits(1)
    alike = np.ones((5, 4))
    marginal = DiagonalNormal(*torch.tensor([[0.3] * 4, [0.7] * 4], dtype=torch.float64))
    model = assembled(
        KnownEncoder(source.images, 0.3 * alike, 0.7 * alike),
        KnownDecoder(lambda z: torch.tensor(logits).expand(len(z), -1, -1, -1)),
        KnownMarginal(marginal),
    )
    images = letters_of(model, source)
    found = importance_weighted(model, images, codes=codes, beta=beta)
    np.testing.assert_allclose(found, -log_probs(logits, source.images)[0], rtol=0, atol=IDENTITY)


@betas
@pytest.mark.parametrize("codes", [1, 5])
def test_the_best_encoder_leaves_nothing_to_chance(beta, codes):
    """With e(z|x) ~ m(z) d(x|z)^(1/beta) every weight is F(x)."""
    source, _, finite = random_cells(3)
    best = best_encoder(finite.p_x, finite.decoder, finite.marginal, beta)
    model, _ = cell_model(source, best.encoder[:-1], best.marginal, some_logits(4, seed=3))
    found = importance_weighted(model, letters_of(model, source), codes=codes, beta=beta, seed=1)
    evidence = np.log(finite.marginal @ finite.decoder[:, :-1] ** (1 / beta))
    np.testing.assert_allclose(found, -beta * evidence, rtol=0, atol=WIDE_CODES)


def test_at_beta_one_it_bounds_what_the_model_says_of_the_images():
    """A finite model's -log g(x), with an encoder that is not its posterior."""
    source, model, finite = random_cells(4)
    images = letters_of(model, source)
    surprise = -np.log(finite.generative[:-1])
    many = torch.stack(
        [importance_weighted(model, images, codes=8, seed=seed) for seed in range(200)]
    )
    errors = many.std(0).numpy() / math.sqrt(len(many))
    assert (many.mean(0).numpy() >= surprise - STANDARD_ERRORS * errors).all()
    weights = (-many - torch.from_numpy(-surprise)).exp()
    errors = weights.std(0) / math.sqrt(len(many))
    assert ((weights.mean(0) - 1).abs() <= STANDARD_ERRORS * errors).all()


# -- pieces, precision, seeds ---------------------------------------------------------------------


@pytest.mark.parametrize(("batch", "codes"), [(1, 4), (7, 4), (7, 40), (2048, 40), (2048, 3000)])
def test_how_codes_are_cut_into_pieces_changes_nothing_but_the_draws(monkeypatch, batch, codes):
    """Fewer images than fit in a pass, as many, and one whose codes need several."""
    monkeypatch.setattr(likelihood, "BATCH", batch)
    line = line_model("mixture", scale=1.0)
    images = letters_of(line.neural, line.source).repeat(6, 1, 1, 1)
    found = importance_weighted(line.neural, images, codes=codes)
    assert found.shape == (48,)
    ratios = (-found.view(6, 8) - torch.from_numpy(line.evidence(1.0))).exp()
    ratio = plain(ratios.flatten())
    assert abs(ratio.value - 1) <= STANDARD_ERRORS * ratio.se


def test_pieces_of_constant_weights_are_the_whole(monkeypatch):
    source, _, finite = random_cells(3)
    best = best_encoder(finite.p_x, finite.decoder, finite.marginal, 1.0)
    model, _ = cell_model(source, best.encoder[:-1], best.marginal, some_logits(4, seed=3))
    images, whole = letters_of(model, source), -np.log(finite.generative[:-1])
    for batch in (1, 2, 5, 16):
        monkeypatch.setattr(likelihood, "BATCH", batch)
        found = importance_weighted(model, images, codes=16)
        np.testing.assert_allclose(found, whole, rtol=0, atol=WIDE_CODES)


@pytest.mark.parametrize("family", PAIRWISE_FAMILIES)
def test_every_family_has_a_bound_below_its_own_value(family):
    model = lively(family)
    images = letters_of(model, bars_and_stripes(4)).repeat(8, 1, 1, 1)
    few, many = (plain(importance_weighted(model, images, codes=k, seed=k)) for k in (1, 16))
    assert many.value < few.value


def test_bytes_are_images_and_bounds_are_float64():
    model = lively("-+v")
    images = torch.from_numpy(bars_and_stripes(4).images.copy())[:, None]
    found = importance_weighted(model, images, codes=2)
    assert found.dtype == torch.float64
    assert found.shape == (30,)
    assert not found.requires_grad
    assert torch.equal(found, importance_weighted(model, images.float(), codes=2))


def test_a_seed_reproduces_and_generators_are_left_alone():
    model = lively("+++")
    images = letters_of(model, bars_and_stripes(4))
    torch.manual_seed(2)
    state = torch.get_rng_state()
    first, again, other = (importance_weighted(model, images, codes=2, seed=s) for s in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), state)


def test_far_codes_of_tiny_weight_do_not_overflow():
    """Weights of exp(-1e6) and less: all is summed up in logarithms."""
    source = some_source(3)
    far = NormalMixture(
        torch.zeros(1).double(),
        DiagonalNormal(torch.full((1, 4), 1e3).double(), torch.ones(1, 4).double()),
    )
    alike = np.ones((3, 4))
    model = assembled(
        KnownEncoder(source.images, 0 * alike, alike),
        KnownDecoder(lambda z: torch.tensor(some_logits(1)).expand(len(z), -1, -1, -1)),
        KnownMarginal(far),
    )
    found = importance_weighted(model, letters_of(model, source), codes=4)
    assert found.isfinite().all()
    assert (found > 1e6).all()


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"codes": 0}, "codes must be an integer of at least 1, got 0"),
        ({"codes": -1}, "codes must be an integer of at least 1, got -1"),
        ({"codes": 1, "beta": 0.0}, "beta must be a finite number of at least 1e-12, got 0"),
        ({"codes": 1, "beta": -1.0}, "beta must be a finite number of at least 1e-12, got -1"),
        ({"codes": 1, "beta": math.nan}, "beta must be a finite number of at least 1e-12, got nan"),
        ({"codes": 1, "beta": math.inf}, "beta must be a finite number of at least 1e-12, got inf"),
        (
            {"codes": 1, "seed": -1},
            "seed must be a whole number in [0, 9223372036854775807], got -1",
        ),
    ],
)
def test_numbers_out_of_range_are_refused(options, message):
    model = lively("---")
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        importance_weighted(model, torch.zeros(2, 1, 4, 4), **options)


def test_half_a_code_is_refused():
    with pytest.raises(TypeError, match=r"^codes must be an integer, got 1\.5$"):
        importance_weighted(lively("---"), torch.zeros(2, 1, 4, 4), codes=1.5)
