"""Broken models are caught and told what is wrong with them; models that are right hold.

Seeds are fixed: of a correct model's comparisons one in several hundred misses by three errors, and
is then made again with four times the samples.
"""

import math
import re
from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from rdneural.measures.estimates import Estimate
from rdneural.models.build import FAMILIES, LatentModel, Terms
from rdneural.models.code_distributions import DiagonalNormal, InverseFlow, NormalMixture
from rdneural.models.encoders import LEAST_SCALE, FlowEncoder, NormalEncoder, normal_of
from rdneural.models.marginals import StandardNormal, VampPrior
from rdneural.models.pixelcnn import PixelCNN
from rdneural.theory import verdict
from rdneural.theory.evaluation import Evaluation, evaluate
from rdneural.theory.mass import total_mass
from rdneural.theory.verdict import AGAIN, ERRORS, HOLDS, comparison_fault, judge, parts_fault
from rdtheory.model import optimal_marginal
from rdtheory.solver.fixed_decoder import best_encoder_and_marginal
from rdtheory.sources.images import bars_and_stripes, named_image_source
from tests.make.models import (
    LINE,
    SMALL,
    TINY,
    KnownDecoder,
    KnownEncoder,
    KnownMarginal,
    Times,
    TimesDecoder,
    assembled,
    cell_model,
    line_decoder,
    lively,
    random_cells,
    some_logits,
    some_source,
)

BARS = bars_and_stripes(4)
SAMPLES = 1024

families = pytest.mark.parametrize("family", FAMILIES)


@pytest.fixture(autouse=True)
def light(monkeypatch):
    """Integrate densities by a quarter of the samples: their errors are twice as large."""
    monkeypatch.setattr(verdict, "total_mass", partial(total_mass, samples=1024))


def small(family):
    return lively(family, sizes=SMALL)


def of_class(kind, module):
    """Return a module as one of another class, with the parts that it has."""
    module.__class__ = kind
    return module


def fault_of(model, source=BARS, *, samples=SAMPLES):
    """Return what the numbers alone say against a model."""
    return comparison_fault(evaluate(model, source, samples=samples))


def verdict_on(model, source=BARS, **options):
    return judge(model, source, **{"samples": SAMPLES} | options)[1]


# -- models that are right ------------------------------------------------------------------------


@families
def test_a_model_of_every_family_holds(family):
    found, words = judge(small(family), BARS, samples=SAMPLES)
    assert words == HOLDS == "holds"
    assert found.mutual_information.value > 0.1


@pytest.mark.parametrize("seed", range(3))
def test_models_whose_codes_are_cells_hold(seed):
    source, neural, _ = random_cells(seed)
    assert verdict_on(neural, source) == HOLDS


@pytest.mark.parametrize("name", ["toy", "ising:3x3"])
def test_a_model_holds_on_every_source(name):
    assert verdict_on(small("---"), named_image_source(name)) == HOLDS


def test_the_numbers_are_those_of_the_exact_evaluation(monkeypatch):
    monkeypatch.setattr(verdict, "total_mass", total_mass)  # in full, for once
    model = small("---")
    found, words = judge(model, BARS, beta=0.5, samples=SAMPLES, seed=2)
    assert words == HOLDS
    assert found == evaluate(model, BARS, beta=0.5, samples=SAMPLES, seed=2)


@pytest.mark.parametrize("family", ["--v", "-+v"])
def test_a_model_whose_code_tells_nothing_holds(family):
    """R = I_e = 0 but for rounding, in float32 and in float64: that is no fault of a model."""
    model = small(family)
    normal = normal_of(model.encoder)
    with torch.no_grad():
        for layer in (normal.mean, normal.scale):
            layer.weight.zero_()
            nn.init.normal_(layer.bias)
    faults = [
        comparison_fault(evaluate(model, BARS, samples=SAMPLES, seed=seed)) for seed in range(8)
    ]
    assert faults == [None] * 8


