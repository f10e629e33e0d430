"""Exact evaluation against truths that are known by other means.

- Codes that are numbers of cells, far enough apart to be a finite alphabet: `rdtheory.Model` has
  every number.
- Codes of one dimension: every number is an integral over a line.
- Encoders that see nothing: closed forms.
- The theory itself, H - D <= I_e <= R and R + D - H = marginal gap + decoder gap, of all families.

Statistical tests fix their seed and allow four standard errors. The models made here serve other
tests too.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from scipy.stats import norm
from torch import nn

from rdneural import aggregate, exact, precise
from rdneural.code_distributions import DiagonalNormal, NormalMixture
from rdneural.encoders import FlowEncoder, NormalEncoder, normal_of
from rdneural.estimates import Estimate
from rdneural.exact import as_images, evaluate_exactly
from rdneural.layers import MADE
from rdneural.model import FAMILIES, build_model
from rdneural.pixel_distributions import BernoulliImages
from rdneural.precise import decoder_log_prob, decoder_table, encoded
from rdneural.seeding import seeded
from rdneural.sizes import SIZES
from rdtheory import Model
from rdtheory.fixed_decoder import best_encoder
from rdtheory.image_sources import ImageSource, bars_and_stripes, named_image_source
from tests.tolerances import (
    FLOAT32_LOG_PROB,
    IDENTITY,
    LINE_QUADRATURE,
    ROUNDING,
    STANDARD_ERRORS,
    WIDE_CODES,
)

TINY = SIZES["tiny"]
LINE = replace(TINY, dim=1)

NUMBERS = (
    "rate", "distortion", "excess", "lagrangian", "mutual_information", "marginal_gap",
    "decoder_gap", "gaps",
)  # fmt: skip

families = pytest.mark.parametrize("family", FAMILIES)


# -- models made by hand --------------------------------------------------------------------------


class KnownEncoder(NormalEncoder):
    """A diagonal normal of given mean and scale for each of a list of images (X, side, side)."""

    def __init__(self, images, mean, scale):
        nn.Module.__init__(self)
        self.register_buffer("log_spread", torch.zeros(()))
        self.register_buffer("images", torch.tensor(images).flatten(1))
        self.mean = nn.Parameter(torch.tensor(mean))
        self.scale = nn.Parameter(torch.tensor(scale))

    def trained(self, x):
        same = (x.flatten(1)[:, None] == self.images).all(-1)  # (B, X)
        assert same.any(1).all()
        letters = same.double().argmax(1)
        return DiagonalNormal(self.mean[letters], self.scale[letters])


class KnownDecoder(nn.Module):
    """Independent pixels with logits that a function has for codes (S, dim)."""

    def __init__(self, logits_of):
        super().__init__()
        self.logits_of = logits_of
        self.like = nn.Parameter(torch.zeros((), dtype=torch.float64))

    def forward(self, z):
        return BernoulliImages(self.logits_of(z))


class KnownMarginal(nn.Module):
    """A marginal that has no part of its own in the encoder."""

    def __init__(self, distribution):
        super().__init__()
        self.distribution = distribution

    def forward(self, encoder):
        return self.distribution


def assembled(encoder, decoder, marginal, *, sizes=TINY, family="---"):
    """Return a model of these parts, in float64."""
    model = build_model(family, sizes)
    model.encoder, model.decoder, model.marginal = encoder, decoder, marginal
    return model.double()


def some_source(letters, *, seed=0):
    """Return some of the bars and stripes, each about as likely as it happens to be."""
    p_x = np.random.default_rng(seed).dirichlet(np.full(letters, 2.0))
    return ImageSource("some", bars_and_stripes(4).images[:letters], p_x)


def log_probs(logits, images):
    """Return log d(x|z) for logits (Z, 1, side, side) and images (X, side, side), as (Z, X)."""
    logits = np.asarray(logits).reshape(len(logits), -1)
    signs = 2.0 * images.reshape(len(images), -1) - 1
    return -np.logaddexp(0.0, -signs * logits[:, None]).sum(-1)


# -- codes that are numbers of cells --------------------------------------------------------------

APART = 100.0
"""Between cells, in scales of a code: one falls into another cell with the chance exp(-1250)."""


def cells(count):
    """Return the distributions of codes of each cell."""
    centres = APART * torch.arange(count, dtype=torch.float64)[:, None]
    return DiagonalNormal(centres, torch.ones_like(centres))


@dataclass(frozen=True)
class Cells:
    """The cell is drawn with weights (B, cells), the code from N(APART cell, 1)."""

    weights: torch.Tensor

    @property
    def mixture(self):
        return NormalMixture(self.weights.log(), cells(self.weights.shape[-1]))

    def log_prob(self, z):
        return self.mixture.log_prob(z)

    def pairwise_log_prob(self, z):
        of_cells = cells(self.weights.shape[-1]).log_prob(z[:, None])  # (S, cells)
        return (of_cells[:, None] + self.weights.log()).logsumexp(-1)

    def picked(self, indices):
        return Cells(self.weights[indices])

    def mode(self):
        return APART * self.weights.argmax(-1, keepdim=True).double()

    def rsample_with_log_prob(self):
        cell = torch.multinomial(self.weights, 1).double()
        z = APART * cell + torch.randn_like(cell)
        return z, self.log_prob(z)


class CellEncoder(FlowEncoder):
    """Cells with a given row of weights for each of a list of images; the rows pass for means."""

    def __init__(self, images, weights):
        nn.Module.__init__(self)
        self.normal = KnownEncoder(images, weights, np.ones_like(weights))

    def of_normal(self, normal):
        return Cells(normal.mean)


def cell_model(source, encoder, marginal, logits):
    """Return a neural model whose codes are cells, and the finite one that it is.

    The finite one has one letter more, without mass: all images that are none of the source's.
    """
    encoder, marginal = np.asarray(encoder), np.asarray(marginal)
    count = len(marginal)

    def logits_of(z):
        return torch.tensor(logits)[(z[:, 0] / APART).round().long()]

    neural = assembled(
        CellEncoder(source.images, encoder),
        KnownDecoder(logits_of),
        KnownMarginal(NormalMixture(torch.tensor(marginal).log(), cells(count))),
        sizes=LINE,
    )
    finite = Model(
        np.append(source.p_x, 0.0),
        np.vstack([encoder, np.full(count, 1 / count)]),
        marginal,
        with_the_rest(np.exp(log_probs(logits, source.images))),
    )
    return neural, finite


def with_the_rest(decoder):
    """Return a decoder (Z, X) with one letter more, which has what is left of every row."""
    rest = 1 - decoder.sum(1, keepdims=True)
    assert (rest >= 0).all()
    return np.hstack([decoder, rest])


def some_logits(count, *, seed=0, spread=2.0):
    return spread * np.random.default_rng(seed).standard_normal((count, 1, 4, 4))


def random_cells(seed, *, letters=7, count=4):
    """Return a source, a neural model of it and the finite one, all drawn by chance."""
    source, draw = some_source(letters, seed=seed), np.random.default_rng(seed)
    encoder = draw.dirichlet(np.full(count, 0.5), letters)
    marginal = draw.dirichlet(np.full(count, 2.0))
    return source, *cell_model(source, encoder, marginal, some_logits(count, seed=seed))


def perfect_pixels():
    """Return a source of independent pixels, and models of it that reach R = 0 and D = H."""
    side, chances = 2, np.array([0.3, 0.6, 0.5, 0.8])
    bits = (np.arange(2**side**2)[:, None] >> np.arange(side**2)) & 1
    p_x = np.where(bits, chances, 1 - chances).prod(1)
    images = bits.reshape(-1, side, side).astype(np.uint8)
    source = ImageSource("pixels", images, p_x).padded(4)
    logits = np.full((1, 1, 4, 4), -40.0)  # of the padding
    logits[0, 0, :side, :side] = np.log(chances / (1 - chances)).reshape(side, side)
    return source, *cell_model(source, np.ones((16, 1)), np.ones(1), logits)


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
    found = evaluate_exactly(neural, source, beta=0.7, samples=4096, seed=seed)
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
    found = evaluate_exactly(neural, source, samples=512)
    hold_against(found, truth_of(finite, 1.0), slack=WIDE_CODES)
    classes = source.p_x @ encoder
    assert found.mutual_information.value == pytest.approx(
        -classes @ np.log(classes), abs=WIDE_CODES
    )
    for name in set(NUMBERS) - {"decoder_gap", "gaps"}:
        assert getattr(found, name).se < WIDE_CODES, name
    assert found.decoder_gap.se > 1e-3


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_the_best_encoder_of_a_decoder_and_a_marginal(beta):
    """At beta = 1 it is the generative model's posterior, and R + D = -E log g(x)."""
    source, _, finite = random_cells(5)
    best = best_encoder(finite.p_x, finite.decoder, finite.marginal, beta)
    neural, same = cell_model(source, best.encoder[:-1], best.marginal, some_logits(4, seed=5))
    found = evaluate_exactly(neural, source, beta=beta, samples=2048)
    hold_against(found, truth_of(same, beta), slack=WIDE_CODES)
    if beta == 1.0:
        surprise = -finite.p_x[:-1] @ np.log(finite.generative[:-1])
        assert found.lagrangian.value == pytest.approx(surprise, abs=WIDE_CODES)
        assert found.lagrangian.se < WIDE_CODES


