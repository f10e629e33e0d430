"""Exact evaluation against truths that are known by other means.

- Codes that are numbers of cells, far enough apart to be a finite alphabet: `rdtheory.Model` has
  every number.
- Codes of one dimension: every number is an integral over a line.
- Encoders that see nothing: closed forms.
- The theory itself, H - D <= I_e <= R and R + D - H = marginal gap + decoder gap, of all families.

Statistical tests fix their seed and allow four standard errors.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from rdneural.measures.estimates import Estimate
from rdneural.models.build import FAMILIES, build_model
from rdneural.models.code_distributions import DiagonalNormal
from rdneural.models.encoders import FlowEncoder
from rdneural.theory import aggregate, densities, evaluation
from rdneural.theory.evaluation import as_images, evaluate
from rdtheory.solver.fixed_decoder import best_encoder
from rdtheory.sources.images import bars_and_stripes, named_image_source
from tests.make.models import (
    APART,
    LINE,
    MARGINALS,
    TINY,
    KnownDecoder,
    KnownEncoder,
    KnownMarginal,
    assembled,
    cell_model,
    line_decoder,
    line_model,
    lively,
    log_probs,
    perfect_pixels,
    random_cells,
    some_logits,
    some_source,
)
from tests.tolerances import IDENTITY, LINE_QUADRATURE, ROUNDING, STANDARD_ERRORS, WIDE_CODES

families = pytest.mark.parametrize("family", FAMILIES)


# -- codes that are numbers of cells --------------------------------------------------------------


def truth_of(finite, beta):
    """Return what an exact evaluation should find."""
    return {
        "rate": finite.rate,
        "distortion": finite.distortion,
        "excess": finite.excess,
        "lagrangian": finite.distortion + beta * finite.rate,
        "mutual_information": finite.mutual_information,
        "marginal_gap": finite.marginal_gap,
        "decoder_gap": finite.decoder_gap,
        "gaps": finite.excess,
    }


def hold_against(found, truth, *, slack):
    for name, value in truth.items():
        estimate = getattr(found, name)
        assert abs(estimate.value - value) <= STANDARD_ERRORS * estimate.se + slack, name


@pytest.mark.parametrize("seed", range(4))
def test_every_number_is_that_of_the_finite_model_that_cells_are(seed):
    source, neural, finite = random_cells(seed)
    found = evaluate(neural, source, beta=0.7, samples=4096, seed=seed)
    assert found.entropy == pytest.approx(finite.entropy, abs=ROUNDING)
    hold_against(found, truth_of(finite, 0.7), slack=WIDE_CODES)
    assert found.draw_error < WIDE_CODES
    assert (found.samples, found.beta) == (4096, 0.7)
    # the truths are further apart than the errors, so that one cannot pass for another
    assert finite.rate - finite.mutual_information > STANDARD_ERRORS * found.rate.se > 0


def test_a_deterministic_code_leaves_nothing_to_chance_but_the_letter_that_is_decoded():
    source = some_source(6)
    encoder = np.eye(3)[[0, 0, 1, 1, 1, 2]]
    neural, finite = cell_model(source, encoder, [0.2, 0.3, 0.5], some_logits(3))
    found = evaluate(neural, source, samples=512)
    hold_against(found, truth_of(finite, 1.0), slack=WIDE_CODES)
    classes = source.p_x @ encoder
    assert found.mutual_information.value == pytest.approx(
        -classes @ np.log(classes), abs=WIDE_CODES
    )
    for name in (
        "rate",
        "distortion",
        "excess",
        "lagrangian",
        "mutual_information",
        "marginal_gap",
    ):
        assert getattr(found, name).se < WIDE_CODES, name
    assert found.decoder_gap.se > 1e-3


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_the_best_encoder_of_a_decoder_and_a_marginal(beta):
    """At beta = 1 it is the generative model's posterior, and R + D = -E log g(x)."""
    source, _, finite = random_cells(5)
    best = best_encoder(finite.p_x, finite.decoder, finite.marginal, beta)
    neural, same = cell_model(source, best.encoder[:-1], best.marginal, some_logits(4, seed=5))
    found = evaluate(neural, source, beta=beta, samples=2048)
    hold_against(found, truth_of(same, beta), slack=WIDE_CODES)
    if beta == 1.0:
        surprise = -finite.p_x[:-1] @ np.log(finite.generative[:-1])
        assert found.lagrangian.value == pytest.approx(surprise, abs=WIDE_CODES)
        assert found.lagrangian.se < WIDE_CODES