@pytest.mark.parametrize("seed", range(4))
def test_an_optimal_model_of_which_nothing_is_left_to_chance_holds(seed):
    """R = I_e but for rounding where a code is a function of the image and m is p_e(z)."""
    source = some_source(6, seed=seed)
    encoder = np.eye(3)[[0, 0, 1, 1, 1, 2]]
    marginal = optimal_marginal(source.p_x, encoder)
    neural, _ = cell_model(source, encoder, marginal, some_logits(3, seed=seed))
    assert fault_of(neural, source) is None


@pytest.mark.parametrize("beta", [0.5, 1.0])
def test_the_best_encoder_and_marginal_of_a_decoder_hold(beta):
    source, _, finite = random_cells(6)
    best, _ = best_encoder_and_marginal(finite.p_x, finite.decoder, beta)
    used = best.marginal > 0
    neural, _ = cell_model(
        source, best.encoder[:-1, used], best.marginal[used], some_logits(4, seed=6)[used]
    )
    assert verdict_on(neural, source, beta=beta) == HOLDS


def test_the_narrowest_codes_there_are_hold():
    """Codes are 1e5 scales from the mean of all: pairs lose 1e10 * 2.2e-16 nats and more."""
    source = some_source(20)
    mean = np.random.default_rng(0).normal(0.0, 10.0, (20, 4))
    neural = assembled(
        KnownEncoder(source.images, mean, np.full_like(mean, LEAST_SCALE)),
        KnownDecoder(line_decoder()),
        StandardNormal(TINY),
    )
    assert verdict_on(neural, source) == HOLDS


# -- losses that are none -------------------------------------------------------------------------


class RatePerPixel(LatentModel):
    def encode(self, x):
        z, rate = super().encode(x)
        return z, rate / x[0].numel()


class DistortionPerPixel(LatentModel):
    def forward(self, x):
        terms = super().forward(x)
        return Terms(terms.rate, terms.distortion / x[0].numel())


class RateInBits(LatentModel):
    def encode(self, x):
        z, rate = super().encode(x)
        return z, rate / math.log(2)


@families
def test_a_rate_averaged_over_pixels_is_caught(family):
    fault = fault_of(of_class(RatePerPixel, small(family)))
    assert fault.startswith(("I_e must be at most R, got", "R + D - H = "))


def test_a_rate_below_the_information_is_named_with_both_numbers():
    source, neural, finite = random_cells(2)
    words = verdict_on(of_class(RatePerPixel, neural), source)
    number = r"(\S+) \+- \S+"
    found = re.fullmatch(
        rf"broken: I_e must be at most R, got I_e = {number} and R = {number}", words
    )
    assert float(found[1]) == pytest.approx(finite.mutual_information, abs=0.1)
    assert float(found[2]) == pytest.approx(finite.rate / 16, abs=0.01)


@families
def test_a_distortion_averaged_over_pixels_is_caught(family):
    fault = fault_of(of_class(DistortionPerPixel, small(family)))
    assert fault.startswith(("H - D must be at most I_e, got", "R + D - H = "))


def test_a_distortion_below_what_the_code_tells_is_named_with_both_numbers():
    source = some_source(5)
    alike = np.ones((5, 1))  # the code tells nothing
    neural = assembled(
        KnownEncoder(source.images, 0.5 * alike, alike),
        KnownDecoder(line_decoder()), StandardNormal(LINE), sizes=LINE,
    )  # fmt: skip
    words = verdict_on(of_class(DistortionPerPixel, neural), source)
    assert words.startswith("broken: H - D must be at most I_e, got H - D = ")
    assert " and I_e = " in words


def test_a_rate_in_bits_is_caught_by_the_identity():
    source, neural, _ = random_cells(3)
    words = verdict_on(of_class(RateInBits, neural), source, samples=8192)
    assert words.startswith("broken: R + D - H = ")
    assert " must be marginal gap + decoder gap, " in words


# -- decoders that are none -----------------------------------------------------------------------


class Peeking(PixelCNN):
    """One connection that is not causal: a logit sees its own pixel."""

    seen = 2.0

    def forward(self, x, code):
        return super().forward(x, code) + self.seen * (2 * x - 1)


