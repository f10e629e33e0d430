"""Likelihoods of pixels: masses sum to one, densities integrate, draws are as likely as said."""

import itertools
import math

import pytest
import torch
from scipy.stats import logistic

from rdneural.models.build import build_model
from rdneural.models.pixels import NormalPixels, pixels_of
from rdneural.records.likelihoods import is_density, levels_of
from rdneural.records.sizes import Sizes
from tests.tolerances import STANDARD_ERRORS

DISCRETE = ["bernoulli", "categorical:5", "logistic:5", "logistic:256"]
FRAMED = {"side": 4, "frame": (2, 2), "dim": 3, "features": 4, "deep_features": 4,
          "top_features": 8, "made_hidden": (8,), "pixel_features": 8, "pixel_layers": 1,
          "pixel_levels": 2}  # fmt: skip


def _outputs(likelihood, count=6):
    generator = torch.Generator().manual_seed(1)
    shape = (count, pixels_of(likelihood).outputs, 1, 1)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def _values(likelihood):
    levels = levels_of(likelihood)
    return (torch.arange(levels, dtype=torch.float64) / (levels - 1)).view(-1, 1, 1, 1)


@pytest.mark.parametrize("likelihood", DISCRETE)
def test_the_masses_of_all_levels_sum_to_one(likelihood):
    outputs, values = _outputs(likelihood), _values(likelihood)
    log_p = pixels_of(likelihood).log_prob(outputs[:, None], values[None])
    assert log_p.shape == (6, len(values), 1, 1, 1)
    assert torch.allclose(log_p.exp().sum(1).flatten(), torch.ones(6, dtype=torch.float64))


def test_a_density_integrates_to_one():
    x = torch.linspace(-30, 30, 200_001, dtype=torch.float64).view(-1, 1, 1, 1)
    density = NormalPixels().log_prob(_outputs("normal")[:, None], x[None]).exp().flatten(1)
    integral = torch.trapezoid(density, x.flatten(), dim=1)
    assert torch.allclose(integral, torch.ones(6, dtype=torch.float64), atol=1e-6)
    assert [name for name in (*DISCRETE, "normal") if is_density(name)] == ["normal"]


def test_a_logistic_bin_has_the_difference_of_the_distribution_function():
    outputs, values = _outputs("logistic:5"), _values("logistic:5").flatten()
    found = pixels_of("logistic:5").log_prob(outputs[:, None], values.view(1, -1, 1, 1, 1))
    for (mean, log_scale), row in zip(outputs.flatten(1).tolist(), found.flatten(1), strict=True):
        law = logistic(mean, math.exp(log_scale))
        ends = [0.0, *(law.cdf((k + 0.5) / 4) for k in range(4)), 1.0]
        expected = torch.tensor(ends, dtype=torch.float64).diff().log()
        assert torch.allclose(row, expected, rtol=1e-8)


def test_far_and_narrow_bins_have_finite_logarithms():
    outputs = torch.tensor([[9.0, -30.0], [0.5, -30.0]]).view(2, 2, 1, 1)
    found = pixels_of("logistic").log_prob(outputs[:, None], _values("logistic").float()[None])
    assert found.isfinite().all()


@pytest.mark.parametrize("likelihood", DISCRETE)
def test_draws_are_as_frequent_as_they_are_likely(likelihood):
    count = 20_000
    pixels, values = pixels_of(likelihood), _values(likelihood)
    outputs = _outputs(likelihood, 1)
    torch.manual_seed(2)
    drawn = pixels.sample(outputs.expand(count, -1, -1, -1)).double()
    p = pixels.log_prob(outputs[:, None], values[None]).exp().flatten()
    levels = (drawn.flatten() * (len(values) - 1)).round().long()
    found = torch.bincount(levels, minlength=len(values)) / count
    error = (p * (1 - p) / count).sqrt()
    assert ((found - p).abs() <= STANDARD_ERRORS * error + 1 / count).all()


@pytest.mark.parametrize("family", ["---", "-+-"])
@pytest.mark.parametrize("likelihood", ["categorical:3", "logistic:3"])
@pytest.mark.parametrize("patched", [False, True])
def test_a_decoder_s_probabilities_of_all_images_sum_to_one(family, likelihood, patched):
    torch.manual_seed(3)
    sizes = Sizes(likelihood=likelihood, patched=patched, **FRAMED)
    decoder = build_model(family, sizes).decoder
    decoder.start_at(0.3)
    x = torch.zeros(3**4, 1, 4, 4)
    every = itertools.product((0.0, 0.5, 1.0), repeat=4)
    x[..., :2, :2] = torch.tensor(list(every)).view(-1, 1, 2, 2)
    z = torch.randn(2, 3)
    table = decoder(z).pairwise_log_prob(x)
    assert table.exp().sum(1).tolist() == pytest.approx([1, 1], abs=1e-5)
    each = decoder(z[:1].expand(len(x), -1)).log_prob(x)
    assert torch.allclose(table[0], each, atol=1e-4)
    drawn = decoder(z).sample()
    assert drawn[..., 2:, :].sum() == drawn[..., 2:].sum() == 0
    assert {round(value, 6) for value in drawn.flatten().tolist()} <= {0.0, 0.5, 1.0}


@pytest.mark.parametrize(
    "name", ["gauss", "logistic:1", "categorical:257", "bernoulli:2", "logistic:", "normal:3"]
)
def test_a_likelihood_that_is_none_is_one_line(name):
    with pytest.raises(ValueError, match="likelihood must"):
        pixels_of(name)