def test_a_decoder_that_is_the_posterior_leaves_nothing_to_chance():
    """The decoder gap is a difference at one letter drawn from p_e(x|z), not of two means."""
    source, neural, finite = perfect_pixels()
    assert finite.excess == pytest.approx(0.0, abs=IDENTITY)
    found = evaluate(neural, source, samples=64)
    for name in ("mutual_information", "marginal_gap", "decoder_gap", "gaps"):
        assert abs(getattr(found, name).value) < WIDE_CODES, name
        assert getattr(found, name).se < WIDE_CODES, name


def test_cells_overlap_nowhere():
    assert math.exp(-((APART / 2) ** 2) / 2) == 0.0


# -- codes on a line ------------------------------------------------------------------------------


@pytest.mark.parametrize("marginal_name", MARGINALS)
@pytest.mark.parametrize("scale", [0.05, 0.3, 1.5])
def test_every_number_is_its_integral_over_the_line(marginal_name, scale):
    line = line_model(marginal_name, scale=scale)
    truth = line.truth(2.0)
    assert truth["excess"] == pytest.approx(truth["gaps"], abs=LINE_QUADRATURE)
    found = evaluate(line.neural, line.source, beta=2.0, samples=4096, seed=1)
    hold_against(found, truth, slack=LINE_QUADRATURE)
    assert found.mutual_information.se < 0.02  # so that this says something


def test_a_flow_of_the_code_changes_no_information_and_is_seen_by_the_marginal():
    line = line_model()
    flowed = FlowEncoder(replace(LINE, dim=2)).double()
    flowed.normal = KnownEncoder(
        line.source.images, np.tile(line.mean, 2), np.tile(line.scale, 2)
    ).double()
    for parameter in flowed.steps.parameters():
        nn.init.normal_(parameter, std=0.5)
    plane = DiagonalNormal(torch.zeros(2).double(), torch.ones(2).double())
    found = {
        name: evaluate(
            assembled(encoder, KnownDecoder(line_decoder()), KnownMarginal(plane), sizes=LINE),
            line.source, samples=1024, seed=2,
        )
        for name, encoder in (("straight", flowed.normal), ("flowed", flowed))
    }  # fmt: skip
    straight, flowed = found["straight"], found["flowed"]
    information = straight.mutual_information
    # the same noise becomes the same letters' codes, and goes back to where it came from
    assert flowed.mutual_information.value == pytest.approx(information.value, abs=WIDE_CODES)
    assert flowed.mutual_information.se == pytest.approx(information.se, abs=WIDE_CODES)
    assert flowed.draw_error < WIDE_CODES
    assert (flowed.marginal_gap - straight.marginal_gap).in_errors > STANDARD_ERRORS


# -- encoders that see nothing, and encoders that see all -----------------------------------------


@pytest.mark.parametrize(("mean", "scale"), [(0.0, 1.0), (0.7, 0.4), (-2.0, 3.0)])
def test_an_encoder_that_sees_nothing_has_its_closed_form(mean, scale):
    source = some_source(5)
    alike = np.ones((5, 4))
    neural = assembled(
        KnownEncoder(source.images, mean * alike, scale * alike),
        KnownDecoder(lambda z: torch.tensor(some_logits(1)).expand(len(z), -1, -1, -1)),
        build_model("---", TINY).marginal,
    )
    found = evaluate(neural, source, samples=2048)
    divergence = 4 * (0.5 * (mean**2 + scale**2 - 1) - math.log(scale))
    surprise = -source.p_x @ log_probs(some_logits(1), source.images)[0]
    assert abs(found.mutual_information.value) < IDENTITY
    hold_against(
        found,
        {
            "rate": divergence,
            "marginal_gap": divergence,
            "distortion": surprise,
            "decoder_gap": surprise - source.entropy,
        },
        slack=IDENTITY,
    )