class PeekingALittle(Peeking):
    seen = 0.01


class SeeingAll(PixelCNN):
    """The image is not shifted, so that a logit sees its own pixel through all layers."""

    def forward(self, x, code):
        after = nn.functional.pad(x, (0, 1))[..., 1:]  # its neighbour to the left is the pixel
        return super().forward(after, code)


@pytest.mark.parametrize(
    ("family", "kind"), [("-+-", Peeking), ("-++", PeekingALittle), ("++v", SeeingAll)]
)
def test_a_decoder_that_peeks_at_its_own_pixel_is_caught(family, kind):
    model = small(family)
    of_class(kind, model.decoder.pixels)
    number = r"(\S+)"
    found = re.fullmatch(
        rf"broken: the decoder's probabilities sum to {number} over all images, not to 1",
        verdict_on(model),
    )
    assert abs(float(found[1]) - 1) > 1e-3


def test_a_peeking_decoder_has_less_distortion_than_there_can_be():
    model = small("-+-")
    of_class(Peeking, model.decoder.pixels).seen = 10.0
    assert fault_of(model).startswith("H - D must be at most I_e")


@pytest.mark.parametrize("factor", [0.99, 2.0])
def test_a_multiple_of_a_decoder_is_caught(factor):
    model = small("---")
    model.decoder = TimesDecoder(factor, model.decoder)
    words = verdict_on(model)
    assert (
        words == f"broken: the decoder's probabilities sum to {factor:g} over all images, not to 1"
    )


def test_a_decoder_that_makes_no_numbers_is_caught():
    model = small("---")
    model.decoder = TimesDecoder(math.nan, model.decoder)
    assert parts_fault(model, BARS).startswith("the decoder's probabilities sum to nan")


# -- marginals that are none ----------------------------------------------------------------------


class Unweighted(VampPrior):
    """The weights of the components are exp(logits), without a softmax."""

    def forward(self, encoder):
        return NormalMixture(self.logits, super().forward(encoder).components)


class TwiceNormal(StandardNormal):
    def forward(self, encoder):
        return Times(2.0, super().forward(encoder))


@pytest.mark.parametrize("family", ["--v", "+-v"])
def test_components_whose_weights_do_not_sum_to_one_are_caught(family):
    model = small(family)
    of_class(Unweighted, model.marginal)
    expected = model.marginal.logits.exp().sum().item()
    found = re.fullmatch(
        r"broken: the marginal integrates to (\S+) \+- (\S+), not to 1", verdict_on(model)
    )
    assert float(found[1]) == pytest.approx(expected, abs=5 * float(found[2]))  # 4, and rounding


def test_twice_a_marginal_is_caught():
    model = small("---")
    of_class(TwiceNormal, model.marginal)
    words = verdict_on(model)
    assert re.fullmatch(
        r"broken: the marginal integrates to (1\.9|2|2\.0)\d* \+- \S+, not to 1", words
    )


def test_a_marginal_of_too_little_mass_is_caught_too():
    """The rate is then too large, which breaks no bound."""
    source, neural, _ = random_cells(0)
    neural.marginal = KnownMarginal(Times(0.9, neural.marginal.distribution))
    assert verdict_on(neural, source).startswith("broken: the marginal integrates to 0.")
    assert fault_of(neural, source) is None


# -- encoders that are none -----------------------------------------------------------------------


@dataclass(frozen=True)
class OffDraws(DiagonalNormal):
    """A normal whose draws come with a log-density that is off by so many nats."""

    off: float = 0.0

    def rsample_with_log_prob(self):
        z, log_prob = super().rsample_with_log_prob()
        return z, log_prob + self.off


class OffEncoder(NormalEncoder):
    off = 0.01

    def forward(self, x):
        normal = super().forward(x)
        return OffDraws(normal.mean, normal.scale, self.off)