def test_a_decoder_that_is_the_posterior_leaves_nothing_to_chance():
    """The decoder gap is a difference at one letter drawn from p_e(x|z), not of two means."""
    source, neural, finite = perfect_pixels()
    assert finite.excess == pytest.approx(0.0, abs=IDENTITY)
    found = evaluate_exactly(neural, source, samples=64)
    for name in ("mutual_information", "marginal_gap", "decoder_gap", "gaps"):
        assert abs(getattr(found, name).value) < WIDE_CODES, name
        assert getattr(found, name).se < WIDE_CODES, name


def test_cells_overlap_nowhere():
    assert math.exp(-((APART / 2) ** 2) / 2) == 0.0


# -- codes on a line ------------------------------------------------------------------------------

GRID, STEP = np.linspace(-30.0, 30.0, 30_001, retstep=True)


def line_decoder():
    """Return logits that bend with the code, as a function of tensors (S, 1)."""
    generator = torch.Generator().manual_seed(3)
    slope, bias = torch.randn(2, 1, 4, 4, generator=generator, dtype=torch.float64).unsqueeze(1)
    return lambda z: bias + 2 * slope * torch.tanh(z[:, 0, None, None, None])


MARGINALS = {
    "standard": (lambda z: norm.logpdf(z), DiagonalNormal(torch.zeros(1), torch.ones(1))),
    "mixture": (
        lambda z: np.log(0.3 * norm.pdf(z, -1.0, 0.7) + 0.7 * norm.pdf(z, 0.5, 1.5)),
        NormalMixture(
            torch.tensor([0.3, 0.7]).double().log(),
            DiagonalNormal(
                torch.tensor([[-1.0], [0.5]]).double(), torch.tensor([[0.7], [1.5]]).double()
            ),
        ),
    ),
}


