"""What is no distribution is not trained: mistakes of own parts are proved beforehand."""

import pytest
import torch
from torch import distributions as d
from torch import nn

from rdneural.models.own_parts import named_part
from rdneural.records.settings import RunSettings
from rdneural.runs.own_check import check_own_parts
from tests.make.own import Codes, Pixels, named


def _settings(model, **given):
    return RunSettings("bars:4x4", model=model, preset="tiny", beta=1.0, **given)


def _images(count=300):
    return torch.bernoulli(
        torch.full((count, 1, 4, 4), 0.4), generator=torch.Generator().manual_seed(0)
    ).to(torch.uint8)


@pytest.mark.parametrize("model", ["o--", "-o-", "--o", "ooo", "o+v", "+o+"])
def test_parts_that_are_distributions_pass(model):
    check_own_parts(_settings(model, **named(model)), _images())


class MeanOfPixels(Pixels):
    """A decoder whose log-probability is a mean over pixels."""

    def forward(self, z):
        found = super().forward(z)

        class Mean:
            def log_prob(self, x):
                return found.base_dist.log_prob(x).mean((1, 2, 3))

            def sample(self):
                return found.sample()

        return Mean()


class Twice(nn.Module):
    """A marginal with twice the mass that there is."""

    def __init__(self, sizes):
        super().__init__()
        self.dim = sizes.dim

    def forward(self):
        normal = d.Independent(d.Normal(torch.zeros(self.dim), torch.ones(self.dim)), 1)

        class Heavy:
            def log_prob(self, z):
                return normal.log_prob(z) + 8.0

            def sample(self, count):
                return normal.sample((count,))

        return Heavy()


class OfBatch(Codes):
    """An encoder whose codes depend on the other images of the batch."""

    def forward(self, x):
        found = super().forward(x).base_dist
        return d.Independent(d.Normal(found.loc - found.loc.mean(0), found.scale), 1)


@pytest.mark.parametrize(
    ("part", "wrong", "said"),
    [
        ("decoder", MeanOfPixels, "log_prob of the decoder"),
        ("marginal", Twice, "log_prob of the marginal"),
        ("encoder", OfBatch, "log_prob of the encoder of a row must not depend on the other rows"),
    ],
)
def test_parts_that_are_none_are_named(part, wrong, said):
    model = {"encoder": "o--", "decoder": "-o-", "marginal": "--o"}[part]
    with pytest.raises(ValueError, match=f"own parts of {model} must be distributions: ") as seen:
        check_own_parts(_settings(model, **{part: named_part(part, wrong)}), _images())
    assert said in str(seen.value)
    assert "\n" not in str(seen.value)


class NoCodes(Twice):
    """A marginal that draws NaN."""

    def forward(self):
        half = d.Independent(d.Normal(torch.full((self.dim,), -9.0), torch.ones(self.dim)), 1)
        return d.TransformedDistribution(half, [d.SoftplusTransform().inv])


class Counts(Twice):
    """A marginal of whole numbers."""

    def forward(self):
        return d.Independent(d.Poisson(torch.ones(self.dim)), 1)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [(NoCodes, "marginal must draw 64 finite codes, got NaN"), (Counts, "must be a density")],
)
def test_marginals_that_draw_no_codes_are_named(wrong, said):
    with pytest.raises(ValueError, match=said):
        check_own_parts(_settings("--o", marginal=named_part("marginal", wrong)), _images())