@dataclass(frozen=True)
class WideDraws(DiagonalNormal):
    """A normal whose draws are so many times as wide as its density, which is right."""

    by: float = 1.0

    def rsample_with_log_prob(self):
        z = self.mean + self.by * self.scale * torch.randn_like(self.mean)
        return z, self.log_prob(z)


class WideEncoder(NormalEncoder):
    def forward(self, x):
        normal = super().forward(x)
        return WideDraws(normal.mean, normal.scale, self.by)


@dataclass(frozen=True)
class OffFlow(InverseFlow):
    """A flow that takes the log-density of a draw at another step's code."""

    def _backward(self, z):
        return super()._backward(z) + 0.01


class OffFlowEncoder(FlowEncoder):
    def forward(self, x):
        return OffFlow(self.normal(x), list(self.steps))


@dataclass(frozen=True)
class Doubled(DiagonalNormal):
    """Twice a density, wherever it is asked for."""

    def _of_noise(self, noise):
        return super()._of_noise(noise) + math.log(2)

    def pairwise_log_prob(self, z):
        return super().pairwise_log_prob(z) + math.log(2)


class DoubledEncoder(NormalEncoder):
    def forward(self, x):
        normal = super().forward(x)
        return Doubled(normal.mean, normal.scale)


@pytest.mark.parametrize("off", [-1e-3])
def test_draws_whose_density_is_off_by_little_are_caught(off):
    model = small("---")
    of_class(OffEncoder, model.encoder).off = off
    words = verdict_on(model, samples=128)
    expected = f"broken: the encoder's log-density of its own draws is off by {abs(off):.3g} nats"
    assert words == expected


def test_draws_whose_density_is_off_by_much_break_the_identity():
    model = small("---")
    of_class(OffEncoder, model.encoder).off = 4 * math.log(2 * math.pi) / 2  # a forgotten constant
    assert verdict_on(model).startswith("broken: R + D - H = ")


@pytest.mark.parametrize("by", [0.7, 2.0])
def test_draws_that_do_not_follow_their_density_are_caught(by):
    model = small("---")
    of_class(WideEncoder, model.encoder).by = by
    assert verdict_on(model, samples=2048).startswith("broken: ")


def test_a_flow_that_does_not_find_back_is_caught():
    model = small("+--")
    of_class(OffFlowEncoder, model.encoder)
    words = verdict_on(model, samples=128)
    assert words.startswith("broken: the encoder's log-density of its own draws is off by ")


def test_twice_an_encoder_is_caught():
    model = small("---")
    of_class(DoubledEncoder, model.encoder)
    words = verdict_on(model)
    assert re.fullmatch(
        r"broken: the encoder integrates to (1\.9|2|2\.0)\d* \+- \S+, not to 1", words
    )


# -- bounds and the identity, by hand -------------------------------------------------------------

RIGHT = Evaluation(
    entropy=2.0,
    rate=Estimate(1.0, 0.03),
    distortion=Estimate(1.5, 0.03),
    excess=Estimate(0.5, 0.03),
    beta=1.0,
    lagrangian=Estimate(2.5, 0.03),
    mutual_information=Estimate(0.8, 0.04),
    marginal_gap=Estimate(0.2, 0.04),
    decoder_gap=Estimate(0.3, 0.04),
    gaps=Estimate(0.5, 0.04),
    draw_error=1e-14,
    samples=SAMPLES,
)
ERROR = 0.05  # of the differences of any two of them


def missing(bound, errors):
    """Return numbers that miss a bound, or the identity, by so many errors."""
    return {
        "I_e must be at most R": replace(
            RIGHT, mutual_information=Estimate(1.0 + errors * ERROR, 0.04)
        ),
        "H - D must be at most I_e": replace(
            RIGHT, mutual_information=Estimate(0.5 - errors * ERROR, 0.04)
        ),
        "R + D - H =": replace(RIGHT, gaps=Estimate(0.5 + errors * ERROR, 0.04)),
        "R + D - H": replace(RIGHT, gaps=Estimate(0.5 - errors * ERROR, 0.04)),
    }[bound]