@dataclass(frozen=True)
class LineModel:
    """A model with codes of one dimension, and its densities on a grid of the line.

    `log_e` is (X, Z), `log_d` (Z, X), `log_m` (Z,).
    """

    source: ImageSource
    neural: nn.Module
    mean: np.ndarray
    scale: np.ndarray
    log_e: np.ndarray
    log_d: np.ndarray
    log_m: np.ndarray

    @property
    def log_joint(self):
        return np.log(self.source.p_x)[:, None] + self.log_e

    @property
    def log_p(self):
        return logsumexp(self.log_joint, axis=0)

    @property
    def rate(self):
        """R of each letter."""
        return STEP * (np.exp(self.log_e) * (self.log_e - self.log_m)).sum(1)

    @property
    def distortion(self):
        """D of each letter."""
        return -STEP * (np.exp(self.log_e) * self.log_d.T).sum(1)

    def truth(self, beta):
        mass = STEP * np.exp(self.log_joint)
        rate, distortion = self.source.p_x @ self.rate, self.source.p_x @ self.distortion
        marginal_gap = (mass.sum(0) * (self.log_p - self.log_m)).sum()
        decoder_gap = (mass * (self.log_joint - self.log_p - self.log_d.T)).sum()
        return {
            "rate": rate,
            "distortion": distortion,
            "excess": rate + distortion - self.source.entropy,
            "lagrangian": distortion + beta * rate,
            "mutual_information": (mass * (self.log_e - self.log_p)).sum(),
            "marginal_gap": marginal_gap,
            "decoder_gap": decoder_gap,
            "gaps": marginal_gap + decoder_gap,
        }

    def evidence(self, beta):
        """Return log F(x) = log integral m(z) d(x|z)^(1/beta) dz of each letter."""
        return logsumexp(self.log_m[:, None] + self.log_d / beta, axis=0) + math.log(STEP)