@pytest.mark.parametrize("scale", [1.0, 1e-2, 1e-4])
def test_an_encoder_that_sees_all_has_the_entropy_for_its_information(scale):
    source = some_source(9)
    mean = 40 * scale * np.arange(9.0)[:, None]
    marginal = DiagonalNormal(torch.zeros(1).double(), torch.ones(1).double())
    neural = assembled(
        KnownEncoder(source.images, mean, np.full_like(mean, scale)),
        KnownDecoder(line_decoder()), KnownMarginal(marginal), sizes=LINE,
    )  # fmt: skip
    found = evaluate(neural, source, samples=512)
    assert found.mutual_information.value == pytest.approx(source.entropy, abs=WIDE_CODES)


# -- the theory, of all families ------------------------------------------------------------------


@families
def test_every_family_obeys_the_theory(family):
    found = evaluate(lively(family), bars_and_stripes(4), samples=512, seed=3)
    lower = Estimate(found.entropy) - found.distortion
    assert (found.mutual_information - lower).in_errors >= -STANDARD_ERRORS
    assert (found.rate - found.mutual_information).in_errors >= -STANDARD_ERRORS
    assert abs((found.excess - found.gaps).in_errors) <= STANDARD_ERRORS
    for name in ("marginal_gap", "decoder_gap"):
        assert getattr(found, name).in_errors >= -STANDARD_ERRORS, name
    marginal_gap = found.rate - found.mutual_information
    assert abs((marginal_gap - found.marginal_gap).in_errors) <= STANDARD_ERRORS
    assert found.mutual_information.value > 0.3  # there is something to be wrong about
    assert found.draw_error < WIDE_CODES


def test_parts_of_a_sum_add_up_on_their_own_codes():
    found = evaluate(lively("-+v"), bars_and_stripes(4), beta=0.3, samples=128)
    rate, distortion = found.rate.value, found.distortion.value
    assert found.excess.value == pytest.approx(rate + distortion - found.entropy, abs=IDENTITY)
    assert found.lagrangian.value == pytest.approx(distortion + 0.3 * rate, abs=IDENTITY)
    gaps = found.marginal_gap.value + found.decoder_gap.value
    assert found.gaps.value == pytest.approx(gaps, abs=IDENTITY)


# -- in pieces, and by strata ---------------------------------------------------------------------


@pytest.mark.parametrize(("pairs", "batch"), [(1, 5), (64, 2048), (2**19, 7)])
def test_how_sums_are_cut_changes_nothing_but_the_draws(monkeypatch, pairs, batch):
    source, neural, finite = random_cells(1)
    monkeypatch.setattr(aggregate, "PAIRS", pairs)
    monkeypatch.setattr(evaluation, "BATCH", batch)
    monkeypatch.setattr(densities, "BATCH", batch)
    found = evaluate(neural, source, samples=1024, seed=8)
    hold_against(found, truth_of(finite, 1.0), slack=WIDE_CODES)


def test_a_larger_source_is_drawn_by_strata():
    source = named_image_source("ising:3x3")  # 512 letters, and 128 pairs
    model = lively("---")
    found = evaluate(model, source, samples=256)
    assert found.samples == 256
    assert abs((found.excess - found.gaps).in_errors) <= STANDARD_ERRORS


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (3, "samples must be even, got 3"),
        (0, "samples must be an integer of at least 2, got 0"),
        (-2, "samples must be an integer of at least 2, got -2"),
    ],
)
def test_samples_out_of_range_are_refused(samples, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        evaluate(lively("---"), bars_and_stripes(4), samples=samples)


def test_images_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"^side must be an integer of at least 5, got 4$"):
        evaluate(lively("---"), bars_and_stripes(5), samples=2)


@pytest.mark.parametrize("part", ["encoder", "decoder", "marginal"])
@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_numbers_that_are_none_are_refused(part, wrong):
    model = lively("--+")
    with torch.no_grad():
        next(getattr(model, part).parameters()).fill_(wrong)
    with pytest.raises(ValueError, match="finite"):
        evaluate(model, bars_and_stripes(4), samples=64)


# -- images -------------------------------------------------------------------------


def test_images_are_padded_and_of_the_model_s_precision():
    source, model = named_image_source("ising:3x3"), lively("---")
    images = as_images(source, model)
    assert images.shape == (512, 1, 4, 4)
    assert images.dtype == torch.float32
    assert as_images(source, lively("---").double()).dtype == torch.float64
    np.testing.assert_array_equal(images[:, 0, :3, :3].numpy(), source.images)
    assert not images[:, 0, 3].any()
    assert not images[:, 0, :, 3].any()