BOUNDS = ["I_e must be at most R", "H - D must be at most I_e", "R + D - H =", "R + D - H"]
bounds = pytest.mark.parametrize("bound", BOUNDS)


def test_numbers_as_the_theory_has_them_are_no_fault():
    assert comparison_fault(RIGHT) is None


@bounds
def test_three_errors_are_the_limit(bound):
    assert comparison_fault(missing(bound, 0.97 * ERRORS)) is None
    assert comparison_fault(missing(bound, 1.03 * ERRORS)).startswith(bound)
    assert ERRORS == 3.0


@pytest.mark.parametrize("name", ["rate", "distortion", "mutual_information", "excess", "gaps"])
def test_what_is_no_number_is_a_fault(name):
    assert comparison_fault(replace(RIGHT, **{name: Estimate(math.nan, 0.1)})) is not None


# -- evaluated again ------------------------------------------------------------------------------


@pytest.fixture
def evaluations(monkeypatch):
    """Let evaluations find what a list holds, one after the other; tell how they were asked for."""

    def let_find(*answers, parts=None):
        asked, left = [], list(answers)

        def evaluate(model, source, **options):
            asked.append(options)
            return left.pop(0)

        monkeypatch.setattr(verdict, "evaluate", evaluate)
        monkeypatch.setattr(verdict, "parts_fault", lambda *_, **__: parts)
        return asked

    return let_find


def ask(seed=5):
    return judge(SimpleNamespace(family="---"), None, beta=0.5, samples=100, seed=seed)


def test_what_holds_is_evaluated_once(evaluations):
    asked = evaluations(RIGHT)
    assert ask() == (RIGHT, HOLDS)
    assert asked == [{"beta": 0.5, "samples": 100, "seed": 5}]


@bounds
def test_a_miss_by_chance_is_evaluated_again_with_more_and_other_codes(evaluations, bound):
    second = replace(RIGHT, samples=400)
    asked = evaluations(missing(bound, 4.0), second)
    assert ask() == (second, HOLDS)
    assert [options["samples"] for options in asked] == [100, AGAIN * 100]
    assert [options["beta"] for options in asked] == [0.5, 0.5]
    assert asked[0]["seed"] != asked[1]["seed"]
    assert AGAIN == 4


@bounds
def test_a_second_miss_is_held_against_the_model(evaluations, bound):
    second = missing(bound, 5.0)
    evaluations(missing(BOUNDS[0], 4.0), second)
    found, words = ask()
    assert found is second
    assert words == f"broken: {comparison_fault(second)}"


def test_a_part_that_is_no_distribution_needs_no_second_evaluation(evaluations):
    first = missing(BOUNDS[0], 4.0)
    asked = evaluations(first, parts="the marginal integrates to 2 +- 0.01, not to 1")
    assert ask() == (first, "broken: the marginal integrates to 2 +- 0.01, not to 1")
    assert len(asked) == 1


@pytest.mark.parametrize("draw_error", [2 * verdict.DRAW_ERROR, math.inf])
def test_draws_that_are_off_are_told_where_nothing_else_is(evaluations, draw_error):
    evaluations(replace(RIGHT, draw_error=draw_error))
    assert ask()[1].startswith("broken: the encoder's log-density of its own draws is off by ")
    evaluations(missing(BOUNDS[0], 4.0), replace(missing(BOUNDS[1], 4.0), draw_error=draw_error))
    assert ask()[1].startswith(f"broken: {BOUNDS[1]}")


# -- seeds, generators and what is refused --------------------------------------------------------


def test_a_seed_reproduces_and_generators_are_left_alone():
    model = small("--v")
    torch.manual_seed(6)
    state = torch.get_rng_state()
    assert judge(model, BARS, samples=128, seed=7) == judge(model, BARS, samples=128, seed=7)
    assert torch.equal(torch.get_rng_state(), state)


def test_images_too_large_to_be_listed_are_refused():
    model = lively("---", sizes=replace(SMALL, side=8))
    with pytest.raises(ValueError, match=r"^side must be at most 4, got 8$"):
        judge(model, BARS, samples=2)