def line_model(marginal_name="standard", *, spread=1.5, scale=0.3, letters=8):
    """Return a model whose letters lie about on the line, with codes about as wide as `scale`."""
    source, draw = some_source(letters), np.random.default_rng(4)
    mean = spread * draw.standard_normal((letters, 1))
    scales = scale * draw.uniform(0.5, 2.0, (letters, 1))
    log_m, marginal = MARGINALS[marginal_name]
    logits_of = line_decoder()
    neural = assembled(
        KnownEncoder(source.images, mean, scales), KnownDecoder(logits_of),
        KnownMarginal(marginal), sizes=LINE,
    )  # fmt: skip
    log_d = log_probs(logits_of(torch.from_numpy(GRID)[:, None]), source.images)
    return LineModel(
        source, neural, mean, scales, norm.logpdf(GRID, mean, scales), log_d, log_m(GRID)
    )


@pytest.mark.parametrize("marginal_name", MARGINALS)
@pytest.mark.parametrize("scale", [0.05, 0.3, 1.5])
def test_every_number_is_its_integral_over_the_line(marginal_name, scale):
    line = line_model(marginal_name, scale=scale)
    truth = line.truth(2.0)
    assert truth["excess"] == pytest.approx(truth["gaps"], abs=LINE_QUADRATURE)
    found = evaluate_exactly(line.neural, line.source, beta=2.0, samples=4096, seed=1)
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
        name: evaluate_exactly(
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
    found = evaluate_exactly(neural, source, samples=2048)
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
    found = evaluate_exactly(neural, source, samples=512)
    assert found.mutual_information.value == pytest.approx(source.entropy, abs=WIDE_CODES)


# -- the theory, of all families ------------------------------------------------------------------


def lively(family, *, sizes=TINY, seed=0):
    """Return a model that was not trained, but scaled up until its codes matter."""
    torch.manual_seed(seed)
    model = build_model(family, sizes)
    normal = normal_of(model.encoder)
    with torch.no_grad():
        next(
            layer for layer in model.decoder.modules() if isinstance(layer, nn.Linear)
        ).weight.mul_(20)
        normal.mean.weight.mul_(4)
        normal.scale.bias.fill_(-1)
        for name, parameter in model.named_parameters():
            if "steps" in name:
                parameter.mul_(2)
    if family[2] == "v":
        nn.init.normal_(model.marginal.logits)
    return model


@families
def test_every_family_obeys_the_theory(family):
    found = evaluate_exactly(lively(family), bars_and_stripes(4), samples=512, seed=3)
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
    found = evaluate_exactly(lively("-+v"), bars_and_stripes(4), beta=0.3, samples=128)
    rate, distortion = found.rate.value, found.distortion.value
    assert found.excess.value == pytest.approx(rate + distortion - found.entropy, abs=IDENTITY)
    assert found.lagrangian.value == pytest.approx(distortion + 0.3 * rate, abs=IDENTITY)
    gaps = found.marginal_gap.value + found.decoder_gap.value
    assert found.gaps.value == pytest.approx(gaps, abs=IDENTITY)


# -- standard errors, seeds and generators --------------------------------------------------------


def test_errors_shrink_with_the_root_of_the_samples():
    line = line_model()
    few, many = (evaluate_exactly(line.neural, line.source, samples=n) for n in (2048, 8 * 4096))
    for name in NUMBERS:
        # a standard error from n = 1024 pairs is itself off by sqrt(kurtosis / n) / 2 or so: 10%
        # at a kurtosis of 40
        ratio = getattr(few, name).se / getattr(many, name).se
        assert ratio == pytest.approx(4.0, rel=0.3), name


def test_errors_are_those_of_repeated_evaluations():
    line, repeats = line_model(scale=0.6), 150
    truth = line.truth(1.0)
    found = [
        evaluate_exactly(line.neural, line.source, samples=256, seed=seed)
        for seed in range(repeats)
    ]
    for name, value in truth.items():
        off = np.array([(getattr(f, name) - Estimate(value)).in_errors for f in found])
        assert abs(off.mean()) <= STANDARD_ERRORS / math.sqrt(repeats), name
        # the mean of squares of normals, and a little for errors that are estimates themselves
        assert (off**2).mean() == pytest.approx(
            1.0, abs=STANDARD_ERRORS * math.sqrt(2 / repeats) + 0.1
        ), name


def test_the_two_sets_of_codes_are_independent():
    line, repeats = line_model(scale=0.6), 150
    pairs = np.array(
        [
            (found.excess.value, found.gaps.value)
            for found in (
                evaluate_exactly(line.neural, line.source, samples=64, seed=seed)
                for seed in range(repeats)
            )
        ]
    )
    assert abs(np.corrcoef(pairs.T)[0, 1]) <= STANDARD_ERRORS / math.sqrt(repeats)


@pytest.mark.parametrize("family", ["---", "++v"])
def test_a_seed_reproduces_and_another_one_differs(family):
    model, source = lively(family), bars_and_stripes(4)
    first, again, other = (evaluate_exactly(model, source, samples=64, seed=s) for s in (5, 5, 6))
    assert first == again
    for name in NUMBERS:
        assert getattr(first, name) != getattr(other, name), name


def test_torch_s_generator_and_the_model_are_left_alone():
    model = lively("++v").train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    torch.manual_seed(7)
    state = torch.get_rng_state()
    evaluate_exactly(model, bars_and_stripes(4), samples=64)
    assert torch.equal(torch.get_rng_state(), state)
    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert {p.dtype for p in model.parameters()} == {torch.float32}


@pytest.mark.parametrize(("pairs", "batch"), [(1, 5), (64, 2048), (2**19, 7)])
def test_how_sums_are_cut_changes_nothing_but_the_draws(monkeypatch, pairs, batch):
    source, neural, finite = random_cells(1)
    monkeypatch.setattr(aggregate, "PAIRS", pairs)
    monkeypatch.setattr(exact, "BATCH", batch)
    monkeypatch.setattr(precise, "BATCH", batch)
    found = evaluate_exactly(neural, source, samples=1024, seed=8)
    hold_against(found, truth_of(finite, 1.0), slack=WIDE_CODES)


def test_a_larger_source_is_drawn_by_strata():
    source = named_image_source("ising:3x3")  # 512 letters, and 128 pairs
    model = lively("---")
    found = evaluate_exactly(model, source, samples=256)
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
        evaluate_exactly(lively("---"), bars_and_stripes(4), samples=samples)


def test_images_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"^side must be an integer of at least 5, got 4$"):
        evaluate_exactly(lively("---"), bars_and_stripes(5), samples=2)


