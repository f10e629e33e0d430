"""`bits-:K` and `bits+:K`: models of learned bits hold, train, and meet a rate."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from rdneural.measures.rates import measure
from rdneural.models.build import build_model
from rdneural.models.encoders import spread_of
from rdneural.records.sizes import SIZES
from rdneural.theory.mass import all_codes
from rdneural.theory.verdict import HOLDS, judge
from rdneural.training.settling import settle_rate
from rdtheory.sources.images import named_image_source
from tests.tolerances import STANDARD_ERRORS

TINY = SIZES["tiny"]


def _model(family, sizes=TINY):
    torch.manual_seed(21)
    model = build_model(family, sizes)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.2 * torch.randn_like(weight))
    return model


def _images(count):
    generator = torch.Generator().manual_seed(22)
    return (torch.rand(count, 1, 4, 4, generator=generator) < 0.4).float()


@pytest.mark.parametrize("family", ["bits-:3", "bits+:3"])
@torch.no_grad()
def test_rate_and_distortion_are_means_over_all_codes(family):
    model, x = _model(family), _images(1)
    z = all_codes(3).float()
    e = model.encoder(x).pairwise_log_prob(z)[:, 0]
    m = model.marginal(model.encoder).log_prob(z)
    d = model.decoder(z).log_prob(x.expand(8, -1, -1, -1))
    rate, distortion = e.exp() @ (e - m), -(e.exp() @ d)
    found = measure(model, x.expand(4000, -1, -1, -1), seed=1)
    assert abs(found.rate - rate.item()) <= STANDARD_ERRORS * found.rate_se
    assert abs(found.distortion - distortion.item()) <= STANDARD_ERRORS * found.distortion_se


@pytest.mark.parametrize("family", ["bits-:6", "bits+:6"])
def test_on_an_enumerable_source_a_model_holds(family):
    model = _model(family, replace(TINY, pixel_features=4))
    found, verdict = judge(model, named_image_source("bars:2x2"), samples=1024)
    assert verdict == HOLDS
    difference = found.excess - found.gaps
    assert abs(difference.value) <= STANDARD_ERRORS * difference.se + 1e-4
    assert found.mutual_information.value <= 6 * math.log(2)


class SeesItself(nn.Module):
    """A MADE of which every output also depends on its own input."""

    def __init__(self, made):
        super().__init__()
        self.made, self.size = made, made.size

    def forward(self, z):
        return self.made(z) + z


def test_a_marginal_that_does_not_sum_to_one_is_broken():
    model = _model("bits-:6")
    model.marginal.made = SeesItself(model.marginal.made)
    _, verdict = judge(model, named_image_source("bars:2x2"), samples=512)
    assert verdict.startswith("broken: the marginal integrates to")


def test_bits_start_random_and_the_rate_is_finite_and_positive():
    torch.manual_seed(23)
    found = measure(build_model("bits+:6", TINY), _images(500))
    assert 0 < found.rate < 6 * math.log(2)


def test_a_rate_is_settled_by_making_all_bits_more_or_less_random():
    model, x = _model("bits-:6"), _images(2000)
    before = measure(model, x).rate
    for target in (0.95 * before, 1.05 * before):
        settle_rate(model, x, target, seed=3)
        with torch.no_grad():
            torch.manual_seed(4)
            rate = model.encode(x)[1]
        error = rate.std().item() / math.sqrt(len(x))
        assert abs(rate.mean().item() - target) <= STANDARD_ERRORS * math.sqrt(2) * error
    assert spread_of(model.encoder).item() < 0  # surer bits for a higher rate


def test_training_makes_bits_of_use():
    # two images that differ everywhere: one bit tells them apart, at log 2 nats
    torch.manual_seed(24)
    model = build_model("bits-:2", replace(TINY, features=4, deep_features=8, top_features=16))
    x = torch.zeros(16, 1, 4, 4)
    x[::2] = 1
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-2)
    for _ in range(100):
        terms = model(x)
        (terms.rate + terms.distortion).mean().backward()
        optimiser.step()
        optimiser.zero_grad()
    found = measure(model, x.repeat(32, 1, 1, 1))
    assert found.rate == pytest.approx(math.log(2), abs=1e-3)
    assert found.elbo == pytest.approx(math.log(2), abs=1e-3)
