"""Broken models are caught and told what is wrong with them."""

import math
import re
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn

from rdneural.models.build import LatentModel, Terms
from rdneural.models.code_distributions import DiagonalNormal, InverseFlow, NormalMixture
from rdneural.models.encoders import FlowEncoder, NormalEncoder
from rdneural.models.marginals import StandardNormal, VampPrior
from rdneural.models.pixelcnn import PixelCNN
from rdneural.theory.verdict import parts_fault
from tests.make.models import (
    LINE,
    PAIRWISE_FAMILIES,
    KnownDecoder,
    KnownEncoder,
    KnownMarginal,
    Times,
    TimesDecoder,
    assembled,
    line_decoder,
    random_cells,
    some_source,
)
from tests.make.verdicts import BARS, fault_of, of_class, small, verdict_on

families = pytest.mark.parametrize("family", PAIRWISE_FAMILIES)

pytestmark = pytest.mark.usefixtures("light")


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


@pytest.mark.parametrize(("family", "kind"), [("-++", PeekingALittle), ("++v", SeeingAll)])
def test_a_decoder_that_peeks_at_its_own_pixel_is_caught(family, kind):
    model = small(family)
    of_class(kind, model.decoder.pixels)
    number = r"(\S+)"
    found = re.fullmatch(
        rf"the decoder's probabilities sum to {number} over all images, not to 1",
        parts_fault(model, BARS),
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