@pytest.mark.parametrize("part", ["encoder", "decoder", "marginal"])
@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_numbers_that_are_none_are_refused(part, wrong):
    model = lively("--+")
    with torch.no_grad():
        next(getattr(model, part).parameters()).fill_(wrong)
    with pytest.raises(ValueError, match="finite"):
        evaluate_exactly(model, bars_and_stripes(4), samples=64)


# -- images and precision -------------------------------------------------------------------------


def test_images_are_padded_and_of_the_model_s_precision():
    source, model = named_image_source("ising:3x3"), lively("---")
    images = as_images(source, model)
    assert images.shape == (512, 1, 4, 4)
    assert images.dtype == torch.float32
    assert as_images(source, lively("---").double()).dtype == torch.float64
    np.testing.assert_array_equal(images[:, 0, :3, :3].numpy(), source.images)
    assert not images[:, 0, 3].any()
    assert not images[:, 0, :, 3].any()


def test_a_precise_copy_computes_codes_in_float64_and_leaves_the_model_as_it_is():
    model = lively("+++").train()
    copy = precise.precise(model)
    assert not copy.training
    assert model.training
    assert all(p.dtype == torch.float32 for p in model.parameters())
    for part in copy.modules():
        if isinstance(part, MADE):
            assert {p.dtype for p in part.parameters()} == {torch.float64}
    assert {p.dtype for p in copy.decoder.parameters()} == {torch.float32}
    z = torch.randn(3, 4, dtype=torch.float64)
    assert copy.marginal(copy.encoder).log_prob(z).dtype == torch.float64
    of_floats = model.marginal(model.encoder).log_prob(z.float())
    torch.testing.assert_close(
        copy.marginal(copy.encoder).log_prob(z).float(), of_floats, rtol=0, atol=FLOAT32_LOG_PROB
    )


@pytest.mark.parametrize("sign", ["-", "+", "v"])
def test_draws_of_a_precise_marginal_are_float64(sign):
    copy = precise.precise(lively(f"--{sign}"))
    assert copy.marginal(copy.encoder).sample(2).dtype == torch.float64


@pytest.mark.parametrize("family", ["---", "+--"])
@pytest.mark.parametrize("batch", [1, 7, 2048])
def test_images_are_encoded_as_the_model_does_it_however_many_at_once(monkeypatch, family, batch):
    monkeypatch.setattr(precise, "BATCH", batch)
    model = lively(family)
    images = as_images(bars_and_stripes(4), model)
    found, expected = encoded(precise.precise(model), images), model.encoder(images)
    z = torch.randn(30, 4)
    assert found.log_prob(z.double()).dtype == torch.float64
    assert not found.mode().requires_grad
    torch.testing.assert_close(
        found.log_prob(z.double()).float(), expected.log_prob(z), rtol=0, atol=FLOAT32_LOG_PROB
    )


def test_the_factor_of_the_scales_is_in_what_is_encoded():
    model = lively("+--")
    normal_of(model.encoder).log_spread.fill_(0.1)
    images = as_images(bars_and_stripes(4), model)
    found = encoded(precise.precise(model), images).base.scale
    torch.testing.assert_close(found.float(), model.encoder(images).base.scale)


@pytest.mark.parametrize("sign", ["-", "+"])
@pytest.mark.parametrize("parts", [1, 5, 2048])
def test_codes_are_decoded_as_the_model_does_it_however_many_at_once(monkeypatch, sign, parts):
    monkeypatch.setattr(precise, "BATCH", parts)
    monkeypatch.setattr(precise, "CODES", parts)
    decoder = lively(f"-{sign}-").decoder
    images = torch.from_numpy(bars_and_stripes(4).images.copy())[:12, None]
    with seeded(9):
        z = 3 * torch.randn(12, 4, dtype=torch.float64)
    with torch.no_grad():
        expected = torch.stack([decoder(z[:1].float().expand(12, -1)).log_prob(images)])
    table, of_pairs = decoder_table(decoder, z, images), decoder_log_prob(decoder, z, images)
    assert table.shape == (12, 12)
    assert table.dtype == of_pairs.dtype == torch.float64
    torch.testing.assert_close(table[:1].float(), expected, rtol=0, atol=FLOAT32_LOG_PROB)
    torch.testing.assert_close(table.diagonal(), of_pairs, rtol=0, atol=FLOAT32_LOG_PROB)
